"""What conversations were about, for the replicas that answer them in turn; rows that expire."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import talk
from bot.store.upsert import insert_into

MOST_ROWS = 1_000
"""Rows that one transaction deletes."""


async def find(tx: AsyncConnection, key: str, now: float) -> str | None:
    """What is kept under a key; None where nothing is, or it has expired."""
    unexpired = select(talk.c.content).where(talk.c.key == key, talk.c.expires_at > now)
    found = await tx.scalar(unexpired)
    return None if found is None else str(found)


async def save(tx: AsyncConnection, key: str, content: str, expires_at: float) -> None:
    """Keeps something under a key, in the place of what was there."""
    values = {"content": content, "expires_at": expires_at}
    await tx.execute(
        insert_into(tx, talk)
        .values(key=key, **values)
        .on_conflict_do_update(index_elements=["key"], set_=values)
    )


async def forget(tx: AsyncConnection, key: str) -> None:
    """Deletes what is kept under a key."""
    await tx.execute(delete(talk).where(talk.c.key == key))


async def drop_expired(tx: AsyncConnection, now: float) -> int:
    """Deletes what has expired, some at a time; gives how many."""
    some = select(talk.c.key).where(talk.c.expires_at <= now).limit(MOST_ROWS)
    return (await tx.execute(delete(talk).where(talk.c.key.in_(some)))).rowcount
