"""Rows of the database as this room's nouns, and the other way round."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements.draft_check import Checked
from bot.announcements.meeting_snapshots import snapshot_of
from bot.announcements.model import API, Announcement, Identity, Reminder, State
from bot.announcements.sender import Target
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


def new_values(who: Identity, now: float) -> dict[str, Any]:
    """What a row says of a draft that is new and still empty."""
    by_api = who is API
    return {
        "id": str(uuid.uuid4()),
        "state": State.DRAFT,
        "version": 0,
        "title": {},
        "text": {},
        "note": {},
        "reminders": [],
        "author": None if by_api else who.id,
        "tenant": None if by_api else who.tenant,
        "created_at": now,
        "updated_at": now,
    }


def values_of(checked: Checked) -> dict[str, Any]:
    """What a row says of a draft that was checked."""
    draft = checked.draft
    send_at = checked.send_at
    return {
        "networks": list(draft.networks),
        "occurrence": draft.occurrence,
        "title": dict(draft.title),
        "text": dict(draft.text),
        "note": dict(draft.note),
        "facts": snapshot_of(checked.occurrence) if checked.occurrence else {},
        "send_at": send_at.timestamp() if send_at else None,
        "reminders": list(draft.reminders),
    }


def target_of(place: Row[Any], networks: Iterable[str]) -> Target:
    """A conversation from its row, with those networks it follows that matter."""
    return Target(
        channel=place.channel,
        kind=place.kind,
        remote_id=place.remote_id,
        service_url=place.service_url,
        tenant=place.tenant,
        team=place.team,
        bot_id=place.bot_id,
        locale=place.locale,
        networks=tuple(networks),
    )
