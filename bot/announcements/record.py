"""Who did what: written with what it tells of, read by those whose networks it concerns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements.model import API, COMMAND, Action, By, Entry, Identity
from bot.store import record
from bot.store.record import RecordRow


async def note(
    tx: AsyncConnection,
    now: float,
    who: Identity,
    action: Action,
    subject: str,
    networks: Iterable[str],
) -> None:
    """Records that somebody did something, in the transaction that does it.

    `subject` is the id of an announcement, the key of a meeting, with the day where it is one of a
    series, the kind of a conversation, or the tenant of a pause (`*` for all).
    """
    if who is API or who is COMMAND:
        by = By.API if who is API else By.COMMAND
        await record.add(tx, now, action, by, subject, networks)
        return
    await record.add(
        tx, now, action, By.COORDINATOR, subject, networks, actor=who.id, tenant=who.tenant
    )


def entry_of(row: RecordRow) -> Entry:
    """A row of the record."""
    return Entry(
        at=dt.datetime.fromtimestamp(row.at, dt.UTC),
        action=Action(row.action),
        by=By(row.by),
        who=Identity(row.actor, row.tenant) if row.actor else None,
        subject=row.subject,
        networks=tuple(row.networks),
    )
