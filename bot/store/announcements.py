"""The announcements' own rows; deliveries have a module of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.states import State
from bot.store.tables import announcement

AnnouncementRow = Row[tuple[Any, ...]]
"""All columns of an announcement."""


async def add(tx: AsyncConnection, values: Mapping[str, Any]) -> bool:
    """Adds an announcement; False where its idempotency key is taken."""
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    statement = (
        dialect.insert(announcement)
        .values(dict(values))
        .on_conflict_do_nothing(index_elements=["idempotency_key"])
    )
    return bool((await tx.execute(statement)).rowcount)


async def find(tx: AsyncConnection, id_: str, *, lock: bool = False) -> AnnouncementRow | None:
    """An announcement; `lock` keeps others from changing it until the transaction ends."""
    wanted = select(announcement).where(announcement.c.id == id_)
    return (await tx.execute(wanted.with_for_update() if lock else wanted)).one_or_none()


async def find_by_key(tx: AsyncConnection, idempotency_key: str) -> AnnouncementRow | None:
    """The announcement that was made under an idempotency key."""
    wanted = select(announcement).where(announcement.c.idempotency_key == idempotency_key)
    return (await tx.execute(wanted)).one_or_none()


async def put(tx: AsyncConnection, id_: str, values: Mapping[str, Any]) -> None:
    """Changes columns of an announcement."""
    await tx.execute(update(announcement).where(announcement.c.id == id_).values(dict(values)))


async def claim_notice(tx: AsyncConnection, id_: str, fingerprint: str) -> bool:
    """Notes which change the coordinator is notified of; False if that was done before."""
    new = or_(announcement.c.told.is_(None), announcement.c.told != fingerprint)
    done = await tx.execute(
        update(announcement).where(announcement.c.id == id_, new).values(told=fingerprint)
    )
    return bool(done.rowcount)


async def children(tx: AsyncConnection, parent: str) -> Sequence[AnnouncementRow]:
    """The reminders of an announcement."""
    wanted = select(announcement).where(announcement.c.parent == parent)
    return (await tx.execute(wanted.order_by(announcement.c.id).with_for_update())).all()


async def due(tx: AsyncConnection, now: float) -> Sequence[str]:
    """The ids of what is scheduled and due, the earliest first."""
    wanted = (
        select(announcement.c.id)
        .where(announcement.c.state == State.SCHEDULED, announcement.c.send_at <= now)
        .order_by(announcement.c.send_at, announcement.c.id)
    )
    return (await tx.scalars(wanted)).all()


async def of_meetings(
    tx: AsyncConnection, states: Iterable[State], since: float
) -> Sequence[AnnouncementRow]:
    """The announcements of meetings, no reminders, in one of these states and made `since`."""
    wanted = select(announcement).where(
        announcement.c.occurrence.is_not(None),
        announcement.c.parent.is_(None),
        announcement.c.state.in_([*states]),
        announcement.c.created_at >= since,
    )
    return (await tx.execute(wanted.order_by(announcement.c.created_at))).all()


async def newest(
    tx: AsyncConnection, limit: int, before: float | None = None
) -> Sequence[AnnouncementRow]:
    """The newest announcements, newest first; those made before an instant where one is given."""
    wanted = select(announcement).order_by(
        announcement.c.created_at.desc(), announcement.c.id.desc()
    )
    if before is not None:
        wanted = wanted.where(announcement.c.created_at < before)
    return (await tx.execute(wanted.limit(limit))).all()


async def drop(tx: AsyncConnection, ids: Iterable[str]) -> None:
    """Deletes announcements that were never sent."""
    await tx.execute(delete(announcement).where(announcement.c.id.in_([*ids])))


async def drop_drafts(tx: AsyncConnection, before: float) -> int:
    """Deletes drafts that nobody has touched since an instant; gives how many."""
    old = (announcement.c.state == State.DRAFT, announcement.c.updated_at < before)
    return (await tx.execute(delete(announcement).where(*old))).rowcount


async def has_author(tx: AsyncConnection, author: str, tenant: str | None) -> bool:
    """Whether somebody wrote any announcement."""
    theirs = (announcement.c.author == author, announcement.c.tenant == tenant)
    return await tx.scalar(select(announcement.c.id).where(*theirs).limit(1)) is not None


async def forget_author(tx: AsyncConnection, author: str, tenant: str | None) -> int:
    """Deletes somebody's drafts and takes their id out of what was sent; gives how many rows.

    What is still scheduled keeps it: the right is asked for again when it is sent.
    """
    theirs = (announcement.c.author == author, announcement.c.tenant == tenant)
    drafts = delete(announcement).where(*theirs, announcement.c.state == State.DRAFT)
    sent = update(announcement).where(*theirs, announcement.c.state != State.SCHEDULED)
    dropped = (await tx.execute(drafts)).rowcount
    cleared = (await tx.execute(sent.values(author=None, tenant=None, progress=None))).rowcount
    return dropped + cleared
