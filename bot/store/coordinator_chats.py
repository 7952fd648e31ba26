"""The personal chats of coordinators, so that they can be asked whether what is told is right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import coordinator_chat
from bot.store.upsert import insert_into

ChatRow = Row[tuple[Any, ...]]
"""All columns of a row."""


async def remember(
    tx: AsyncConnection, actor: str, tenant: str, service_url: str, conversation: str, language: str
) -> None:
    """Keeps where a coordinator has written, in the place of where they wrote before."""
    place = {"service_url": service_url, "conversation": conversation, "language": language}
    await tx.execute(
        insert_into(tx, coordinator_chat)
        .values(actor=actor, tenant=tenant, **place)
        .on_conflict_do_update(index_elements=["actor", "tenant"], set_=place)
    )


async def rows(tx: AsyncConnection) -> Sequence[ChatRow]:
    """All of them."""
    order = (coordinator_chat.c.actor, coordinator_chat.c.tenant)
    return (await tx.execute(select(coordinator_chat).order_by(*order))).all()


async def claim(tx: AsyncConnection, row: ChatRow, now: float, asked_before: float) -> bool:
    """Notes that a coordinator is asked now; False where that was done since an instant."""
    asked = coordinator_chat.c.asked_at
    changed = await tx.execute(
        update(coordinator_chat)
        .where(
            coordinator_chat.c.actor == row.actor,
            coordinator_chat.c.tenant == row.tenant,
            or_(asked.is_(None), asked < asked_before),
        )
        .values(asked_at=now)
    )
    return changed.rowcount == 1


async def put_off(tx: AsyncConnection, row: ChatRow, asked_at: float) -> None:
    """Counts a coordinator as asked at another time: what was sent did not arrive."""
    theirs = (coordinator_chat.c.actor == row.actor, coordinator_chat.c.tenant == row.tenant)
    await tx.execute(update(coordinator_chat).where(*theirs).values(asked_at=asked_at))


async def forget(tx: AsyncConnection, actor: str, tenant: str) -> int:
    """Drops the chat of somebody; gives how many there were."""
    theirs = (coordinator_chat.c.actor == actor, coordinator_chat.c.tenant == tenant)
    return (await tx.execute(delete(coordinator_chat).where(*theirs))).rowcount


async def forget_conversation(tx: AsyncConnection, conversation: str) -> int:
    """Drops a chat from which the bot was removed; gives how many there were."""
    gone = coordinator_chat.c.conversation == conversation
    return (await tx.execute(delete(coordinator_chat).where(gone))).rowcount
