"""Questions that got no answer, with nothing of who asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import unanswered


async def add(tx: AsyncConnection, questions: Iterable[tuple[str, str, str]]) -> None:
    """Keeps questions: masked text, language and day (`2026-11-20`) of each."""
    rows = [{"text": text, "language": language, "day": day} for text, language, day in questions]
    if rows:
        await tx.execute(insert(unanswered), rows)


async def drop_before(tx: AsyncConnection, day: str) -> int:
    """Deletes what was asked before a day; gives how many."""
    return (await tx.execute(delete(unanswered).where(unanswered.c.day < day))).rowcount


async def most_asked(tx: AsyncConnection, limit: int) -> Sequence[Row[Any]]:
    """Text, language, how often and the last day of each question, the most asked first."""
    count = func.count().label("times")
    wanted = (
        select(
            unanswered.c.text,
            unanswered.c.language,
            count,
            func.max(unanswered.c.day).label("last"),
        )
        .group_by(unanswered.c.text, unanswered.c.language)
        .order_by(count.desc(), unanswered.c.text)
        .limit(limit)
    )
    return (await tx.execute(wanted)).all()
