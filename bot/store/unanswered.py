"""Questions that got no answer, with nothing of who asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Text, cast, delete, func, insert, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import unanswered

PLACE = "{place}"
"""What stands in a text for the name of a place."""


class Question(NamedTuple):
    """A question that got no answer."""

    text: str
    """Masked."""
    language: str
    day: str
    """`2026-11-20`."""
    networks: Sequence[str] = ()
    """The keys of the networks whose places it names."""


async def add(tx: AsyncConnection, questions: Iterable[Question]) -> None:
    """Keeps questions."""
    rows = [{**one._asdict(), "networks": [*one.networks]} for one in questions]
    if rows:
        await tx.execute(insert(unanswered), rows)


async def drop_before(tx: AsyncConnection, day: str) -> int:
    """Deletes what was asked before a day; gives how many."""
    return (await tx.execute(delete(unanswered).where(unanswered.c.day < day))).rowcount


async def most_asked(
    tx: AsyncConnection, limit: int, network: str | None = None
) -> Sequence[Row[Any]]:
    """Text, language, how often, the last day and an id of each question, the most asked first.

    With a network only those that name it, or no place.
    """
    count = func.count().label("times")
    wanted = (
        select(
            unanswered.c.text,
            unanswered.c.language,
            count,
            func.max(unanswered.c.day).label("last"),
            func.min(unanswered.c.id).label("id"),
        )
        .where(*([_concerns(network)] if network else []))
        .group_by(unanswered.c.text, unanswered.c.language)
        .order_by(count.desc(), unanswered.c.text)
        .limit(limit)
    )
    return (await tx.execute(wanted)).all()


def _concerns(network: str) -> ColumnElement[bool]:
    # As JSON is written: "key" in quotes can be part of nothing else.
    named = cast(unanswered.c.networks, Text).contains(f'"{network}"', autoescape=True)
    return or_(named, not_(unanswered.c.text.contains(PLACE, autoescape=True)))
