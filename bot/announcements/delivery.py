"""The engine that delivers announcements: claims due rows, posts, and writes down how it went.

Whoever changes something (a confirmed send, an edit, a recall) commits it and calls `wake`.

A claim, a post and a completion are three steps. A row is `sending` before its post leaves, and a
place among the posts under way is free again only when the completion has been committed, so a
process that is killed leaves at most CONCURRENCY posts in doubt. Those are posted again: that a
conversation gets an announcement twice is better than not at all. The same holds for a post that
hung or whose answer was lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial

import structlog

from bot.announcements.announcement_cache import FRESH, AnnouncementCache
from bot.announcements.model import Announcement
from bot.announcements.pauses import Pauses
from bot.announcements.retry_loop import RetryLoop
from bot.announcements.row_mapping import target_of
from bot.announcements.sender import PostDelayed, Posted, PostRejected, Sender, Target, TargetGone
from bot.answers.model import Answer
from bot.ops import metrics
from bot.store.claims import MAX_PAUSE, MAX_WAIT, Claimed, Claims, claim, take_over
from bot.store.completions import Completion, complete, due_task, settle
from bot.store.database import Database

CONCURRENCY = 48
"""Posts under way at once, at most."""

LEASE = 30.0
"""Seconds until another replica takes over what this one claimed."""

POST_TIMEOUT = 12.0
"""Seconds that one post may take."""

HORIZON = 0.4
"""Seconds for which slots are reserved ahead."""

LATE = 0.08
"""Seconds that a post may be late for its slot; later ones wait for a new slot, so that posts
that were held up do not leave all at once."""

GROUPING = 0.01
"""Seconds for which completions are gathered into one transaction, and free places into a claim."""

POLL = 0.5
"""Seconds between looks at the database when nobody wakes the engine."""

HOUSEKEEPING = 1.0
"""Seconds between what is done regularly, and between two tellings of progress."""

SETTLE = 0.1
"""Seconds between two looks for announcements that have ended, while posts come seldom."""

PAUSE = 0.02
"""Seconds between two claims when the first got nothing."""

MAX_ATTEMPTS = 12
MAX_AGE = 24 * 3600.0
FIRST_RETRY = 4.0
"""A delivery is tried so often and for so many seconds; the waits between grow from FIRST_RETRY."""

TENANT_PAUSE = 30.0
"""Seconds for which a tenant is left alone where nothing works and no time was named."""

GRACE = 6.0
FLUSH = 2.0
"""Seconds that posts under way may take to end when the engine is closed, and that the database may
take to hear how they ended."""

_log = structlog.get_logger()


@dataclass(frozen=True)
class _Work:
    """A claimed row, with instants of this process's own clock that nobody sets."""

    row: Claimed
    slot: float
    expires: float
    """After it another replica may have taken the row over."""


class _NotNow(Exception):
    """The post is given back, to be claimed again after so many seconds."""

    def __init__(self, wait: float = 0.0) -> None:
        super().__init__(wait)
        self.wait = wait


class Deliveries:
    """Delivers what is due, by itself, until it is cancelled.

    - `senders` by channel (`msteams`, `facebook-page`); `compose` writes the post for a target.
    - `rate`: posts a second in one tenant, over all replicas; 0 is no limit.
    - `owner`: a name that this replica keeps over a restart and no other has.
    - `on_progress` gets the id of an announcement that came forward: at most once a second while
      it is under way and once when it has ended.
    - `dispatch_due` is called with the instant (seconds since 1970) about once a second, to start
      what is scheduled.
    - `lease` in seconds.
    """

    def __init__(
        self,
        database: Database,
        senders: Mapping[str, Sender],
        compose: Callable[[Announcement, Target], Answer],
        *,
        rate: float,
        owner: str,
        on_progress: Callable[[str], None] = lambda _: None,
        dispatch_due: Callable[[float], Awaitable[object]] | None = None,
        lease: float = LEASE,
        concurrency: int = CONCURRENCY,
        monotonic: Callable[[], float] = time.monotonic,
        random: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._senders = senders
        self._compose = compose
        self._rate = rate
        self._name = owner
        self._owner = f"{owner}/{uuid.uuid4().hex[:12]}"
        self._on_progress = on_progress
        self._dispatch_due = dispatch_due
        self._lease = lease
        self._timeout = min(POST_TIMEOUT, lease * 0.4)
        self._concurrency = concurrency
        self._monotonic = monotonic
        self._random = random
        self._posting: set[asyncio.Task[None]] = set()
        self._free = concurrency
        self._ended: list[Completion] = []
        self._moved: set[str] = set()
        self._woken = asyncio.Event()
        self._to_complete = asyncio.Event()
        self._idle = asyncio.Event()
        self._closing = asyncio.Event()
        self._all_claimed = False
        self._standing = AnnouncementCache(database, monotonic)
        self._pauses = Pauses(monotonic)
        self._trouble = RetryLoop("deliveries are held up", POLL)
        self._others_trouble = RetryLoop("scheduled announcements are held up", POLL)

    def wake(self) -> None:
        """Tells that something was put in, so that it is begun at once."""
        self._woken.set()

    async def run(self) -> None:
        """Delivers until it is cancelled; then ends what it is posting and gives back the rest."""
        completing = asyncio.create_task(self._complete())
        claiming = asyncio.create_task(self._claim())
        keeping = asyncio.create_task(self._keep_house())
        try:
            await asyncio.shield(claiming)
        finally:
            until = self._monotonic() + GRACE
            for stirring in (self._closing, self._woken, self._idle):
                stirring.set()
            # Cancelled in a transaction, they could have claimed what nobody knows of, or leave a
            # lock behind; so they end between two, if the database answers.
            await _end({claiming, keeping}, FLUSH)
            self._all_claimed = True
            await _end(self._posting, until - self._monotonic())
            self._to_complete.set()
            await _end({completing}, FLUSH)

    async def _claim(self) -> None:
        await self._trouble.until_done(self._take_back)
        while not self._closing.is_set():
            self._woken.clear()
            while not self._free and not self._closing.is_set():
                await self._wait_woken(POLL)
                self._woken.clear()
            if self._free < self._concurrency // 2:
                await asyncio.sleep(GROUPING)
            claims, at = await self._trouble.until_done(self._claim_once)
            for row in claims.rows:
                self._free -= 1
                work = _Work(row, at + row.slot - claims.now, at + self._lease)
                task = asyncio.create_task(self._deliver(work))
                self._posting.add(task)
                task.add_done_callback(self._posting.discard)
            if not claims.rows:
                wait = POLL if claims.again_at is None else claims.again_at - claims.now
                await asyncio.sleep(PAUSE)
                await self._wait_woken(min(max(wait - PAUSE, 0.0), POLL))

    async def _wait_woken(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()

    async def _take_back(self) -> None:
        async with self._database.transaction() as tx:
            now = await self._database.now(tx)
            alone = not self._database.is_postgres
            lost = await take_over(tx, now, self._owner, name=self._name, alone=alone)
        if lost:
            _log.info("deliveries taken back after a restart", deliveries=lost)

    async def _claim_once(self) -> tuple[Claims, float]:
        """What was claimed, and when that was by this process's own clock."""
        async with self._database.transaction() as tx:
            now, at = await self._database.now(tx), self._monotonic()
            claims = await claim(
                tx,
                now,
                owner=self._owner,
                free=self._free,
                rate_limit=self._rate,
                lease=self._lease,
                horizon=HORIZON,
            )
        return claims, at

    async def _deliver(self, work: _Work) -> None:
        """One claimed row: whatever happens, it ends in a completion."""
        row = work.row
        try:
            ended = await self._attempt(work)
        except _NotNow as later:
            ended = Completion(row, "pending", wait=later.wait, attempted=False)
        except asyncio.CancelledError:
            ended = Completion(row, "pending", error="the program was ended during the post")
        self._ended.append(ended)
        self._to_complete.set()
        if ended.attempted and ended.task:
            metrics.DELIVERIES.labels(ended.task, ended.state).inc()
            _log.info(
                "delivery",
                announcement=work.row.announcement_id,
                delivery=work.row.id,
                task=ended.task,
                version=ended.version,
                outcome=ended.state,
            )

    async def _attempt(self, work: _Work) -> Completion:
        row = work.row
        await self._until(work.slot - FRESH / 2)
        announcement = await self._still_standing(work)
        if announcement is None:
            return Completion(row, "stopped")
        task = due_task(
            announcement.state.value, announcement.version, row.remote_id, row.posted_version
        )
        if task is None:
            return Completion(row, "stopped")
        target = target_of(row.conversation, (row.network,))
        log = _log.bind(announcement=row.announcement_id, delivery=row.id, task=task)
        ended = partial(Completion, row, task=task, version=announcement.version)
        sender = self._senders.get(target.channel)
        if sender is None:
            return ended("failed", error=f"not_set_up: no sender for {target.channel} is set up")
        try:
            post = self._compose(announcement, target)
        except Exception as error:
            log.exception("post could not be written")
            return ended("failed", error=f"not_written: {type(error).__name__}")
        await self._until(work.slot)
        self._check_still_mine(work)
        try:
            with metrics.DELIVERY_SECONDS.time():
                async with asyncio.timeout(self._timeout):
                    posted = await _post(sender, task, target, row, post)
        except TargetGone:
            return ended("gone")
        except PostRejected as error:
            log.warning("delivery refused", code=error.code, reason=str(error))
            return ended("failed", error=f"{error.code}: {error}")
        except PostDelayed as error:
            return self._later(row, ended, error)
        except TimeoutError:
            reason = f"no answer within {self._timeout:.0f} s"
            return self._later(row, ended, PostDelayed(reason, uncertain=True))
        except Exception as error:
            log.exception("sender failed")
            return self._later(row, ended, PostDelayed(f"sender failed: {type(error).__name__}"))
        if task == "delete":
            return ended("deleted")
        return ended(
            "delivered",
            remote_id=posted.remote_id if posted else None,
            remote_conversation=posted.remote_conversation if posted else None,
        )

    def _later(
        self, row: Claimed, ended: Callable[..., Completion], error: PostDelayed
    ) -> Completion:
        """An attempt that may succeed another time: when, or that it was the last one."""
        place = row.conversation
        everywhere, pause = error.everywhere, error.pause
        if everywhere and pause is None:
            pause = TENANT_PAUSE
        if pause is not None:
            everywhere = self._pauses.add(place.id, place.tenant, pause, everywhere)
        backoff = min(FIRST_RETRY * 2.0 ** (row.attempts - 1), MAX_WAIT - MAX_PAUSE)
        wait = min(pause or 0.0, MAX_PAUSE) + self._random() * backoff
        age = row.slot - row.first_attempt
        last = row.attempts >= MAX_ATTEMPTS or age > MAX_AGE
        return ended(
            "failed" if last else "pending",
            error=f"{error.code}: {error}",
            wait=wait,
            pause=pause,
            pause_tenant=everywhere,
        )

    async def _until(self, instant: float) -> None:
        """Waits for a slot, unless the engine is closed."""
        wait = instant - self._monotonic()
        if wait > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._closing.wait()
        if self._closing.is_set():
            raise _NotNow

    async def _still_standing(self, work: _Work) -> Announcement | None:
        try:
            async with asyncio.timeout(max(0.0, work.expires - self._monotonic())):
                return await self._trouble.until_done(
                    lambda: self._standing.read(work.row.announcement_id)
                )
        except TimeoutError:
            raise _NotNow from None

    def _check_still_mine(self, work: _Work) -> None:
        """What may have changed while the post waited for its slot."""
        now = self._monotonic()
        if now + self._timeout > work.expires or (self._rate and now > work.slot + LATE):
            raise _NotNow
        place = work.row.conversation
        if (pause := self._pauses.left(place.id, place.tenant)) > 0:
            raise _NotNow(pause)

    async def _complete(self) -> None:
        while not (self._all_claimed and not self._posting and not self._ended):
            await self._to_complete.wait()
            await asyncio.sleep(GROUPING)
            self._to_complete.clear()
            if not self._ended:
                continue
            batch, self._ended = self._ended, []

            async def write(batch: Sequence[Completion] = batch) -> None:
                async with self._database.transaction() as tx:
                    await complete(tx, await self._database.now(tx), self._owner, batch)

            await self._trouble.until_done(write)
            self._free += len(batch)
            self._moved |= {one.claimed.announcement_id for one in batch}
            self._woken.set()
            if self._free == self._concurrency:
                self._idle.set()

    async def _keep_house(self) -> None:
        """What is done once a second; what has ended is also looked for when nothing is posted."""
        told = -HOUSEKEEPING
        while not self._closing.is_set():
            self._idle.clear()
            regular = self._monotonic() - told >= HOUSEKEEPING
            now, settled = await self._trouble.until_done(partial(self._look_after, regular))
            for id in settled:
                _log.info("announcement ended", announcement=id)
            if regular:
                told = self._monotonic()
            moved = self._moved.copy() if regular else self._moved & settled
            self._moved -= moved
            await self._others_trouble.attempt(
                partial(self._tell, now if regular else None, moved | settled)
            )
            await asyncio.sleep(SETTLE)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, told + HOUSEKEEPING - self._monotonic())):
                    await self._idle.wait()

    async def _look_after(self, regular: bool) -> tuple[float, set[str]]:
        async with self._database.transaction() as tx:
            now = await self._database.now(tx)
            lost = await take_over(tx, now, self._owner) if regular else 0
            settled = await settle(tx, now)
        if lost:
            _log.warning("deliveries of a lost replica taken over", deliveries=lost)
            self._woken.set()
        return now, set(settled)

    async def _tell(self, now: float | None, moved: set[str]) -> None:
        for id in moved:
            self._on_progress(id)
        if self._dispatch_due is not None and now is not None:
            await self._dispatch_due(now)


async def _end(tasks: Set[asyncio.Task[None]], seconds: float) -> None:
    """Lets tasks end by themselves; those that have not by then are cancelled."""
    late = set(tasks)
    if late:
        _, late = await asyncio.wait(late, timeout=max(0.0, seconds))
    for task in late:
        task.cancel()
    if late:
        await asyncio.wait(late)


async def _post(
    sender: Sender, task: str, target: Target, row: Claimed, post: Answer
) -> Posted | None:
    if row.remote_id is None:
        return await sender.post(target, post)
    posted = Posted(row.remote_id, row.remote_conversation)
    if task == "delete":
        await sender.delete(target, posted)
    else:
        await sender.update(target, posted, post)
    return None
