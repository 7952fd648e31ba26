"""The announcements' own rows; deliveries have a module of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.states import WAITING, Outcome, State
from bot.store.tables import announcement, delivery
from bot.store.upsert import insert_into

AnnouncementRow = Row[tuple[Any, ...]]
"""All columns of an announcement."""

ACTING = "acting"
"""In `progress`: the place of the card on which somebody acted last who is not the author."""

_MOST_KEYS = 500
"""Keys in one statement."""


async def add(tx: AsyncConnection, values: Mapping[str, Any]) -> bool:
    """Adds an announcement; False where its idempotency key is taken."""
    statement = (
        insert_into(tx, announcement)
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


async def of_meetings(tx: AsyncConnection, keys: Iterable[str]) -> Sequence[AnnouncementRow]:
    """Everything of some meetings, of any day, reminders and news too, in the order of its time."""
    wanted = select(announcement).where(announcement.c.meeting_key.in_([*keys]))
    return (await tx.execute(wanted.order_by(announcement.c.send_at, announcement.c.id))).all()


async def due(tx: AsyncConnection, now: float) -> Sequence[str]:
    """The ids of what is scheduled and due, the earliest first."""
    wanted = (
        select(announcement.c.id)
        .where(announcement.c.state == State.SCHEDULED, announcement.c.send_at <= now)
        .order_by(announcement.c.send_at, announcement.c.id)
    )
    return (await tx.scalars(wanted)).all()


async def of_open_meetings(
    tx: AsyncConnection,
    states: Iterable[State],
    now: float,
    meeting_keys: Iterable[str],
    occurrences: Iterable[str],
) -> Sequence[str]:
    """Ids of announcements of meetings, no reminders, in one of these states.

    Those whose meeting lasts beyond `now` by what their rows say; those of any day of the meetings
    of `meeting_keys`; those of `occurrences`. All others stay unread, however many there are.
    """
    wanted = select(announcement.c.id, announcement.c.state, announcement.c.parent)
    states = set(states)
    # Each condition has an index of its own. A further one on the state would let SQLite take the
    # index of that, and read all that was ever sent: it is looked at afterwards.
    queries = [
        wanted.where(announcement.c.state.in_(states), announcement.c.meeting_until >= now),
        *(wanted.where(announcement.c.meeting_key.in_(some)) for some in _some(meeting_keys)),
        *(wanted.where(announcement.c.occurrence.in_(some)) for some in _some(occurrences)),
    ]
    found: set[str] = set()
    for query in queries:
        rows = await tx.execute(query)
        found |= {row.id for row in rows if row.parent is None and row.state in states}
    return sorted(found)


async def by_ids(tx: AsyncConnection, ids: Iterable[str]) -> Sequence[AnnouncementRow]:
    """Announcements, by id."""
    wanted = select(announcement).where(announcement.c.id.in_([*ids]))
    return (await tx.execute(wanted.order_by(announcement.c.id))).all()


async def lock(tx: AsyncConnection, ids: Iterable[str]) -> None:
    """Keeps others from changing announcements until the transaction ends."""
    wanted = select(announcement.c.id).where(announcement.c.id.in_([*ids]))
    await tx.execute(wanted.order_by(announcement.c.id).with_for_update())


async def children_of(tx: AsyncConnection, parents: Iterable[str]) -> Sequence[AnnouncementRow]:
    """The reminders of announcements, not locked: their announcements are."""
    wanted = select(announcement).where(announcement.c.parent.in_([*parents]))
    return (await tx.execute(wanted.order_by(announcement.c.id))).all()


async def extend_meeting(tx: AsyncConnection, id_: str, until: float) -> None:
    """Notes that an announcement's meeting ends later than its row says."""
    earlier = (announcement.c.id == id_, announcement.c.meeting_until < until)
    await tx.execute(update(announcement).where(*earlier).values(meeting_until=until))


def _some(keys: Iterable[str]) -> Iterator[Sequence[str]]:
    """Keys, some at a time: a statement takes only so many parameters."""
    left = iter(keys)
    while some := tuple(islice(left, _MOST_KEYS)):
        yield some


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


async def told_of_meeting(tx: AsyncConnection, key: str) -> bool:
    """Whether anything of a meeting was posted, may have been, or is to be."""
    wanted = select(announcement.c.id).where(announcement.c.meeting_key == key, _is_told())
    return await tx.scalar(wanted.limit(1)) is not None


async def told_occurrences(tx: AsyncConnection, key: str) -> frozenset[str]:
    """The occurrences of a meeting of which anything was posted, or is to be, by their keys."""
    wanted = select(announcement.c.occurrence).where(announcement.c.meeting_key == key, _is_told())
    return frozenset((await tx.scalars(wanted.distinct())).all())


def _is_told() -> ColumnElement[bool]:
    posts = select(delivery.c.id).where(
        delivery.c.announcement_id == announcement.c.id,
        or_(
            delivery.c.state.in_(WAITING),
            delivery.c.state.in_([Outcome.DELETED, Outcome.UNCERTAIN]),
            delivery.c.remote_id.is_not(None),
            delivery.c.doubts > 0,
        ),
    )
    return or_(announcement.c.state == State.SCHEDULED, posts.exists())


async def name_day(tx: AsyncConnection, key: str, occurrence: str) -> None:
    """Says of everything of a meeting held once on which day it is, before it gets further ones."""
    theirs = announcement.c.meeting_key == key, announcement.c.occurrence != occurrence
    await tx.execute(update(announcement).where(*theirs).values(occurrence=occurrence))


async def meetings_named(tx: AsyncConnection) -> frozenset[str]:
    """The keys of all meetings that announcements name."""
    named = select(announcement.c.meeting_key).where(announcement.c.meeting_key.is_not(None))
    return frozenset((await tx.scalars(named.distinct())).all())


async def drop(tx: AsyncConnection, ids: Iterable[str]) -> None:
    """Deletes announcements that were never sent."""
    await tx.execute(delete(announcement).where(announcement.c.id.in_([*ids])))


async def has_author(tx: AsyncConnection, author: str, tenant: str | None) -> bool:
    """Whether somebody wrote any announcement."""
    theirs = _written_by(author, tenant)
    return await tx.scalar(select(announcement.c.id).where(*theirs).limit(1)) is not None


class ForgottenAuthor(NamedTuple):
    """How many announcements of somebody were deleted, cleared of the id, or still keep it."""

    deleted: int = 0
    cleared: int = 0
    kept: int = 0


def _written_by(author: str, tenant: str | None) -> tuple[ColumnElement[bool], ...]:
    # Teams has spelt ids in either case.
    same_tenant = func.lower(func.coalesce(announcement.c.tenant, "")) == (tenant or "").lower()
    return (func.lower(announcement.c.author) == author.lower(), same_tenant)


async def forget_author(tx: AsyncConnection, author: str, tenant: str | None) -> ForgottenAuthor:
    """Deletes somebody's drafts and takes their id out of what was sent.

    What is still scheduled keeps it: the right is asked for again when it is sent.
    `forget_authors` takes it out then.
    """
    theirs = _written_by(author, tenant)
    drafts = delete(announcement).where(*theirs, announcement.c.state == State.DRAFT)
    scheduled = update(announcement).where(*theirs, announcement.c.state == State.SCHEDULED)
    dropped = (await tx.execute(drafts)).rowcount
    marked = (await tx.execute(scheduled.values(forget_author=True))).rowcount
    sent = update(announcement).where(*theirs, announcement.c.state != State.SCHEDULED)
    cleared = (await tx.execute(sent.values(_NOBODY))).rowcount
    return ForgottenAuthor(dropped, cleared, marked)


async def has_acted(tx: AsyncConnection, chat: str) -> bool:
    """Whether progress was shown in a chat to somebody who was not the author."""
    return await tx.scalar(select(announcement.c.id).where(_acted_in(chat)).limit(1)) is not None


async def forget_acting(tx: AsyncConnection, chat: str) -> int:
    """Takes a chat out of what somebody acted on who was not the author; gives how many rows."""
    wanted = select(announcement.c.id, announcement.c.progress).where(_acted_in(chat))
    found = (await tx.execute(wanted.order_by(announcement.c.id).with_for_update())).all()
    for id_, progress in found:
        left = {name: value for name, value in progress.items() if name != ACTING}
        await put(tx, id_, {"progress": left or None})
    return len(found)


def _acted_in(chat: str) -> ColumnElement[bool]:
    place: ColumnElement[str] = announcement.c.progress[(ACTING, "conversation")].as_string()
    return place == chat


async def forget_authors(tx: AsyncConnection, id_: str | None = None) -> int:
    """Takes out the ids, of one announcement or of all, that were to be forgotten once nothing
    hung on them; gives how many.
    """
    over = update(announcement).where(
        announcement.c.forget_author, announcement.c.state != State.SCHEDULED
    )
    if id_ is not None:
        over = over.where(announcement.c.id == id_)
    return (await tx.execute(over.values(_NOBODY))).rowcount


_NOBODY: Mapping[str, object] = {
    "author": None,
    "tenant": None,
    "progress": None,
    "forget_author": False,
}
