"""What is read in a transaction that was begun for something else, and must not break that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import DATABASE_GONE

log = structlog.get_logger()

ReadAlong = Callable[[AsyncConnection], Awaitable[object]]
"""Reads what other processes may have changed."""


async def read_along(read: ReadAlong | None, tx: AsyncConnection) -> None:
    """Reads it; where that fails and not for the database's sake, what is known goes on serving."""
    try:
        if read is not None:
            await read(tx)
    except DATABASE_GONE:
        raise
    except Exception:
        log.exception("database.not_read_along")
