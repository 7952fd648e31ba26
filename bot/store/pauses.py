"""Pauses of all sending, or of that into one tenant: rows that every replica looks at.

While a row matches, nothing is claimed and nothing posted; what is due waits.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, func, or_, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.states import WAITING
from bot.store.tables import conversation, delivery, pause, rate
from bot.store.upsert import insert_into

ALL = "*"
"""The tenant of a pause that holds for all."""


def holds(tenant: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a pause holds for the tenant of a row: a condition for a query."""
    named = or_(pause.c.tenant == tenant, pause.c.tenant == ALL)
    return select(pause.c.tenant).where(named).exists()


class Pause(NamedTuple):
    """Sending is paused: where, and since when (seconds since 1970)."""

    tenant: str
    since: float


async def begin(tx: AsyncConnection, tenant: str, now: float) -> bool:
    """Pauses a tenant, or all; False where it was paused already, since when it was."""
    values = {"tenant": tenant, "since": now}
    done = await tx.execute(insert_into(tx, pause).values(values).on_conflict_do_nothing())
    return bool(done.rowcount)


async def end(tx: AsyncConnection, tenant: str) -> bool:
    """Ends that very pause; False where there was none."""
    return bool((await tx.execute(delete(pause).where(pause.c.tenant == tenant))).rowcount)


async def listing(tx: AsyncConnection) -> tuple[Pause, ...]:
    """All pauses; that of all tenants first."""
    found = await tx.execute(select(pause.c.tenant, pause.c.since))
    rows = [Pause(tenant, since) for tenant, since in found]
    return tuple(sorted(rows, key=lambda one: (one.tenant != ALL, one.tenant)))


async def since(tx: AsyncConnection, tenants: Iterable[str]) -> float | None:
    """Since when sending into one of these tenants has been paused; None where it is not."""
    matching = pause.c.tenant.in_([ALL, *tenants])
    found = await tx.scalar(select(func.min(pause.c.since)).where(matching))
    return None if found is None else float(found)


async def since_of(
    tx: AsyncConnection, announcement_id: str, *, waiting: bool = True
) -> float | None:
    """Since when something of an announcement that waits has been paused; None: nothing is.

    Without `waiting`, also where nothing waits yet.
    """
    theirs = [
        delivery.c.announcement_id == announcement_id,
        or_(pause.c.tenant == ALL, pause.c.tenant == delivery.c.tenant),
    ]
    if waiting:
        theirs.append(delivery.c.state.in_(WAITING))
    wanted = select(func.min(pause.c.since)).where(select(delivery.c.id).where(*theirs).exists())
    found = await tx.scalar(wanted)
    return None if found is None else float(found)


async def waiting_announcements(tx: AsyncConnection, most: int) -> tuple[str, ...]:
    """The announcements of which something waits, the first by id."""
    wanted = select(delivery.c.announcement_id).where(delivery.c.state.in_(WAITING)).distinct()
    found = await tx.scalars(wanted.order_by(delivery.c.announcement_id).limit(most))
    return tuple(found.all())


async def tenants(tx: AsyncConnection) -> tuple[str, ...]:
    """The tenants that are known: those of conversations, of what was sent and of pauses."""
    known = union(
        select(conversation.c.tenant),
        select(rate.c.tenant),
        select(pause.c.tenant).where(pause.c.tenant != ALL),
    )
    return tuple(sorted((await tx.scalars(known)).all()))
