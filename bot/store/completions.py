"""Completions: how claims of deliveries end, and with the last of them their announcement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import and_, bindparam, case, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ops.redaction import redact
from bot.store import audience
from bot.store.audience import Reached
from bot.store.claims import FREED, MAX_PAUSE, Claimed
from bot.store.states import MOST_DOUBTS, POSTED, UNKNOWN_ID, WAITING, Outcome, State, Task
from bot.store.tables import announcement, conversation, delivery, rate

_MAY_FINISH = (State.SENDING, State.SENT, State.RECALLED, State.CANCELLED)
"""The states in which an announcement may have deliveries that have not ended."""


BEGUN = "begun"
"""The error of a delivery that was not posted because its meeting had begun."""


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
    """The new post; `UNKNOWN_ID` where the channel did not tell its id."""
    remote_conversation: str | None = None
    doubt: bool = False
    """Whether one more copy may stand now whose id is unknown."""
    error: str | None = None
    gone_code: str | None = None
    """Of a first post that ended as GONE: the channel's code for it."""
    wait: float = 0.0
    """Seconds until it is tried again."""
    attempted: bool = True
    """Whether it counts as an attempt; a claim that is given back does not."""
    pause: float | None = None
    """Seconds for which the conversation is left alone."""
    pause_tenant: bool = False
    """Whether that holds for the whole tenant."""


def due_task(
    state: State, version: int, remote_id: str | None, posted: int | None, doubts: int
) -> Task | None:
    """What is left to do in one conversation, as an announcement is now; None for nothing.

    `state` and `version` are the announcement's; `remote_id` and `posted` are the known post and
    its version, `doubts` the posts of unknown fate, as the delivery has them.
    """
    if remote_id is None:
        return Task.POST if state in POSTED and doubts < MOST_DOUBTS else None
    if remote_id == UNKNOWN_ID:
        return None
    if state is State.RECALLED:
        return Task.DELETE
    return Task.UPDATE if posted is None or posted < version else None


async def complete(
    tx: AsyncConnection, now: float, owner: str, ended: Sequence[Completion]
) -> Reached:
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
    begun = {one.claimed.announcement_id for one in ended if one.error == BEGUN}
    await audience.release_begun(tx, now, begun)
    there = (Outcome.DELIVERED, Outcome.DELETED)
    return await audience.answered(
        tx,
        now,
        [one.claimed.conversation for one in ended if one.task and one.state in there],
        # An edit or a recall that fails says nothing about the audience.
        {
            one.claimed.id: (one.claimed.conversation, one.gone_code or "")
            for one in ended
            if one.task is Task.POST and one.state is Outcome.GONE
        },
    )


_COMPLETE = (
    update(delivery)
    .where(
        delivery.c.id == bindparam("row"),
        delivery.c.state == Outcome.SENDING,
        delivery.c.claim == bindparam("of_claim"),
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
        doubts=bindparam("new_doubts"),
        error=bindparam("new_error"),
        updated_at=bindparam("new_updated_at"),
        **FREED,
    )
)


def _row(one: Completion, state: State, version: int, now: float) -> dict[str, object]:
    """What a delivery's row says after a claim that ended in this way."""
    claimed = one.claimed
    posted = one.version if one.state is Outcome.DELIVERED and one.task else claimed.posted_version
    remote_id, remote_conversation = claimed.remote_id, claimed.remote_conversation
    if one.remote_id is not None:
        remote_id, remote_conversation = one.remote_id, one.remote_conversation
    doubts = claimed.doubts + one.doubt
    attempts = claimed.attempts if one.attempted else claimed.attempts - 1
    first_attempt: float | None = claimed.first_attempt if attempts else None
    task = due_task(state, version, remote_id, posted, doubts)
    outcome = _outcome(one, state, version, task, remote_id, doubts)
    if outcome is Outcome.PENDING and one.state is not Outcome.PENDING:
        attempts, first_attempt = 0, None
    return {
        "row": claimed.id,
        "of_claim": claimed.claim,
        "new_state": outcome,
        "new_task": task or (Task.POST if remote_id is None else Task.UPDATE),
        "new_due": now + one.wait,
        "new_attempts": attempts,
        "new_first_attempt": first_attempt,
        "new_version": posted,
        "new_remote_id": remote_id,
        "new_remote_conversation": remote_conversation,
        "new_doubts": doubts,
        "new_error": None if one.error is None else redact(one.error)[:300].replace("\0", ""),
        "new_updated_at": now,
    }


def _outcome(
    one: Completion,
    state: State,
    version: int,
    task: Task | None,
    remote_id: str | None,
    doubts: int,
) -> Outcome:
    """The state of a delivery after a claim; `task` is what is left to do."""
    if one.state in (Outcome.GONE, Outcome.DELETED, Outcome.UNCERTAIN):
        return one.state
    if task is None:
        if one.state is Outcome.FAILED:
            return one.state
        if remote_id is None:
            return Outcome.UNCERTAIN if doubts else Outcome.STOPPED
        lost = remote_id == UNKNOWN_ID and state is State.RECALLED
        return Outcome.UNCERTAIN if lost else Outcome.DELIVERED
    # What ended for a reason is not tried again unless there is something else to try by now.
    tried = (task, version) == (one.task, one.version)
    return one.state if tried else Outcome.PENDING


def without_words(one: Completion, error: Exception) -> Completion:
    """The same end without anything that a channel said, for a database that refused it."""
    known = one.remote_id not in (None, UNKNOWN_ID)
    return replace(
        one,
        remote_id=UNKNOWN_ID if known else one.remote_id,
        remote_conversation=None,
        doubt=one.doubt or known,
        gone_code=None if one.gone_code is None else "unwritable",
        error=f"unwritable: {type(error).__name__}",
    )


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
            .values(not_before=until, paused_at=now)
        )
    for tenant, until in sorted(tenants.items()):
        await tx.execute(
            update(rate)
            .where(rate.c.tenant == tenant, rate.c.not_before < until)
            .values(not_before=until, paused_at=now)
        )


async def finish_announcements(tx: AsyncConnection, now: float) -> list[str]:
    """Ends announcements of which nothing waits any more; gives their ids.

    One that was sending is `sent`; or `failed` if nobody got it because posts failed or the
    meeting had begun, and not because the bot had been removed everywhere or nobody follows.
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
    may_have_it = [Outcome.DELIVERED, Outcome.DELETED, Outcome.UNCERTAIN]
    reached = of_it.where(or_(delivery.c.state.in_(may_have_it), delivery.c.doubts > 0)).exists()
    begun = of_it.where(delivery.c.state == Outcome.STOPPED, delivery.c.error == BEGUN).exists()
    failed = of_it.where(delivery.c.state == Outcome.FAILED).exists()
    sending, nobody = announcement.c.state == State.SENDING, ~reached
    ended = await tx.execute(
        update(announcement)
        .where(announcement.c.id.in_(ids), *unfinished, ~waits.exists())
        .values(
            state=case(
                (~sending, announcement.c.state),
                (and_(or_(failed, begun), nobody), State.FAILED.value),
                else_=State.SENT.value,
            ),
            reason=case((and_(sending, begun, nobody), BEGUN), else_=announcement.c.reason),
            finished_at=now,
        )
        .returning(announcement.c.id)
    )
    return list(ended.scalars())
