"""A log line for what may come in a flood: the first ones are written, the rest is summed up."""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections import Counter
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)

MOST_LINES, WINDOW = 5, 60.0
"""Lines written at once within so many seconds; one more sums up what came besides."""

MOST_KINDS = 20
"""Kinds that a sum tells apart; what comes beyond them counts as `other`."""

OTHER = "other"


def _later(seconds: float, call: Callable[[], None]) -> None:
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return  # Then the next line brings the sum along.
    # A context of its own: the sum belongs to no single turn or request.
    loop.call_later(seconds, call, context=contextvars.Context())


class SummedLog:
    """Writes warnings of one event, of each kind one in a window, and then how many more came.

    A kind is what the fields say: only values out of a small set that the program itself knows,
    never a word from outside. Memory is bounded whatever comes. `clock` counts seconds, `later`
    calls something after some.
    """

    def __init__(
        self,
        event: str,
        *,
        most: int = MOST_LINES,
        window: float = WINDOW,
        clock: Callable[[], float] = time.monotonic,
        later: Callable[[float, Callable[[], None]], object] = _later,
    ) -> None:
        self._event = event
        self._most = most
        self._window = window
        self._clock = clock
        self._later = later
        self._ends = -1.0
        self._written: set[str] = set()
        self._more: Counter[str] = Counter()

    def warning(self, **fields: object) -> None:
        """Writes a line with these fields, or counts it."""
        now = self._clock()
        if now >= self._ends:
            self._sum_up()
            self._ends = now + self._window
        kind = " ".join(map(str, fields.values())) or self._event
        if kind not in self._written and len(self._written) < self._most:
            self._written.add(kind)
            log.warning(self._event, **fields)
            return
        if not self._more:
            self._later(self._ends - now, self._sum_up)
        known = kind in self._more or len(self._more) < MOST_KINDS
        self._more[kind if known else OTHER] += 1

    def _sum_up(self) -> None:
        """Ends the window and tells what was not written in it."""
        more, self._more = self._more, Counter()
        self._written.clear()
        self._ends = -1.0
        if more:
            log.warning(self._event, more=more.total(), kinds=dict(more.most_common()))
