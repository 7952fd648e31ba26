"""Reminders: second posts before a meeting, announcements of their own with a parent."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements import meeting_snapshots
from bot.announcements.draft_check import reminders_to_come
from bot.announcements.model import API, Announcement, Reminder, State
from bot.announcements.repository import (
    BATCH_SIZE,
    AnnouncementRepository,
    announcement_of,
    new_values,
)
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
                **meeting_snapshots.meeting_values(occurrence),
                "facts": dict(parent.meeting_snapshot),
                "send_at": time.timestamp(),
                "reminder": reminder,
            }
            await rows.add(tx, values)

    async def move(self, parents: Iterable[Announcement]) -> None:
        """Brings reminders that wait to the times at which their meetings are held now.

        Many are looked at in one transaction, and one that writes is begun only where any moves.
        """
        held: dict[str, Occurrence | None] = {}
        for parent in parents:
            if parent.reminders and parent.occurrence is not None:
                knowledge = self._repository.knowledge()
                held[parent.id] = meeting_snapshots.occurrence_now(parent, knowledge)
                await asyncio.sleep(0)
        ids = sorted(held)
        for start in range(0, len(ids), BATCH_SIZE):
            some = ids[start : start + BATCH_SIZE]
            async with self._repository.reading() as tx:
                moving = {child.parent async for child, _ in self._moves(tx, some, held)}
            if moving:
                await self._move(sorted(filter(None, moving)), held)

    async def _move(self, parents: list[str], held: Mapping[str, Occurrence | None]) -> None:
        async with self._repository.transaction() as tx:
            # As at every other place, announcements are locked before their reminders.
            await rows.lock(tx, parents)
            now = await self._repository.now(tx)
            async for child, values in self._moves(tx, parents, held):
                await self._repository.put(tx, child.id, now, **values)

    async def _moves(
        self, tx: AsyncConnection, parents: list[str], held: Mapping[str, Occurrence | None]
    ) -> AsyncIterator[tuple[Announcement, dict[str, Any]]]:
        """The reminders that are not as their meetings want them, with what changes of them."""
        now = await self._repository.now(tx)
        for row in await rows.children_of(tx, parents):
            child = announcement_of(row)
            values = self._moved(child, held[row.parent], now)
            if values:
                yield child, values

    def _moved(
        self, child: Announcement, occurrence: Occurrence | None, now: float
    ) -> dict[str, Any]:
        """What changes of a reminder; nothing where it is right as it is."""
        waits = child.state is State.SCHEDULED
        called_off = child.state is State.CANCELLED and child.reason in MOVABLE_REASONS
        if child.reminder is None or not (waits or called_off):
            return {}
        values: dict[str, Any]
        if occurrence is None or occurrence.cancelled:
            values = {"state": State.CANCELLED, "reason": "meeting_cancelled"}
        else:
            time = reminder_time(child.reminder, occurrence.start, self._repository.zone)
            if waits and child.send_at is not None and time == child.send_at:
                return {}
            if time.timestamp() > now:
                return {
                    "state": State.SCHEDULED,
                    "reason": None,
                    "send_at": time.timestamp(),
                    **meeting_snapshots.meeting_values(occurrence),
                }
            values = {"state": State.CANCELLED, "reason": "past"}
        is_so = child.state is State.CANCELLED and child.reason == values["reason"]
        return {} if is_so else values
