"""What a report of an announcement tells beyond its counts: reasons, examples, who is away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.deliveries import ALL, is_uncertain
from bot.store.states import Outcome
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
    """How often which error stands with a delivery that ended: `state, kind, error, times`."""
    times = func.count().label("times")
    wanted = (
        select(delivery.c.state, delivery.c.kind, delivery.c.error, times)
        .where(delivery.c.announcement_id == announcement_id, _not_there())
        .group_by(delivery.c.state, delivery.c.kind, delivery.c.error)
        .order_by(times.desc(), delivery.c.kind, delivery.c.error)
        .limit(MOST_REASONS)
    )
    return (await tx.execute(wanted)).all()


async def examples(
    tx: AsyncConnection, announcement_id: str, most: int
) -> tuple[list[ReportRow], list[ReportRow], list[ReportRow]]:
    """Deliveries to be named, at most so many of each kind, with their conversations.

    They are those with a copy that cannot be reached, those where it is not, and those where it
    is. What a conversation was called there is None once it has been forgotten.
    """
    of_it = delivery.c.announcement_id == announcement_id
    found = []
    for which in (is_uncertain(), _not_there(), delivery.c.state == Outcome.DELIVERED):
        wanted = (
            select(
                delivery.c.id,
                delivery.c.kind,
                delivery.c.tenant,
                delivery.c.network,
                delivery.c.state,
                delivery.c.attempts,
                delivery.c.error,
                is_uncertain().label("uncertain"),
                *_OF_CONVERSATION,
            )
            .select_from(delivery.outerjoin(conversation))
            .where(of_it, which)
            .order_by(delivery.c.id)
            .limit(most)
        )
        found.append(list((await tx.execute(wanted)).all()))
    uncertain, missing, there = found
    return uncertain, missing, there


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
    """Deliveries that ended without the announcement being there."""
    late = and_(delivery.c.state == Outcome.STOPPED, delivery.c.error.is_not(None))
    return or_(delivery.c.state.in_([Outcome.FAILED, Outcome.GONE, Outcome.UNCERTAIN]), late)
