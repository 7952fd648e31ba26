"""What coordinators entered of content, its history, and the revision by which replicas notice it.

No other module writes to these tables. Both hold persons' contact details: those that the bot gives
out, and in the history those that it gave out before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Table,
    Text,
    cast,
    delete,
    func,
    insert,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.record import Action
from bot.store.tables import overlay, overlay_change, revision
from bot.store.upsert import insert_into

NAME = "overlay"
"""The row of `revision` that counts changes."""

ChangeRow = Row[tuple[Any, ...]]
"""All columns of a row of the history."""

State = Mapping[str, Any]
"""What a row says: `body` and `over`."""


@dataclass(frozen=True)
class Change:
    """A change that is made now."""

    kind: str
    key: str
    at: float
    action: str
    by: str
    actor: str | None
    tenant: str | None
    networks: tuple[str, ...]
    """All networks that it touched, before and after: who keeps them all may undo it."""
    before: State | None
    after: State | None
    """None where nothing is entered, so that the file holds alone."""


async def revision_of(tx: AsyncConnection) -> int:
    """How often something was changed."""
    return int(await tx.scalar(select(revision.c.value).where(revision.c.name == NAME)) or 0)


async def begin(tx: AsyncConnection) -> None:
    """Begins a change, and counts it: until the transaction ends nobody else makes one."""
    await tx.execute(
        insert_into(tx, revision)
        .values(name=NAME, value=1)
        .on_conflict_do_update(index_elements=["name"], set_={"value": revision.c.value + 1})
    )


async def hold(tx: AsyncConnection) -> None:
    """Keeps what is entered as it is until the transaction ends: whoever changes it waits.

    On SQLite nobody else writes meanwhile in any case.
    """
    held = select(revision.c.value).where(revision.c.name == NAME)
    await tx.execute(held.with_for_update(read=True))


async def rows(tx: AsyncConnection) -> Sequence[ChangeRow]:
    """All that is entered, by kind and key."""
    return (await tx.execute(select(overlay).order_by(overlay.c.kind, overlay.c.key))).all()


async def find(tx: AsyncConnection, kind: str, key: str) -> State | None:
    """What is entered of one; None for nothing."""
    columns = select(overlay.c.body, overlay.c.over)
    row = (await tx.execute(columns.where(*_is(overlay, kind, key)))).one_or_none()
    return None if row is None else {"body": row.body, "over": row.over}


async def write(tx: AsyncConnection, change: Change) -> int:
    """Writes a change, in a transaction that has begun one; gives its number in the history."""
    values = vars(change) | {"networks": [*change.networks]}
    made = await tx.execute(insert(overlay_change).values(values).returning(overlay_change.c.id))
    number = int(made.scalar_one())
    await tx.execute(delete(overlay).where(*_is(overlay, change.kind, change.key)))
    if change.after is not None:
        kept = {"kind": change.kind, "key": change.key, "change": number, "updated_at": change.at}
        await tx.execute(insert(overlay).values(kept | dict(change.after)))
    return number


async def change_of(tx: AsyncConnection, number: int) -> ChangeRow | None:
    """One change by its number."""
    wanted = select(overlay_change).where(overlay_change.c.id == number)
    return (await tx.execute(wanted)).one_or_none()


async def history(
    tx: AsyncConnection, kind: str, key: str, limit: int = 100
) -> Sequence[ChangeRow]:
    """The changes of one, the newest first."""
    wanted = select(overlay_change).where(*_is(overlay_change, kind, key))
    return (await tx.execute(wanted.order_by(overlay_change.c.id.desc()).limit(limit))).all()


async def history_of(
    tx: AsyncConnection, kinds: Iterable[str], network: str, limit: int
) -> Sequence[ChangeRow]:
    """The changes of some kinds that touched a network, the newest first."""
    # As JSON is written: "key" in quotes can be part of nothing else.
    named = cast(overlay_change.c.networks, Text).contains(f'"{network}"', autoescape=True)
    wanted = select(overlay_change).where(overlay_change.c.kind.in_([*kinds]), named)
    return (await tx.execute(wanted.order_by(overlay_change.c.id.desc()).limit(limit))).all()


async def keys(tx: AsyncConnection, kind: str) -> Sequence[str]:
    """All keys of a kind that something has or had, as far as the history goes."""
    found = select(overlay.c.key).where(overlay.c.kind == kind)
    before = select(overlay_change.c.key).where(overlay_change.c.kind == kind)
    return (await tx.scalars(found.union(before))).all()


async def newest(tx: AsyncConnection, kind: str, key: str) -> int:
    """The number of the newest change of one; 0 where there is none."""
    wanted = select(func.max(overlay_change.c.id)).where(*_is(overlay_change, kind, key))
    return int(await tx.scalar(wanted) or 0)


async def has_actor(tx: AsyncConnection, actor: str, tenant: str | None) -> bool:
    """Whether any change names somebody."""
    theirs = select(overlay_change.c.id).where(*_by(actor, tenant)).limit(1)
    return await tx.scalar(theirs) is not None


async def blank(tx: AsyncConnection, actor: str, tenant: str | None) -> int:
    """Takes somebody's id out of the history; gives how many changes that were."""
    blanked = update(overlay_change).where(*_by(actor, tenant)).values(actor=None, tenant=None)
    return (await tx.execute(blanked)).rowcount


def _old(before: float, gone_before: float) -> ColumnElement[bool]:
    """What of the history may go: what is old, and all about what has been out for some time."""
    each, last = overlay_change.alias("each"), overlay_change.alias("last")
    newest_ids = select(func.max(each.c.id)).group_by(each.c.kind, each.c.key)
    ended = (
        select(last.c.id)
        .where(
            last.c.kind == overlay_change.c.kind,
            last.c.key == overlay_change.c.key,
            last.c.id.in_(newest_ids),
            last.c.at < gone_before,
            or_(last.c.after.is_(null()), last.c.action == Action.CONTENT_REMOVED.value),
        )
        .correlate(overlay_change)
    )
    return or_(overlay_change.c.at < before, ended.exists())


async def purge(tx: AsyncConnection, before: float, gone_before: float, limit: int) -> int:
    """Deletes changes from before an instant, and all those of what went before another."""
    some = select(overlay_change.c.id).where(_old(before, gone_before)).limit(limit)
    found = (await tx.scalars(some)).all()
    if found:
        await tx.execute(delete(overlay_change).where(overlay_change.c.id.in_(found)))
    return len(found)


async def count_old(tx: AsyncConnection, before: float, gone_before: float) -> int:
    """How many changes `purge` would delete in all."""
    counted = select(func.count()).select_from(overlay_change)
    return int(await tx.scalar(counted.where(_old(before, gone_before))) or 0)


def _is(table: Table, kind: str, key: str) -> Iterable[ColumnElement[bool]]:
    return (table.c.kind == kind, table.c.key == key)


def _by(actor: str, tenant: str | None) -> Iterable[ColumnElement[bool]]:
    return (overlay_change.c.actor == actor, overlay_change.c.tenant == tenant)
