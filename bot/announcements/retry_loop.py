"""Errors that pass, such as a database that is gone for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from bot.store.database import DATABASE_GONE

_log = structlog.get_logger()

_T = TypeVar("_T")


class RetryLoop:
    """Goes on after an error: a database that is gone comes back, and nothing may be lost.

    The log gets one line when trouble begins and one when it ends, however many rows wait. Between
    two attempts it waits at most `longest_wait` seconds.
    """

    def __init__(self, what: str, longest_wait: float) -> None:
        self._what = what
        self._longest_wait = longest_wait
        self._troubled = False

    async def until_done(self, work: Callable[[], Awaitable[_T]]) -> _T:
        """Tries until it succeeds."""
        wait = 0.1
        while (done := await self.attempt(work)) is None:
            await asyncio.sleep(wait)
            wait = min(2 * wait, self._longest_wait)
        return done[0]

    async def attempt(self, work: Callable[[], Awaitable[_T]]) -> tuple[_T] | None:
        """Tries once; None if it did not succeed."""
        try:
            done = await work()
        except Exception as error:
            if not self._troubled:
                self._troubled = True
                gone = isinstance(error, DATABASE_GONE)
                # No traceback of the database: it says nothing more, and may quote its URL.
                _log.error(
                    self._what,
                    reason="the database does not answer" if gone else "an error of our own",
                    error=type(error).__name__,
                    exc_info=not gone,
                )
            return None
        if self._troubled:
            self._troubled = False
            _log.warning("over: " + self._what)
        return (done,)
