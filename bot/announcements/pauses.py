"""Pauses that channels ask for while announcements are delivered."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from bot.store.claims import MAX_PAUSE

CROWD = 3
CROWD_SPAN = 5.0
"""So many conversations of a tenant that ask for a pause within so many seconds: it is meant for
the tenant."""


class Pauses:
    """The pauses that channels asked for, as far as this process has heard of them.

    The database has them too, for the claims of all replicas; this holds up what is claimed.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._until: dict[int | str, float] = {}
        self._asked: deque[tuple[float, str, int]] = deque(maxlen=100)

    def add(self, place: int, tenant: str, pause: float, everywhere: bool) -> bool:
        """Notes a pause in seconds; tells whether it is the tenant's."""
        now = self._monotonic()
        self._asked.append((now, tenant, place))
        crowd = {other for at, of, other in self._asked if of == tenant and now - at <= CROWD_SPAN}
        everywhere = everywhere or len(crowd) >= CROWD
        until = now + min(pause, MAX_PAUSE)
        self._until = {key: end for key, end in self._until.items() if end > now}
        for key in (place, tenant) if everywhere else (place,):
            self._until[key] = max(until, self._until.get(key, 0.0))
        return everywhere

    def left(self, place: int, tenant: str) -> float:
        """Seconds for which nothing may be posted there."""
        until = max(self._until.get(place, 0.0), self._until.get(tenant, 0.0))
        return until - self._monotonic()
