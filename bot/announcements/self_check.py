"""Whether the database takes what is written, and how deliveries fare: the base of `/readyz`.

A server writes a row of its own every few seconds and reads it back. What is told is how long ago
that last succeeded, so whoever asks is answered at once, whatever the database does.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Callable
from typing import Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements.read_along import ReadAlong, read_along
from bot.i18n import N_, Message, nN_
from bot.ops import metrics
from bot.store import replicas
from bot.store.database import DATABASE_GONE, Database
from bot.store.health import Fare, fare
from bot.store.trouble import Kind, Trouble, of_kind, trouble

log = structlog.get_logger()

INTERVAL = 3.5
"""Seconds between two writes."""

RETRY_INTERVAL = 1.0
"""Seconds until the next attempt after one that failed."""

PATIENCE = 3.0
"""Seconds that a write waits for a lock."""

TIMEOUT = 6.0
"""Seconds after which an attempt is given up: to connect, wait, write and commit."""

STALE_AFTER = 9.0
"""Seconds without a success after which the database counts as unusable."""

ENGINE_STALE_AFTER = 12.0
"""Seconds for which the engine may have work and commit nothing."""

ENGINE_SUSPECT_AFTER = 4.0
"""Seconds after which it is tried whether deliveries can be read at all."""

COUNT_INTERVAL = 30.0
"""Seconds between two counts of how deliveries fare."""

LEAVE_TIMEOUT = 1.0
"""Seconds to take the server's row out at shutdown; a row that stays is soon taken for dead."""


class EngineHealth(Protocol):
    """What the delivery engine tells of itself."""

    def __call__(self) -> float:
        """Seconds for which the database has kept it from its work; 0 while it goes on."""
        ...


class SelfCheck:
    """The row of this server, and what follows from how writing it went.

    - `owner`: a name that no other run of a server has.
    - `engine`: how long the engine has been stuck.
    - `on_beat` is called in each transaction, to read along what may have changed.
    """

    def __init__(
        self,
        database: Database,
        owner: str,
        *,
        engine: EngineHealth = lambda: 0.0,
        on_beat: ReadAlong | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._owner = owner
        self._engine = engine
        self._on_beat = on_beat
        self._monotonic = monotonic
        self._well_at = monotonic()
        self._counted_at: float | None = None
        self._began = False
        self._trouble: Trouble | None = None
        self._others: list[str] = []
        self.fare = Fare()
        """How deliveries fared when last counted."""

    async def run(self) -> None:
        """Writes regularly until it is cancelled; an attempt under way then ends first."""
        self._well_at = self._monotonic()
        while True:
            attempt = asyncio.create_task(self.attempt())
            try:
                well = await asyncio.shield(attempt)
            except asyncio.CancelledError:
                await asyncio.wait([attempt])
                raise
            await asyncio.sleep(INTERVAL if well else RETRY_INTERVAL)

    async def attempt(self) -> bool:
        """Writes once; whether that went well."""
        waited = False

        def let_in() -> None:
            nonlocal waited
            waited = True

        try:
            async with asyncio.timeout(TIMEOUT):
                await self._write(let_in)
                await self._count_sometimes()
        except Exception as error:
            found = trouble(self._database, error, waited=waited or self._database.file is not None)
            if self._trouble is None or self._trouble.kind is not found.kind:
                gone = isinstance(error, (*DATABASE_GONE, sqlite3.Error))
                log.error(
                    "database.unwritable",
                    kind=found.kind.value,
                    reason=str(found.text),
                    exc_info=not gone,
                )
            self._trouble = found
            return False
        if self._trouble is not None:
            log.warning("database.writable")
        self._trouble, self._well_at = None, self._monotonic()
        return True

    async def _write(self, let_in: Callable[[], None]) -> None:
        if self._database.file is not None:
            await asyncio.to_thread(self._database.file.look)
        async with self._database.transaction(patience=PATIENCE) as tx:
            let_in()
            now = await self._database.now(tx)
            if not self._began:
                await self._begin(tx, now)
            if not await replicas.beat(tx, self._owner, now):
                raise RowNotRead
            # Several servers are right on PostgreSQL.
            alone = self._database.file is not None
            others = await replicas.alive(tx, now, but=self._owner) if alone else []
            await read_along(self._on_beat, tx)
        self._began, self._others = True, list(others)

    async def _begin(self, tx: AsyncConnection, now: float) -> None:
        """Takes out the rows of servers that were killed."""
        if self._database.file is not None:
            # This one holds the lock of the file.
            await replicas.forget_others(tx, self._owner)
        else:
            await replicas.forget_dead(tx, now)

    async def _count_sometimes(self) -> None:
        regular = self._counted_at is None or self._monotonic() - self._counted_at >= COUNT_INTERVAL
        if regular or self._engine() > ENGINE_SUSPECT_AFTER:
            async with asyncio.timeout(PATIENCE):
                await self.count()

    async def count(self) -> None:
        """Counts how deliveries fare, for the metrics and `/readyz`."""
        async with self._database.reading() as tx:
            self.fare = await fare(tx, await self._database.now(tx))
        self._counted_at = self._monotonic()
        metrics.DELIVERIES_STUCK.set(self.fare.stuck)
        metrics.DELIVERIES_GIVEN_UP.set(self.fare.given_up)
        metrics.DELIVERIES_IN_DOUBT.set(self.fare.in_doubt)
        metrics.CONVERSATIONS_SUSPENDED.set(self.fare.suspended)
        metrics.CONVERSATIONS_IN_OUTAGE.set(self.fare.in_outage)

    async def leave(self) -> None:
        """Takes the server's row out when it ends."""
        if not self._began:
            return
        with contextlib.suppress(*DATABASE_GONE):
            async with (
                asyncio.timeout(LEAVE_TIMEOUT),
                self._database.transaction(patience=LEAVE_TIMEOUT) as tx,
            ):
                await replicas.leave(tx, self._owner)

    def problems(self) -> list[Message]:
        """Why nothing can be announced, in words for operators; empty while all is well."""
        if self._monotonic() - self._well_at > STALE_AFTER:
            kind = Kind.LOCKED if self._database.file else Kind.AWAY
            found = self._trouble or of_kind(self._database, kind, TimeoutError.__name__)
            return [found.text]
        if self._others:
            return [of_kind(self._database, Kind.SHARED).text]
        stuck = self._engine()
        if stuck > ENGINE_STALE_AFTER:
            if self._trouble is not None:
                return [self._trouble.text]
            return [
                N_(
                    "Announcements wait, and none has been taken up or written down for {seconds} "
                    "seconds: somebody keeps their rows locked, or the log says why "
                    "(`delivery.interrupted`).",
                    seconds=round(stuck),
                )
            ]
        return []

    def notes(self) -> list[Message]:
        """What an operator should know of deliveries; the bot does its work all the same."""
        said = {
            "stuck": nN_(
                "{count} delivery has waited for over a quarter of an hour.",
                "{count} deliveries have waited for over a quarter of an hour.",
                self.fare.stuck,
            ),
            "given_up": nN_(
                "{count} delivery failed within the last day: its announcement's report says why.",
                "{count} deliveries failed within the last day: their announcements' reports say "
                "why.",
                self.fare.given_up,
            ),
            "in_doubt": nN_(
                "{count} delivery of the last day is in doubt: a copy may stand that cannot be "
                "reached.",
                "{count} deliveries of the last day are in doubt: copies may stand that cannot be "
                "reached.",
                self.fare.in_doubt,
            ),
            "suspended": nN_(
                "{count} conversation counts as unreachable; the next announcement tries it again.",
                "{count} conversations count as unreachable; the next announcement tries them "
                "again.",
                self.fare.suspended,
            ),
            "in_outage": nN_(
                "Teams says of {count} conversation, as of others, that the bot is not there: that "
                "is taken for an outage. What waits for it is tried again by itself.",
                "Teams says of {count} conversations at once that the bot is not there: that is "
                "taken for an outage. What waits for them is tried again by itself.",
                self.fare.in_outage,
            ),
        }
        return [text for name, text in said.items() if getattr(self.fare, name)]


class RowNotRead(Exception):
    """What was written could not be read back."""
