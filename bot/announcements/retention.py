"""Deletes what has been kept long enough, in short transactions between which others get in."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable

import structlog
from dateutil.relativedelta import relativedelta
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import announcements, overlay, record, retention
from bot.store.database import Database
from bot.store.retention import Purged

log = structlog.get_logger()

DRAFTS_KEPT = dt.timedelta(days=30)
"""How long a draft is kept that nobody touches, and the history of what was taken out."""

PAUSE = 0.02
"""Seconds between two transactions: whoever waits for the database comes first."""


async def purge(database: Database, keep_months: int, *, dry_run: bool = False) -> Purged:
    """Deletes what was finished more than `keep_months` ago, and old drafts; says how much.

    Announcements go with their reminders and deliveries; not while anything of them is to be sent,
    waits, or has its meeting still to come. What the record says of an announcement goes with it.
    Of what was entered of content the history goes, and what is in use stays.
    With `dry_run` nothing is deleted.
    """
    async with database.reading() as tx:
        now = await database.now(tx)
        before = _months_before(now, keep_months)
        drafts_before = now - DRAFTS_KEPT.total_seconds()
        if dry_run:
            old = await retention.count_old(tx, now, before, drafts_before)
            return old + Purged(history=await overlay.count_old(tx, before, drafts_before))

    async def some_announcements(tx: AsyncConnection) -> Purged:
        return await retention.purge_announcements(tx, now, before)

    async def some_drafts(tx: AsyncConnection) -> Purged:
        return Purged(drafts=await retention.purge_drafts(tx, drafts_before))

    async def some_of_record(tx: AsyncConnection) -> Purged:
        return Purged(record=await record.purge(tx, before, retention.MOST_ROWS))

    async def some_of_history(tx: AsyncConnection) -> Purged:
        most = retention.MOST_ROWS
        return Purged(history=await overlay.purge(tx, before, drafts_before, most))

    purged = Purged()
    for step in (some_announcements, some_drafts, some_of_record, some_of_history):
        purged += await _until_done(database, step)
    async with database.transaction() as tx:
        await announcements.forget_authors(tx)
    if purged != Purged():
        log.info("database.purged", **vars(purged))
    return purged


async def _until_done(
    database: Database, step: Callable[[AsyncConnection], Awaitable[Purged]]
) -> Purged:
    purged = Purged()
    while True:
        async with database.transaction() as tx:
            some = await step(tx)
        if some == Purged():
            return purged
        purged += some
        await asyncio.sleep(PAUSE)


def _months_before(now: float, months: int) -> float:
    then = dt.datetime.fromtimestamp(now, dt.UTC) - relativedelta(months=months)
    return then.timestamp()
