"""Log lines that strangers can cause, kept few: so many in a while, then how many were left out."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

LINES = 3
WINDOW = 300.0
"""Seconds in which so many lines are written at most, and one more that counts the others."""


class FewLines:
    """Writes one kind of line: call it as `write` would be called, without the event.

    Each line is given `left_out` where others came since the last one that was written. `flush`
    writes that count when the window is over and nothing more has come.
    """

    def __init__(
        self,
        write: Callable[..., Any],
        event: str,
        *,
        lines: int = LINES,
        window: float = WINDOW,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._write = write
        self._event = event
        self._lines = lines
        self._window = window
        self._clock = clock
        self._began = clock()
        self._written = 0
        self._left_out = 0

    def __call__(self, **fields: Any) -> None:
        """Writes the line, or counts it."""
        self.flush()
        if self._written >= self._lines:
            self._left_out += 1
            return
        self._written += 1
        self._write(self._event, **fields)

    def flush(self) -> None:
        """Where the window is over, begins another, and says what the last one left out."""
        now = self._clock()
        if now - self._began < self._window:
            return
        left_out, self._left_out = self._left_out, 0
        self._began, self._written = now, 0
        if left_out:
            self._write(self._event, left_out=left_out)
