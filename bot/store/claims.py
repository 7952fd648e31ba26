"""What the engine does with deliveries: claims them, writes down how they ended, settles.

A row that is `sending` belongs to one claim of one process: `owner` and `lease_until` say which,
and only that claim may end it. A replica that is lost leaves such rows behind;
`take_over` makes them pending again when their lease has ended, so a claim reads pending rows only.

A claim waits for the lock of a tenant's rate alone, and leaves every delivery and conversation that
it finds locked for later; a completion locks conversations before rates. So replicas do not wait
for each other in a circle.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, case, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.deliveries import WAITING
from bot.store.limits import conversation_slot, stored_conversation, stored_tenant
from bot.store.tables import announcement, conversation, delivery, rate

MAX_PAUSE = 3600.0
"""Seconds that a channel can hold up posts at most; a wish for more is cut to it."""

MAX_WAIT = 4 * 3600.0
"""Seconds that a delivery waits at most until it is tried again."""

AHEAD = 0.05
"""Seconds between a claim and the first slot that it reserves: time to commit it."""

_UNSETTLED = ("sending", "sent", "recalled", "cancelled")


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


@dataclass(frozen=True)
class Ended:
    """How a claim of one delivery ended."""

    claimed: Claimed
    state: str
    """delivered, deleted, gone, failed, stopped, or pending: to be tried again."""
    task: str | None = None
    version: int | None = None
    """What was tried, and the version of the announcement it was tried with; None for nothing."""
    remote_id: str | None = None
    remote_conversation: str | None = None
    error: str | None = None
    wait: float = 0.0
    """Seconds until it is tried again."""
    attempted: bool = True
    """Whether it counts as an attempt; a claim that is given back does not."""
    pause: float | None = None
    """Seconds for which the conversation is left alone."""
    pause_tenant: bool = False
    """Whether that holds for the whole tenant."""


def due_task(state: str, version: int, remote_id: str | None, posted: int | None) -> str | None:
    """What is left to do in one conversation, as an announcement stands now; None for nothing.

    `state` and `version` are the announcement's; `remote_id` and `posted` tell what is there.
    """
    if remote_id is None:
        return "post" if state in ("sending", "sent") else None
    if state == "recalled":
        return "delete"
    return "update" if posted is None or posted < version else None


async def take_over(
    tx: AsyncConnection, now: float, owner: str, *, name: str | None = None, alone: bool = False
) -> int:
    """Makes rows pending again that a lost process left behind: those with an ended lease.

    With `name`, also all of earlier processes of that replica; `alone` tells that there is no
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
        .where(delivery.c.state == "sending", delivery.c.owner != owner, theirs)
        .values(state="pending", owner=None, lease_until=None, due=now, updated_at=now)
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
    horizon: float,
) -> Claims:
    """Claims at most `free` deliveries that are due, and reserves the slot of each.

    `rate_limit` is in posts a second and tenant (0: none), `lease` and `horizon` in seconds; no
    slot lies further ahead than `horizon`.
    """
    ready, again_at = await _tenants(tx, now, rate_limit, horizon)
    claimed: list[Claimed] = []
    for tenant in ready:
        if len(claimed) == free:
            break
        claimed += await _claim_tenant(
            tx, now, tenant, free - len(claimed), rate_limit, horizon, now + lease
        )
    if claimed:
        await tx.execute(
            update(delivery)
            .where(delivery.c.id.in_([row.id for row in claimed]))
            .values(
                state="sending",
                owner=owner,
                lease_until=now + lease,
                attempts=delivery.c.attempts + 1,
                first_attempt=func.coalesce(delivery.c.first_attempt, now),
                updated_at=now,
            )
        )
    return Claims(now, tuple(claimed), now if ready else again_at)


async def _tenants(
    tx: AsyncConnection, now: float, rate_limit: float, horizon: float
) -> tuple[list[str], float | None]:
    """The tenants that may be posted in, the one that waited longest first; else when one may."""
    first_due = (
        select(func.min(delivery.c.due))
        .where(delivery.c.state == "pending", delivery.c.tenant == rate.c.tenant)
        .scalar_subquery()
    )
    found = select(rate.c.tenant, rate.c.next_post, rate.c.not_before, first_due)
    ready: list[tuple[float, str]] = []
    later: list[float] = []
    for tenant, next_post, not_before, due in await tx.execute(found):
        if due is None:
            continue
        # Slots are reserved anew when half of the horizon has been used.
        slot = stored_tenant(next_post, now, rate_limit, horizon) if rate_limit else now
        at = max(slot - horizon / 2, _bounded(not_before, now), _bounded(due, now, MAX_WAIT))
        if at <= now:
            ready.append((next_post, tenant))
        else:
            later.append(at)
    return [tenant for _, tenant in sorted(ready)], min(later, default=None)


def _bounded(instant: float, now: float, ahead: float = MAX_PAUSE) -> float:
    """An instant, unless it is further ahead than we ever write: then the clock was set back."""
    return instant if instant <= now + ahead + 1 else now


async def _claim_tenant(
    tx: AsyncConnection,
    now: float,
    tenant: str,
    free: int,
    rate_limit: float,
    horizon: float,
    lease_until: float,
) -> list[Claimed]:
    slot, step = now, 0.0
    if rate_limit:
        step = 1 / rate_limit
        limits = select(rate).where(rate.c.tenant == tenant).with_for_update()
        row = (await tx.execute(limits)).one()
        if _bounded(row.not_before, now) > now:
            return []
        slot = max(now + AHEAD, stored_tenant(row.next_post, now, rate_limit, horizon))
        free = min(free, 1 + int((now + horizon - slot) * rate_limit))
    if free <= 0:
        return []
    due = (
        select(delivery)
        .where(
            delivery.c.state == "pending",
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
        id: stored_conversation(place.next_post, now, horizon) for id, place in places.items()
    }
    waiting: dict[int, float] = {}
    claimed: list[Claimed] = []
    later: list[dict[str, object]] = []
    forgotten: list[int] = []
    for row in rows:
        if row.conversation_id is None:
            forgotten.append(row.id)
        elif place := places.get(row.conversation_id):
            wanted = max(slot, _bounded(place.not_before, now))
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
            .values(state="gone", updated_at=now)
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


async def complete(tx: AsyncConnection, now: float, owner: str, ended: Sequence[Ended]) -> None:
    """Writes down how claims ended, each unless it has been taken over meanwhile.

    What was posted is compared with what the announcement says by now: where it has been changed
    or taken back while the post was under way, the row is pending again with the next task.
    """
    # Shared with other completions; an edit or a recall waits, or we see what it did.
    standing = (
        select(announcement.c.id, announcement.c.state, announcement.c.version)
        .where(announcement.c.id.in_({one.claimed.announcement_id for one in ended}))
        .order_by(announcement.c.id)
        .with_for_update(read=True)
    )
    stands = {row.id: (row.state, row.version) for row in await tx.execute(standing)}
    rows = [
        _row(one, *stands[one.claimed.announcement_id], now)
        for one in sorted(ended, key=lambda one: one.claimed.id)
        if one.claimed.announcement_id in stands
    ]
    if rows:
        await tx.execute(_ENDING.where(delivery.c.owner == owner), rows)
    await _pause(tx, now, ended)
    if gone := [one.claimed.conversation.id for one in ended if one.state == "gone"]:
        await tx.execute(delete(conversation).where(conversation.c.id.in_(gone)))


_ENDING = (
    update(delivery)
    .where(
        delivery.c.id == bindparam("row"),
        delivery.c.state == "sending",
        delivery.c.lease_until == bindparam("lease"),
    )
    .values(
        state=bindparam("new_state"),
        task=bindparam("new_task"),
        due=bindparam("new_due"),
        attempts=bindparam("new_attempts"),
        first_attempt=bindparam("new_first_attempt"),
        posted_version=bindparam("new_version"),
        remote_id=bindparam("new_remote_id"),
        remote_conversation=bindparam("new_remote_conversation"),
        error=bindparam("new_error"),
        updated_at=bindparam("new_updated_at"),
        owner=None,
        lease_until=None,
    )
)


def _row(one: Ended, state: str, version: int, now: float) -> dict[str, object]:
    """What a delivery's row says after a claim that ended in this way."""
    claimed = one.claimed
    posted = one.version if one.state == "delivered" and one.task else claimed.posted_version
    # A channel may name a post by an empty string: that it is there is what counts.
    remote_id, remote_conversation = claimed.remote_id, claimed.remote_conversation
    if one.remote_id is not None:
        remote_id, remote_conversation = one.remote_id, one.remote_conversation
    attempts = claimed.attempts if one.attempted else claimed.attempts - 1
    first_attempt: float | None = claimed.first_attempt if attempts else None
    outcome = one.state
    task = due_task(state, version, remote_id, posted)
    if outcome in ("delivered", "stopped", "pending") and task is None:
        outcome = "stopped" if remote_id is None else "delivered"
    elif outcome in ("delivered", "stopped") or (
        # What failed is not tried again unless there is something else to try by now.
        outcome == "failed" and task is not None and (task, version) != (one.task, one.version)
    ):
        outcome, attempts, first_attempt = "pending", 0, None
    return {
        "row": claimed.id,
        "lease": claimed.lease_until,
        "new_state": outcome,
        "new_task": task or ("post" if remote_id is None else "update"),
        "new_due": now + one.wait,
        "new_attempts": attempts,
        "new_first_attempt": first_attempt,
        "new_version": posted,
        "new_remote_id": _storable(remote_id, 512),
        "new_remote_conversation": _storable(remote_conversation, 512),
        "new_error": _storable(one.error, 300),
        "new_updated_at": now,
    }


def _storable(text: str | None, limit: int) -> str | None:
    """What a channel said, so that no database refuses the whole batch because of it."""
    return None if text is None else text[:limit].replace("\0", "")


async def _pause(tx: AsyncConnection, now: float, ended: Iterable[Ended]) -> None:
    places: dict[int, float] = {}
    tenants: dict[str, float] = {}
    for one in ended:
        if one.pause is not None:
            until = now + min(one.pause, MAX_PAUSE)
            place = one.claimed.conversation
            places[place.id] = max(until, places.get(place.id, 0.0))
            if one.pause_tenant:
                tenants[place.tenant] = max(until, tenants.get(place.tenant, 0.0))
    for id, until in sorted(places.items()):
        await tx.execute(
            update(conversation)
            .where(conversation.c.id == id, conversation.c.not_before < until)
            .values(not_before=until)
        )
    for tenant, until in sorted(tenants.items()):
        await tx.execute(
            update(rate)
            .where(rate.c.tenant == tenant, rate.c.not_before < until)
            .values(not_before=until)
        )


async def settle(tx: AsyncConnection, now: float) -> list[str]:
    """Ends announcements of which nothing waits any more; gives their ids.

    One that was sending is `sent`; or `failed` if nobody got it, and not because the bot had been
    removed everywhere or nobody follows.
    """
    waits = select(delivery.c.id).where(
        delivery.c.announcement_id == announcement.c.id, delivery.c.state.in_(WAITING)
    )
    over = (announcement.c.finished_at.is_(None), announcement.c.state.in_(_UNSETTLED))
    found = select(announcement.c.id).where(*over, ~waits.exists()).order_by(announcement.c.id)
    ids = (
        (await tx.execute(found.with_for_update(skip_locked=True, key_share=True))).scalars().all()
    )
    if not ids:
        return []
    # Asked again now that the rows are ours: what was put in meanwhile has been committed.
    of_it = select(delivery.c.id).where(delivery.c.announcement_id == announcement.c.id)
    reached = of_it.where(delivery.c.state.in_(["delivered", "deleted"])).exists()
    failed = of_it.where(delivery.c.state == "failed").exists()
    ended = await tx.execute(
        update(announcement)
        .where(announcement.c.id.in_(ids), *over, ~waits.exists())
        .values(
            state=case(
                (announcement.c.state != "sending", announcement.c.state),
                (and_(failed, ~reached), "failed"),
                else_="sent",
            ),
            finished_at=now,
        )
        .returning(announcement.c.id)
    )
    return list(ended.scalars())
