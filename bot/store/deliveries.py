"""Deliveries: one row for every announcement in every conversation that gets it.

Everything here works inside a transaction of the caller. A change of many rows is one statement.
The caller of `request_update`, `request_delete`, `stop` and `retry_failed` has changed the
announcement's own row in the same transaction before: that row's lock is what orders a change and a
delivery that ends at the same moment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    and_,
    case,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.audience import OUTAGE_END
from bot.store.states import UNKNOWN_ID, WAITING, Outcome, State, Task
from bot.store.tables import announcement, conversation, delivery, follow, rate
from bot.store.upsert import insert_into

ALL = "*"
"""The follow of a conversation that gets everything."""


_COLUMNS = "announcement_id conversation_id tenant kind network task state attempts due updated_at"


async def fan_out(
    tx: AsyncConnection, announcement_id: str, networks: Iterable[str], now: float
) -> int:
    """Makes a delivery for every conversation that follows one of `networks`, or all of them.

    Conversations that have one already keep it. Gives the number of new ones.
    """
    has_one = (
        select(delivery.c.id)
        .where(
            delivery.c.announcement_id == announcement_id,
            delivery.c.conversation_id == conversation.c.id,
        )
        .exists()
    )
    made = await _add_posts(tx, announcement_id, networks, (~has_one,), now)
    known = select(rate.c.tenant).where(rate.c.tenant == delivery.c.tenant).exists()
    tenants = (
        select(delivery.c.tenant, literal(0.0), literal(0.0))
        .where(delivery.c.announcement_id == announcement_id, ~known)
        .distinct()
    )
    await tx.execute(
        insert_into(tx, rate)
        .from_select(["tenant", "next_post", "not_before"], tenants)
        .on_conflict_do_nothing()
    )
    return made


@dataclass(frozen=True)
class Heard:
    """In which conversations news need not be posted: they hear of the change in another way."""

    posted: Collection[str] = ()
    """News that are posted in them, or will be."""
    to_come: Collection[str] = ()
    """News that say all of it, where they have not been posted yet."""
    left_out: Collection[str] = ()
    """News that said what is so no more, where they were stopped before."""


async def fan_out_news(
    tx: AsyncConnection,
    announcement_id: str,
    origins: Iterable[str],
    networks: Iterable[str],
    heard: Heard,
    now: float,
) -> int:
    """Makes a delivery for every conversation in which something of `origins` stands, or may.

    Not for those that follow none of `networks` any more, in which it was taken back, or in which
    it has not been posted yet: there it will say what is so by then. One that is being posted at
    the moment says what was. Gives the number of conversations.
    """
    stands = select(delivery.c.conversation_id).where(
        delivery.c.announcement_id.in_([*origins]), *_stands()
    )
    unsent = and_(delivery.c.remote_id.is_(None), delivery.c.leaving.is_(False))
    hears = select(delivery.c.id).where(
        delivery.c.conversation_id == conversation.c.id,
        or_(
            and_(
                delivery.c.announcement_id.in_([*heard.posted]),
                delivery.c.state.not_in([Outcome.STOPPED, Outcome.GONE, Outcome.FAILED]),
            ),
            and_(
                delivery.c.announcement_id.in_([*heard.to_come]),
                delivery.c.state.in_(WAITING),
                unsent,
            ),
            and_(
                delivery.c.announcement_id.in_([*heard.left_out]),
                delivery.c.state == Outcome.STOPPED,
                delivery.c.doubts == 0,
                unsent,
            ),
        ),
    )
    wanted = conversation.c.id.in_(stands), ~hears.exists()
    return await _add_posts(tx, announcement_id, networks, wanted, now)


async def _add_posts(
    tx: AsyncConnection,
    announcement_id: str,
    networks: Iterable[str],
    wanted: Iterable[ColumnElement[bool]],
    now: float,
) -> int:
    """Makes a delivery for each wanted conversation that follows one of `networks`, or all."""
    receivers = (
        select(
            literal(announcement_id),
            conversation.c.id,
            conversation.c.tenant,
            conversation.c.kind,
            func.min(follow.c.network),
            literal(Task.POST.value),
            # Those in an outage wait with the others of it.
            case(
                (conversation.c.outage_since > now - OUTAGE_END, Outcome.HELD.value),
                else_=Outcome.PENDING.value,
            ),
            literal(0),
            literal(now),
            literal(now),
        )
        .select_from(follow.join(conversation))
        .where(follow.c.network.in_([*networks, ALL]), *wanted)
        .group_by(
            conversation.c.id,
            conversation.c.tenant,
            conversation.c.kind,
            conversation.c.outage_since,
        )
    )
    made = await tx.execute(insert(delivery).from_select(_COLUMNS.split(), receivers))
    return made.rowcount


async def standing_in(
    tx: AsyncConnection, origins: Iterable[tuple[Iterable[str], Iterable[str]]]
) -> int:
    """In how many conversations something of `origins` stands that would get news of it.

    Each is the ids of some announcements and their networks.
    """
    followed = [
        and_(delivery.c.announcement_id.in_([*ids]), follow.c.network.in_([*networks, ALL]))
        for ids, networks in origins
    ]
    if not followed:
        return 0
    number = func.count(delivery.c.conversation_id.distinct())
    joined = delivery.join(follow, follow.c.conversation_id == delivery.c.conversation_id)
    found = select(number).select_from(joined).where(or_(*followed), *_stands())
    return int(await tx.scalar(found) or 0)


async def standing(tx: AsyncConnection, ids: Iterable[str]) -> set[str]:
    """Those of some announcements of which something stands anywhere, or may."""
    found = select(delivery.c.announcement_id).where(
        delivery.c.announcement_id.in_([*ids]), *_stands()
    )
    return set((await tx.scalars(found.distinct())).all())


def _stands() -> tuple[ColumnElement[bool], ...]:
    """Whether a post stands, may stand, or is under way as it was."""
    return (
        delivery.c.task != Task.DELETE,
        delivery.c.state.not_in([Outcome.DELETED, Outcome.GONE]),
        or_(delivery.c.remote_id.is_not(None), delivery.c.doubts > 0, delivery.c.leaving),
    )


async def wait_for_departures(tx: AsyncConnection, ids: Iterable[str]) -> None:
    """Waits until it is stored which posts of some announcements are leaving at this moment.

    Those that leave later say what is so by the end of this transaction.
    """
    under_way = select(delivery.c.id).where(
        delivery.c.announcement_id.in_([*ids]), delivery.c.state == Outcome.SENDING
    )
    await tx.execute(under_way.order_by(delivery.c.id).with_for_update())


async def receivers(
    tx: AsyncConnection, networks: Iterable[str], limit: int | None = None
) -> Sequence[Row[tuple[object, ...]]]:
    """The conversations that `fan_out` would reach now: all their columns."""
    ids = select(follow.c.conversation_id).where(follow.c.network.in_([*networks, ALL]))
    found = select(conversation).where(conversation.c.id.in_(ids)).order_by(conversation.c.id)
    return (await tx.execute(found.limit(limit))).all()


async def request_update(tx: AsyncConnection, announcement_id: str, now: float) -> int:
    """Has every post of an announcement changed; those under way follow when they end."""
    return await _request(tx, announcement_id, Task.UPDATE, now)


async def request_outdated(tx: AsyncConnection, announcement_id: str, now: float) -> int:
    """Has those posts changed that ended as an earlier version, since the change was stopped."""
    version = select(announcement.c.version).where(announcement.c.id == announcement_id)
    outdated = delivery.c.posted_version < version.scalar_subquery()
    ended = delivery.c.state == Outcome.DELIVERED
    return await _request(tx, announcement_id, Task.UPDATE, now, outdated, ended)


async def request_delete(tx: AsyncConnection, announcement_id: str, now: float) -> int:
    """Has every post of an announcement taken back and posts no more of it.

    Those under way follow when they end. A post whose id is unknown cannot be taken back.
    """
    await stop(tx, announcement_id, now)
    await tx.execute(
        update(delivery)
        .where(
            delivery.c.announcement_id == announcement_id,
            delivery.c.state.in_([Outcome.DELIVERED, Outcome.FAILED]),
            delivery.c.remote_id == UNKNOWN_ID,
        )
        .values(state=Outcome.UNCERTAIN, updated_at=now)
    )
    return await _request(tx, announcement_id, Task.DELETE, now)


async def _request(
    tx: AsyncConnection,
    announcement_id: str,
    task: Task,
    now: float,
    *which: ColumnElement[bool],
) -> int:
    changed = await tx.execute(
        update(delivery)
        .where(
            delivery.c.announcement_id == announcement_id,
            delivery.c.state.in_([Outcome.PENDING, Outcome.DELIVERED, Outcome.FAILED]),
            delivery.c.remote_id != UNKNOWN_ID,
            *which,
        )
        .values(task=task, state=Outcome.PENDING, due=now, updated_at=now, **_FIRST_ATTEMPT)
    )
    return changed.rowcount


async def stop(tx: AsyncConnection, announcement_id: str, now: float) -> int:
    """Ends everything of an announcement that waits: what is not posted is not posted any more.

    A post that waited for a change stays as it is. Gives the number of conversations that will
    not get it.
    """
    await tx.execute(
        update(delivery)
        .where(*_waits(announcement_id), delivery.c.remote_id.is_not(None))
        .values(state=Outcome.DELIVERED, updated_at=now)
    )
    return await stop_unsent(tx, announcement_id, now)


def _waits(announcement_id: str) -> tuple[ColumnElement[bool], ...]:
    return (
        delivery.c.announcement_id == announcement_id,
        delivery.c.state.in_([Outcome.PENDING, Outcome.HELD]),
    )


async def stop_unsent(tx: AsyncConnection, announcement_id: str, now: float) -> int:
    """The same of what is not posted alone: posts are still changed."""
    stopped = await tx.execute(
        update(delivery)
        .where(*_waits(announcement_id), delivery.c.remote_id.is_(None))
        .values(
            state=case(
                (delivery.c.doubts > 0, Outcome.UNCERTAIN.value), else_=Outcome.STOPPED.value
            ),
            updated_at=now,
        )
    )
    return stopped.rowcount


async def retry_failed(
    tx: AsyncConnection, announcement_id: str, now: float, *, posted: bool = False
) -> int:
    """Has everything of an announcement that failed tried again from the beginning.

    With `posted` only what is there: after a recall nothing else is to be done.
    """
    which = [delivery.c.announcement_id == announcement_id, delivery.c.state == Outcome.FAILED]
    if posted:
        which.append(delivery.c.remote_id != UNKNOWN_ID)
    again = await tx.execute(
        update(delivery)
        .where(*which)
        .values(
            # The engine decides what is to be done when it comes to it.
            task=case((delivery.c.remote_id.is_(None), Task.POST.value), else_=Task.UPDATE.value),
            state=Outcome.PENDING,
            due=now,
            updated_at=now,
            **_FIRST_ATTEMPT,
        )
    )
    return again.rowcount


_FIRST_ATTEMPT: Mapping[str, object] = {"attempts": 0, "first_attempt": None, "error": None}


def is_uncertain() -> ColumnElement[bool]:
    """Whether a copy may stand in a conversation that cannot be reached.

    The known post does not where the channel has said that it is there no more.
    """
    ended = [Outcome.FAILED, Outcome.GONE, Outcome.UNCERTAIN]
    missing = func.coalesce(delivery.c.error, "").startswith("post_missing")
    known = and_(delivery.c.remote_id.is_not(None), delivery.c.state.in_(ended), ~missing)
    return or_(delivery.c.doubts > 0, known)


async def counts(tx: AsyncConnection, announcement_id: str) -> dict[Outcome, int]:
    """How many deliveries are in which state.

    Always holds `delivered`, `gone`, `failed`, `pending` (which counts those under way and held
    up too) and `uncertain`; `held`, `stopped` and `deleted` when there are any. `uncertain` counts
    the conversations in which a copy may stand that cannot be reached, whatever their state, so
    that it overlaps with the others.
    """
    rows = await tx.execute(
        select(delivery.c.state, func.count(), func.sum(case((is_uncertain(), 1), else_=0)))
        .where(delivery.c.announcement_id == announcement_id)
        .group_by(delivery.c.state)
    )
    always = (Outcome.DELIVERED, Outcome.GONE, Outcome.FAILED, Outcome.PENDING, Outcome.UNCERTAIN)
    found: dict[Outcome, int] = dict.fromkeys(always, 0)
    for state, number, uncertain in rows:
        found[Outcome.UNCERTAIN] += int(uncertain)
        if state in WAITING:
            found[Outcome.PENDING] += number
        if state not in (Outcome.PENDING, Outcome.SENDING, Outcome.UNCERTAIN):
            found[Outcome(state)] = found.get(Outcome(state), 0) + number
    return found


async def listing(
    tx: AsyncConnection, announcement_id: str, limit: int, offset: int = 0
) -> Sequence[Row[tuple[object, ...]]]:
    """Deliveries by id: `id, kind, network, state, attempts, error, posted_version, doubts`,
    `uncertain`, `posted`, and `suspended_at` of their conversation.
    """
    wanted = ["id", "kind", "network", "state", "attempts", "error", "posted_version", "doubts"]
    columns: list[ColumnElement[Any]] = [delivery.c[name] for name in wanted]
    columns += [
        is_uncertain().label("uncertain"),
        delivery.c.remote_id.is_not(None).label("posted"),
        conversation.c.suspended_at,
    ]
    rows = await tx.execute(
        select(*columns)
        .select_from(delivery.outerjoin(conversation))
        .where(delivery.c.announcement_id == announcement_id)
        .order_by(delivery.c.id)
        .limit(limit)
        .offset(offset)
    )
    return rows.all()


@dataclass(frozen=True)
class Backlog:
    """What there is to do for the engines of all replicas."""

    now: float
    pending: bool
    """Whether deliveries wait to be claimed."""
    open: bool
    """Whether anything has not ended."""
    next_send: float | None
    """When the next scheduled announcement is due."""


async def backlog(tx: AsyncConnection, now: float) -> Backlog:
    """What there is to do at an instant; cheap where it is nothing."""
    pending = select(delivery.c.id).where(delivery.c.state == Outcome.PENDING).exists()
    under_way = select(delivery.c.id).where(delivery.c.state.in_(WAITING)).exists()
    unfinished = select(announcement.c.id).where(announcement.c.state == State.SENDING).exists()
    next_send = (
        select(func.min(announcement.c.send_at))
        .where(announcement.c.state == State.SCHEDULED)
        .scalar_subquery()
    )
    found = (await tx.execute(select(pending, under_way | unfinished, next_send))).one()
    return Backlog(now, bool(found[0]), bool(found[1]), found[2])


async def queue(tx: AsyncConnection, now: float) -> tuple[int, float]:
    """How many deliveries have not ended, and for how many seconds the oldest has been due."""
    since = func.min(func.coalesce(delivery.c.first_attempt, delivery.c.due))
    found = select(func.count(), since).where(delivery.c.state.in_(WAITING))
    depth, oldest = (await tx.execute(found)).one()
    return depth, max(0.0, now - oldest) if oldest is not None else 0.0
