"""Work on the database that is repeated until it succeeds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from sqlalchemy.exc import OperationalError

from bot.store.database import DATABASE_GONE

FIRST_WAIT = 0.1
LONGEST_WAIT = 0.5
"""Seconds between two attempts: doubled from the first to the longest."""

NOT_THE_ROW = (OperationalError, OSError, TimeoutError)
"""Errors of a database that does not work, whatever is written."""

_log = structlog.get_logger()

_T = TypeVar("_T")


class RetryLoop:
    """Repeats what failed: a database that is gone comes back, and nothing may be lost.

    The log gets one line when the part is interrupted and one when it goes on, however many rows
    wait. `on_failure` is called at each failure.
    """

    def __init__(self, part: str, on_failure: Callable[[], None]) -> None:
        self._log = _log.bind(part=part)
        self._on_failure = on_failure
        self._failing = False

    async def until_done(self, work: Callable[[], Awaitable[_T]]) -> _T:
        """Tries until it succeeds."""
        wait = FIRST_WAIT
        while (done := await self.attempt(work)) is None:
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)
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
