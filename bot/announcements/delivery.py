"""The engine that delivers announcements: claims due rows, posts, and writes down how it went.

Whoever changes something (a confirmed send, an edit, a recall) commits it and calls `wake`.

A claim, a departure, a post and a completion are four steps. A row is marked as leaving before its
post leaves, and a place among the posts under way is free again only when the completion has been
committed. So a process that is killed leaves in doubt what was truly under way. That, a post that
hung, and one whose answer was lost are repeated once: that a conversation gets an announcement
twice is better than not at all. What is in doubt is kept and said.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from functools import partial

import structlog

from bot.announcements.attempts import Attempts, Work
from bot.announcements.completing import CompletionWriter
from bot.announcements.departures import Departures
from bot.announcements.late_check import AsOfNow
from bot.announcements.lost_rows import take_over_lost
from bot.announcements.model import Announcement
from bot.announcements.read_along import ReadAlong
from bot.announcements.retry_loop import RetryLoop
from bot.announcements.sender import Sender, Target
from bot.answers.model import Answer
from bot.ops import metrics
from bot.store.audience import probe
from bot.store.claims import Claims, claim, forget_future, left_behind, renew
from bot.store.completions import Completion, finish_announcements
from bot.store.database import Database
from bot.store.deliveries import Backlog, backlog
from bot.store.states import Outcome

CONCURRENCY = 144
"""Posts under way at once, at most; in one tenant half of it (`store.limits.places_left`)."""

LEASE = 30.0
"""Seconds until another replica takes over what this one claimed and has not renewed."""

RENEWALS = 3
"""How often a lease is renewed in its time."""

STEADY = 5.0
"""Seconds for which the database must have answered until rows of another replica are taken over:
after a lock or an outage their owner gets the time to write down how its posts ended."""

SLOW = 2.0
"""Seconds after which a transaction counts as held up."""

RESERVATION_WINDOW = 0.4
"""Seconds for which slots are reserved ahead."""

BATCH_WINDOW = 0.01
"""Seconds for which free places are gathered into a claim."""

POLL_INTERVAL = 0.5
"""Seconds for which a claim waits to be woken while no place is free."""

IDLE_INTERVAL = 2.0
"""Seconds between looks at the database when nothing waits and nobody wakes the engine."""

LONGEST_WAIT = 60.0
"""Seconds between two claims, at most."""

HOUSEKEEPING_INTERVAL = 1.0
"""Seconds between what is done regularly, and between two reports of progress."""

FINISH_CHECK_INTERVAL = 0.1
"""Seconds between two looks for announcements that have ended, while posts come seldom."""

MIN_CLAIM_INTERVAL = 0.02
"""Seconds between two claims when the first got nothing."""

MOST_TOLD = 3
"""Attempts of one delivery that the log tells of while they fail."""

DRAIN_TIMEOUT = 13.0
"""Seconds that posts under way may take to end when the engine is closed: longer than any takes,
so that none is left in doubt."""

FLUSH_TIMEOUT = 2.0
"""Seconds that the database may then take to store how they ended."""

CLOCK_SLACK = 1.0
"""Seconds that the database's clock may run behind ours until it counts as set back."""

_log = structlog.get_logger()


class DeliveryEngine:
    """Delivers what is due, by itself, until it is cancelled.

    - `senders` by channel (`msteams`, `facebook-page`); `compose` writes the post for a target.
    - `rate`: posts a second in one tenant, over all replicas; 0 is no limit.
    - `owner`: a name that this replica keeps over a restart and no other has.
    - `as_of_now` gives an announcement as its meeting is now.
    - `before_leaving` is called in the transaction in which posts leave, so that `as_of_now` knows
      what others have committed.
    - `on_progress` gets the id of an announcement whose deliveries have ended or changed: at most
      once a second while it is under way and once when it has ended.
    - `dispatch_due` is called with the instant (seconds since 1970) when something scheduled is
      due, to start it.
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
        as_of_now: Callable[[Announcement], AsOfNow] = AsOfNow,
        before_leaving: ReadAlong | None = None,
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
        self._posting: dict[asyncio.Task[None], Work] = {}
        self._under_way: Counter[str] = Counter()
        self._claim_number = 0
        self._renewed_until = 0.0
        self._steady_since = monotonic()
        self._clock: tuple[float, float] | None = None
        self._set_back = False
        self._progressed: set[str] = set()
        self._woken = asyncio.Event()
        self._idle = asyncio.Event()
        self._closing = asyncio.Event()
        self._loops = {
            part: RetryLoop(part, self._unsteady, monotonic)
            for part in ("claims", "departures", "completions", "housekeeping", "dispatch")
        }
        self._departures = Departures(
            database,
            self._owner,
            lease,
            self._loops["departures"],
            self._closing,
            before_leaving,
            monotonic,
        )
        self._completions = CompletionWriter(
            database, self._owner, self._loops["completions"], self._written
        )
        self._attempts = Attempts(
            senders,
            compose,
            self._departures.leave,
            as_of_now,
            lambda work: max(work.expires, self._renewed_until),
            self._closing,
            rate_limited=bool(rate),
            lease=lease,
            monotonic=monotonic,
            random=random,
        )

    def wake(self) -> None:
        """Tells that there is something to deliver, so that it is begun at once."""
        self._woken.set()
        self._idle.set()

    def stuck_for(self) -> float:
        """Seconds for which the database has kept the engine from its work; 0 while it goes on.

        Work that waits is begun within seconds, so what is not begun waits for nobody.
        """
        return max(loop.stuck_for() for loop in self._loops.values())

    async def run(self) -> None:
        """Delivers until it is cancelled; then ends what it is posting and gives back the rest.

        Ends in the same way, and raises the error, when one of its parts breaks; it can be run
        again.
        """
        self._closing.clear()
        left = [one.claimed.tenant for one in self._completions.waiting]
        self._under_way = Counter([*(one.row.tenant for one in self._posting.values()), *left])
        completing = asyncio.create_task(self._completions.run())
        departing = asyncio.create_task(self._departures.run())
        claiming = asyncio.create_task(self._claim_loop())
        housekeeping = asyncio.create_task(self._housekeeping_loop())
        parts = {completing, departing, claiming, housekeeping}
        broken: Set[asyncio.Task[None]] = set()
        try:
            broken, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        finally:
            until = self._monotonic() + DRAIN_TIMEOUT
            for event in (self._closing, self._woken, self._idle):
                event.set()
            self._departures.close()
            # Cancelled in a transaction, they could have claimed what nobody knows of, or leave a
            # lock behind; so they end between two, if the database answers.
            await _finish({claiming, housekeeping, departing}, FLUSH_TIMEOUT)
            await _finish(self._posting.keys(), until - self._monotonic())
            self._completions.close()
            await _finish({completing}, FLUSH_TIMEOUT)
        for task in broken:
            task.result()

    # Claims

    async def _claim_loop(self) -> None:
        await self._loops["claims"].until_done(self._reclaim_own)
        while not self._closing.is_set():
            self._woken.clear()
            free = self._concurrency - self._under_way.total()
            if not free:
                await self._wait_woken(POLL_INTERVAL)
                continue
            if free < self._concurrency // 2:
                await asyncio.sleep(BATCH_WINDOW)
            claims, at = await self._loops["claims"].until_done(self._claim_once)
            for row in claims.rows:
                self._begin(Work(row, at + row.slot - claims.now, at + self._lease))
            if not claims.rows:
                # What others add is seen by housekeeping, which wakes this.
                wait = LONGEST_WAIT if claims.again_at is None else claims.again_at - claims.now
                await asyncio.sleep(MIN_CLAIM_INTERVAL)
                await self._wait_woken(min(max(wait - MIN_CLAIM_INTERVAL, 0.0), LONGEST_WAIT))

    def _begin(self, work: Work) -> None:
        self._under_way[work.row.tenant] += 1
        task = asyncio.create_task(self._deliver(work))
        self._posting[task] = work
        task.add_done_callback(self._posting.pop)

    async def _wait_woken(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()

    async def _reclaim_own(self) -> None:
        """Takes back what an earlier process of this replica had claimed."""
        async with self._database.transaction() as tx:
            await forget_future(tx, await self._database.now(tx), self._lease)
        alone = not self._database.is_postgres
        taken = await take_over_lost(
            self._database,
            lambda now: left_behind(now, self._owner, name=self._name, alone=alone),
        )
        if taken:
            _log.info("delivery.reclaimed", deliveries=taken)

    async def _claim_once(self) -> tuple[Claims, float]:
        """What was claimed, and when that was by this process's own clock."""
        self._claim_number += 1
        async with self._database.transaction() as tx:
            now, at = await self._database.now(tx), self._monotonic()
            claims = await claim(
                tx,
                now,
                owner=self._owner,
                number=self._claim_number,
                places=self._concurrency,
                under_way=self._under_way,
                rate_limit=self._rate,
                lease=self._lease,
                window=RESERVATION_WINDOW,
            )
        return claims, at

    async def _deliver(self, work: Work) -> None:
        ended = await self._attempts.run(work)
        self._completions.add(ended)
        if ended.attempted and ended.task:
            metrics.DELIVERIES.labels(ended.task.value, ended.state.value).inc()
            # In a long outage each row would say the same for a day.
            if ended.state is Outcome.PENDING and work.row.attempts > MOST_TOLD:
                return
            _log.info(
                "delivery.attempted",
                announcement=work.row.announcement_id,
                delivery=work.row.id,
                task=ended.task.value,
                version=ended.version,
                outcome=ended.state.value,
                in_doubt=ended.doubt,
            )

    def _written(self, ended: Sequence[Completion]) -> None:
        self._under_way.subtract(one.claimed.tenant for one in ended)
        self._progressed |= {one.claimed.announcement_id for one in ended}
        self._woken.set()
        if not self._under_way.total():
            self._idle.set()

    # Housekeeping

    async def _housekeeping_loop(self) -> None:
        """What is done once a second; what has ended is also looked for when nothing is posted."""
        last = -HOUSEKEEPING_INTERVAL
        while not self._closing.is_set():
            self._idle.clear()
            regular = self._monotonic() - last >= HOUSEKEEPING_INTERVAL
            found = await self._loops["housekeeping"].until_done(self._look)
            finished: set[str] = set()
            if found.open or self._progressed:
                finished = await self._loops["housekeeping"].until_done(
                    partial(self._housekeep, regular)
                )
            for id in finished:
                _log.info("announcement.finished", announcement=id)
            if regular:
                last = self._monotonic()
            progressed = self._progressed.copy() if regular else self._progressed & finished
            self._progressed -= progressed
            await self._loops["dispatch"].attempt(
                partial(self._call_back, found, progressed | finished)
            )
            await asyncio.sleep(FINISH_CHECK_INTERVAL)
            busy = found.open or self._progressed or self._under_way.total()
            wait = (HOUSEKEEPING_INTERVAL if busy else IDLE_INTERVAL) + last - self._monotonic()
            if found.next_send is not None and found.next_send > found.now:
                wait = min(wait, found.next_send - found.now)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, wait)):
                    await self._idle.wait()

    async def _look(self) -> Backlog:
        """What there is to do, of this process and of others; wakes whoever does it."""
        began = self._monotonic()
        async with self._database.reading() as tx:
            now = await self._database.now(tx)
            found = await backlog(tx, now)
        self._set_back |= self._was_set_back(now, began)
        if self._set_back:
            async with self._database.transaction() as tx:
                await forget_future(tx, await self._database.now(tx), self._lease)
            self._set_back = False
            _log.warning("database.clock_set_back")
            self._woken.set()
        if found.pending:
            self._woken.set()
        return found

    def _was_set_back(self, now: float, began: float) -> bool:
        """Whether less time has passed by the database's clock than by ours."""
        before, self._clock = self._clock, (now, self._monotonic())
        return before is not None and now + CLOCK_SLACK < before[0] + began - before[1]

    async def _housekeep(self, regular: bool) -> set[str]:
        """The ids of announcements that have ended; with `regular`, also leases and outages."""
        began, taken, probed = self._monotonic(), 0, 0
        ids = [work.row.id for work in self._posting.values()]
        ids += [one.claimed.id for one in self._completions.waiting]
        if regular and began - self._steady_since >= min(STEADY, self._lease):
            taken = await take_over_lost(
                self._database, lambda now: left_behind(now, self._owner, working=ids)
            )
        renewing = regular and bool(ids) and began >= self._renewed_until - self._renew_before
        async with self._database.transaction() as tx:
            now, at = await self._database.now(tx), self._monotonic()
            if renewing:
                await renew(tx, now, self._owner, sorted(ids), self._lease)
            if regular:
                probed = await probe(tx, now)
            finished = await finish_announcements(tx, now)
        if renewing:
            self._renewed_until = at + self._lease
        if self._monotonic() - began > SLOW:
            self._unsteady()
        if taken:
            _log.warning("delivery.taken_over", deliveries=taken)
        if taken or probed:
            self._woken.set()
        return set(finished)

    @property
    def _renew_before(self) -> float:
        """Seconds before its end in which a lease is renewed."""
        return self._lease * (RENEWALS - 1) / RENEWALS

    def _unsteady(self) -> None:
        """The database did not answer, or late."""
        self._steady_since = self._monotonic()

    async def _call_back(self, found: Backlog, progressed: set[str]) -> None:
        for id in progressed:
            self._on_progress(id)
        due = found.next_send is not None and found.next_send <= found.now
        if self._dispatch_due is not None and due:
            await self._dispatch_due(found.now)


async def _finish(tasks: Set[asyncio.Task[None]], seconds: float) -> None:
    """Lets tasks end by themselves; those that have not by then are cancelled."""
    late = set(tasks)
    if late:
        _, late = await asyncio.wait(late, timeout=max(0.0, seconds))
    for task in late:
        task.cancel()
    if late:
        await asyncio.wait(late)
