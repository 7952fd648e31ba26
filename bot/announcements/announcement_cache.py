"""How announcements stand while they are delivered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bot.announcements.model import Announcement
from bot.announcements.row_mapping import read_announcement
from bot.store.database import Database

FRESH = 0.05
"""Seconds for which what an announcement says is believed."""


class AnnouncementCache:
    """How announcements stand, read once for all posts that ask at about the same time."""

    def __init__(self, database: Database, monotonic: Callable[[], float]) -> None:
        self._database = database
        self._monotonic = monotonic
        self._known: dict[str, tuple[float, Announcement | None]] = {}
        self._reading: dict[str, asyncio.Task[Announcement | None]] = {}

    async def read(self, id: str) -> Announcement | None:
        """An announcement as it stood at most FRESH seconds ago; None if there is none."""
        asked = self._monotonic()
        if id in self._known and asked - self._known[id][0] <= FRESH:
            return self._known[id][1]
        if id not in self._reading:
            self._reading[id] = asyncio.create_task(self._read(id, asked))
        return await asyncio.shield(self._reading[id])

    async def _read(self, id: str, asked: float) -> Announcement | None:
        try:
            async with self._database.reading() as tx:
                announcement = await read_announcement(tx, id)
        finally:
            del self._reading[id]
        self._known = {
            other: known for other, known in self._known.items() if asked - known[0] <= FRESH
        }
        self._known[id] = (asked, announcement)
        return announcement
