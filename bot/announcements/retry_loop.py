"""Work on the database that is repeated until it succeeds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from sqlalchemy.exc import DBAPIError, OperationalError

from bot.store.database import DATABASE_GONE

FIRST_WAIT = 0.1
LONGEST_WAIT = 0.5
"""Seconds between two attempts: doubled from the first to the longest."""

ROW_SQLSTATES = ("22", "23", "P0")
"""How the SQLSTATE begins by which PostgreSQL refuses what is written: a value, a constraint, a
trigger. By all others it does not work, whatever is written: no room, a deadlock, a failover."""

_log = structlog.get_logger()

_T = TypeVar("_T")


def is_of_the_row(error: Exception) -> bool:
    """Whether a write failed because of what was written, as far as the error tells."""
    if isinstance(error, (OperationalError, OSError, TimeoutError)):
        return False
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return False
        state = getattr(error.orig, "sqlstate", None)
        return state is None or str(state).startswith(ROW_SQLSTATES)
    return True


class RetryLoop:
    """Repeats what failed: a database that is gone comes back, and nothing may be lost.

    The log gets one line when the part is interrupted and one when it goes on, however many rows
    wait. `on_failure` is called at each failure.
    """

    def __init__(
        self,
        part: str,
        on_failure: Callable[[], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log = _log.bind(part=part)
        self._on_failure = on_failure
        self._monotonic = monotonic
        self._failing = False
        self._began: float | None = None

    def stuck_for(self) -> float:
        """Seconds since what is being tried was begun; 0 when nothing is."""
        return 0.0 if self._began is None else self._monotonic() - self._began

    async def until_done(self, work: Callable[[], Awaitable[_T]]) -> _T:
        """Tries until it succeeds."""
        wait = FIRST_WAIT
        self._began = self._monotonic()
        try:
            while (done := await self.attempt(work)) is None:
                await asyncio.sleep(wait)
                wait = min(2 * wait, LONGEST_WAIT)
        finally:
            self._began = None
        return done[0]

    async def attempt(self, work: Callable[[], Awaitable[_T]]) -> tuple[_T] | None:
        """Tries once; None if it did not succeed."""
        try:
            done = await work()
        except Exception as error:
            self._on_failure()
            if not self._failing:
                self._failing = True
                gone = isinstance(error, DATABASE_GONE)
                # No traceback of the database: it says nothing more, and may quote its URL.
                self._log.error(
                    "delivery.interrupted",
                    reason="database_unreachable" if gone else "unexpected_error",
                    error=type(error).__name__,
                    exc_info=not gone,
                )
            return None
        if self._failing:
            self._failing = False
            self._log.warning("delivery.recovered")
        return (done,)
