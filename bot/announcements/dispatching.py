"""Sends what is scheduled, when its time has come and nothing forbids it."""

from __future__ import annotations

from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements import meeting_snapshots
from bot.announcements.model import Announcement, Notice, State
from bot.announcements.repository import announcement_of
from bot.announcements.service_base import ServiceBase
from bot.store import announcements as rows
from bot.store import deliveries
from bot.store.database import DATABASE_GONE

log = structlog.get_logger()


class Dispatching(ServiceBase):
    """Sends what is due; notifies of what could not be sent."""

    async def dispatch_due(self, now: float) -> int:
        """Sends what is due at an instant (seconds since 1970); gives how many were begun.

        What was missed while nothing ran is sent late, once; of several reminders that are due
        together, the last. Nothing is sent of a meeting that has begun or was called off.
        """
        async with self._repository.reading() as tx:
            ids = await rows.due(tx, now)
        begun = 0
        for id_ in ids:
            try:
                begun += await self._dispatch_one(id_, now)
            except DATABASE_GONE:
                raise
            except Exception:
                # One that is broken must not hold up the others.
                log.exception("announcement.not_dispatched", announcement=id_)
        if begun:
            self.events.wake()
        return begun

    async def _dispatch_one(self, id_: str, now: float) -> bool:
        notice = None
        async with self._repository.transaction() as tx:
            row = await rows.find(tx, id_)
            if row is not None and row.parent is not None:
                # As at every other place, the announcement is locked before its reminders.
                await rows.find(tx, row.parent, lock=True)
            row = await rows.find(tx, id_, lock=True)
            await self._repository.read(tx)
            # Another replica, or a coordinator, may have been faster.
            if row is None or row.state != State.SCHEDULED or row.send_at > now:
                return False
            found = announcement_of(row)
            if found.author is not None and self._repository.coordinators.awaited:
                return False
            reason = await self._reason_not_to_send(tx, found, now)
            if reason is None:
                await self._send(tx, found, now)
            else:
                state = State.CANCELLED if found.parent else State.FAILED
                await self._repository.put(
                    tx, id_, now, state=state, reason=reason, finished_at=now
                )
                notice = None if found.parent else Notice(await self._repository.load(tx, id_))
            await rows.forget_authors(tx, id_)
        if notice is not None:
            await self.events.send_notice(notice)
        return reason is None

    async def _reason_not_to_send(
        self, tx: AsyncConnection, found: Announcement, now: float
    ) -> str | None:
        """Why something due is not sent after all: a code of `model.REASONS`."""
        author = found.author
        if author is not None and not self._repository.may(author, found.networks):
            return "no_right"
        if found.occurrence is None:
            return None
        before = meeting_snapshots.occurrence_of(found.meeting_snapshot, self._repository.zone)
        occurrence = meeting_snapshots.occurrence_now(found, self._repository.knowledge())
        known_cancelled = before is not None and before.cancelled
        if occurrence is None or (occurrence.cancelled and not known_cancelled):
            return "meeting_cancelled"
        if occurrence.start.timestamp() <= now:
            return "begun"
        if found.parent is not None:
            # After a downtime, one message is enough.
            parent = await rows.find(tx, found.parent)
            if parent is not None and parent.send_at == now:
                return "late"
            for sibling in await self._repository.children(tx, found.parent, (State.SCHEDULED,)):
                if sibling.id != found.id and _later_and_due(sibling, found, now):
                    return "late"
        return None

    async def _send(self, tx: AsyncConnection, found: Announcement, now: float) -> None:
        values: dict[str, Any] = {"state": State.SENDING, "send_at": now}
        if found.occurrence is not None:
            occurrence = meeting_snapshots.occurrence_now(found, self._repository.knowledge())
            assert occurrence is not None
            values |= meeting_snapshots.meeting_values(occurrence)
        if found.parent is not None:
            parent = await self._repository.load(tx, found.parent)
            values["note"] = dict(parent.note)
        await self._repository.put(tx, found.id, now, **values)
        await deliveries.fan_out(tx, found.id, found.networks, now)
        log.info("announcement.dispatched", announcement=found.id, reminder_of=found.parent)


def _later_and_due(sibling: Announcement, found: Announcement, now: float) -> bool:
    if sibling.send_at is None or found.send_at is None:
        return False
    return sibling.send_at.timestamp() <= now and sibling.send_at > found.send_at
