"""The servers that run on the database: each has a row with the instant at which it last wrote."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.tables import replica
from bot.store.upsert import insert_into

ALIVE = 30.0
"""Seconds for which a row tells that its server runs."""

TRIAL_PATIENCE = 5.0
"""Seconds that a trial waits for a lock."""


async def beat(tx: AsyncConnection, owner: str, now: float) -> bool:
    """Writes that a server is there; whether that can be read back."""
    await tx.execute(
        insert_into(tx, replica)
        .values(owner=owner, seen_at=now)
        .on_conflict_do_update(index_elements=["owner"], set_={"seen_at": now})
    )
    seen = select(replica.c.seen_at).where(replica.c.owner == owner)
    return bool(await tx.scalar(seen) == now)


async def leave(tx: AsyncConnection, owner: str) -> None:
    """Forgets a server that ends."""
    await tx.execute(delete(replica).where(replica.c.owner == owner))


async def alive(tx: AsyncConnection, now: float, *, but: str = "") -> Sequence[str]:
    """The servers that wrote within ALIVE seconds, without one of them."""
    recent = replica.c.seen_at.between(now - ALIVE, now + ALIVE)
    found = select(replica.c.owner).where(recent, replica.c.owner != but)
    return (await tx.scalars(found.order_by(replica.c.owner))).all()


async def forget_others(tx: AsyncConnection, owner: str) -> None:
    """Forgets every other server: for one that knows that it is the only one."""
    await tx.execute(delete(replica).where(replica.c.owner != owner))


async def forget_dead(tx: AsyncConnection, now: float) -> None:
    """Forgets servers that ended without a word."""
    await tx.execute(delete(replica).where(~replica.c.seen_at.between(now - ALIVE, now + ALIVE)))


async def try_to_write(database: Database) -> None:
    """Writes a row and takes it back in one transaction, so that nobody else sees it."""
    owner = f"doctor/{uuid.uuid4().hex}"
    async with database.transaction(patience=TRIAL_PATIENCE) as tx:
        await beat(tx, owner, await database.now(tx))
        await leave(tx, owner)
