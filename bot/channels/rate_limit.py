"""How often somebody may write: the generic cell rate algorithm, in bounded memory.

Each key has one number, the time at which its bucket is empty again. A message moves it one
interval ahead; a key that is `burst` intervals ahead has to wait. Empty buckets are dropped.
"""

from __future__ import annotations

import math
from collections import OrderedDict

from bot.i18n import translator

MAX_KEYS = 10_000
"""Keys kept at once; beyond, those that were silent for longest are forgotten."""


def slow_down(language: str, wait: float) -> str:
    """Asks somebody to write again in `wait` seconds."""
    return translator(language).ngettext(
        "Messages are coming too fast. Please write again in {count} second.",
        "Messages are coming too fast. Please write again in {count} seconds.",
        math.ceil(wait),
    )


class RateLimit:
    """Lets each key through `burst` times at once, and once in `interval` seconds in the long run.

    Times are seconds of a monotonic clock.
    """

    def __init__(self, burst: int, interval: float, max_keys: int = MAX_KEYS) -> None:
        self._interval = interval
        self._leeway = (burst - 1) * interval
        self._max_keys = max_keys
        self._empty_at: OrderedDict[str, float] = OrderedDict()

    def wait(self, key: str, now: float) -> float:
        """Lets the key through and returns 0, or returns the seconds that it has to wait."""
        empty_at = max(self._empty_at.get(key, now), now)
        wait = empty_at - now - self._leeway
        if wait > 0:
            return wait
        self._empty_at[key] = empty_at + self._interval
        self._empty_at.move_to_end(key)
        self._forget(now)
        return 0.0

    def _forget(self, now: float) -> None:
        while self._empty_at:
            oldest, empty_at = next(iter(self._empty_at.items()))
            if empty_at > now and len(self._empty_at) <= self._max_keys:
                return
            del self._empty_at[oldest]

    def __len__(self) -> int:
        return len(self._empty_at)
