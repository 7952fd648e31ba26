"""Rows that lost processes left behind are made pending again."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from cachetools import TTLCache
from sqlalchemy import ColumnElement, and_

from bot.announcements.retry_loop import is_of_the_row
from bot.store.claims import ids_of, take_over
from bot.store.database import Database
from bot.store.tables import delivery

_log = structlog.get_logger()

_told: TTLCache[int, bool] = TTLCache(1_000, 3_600.0)
"""Rows of which the log was told, since they are tried each second."""


async def take_over_lost(database: Database, lost: Callable[[float], ColumnElement[bool]]) -> int:
    """How many rows were made pending of those that are `lost` at an instant (`left_behind`).

    All at once or, where one of them cannot be written, one by one.
    """
    try:
        async with database.transaction() as tx:
            now = await database.now(tx)
            return await take_over(tx, now, lost(now))
    except Exception as error:
        if not is_of_the_row(error):
            raise
        async with database.reading() as tx:
            ids = await ids_of(tx, lost(await database.now(tx)))
    taken = 0
    for id in ids:
        try:
            async with database.transaction() as tx:
                now = await database.now(tx)
                which = and_(lost(now), delivery.c.id == id)
                taken += await take_over(tx, now, which)
        except Exception as error:
            if not is_of_the_row(error):
                raise
            if id not in _told:
                _told[id] = True
                _log.error("delivery.unwritable", delivery=id, error=type(error).__name__)
    return taken
