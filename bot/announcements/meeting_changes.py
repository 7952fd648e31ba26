"""Lets announcements follow their meetings: what changed is told of, and reminders move."""

from __future__ import annotations

import asyncio

from bot.announcements import meeting_snapshots
from bot.announcements.model import POSTED, Changed, Notice
from bot.announcements.service_base import ServiceBase
from bot.store import announcements as rows


class MeetingChanges(ServiceBase):
    """Compares announcements with their meetings as the bot knows them now."""

    async def pending_changes(self) -> tuple[Changed, ...]:
        """The announcements, of meetings not yet over, that are no longer as posted."""
        async with self._repository.reading() as tx:
            now = await self._repository.now(tx)
            found = await self._repository.of_meetings(tx, POSTED)
        pending = []
        for announcement in found:
            changed = meeting_snapshots.compare(announcement, self._repository.knowledge())
            # Recurrences take their time: turns are let in between.
            await asyncio.sleep(0)
            if changed is None or max(changed.before.end, changed.after.end).timestamp() < now:
                continue
            if meeting_snapshots.differ(changed.before, changed.after):
                pending.append(changed)
        return tuple(pending)

    async def meetings_changed(self) -> None:
        """Moves reminders with their meetings, and tells of each change once, in one replica."""
        await self._reminders.move()
        for changed in await self.pending_changes():
            told = meeting_snapshots.fingerprint(meeting_snapshots.snapshot_of(changed.after))
            async with self._repository.transaction() as tx:
                new = await rows.claim_notice(tx, changed.announcement.id, told)
            if new:
                await self.events.tell(Notice(changed.announcement, changed))
