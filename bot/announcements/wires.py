"""What a process knows of channels by their answers: who asked for a pause, and who answers."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from cachetools import LRUCache

from bot.announcements.sender import Sender, Target
from bot.store.claims import MAX_PAUSE

TENANT_PAUSE_THRESHOLD = 3
TENANT_PAUSE_WINDOW = 5.0
"""When so many conversations of a tenant ask for a pause within so many seconds, it is meant for
the tenant."""

ANSWER_TTL = 10.0
"""Seconds for which a channel is believed to answer after a read was answered."""

PROBE_TIMEOUT = 10.0
"""Seconds that the read may take which tries whether a channel answers."""

FIRST_TRIAL = 120.0
LONGEST_TRIAL = 3600.0
"""Seconds between the repeats of posts in doubt that are tried where no post is answered: each may
be the last that its conversation gets."""

MANY_LOST = 3
"""Answers that are lost one after the other where a channel is disturbed."""

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


@dataclass
class _Wire:
    takes_posts: bool | None = None
    """Whether the last post that was tried there got an answer; None: none was."""
    lost: int = 0
    """How many answers were lost since the last that came."""
    readable_until: float = 0.0
    """Until when a read that was answered counts."""
    trial: int | None = None
    """The delivery whose repeat is tried at the moment."""
    next_trial: float = 0.0
    trial_wait: float = FIRST_TRIAL
    asking: asyncio.Task[bool] | None = None


class Wires:
    """Whether channels answer: a post in doubt is repeated only where its answer will come.

    Kept for each service address and tenant. Where a post has been answered since the last one that
    was not, all repeats may go. Elsewhere a harmless read has to be answered first; and since that
    says little of posts, one repeat is tried at a time, at growing intervals.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._wires: LRUCache[tuple[str, str], _Wire] = LRUCache(MOST_WIRES)

    def seen(self, target: Target, answered: bool) -> None:
        """Notes that a post was answered there, or that its answer was lost."""
        wire = self._wire(target)
        wire.takes_posts = answered
        wire.lost = 0 if answered else wire.lost + 1
        if answered:
            wire.trial_wait, wire.next_trial = FIRST_TRIAL, 0.0
        elif wire.lost == MANY_LOST:
            # It is no chance of one post: to try soon would only cost the one that is tried.
            wire.next_trial = max(wire.next_trial, self._monotonic() + FIRST_TRIAL)

    async def may_repeat(self, sender: Sender, target: Target, delivery: int) -> bool:
        """Whether a post in doubt may be repeated now; then `tried` is called when it has been."""
        wire = self._wire(target)
        if wire.takes_posts:
            return True
        if wire.trial not in (None, delivery) or self._monotonic() < wire.next_trial:
            return False
        if self._monotonic() > wire.readable_until and not await self._reads(sender, target):
            return False
        if wire.takes_posts:
            return True
        if wire.trial not in (None, delivery):
            return False
        wire.trial = delivery
        return True

    def tried(self, target: Target, delivery: int, *, in_doubt: bool) -> None:
        """Ends the trial of a delivery, if it was one."""
        wire = self._wire(target)
        if wire.trial != delivery:
            return
        wire.trial = None
        if in_doubt:
            wire.next_trial = self._monotonic() + wire.trial_wait
            wire.trial_wait = min(2 * wire.trial_wait, LONGEST_TRIAL)

    def _wire(self, target: Target) -> _Wire:
        key = (target.service_url, target.tenant)
        if key not in self._wires:
            self._wires[key] = _Wire()
        return self._wires[key]

    async def _reads(self, sender: Sender, target: Target) -> bool:
        """Whether a read is answered, asked once for all who want to know."""
        wire = self._wire(target)
        if wire.asking is None or wire.asking.done():
            wire.asking = asyncio.create_task(self._ask(sender, target, wire))
        return await asyncio.shield(wire.asking)

    async def _ask(self, sender: Sender, target: Target, wire: _Wire) -> bool:
        try:
            async with asyncio.timeout(PROBE_TIMEOUT):
                answers = await sender.answers(target)
        except TimeoutError:
            return False
        except Exception:
            _log.exception("sender.failed")
            return False
        if answers:
            wire.readable_until = self._monotonic() + ANSWER_TTL
        return answers
