"""One attempt to bring an announcement into one conversation: when it may, and how it ended."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial

import structlog

from bot.announcements.late_check import AsOfNow
from bot.announcements.model import Announcement
from bot.announcements.repository import target_of
from bot.announcements.sender import PostDelayed, Posted, PostRejected, Sender, Target, TargetGone
from bot.announcements.wires import Pauses, Wires
from bot.answers.model import Answer
from bot.ops import metrics
from bot.store.claims import MAX_PAUSE, Claimed
from bot.store.completions import BEGUN, Completion, due_task
from bot.store.states import MOST_DOUBTS, UNKNOWN_ID, Outcome, Task

POST_TIMEOUT = 12.0
"""Seconds that one post may take."""

MAX_LATENESS = 0.08
"""Seconds that a post may be late for its slot; later ones wait for a new slot, so that posts
that were held up do not leave all at once."""

MAX_AGE = 25 * 3600.0
"""Seconds after its first attempt in which a delivery is tried again: a day, and an hour so that
an outage of a whole day loses nothing."""

MAX_DOUBT = 24 * 3600.0
"""Seconds for which the repeat of a post in doubt waits until its channel answers."""

MIN_ATTEMPTS = 3
"""Attempts that are made whatever the age, since a clock may have been set ahead."""

FIRST_BACKOFF = 4.0
"""Seconds until the second attempt, at most; the waits double from there."""

MAX_BACKOFF = 300.0
"""Seconds between two attempts, at most."""

LEAVE_AHEAD = 0.04
"""Seconds before its slot in which a post is marked as leaving."""

DEFAULT_TENANT_PAUSE = 30.0
"""Seconds for which a tenant is left alone where nothing works and no time was named."""

_log = structlog.get_logger()


@dataclass(frozen=True)
class Work:
    """A claimed row, with instants of this process's own clock, which nobody sets."""

    row: Claimed
    slot: float
    expires: float
    """After it another replica may have taken the row over, unless the lease was renewed."""


@dataclass(frozen=True)
class Departure:
    """What is so at the moment in which a post leaves."""

    announcement: Announcement | None
    now: float
    """By the clock of the database."""


class ClaimReleased(Exception):
    """The row is given back unposted, to be claimed again after `wait` seconds."""

    def __init__(self, wait: float = 0.0) -> None:
        super().__init__(wait)
        self.wait = wait


class Attempts:
    """The attempts of one engine.

    - `leave` marks a row as leaving, and gives the announcement as it is then; it raises
      ClaimReleased where the row may not leave.
    - `as_of_now` gives an announcement as its meeting is now, for posts and edits alike.
    - `expires` gives the instant of this process's clock until which a row is surely ours.
    - `closing` is set when the engine ends: nothing is posted any more.
    - `rate_limited`: whether slots have to be kept. `lease` in seconds.
    """

    def __init__(
        self,
        senders: Mapping[str, Sender],
        compose: Callable[[Announcement, Target], Answer],
        leave: Callable[[Work], Awaitable[Departure]],
        as_of_now: Callable[[Announcement], AsOfNow],
        expires: Callable[[Work], float],
        closing: asyncio.Event,
        *,
        rate_limited: bool,
        lease: float,
        monotonic: Callable[[], float],
        random: Callable[[], float],
    ) -> None:
        self._senders = senders
        self._compose = compose
        self._leave = leave
        self._as_of_now = as_of_now
        self._expires = expires
        self._closing = closing
        self._rate_limited = rate_limited
        self._timeout = min(POST_TIMEOUT, lease * 0.4)
        self._monotonic = monotonic
        self._random = random
        self._pauses = Pauses(monotonic)
        self._wires = Wires(monotonic)

    async def run(self, work: Work) -> Completion:
        """Posts one claimed row when its slot comes; whatever happens ends in a completion."""
        row = work.row
        try:
            return await self._attempt(work)
        except ClaimReleased as released:
            return Completion(row, Outcome.PENDING, wait=released.wait, attempted=False)
        except asyncio.CancelledError:
            return Completion(row, Outcome.PENDING, attempted=False)
        except Exception as error:
            # A post that may have left ends in `_attempt`; this one has not.
            _log.exception("delivery.broken", delivery=row.id)
            broken = PostDelayed(type(error).__name__, "not_written")
            return self._retry_later(row, partial(Completion, row), broken)

    async def _attempt(self, work: Work) -> Completion:
        row = work.row
        target = target_of(row.conversation, (row.network,))
        sender = self._senders.get(target.channel)
        if sender is not None and row.remote_id is None and row.doubts:
            await self._wait_until(work.slot - LEAVE_AHEAD)
            if not await self._wires.may_repeat(sender, target, row.id):
                return self._still_in_doubt(row)
            try:
                ended = await self._leave_and_post(work, target, sender)
            except BaseException:
                self._wires.tried(target, row.id, in_doubt=False)
                raise
            self._wires.tried(target, row.id, in_doubt=ended.doubt)
            return ended
        return await self._leave_and_post(work, target, sender)

    async def _leave_and_post(
        self, work: Work, target: Target, sender: Sender | None
    ) -> Completion:
        row = work.row
        await self._wait_until(work.slot - LEAVE_AHEAD)
        self._check_claim(work)
        departure = await self._leave(work)
        announcement = departure.announcement
        if announcement is None:
            return Completion(row, Outcome.STOPPED)
        task = due_task(
            announcement.state,
            announcement.version,
            row.remote_id,
            row.posted_version,
            row.doubts,
        )
        if task is None:
            return Completion(row, Outcome.STOPPED)
        log = _log.bind(announcement=row.announcement_id, delivery=row.id, task=task.value)
        ended = partial(Completion, row, task=task, version=announcement.version)
        if sender is None:
            error = f"not_set_up: no sender for {target.channel} is set up"
            return ended(Outcome.FAILED, error=error)
        try:
            current = self._as_of_now(announcement)
            begun = current.has_begun(departure.now)
            if begun and task is Task.POST:
                return ended(Outcome.STOPPED, error=BEGUN)
            if current.needless and task is Task.POST:
                return ended(Outcome.STOPPED)
            # What is over is left as it was announced, though its file may be gone.
            post = self._compose(announcement if begun else current.announcement, target)
        except Exception as error:
            log.exception("post.not_composed")
            return ended(Outcome.FAILED, error=f"not_written: {type(error).__name__}")
        await self._wait_until(work.slot)
        self._check_claim(work)
        try:
            with metrics.DELIVERY_SECONDS.time():
                async with asyncio.timeout(self._timeout):
                    posted = await _post(sender, task, target, row, post)
        except TargetGone as error:
            self._answered(target, task)
            return self._gone(row, ended, task, error)
        except PostRejected as error:
            self._answered(target, task)
            if task is Task.POST and row.doubts and error.code == "duplicate":
                # So the post before has arrived, and is the one that stands.
                return ended(Outcome.DELIVERED, remote_id=UNKNOWN_ID)
            log.warning("delivery.rejected", code=error.code, reason=str(error))
            return ended(Outcome.FAILED, error=f"{error.code}: {error}")
        except PostDelayed as error:
            return self._delayed(row, target, ended, task, error)
        except TimeoutError:
            reason = f"no answer within {self._timeout:.0f} s"
            return self._delayed(row, target, ended, task, PostDelayed(reason, uncertain=True))
        except asyncio.CancelledError:
            reason = "the program was ended during the post"
            return self._delayed(row, target, ended, task, PostDelayed(reason, uncertain=True))
        except Exception as error:
            log.exception("sender.failed")
            reason = f"sender failed: {type(error).__name__}"
            return self._delayed(row, target, ended, task, PostDelayed(reason, uncertain=True))
        self._answered(target, task)
        if task is Task.DELETE:
            return ended(Outcome.DELETED)
        if posted is None:
            return ended(Outcome.DELIVERED)
        return ended(
            Outcome.DELIVERED,
            remote_id=posted.remote_id,
            remote_conversation=posted.remote_conversation,
            doubt=posted.remote_id == UNKNOWN_ID,
        )

    def _answered(self, target: Target, task: Task) -> None:
        # How edits and deletions fare says nothing of posts.
        if task is Task.POST:
            self._wires.seen(target, True)

    def _gone(
        self, row: Claimed, ended: Callable[..., Completion], task: Task, error: TargetGone
    ) -> Completion:
        """What a named answer means that the bot is not there."""
        reason = f"gone: {error.code}"
        if task is Task.POST:
            return ended(Outcome.GONE, error=reason, gone_code=error.code)
        if row.conversation.suspended_at is not None:
            return ended(Outcome.FAILED, error=reason)
        return self._retry_later(row, ended, PostDelayed(error.code, "gone"))

    def _delayed(
        self,
        row: Claimed,
        target: Target,
        ended: Callable[..., Completion],
        task: Task,
        error: PostDelayed,
    ) -> Completion:
        """An attempt that may succeed another time, or of which nobody knows whether it did."""
        # To change or delete a post twice is the same as once.
        if task is not Task.POST or not error.uncertain:
            return self._retry_later(row, ended, error)
        self._wires.seen(target, False)
        return ended(
            Outcome.PENDING if row.doubts + 1 < MOST_DOUBTS else Outcome.UNCERTAIN,
            error=f"in_doubt: {error}",
            doubt=True,
            wait=(1 + self._random()) * FIRST_BACKOFF / 2,
        )

    def _still_in_doubt(self, row: Claimed) -> Completion:
        """The repeat of a post in doubt waits, since its answer would be lost as well."""
        age = row.slot - row.first_attempt
        if age > MAX_DOUBT:
            return Completion(
                row,
                Outcome.UNCERTAIN,
                error="in_doubt: the channel did not answer for a day",
                attempted=False,
            )
        wait = min(max(age / 4, FIRST_BACKOFF), MAX_BACKOFF)
        return Completion(
            row, Outcome.PENDING, wait=(1 + self._random()) * wait / 2, attempted=False
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
        backoff = min(FIRST_BACKOFF * 2.0 ** min(row.attempts - 1, 20), MAX_BACKOFF)
        wait = min(pause or 0.0, MAX_PAUSE) + self._random() * backoff
        age = row.slot - row.first_attempt
        last = age > MAX_AGE and row.attempts >= MIN_ATTEMPTS
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

    def _check_claim(self, work: Work) -> None:
        """Raises ClaimReleased where the slot, the lease or a pause no longer lets it be posted."""
        now = self._monotonic()
        late = self._rate_limited and now > work.slot + MAX_LATENESS
        if late or now + self._timeout > self._expires(work):
            raise ClaimReleased
        place = work.row.conversation
        if (pause := self._pauses.left(place.id, place.tenant)) > 0:
            raise ClaimReleased(pause)


async def _post(
    sender: Sender, task: Task, target: Target, row: Claimed, post: Answer
) -> Posted | None:
    """The new post; None where one was changed or deleted."""
    if row.remote_id is None:
        return await sender.post(target, post)
    posted = Posted(row.remote_id, row.remote_conversation)
    if task is Task.DELETE:
        await sender.delete(target, posted)
    else:
        await sender.update(target, posted, post)
    return None
