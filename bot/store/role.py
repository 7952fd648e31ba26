"""What the role that the bot logs in as may do on PostgreSQL: enough, and not more."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database

_TRIAL = "taikubot_trial"
"""A table that is made and taken back within one transaction."""

_POWERS = "rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls"


class _TakenBackError(Exception):
    """Ends a trial without leaving anything."""


async def try_to_make_tables(database: Database, patience: float) -> None:
    """Makes a table and takes it back in one transaction; raises what the database says."""
    try:
        async with database.transaction(patience=patience, opening=True) as tx:
            await tx.execute(text(f"CREATE TABLE {_TRIAL} (c integer)"))
            raise _TakenBackError
    except _TakenBackError:
        pass


async def powerful_role(tx: AsyncConnection) -> str | None:
    """The role on PostgreSQL, if it may do more than own its schema; else None."""
    found = await tx.scalar(
        text(f"SELECT rolname FROM pg_roles WHERE rolname = current_user AND ({_POWERS})")
    )
    return None if found is None else str(found)
