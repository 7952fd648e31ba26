"""The record of who did what: rows are added, blanked for who asks to be forgotten, and purged.

Each row is written in the transaction of what it tells of, so that neither exists without the
other. No other module writes to the table; the rows hold no text that anybody wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Text,
    and_,
    cast,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import announcement, conversation, follow, record

RecordRow = Row[tuple[Any, ...]]
"""All columns of a row of the record."""

RECORDED_KINDS = ("channel", "group")
"""The kinds of conversations whose follows are recorded: what one person follows is their own."""


class Action(StrEnum):
    """What was done."""

    ANNOUNCED = "announced"
    EDITED = "edited"
    UPDATED = "updated"
    """Brought up to date with a meeting that had changed."""
    RECALLED = "recalled"
    STOPPED = "stopped"
    RETRIED = "retried"
    MEETING_ADDED = "meeting_added"
    MEETING_CHANGED = "meeting_changed"
    MEETING_CANCELLED = "meeting_cancelled"
    MEETING_DELETED = "meeting_deleted"
    CONTENT_ADDED = "content_added"
    CONTENT_CHANGED = "content_changed"
    CONTENT_CONFIRMED = "content_confirmed"
    """Said to be still right."""
    CONTENT_REMOVED = "content_removed"
    CONTENT_RESTORED = "content_restored"
    """A change was undone."""
    FOLLOWED = "followed"
    UNFOLLOWED = "unfollowed"
    REMOVED = "removed"
    """The follows ended because the bot is no longer in the conversation."""
    GIVEN_UP = "given_up"
    """The follows ended because the conversation had not been reached for long."""
    PAUSED = "paused"
    RESUMED = "resumed"


class By(StrEnum):
    """What kind of actor it was."""

    COORDINATOR = "coordinator"
    API = "api"
    COMMAND = "command"
    BOT = "bot"
    """The bot by itself, after an event of the channel."""


async def add(
    tx: AsyncConnection,
    now: float,
    action: Action,
    by: By,
    subject: str,
    networks: Iterable[str],
    *,
    actor: str | None = None,
    tenant: str | None = None,
) -> None:
    """Adds a row; its subject is what the column says, by the kind of action."""
    await tx.execute(
        insert(record).values(
            at=now,
            action=action,
            by=by,
            actor=actor,
            tenant=tenant,
            subject=subject,
            networks=list(networks),
        )
    )


async def add_removed(
    tx: AsyncConnection,
    now: float,
    *which: ColumnElement[bool],
    action: Action = Action.REMOVED,
) -> None:
    """Adds that conversations, told by conditions on their table, follow nothing any more.

    To be called before they are dropped. Of those that followed nothing nothing is added.
    """
    followed = await tx.execute(
        select(conversation.c.id, conversation.c.kind, follow.c.network)
        .join(follow)
        .where(conversation.c.kind.in_(RECORDED_KINDS), *which)
        .order_by(conversation.c.id, follow.c.network)
    )
    ended: dict[int, tuple[str, list[str]]] = {}
    for id_, kind, network in followed:
        ended.setdefault(id_, (kind, []))[1].append(network)
    for kind, networks in ended.values():
        await add(tx, now, action, By.BOT, kind, networks)


async def page(
    tx: AsyncConnection,
    *,
    after: int = 0,
    since: float | None = None,
    network: str | None = None,
    limit: int = 500,
) -> Sequence[RecordRow]:
    """Rows by id, those after an id; of one network, what concerns all networks is among them."""
    wanted = select(record).where(record.c.id > after)
    if since is not None:
        wanted = wanted.where(record.c.at >= since)
    if network is not None:
        # As JSON is written: "key" in quotes can be part of nothing else.
        networks = cast(record.c.networks, Text)
        named = (networks.contains(f'"{one}"', autoescape=True) for one in (network, "*"))
        wanted = wanted.where(or_(*named))
    return (await tx.execute(wanted.order_by(record.c.id).limit(limit))).all()


async def newest(
    tx: AsyncConnection, before: int | None = None, limit: int = 100
) -> Sequence[RecordRow]:
    """The newest rows, newest first; those before an id where one is given."""
    wanted = select(record).order_by(record.c.id.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(record.c.id < before)
    return (await tx.execute(wanted)).all()


async def of_subjects(
    tx: AsyncConnection, subjects: Iterable[str], limit: int
) -> Sequence[RecordRow]:
    """The newest rows about any of these, newest first."""
    wanted = select(record).where(record.c.subject.in_([*subjects]))
    return (await tx.execute(wanted.order_by(record.c.id.desc()).limit(limit))).all()


async def announced(tx: AsyncConnection, ids: Iterable[str]) -> dict[str, RecordRow]:
    """For each of these announcements the row that says who made it, where there is one."""
    wanted = select(record).where(
        record.c.subject.in_([*ids]), record.c.action == Action.ANNOUNCED.value
    )
    return {row.subject: row for row in await tx.execute(wanted)}


async def has_actor(tx: AsyncConnection, actor: str, tenant: str | None) -> bool:
    """Whether any row names somebody."""
    theirs = (record.c.actor == actor, record.c.tenant == tenant)
    return await tx.scalar(select(record.c.id).where(*theirs).limit(1)) is not None


async def blank(tx: AsyncConnection, actor: str, tenant: str | None) -> int:
    """Takes somebody's id out of the rows; gives how many. What was done stays."""
    theirs = (record.c.actor == actor, record.c.tenant == tenant)
    changed = await tx.execute(update(record).where(*theirs).values(actor=None, tenant=None))
    return changed.rowcount


def _old(before: float) -> ColumnElement[bool]:
    """What is old enough to go: what tells of an announcement that is still kept stays with it."""
    kept = exists().where(announcement.c.id == record.c.subject)
    return and_(record.c.at < before, ~kept)


async def purge(tx: AsyncConnection, before: float, limit: int) -> int:
    """Deletes rows from before an instant, at most `limit`; gives how many."""
    some = select(record.c.id).where(_old(before)).order_by(record.c.at).limit(limit)
    return (await tx.execute(delete(record).where(record.c.id.in_(some)))).rowcount


async def count_old(tx: AsyncConnection, before: float, going: Select[tuple[str]]) -> int:
    """How many rows `purge` would delete in all once the announcements of these ids are gone."""
    gone = and_(record.c.at < before, record.c.subject.in_(going))
    counted = select(func.count()).select_from(record).where(or_(_old(before), gone))
    return int(await tx.scalar(counted) or 0)
