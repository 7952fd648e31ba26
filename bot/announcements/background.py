"""Background jobs while the application runs, and the opening of the database they need."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence

import structlog

from bot.announcements.service import Announcements
from bot.i18n import Message
from bot.knowledge.library import Knowledge
from bot.store.database import DATABASE_GONE, Database
from bot.store.upgrade import StoreError, unreachable, upgrade

log = structlog.get_logger()

CHECK_INTERVAL = 1.0
"""Seconds between looks for a change of what the bot knows."""

SWEEP_INTERVAL = 24 * 3600.0
"""Seconds between deleting what has been kept long enough."""

SWEEP_RETRY = 3600.0
"""Seconds until that is tried again where the database was away."""

SHUTDOWN_TIMEOUT = 9.0
"""Seconds that posts under way get at shutdown."""

Job = Callable[[], Coroutine[None, None, None]]


class DatabaseUnusable(Exception):
    """The database cannot be opened; `message` says why and which variable to set."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


async def open_database(
    database: Database, prepare: Sequence[Callable[[], Awaitable[object]]] = ()
) -> None:
    """Brings the tables up to date, then runs `prepare`; raises DatabaseUnusable."""
    try:
        done = await upgrade(database)
        for step in prepare:
            await step()
    except StoreError as error:
        raise DatabaseUnusable(error.message) from None
    except DATABASE_GONE as error:
        raise DatabaseUnusable(unreachable(database, error).message) from None
    if done.changed:
        backup = str(done.backup) if done.backup else None
        log.info("database.upgraded", before=done.before, after=done.after, backup=backup)


class BackgroundJobs:
    """Jobs that run until the application ends; one that breaks is begun again."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._jobs = jobs
        self._tasks: list[asyncio.Task[None]] = []

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Runs the jobs; at the end they get SHUTDOWN_TIMEOUT to finish."""
        self._tasks = [asyncio.create_task(_restarting(job)) for job in self._jobs]
        yield
        for task in self._tasks:
            if not task.cancelling():
                task.cancel()
        _, late = await asyncio.wait(self._tasks, timeout=SHUTDOWN_TIMEOUT)
        if late:
            log.error("background.shutdown_timed_out", tasks=len(late))

    async def begin_shutdown(self) -> None:
        """Takes up no new work: what is under way ends while turns do."""
        for task in self._tasks:
            task.cancel()


async def _restarting(job: Job) -> None:
    while True:
        try:
            await job()
            return
        except Exception:
            # One fault must not end a job for good.
            log.exception("background.job_failed", job=getattr(job, "__qualname__", ""))
            await asyncio.sleep(1)


async def follow_meetings(announcements: Announcements, knowledge: Callable[[], Knowledge]) -> None:
    """Compares announcements with their meetings whenever what the bot knows has changed."""
    seen: Knowledge | None = None
    while True:
        current = knowledge()
        if current is not seen:
            with contextlib.suppress(*DATABASE_GONE):
                await announcements.meetings_changed()
                seen = current
        await asyncio.sleep(CHECK_INTERVAL)


async def sweep(*steps: Callable[[], Awaitable[object]]) -> None:
    """Deletes once a day what has been kept long enough; each step is one kind of it.

    Where the database does not answer, it is tried again within the hour.
    """
    while True:
        failed = False
        for step in steps:
            try:
                await step()
            except DATABASE_GONE as error:
                log.warning("sweep.failed", error=type(error).__name__)
                failed = True
        await asyncio.sleep(SWEEP_RETRY if failed else SWEEP_INTERVAL)
