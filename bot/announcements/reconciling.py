"""Finds copies of posts whose id is unknown by what is written in their threads.

The answer to a post can be lost while the post stands. When somebody replies to it, the activity
names the thread, and with it the id of the post that began it. A bot may change only what it posted
itself, so an update says whether it is ours: it is then known again, or deleted where it is a
second copy or the announcement was recalled.

The bot begins other threads too, by its welcome: what it has answered is told (`is_no_copy`).
Beside that, a copy is recognised by its time: Teams names a post by the millisecond in which it was
made, which must lie where the delivery's attempts did. Where two deliveries could have made it, it
is left alone.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from cachetools import LRUCache
from sqlalchemy import Row

from bot.announcements.attempts import MAX_AGE
from bot.announcements.late_check import AsOfNow
from bot.announcements.model import Announcement, State
from bot.announcements.repository import read_announcement, target_of
from bot.announcements.sender import PostDelayed, Posted, PostRejected, Sender, Target, TargetGone
from bot.answers.model import Answer
from bot.store import doubts
from bot.store.database import DATABASE_GONE, Database

MAX_QUEUED = 100
"""Threads that may wait to be looked at; more are dropped, and come with their next activity."""

MAX_REFUSED = 10_000
"""Posts that are known to be no copy, so that they are never tried, or once."""

CLOCK_SKEW = 2.0
"""Seconds by which the clock of Teams and the database's may differ: few, since the bot's own
welcome may be a little older."""

LATENESS = 120.0
"""Seconds for which a request that hung may still be carried out after its attempt was given up."""

TRIES = 8
RETRY_INTERVAL = 2.0
"""Seconds between two tries to write down what was found, while the row is being posted again."""

_MILLISECONDS = re.compile(r"[0-9]{13}")

_log = structlog.get_logger()


@dataclass(frozen=True)
class Thread:
    """Where something was written: the conversation's id, the thread's, and that of its post."""

    channel: str
    conversation: str
    thread: str
    post: str


@dataclass(frozen=True)
class Found:
    """A delivery of which a thread may be the copy, with its announcement as it is now."""

    row: Row[tuple[Any, ...]]
    target: Target
    announcement: Announcement

    @property
    def is_extra(self) -> bool:
        """Whether the copy must go: another one is known, or none may stand any more."""
        return self.row.known or self.announcement.state is State.RECALLED


def posted_at(post: str) -> float | None:
    """When a post of Teams was made, in seconds since 1970; None for an id of another form."""
    return int(post) / 1_000 if _MILLISECONDS.fullmatch(post) else None


def may_have_made(row: Row[tuple[Any, ...]], at: float) -> bool:
    """Whether a delivery's attempts include this instant."""
    last = min(row.updated_at, row.posted_from + MAX_AGE)
    return bool(row.posted_from - CLOCK_SKEW <= at <= last + LATENESS)


class Reconciler:
    """Looks at threads in the background; no turn waits for it.

    `sender` gives the sender of a channel; `as_of_now` an announcement as its meeting is now;
    `on_change` gets the id of an announcement of which a
    copy was found.
    """

    def __init__(
        self,
        database: Database,
        sender: Callable[[str], Sender | None],
        compose: Callable[[Announcement, Target], Answer],
        *,
        as_of_now: Callable[[Announcement], AsOfNow] = AsOfNow,
        on_change: Callable[[str], None] = lambda _: None,
        retry_interval: float = RETRY_INTERVAL,
    ) -> None:
        self._database = database
        self._sender = sender
        self._compose = compose
        self._as_of_now = as_of_now
        self._on_change = on_change
        self._retry_interval = retry_interval
        self._queue: asyncio.Queue[Thread] = asyncio.Queue(MAX_QUEUED)
        self._refused: LRUCache[tuple[str, str], bool] = LRUCache(MAX_REFUSED)

    def hear(self, thread: Thread) -> None:
        """Queues a thread in which something was written; never waits, never raises."""
        seen = (thread.conversation, thread.post)
        if posted_at(thread.post) is None or seen in self._refused or self._queue.full():
            return
        self._queue.put_nowait(thread)

    def is_no_copy(self, conversation: str, post: str) -> None:
        """Tells of something that the bot posted and that is no announcement."""
        self._refused[conversation.partition(";")[0], post] = True

    async def run(self) -> None:
        """Looks at queued threads until it is cancelled."""
        while True:
            thread = await self._queue.get()
            try:
                await self.reconcile(thread)
            except DATABASE_GONE as error:
                # The next activity of the thread tells the same again.
                _log.info("copy.not_looked_for", error=type(error).__name__)
            except Exception:
                _log.exception("copy.not_looked_for")
            finally:
                self._queue.task_done()

    async def idle(self) -> None:
        """Waits until nothing is queued any more."""
        await self._queue.join()

    async def reconcile(self, thread: Thread) -> bool:
        """Finds out whether a thread is a copy, and makes it known or deletes it."""
        deleted = False
        for _ in range(TRIES):
            found = await self._find(thread)
            sender = self._sender(thread.channel)
            if found is None or sender is None or (deleted and not found.is_extra):
                return False
            if not deleted and not await self._is_ours(sender, thread, found):
                return False
            deleted = found.is_extra
            if await self._write(thread, found):
                event = "copy.deleted" if found.is_extra else "copy.adopted"
                _log.info(event, announcement=found.announcement.id, delivery=found.row.id)
                self._on_change(found.announcement.id)
                return True
            # It is being posted once more, or was changed meanwhile.
            await asyncio.sleep(self._retry_interval)
        return False

    async def _find(self, thread: Thread) -> Found | None:
        """The one delivery that can have made the thread; None where there is none, or several."""
        at = posted_at(thread.post)
        if at is None:
            return None
        async with self._database.reading() as tx:
            place = await doubts.place(tx, thread.channel, thread.conversation)
            if place is None:
                return None
            rows = [
                row
                for row in await doubts.in_doubt(tx, place.id, thread.post)
                if may_have_made(row, at)
            ]
            if len(rows) != 1:
                return None
            announcement = await read_announcement(tx, rows[0].announcement_id)
        if announcement is None:
            return None
        return Found(rows[0], target_of(place, (rows[0].network,)), announcement)

    async def _is_ours(self, sender: Sender, thread: Thread, found: Found) -> bool:
        """Whether Teams lets us change it; afterwards it is gone or shows the announcement."""
        posted = Posted(thread.post, thread.thread)
        try:
            # Also before it is deleted: that succeeds as well where there is nothing any more, be
            # it somebody else's post or a copy that was found before.
            current = self._as_of_now(found.announcement)
            post = self._compose(current.announcement, found.target)
            await sender.update(found.target, posted, post)
            if found.is_extra:
                await sender.delete(found.target, posted)
        except PostDelayed as error:
            _log.info("copy.not_looked_for", error=str(error))
            return False
        except (PostRejected, TargetGone):
            self._refused[thread.conversation, thread.post] = True
            return False
        return True

    async def _write(self, thread: Thread, found: Found) -> bool:
        announcement, row = found.announcement, found.row
        recalled = announcement.state is State.RECALLED
        async with self._database.transaction() as tx:
            now = await self._database.now(tx)
            if found.is_extra:
                return await doubts.copy_deleted(
                    tx, now, row.id, known=row.known, recalled=recalled
                )
            announced = (announcement.id, announcement.state, announcement.version)
            return await doubts.adopt(tx, now, row.id, announced, thread.post, thread.thread)
