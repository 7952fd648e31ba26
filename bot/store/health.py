"""How deliveries and conversations fare as a whole, for those who watch over the bot."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.states import WAITING, Outcome
from bot.store.tables import announcement, conversation, delivery

STUCK_AFTER = 15 * 60.0
"""Seconds of being due after which a delivery counts as stuck."""

RECENT = 24 * 3600.0
"""Seconds for which a failure or a doubt counts."""


@dataclass(frozen=True)
class Fare:
    """Numbers that are all nought while all is well."""

    stuck: int = 0
    """Deliveries that have been due for STUCK_AFTER and have not ended."""
    given_up: int = 0
    """Deliveries that failed within RECENT."""
    in_doubt: int = 0
    """Deliveries of which a copy may stand that is not known; of announcements within RECENT."""
    suspended: int = 0
    """Conversations that count as unreachable."""
    in_outage: int = 0
    """Conversations that wait because many of their tenant answer that the bot is not there."""


async def fare(tx: AsyncConnection, now: float) -> Fare:
    """Counts; of announcements that ended before RECENT no delivery is looked at."""
    due_since = func.coalesce(delivery.c.first_attempt, delivery.c.due)
    stuck = select(func.count()).where(delivery.c.state.in_(WAITING), due_since < now - STUCK_AFTER)
    ended = announcement.c.finished_at
    recent = select(announcement.c.id).where(or_(ended.is_(None), ended > now - RECENT))
    of_these = select(func.count()).where(delivery.c.announcement_id.in_(recent))
    given_up = of_these.where(
        delivery.c.state == Outcome.FAILED, delivery.c.updated_at > now - RECENT
    )
    in_doubt = of_these.where(delivery.c.doubts > 0)
    suspended = select(func.count()).where(conversation.c.suspended_at.is_not(None))
    waiting = select(func.count()).where(conversation.c.outage_since.is_not(None))
    counted = [one.scalar_subquery() for one in (stuck, given_up, in_doubt, suspended, waiting)]
    return Fare(*(await tx.execute(select(*counted))).one())
