"""Builds the aiohttp application: the one place in which the rooms are wired together."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import asdict
from functools import partial

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements.background import (
    BackgroundJobs,
    DatabaseOpening,
    Job,
    follow_meetings,
    sweep,
)
from bot.announcements.delivery import DeliveryEngine
from bot.announcements.freshness import Freshness
from bot.announcements.late_check import LateCheck
from bot.announcements.meeting_editing import MeetingEditor
from bot.announcements.names import Names
from bot.announcements.pausing import PauseWatch
from bot.announcements.permissions import Coordinators
from bot.announcements.reconciling import Reconciler
from bot.announcements.retention import purge
from bot.announcements.self_check import SelfCheck
from bot.announcements.sender import Target
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
from bot.channels.facebook_page import page_target
from bot.channels.front_door.checks import front_door
from bot.channels.front_door.security_txt import security_txt
from bot.channels.keyed_hash import share_names
from bot.channels.messenger import CHANNEL as MESSENGER
from bot.channels.messenger import MessengerBot
from bot.channels.senders import make_senders
from bot.channels.shared_talk import SharedTalk
from bot.channels.teams import TeamsBot
from bot.channels.teams.card_updates import CardUpdates
from bot.channels.teams.coordination import CoordinatorRouter, ProgressCards
from bot.channels.teams.coordination.asking import ask
from bot.channels.teams.threads import also_hear_threads
from bot.channels.web import WebChat
from bot.i18n import Message
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

MEASURE_TIMEOUT = 2.0
"""Seconds that `/metrics` waits for the database."""

RELOADER = web.AppKey("reloader", ContentReloader)
CONNECTOR = web.AppKey("connector", Connector)


def create_app(
    settings: Settings, reloader: ContentReloader, *, demo: bool = False, port: int = 0
) -> web.Application:
    """The application with all its routes; nothing runs before it is started.

    `demo` makes everybody a coordinator; `port` is where it will listen, if that is known. Starting
    it raises DatabaseUnusable where the database cannot be opened, now or later.
    """

    def knowledge() -> Knowledge:
        return reloader.snapshot.knowledge

    async def name_of(target: Target) -> str | None:
        sender = senders.get(target.channel)
        return await sender.name(target) if sender else None

    def warnings() -> list[Message]:
        return settings_warnings.warnings(settings, dt.datetime.now(knowledge().zone).date())

    # What announcements stand on
    database = Database.of(settings)
    coordinators = Coordinators(
        settings.coordinators_file,
        settings.tenants if settings.app_id else None,
        everyone=demo,
        knowledge=knowledge,
    )
    events = AnnouncementEvents()
    meetings = MeetingEditor(database, reloader, coordinators)
    announcements = Announcements(
        database,
        knowledge,
        coordinators,
        public_url=settings.public_url,
        events=events,
        read=meetings.read,
    )
    freshness = Freshness(database, meetings, coordinators, settings.ask_coordinators_months)
    subscriptions = Subscriptions(database, knowledge, coordinators)
    pauses = PauseWatch(lambda: knowledge().zone, on_change=lambda id: progress.on_progress(id))
    names = Names(name_of)
    unanswered = UnansweredRecorder(database, reloader) if settings.record_unanswered else None

    # The places where people are
    shared = None
    if database.is_postgres:
        # Several replicas may answer one conversation.
        share_names(settings.database_url.get_secret_value())
        shared = SharedTalk(database)
    conversations = Conversations(
        lambda: reloader.snapshot,
        public_url=settings.public_url,
        on_refused=unanswered.record if unanswered else None,
        shared=shared,
    )
    coordination = CoordinatorRouter(
        announcements,
        meetings,
        subscriptions,
        coordinators,
        knowledge,
        names=names,
        freshness=freshness,
        public_url=settings.public_url,
    )
    as_of_now = LateCheck(knowledge)
    reconciler = Reconciler(
        database,
        lambda channel: senders.get(channel),
        announcements.compose,
        as_of_now=as_of_now,
        on_change=lambda id: progress.on_progress(id),
    )
    messenger = MessengerBot(conversations, knowledge)
    connector = Connector(
        settings,
        limit_turns(
            by_channel({MESSENGER: messenger.on_turn}, otherwise=lambda turn: on_teams_turn(turn))
        ),
        lambda language, code: apology(language, code, knowledge()),
        on_sent=reconciler.is_no_copy,
    )
    updates = CardUpdates(connector.single_attempt_client)
    teams = TeamsBot(conversations, knowledge, coordination, updates)
    on_teams_turn = also_hear_threads(teams.on_turn, reconciler.hear)

    # Delivery, and what runs in the background
    senders = make_senders(settings, connector)
    progress = ProgressCards(
        announcements, coordination.reports, connector.single_attempt_client, updates
    )
    owner = f"{socket.gethostname()}:{port or secrets.token_hex(4)}"[:100]
    engine = DeliveryEngine(
        database,
        senders,
        announcements.compose,
        rate=settings.send_rate,
        as_of_now=as_of_now,
        before_leaving=meetings.read,
        owner=owner,
        on_progress=progress.on_progress,
        dispatch_due=announcements.dispatch_due,
    )
    # The only callbacks that are set after construction.
    events.wake, events.notify = engine.wake, progress.send_notice

    async def read_along(tx: AsyncConnection) -> None:
        await meetings.read(tx)
        await pauses.read(tx)

    check = SelfCheck(
        database,
        f"{owner}/{secrets.token_hex(6)}",
        engine=engine.stuck_for,
        on_beat=read_along,
    )
    keep_page = partial(subscriptions.keep_page, page_target(settings), FACEBOOK_PAGE)
    opening = DatabaseOpening(database, [meetings.refresh, keep_page])
    needing_the_database: list[Job] = [
        engine.run,
        check.run,
        *([shared.run] if shared else []),
        # On SQLite there is one server, which knows what it changes.
        *([meetings.follow] if database.is_postgres else []),
        reconciler.run,
        partial(
            freshness.run, partial(ask, connector.single_attempt_client, coordination.question)
        ),
        partial(follow_meetings, announcements, knowledge),
        partial(
            sweep,
            partial(purge, database, settings.keep_months),
            subscriptions.drop_gone,
            lambda: delete_old(database, knowledge().zone),
        ),
    ]
    jobs = BackgroundJobs(
        [
            opening.run,
            *map(opening.then, needing_the_database),
            coordinators.watch,
            *([unanswered.run] if unanswered else []),
        ]
    )

    async def announcing(_: web.Application) -> AsyncIterator[None]:
        async with opening.begun():
            async with jobs.running():
                yield
            await check.leave()

    door = front_door(this_machine_only=settings.app_id is None)
    app = web.Application(client_max_size=MAX_BODY, middlewares=[door])
    app[RELOADER] = reloader
    app[CONNECTOR] = connector
    # The order counts: no new work, turns end, their cards follow, installations are written down.
    app.on_shutdown.append(lambda _: jobs.begin_shutdown())
    connector.attach(app)
    app.on_shutdown.append(lambda _: updates.close())
    if shared is not None:
        app.on_shutdown.append(lambda _: shared.close())
    app.on_shutdown.append(lambda _: coordination.installations.close())
    app.on_shutdown.append(lambda _: names.close())
    _status(reloader, connector, coordinators, database, opening, check, pauses, warnings).attach(
        app
    )
    metrics.SECRET_EXPIRES.set(start_of_day(settings.app_password_expires))
    app.add_routes(calendar_routes(knowledge, settings.public_url))
    app.add_routes([security_txt(knowledge, settings.security_contact, settings.public_url)])
    if settings.api_token is not None:
        Api(announcements, settings.api_token, settings.public_url, names=names).attach(app)
    if settings.shows_web_chat:
        WebChat(conversations, knowledge, public_url=settings.public_url).attach(app)
    app.cleanup_ctx.append(announcing)
    app.on_cleanup.append(lambda _: progress.close())
    app.cleanup_ctx.append(_in_background(reloader.watch))
    app.cleanup_ctx.append(_in_background(lambda: settings_warnings.log_daily(warnings)))
    return app


def _status(
    reloader: ContentReloader,
    connector: Connector,
    coordinators: Coordinators,
    database: Database,
    opening: DatabaseOpening,
    check: SelfCheck,
    pauses: PauseWatch,
    settings_warnings: Callable[[], list[Message]],
) -> Status:
    measured: tuple[int, dt.date] | None = None

    async def measure_content() -> None:
        nonlocal measured
        knowledge = reloader.snapshot.knowledge
        today = dt.datetime.now(knowledge.zone).date()
        told = [one for one in knowledge.people.values() if one.given_out(today)]
        old = sum(one.source.date is None or one.unconfirmed(today) for one in told)
        metrics.CONTACTS_UNCONFIRMED.set(old)
        if measured != (reloader.reloads, today):
            measured = (reloader.reloads, today)
            age = await asyncio.to_thread(days_since_news, reloader.folders.content, today)
            metrics.CONTENT_AGE.set(age)
        metrics.CONTENT_VALID.set(not reloader.problems)
        metrics.TOKEN_OK.set(not (connector.credentials and connector.credentials.problem))

    async def measure_queue() -> None:
        # Without the database the gauges stay as they are, and no scrape waits for it.
        metrics.DATABASE_OK.set(not database_problems())
        with contextlib.suppress(*DATABASE_GONE):
            async with asyncio.timeout(MEASURE_TIMEOUT):
                async with database.reading() as tx:
                    depth, age = await deliveries.queue(tx, await database.now(tx))
                await check.count()
            metrics.QUEUE_DEPTH.set(depth)
            metrics.QUEUE_AGE.set(age)

    def database_problems() -> list[Message]:
        return check.problems() if opening.done.is_set() else opening.problems()

    return Status(
        # Answers need no database, so `/healthz` does not look at it: nobody should restart a bot
        # that can answer. That nothing can be announced is for alarms.
        blocking={"wire": connector.problems, "database": database_problems},
        # Invalid content is a warning: the last good state goes on serving.
        warnings={
            "content": lambda: [*reloader.problems, *reloader.learning_problems],
            "announcements": lambda: [
                *coordinators.problems,
                *coordinators.warnings,
                *reloader.entry_problems,
            ],
            "deliveries": check.notes,
            "paused": pauses.notes,
            "settings": settings_warnings,
        },
        measures=[measure_content, measure_queue],
        more=lambda: {"learning": reloader.training, "delivery_counts": asdict(check.fare)},
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
