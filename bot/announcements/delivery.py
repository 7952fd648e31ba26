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
from functools import partial
from typing import TypeVar

import structlog

from bot.announcements.attempts import AnnouncementCache, Attempts, Work
from bot.announcements.model import Announcement
from bot.announcements.sender import Sender, Target
from bot.answers.model import Answer
from bot.ops import metrics
from bot.store.claims import Claims, claim, take_over
from bot.store.completions import Completion, complete, finish_announcements
from bot.store.database import DATABASE_GONE, Database

CONCURRENCY = 48
"""Posts under way at once, at most."""

LEASE = 30.0
"""Seconds until another replica takes over what this one claimed."""

RESERVATION_WINDOW = 0.4
"""Seconds for which slots are reserved ahead."""

BATCH_WINDOW = 0.01
"""Seconds for which completions are gathered into one transaction, and free places into a claim."""

POLL_INTERVAL = 0.5
"""Seconds between looks at the database when nobody wakes the engine."""

HOUSEKEEPING_INTERVAL = 1.0
"""Seconds between what is done regularly, and between two reports of progress."""

FINISH_CHECK_INTERVAL = 0.1
"""Seconds between two looks for announcements that have ended, while posts come seldom."""

MIN_CLAIM_INTERVAL = 0.02
"""Seconds between two claims when the first got nothing."""

DRAIN_TIMEOUT = 6.0
"""Seconds that posts under way may take to end when the engine is closed."""

FLUSH_TIMEOUT = 2.0
"""Seconds that the database may then take to store how they ended."""

_log = structlog.get_logger()

_T = TypeVar("_T")


class DeliveryEngine:
    """Delivers what is due, by itself, until it is cancelled.

    - `senders` by channel (`msteams`, `facebook-page`); `compose` writes the post for a target.
    - `rate`: posts a second in one tenant, over all replicas; 0 is no limit.
    - `owner`: a name that this replica keeps over a restart and no other has.
    - `on_progress` gets the id of an announcement whose deliveries have ended or changed: at most
      once a second while it is under way and once when it has ended.
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
        self._rate = rate
        self._name = owner
        self._owner = f"{owner}/{uuid.uuid4().hex[:12]}"
        self._on_progress = on_progress
        self._dispatch_due = dispatch_due
        self._lease = lease
        self._concurrency = concurrency
        self._monotonic = monotonic
        self._posting: set[asyncio.Task[None]] = set()
        self._free = concurrency
        self._ended: list[Completion] = []
        self._progressed: set[str] = set()
        self._woken = asyncio.Event()
        self._to_complete = asyncio.Event()
        self._idle = asyncio.Event()
        self._closing = asyncio.Event()
        self._all_claimed = False
        self._retry = RetryLoop("delivery.interrupted", "delivery.recovered")
        self._callback_retry = RetryLoop("dispatch.interrupted", "dispatch.recovered")
        cache = AnnouncementCache(database, monotonic)
        self._attempts = Attempts(
            senders,
            compose,
            lambda id: self._retry.until_done(lambda: cache.read(id)),
            self._closing,
            rate_limited=bool(rate),
            lease=lease,
            monotonic=monotonic,
            random=random,
        )

    def wake(self) -> None:
        """Tells that there is something to deliver, so that it is begun at once."""
        self._woken.set()

    async def run(self) -> None:
        """Delivers until it is cancelled; then ends what it is posting and gives back the rest."""
        completing = asyncio.create_task(self._completion_loop())
        claiming = asyncio.create_task(self._claim_loop())
        housekeeping = asyncio.create_task(self._housekeeping_loop())
        try:
            await asyncio.shield(claiming)
        finally:
            until = self._monotonic() + DRAIN_TIMEOUT
            for event in (self._closing, self._woken, self._idle):
                event.set()
            # Cancelled in a transaction, they could have claimed what nobody knows of, or leave a
            # lock behind; so they end between two, if the database answers.
            await _finish({claiming, housekeeping}, FLUSH_TIMEOUT)
            self._all_claimed = True
            await _finish(self._posting, until - self._monotonic())
            self._to_complete.set()
            await _finish({completing}, FLUSH_TIMEOUT)

    # Claims

    async def _claim_loop(self) -> None:
        await self._retry.until_done(self._reclaim_own)
        while not self._closing.is_set():
            self._woken.clear()
            while not self._free and not self._closing.is_set():
                await self._wait_woken(POLL_INTERVAL)
                self._woken.clear()
            if self._free < self._concurrency // 2:
                await asyncio.sleep(BATCH_WINDOW)
            claims, at = await self._retry.until_done(self._claim_once)
            for row in claims.rows:
                self._free -= 1
                work = Work(row, at + row.slot - claims.now, at + self._lease)
                task = asyncio.create_task(self._deliver(work))
                self._posting.add(task)
                task.add_done_callback(self._posting.discard)
            if not claims.rows:
                wait = POLL_INTERVAL if claims.again_at is None else claims.again_at - claims.now
                await asyncio.sleep(MIN_CLAIM_INTERVAL)
                await self._wait_woken(min(max(wait - MIN_CLAIM_INTERVAL, 0.0), POLL_INTERVAL))

    async def _wait_woken(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()

    async def _reclaim_own(self) -> None:
        """Takes back what an earlier process of this replica had claimed."""
        async with self._database.transaction() as tx:
            now = await self._database.now(tx)
            alone = not self._database.is_postgres
            lost = await take_over(tx, now, self._owner, name=self._name, alone=alone)
        if lost:
            _log.info("delivery.reclaimed", deliveries=lost)

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
                window=RESERVATION_WINDOW,
            )
        return claims, at

    async def _deliver(self, work: Work) -> None:
        ended = await self._attempts.run(work)
        self._ended.append(ended)
        self._to_complete.set()
        if ended.attempted and ended.task:
            metrics.DELIVERIES.labels(ended.task.value, ended.state.value).inc()
            _log.info(
                "delivery.attempted",
                announcement=work.row.announcement_id,
                delivery=work.row.id,
                task=ended.task.value,
                version=ended.version,
                outcome=ended.state.value,
            )

    # Completions

    async def _completion_loop(self) -> None:
        while not (self._all_claimed and not self._posting and not self._ended):
            await self._to_complete.wait()
            await asyncio.sleep(BATCH_WINDOW)
            self._to_complete.clear()
            if not self._ended:
                continue
            batch, self._ended = self._ended, []

            async def write(batch: Sequence[Completion] = batch) -> None:
                async with self._database.transaction() as tx:
                    await complete(tx, await self._database.now(tx), self._owner, batch)

            await self._retry.until_done(write)
            self._free += len(batch)
            self._progressed |= {one.claimed.announcement_id for one in batch}
            self._woken.set()
            if self._free == self._concurrency:
                self._idle.set()

    # Housekeeping

    async def _housekeeping_loop(self) -> None:
        """What is done once a second; what has ended is also looked for when nothing is posted."""
        last = -HOUSEKEEPING_INTERVAL
        while not self._closing.is_set():
            self._idle.clear()
            regular = self._monotonic() - last >= HOUSEKEEPING_INTERVAL
            now, finished = await self._retry.until_done(partial(self._housekeep, regular))
            for id in finished:
                _log.info("announcement.finished", announcement=id)
            if regular:
                last = self._monotonic()
            progressed = self._progressed.copy() if regular else self._progressed & finished
            self._progressed -= progressed
            await self._callback_retry.attempt(
                partial(self._call_back, now if regular else None, progressed | finished)
            )
            await asyncio.sleep(FINISH_CHECK_INTERVAL)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(
                    max(0.0, last + HOUSEKEEPING_INTERVAL - self._monotonic())
                ):
                    await self._idle.wait()

    async def _housekeep(self, regular: bool) -> tuple[float, set[str]]:
        """The database's instant, and the ids of announcements that have ended."""
        async with self._database.transaction() as tx:
            now = await self._database.now(tx)
            lost = await take_over(tx, now, self._owner) if regular else 0
            finished = await finish_announcements(tx, now)
        if lost:
            _log.warning("delivery.taken_over", deliveries=lost)
            self._woken.set()
        return now, set(finished)

    async def _call_back(self, now: float | None, progressed: set[str]) -> None:
        for id in progressed:
            self._on_progress(id)
        if self._dispatch_due is not None and now is not None:
            await self._dispatch_due(now)


async def _finish(tasks: Set[asyncio.Task[None]], seconds: float) -> None:
    """Lets tasks end by themselves; those that have not by then are cancelled."""
    late = set(tasks)
    if late:
        _, late = await asyncio.wait(late, timeout=max(0.0, seconds))
    for task in late:
        task.cancel()
    if late:
        await asyncio.wait(late)


class RetryLoop:
    """Repeats what failed: a database that is gone comes back, and nothing may be lost.

    The log gets the event `interrupted` at the first failure and `recovered` at the next success,
    however many rows wait. Attempts are at most POLL_INTERVAL seconds apart.
    """

    def __init__(self, interrupted: str, recovered: str) -> None:
        self._interrupted = interrupted
        self._recovered = recovered
        self._failing = False

    async def until_done(self, work: Callable[[], Awaitable[_T]]) -> _T:
        """Tries until it succeeds."""
        wait = 0.1
        while (done := await self.attempt(work)) is None:
            await asyncio.sleep(wait)
            wait = min(2 * wait, POLL_INTERVAL)
        return done[0]

    async def attempt(self, work: Callable[[], Awaitable[_T]]) -> tuple[_T] | None:
        """Tries once; None if it did not succeed."""
        try:
            done = await work()
        except Exception as error:
            if not self._failing:
                self._failing = True
                gone = isinstance(error, DATABASE_GONE)
                # No traceback of the database: it says nothing more, and may quote its URL.
                _log.error(
                    self._interrupted,
                    reason="database_unreachable" if gone else "unexpected_error",
                    error=type(error).__name__,
                    exc_info=not gone,
                )
            return None
        if self._failing:
            self._failing = False
            _log.warning(self._recovered)
        return (done,)
