"""One database, SQLite or PostgreSQL: connections and transactions."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.ops.settings import Settings
from bot.store.sqlite_file import SqliteFile
from bot.store.tls import Verification

BUSY_TIMEOUT = 10.0
"""Seconds that a writer waits for another on SQLite."""

CONNECT_TIMEOUT = 5.0
COMMAND_TIMEOUT = 30.0
"""Seconds after which PostgreSQL is taken for gone: to let us in, and to answer one statement."""

CLOSE_TIMEOUT = 3.0
"""Seconds that connections get to be closed in good order."""

DATABASE_GONE = (SQLAlchemyError, OSError, TimeoutError)
"""What is raised when the database does not answer; it may do so again later."""

_READ_ONLY = "taikubot_read_only"
_PATIENCE = "taikubot_patience"


class DatabaseNotReady(ConnectionError):
    """The database is not used before its tables have been brought up to this version."""


class Database:
    """Transactions on a database named by a SQLAlchemy URL.

    `clock` gives seconds since 1970; PostgreSQL's own clock is used where replicas must agree.
    `ca` is a file with the CA that PostgreSQL's server must have its certificate from.
    """

    def __init__(
        self, url: str, clock: Callable[[], float] = time.time, *, ca: Path | None = None
    ) -> None:
        self.url = make_url(url)
        self.file = SqliteFile.of(self.url)
        """The file of SQLite; None on PostgreSQL and in memory."""
        self.engine: AsyncEngine = (
            _postgres(self.url, Verification(ca))
            if self.is_postgres
            else _sqlite(self.url, self.file)
        )
        self.ready = True
        """Whether it may be used: a server that could not open it yet says no."""
        self.not_ready_because: BaseException | None = None
        self._clock = clock
        # SQLite lets one writer in at a time; those of this process queue here, in order and
        # without its busy waiting.
        self._writing = None if self.is_postgres else asyncio.Lock()
        self._ending: set[asyncio.Task[None]] = set()
        """Connections on their way back to the pool."""

    @classmethod
    def of(cls, settings: Settings) -> Database:
        """The database of the settings."""
        return cls(settings.database_url.get_secret_value(), ca=settings.database_ca)

    @property
    def is_postgres(self) -> bool:
        """Whether several replicas may share it."""
        return self.url.get_backend_name() == "postgresql"

    @contextlib.asynccontextmanager
    async def transaction(
        self, *, patience: float | None = None, opening: bool = False
    ) -> AsyncIterator[AsyncConnection]:
        """A transaction that may write; committed at its end, rolled back on an error.

        On SQLite it holds the only write lock from its first moment (`BEGIN IMMEDIATE`), so what
        it reads stays true until it ends. `patience` is how many seconds it waits for a lock in the
        place of the usual ones; `opening` is for whoever makes the database ready.
        """
        self._require_ready(opening)
        async with self._turn_to_write(patience), self._connection() as connection:
            if patience is not None:
                await connection.execution_options(**{_PATIENCE: patience})
            async with connection.begin():
                if patience is not None and self.is_postgres:
                    for limit in ("lock_timeout", "statement_timeout"):
                        await connection.execute(
                            text("SELECT set_config(:limit, :value, true)"),
                            {"limit": limit, "value": f"{patience * 1000:.0f}ms"},
                        )
                yield connection

    @contextlib.asynccontextmanager
    async def _turn_to_write(self, patience: float | None) -> AsyncIterator[None]:
        if self._writing is None:
            yield
            return
        async with asyncio.timeout(patience):
            await self._writing.acquire()
        try:
            yield
        finally:
            self._writing.release()

    @contextlib.asynccontextmanager
    async def reading(
        self, *, snapshot: bool = False, opening: bool = False
    ) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads; on SQLite it waits for no writer.

        With `snapshot` all of it sees the same moment, as it always does on SQLite.
        """
        self._require_ready(opening)
        async with self._connection() as connection:
            await connection.execution_options(**{_READ_ONLY: True})
            if snapshot and self.is_postgres:
                await connection.execution_options(isolation_level="REPEATABLE READ")
            async with connection.begin():
                yield connection

    @contextlib.asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection]:
        """A connection from the pool, which it goes back to whenever its user is cancelled.

        A driver that is cancelled while it connects forgets what it has opened; and the pool closes
        only what has come back to it.
        """
        connection = self.engine.connect()
        opening = asyncio.create_task(_opened(connection))
        try:
            await asyncio.shield(opening)
        except asyncio.CancelledError:
            self._see_out(_close_once(opening, connection))
            raise
        try:
            yield connection
        finally:
            await asyncio.shield(self._see_out(connection.close()))

    def _see_out(self, ending: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Ends a connection whether or not anybody waits for it."""
        task = asyncio.create_task(ending)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        return task

    def _require_ready(self, opening: bool) -> None:
        if not (self.ready or opening):
            raise DatabaseNotReady from self.not_ready_because

    async def now(self, connection: AsyncConnection) -> float:
        """The instant that all replicas agree on, in seconds since 1970."""
        if not self.is_postgres:
            return self._clock()
        answer = await connection.scalar(text("SELECT extract(epoch FROM clock_timestamp())"))
        return float(answer or 0)

    async def close(self) -> None:
        """Closes every connection; leaves those to the system whose server does not answer."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_TIMEOUT):
                if self._ending:
                    await asyncio.wait(self._ending)
                await self.engine.dispose()


async def _opened(connection: AsyncConnection) -> None:
    await connection.start()


async def _close_once(opening: asyncio.Task[None], connection: AsyncConnection) -> None:
    """Closes a connection that nobody waits for any more, once it has been opened."""
    await asyncio.wait([opening])
    if opening.exception() is None:
        await connection.close()


def connect_arguments(url: URL) -> dict[str, Any]:
    """What the driver is called with because of the URL."""
    return dict(url.get_dialect()().create_connect_args(url)[1])


def _postgres(url: URL, verification: Verification) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_pre_ping=True,
        pool_size=5,
        hide_parameters=True,
        connect_args={"timeout": CONNECT_TIMEOUT, "command_timeout": COMMAND_TIMEOUT},
    )

    @event.listens_for(engine.sync_engine, "do_connect")
    def _verify(_: object, __: object, ___: list[Any], options: dict[str, Any]) -> None:
        # What the driver really gets decides, not a second reading of the URL.
        options["ssl"] = verification.argument(options)

    return engine


def _sqlite(url: URL, file: SqliteFile | None) -> AsyncEngine:
    engine = create_async_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_TIMEOUT})

    @event.listens_for(engine.sync_engine, "do_connect")
    def _open(_: object, __: object, arguments: list[Any], options: dict[str, Any]) -> None:
        if file is not None:
            arguments[0], more = file.connect_arguments()
            options |= more

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: Any, _: object) -> None:
        # The driver begins transactions too late for `BEGIN IMMEDIATE`: leave that to us.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        begin = "BEGIN" if options.get(_READ_ONLY) else "BEGIN IMMEDIATE"
        patience = options.get(_PATIENCE)
        if patience is None:
            connection.exec_driver_sql(begin)
            return
        connection.exec_driver_sql(f"PRAGMA busy_timeout={patience * 1000:.0f}")
        try:
            connection.exec_driver_sql(begin)
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_TIMEOUT * 1000:.0f}")

    return engine
