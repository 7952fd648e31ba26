"""Builds the aiohttp application: here, and in `announcing`, the rooms are wired together."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping

from aiohttp import web

from bot.announcements.sender import Sender, Target
from bot.announcing import Announcing
from bot.answers.compose import apology
from bot.channels.api import Api
from bot.channels.calendar import calendar_routes
from bot.channels.connector import Connector, by_channel, paced
from bot.channels.conversation import Conversations
from bot.channels.facebook_page import CHANNEL as FACEBOOK_PAGE
from bot.channels.facebook_page import FacebookPage
from bot.channels.messenger import CHANNEL as MESSENGER
from bot.channels.messenger import MessengerBot
from bot.channels.teams import TeamsBot
from bot.channels.teams.coordination import Coordination, Progress
from bot.channels.teams.posting import CHANNEL as MSTEAMS
from bot.channels.teams.posting import TeamsPosting
from bot.channels.web import WebChat
from bot.knowledge.age import days_since_news
from bot.knowledge.library import Knowledge
from bot.ops import metrics, settings_warnings
from bot.ops.settings import Settings
from bot.ops.status import Status, expires_at
from bot.understanding.reloader import ContentReloader

LARGEST_BODY = 1_000_000
"""Bytes; the wire has a smaller limit of its own."""

RELOADER = web.AppKey("keeper", ContentReloader)
CONNECTOR = web.AppKey("connector", Connector)


def create_app(
    settings: Settings, reloader: ContentReloader, *, demo: bool = False, port: int = 0
) -> web.Application:
    """The application with all its routes; nothing runs before it is started.

    `demo` makes everybody a coordinator; `port` is where it will listen, if that is known.
    """

    def knowledge() -> Knowledge:
        return reloader.snapshot.knowledge

    announcing = Announcing(settings, reloader, demo=demo, port=port)
    unanswered = announcing.unanswered
    conversations = Conversations(
        lambda: reloader.snapshot,
        public_url=settings.public_url,
        on_refused=unanswered.take if unanswered else None,
    )
    senders: dict[str, Sender] = {}
    coordination = _coordination(announcing, knowledge, senders, settings.public_url)
    teams = TeamsBot(conversations, knowledge, coordination)
    messenger = MessengerBot(conversations, knowledge)
    connector = Connector(
        settings,
        paced(by_channel({MESSENGER: messenger.on_turn}, otherwise=teams.on_turn)),
        lambda language, code: apology(language, code, knowledge()),
    )
    senders |= _senders(settings, connector)
    progress = Progress(announcing.announcements, coordination.reports, connector.sender_once)
    announcing.on_progress = progress.came_forward
    announcing.announcements.notify = progress.tell
    app = web.Application(client_max_size=LARGEST_BODY)
    app[RELOADER] = reloader
    app[CONNECTOR] = connector
    app.on_shutdown.append(announcing.begin_to_end)
    connector.attach(app)
    # When the turns have ended, and before the database is closed.
    app.on_shutdown.append(lambda _: coordination.installations.close())

    def warnings() -> list[str]:
        return settings_warnings.warnings(settings, dt.datetime.now(knowledge().zone).date())

    _status(reloader, connector, announcing, warnings).attach(app)
    metrics.SECRET_EXPIRES.set(expires_at(settings.app_password_expires))
    app.add_routes(calendar_routes(knowledge, settings.public_url))
    if settings.api_token is not None:
        Api(announcing.announcements, settings.api_token, settings.public_url).attach(app)
    if settings.shows_web_chat:
        WebChat(conversations, knowledge, public_url=settings.public_url).attach(app)
    app.cleanup_ctx.append(announcing.context(lambda: senders))
    app.on_cleanup.append(lambda _: progress.close())
    app.cleanup_ctx.append(_beside(reloader.watch))
    app.cleanup_ctx.append(_beside(lambda: settings_warnings.remind(warnings)))
    return app


def _coordination(
    announcing: Announcing,
    knowledge: Callable[[], Knowledge],
    senders: Mapping[str, Sender],
    public_url: str | None,
) -> Coordination:
    async def name_of(target: Target) -> str | None:
        sender = senders.get(target.channel)
        return await sender.name(target) if sender else None

    return Coordination(
        announcing.announcements,
        announcing.meetings,
        announcing.subscriptions,
        announcing.coordinators,
        knowledge,
        name_of=name_of,
        public_url=public_url,
    )


def _senders(settings: Settings, connector: Connector) -> dict[str, Sender]:
    """Who carries announcements where, by channel."""
    senders: dict[str, Sender] = {MSTEAMS: TeamsPosting(connector.sender_once)}
    if settings.facebook_page_id is not None and settings.facebook_page_token is not None:
        senders[FACEBOOK_PAGE] = FacebookPage(
            settings.facebook_page_token,
            settings.facebook_graph_url,
            connector.session,
        )
    return senders


def _status(
    reloader: ContentReloader,
    connector: Connector,
    announcing: Announcing,
    settings_warnings: Callable[[], list[str]],
) -> Status:
    measured: tuple[int, dt.date] | None = None

    async def measure() -> None:
        nonlocal measured
        knowledge = reloader.snapshot.knowledge
        today = dt.datetime.now(knowledge.zone).date()
        if measured != (reloader.reloads, today):
            measured = (reloader.reloads, today)
            age = await asyncio.to_thread(days_since_news, reloader.folders.content, today)
            metrics.CONTENT_AGE.set(age)
        metrics.CONTENT_VALID.set(not reloader.problems)
        metrics.TOKEN_OK.set(not (connector.credentials and connector.credentials.problem))

    return Status(
        blocking={"wire": connector.problems},
        # Invalid content is a warning: the last good state goes on serving.
        # The same holds without the database: answers do not need it.
        warnings={
            "content": lambda: list(reloader.problems),
            "announcements": announcing.problems,
            "settings": settings_warnings,
        },
        measures=[measure, announcing.measure],
        more=lambda: {"learning": reloader.learning},
    )


def _beside(
    work: Callable[[], Coroutine[None, None, None]],
) -> Callable[[web.Application], AsyncIterator[None]]:
    """Work that goes on while the application runs, and is cancelled when it ends."""

    async def context(_: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(work())
        yield
        task.cancel()
        # Not awaited itself: its cancellation could not be told from ours.
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()

    return context
