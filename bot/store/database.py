"""One database, SQLite or PostgreSQL: connections and transactions."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Callable

from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

BUSY_TIMEOUT = 10.0
"""Seconds that a writer waits for another on SQLite."""


class Database:
    """Transactions on a database named by a SQLAlchemy URL.

    `clock` gives seconds since 1970; PostgreSQL's own clock is used where replicas must agree.
    """

    def __init__(self, url: str, clock: Callable[[], float] = time.time) -> None:
        self._url = make_url(url)
        self._clock = clock
        self.engine: AsyncEngine = _engine(url)

    @property
    def is_postgres(self) -> bool:
        """Whether several replicas may share it."""
        return self.engine.dialect.name == "postgresql"

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that may write; committed at its end, rolled back on an error.

        On SQLite it holds the only write lock from its first moment (`BEGIN IMMEDIATE`), so what
        it reads stays true until it ends.
        """
        async with self.engine.begin() as connection:
            yield connection

    async def now(self, connection: AsyncConnection) -> float:
        """The instant that all replicas agree on, in seconds since 1970."""
        if not self.is_postgres:
            return self._clock()
        answer = await connection.scalar(text("SELECT extract(epoch FROM clock_timestamp())"))
        return float(answer)

    async def close(self) -> None:
        """Closes every connection."""
        await self.engine.dispose()


def _engine(url: str) -> AsyncEngine:
    if make_url(url).get_backend_name() != "sqlite":
        return create_async_engine(url, pool_pre_ping=True, pool_size=5, hide_parameters=True)
    engine = create_async_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_TIMEOUT})

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: object, _: object) -> None:
        # The driver begins transactions too late for `BEGIN IMMEDIATE`: leave that to us.
        connection.isolation_level = None  # type: ignore[attr-defined]
        cursor = connection.cursor()  # type: ignore[attr-defined]
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: object) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # type: ignore[attr-defined]

    return engine
