"""Builds the aiohttp application: the one place in which the rooms are wired together."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from functools import partial

from aiohttp import web

from bot.announcements.background import BackgroundJobs, follow_meetings, open_database, sweep
from bot.announcements.delivery import DeliveryEngine
from bot.announcements.late_check import LateCheck
from bot.announcements.meeting_editing import MeetingEditor
from bot.announcements.permissions import Coordinators
from bot.announcements.reconciling import Reconciler
from bot.announcements.sender import Sender, Target
from bot.announcements.service import Announcements
from bot.announcements.service_base import AnnouncementEvents
from bot.announcements.subscriptions import Subscriptions
from bot.answers.compose import apology
from bot.answers.unanswered import UnansweredRecorder, delete_old
from bot.channels.api import Api
from bot.channels.calendar import calendar_routes
from bot.channels.connector import Connector, by_channel, limit_turns
from bot.channels.conversation import Conversations
from bot.channels.facebook_page import CHANNEL as FACEBOOK_PAGE
from bot.channels.facebook_page import FacebookPage, page_target
from bot.channels.messenger import CHANNEL as MESSENGER
from bot.channels.messenger import MessengerBot
from bot.channels.teams import TeamsBot
from bot.channels.teams.coordination import CoordinatorRouter, ProgressCards
from bot.channels.teams.posting import CHANNEL as MSTEAMS
from bot.channels.teams.posting import TeamsPosting
from bot.channels.teams.threads import also_hear_threads
from bot.channels.web import WebChat
from bot.i18n import N_, Message
from bot.knowledge.content_age import days_since_news
from bot.knowledge.library import Knowledge
from bot.ops import metrics, settings_warnings
from bot.ops.settings import Settings
from bot.ops.status import Status, start_of_day
from bot.store import deliveries
from bot.store.database import DATABASE_GONE, Database
from bot.understanding.reloader import ContentReloader

MAX_BODY = 1_000_000
"""Bytes; the wire has a smaller limit of its own."""

RELOADER = web.AppKey("reloader", ContentReloader)
CONNECTOR = web.AppKey("connector", Connector)


def create_app(
    settings: Settings, reloader: ContentReloader, *, demo: bool = False, port: int = 0
) -> web.Application:
    """The application with all its routes; nothing runs before it is started.

    `demo` makes everybody a coordinator; `port` is where it will listen, if that is known. Starting
    it raises DatabaseUnusable where the database cannot be opened.
    """

    def knowledge() -> Knowledge:
        return reloader.snapshot.knowledge

    async def name_of(target: Target) -> str | None:
        sender = senders.get(target.channel)
        return await sender.name(target) if sender else None

    def warnings() -> list[Message]:
        return settings_warnings.warnings(settings, dt.datetime.now(knowledge().zone).date())

    # What announcements stand on
    database = Database(settings.database_url.get_secret_value())
    coordinators = Coordinators(
        settings.coordinators_file, settings.tenants if settings.app_id else None, everyone=demo
    )
    events = AnnouncementEvents()
    announcements = Announcements(
        database, knowledge, coordinators, public_url=settings.public_url, events=events
    )
    meetings = MeetingEditor(database, reloader, coordinators)
    subscriptions = Subscriptions(database, knowledge, coordinators)
    unanswered = UnansweredRecorder(database, reloader) if settings.record_unanswered else None

    # The places where people are
    conversations = Conversations(
        lambda: reloader.snapshot,
        public_url=settings.public_url,
        on_refused=unanswered.record if unanswered else None,
    )
    coordination = CoordinatorRouter(
        announcements,
        meetings,
        subscriptions,
        coordinators,
        knowledge,
        name_of=name_of,
        public_url=settings.public_url,
    )
    teams = TeamsBot(conversations, knowledge, coordination)
    reconciler = Reconciler(
        database,
        lambda channel: senders.get(channel),
        announcements.compose,
        on_change=lambda id: progress.on_progress(id),
    )
    on_teams_turn = also_hear_threads(teams.on_turn, reconciler.hear)
    messenger = MessengerBot(conversations, knowledge)
    connector = Connector(
        settings,
        limit_turns(by_channel({MESSENGER: messenger.on_turn}, otherwise=on_teams_turn)),
        lambda language, code: apology(language, code, knowledge()),
    )

    # Delivery, and what runs in the background
    senders = _senders(settings, connector)
    progress = ProgressCards(announcements, coordination.reports, connector.single_attempt_client)
    engine = DeliveryEngine(
        database,
        senders,
        announcements.compose,
        rate=settings.send_rate,
        as_of_now=LateCheck(knowledge),
        owner=f"{socket.gethostname()}:{port or secrets.token_hex(4)}"[:100],
        on_progress=progress.on_progress,
        dispatch_due=announcements.dispatch_due,
    )
    # The only callbacks that are set after construction.
    events.wake, events.notify = engine.wake, progress.send_notice
    jobs = BackgroundJobs(
        [
            engine.run,
            reconciler.run,
            meetings.watch,
            coordinators.watch,
            partial(follow_meetings, announcements, knowledge),
            partial(
                sweep,
                announcements.drop_old_drafts,
                subscriptions.drop_gone,
                lambda: delete_old(database, knowledge().zone),
            ),
            *([unanswered.run] if unanswered else []),
        ]
    )

    async def announcing(_: web.Application) -> AsyncIterator[None]:
        keep_page = partial(subscriptions.keep_page, page_target(settings), FACEBOOK_PAGE)
        try:
            await open_database(database, [keep_page, meetings.refresh])
            async with jobs.running():
                yield
        finally:
            await database.close()

    app = web.Application(client_max_size=MAX_BODY)
    app[RELOADER] = reloader
    app[CONNECTOR] = connector
    # The order counts: no new work, turns end, then installations are written down.
    app.on_shutdown.append(lambda _: jobs.begin_shutdown())
    connector.attach(app)
    app.on_shutdown.append(lambda _: coordination.installations.close())
    _status(reloader, connector, meetings, coordinators, database, warnings).attach(app)
    metrics.SECRET_EXPIRES.set(start_of_day(settings.app_password_expires))
    app.add_routes(calendar_routes(knowledge, settings.public_url))
    if settings.api_token is not None:
        Api(announcements, settings.api_token, settings.public_url).attach(app)
    if settings.shows_web_chat:
        WebChat(conversations, knowledge, public_url=settings.public_url).attach(app)
    app.cleanup_ctx.append(announcing)
    app.on_cleanup.append(lambda _: progress.close())
    app.cleanup_ctx.append(_in_background(reloader.watch))
    app.cleanup_ctx.append(_in_background(lambda: settings_warnings.log_daily(warnings)))
    return app


def _senders(settings: Settings, connector: Connector) -> dict[str, Sender]:
    """Who carries announcements where, by channel."""
    senders: dict[str, Sender] = {MSTEAMS: TeamsPosting(connector.single_attempt_client)}
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
    meetings: MeetingEditor,
    coordinators: Coordinators,
    database: Database,
    settings_warnings: Callable[[], list[Message]],
) -> Status:
    measured: tuple[int, dt.date] | None = None

    async def measure_content() -> None:
        nonlocal measured
        zone = reloader.snapshot.knowledge.zone
        today = dt.datetime.now(zone).date()
        if measured != (reloader.reloads, today):
            measured = (reloader.reloads, today)
            age = await asyncio.to_thread(days_since_news, reloader.folders.content, today)
            metrics.CONTENT_AGE.set(age)
        metrics.CONTENT_VALID.set(not reloader.problems)
        metrics.TOKEN_OK.set(not (connector.credentials and connector.credentials.problem))

    async def measure_queue() -> None:
        # Without the database the gauges stay as they are.
        with contextlib.suppress(*DATABASE_GONE):
            async with database.reading() as tx:
                depth, age = await deliveries.queue(tx, await database.now(tx))
            metrics.QUEUE_DEPTH.set(depth)
            metrics.QUEUE_AGE.set(age)

    def announcement_problems() -> list[str]:
        problems = [*coordinators.problems, *reloader.meeting_problems]
        if not meetings.reachable:
            problems.append(
                N_(
                    "The database does not answer: announcements wait until it does. "
                    "See that it runs and that BOT_DATABASE_URL is right."
                )
            )
        return problems

    return Status(
        blocking={"wire": connector.problems},
        # Invalid content is a warning: the last good state goes on serving.
        # The same holds without the database: answers do not need it.
        warnings={
            "content": lambda: list(reloader.problems),
            "announcements": announcement_problems,
            "settings": settings_warnings,
        },
        measures=[measure_content, measure_queue],
        more=lambda: {"learning": reloader.training},
    )


def _in_background(
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
