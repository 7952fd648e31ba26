"""Rows of the database as this room's nouns."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements.model import Announcement, Identity, Reminder, State
from bot.store.tables import announcement


def announcement_of(row: Row[tuple[object, ...]]) -> Announcement:
    """An announcement from all columns of its row."""
    found = row._mapping
    return Announcement(
        id=found["id"],
        state=State(found["state"]),
        version=found["version"],
        networks=tuple(found["networks"]),
        occurrence=found["occurrence"],
        title=found["title"],
        text=found["text"],
        note=found["note"],
        facts=found["facts"],
        send_at=_instant(found["send_at"]),
        reminders=tuple(Reminder(one) for one in found["reminders"]),
        parent=found["parent"],
        reminder=Reminder(found["reminder"]) if found["reminder"] else None,
        author=Identity(found["author"], found["tenant"]) if found["author"] else None,
        reason=found["reason"],
        progress=found["progress"],
        finished_at=_instant(found["finished_at"]),
    )


def _instant(seconds: float | None) -> dt.datetime | None:
    return None if seconds is None else dt.datetime.fromtimestamp(seconds, dt.UTC)


async def read_announcement(tx: AsyncConnection, id: str) -> Announcement | None:
    """An announcement as it stands, or None."""
    row = (await tx.execute(select(announcement).where(announcement.c.id == id))).one_or_none()
    return announcement_of(row) if row is not None else None
