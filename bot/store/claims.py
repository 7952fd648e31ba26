"""Claims of deliveries by the engine; how they end is in `completions`.

A row that is `sending` belongs to one claim of one process: `owner` and `lease_until` say which,
and only that claim may end it. A replica that is lost leaves such rows behind;
`take_over` makes them pending again when their lease has ended, so a claim reads pending rows only.

A claim waits for the lock of a tenant's rate alone, and leaves every delivery and conversation that
it finds locked for later; a completion locks conversations before rates. So replicas do not wait
for each other in a circle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.limits import conversation_slot, plausible, stored_conversation, stored_tenant
from bot.store.states import Outcome
from bot.store.tables import conversation, delivery, rate

MAX_PAUSE = 3600.0
"""Seconds that a channel can hold up posts at most; a wish for more is cut to it."""

MAX_WAIT = 4 * 3600.0
"""Seconds that a delivery waits at most until it is tried again."""

COMMIT_MARGIN = 0.05
"""Seconds between a claim and the first slot that it reserves: time to commit it."""


@dataclass(frozen=True)
class Claimed:
    """A delivery that is ours until its lease ends, with its conversation."""

    id: int
    announcement_id: str
    attempts: int
    """This one included."""
    first_attempt: float
    slot: float
    """When it may be posted, by the clock of the database."""
    lease_until: float
    posted_version: int | None
    remote_id: str | None
    remote_conversation: str | None
    network: str
    conversation: Row[Any]


@dataclass(frozen=True)
class Claims:
    """What one claim got."""

    now: float
    rows: tuple[Claimed, ...]
    again_at: float | None
    """When there is something to claim again; None when nothing waits."""


async def take_over(
    tx: AsyncConnection, now: float, owner: str, *, name: str | None = None, alone: bool = False
) -> int:
    """Makes rows pending again that a lost process left behind: those with an ended lease.

    With `name`, also all of earlier processes of that replica; `alone`: there is no
    other replica, so that every row of another owner is a lost one. Gives their number.
    """
    theirs: ColumnElement[bool] = or_(
        delivery.c.lease_until <= now, delivery.c.lease_until > now + MAX_PAUSE
    )
    if alone:
        theirs = delivery.c.owner != owner
    elif name is not None:
        theirs = or_(theirs, delivery.c.owner.startswith(f"{name}/", autoescape=True))
    lost = await tx.execute(
        update(delivery)
        .where(delivery.c.state == Outcome.SENDING, delivery.c.owner != owner, theirs)
        .values(state=Outcome.PENDING, owner=None, lease_until=None, due=now, updated_at=now)
    )
    return lost.rowcount


async def claim(
    tx: AsyncConnection,
    now: float,
    *,
    owner: str,
    free: int,
    rate_limit: float,
    lease: float,
    window: float,
) -> Claims:
    """Claims at most `free` deliveries that are due, and reserves the slot of each.

    `rate_limit` is in posts a second and tenant (0: none), `lease` and `window` in seconds; no
    slot lies further ahead than `window`.
    """
    ready, again_at = await _tenants(tx, now, rate_limit, window)
    claimed: list[Claimed] = []
    for tenant in ready:
        if len(claimed) == free:
            break
        claimed += await _claim_tenant(
            tx, now, tenant, free - len(claimed), rate_limit, window, now + lease
        )
    if claimed:
        await tx.execute(
            update(delivery)
            .where(delivery.c.id.in_([row.id for row in claimed]))
            .values(
                state=Outcome.SENDING,
                owner=owner,
                lease_until=now + lease,
                attempts=delivery.c.attempts + 1,
                first_attempt=func.coalesce(delivery.c.first_attempt, now),
                updated_at=now,
            )
        )
    return Claims(now, tuple(claimed), now if ready else again_at)


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
    for tenant, next_post, not_before, due in await tx.execute(found):
        if due is None:
            continue
        # Slots are reserved anew when half of the window has been used.
        slot = stored_tenant(next_post, now, rate_limit, window) if rate_limit else now
        at = max(
            slot - window / 2, plausible(not_before, now, MAX_PAUSE), plausible(due, now, MAX_WAIT)
        )
        if at <= now:
            ready.append((next_post, tenant))
        else:
            later.append(at)
    return [tenant for _, tenant in sorted(ready)], min(later, default=None)


async def _claim_tenant(
    tx: AsyncConnection,
    now: float,
    tenant: str,
    free: int,
    rate_limit: float,
    window: float,
    lease_until: float,
) -> list[Claimed]:
    slot, step = now, 0.0
    if rate_limit:
        step = 1 / rate_limit
        limits = select(rate).where(rate.c.tenant == tenant).with_for_update()
        row = (await tx.execute(limits)).one()
        if plausible(row.not_before, now, MAX_PAUSE) > now:
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
            or_(delivery.c.due <= now, delivery.c.due > now + MAX_WAIT + 1),
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
            wanted = max(slot, plausible(place.not_before, now, MAX_PAUSE))
            reserved = waiting.get(place.id, next_posts[place.id])
            at, next_post = conversation_slot(reserved, wanted)
            if at > slot or place.id in waiting:
                # Only when it is due will it be reserved; those that wait there queue up.
                waiting[place.id] = next_post
                later.append({"row": row.id, "at": at})
                continue
            next_posts[place.id] = next_post
            claimed.append(_claimed(row, place, now, slot, lease_until))
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
            update(delivery).where(delivery.c.id == bindparam("row")).values(due=bindparam("at")),
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


def _claimed(
    row: Row[Any], place: Row[Any], now: float, slot: float, lease_until: float
) -> Claimed:
    return Claimed(
        id=row.id,
        announcement_id=row.announcement_id,
        attempts=row.attempts + 1,
        first_attempt=now if row.first_attempt is None else row.first_attempt,
        slot=slot,
        lease_until=lease_until,
        posted_version=row.posted_version,
        remote_id=row.remote_id,
        remote_conversation=row.remote_conversation,
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
