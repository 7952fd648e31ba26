"""Conversations that answer as gone: suspended, taken for disturbed, revived, and dropped late.

A channel says by a named code that the bot is not there. That is believed slowly, since there have
been days on which it was said of living ones:

- The conversation is *suspended*: shown as unreachable, and tried again with each announcement.
- Where many of a tenant are suspended within minutes, it is an *outage* of the channel. Nobody is
  suspended for it; those conversations are held up, and one of them at a time is tried, after
  seconds, then minutes. As soon as one can be reached all are tried again.
- A post that arrives, or anything that comes from the conversation, revives it.
- It is dropped by `drop_gone` when it was said on GONE_DAYS days, and not on the last of them.

Everything here works inside a transaction of the caller.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, bindparam, case, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import record
from bot.store.states import Outcome, State
from bot.store.tables import announcement, conversation, delivery, rate
from bot.store.upsert import insert_into

GONE_DAYS = 3
"""Days on which a conversation has to answer as gone until it is dropped."""

DAY = 20 * 3600.0
"""Seconds after which such an answer counts as one of another day."""

OUTAGE_WINDOW = 300.0
"""Seconds in which conversations have to be suspended to be an outage together."""

OUTAGE_SHARE = 0.1
OUTAGE_LEAST = 5
"""More than that share of a tenant's conversations, and at least so many, are an outage."""

OUTAGE_END = 3 * 24 * 3600.0
"""Seconds after which what still answers as gone is suspended after all."""

FIRST_PROBE = 5.0
LONGEST_PROBE = 300.0
"""Seconds between two tries of a tenant's outage: doubled from the first to the longest."""

_REACHED: Mapping[str, Any] = {
    "suspended_at": None,
    "gone_at": None,
    "gone_days": 0,
    "gone_code": None,
    "outage_since": None,
}


@dataclass(frozen=True)
class Reached:
    """What answers of one transaction changed, for the log."""

    suspended: int = 0
    """Conversations that were suspended, and not held up."""
    outages: tuple[str, ...] = ()
    """Tenants in which an outage began."""
    recovered: tuple[str, ...] = ()
    """Tenants whose outage is over."""


def failing(place: Row[Any]) -> bool:
    """Whether a conversation was suspended or held up when its row was read."""
    return bool(place.suspended_at or place.outage_since or place.gone_days)


async def answered(
    tx: AsyncConnection,
    now: float,
    reached: Collection[Row[Any]],
    gone: Mapping[int, tuple[Row[Any], str]],
) -> Reached:
    """Notes what posts of this transaction found; their rows are stored already.

    `reached` are conversations with a post that arrived; `gone` the others, by the id of the
    delivery, with the channel's code.
    """
    recovered = await _revive(tx, now, [place for place in reached if failing(place)])
    gone = await _without_earlier(tx, now, gone)
    if not gone:
        return Reached(recovered=recovered)
    suspended = await _suspend(tx, now, gone)
    outages = []
    for tenant in sorted({place.tenant for place, _ in gone.values()}):
        await _add_rate(tx, tenant)
        # Its lock makes replicas count one after the other.
        await tx.execute(select(rate).where(rate.c.tenant == tenant).with_for_update())
        if await _is_outage(tx, tenant, now):
            if await _hold(tx, tenant, now):
                outages.append(tenant)
            suspended = 0
    await _hold_deliveries(tx, now, delivery.c.id.in_(sorted(gone)))
    return Reached(suspended, tuple(outages), recovered)


async def _add_rate(tx: AsyncConnection, tenant: str) -> None:
    """A tenant has one since its first delivery, but for one that a conversation has moved to."""
    values = {"tenant": tenant, "next_post": 0.0, "not_before": 0.0}
    await tx.execute(insert_into(tx, rate).values(values).on_conflict_do_nothing())


async def _without_earlier(
    tx: AsyncConnection, now: float, gone: Mapping[int, tuple[Row[Any], str]]
) -> Mapping[int, tuple[Row[Any], str]]:
    """The answers without those from before an outage ended: these are tried again as all are."""
    tried = [place.id for place, _ in gone.values() if place.outage_since is not None]
    if not tried:
        return gone
    over = select(conversation.c.id).where(
        conversation.c.id.in_(tried),
        conversation.c.outage_since.is_(None),
        conversation.c.suspended_at.is_(None),
    )
    ended = set((await tx.scalars(over)).all())
    earlier = [id for id, (place, _) in gone.items() if place.id in ended]
    await tx.execute(
        update(delivery)
        .where(delivery.c.id.in_(earlier), delivery.c.state == Outcome.GONE)
        .values(_tried_anew(now))
    )
    return {id: found for id, found in gone.items() if id not in earlier}


async def _suspend(
    tx: AsyncConnection, now: float, gone: Mapping[int, tuple[Row[Any], str]]
) -> int:
    """Suspends what answered as gone and is in no outage, or in one for too long."""
    another_day = or_(conversation.c.gone_at.is_(None), conversation.c.gone_at <= now - DAY)
    codes = {place.id: code for place, code in gone.values()}
    done = await tx.execute(
        update(conversation)
        .where(conversation.c.id == bindparam("place"), conversation.c.outage_since.is_(None))
        .values(
            suspended_at=func.coalesce(conversation.c.suspended_at, now),
            gone_days=conversation.c.gone_days + case((another_day, 1), else_=0),
            gone_at=case((another_day, now), else_=conversation.c.gone_at),
            gone_code=bindparam("code"),
        ),
        [{"place": id, "code": code[:64]} for id, code in sorted(codes.items())],
    )
    # Long ago, so that it is not taken for a new outage.
    patient = conversation.c.outage_since <= now - OUTAGE_END
    late = await tx.execute(
        update(conversation)
        .where(conversation.c.id.in_(sorted(codes)), patient)
        .values(
            suspended_at=conversation.c.outage_since, outage_since=None, gone_days=1, gone_at=now
        )
    )
    return max(done.rowcount, 0) + late.rowcount


async def _is_outage(tx: AsyncConnection, tenant: str, now: float) -> bool:
    """Whether so many of a tenant were suspended lately that it can't be true of each."""
    lately = func.sum(case((conversation.c.suspended_at > now - OUTAGE_WINDOW, 1), else_=0))
    held = func.sum(case((conversation.c.outage_since.is_not(None), 1), else_=0))
    counted = select(func.count(), lately, held).where(conversation.c.tenant == tenant)
    total, new, waiting = (await tx.execute(counted)).one()
    # Whoever answers so while others are held up for it belongs to them.
    return bool(new) and (bool(waiting) or (new >= OUTAGE_LEAST and new > OUTAGE_SHARE * total))


async def _hold(tx: AsyncConnection, tenant: str, now: float) -> bool:
    """Takes the suspensions of the last minutes back, and has their deliveries held up.

    Whether the outage begins with it.
    """
    since = await tx.scalar(
        select(func.min(conversation.c.outage_since)).where(conversation.c.tenant == tenant)
    )
    theirs = and_(
        conversation.c.tenant == tenant, conversation.c.suspended_at > now - OUTAGE_WINDOW
    )
    ids = (await tx.scalars(select(conversation.c.id).where(theirs))).all()
    counted = conversation.c.gone_at > now - OUTAGE_WINDOW
    await tx.execute(
        update(conversation)
        .where(conversation.c.id.in_(ids))
        .values(
            outage_since=now if since is None else since,
            suspended_at=None,
            gone_days=conversation.c.gone_days - case((counted, 1), else_=0),
            gone_at=case((counted, None), else_=conversation.c.gone_at),
        )
    )
    if since is None:
        await tx.execute(
            update(rate)
            .where(rate.c.tenant == tenant)
            .values(outage_since=now, probe_at=now + FIRST_PROBE, probe_wait=FIRST_PROBE)
        )
    lately = delivery.c.updated_at > now - OUTAGE_WINDOW
    await _hold_deliveries(tx, now, and_(delivery.c.conversation_id.in_(ids), lately))
    return since is None


async def _hold_deliveries(tx: AsyncConnection, now: float, which: Any) -> None:
    """Has first posts that ended as gone wait, where their conversation is in an outage."""
    goes_on = select(announcement.c.id).where(
        announcement.c.state.in_([State.SENDING, State.SENT, State.FAILED])
    )
    waits = select(conversation.c.id).where(conversation.c.outage_since.is_not(None))
    held = await tx.execute(
        update(delivery)
        .where(
            which,
            delivery.c.state == Outcome.GONE,
            delivery.c.remote_id.is_(None),
            delivery.c.conversation_id.in_(waits),
            delivery.c.announcement_id.in_(goes_on),
        )
        .values(state=Outcome.HELD, due=now, updated_at=now)
        .returning(delivery.c.announcement_id)
    )
    ids = sorted(set(held.scalars()))
    if ids:
        await tx.execute(
            update(announcement)
            .where(announcement.c.id.in_(ids), announcement.c.state.in_([State.SENT, State.FAILED]))
            .values(state=State.SENDING, finished_at=None, updated_at=now)
        )


async def _revive(tx: AsyncConnection, now: float, places: Sequence[Row[Any]]) -> tuple[str, ...]:
    """Conversations can be reached; with one of an outage, all that wait in its tenant go on."""
    if not places:
        return ()
    ids = sorted(place.id for place in places)
    outages = (
        select(conversation.c.tenant)
        .where(conversation.c.id.in_(ids), conversation.c.outage_since.is_not(None))
        .distinct()
    )
    tenants = sorted((await tx.scalars(outages)).all())
    await tx.execute(update(conversation).where(conversation.c.id.in_(ids)).values(dict(_REACHED)))
    for tenant in tenants:
        await tx.execute(
            update(conversation)
            .where(conversation.c.tenant == tenant, conversation.c.outage_since.is_not(None))
            .values(outage_since=None)
        )
        await _forget_outage(tx, tenant)
        theirs = select(conversation.c.id).where(conversation.c.tenant == tenant)
        await _release(tx, now, delivery.c.conversation_id.in_(theirs))
    return tuple(tenants)


def _tried_anew(now: float) -> dict[str, Any]:
    """The columns of a delivery that goes on: what was held was not tried, so its patience begins
    anew.
    """
    return {
        "state": Outcome.PENDING,
        "due": now,
        "attempts": 0,
        "first_attempt": None,
        "updated_at": now,
    }


async def _release(tx: AsyncConnection, now: float, which: Any) -> int:
    """Has held deliveries tried; gives how many."""
    released = await tx.execute(
        update(delivery).where(which, delivery.c.state == Outcome.HELD).values(_tried_anew(now))
    )
    return released.rowcount


async def release_begun(tx: AsyncConnection, now: float, announcement_ids: set[str]) -> None:
    """Has what is held of announcements end, since their meetings have begun."""
    if announcement_ids:
        await _release(tx, now, delivery.c.announcement_id.in_(sorted(announcement_ids)))


async def revive(tx: AsyncConnection, now: float, ids: Iterable[int]) -> None:
    """Something came from conversations: they live, and what waits for them goes on."""
    wanted = select(conversation).where(conversation.c.id.in_([*ids])).order_by(conversation.c.id)
    found = (await tx.execute(wanted.with_for_update())).all()
    failing_ones = [place for place in found if failing(place)]
    await _revive(tx, now, failing_ones)


async def probe(tx: AsyncConnection, now: float) -> int:
    """Lets one held delivery of each outage go whose time has come; gives how many.

    All go whose conversation is in no outage, since they were made in the moment in which it ended,
    or in one for too long: what then still answers as gone is suspended.
    """
    waits = select(conversation.c.id).where(
        conversation.c.id == delivery.c.conversation_id,
        conversation.c.outage_since > now - OUTAGE_END,
    )
    freed = await _release(tx, now, ~waits.exists())
    due = (
        select(rate)
        .where(rate.c.outage_since.is_not(None), rate.c.probe_at <= now)
        .order_by(rate.c.tenant)
        .with_for_update(skip_locked=True)
    )
    released = freed
    for limits in (await tx.execute(due)).all():
        held = (
            select(delivery.c.id)
            .join(conversation)
            # A conversation may be of another tenant by now than its delivery.
            .where(conversation.c.tenant == limits.tenant, delivery.c.state == Outcome.HELD)
            .order_by(delivery.c.updated_at, delivery.c.id)
            .limit(1)
        )
        one = await tx.scalar(held)
        if one is not None:
            await _release(tx, now, delivery.c.id == one)
            released += 1
        elif not await _is_waited_for(tx, limits.tenant):
            await _forget_outage(tx, limits.tenant)
            continue
        wait = min(2 * (limits.probe_wait or FIRST_PROBE), LONGEST_PROBE)
        await tx.execute(
            update(rate)
            .where(rate.c.tenant == limits.tenant)
            .values(probe_at=now + wait, probe_wait=wait)
        )
    return released


async def _is_waited_for(tx: AsyncConnection, tenant: str) -> bool:
    """Whether conversations of a tenant are in an outage, though nothing is held for them."""
    theirs = (conversation.c.tenant == tenant, conversation.c.outage_since.is_not(None))
    return await tx.scalar(select(conversation.c.id).where(*theirs).limit(1)) is not None


async def _forget_outage(tx: AsyncConnection, tenant: str) -> None:
    await tx.execute(
        update(rate)
        .where(rate.c.tenant == tenant)
        .values(outage_since=None, probe_at=None, probe_wait=None)
    )


async def drop_gone(tx: AsyncConnection, now: float) -> int:
    """Drops conversations that answered as gone on enough days, the last of them past.

    What they followed is recorded as given up. Gives how many.
    """
    gone = (
        conversation.c.suspended_at.is_not(None),
        conversation.c.gone_days >= GONE_DAYS,
        conversation.c.gone_at <= now - DAY,
    )
    await record.add_removed(tx, now, *gone, action=record.Action.GIVEN_UP)
    return (await tx.execute(delete(conversation).where(*gone))).rowcount
