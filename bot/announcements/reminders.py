"""Reminders: second posts before a meeting, announcements of their own with a parent."""

from __future__ import annotations

import asyncio
import datetime as dt

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements import meeting_snapshots
from bot.announcements.draft_check import reminders_to_come
from bot.announcements.model import API, POSTED, Announcement, Reminder, State
from bot.announcements.repository import AnnouncementRepository, new_values
from bot.announcements.schedule import reminder_time
from bot.knowledge.recurrence import Occurrence
from bot.store import announcements as rows

MOVABLE_REASONS = frozenset({"past", "meeting_cancelled"})
"""Why a reminder was called off that another change of the meeting can bring back."""


class Reminders:
    """Schedules the reminders of announcements, and moves them with their meetings."""

    def __init__(self, repository: AnnouncementRepository) -> None:
        self._repository = repository

    def coming(
        self, announcement: Announcement, occurrence: Occurrence, now: float
    ) -> dict[Reminder, dt.datetime]:
        """When each is to be sent; without those that would not come after the announcement."""
        after = max(now, announcement.send_at.timestamp() if announcement.send_at else now)
        return reminders_to_come(
            announcement.reminders,
            occurrence.start,
            self._repository.instant(after),
            self._repository.knowledge(),
        )

    async def add(
        self, tx: AsyncConnection, id_: str, occurrence: Occurrence | None, now: float
    ) -> None:
        """Schedules the reminders of an announcement; none where no meeting is held."""
        parent = await self._repository.load(tx, id_)
        if occurrence is None or occurrence.cancelled:
            return
        for reminder, time in self.coming(parent, occurrence, now).items():
            values = new_values(parent.author or API, now) | {
                "parent": id_,
                "state": State.SCHEDULED,
                "version": 1,
                "networks": list(parent.networks),
                "occurrence": parent.occurrence,
                "facts": dict(parent.meeting_snapshot),
                "send_at": time.timestamp(),
                "reminder": reminder,
            }
            await rows.add(tx, values)

    async def move(self) -> None:
        """Brings all reminders that wait to the times at which their meetings are held now."""
        async with self._repository.reading() as tx:
            found = await self._repository.of_meetings(tx, (State.SCHEDULED, *POSTED))
        for parent in found:
            if not parent.reminders or parent.occurrence is None:
                continue
            occurrence = self._repository.knowledge().find_occurrence(parent.occurrence)
            await asyncio.sleep(0)
            async with self._repository.transaction() as tx:
                # As at every other place, the announcement is locked before its reminders.
                await rows.find(tx, parent.id, lock=True)
                now = await self._repository.now(tx)
                for child in await self._repository.children(tx, parent.id):
                    await self._move_one(tx, child, occurrence, now)

    async def _move_one(
        self, tx: AsyncConnection, child: Announcement, occurrence: Occurrence | None, now: float
    ) -> None:
        waits = child.state is State.SCHEDULED
        called_off = child.state is State.CANCELLED and child.reason in MOVABLE_REASONS
        if child.reminder is None or not (waits or called_off):
            return
        if occurrence is None or occurrence.cancelled:
            await self._repository.put(
                tx, child.id, now, state=State.CANCELLED, reason="meeting_cancelled"
            )
            return
        time = reminder_time(child.reminder, occurrence.start, self._repository.zone)
        if waits and child.send_at is not None and time == child.send_at:
            return
        if time.timestamp() <= now:
            await self._repository.put(tx, child.id, now, state=State.CANCELLED, reason="past")
            return
        await self._repository.put(
            tx,
            child.id,
            now,
            state=State.SCHEDULED,
            reason=None,
            send_at=time.timestamp(),
            facts=meeting_snapshots.snapshot_of(occurrence),
        )
