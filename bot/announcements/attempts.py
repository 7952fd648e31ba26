"""One attempt to bring an announcement into one conversation: when it may, and how it ended."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial

import structlog

from bot.announcements.model import Announcement
from bot.announcements.repository import read_announcement, target_of
from bot.announcements.sender import PostDelayed, Posted, PostRejected, Sender, Target, TargetGone
from bot.answers.model import Answer
from bot.ops import metrics
from bot.store.claims import MAX_PAUSE, MAX_WAIT, Claimed
from bot.store.completions import Completion, due_task
from bot.store.database import Database
from bot.store.states import Outcome, Task

POST_TIMEOUT = 12.0
"""Seconds that one post may take."""

MAX_LATENESS = 0.08
"""Seconds that a post may be late for its slot; later ones wait for a new slot, so that posts
that were held up do not leave all at once."""

MAX_ATTEMPTS = 12
MAX_AGE = 24 * 3600.0
"""Seconds after its first attempt in which a delivery is tried again."""

FIRST_BACKOFF = 4.0
"""Seconds until the second attempt, at most; the waits double from there."""

DEFAULT_TENANT_PAUSE = 30.0
"""Seconds for which a tenant is left alone where nothing works and no time was named."""

TENANT_PAUSE_THRESHOLD = 3
TENANT_PAUSE_WINDOW = 5.0
"""When so many conversations of a tenant ask for a pause within so many seconds, it is meant for
the tenant."""

CACHE_TTL = 0.05
"""Seconds for which what an announcement says is believed."""

_log = structlog.get_logger()


@dataclass(frozen=True)
class Work:
    """A claimed row, with instants of this process's own clock, which nobody sets."""

    row: Claimed
    slot: float
    expires: float
    """After it another replica may have taken the row over."""


class ClaimReleased(Exception):
    """The row is given back unposted, to be claimed again after `wait` seconds."""

    def __init__(self, wait: float = 0.0) -> None:
        super().__init__(wait)
        self.wait = wait


class Attempts:
    """The attempts of one engine.

    - `read` gives an announcement as it is now; it may be `CACHE_TTL` old.
    - `closing` is set when the engine ends: nothing is posted any more.
    - `rate_limited`: whether slots have to be kept. `lease` in seconds.
    """

    def __init__(
        self,
        senders: Mapping[str, Sender],
        compose: Callable[[Announcement, Target], Answer],
        read: Callable[[str], Awaitable[Announcement | None]],
        closing: asyncio.Event,
        *,
        rate_limited: bool,
        lease: float,
        monotonic: Callable[[], float],
        random: Callable[[], float],
    ) -> None:
        self._senders = senders
        self._compose = compose
        self._read = read
        self._closing = closing
        self._rate_limited = rate_limited
        self._timeout = min(POST_TIMEOUT, lease * 0.4)
        self._monotonic = monotonic
        self._random = random
        self._pauses = Pauses(monotonic)

    async def run(self, work: Work) -> Completion:
        """Posts one claimed row when its slot comes; whatever happens ends in a completion."""
        row = work.row
        try:
            return await self._attempt(work)
        except ClaimReleased as released:
            return Completion(row, Outcome.PENDING, wait=released.wait, attempted=False)
        except asyncio.CancelledError:
            return Completion(row, Outcome.PENDING, error="the program was ended during the post")

    async def _attempt(self, work: Work) -> Completion:
        row = work.row
        await self._wait_until(work.slot - CACHE_TTL / 2)
        announcement = await self._announcement(work)
        if announcement is None:
            return Completion(row, Outcome.STOPPED)
        task = due_task(announcement.state, announcement.version, row.remote_id, row.posted_version)
        if task is None:
            return Completion(row, Outcome.STOPPED)
        target = target_of(row.conversation, (row.network,))
        log = _log.bind(announcement=row.announcement_id, delivery=row.id, task=task.value)
        ended = partial(Completion, row, task=task, version=announcement.version)
        sender = self._senders.get(target.channel)
        if sender is None:
            error = f"not_set_up: no sender for {target.channel} is set up"
            return ended(Outcome.FAILED, error=error)
        try:
            post = self._compose(announcement, target)
        except Exception as error:
            log.exception("post.not_composed")
            return ended(Outcome.FAILED, error=f"not_written: {type(error).__name__}")
        await self._wait_until(work.slot)
        self._check_claim(work)
        try:
            with metrics.DELIVERY_SECONDS.time():
                async with asyncio.timeout(self._timeout):
                    posted = await _post(sender, task, target, row, post)
        except TargetGone:
            return ended(Outcome.GONE)
        except PostRejected as error:
            log.warning("delivery.rejected", code=error.code, reason=str(error))
            return ended(Outcome.FAILED, error=f"{error.code}: {error}")
        except PostDelayed as error:
            return self._retry_later(row, ended, error)
        except TimeoutError:
            reason = f"no answer within {self._timeout:.0f} s"
            return self._retry_later(row, ended, PostDelayed(reason, uncertain=True))
        except Exception as error:
            log.exception("sender.failed")
            delayed = PostDelayed(f"sender failed: {type(error).__name__}")
            return self._retry_later(row, ended, delayed)
        if task is Task.DELETE:
            return ended(Outcome.DELETED)
        return ended(
            Outcome.DELIVERED,
            remote_id=posted.remote_id if posted else None,
            remote_conversation=posted.remote_conversation if posted else None,
        )

    def _retry_later(
        self, row: Claimed, ended: Callable[..., Completion], error: PostDelayed
    ) -> Completion:
        """An attempt that may succeed another time: when, or that it was the last one."""
        place = row.conversation
        everywhere, pause = error.everywhere, error.pause
        if everywhere and pause is None:
            pause = DEFAULT_TENANT_PAUSE
        if pause is not None:
            everywhere = self._pauses.add(place.id, place.tenant, pause, everywhere)
        backoff = min(FIRST_BACKOFF * 2.0 ** (row.attempts - 1), MAX_WAIT - MAX_PAUSE)
        wait = min(pause or 0.0, MAX_PAUSE) + self._random() * backoff
        age = row.slot - row.first_attempt
        last = row.attempts >= MAX_ATTEMPTS or age > MAX_AGE
        return ended(
            Outcome.FAILED if last else Outcome.PENDING,
            error=f"{error.code}: {error}",
            wait=wait,
            pause=pause,
            pause_tenant=everywhere,
        )

    async def _wait_until(self, instant: float) -> None:
        """Waits for a slot; raises ClaimReleased when the engine is closed."""
        wait = instant - self._monotonic()
        if wait > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._closing.wait()
        if self._closing.is_set():
            raise ClaimReleased

    async def _announcement(self, work: Work) -> Announcement | None:
        try:
            async with asyncio.timeout(max(0.0, work.expires - self._monotonic())):
                return await self._read(work.row.announcement_id)
        except TimeoutError:
            raise ClaimReleased from None

    def _check_claim(self, work: Work) -> None:
        """Raises ClaimReleased where the slot, the lease or a pause no longer lets it be posted."""
        now = self._monotonic()
        late = self._rate_limited and now > work.slot + MAX_LATENESS
        if late or now + self._timeout > work.expires:
            raise ClaimReleased
        place = work.row.conversation
        if (pause := self._pauses.left(place.id, place.tenant)) > 0:
            raise ClaimReleased(pause)


async def _post(
    sender: Sender, task: Task, target: Target, row: Claimed, post: Answer
) -> Posted | None:
    if row.remote_id is None:
        return await sender.post(target, post)
    posted = Posted(row.remote_id, row.remote_conversation)
    if task is Task.DELETE:
        await sender.delete(target, posted)
    else:
        await sender.update(target, posted, post)
    return None


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


class AnnouncementCache:
    """Announcements as they are now, read once for all posts that ask at about the same time."""

    def __init__(self, database: Database, monotonic: Callable[[], float]) -> None:
        self._database = database
        self._monotonic = monotonic
        self._cached: dict[str, tuple[float, Announcement | None]] = {}
        self._reading: dict[str, asyncio.Task[Announcement | None]] = {}

    async def read(self, id: str) -> Announcement | None:
        """An announcement as it was at most CACHE_TTL seconds ago; None if there is none."""
        asked = self._monotonic()
        if id in self._cached and asked - self._cached[id][0] <= CACHE_TTL:
            return self._cached[id][1]
        if id not in self._reading:
            self._reading[id] = asyncio.create_task(self._read(id, asked))
        return await asyncio.shield(self._reading[id])

    async def _read(self, id: str, asked: float) -> Announcement | None:
        try:
            async with self._database.reading() as tx:
                announcement = await read_announcement(tx, id)
        finally:
            del self._reading[id]
        self._cached = {
            other: cached
            for other, cached in self._cached.items()
            if asked - cached[0] <= CACHE_TTL
        }
        self._cached[id] = (asked, announcement)
        return announcement
