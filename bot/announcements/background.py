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
from bot.store.server_lock import only_server
from bot.store.upgrade import StoreError, unreachable, upgrade

log = structlog.get_logger()

CHECK_INTERVAL = 1.0
"""Seconds between looks for a change of what the bot knows."""

SWEEP_INTERVAL = 24 * 3600.0
"""Seconds between deleting what has been kept long enough."""

SWEEP_RETRY = 3600.0
"""Seconds until that is tried again where the database was away."""

SHUTDOWN_TIMEOUT = 18.0
"""Seconds that posts under way get at shutdown."""

FIRST_RETRY = 1.0
MAX_RETRY = 15.0
"""Seconds between two attempts to open a database that was away at the start; they grow."""

Job = Callable[[], Coroutine[None, None, None]]


class DatabaseUnusable(Exception):
    """The database cannot be opened; `message` says why and which variable to set."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


class DatabaseOpening:
    """Opens the database for a server: its tables are brought up to date, then `prepare` runs.

    What may end by itself, such as PostgreSQL being away, is tried again in the background; what
    needs the database waits for `done`.
    """

    def __init__(
        self, database: Database, prepare: Sequence[Callable[[], Awaitable[object]]] = ()
    ) -> None:
        self._database = database
        self._prepare = prepare
        self._trouble: Message | None = None
        self.done = asyncio.Event()

    @contextlib.asynccontextmanager
    async def begun(self) -> AsyncIterator[None]:
        """Has tried once; at the end the database is closed.

        Until then the file of SQLite is this server's. Raises DatabaseUnusable for what does not
        end by itself.
        """
        self._database.ready = False
        async with contextlib.AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(only_server(self._database))
            except StoreError as error:
                # Even if it may end: nothing is tried again without the lock.
                raise DatabaseUnusable(error.message) from None
            stack.push_async_callback(self._database.close)
            try:
                await self._attempt()
            except StoreError as error:
                if not error.transient:
                    raise DatabaseUnusable(error.message) from None
                self._failed(error)
            yield

    async def run(self) -> None:
        """Tries again until it is done."""
        wait = FIRST_RETRY
        while not self.done.is_set():
            await asyncio.sleep(wait)
            wait = min(2 * wait, MAX_RETRY)
            try:
                await self._attempt()
            except StoreError as error:
                self._failed(error)

    async def _attempt(self) -> None:
        try:
            done = await upgrade(self._database)
            self._database.ready = True
            for step in self._prepare:
                await step()
        except DATABASE_GONE as error:
            raise unreachable(self._database, error) from error
        if done.changed:
            backup = str(done.backup) if done.backup else None
            log.info("database.upgraded", before=done.before, after=done.after, backup=backup)
        if self._trouble is not None:
            log.warning("database.opened")
        self._trouble = None
        self.done.set()

    def _failed(self, error: StoreError) -> None:
        if self._trouble != error.message:
            log.error("database.not_opened", reason=str(error.message))
        self._trouble = error.message
        self._database.not_ready_because = error.__cause__

    def problems(self) -> list[Message]:
        """Why the database is not open yet."""
        return [self._trouble] if self._trouble is not None else []

    def then(self, job: Job) -> Job:
        """A job that begins once the database is open."""

        async def waiting() -> None:
            await self.done.wait()
            await job()

        waiting.__qualname__ = getattr(job, "__qualname__", "job")
        return waiting


class BackgroundJobs:
    """Jobs that run until the application ends; one that breaks is begun again."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._jobs = jobs
        self._tasks: list[asyncio.Task[None]] = []
        self._ending_at: float | None = None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Runs the jobs; at the end they have SHUTDOWN_TIMEOUT from when shutdown began."""
        self._tasks = [asyncio.create_task(_restarting(job)) for job in self._jobs]
        yield
        await self.begin_shutdown()
        assert self._ending_at is not None
        left = self._ending_at - asyncio.get_running_loop().time()
        _, late = await asyncio.wait(self._tasks, timeout=max(0.0, left))
        if late:
            log.error("background.shutdown_timed_out", tasks=len(late))

    async def begin_shutdown(self) -> None:
        """Takes up no new work: what is under way ends while turns do."""
        if self._ending_at is None:
            self._ending_at = asyncio.get_running_loop().time() + SHUTDOWN_TIMEOUT
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
