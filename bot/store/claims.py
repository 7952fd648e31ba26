"""Claims of deliveries by the engine; how they end is in `completions`.

A row that is `sending` belongs to one claim of one process: `owner` and `claim` say which, and only
that claim may end it. A claim is a lease, which its process renews while it works on the row. A
replica that is lost leaves such rows behind; `take_over` makes them pending again when their lease
has ended, so a claim reads pending rows only.

A row is claimed some moments before its post leaves. `leave` marks it in between, so that after a
crash only what may have left is in doubt.

A claim waits for the lock of a tenant's rate alone, and leaves every delivery and conversation that
it finds locked for later; a completion locks conversations before rates. So replicas do not wait
for each other in a circle.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import pauses
from bot.store.limits import (
    conversation_slot,
    places_left,
    stored_conversation,
    stored_tenant,
)
from bot.store.states import MOST_DOUBTS, Outcome
from bot.store.tables import conversation, delivery, rate

MAX_PAUSE = 3600.0
"""Seconds that a channel can hold up posts at most; a wish for more is cut to it."""

UNTRIED = 2 * MAX_PAUSE
"""Seconds after which a row that nobody has touched (no server ran, sending was paused) has its
patience begin anew: none of that time was its channel's."""

COMMIT_MARGIN = 0.05
"""Seconds between a claim and the first slot that it reserves: time to commit it."""

TAKEN_OVER_WAIT = 2.0
"""Seconds until a row is claimed again whose post may have left before its process was lost."""


@dataclass(frozen=True)
class Claimed:
    """A delivery that is ours until its lease ends, with its conversation."""

    id: int
    announcement_id: str
    tenant: str
    """Under which its places and slots count; that of the conversation may have changed since."""
    claim: int
    """Which claim of its owner."""
    attempts: int
    """This one included."""
    first_attempt: float
    slot: float
    """When it may be posted, by the clock of the database."""
    posted_version: int | None
    remote_id: str | None
    """The known copy; an empty string where it is posted and its id unknown."""
    remote_conversation: str | None
    doubts: int
    """How many copies may stand whose id is unknown."""
    network: str
    conversation: Row[Any]


@dataclass(frozen=True)
class Claims:
    """What one claim got."""

    now: float
    rows: tuple[Claimed, ...]
    again_at: float | None
    """When there is something to claim again; None when nothing waits, but for a free place."""


def left_behind(
    now: float,
    owner: str,
    *,
    name: str | None = None,
    alone: bool = False,
    working: Collection[int] = (),
) -> ColumnElement[bool]:
    """Whether a row was left behind: by a lost process, or by a claim whose answer was lost.

    One of another owner with an ended lease, or of this one unless it is among the ids that are
    `working`. With `name`, also all of earlier processes of that replica; `alone`: there is no
    other replica, so that every row of another owner is a lost one.
    """
    theirs: ColumnElement[bool] = delivery.c.lease_until <= now
    others = delivery.c.owner != owner
    if alone:
        theirs = or_(theirs, others)
    elif name is not None:
        theirs = or_(theirs, delivery.c.owner.startswith(f"{name}/", autoescape=True))
    mine = and_(delivery.c.owner == owner, delivery.c.id.not_in(sorted(working)))
    return and_(delivery.c.state == Outcome.SENDING, theirs, or_(others, mine))


async def ids_of(tx: AsyncConnection, which: ColumnElement[bool]) -> Sequence[int]:
    """The ids of rows."""
    return (await tx.scalars(select(delivery.c.id).where(which))).all()


async def take_over(tx: AsyncConnection, now: float, which: ColumnElement[bool]) -> int:
    """Makes rows pending again that were `left_behind`; gives their number.

    A first post that may have left is in doubt from now on, and is not tried a third time.
    """
    in_doubt = and_(delivery.c.leaving, delivery.c.remote_id.is_(None))
    taken = await tx.execute(
        update(delivery)
        .where(which)
        .values(
            state=case(
                (and_(in_doubt, delivery.c.doubts + 1 >= MOST_DOUBTS), Outcome.UNCERTAIN.value),
                else_=Outcome.PENDING.value,
            ),
            doubts=delivery.c.doubts + case((in_doubt, 1), else_=0),
            due=now + case((in_doubt, TAKEN_OVER_WAIT), else_=0.0),
            error=case(
                (in_doubt, "in_doubt: the program was ended during the post"),
                else_=delivery.c.error,
            ),
            updated_at=now,
            **FREED,
        )
    )
    return taken.rowcount


FREED: Mapping[str, Any] = {"owner": None, "claim": None, "lease_until": None, "leaving": False}
"""The columns of a claim, in a row that is nobody's."""


async def claim(
    tx: AsyncConnection,
    now: float,
    *,
    owner: str,
    number: int,
    places: int,
    under_way: Mapping[str, int],
    rate_limit: float,
    lease: float,
    window: float,
) -> Claims:
    """Claims deliveries that are due, and reserves the slot of each.

    `number` tells this claim from the others of its owner. `places` are for all posts at once, of
    which `under_way` are taken, by tenant. `rate_limit` is in posts a second and tenant (0: none),
    `lease` and `window` in seconds; no slot lies further ahead than `window`.
    """
    ready, again_at = await _tenants(tx, now, rate_limit, window)
    taken, full = dict(under_way), 0
    claimed: list[Claimed] = []
    for tenant in ready:
        room = places_left(places, taken, tenant)
        if not room:
            full += 1
            continue
        got = await _claim_tenant(tx, now, number, tenant, room, rate_limit, window)
        claimed += got
        taken[tenant] = taken.get(tenant, 0) + len(got)
    if claimed:
        await tx.execute(
            update(delivery)
            .where(delivery.c.id.in_([row.id for row in claimed]))
            .values(
                state=Outcome.SENDING,
                owner=owner,
                claim=number,
                leaving=False,
                lease_until=now + lease,
                attempts=delivery.c.attempts + 1,
                first_attempt=case(
                    (
                        or_(
                            delivery.c.first_attempt.is_(None),
                            delivery.c.updated_at < now - UNTRIED,
                        ),
                        now,
                    ),
                    else_=delivery.c.first_attempt,
                ),
                updated_at=now,
            )
        )
    return Claims(now, tuple(claimed), now if len(ready) > full else again_at)


async def leave(
    tx: AsyncConnection, now: float, owner: str, rows: Iterable[Claimed], lease: float
) -> set[int]:
    """Marks rows whose posts leave now, and renews their leases; gives the ids that still may.

    Those that are missing have been taken over meanwhile, or are paused.
    """
    by_claim: dict[int, list[int]] = {}
    for row in rows:
        by_claim.setdefault(row.claim, []).append(row.id)
    ids: set[int] = set()
    for number, claimed in sorted(by_claim.items()):
        left = await tx.execute(
            update(delivery)
            .where(
                delivery.c.id.in_(sorted(claimed)),
                delivery.c.state == Outcome.SENDING,
                delivery.c.owner == owner,
                delivery.c.claim == number,
                ~pauses.holds(delivery.c.tenant),
            )
            .values(leaving=True, lease_until=now + lease, updated_at=now)
            .returning(delivery.c.id)
        )
        ids.update(left.scalars())
    return ids


async def renew(
    tx: AsyncConnection, now: float, owner: str, ids: Sequence[int], lease: float
) -> None:
    """Renews the leases of what a process is still working on."""
    await tx.execute(
        update(delivery)
        .where(
            delivery.c.id.in_(ids),
            delivery.c.state == Outcome.SENDING,
            delivery.c.owner == owner,
        )
        .values(lease_until=now + lease, updated_at=now)
    )


async def forget_future(tx: AsyncConnection, now: float, lease: float) -> None:
    """Makes instants past that were written before the clock was set back.

    A row that was written in the future says nothing of when it is due. Whoever holds a lease has
    as long as that to renew it.
    """
    ahead = now + 1.0
    await tx.execute(
        update(delivery)
        .where(delivery.c.state == Outcome.PENDING, delivery.c.updated_at > ahead)
        .values(due=now, updated_at=now, first_attempt=_at_most(delivery.c.first_attempt, now))
    )
    await tx.execute(
        update(delivery)
        .where(delivery.c.state == Outcome.SENDING, delivery.c.updated_at > ahead)
        .values(lease_until=_at_most(delivery.c.lease_until, now + lease), updated_at=now)
    )
    await tx.execute(
        update(conversation)
        .where(conversation.c.paused_at > ahead)
        .values(not_before=0.0, paused_at=0.0)
    )
    for column in (
        conversation.c.gone_at,
        conversation.c.suspended_at,
        conversation.c.outage_since,
        rate.c.outage_since,
    ):
        await tx.execute(update(column.table).where(column > ahead).values({column: now}))
    await tx.execute(
        update(rate).where(rate.c.paused_at > ahead).values(not_before=0.0, paused_at=0.0)
    )
    await tx.execute(
        update(rate)
        .where(rate.c.probe_at > now + func.coalesce(rate.c.probe_wait, 0.0))
        .values(probe_at=now)
    )


def _at_most(column: ColumnElement[Any], highest: float) -> ColumnElement[Any]:
    return case((column > highest, highest), else_=column)


async def _tenants(
    tx: AsyncConnection, now: float, rate_limit: float, window: float
) -> tuple[list[str], float | None]:
    """The tenants that may be posted in, the one that waited longest first; else when one may."""
    first_due = (
        select(func.min(delivery.c.due))
        .where(delivery.c.state == Outcome.PENDING, delivery.c.tenant == rate.c.tenant)
        .scalar_subquery()
    )
    found = select(rate.c.tenant, rate.c.next_post, rate.c.not_before, first_due)
    ready: list[tuple[float, str]] = []
    later: list[float] = []
    for tenant, next_post, not_before, due in await tx.execute(
        found.where(~pauses.holds(rate.c.tenant))
    ):
        if due is None:
            continue
        # Slots are reserved anew when half of the window has been used.
        slot = stored_tenant(next_post, now, rate_limit, window) if rate_limit else now
        at = max(slot - window / 2, not_before, due)
        if at <= now:
            ready.append((next_post, tenant))
        else:
            later.append(at)
    return [tenant for _, tenant in sorted(ready)], min(later, default=None)


async def _claim_tenant(
    tx: AsyncConnection,
    now: float,
    number: int,
    tenant: str,
    free: int,
    rate_limit: float,
    window: float,
) -> list[Claimed]:
    slot, step = now, 0.0
    if rate_limit:
        step = 1 / rate_limit
        limits = select(rate).where(rate.c.tenant == tenant).with_for_update()
        row = (await tx.execute(limits)).one()
        if row.not_before > now:
            return []
        slot = max(now + COMMIT_MARGIN, stored_tenant(row.next_post, now, rate_limit, window))
        free = min(free, 1 + int((now + window - slot) * rate_limit))
    if free <= 0:
        return []
    due = (
        select(delivery)
        .where(
            delivery.c.state == Outcome.PENDING,
            delivery.c.tenant == tenant,
            delivery.c.due <= now,
        )
        .order_by(delivery.c.due)
        .limit(free)
        .with_for_update(skip_locked=True, key_share=True)
    )
    rows = (await tx.execute(due)).all()
    places = await _conversations(tx, {row.conversation_id for row in rows} - {None})
    next_posts = {
        id: stored_conversation(place.next_post, now, window) for id, place in places.items()
    }
    waiting: dict[int, float] = {}
    claimed: list[Claimed] = []
    later: list[dict[str, object]] = []
    forgotten: list[int] = []
    for row in rows:
        if row.conversation_id is None:
            forgotten.append(row.id)
        elif place := places.get(row.conversation_id):
            wanted = max(slot, place.not_before)
            reserved = waiting.get(place.id, next_posts[place.id])
            at, next_post = conversation_slot(reserved, wanted)
            if at > slot or place.id in waiting:
                # Only when it is due will it be reserved; those that wait there queue up.
                waiting[place.id] = next_post
                later.append({"row": row.id, "at": at})
                continue
            next_posts[place.id] = next_post
            claimed.append(_claimed(row, place, number, now, slot))
            slot += step
        # Else another replica is posting there: its row stays as it is.
    if forgotten:
        await tx.execute(
            update(delivery)
            .where(delivery.c.id.in_(forgotten))
            .values(state=Outcome.GONE, updated_at=now)
        )
    if later:
        await tx.execute(
            update(delivery)
            .where(delivery.c.id == bindparam("row"))
            .values(due=bindparam("at"), updated_at=now),
            later,
        )
    if claimed:
        used = {row.conversation.id: next_posts[row.conversation.id] for row in claimed}
        await tx.execute(
            update(conversation)
            .where(conversation.c.id == bindparam("place"))
            .values(next_post=bindparam("at")),
            [{"place": id, "at": at} for id, at in used.items()],
        )
        if rate_limit:
            await tx.execute(update(rate).where(rate.c.tenant == tenant).values(next_post=slot))
    return claimed


def _begins_anew(row: Row[Any], now: float) -> bool:
    return row.first_attempt is None or row.updated_at < now - UNTRIED


def _claimed(row: Row[Any], place: Row[Any], number: int, now: float, slot: float) -> Claimed:
    return Claimed(
        id=row.id,
        announcement_id=row.announcement_id,
        tenant=row.tenant,
        claim=number,
        attempts=row.attempts + 1,
        first_attempt=now if _begins_anew(row, now) else row.first_attempt,
        slot=slot,
        posted_version=row.posted_version,
        remote_id=row.remote_id,
        remote_conversation=row.remote_conversation,
        doubts=row.doubts,
        network=row.network,
        conversation=place,
    )


async def _conversations(tx: AsyncConnection, ids: set[int]) -> dict[int, Row[Any]]:
    if not ids:
        return {}
    wanted = (
        select(conversation)
        .where(conversation.c.id.in_(ids))
        .with_for_update(skip_locked=True, key_share=True)
    )
    return {place.id: place for place in await tx.execute(wanted)}
