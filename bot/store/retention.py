"""What is old enough to be deleted, in transactions that stay short however much there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, FromClause, and_, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import record
from bot.store.states import WAITING, State
from bot.store.tables import announcement, delivery

MOST_ROWS = 1_000
"""Deliveries, or rows of another table, that one transaction deletes."""

MOST_ANNOUNCEMENTS = 20
"""Announcements, their reminders not counted, that one transaction deletes."""

FINAL = (State.SENT, State.RECALLED, State.CANCELLED, State.FAILED)
"""The states in which nothing is to be sent any more."""


@dataclass(frozen=True)
class Purged:
    """How many rows of each kind were, or would be, deleted."""

    announcements: int = 0
    """Reminders included."""
    deliveries: int = 0
    drafts: int = 0
    record: int = 0
    history: int = 0
    """Changes of what was entered of content."""

    def __add__(self, other: Purged) -> Purged:
        return Purged(
            self.announcements + other.announcements,
            self.deliveries + other.deliveries,
            self.drafts + other.drafts,
            self.record + other.record,
            self.history + other.history,
        )


def _over(one: FromClause, now: float, before: float) -> ColumnElement[bool]:
    """Whether an announcement, or a reminder, is finished for long and nothing of it waits."""
    waits = select(delivery.c.id).where(
        delivery.c.announcement_id == one.c.id, delivery.c.state.in_(WAITING)
    )
    return and_(
        one.c.state.in_(FINAL),
        func.coalesce(one.c.finished_at, one.c.created_at) < before,
        or_(one.c.meeting_until.is_(None), one.c.meeting_until < now),
        ~waits.exists(),
    )


def _old(now: float, before: float) -> ColumnElement[bool]:
    """An announcement that may go, and all its reminders with it."""
    child = announcement.alias("child")
    lives = select(child.c.id).where(
        child.c.parent == announcement.c.id, ~_over(child, now, before)
    )
    return and_(
        announcement.c.parent.is_(None),
        # No announcement is finished before it is made: this finds those by their index.
        announcement.c.created_at < before,
        _over(announcement, now, before),
        ~lives.exists(),
    )


def _old_drafts(before: float) -> ColumnElement[bool]:
    return and_(announcement.c.state == State.DRAFT, announcement.c.updated_at < before)


async def purge_announcements(
    tx: AsyncConnection, now: float, before: float, most_rows: int = MOST_ROWS
) -> Purged:
    """Deletes the first of what is old enough; to be called until it deletes nothing.

    Whole announcements, with reminders and deliveries, as many as have `most_rows` deliveries. One
    that has more loses some of them each time, and goes with the last.
    """
    found = (
        select(announcement.c.id)
        .where(_old(now, before))
        .order_by(announcement.c.created_at, announcement.c.id)
        .limit(MOST_ANNOUNCEMENTS)
        # One that another replica purges, or somebody changes at this moment, is left alone.
        .with_for_update(skip_locked=True)
    )
    parents = (await tx.scalars(found)).all()
    families: dict[str, list[str]] = {id_: [id_] for id_ in parents}
    children = select(announcement.c.id, announcement.c.parent).where(
        announcement.c.parent.in_(parents)
    )
    for child in await tx.execute(children):
        families[child.parent].append(child.id)
    purged = Purged()
    for parent, family in families.items():
        some = await _delete_deliveries(tx, family, most_rows - purged.deliveries)
        if purged.deliveries + some >= most_rows and await _have_deliveries(tx, family):
            return purged + Purged(deliveries=some)
        await tx.execute(delete(announcement).where(announcement.c.parent == parent))
        await tx.execute(delete(announcement).where(announcement.c.id == parent))
        purged += Purged(announcements=len(family), deliveries=some)
    return purged


async def _delete_deliveries(tx: AsyncConnection, family: Sequence[str], limit: int) -> int:
    if limit <= 0:
        return 0
    some = select(delivery.c.id).where(delivery.c.announcement_id.in_(family)).limit(limit)
    return (await tx.execute(delete(delivery).where(delivery.c.id.in_(some)))).rowcount


async def _have_deliveries(tx: AsyncConnection, family: Sequence[str]) -> bool:
    left = select(delivery.c.id).where(delivery.c.announcement_id.in_(family)).limit(1)
    return await tx.scalar(left) is not None


async def purge_drafts(tx: AsyncConnection, before: float) -> int:
    """Deletes drafts that nobody has touched since an instant, some at a time; gives how many."""
    some = select(announcement.c.id).where(_old_drafts(before)).limit(MOST_ROWS)
    gone = delete(announcement).where(announcement.c.id.in_(some), _old_drafts(before))
    return (await tx.execute(gone)).rowcount


async def count_old(tx: AsyncConnection, now: float, before: float, drafts_before: float) -> Purged:
    """How much would be deleted in all."""
    parents = select(announcement.c.id).where(_old(now, before))
    ids = select(announcement.c.id).where(
        or_(announcement.c.id.in_(parents), announcement.c.parent.in_(parents))
    )
    of_them = select(func.count()).select_from(delivery).where(delivery.c.announcement_id.in_(ids))
    drafts = select(func.count()).select_from(announcement).where(_old_drafts(drafts_before))
    return Purged(
        announcements=await tx.scalar(select(func.count()).select_from(ids.subquery())) or 0,
        deliveries=await tx.scalar(of_them) or 0,
        drafts=await tx.scalar(drafts) or 0,
        record=await record.count_old(tx, before, ids),
    )
