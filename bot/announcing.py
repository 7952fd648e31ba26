"""Wires announcements: the database, the services on it, the engine, and what goes on beside."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping

import structlog
from aiohttp import web

from bot.announcements.delivery import Deliveries
from bot.announcements.meeting_editing import MeetingEditor
from bot.announcements.permissions import Coordinators
from bot.announcements.sender import Sender, Target
from bot.announcements.service import Announcements
from bot.announcements.subscriptions import Subscriptions
from bot.answers.unanswered import Unanswered, drop_old
from bot.channels.facebook_page import CHANNEL as FACEBOOK_PAGE
from bot.knowledge.library import Knowledge
from bot.ops import metrics
from bot.ops.settings import Settings
from bot.store import deliveries
from bot.store.database import DATABASE_GONE, Database
from bot.store.upgrade import StoreError, unreachable, upgrade
from bot.understanding.reloader import ContentReloader

log = structlog.get_logger()

CHECK_EVERY = 1.0
"""Seconds between looks for a change of what the bot knows."""

SWEEP_EVERY = 24 * 3600.0
"""Seconds between deleting what has been kept long enough."""

END_WITHIN = 9.0
"""Seconds that posts under way get at shutdown."""


class DatabaseUnusable(Exception):
    """The database cannot be opened; the text says why and which variable to set."""


class Announcing:
    """The parts of announcements; `context` runs them beside an application.

    `owner` names this replica among those that share a database, the same after a restart.
    """

    def __init__(
        self, settings: Settings, reloader: ContentReloader, *, demo: bool = False, port: int = 0
    ) -> None:
        self._settings = settings
        self._reloader = reloader
        self._owner = f"{socket.gethostname()}:{port or secrets.token_hex(4)}"[:100]
        self.database = Database(settings.database_url.get_secret_value())
        self.coordinators = Coordinators(
            settings.coordinators_file,
            settings.tenants if settings.app_id else None,
            everyone=demo,
        )
        self.subscriptions = Subscriptions(self.database, self._knowledge, self.coordinators)
        self.meetings = MeetingEditor(self.database, reloader, self.coordinators)
        self.announcements = Announcements(
            self.database, self._knowledge, self.coordinators, public_url=settings.public_url
        )
        self.unanswered = (
            Unanswered(self.database, reloader) if settings.record_unanswered else None
        )
        self.on_progress: Callable[[str], None] = lambda _: None
        """Gets the id of an announcement that came forward; a channel that shows it sets this."""
        self._tasks: list[asyncio.Task[None]] = []

    def _knowledge(self) -> Knowledge:
        return self._reloader.snapshot.knowledge

    def problems(self) -> list[str]:
        """What an operator should mend."""
        told = [*self.coordinators.problems, *self._reloader.meeting_problems]
        if not self.meetings.reachable:
            told.append(
                "The database does not answer: announcements wait until it does. "
                "See that it runs and that BOT_DATABASE_URL is right."
            )
        return told

    async def measure(self) -> None:
        """Brings the gauges of the queue up to date; without the database they stay as they are."""
        with contextlib.suppress(*DATABASE_GONE):
            async with self.database.reading() as tx:
                depth, age = await deliveries.queue(tx, await self.database.now(tx))
            metrics.QUEUE_DEPTH.set(depth)
            metrics.QUEUE_AGE.set(age)

    def context(
        self, senders: Callable[[], Mapping[str, Sender]]
    ) -> Callable[[web.Application], AsyncIterator[None]]:
        """Opens the database and delivers while an application runs.

        `senders` are asked for once the application starts. Raises DatabaseUnusable.
        """

        async def run(_: web.Application) -> AsyncIterator[None]:
            try:
                await self._open()
                self._begin(senders())
                yield
                await self._end()
            finally:
                await self.database.close()

        return run

    async def begin_to_end(self, _: web.Application) -> None:
        """Takes up no new work: what is under way ends while turns do."""
        for task in self._tasks:
            task.cancel()

    async def _open(self) -> None:
        try:
            done = await upgrade(self.database)
            await self._keep_page()
            await self.meetings.refresh()
        except StoreError as error:
            raise DatabaseUnusable(str(error)) from None
        except DATABASE_GONE as error:
            raise DatabaseUnusable(str(unreachable(self.database, error))) from None
        if done.changed:
            backup = str(done.backup) if done.backup else None
            log.info("database.upgraded", before=done.before, after=done.after, backup=backup)

    async def _keep_page(self) -> None:
        settings = self._settings
        page = None
        if settings.facebook_page_id is not None:
            page = Target(
                channel=FACEBOOK_PAGE,
                kind="page",
                remote_id=settings.facebook_page_id,
                service_url=settings.facebook_graph_url,
                tenant=FACEBOOK_PAGE,
            )
        await self.subscriptions.keep_page(page, FACEBOOK_PAGE)

    def _begin(self, senders: Mapping[str, Sender]) -> None:
        engine = Deliveries(
            self.database,
            senders,
            self.announcements.compose,
            rate=self._settings.send_rate,
            owner=self._owner,
            on_progress=lambda id_: self.on_progress(id_),
            dispatch_due=self._dispatch_due,
        )
        self.announcements.wake = engine.wake
        work = (
            engine.run,
            self.meetings.watch,
            self.coordinators.watch,
            self._follow_meetings,
            self._sweep,
            *([self.unanswered.run] if self.unanswered else []),
        )
        self._tasks = [asyncio.create_task(_lasting(one)) for one in work]

    async def _end(self) -> None:
        for task in self._tasks:
            if not task.cancelling():
                task.cancel()
        _, late = await asyncio.wait(self._tasks, timeout=END_WITHIN)
        if late:
            log.error("announcing.cut_off", tasks=len(late))

    async def _dispatch_due(self, now: float) -> None:
        await self.announcements.dispatch_due(now)

    async def _follow_meetings(self) -> None:
        """Lets announcements follow their meetings whenever what the bot knows has changed."""
        seen: Knowledge | None = None
        while True:
            current = self._knowledge()
            if current is not seen:
                with contextlib.suppress(*DATABASE_GONE):
                    await self.announcements.meetings_changed()
                    seen = current
            await asyncio.sleep(CHECK_EVERY)

    async def _sweep(self) -> None:
        while True:
            with contextlib.suppress(*DATABASE_GONE):
                await self.announcements.drop_old_drafts()
                await drop_old(self.database, self._knowledge().zone)
            await asyncio.sleep(SWEEP_EVERY)


async def _lasting(work: Callable[[], Coroutine[None, None, None]]) -> None:
    """Begins work again that broke, so that one fault does not end it for good."""
    while True:
        try:
            await work()
            return
        except Exception:
            log.exception("announcing.broken", work=getattr(work, "__qualname__", ""))
            await asyncio.sleep(1)
