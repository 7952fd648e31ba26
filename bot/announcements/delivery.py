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
from typing import TypeVar

import structlog
from sqlalchemy.exc import OperationalError

from bot.announcements.attempts import Attempts, ClaimReleased, Departure, Work
from bot.announcements.model import Announcement
from bot.announcements.repository import read_announcement
from bot.announcements.sender import Sender, Target
from bot.answers.model import Answer
from bot.ops import metrics
from bot.store.audience import probe
from bot.store.claims import Claimed, Claims, claim, forget_future, leave, renew, take_over
from bot.store.completions import Completion, complete, finish_announcements, without_words
from bot.store.database import DATABASE_GONE, Database
from bot.store.deliveries import Backlog, backlog

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
"""Seconds for which completions and departures are gathered into one transaction each, and free
places into a claim."""

POLL_INTERVAL = 0.5
"""Seconds between looks at the database while there is something to deliver."""

IDLE_INTERVAL = 2.5
"""Seconds between looks at the database when nothing waits and nobody wakes the engine."""

LONGEST_WAIT = 60.0
"""Seconds between two claims, at most."""

HOUSEKEEPING_INTERVAL = 1.0
"""Seconds between what is done regularly, and between two reports of progress."""

FINISH_CHECK_INTERVAL = 0.1
"""Seconds between two looks for announcements that have ended, while posts come seldom."""

MIN_CLAIM_INTERVAL = 0.02
"""Seconds between two claims when the first got nothing."""

DRAIN_TIMEOUT = 13.0
"""Seconds that posts under way may take to end when the engine is closed: longer than any takes,
so that none is left in doubt."""

FLUSH_TIMEOUT = 2.0
"""Seconds that the database may then take to store how they ended."""

CLOCK_SLACK = 1.0
"""Seconds that the database's clock may run behind ours until it counts as set back."""

NOT_THE_ROW = (OperationalError, OSError, TimeoutError)
"""Errors of a database that does not work, whatever is written."""

_log = structlog.get_logger()

_T = TypeVar("_T")


class DeliveryEngine:
    """Delivers what is due, by itself, until it is cancelled.

    - `senders` by channel (`msteams`, `facebook-page`); `compose` writes the post for a target.
    - `rate`: posts a second in one tenant, over all replicas; 0 is no limit.
    - `owner`: a name that this replica keeps over a restart and no other has.
    - `as_of_now` gives an announcement as its meeting is at an instant; None when that has begun.
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
        as_of_now: Callable[[Announcement, float], Announcement | None] = lambda found, _: found,
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
        self._departing: list[tuple[Work, asyncio.Future[Departure]]] = []
        self._ended: list[Completion] = []
        self._completing: list[Completion] = []
        self._progressed: set[str] = set()
        self._woken = asyncio.Event()
        self._to_depart = asyncio.Event()
        self._to_complete = asyncio.Event()
        self._idle = asyncio.Event()
        self._closing = asyncio.Event()
        self._all_claimed = False
        self._claim_retry = RetryLoop("claims", self._unsteady)
        self._depart_retry = RetryLoop("departures", self._unsteady)
        self._complete_retry = RetryLoop("completions", self._unsteady)
        self._housekeeping_retry = RetryLoop("housekeeping", self._unsteady)
        self._dispatch_retry = RetryLoop("dispatch", self._unsteady)
        self._attempts = Attempts(
            senders,
            compose,
            self._depart,
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

    async def run(self) -> None:
        """Delivers until it is cancelled; then ends what it is posting and gives back the rest."""
        completing = asyncio.create_task(self._completion_loop())
        departing = asyncio.create_task(self._departure_loop())
        claiming = asyncio.create_task(self._claim_loop())
        housekeeping = asyncio.create_task(self._housekeeping_loop())
        try:
            await asyncio.shield(claiming)
        finally:
            until = self._monotonic() + DRAIN_TIMEOUT
            for event in (self._closing, self._woken, self._idle, self._to_depart):
                event.set()
            # Cancelled in a transaction, they could have claimed what nobody knows of, or leave a
            # lock behind; so they end between two, if the database answers.
            await _finish({claiming, housekeeping, departing}, FLUSH_TIMEOUT)
            self._all_claimed = True
            await _finish(self._posting.keys(), until - self._monotonic())
            self._to_complete.set()
            await _finish({completing}, FLUSH_TIMEOUT)

    # Claims

    async def _claim_loop(self) -> None:
        await self._claim_retry.until_done(self._reclaim_own)
        while not self._closing.is_set():
            self._woken.clear()
            free = self._concurrency - self._under_way.total()
            if not free:
                await self._wait_woken(POLL_INTERVAL)
                continue
            if free < self._concurrency // 2:
                await asyncio.sleep(BATCH_WINDOW)
            claims, at = await self._claim_retry.until_done(self._claim_once)
            for row in claims.rows:
                self._begin(Work(row, at + row.slot - claims.now, at + self._lease))
            if not claims.rows:
                # What others add is seen by housekeeping, which wakes this.
                wait = LONGEST_WAIT if claims.again_at is None else claims.again_at - claims.now
                await asyncio.sleep(MIN_CLAIM_INTERVAL)
                await self._wait_woken(min(max(wait - MIN_CLAIM_INTERVAL, 0.0), LONGEST_WAIT))

    def _begin(self, work: Work) -> None:
        self._under_way[work.row.conversation.tenant] += 1
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
            now = await self._database.now(tx)
            await forget_future(tx, now, self._lease)
            alone = not self._database.is_postgres
            lost = await take_over(tx, now, self._owner, name=self._name, alone=alone)
        if lost:
            _log.info("delivery.reclaimed", deliveries=lost)

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
                in_doubt=ended.doubt,
            )

    # Departures

    async def _depart(self, work: Work) -> Departure:
        """Marks a row as leaving, together with those that leave at about the same time."""
        left = asyncio.get_running_loop().create_future()
        self._departing.append((work, left))
        self._to_depart.set()
        try:
            async with asyncio.timeout(max(0.0, work.expires - self._monotonic())):
                return await left
        except TimeoutError:
            raise ClaimReleased from None

    async def _departure_loop(self) -> None:
        while not self._closing.is_set():
            await self._to_depart.wait()
            await asyncio.sleep(BATCH_WINDOW)
            self._to_depart.clear()
            batch = [(work, left) for work, left in self._departing if not left.done()]
            self._departing = []
            if batch:
                rows = [work.row for work, _ in batch]
                departures = await self._depart_retry.until_done(partial(self._mark, rows))
                for work, left in batch:
                    if not left.done():
                        _settle(left, departures[work.row.id])
        for _, left in self._departing:
            if not left.done():
                left.set_exception(ClaimReleased())

    async def _mark(self, rows: Sequence[Claimed]) -> dict[int, Departure | Exception]:
        """What is so for each row: a departure, or the error that keeps it."""
        if self._closing.is_set():
            return dict.fromkeys((row.id for row in rows), ClaimReleased())
        async with self._database.transaction() as tx:
            now = await self._database.now(tx)
            ids = await leave(tx, now, self._owner, rows, self._lease)
            announcements: dict[str, Announcement | Exception | None] = {}
            for id in {row.announcement_id for row in rows}:
                try:
                    announcements[id] = await read_announcement(tx, id)
                except DATABASE_GONE:
                    raise
                except Exception as error:
                    # One that nobody can read ends its own posts, and no others.
                    announcements[id] = error
        departures: dict[int, Departure | Exception] = {}
        for row in rows:
            announcement = announcements[row.announcement_id]
            if row.id not in ids:
                departures[row.id] = ClaimReleased(POLL_INTERVAL)
            elif isinstance(announcement, Exception):
                departures[row.id] = announcement
            else:
                departures[row.id] = Departure(announcement, now)
        return departures

    # Completions

    async def _completion_loop(self) -> None:
        while not (self._all_claimed and not self._posting and not self._ended):
            await self._to_complete.wait()
            await asyncio.sleep(BATCH_WINDOW)
            self._to_complete.clear()
            if not self._ended:
                continue
            self._completing, self._ended = self._ended, []
            ended = tuple(self._completing)
            while self._completing:
                await self._complete_retry.until_done(self._write_completions)
            self._under_way.subtract(one.claimed.conversation.tenant for one in ended)
            self._progressed |= {one.claimed.announcement_id for one in ended}
            self._woken.set()
            if not self._under_way.total():
                self._idle.set()

    async def _write_completions(self) -> None:
        """Writes what has ended: all at once or, where one of them is refused, one by one."""
        try:
            await self._complete(self._completing)
            self._completing = []
        except (OperationalError, OSError, TimeoutError):
            raise
        except Exception:
            while self._completing:
                await self._write_one(self._completing[0])
                del self._completing[0]

    async def _write_one(self, ended: Completion) -> None:
        try:
            await self._complete([ended])
        except (OperationalError, OSError, TimeoutError):
            raise
        except Exception as error:
            # Where the database is at fault, this fails as well, and all of it is tried again.
            await self._complete([without_words(ended, error)])
            _log.error("delivery.unwritable", delivery=ended.claimed.id, error=type(error).__name__)

    async def _complete(self, ended: Sequence[Completion]) -> None:
        async with self._database.transaction() as tx:
            now = await self._database.now(tx)
            reached = await complete(tx, now, self._owner, ended)
        if reached.suspended:
            _log.warning("conversations.suspended", conversations=reached.suspended)
        for tenant in reached.outages:
            _log.error("channel.outage", tenant=tenant)
        for tenant in reached.recovered:
            _log.warning("channel.recovered", tenant=tenant)

    # Housekeeping

    async def _housekeeping_loop(self) -> None:
        """What is done once a second; what has ended is also looked for when nothing is posted."""
        last = -HOUSEKEEPING_INTERVAL
        while not self._closing.is_set():
            self._idle.clear()
            regular = self._monotonic() - last >= HOUSEKEEPING_INTERVAL
            found = await self._housekeeping_retry.until_done(self._look)
            finished: set[str] = set()
            if found.open:
                finished = await self._housekeeping_retry.until_done(
                    partial(self._housekeep, regular)
                )
            for id in finished:
                _log.info("announcement.finished", announcement=id)
            if regular:
                last = self._monotonic()
            progressed = self._progressed.copy() if regular else self._progressed & finished
            self._progressed -= progressed
            await self._dispatch_retry.attempt(
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
        if self._was_set_back(now, began):
            _log.warning("database.clock_set_back")
            async with self._database.transaction() as tx:
                await forget_future(tx, await self._database.now(tx), self._lease)
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
        began, lost, probed = self._monotonic(), 0, 0
        ids = [work.row.id for work in self._posting.values()]
        ids += [one.claimed.id for one in (*self._ended, *self._completing)]
        renewing = regular and bool(ids) and began >= self._renewed_until - self._renew_before
        async with self._database.transaction() as tx:
            now, at = await self._database.now(tx), self._monotonic()
            if renewing:
                await renew(tx, now, self._owner, sorted(ids), self._lease)
            if regular and at - self._steady_since >= min(STEADY, self._lease):
                lost = await take_over(tx, now, self._owner)
            if regular:
                probed = await probe(tx, now)
            finished = await finish_announcements(tx, now)
        if renewing:
            self._renewed_until = at + self._lease
        if self._monotonic() - began > SLOW:
            self._unsteady()
        if lost:
            _log.warning("delivery.taken_over", deliveries=lost)
        if lost or probed:
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


def _settle(left: asyncio.Future[Departure], departure: Departure | Exception) -> None:
    if isinstance(departure, Exception):
        left.set_exception(departure)
    else:
        left.set_result(departure)


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

    The log gets one line when the part is interrupted and one when it goes on, however many rows
    wait. Attempts are at most POLL_INTERVAL seconds apart. `on_failure` is called at each failure.
    """

    def __init__(self, part: str, on_failure: Callable[[], None]) -> None:
        self._log = _log.bind(part=part)
        self._on_failure = on_failure
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
            self._on_failure()
            if not self._failing:
                self._failing = True
                gone = isinstance(error, DATABASE_GONE)
                # No traceback of the database: it says nothing more, and may quote its URL.
                self._log.error(
                    "delivery.interrupted",
                    reason="database_unreachable" if gone else "unexpected_error",
                    error=type(error).__name__,
                    exc_info=not gone,
                )
            return None
        if self._failing:
            self._failing = False
            self._log.warning("delivery.recovered")
        return (done,)
