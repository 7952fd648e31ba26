"""Completions: how claims of deliveries end, and with the last of them their announcement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, bindparam, case, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.claims import MAX_PAUSE, Claimed
from bot.store.states import POSTED, WAITING, Outcome, State, Task
from bot.store.tables import announcement, conversation, delivery, rate

_MAY_FINISH = (State.SENDING, State.SENT, State.RECALLED, State.CANCELLED)
"""The states in which an announcement may have deliveries that have not ended."""


@dataclass(frozen=True)
class Completion:
    """How a claim of one delivery ended."""

    claimed: Claimed
    state: Outcome
    """PENDING: to be tried again."""
    task: Task | None = None
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


def due_task(state: State, version: int, remote_id: str | None, posted: int | None) -> Task | None:
    """What is left to do in one conversation, as an announcement is now; None for nothing.

    `state` and `version` are the announcement's; `remote_id` and `posted` are the post and its
    version, as the delivery has them.
    """
    if remote_id is None:
        return Task.POST if state in POSTED else None
    if state is State.RECALLED:
        return Task.DELETE
    return Task.UPDATE if posted is None or posted < version else None


async def complete(
    tx: AsyncConnection, now: float, owner: str, ended: Sequence[Completion]
) -> None:
    """Stores how claims ended, each unless it has been taken over meanwhile.

    What was posted is compared with what the announcement says by now: where it has been changed
    or taken back while the post was under way, the row is pending again with the next task.
    """
    # Shared with other completions; an edit or a recall waits, or we see what it did.
    current = (
        select(announcement.c.id, announcement.c.state, announcement.c.version)
        .where(announcement.c.id.in_({one.claimed.announcement_id for one in ended}))
        .order_by(announcement.c.id)
        .with_for_update(read=True)
    )
    announced = {row.id: (State(row.state), row.version) for row in await tx.execute(current)}
    rows = [
        _row(one, *announced[one.claimed.announcement_id], now)
        for one in sorted(ended, key=lambda one: one.claimed.id)
        if one.claimed.announcement_id in announced
    ]
    if rows:
        await tx.execute(_COMPLETE.where(delivery.c.owner == owner), rows)
    await _pause(tx, now, ended)
    if gone := [one.claimed.conversation.id for one in ended if one.state is Outcome.GONE]:
        await tx.execute(delete(conversation).where(conversation.c.id.in_(gone)))


_COMPLETE = (
    update(delivery)
    .where(
        delivery.c.id == bindparam("row"),
        delivery.c.state == Outcome.SENDING,
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


def _row(one: Completion, state: State, version: int, now: float) -> dict[str, object]:
    """What a delivery's row says after a claim that ended in this way."""
    claimed = one.claimed
    posted = one.version if one.state is Outcome.DELIVERED and one.task else claimed.posted_version
    # A channel may name a post by an empty string: that it is there is what counts.
    remote_id, remote_conversation = claimed.remote_id, claimed.remote_conversation
    if one.remote_id is not None:
        remote_id, remote_conversation = one.remote_id, one.remote_conversation
    attempts = claimed.attempts if one.attempted else claimed.attempts - 1
    first_attempt: float | None = claimed.first_attempt if attempts else None
    outcome = one.state
    task = due_task(state, version, remote_id, posted)
    if outcome in (Outcome.DELIVERED, Outcome.STOPPED, Outcome.PENDING) and task is None:
        outcome = Outcome.STOPPED if remote_id is None else Outcome.DELIVERED
    elif outcome in (Outcome.DELIVERED, Outcome.STOPPED) or (
        # What failed is not tried again unless there is something else to try by now.
        outcome is Outcome.FAILED
        and task is not None
        and (task, version) != (one.task, one.version)
    ):
        outcome, attempts, first_attempt = Outcome.PENDING, 0, None
    return {
        "row": claimed.id,
        "lease": claimed.lease_until,
        "new_state": outcome,
        "new_task": task or (Task.POST if remote_id is None else Task.UPDATE),
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


async def _pause(tx: AsyncConnection, now: float, ended: Iterable[Completion]) -> None:
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


async def finish_announcements(tx: AsyncConnection, now: float) -> list[str]:
    """Ends announcements of which nothing waits any more; gives their ids.

    One that was sending is `sent`; or `failed` if nobody got it, and not because the bot had been
    removed everywhere or nobody follows.
    """
    waits = select(delivery.c.id).where(
        delivery.c.announcement_id == announcement.c.id, delivery.c.state.in_(WAITING)
    )
    unfinished = (announcement.c.finished_at.is_(None), announcement.c.state.in_(_MAY_FINISH))
    found = (
        select(announcement.c.id).where(*unfinished, ~waits.exists()).order_by(announcement.c.id)
    )
    ids = (
        (await tx.execute(found.with_for_update(skip_locked=True, key_share=True))).scalars().all()
    )
    if not ids:
        return []
    # Checked again under the lock: what was added meanwhile has been committed.
    of_it = select(delivery.c.id).where(delivery.c.announcement_id == announcement.c.id)
    reached = of_it.where(delivery.c.state.in_([Outcome.DELIVERED, Outcome.DELETED])).exists()
    failed = of_it.where(delivery.c.state == Outcome.FAILED).exists()
    ended = await tx.execute(
        update(announcement)
        .where(announcement.c.id.in_(ids), *unfinished, ~waits.exists())
        .values(
            state=case(
                (announcement.c.state != State.SENDING, announcement.c.state),
                (and_(failed, ~reached), State.FAILED.value),
                else_=State.SENT.value,
            ),
            finished_at=now,
        )
        .returning(announcement.c.id)
    )
    return list(ended.scalars())
