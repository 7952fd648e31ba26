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
    send_at = found["send_at"]
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
        send_at=None if send_at is None else dt.datetime.fromtimestamp(send_at, dt.UTC),
        reminders=tuple(Reminder(one) for one in found["reminders"]),
        parent=found["parent"],
        author=Identity(found["author"], found["tenant"]) if found["author"] else None,
    )


async def read_announcement(tx: AsyncConnection, id: str) -> Announcement | None:
    """An announcement as it stands, or None."""
    row = (await tx.execute(select(announcement).where(announcement.c.id == id))).one_or_none()
    return announcement_of(row) if row is not None else None
