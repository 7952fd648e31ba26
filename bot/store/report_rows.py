"""What a report of an announcement tells beyond its counts: reasons, examples, who is away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.completions import BEGUN
from bot.store.deliveries import ALL, is_uncertain
from bot.store.states import UNKNOWN_ID, WAITING, Outcome
from bot.store.tables import conversation, delivery, follow

ReportRow = Row[tuple[Any, ...]]

MOST_REASONS = 200
"""Different errors that are told apart; they differ in more than their codes."""

_OF_CONVERSATION = (
    conversation.c.channel,
    conversation.c.remote_id.label("place"),
    conversation.c.service_url,
    conversation.c.team,
    conversation.c.bot_id,
    conversation.c.locale,
    conversation.c.suspended_at,
)


async def reasons(tx: AsyncConnection, announcement_id: str) -> Sequence[ReportRow]:
    """How often which error stands with a delivery that has not ended well, or not yet.

    `state, kind, error, doubts, posted, times`: those in doubt first.
    """
    posted, in_doubt = _is_posted().label("posted"), func.max(case((is_uncertain(), 1), else_=0))
    same = (delivery.c.state, delivery.c.kind, delivery.c.error, delivery.c.doubts, posted)
    times = func.count().label("times")
    wanted = (
        select(*same, times)
        .where(
            delivery.c.announcement_id == announcement_id,
            or_(is_uncertain(), _not_there(), _waits()),
        )
        .group_by(*same)
        .order_by(in_doubt.desc(), times.desc(), delivery.c.kind, delivery.c.error)
        .limit(MOST_REASONS)
    )
    return (await tx.execute(wanted)).all()


async def standing(tx: AsyncConnection, announcement_id: str) -> tuple[int, int, int]:
    """How many posts wait for a change or a recall; how many such failed, so that they stand; and
    how many deliveries ended without anything of it ever having been there, surely.
    """
    waits = and_(delivery.c.state.in_(WAITING), _is_posted())
    failed = and_(delivery.c.state == Outcome.FAILED, delivery.c.remote_id != UNKNOWN_ID)
    ended = delivery.c.state.in_([Outcome.FAILED, Outcome.GONE, Outcome.STOPPED])
    never = and_(ended, ~_is_posted(), delivery.c.doubts == 0)
    counted = select(
        *(func.coalesce(func.sum(case((one, 1), else_=0)), 0) for one in (waits, failed, never))
    ).where(
        delivery.c.announcement_id == announcement_id,
        delivery.c.state.not_in([Outcome.DELIVERED, Outcome.DELETED]),
    )
    changing, undone, nowhere = (await tx.execute(counted)).one()
    return int(changing), int(undone), int(nowhere)


async def examples(
    tx: AsyncConnection, announcement_id: str, most: int
) -> tuple[list[ReportRow], list[ReportRow], list[ReportRow], list[ReportRow]]:
    """Deliveries to be named, at most so many of each kind, with their conversations.

    They are those with a copy that cannot be reached, those where it surely is not, those that
    wait after an attempt, and those where it is. What a conversation was called there is None once
    it has been forgotten.
    """
    of_it = delivery.c.announcement_id == announcement_id
    found = []
    there = delivery.c.state == Outcome.DELIVERED
    missing = and_(_not_there(), ~_is_posted(), delivery.c.doubts == 0)
    for which in (is_uncertain(), missing, _waits(), there):
        wanted = (
            select(
                delivery.c.id,
                delivery.c.kind,
                delivery.c.tenant,
                delivery.c.network,
                delivery.c.state,
                delivery.c.attempts,
                delivery.c.error,
                delivery.c.doubts,
                is_uncertain().label("uncertain"),
                _is_posted().label("posted"),
                *_OF_CONVERSATION,
            )
            .select_from(delivery.outerjoin(conversation))
            .where(of_it, which)
            # What has ended first.
            .order_by(delivery.c.state.in_(WAITING), delivery.c.id)
            .limit(most)
        )
        found.append(list((await tx.execute(wanted)).all()))
    uncertain, absent, waiting, arrived = found
    return uncertain, absent, waiting, arrived


async def suspended(
    tx: AsyncConnection, networks: Iterable[str], most: int
) -> tuple[int, Sequence[ReportRow]]:
    """The conversations following these networks, or all, that cannot be reached: how many, and
    the first of them, longest unreachable first, with all their columns.
    """
    ids = select(follow.c.conversation_id).where(follow.c.network.in_([*networks, ALL]))
    which = and_(conversation.c.id.in_(ids), conversation.c.suspended_at.is_not(None))
    number = await tx.scalar(select(func.count()).select_from(conversation).where(which))
    if not number:
        return 0, ()
    order = (conversation.c.suspended_at, conversation.c.id)
    wanted = select(conversation).where(which).order_by(*order).limit(most)
    return int(number), (await tx.execute(wanted)).all()


def _not_there() -> ColumnElement[bool]:
    """Deliveries that ended without what was wanted, though nobody stopped them."""
    late = and_(delivery.c.state == Outcome.STOPPED, delivery.c.error == BEGUN)
    return or_(delivery.c.state.in_([Outcome.FAILED, Outcome.GONE, Outcome.UNCERTAIN]), late)


def _waits() -> ColumnElement[bool]:
    """Deliveries that wait after an attempt, or are held up."""
    tried = or_(delivery.c.error.is_not(None), delivery.c.doubts > 0)
    return or_(
        delivery.c.state == Outcome.HELD,
        and_(delivery.c.state.in_([Outcome.PENDING, Outcome.SENDING]), tried),
    )


def _is_posted() -> ColumnElement[bool]:
    return delivery.c.remote_id.is_not(None)
