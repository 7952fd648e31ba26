"""Meetings that coordinators entered, and the revision by which replicas notice a change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import meeting, revision
from bot.store.upsert import insert_into

NAME = "meetings"
"""The row of `revision` that counts changes of meetings."""


async def revision_of(tx: AsyncConnection) -> int:
    """How often meetings were changed."""
    return int(await tx.scalar(select(revision.c.value).where(revision.c.name == NAME)) or 0)


async def bodies(tx: AsyncConnection) -> dict[str, dict[str, Any]]:
    """The fields of every meeting, by key."""
    rows = await tx.execute(select(meeting.c.key, meeting.c.body).order_by(meeting.c.key))
    return {row.key: row.body for row in rows}


async def find(tx: AsyncConnection, key: str) -> dict[str, Any] | None:
    """The fields of a meeting, which stays locked until the transaction ends; None for none."""
    wanted = select(meeting.c.body).where(meeting.c.key == key).with_for_update()
    found: dict[str, Any] | None = await tx.scalar(wanted)
    return found


async def save(tx: AsyncConnection, key: str, body: Mapping[str, Any], now: float) -> None:
    """Keeps the fields of a meeting and counts the change."""
    values = {"key": key, "body": dict(body), "created_at": now, "updated_at": now}
    newest = {"body": dict(body), "updated_at": now}
    await tx.execute(
        insert_into(tx, meeting)
        .values(values)
        .on_conflict_do_update(index_elements=["key"], set_=newest)
    )
    await tx.execute(
        insert_into(tx, revision)
        .values(name=NAME, value=1)
        .on_conflict_do_update(index_elements=["name"], set_={"value": revision.c.value + 1})
    )
