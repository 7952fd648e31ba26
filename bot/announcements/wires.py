"""What a process knows of channels by their answers: who asked for a pause, and who answers."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

import structlog
from cachetools import LRUCache

from bot.announcements.sender import Sender, Target
from bot.store.claims import MAX_PAUSE

TENANT_PAUSE_THRESHOLD = 3
TENANT_PAUSE_WINDOW = 5.0
"""When so many conversations of a tenant ask for a pause within so many seconds, it is meant for
the tenant."""

ANSWER_TTL = 10.0
"""Seconds for which a channel is believed to answer after it did."""

PROBE_TIMEOUT = 10.0
"""Seconds that the read may take which tries whether a channel answers."""

MOST_WIRES = 1_000
"""Service addresses and tenants whose last answer is remembered."""


_log = structlog.get_logger()


class Pauses:
    """The pauses that channels asked for, as far as this process knows them.

    The database has them too, for the claims of all replicas; this holds up what is claimed.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._until: dict[int | str, float] = {}
        self._requests: deque[tuple[float, str, int]] = deque(maxlen=100)

    def add(self, place: int, tenant: str, pause: float, everywhere: bool) -> bool:
        """Adds a pause in seconds; returns whether it holds for the whole tenant."""
        now = self._monotonic()
        self._requests.append((now, tenant, place))
        recent = {
            other
            for at, of, other in self._requests
            if of == tenant and now - at <= TENANT_PAUSE_WINDOW
        }
        everywhere = everywhere or len(recent) >= TENANT_PAUSE_THRESHOLD
        until = now + min(pause, MAX_PAUSE)
        self._until = {key: end for key, end in self._until.items() if end > now}
        for key in (place, tenant) if everywhere else (place,):
            self._until[key] = max(until, self._until.get(key, 0.0))
        return everywhere

    def left(self, place: int, tenant: str) -> float:
        """Seconds for which nothing may be posted there."""
        until = max(self._until.get(place, 0.0), self._until.get(tenant, 0.0))
        return until - self._monotonic()


class Wires:
    """Whether channels answer: a post in doubt is repeated only where its answer will come.

    Kept for each service address and tenant, out of the answers to posts; where none has come
    lately, a harmless read is tried, one at a time.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._seen: LRUCache[tuple[str, str], tuple[float, bool]] = LRUCache(MOST_WIRES)
        self._asking: dict[tuple[str, str], asyncio.Task[bool]] = {}

    def seen(self, target: Target, answers: bool) -> None:
        """Notes that an answer came there, or that one was lost."""
        self._seen[target.service_url, target.tenant] = (self._monotonic(), answers)

    async def answers(self, sender: Sender, target: Target) -> bool:
        """Whether the channel answers there now."""
        wire = (target.service_url, target.tenant)
        at, known = self._seen.get(wire, (0.0, False))
        if known and self._monotonic() - at <= ANSWER_TTL:
            return True
        if wire not in self._asking:
            asking = asyncio.create_task(self._ask(sender, target))
            asking.add_done_callback(lambda _: self._asking.pop(wire, None))
            self._asking[wire] = asking
        return await asyncio.shield(self._asking[wire])

    async def _ask(self, sender: Sender, target: Target) -> bool:
        try:
            async with asyncio.timeout(PROBE_TIMEOUT):
                answers = await sender.answers(target)
        except TimeoutError:
            return False
        except Exception:
            _log.exception("sender.failed")
            return False
        if answers:
            self.seen(target, True)
        return answers
