"""Copies of posts whose id is unknown: where they may stand, and what is written when one is found.

A row that is `sending` is left alone: its completion says how many copies may stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, and_, case, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import pauses
from bot.store.states import Outcome, State, Task
from bot.store.tables import announcement, conversation, delivery

_UNKNOWN = func.coalesce(delivery.c.remote_id, "") == ""
_SETTLED = (delivery.c.doubts > 0, delivery.c.state != Outcome.SENDING)


async def place(tx: AsyncConnection, channel: str, remote_id: str) -> Row[Any] | None:
    """A conversation with all its columns; None where it is not known, or all sending is paused."""
    named = (conversation.c.channel == channel, conversation.c.remote_id == remote_id)
    found = select(conversation).where(*named, ~pauses.holds(conversation.c.tenant))
    return (await tx.execute(found)).one_or_none()


async def in_doubt(
    tx: AsyncConnection, conversation_id: int, post_id: str
) -> Sequence[Row[tuple[Any, ...]]]:
    """The deliveries in a conversation of which copies may stand whose id is unknown.

    None where `post_id` is that of a post that is known there. Gives `id, announcement_id, network,
    known, posted_from, updated_at`: whether the row knows another post, and no post was made before
    `posted_from`.
    """
    there = delivery.c.conversation_id == conversation_id
    known = select(delivery.c.id).where(there, delivery.c.remote_id == post_id)
    if (await tx.execute(known.limit(1))).first() is not None:
        return ()
    sent = func.coalesce(announcement.c.send_at, announcement.c.created_at)
    rows = (
        select(
            delivery.c.id,
            delivery.c.announcement_id,
            delivery.c.network,
            (~_UNKNOWN).label("known"),
            case((sent > announcement.c.created_at, sent), else_=announcement.c.created_at).label(
                "posted_from"
            ),
            delivery.c.updated_at,
        )
        .join(announcement, announcement.c.id == delivery.c.announcement_id)
        .where(there, delivery.c.doubts > 0)
        .order_by(delivery.c.id)
    )
    return (await tx.execute(rows)).all()


async def adopt(
    tx: AsyncConnection,
    now: float,
    id: int,
    announced: tuple[str, State, int],
    remote_id: str,
    remote_conversation: str,
) -> bool:
    """Writes down that a copy has been found and shows an announcement as it is.

    `announced` is the announcement's id, with its state and version as the copy shows it. False:
    it has been changed meanwhile, or the row has; nothing is written. An announcement that counted
    as failed has been sent after all, so it can be edited and recalled.
    """
    announcement_id, state, version = announced
    # An edit, a recall or a completion waits, or we see what it did.
    current = (
        select(announcement.c.state, announcement.c.version)
        .where(announcement.c.id == announcement_id)
        .with_for_update()
    )
    found = (await tx.execute(current)).one_or_none()
    if found is None or (found.state, found.version) != (state, version):
        return False
    written = await tx.execute(
        update(delivery)
        .where(delivery.c.id == id, _UNKNOWN, *_SETTLED)
        .values(
            state=Outcome.DELIVERED,
            task=Task.UPDATE,
            remote_id=remote_id,
            remote_conversation=remote_conversation,
            posted_version=version,
            leaving=False,
            doubts=delivery.c.doubts - 1,
            error=None,
            updated_at=now,
        )
    )
    if written.rowcount and state is State.FAILED:
        await tx.execute(
            update(announcement)
            .where(announcement.c.id == announcement_id)
            .values(state=State.SENT, updated_at=now)
        )
    return bool(written.rowcount)


async def copy_deleted(
    tx: AsyncConnection, now: float, id: int, *, known: bool, recalled: bool
) -> bool:
    """Writes down that a copy has been found and deleted; False where the row has changed.

    `known`: the row knows another post. Of a recalled announcement nothing is left when the last
    copy is gone that was not known.
    """
    changes: dict[str, Any] = {"doubts": delivery.c.doubts - 1, "updated_at": now}
    if recalled:
        last = and_(_UNKNOWN, delivery.c.doubts == 1)
        changes["state"] = case((last, Outcome.DELETED.value), else_=delivery.c.state)
    written = await tx.execute(
        update(delivery)
        .where(delivery.c.id == id, ~_UNKNOWN if known else _UNKNOWN, *_SETTLED)
        .values(changes)
    )
    return bool(written.rowcount)
