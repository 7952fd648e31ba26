"""Departures: rows are marked as leaving before their posts do, some at a time.

After a crash only what was marked is in doubt. The same transaction asks whether the row still is
ours, whether all sending is paused, and what its announcement says now.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

import structlog

from bot.announcements.attempts import ClaimReleased, Departure, Work
from bot.announcements.model import Announcement
from bot.announcements.read_along import ReadAlong, read_along
from bot.announcements.repository import read_announcement
from bot.announcements.retry_loop import RetryLoop
from bot.store.claims import Claimed, leave
from bot.store.database import DATABASE_GONE, Database

BATCH_WINDOW = 0.01
"""Seconds for which departures are gathered into one transaction."""

RELEASED_WAIT = 0.5
"""Seconds until a row that may not leave is looked at again."""

_log = structlog.get_logger()


class Departures:
    """The departures of one engine; `closing` is set when nothing leaves any more.

    `before_leaving` is called in each transaction, to read what other replicas have changed of
    meetings.
    """

    def __init__(
        self,
        database: Database,
        owner: str,
        lease: float,
        retry: RetryLoop,
        closing: asyncio.Event,
        before_leaving: ReadAlong | None,
        monotonic: Callable[[], float],
    ) -> None:
        self._database = database
        self._owner = owner
        self._lease = lease
        self._retry = retry
        self._closing = closing
        self._before_leaving = before_leaving
        self._monotonic = monotonic
        self._waiting: list[tuple[Work, asyncio.Future[Departure]]] = []
        self._wanted = asyncio.Event()

    async def leave(self, work: Work) -> Departure:
        """Marks a row, together with those that leave at about the same time.

        Raises ClaimReleased where it may not leave.
        """
        left: asyncio.Future[Departure] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, left))
        self._wanted.set()
        try:
            async with asyncio.timeout(max(0.0, work.expires - self._monotonic())):
                return await left
        except TimeoutError:
            raise ClaimReleased from None

    def close(self) -> None:
        """Has `run` end, once `closing` is set."""
        self._wanted.set()

    async def run(self) -> None:
        """Marks what is to leave, until the engine closes."""
        while not self._closing.is_set():
            await self._wanted.wait()
            await asyncio.sleep(BATCH_WINDOW)
            self._wanted.clear()
            batch = [(work, left) for work, left in self._waiting if not left.done()]
            self._waiting = []
            if batch:
                rows = [work.row for work, _ in batch]
                marked = await self._retry.until_done(partial(self._mark, rows))
                for work, left in batch:
                    _settle(left, marked.get(work.row.id) or ClaimReleased(RELEASED_WAIT))
        for _, left in self._waiting:
            _settle(left, ClaimReleased())

    async def _mark(self, rows: Sequence[Claimed]) -> dict[int, Departure | Exception]:
        """For each row that may leave its departure, or the error that keeps it."""
        if self._closing.is_set():
            return {}
        async with self._database.transaction() as tx:
            now = await self._database.now(tx)
            ids = await leave(tx, now, self._owner, rows, self._lease)
            await read_along(self._before_leaving, tx)
            announcements: dict[str, Announcement | Exception | None] = {}
            for id in {row.announcement_id for row in rows}:
                try:
                    announcements[id] = await read_announcement(tx, id)
                except DATABASE_GONE:
                    raise
                except Exception as error:
                    # One that nobody can read ends its own posts, and no others.
                    announcements[id] = error
        marked: dict[int, Departure | Exception] = {}
        for row in rows:
            found = announcements[row.announcement_id]
            if row.id in ids:
                marked[row.id] = found if isinstance(found, Exception) else Departure(found, now)
        return marked


def _settle(left: asyncio.Future[Departure], marked: Departure | Exception) -> None:
    if left.done():
        return
    if isinstance(marked, Exception):
        left.set_exception(marked)
    else:
        left.set_result(marked)
