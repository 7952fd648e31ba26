"""The schema of the database: brought up to this version, or refused in one clear sentence.

The migrations lie in `migrations/versions`, one file each, named and numbered in their order. A
change of `tables.py` needs one; a test compares what they make with the tables. Alembic runs them;
it is loaded only when there is something to run.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from bot import private_files
from bot.i18n import N_, Message, os_reason
from bot.store.database import DATABASE_GONE, Database
from bot.store.sqlite_file import FileMissing, SqliteFile
from bot.store.tables import metadata
from bot.store.trouble import TRANSIENT, Kind, trouble

_LOCK = 7_246_198_245
"""The advisory lock on PostgreSQL under which one replica at a time upgrades."""

SCRIPTS = Path(__file__).parent / "migrations"
VERSION_TABLE = "alembic_version"


class StoreError(Exception):
    """The database cannot be used as it is; `message` says why and what to do.

    `transient` where that may end while the program runs.
    """

    def __init__(self, message: Message, *, transient: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.transient = transient


@dataclass(frozen=True)
class Upgraded:
    """What an upgrade did."""

    before: str | None
    """The schema that was there; None if there was none."""
    after: str
    backup: Path | None = None
    """The copy of the SQLite file from before, if it held anything that was changed."""

    @property
    def changed(self) -> bool:
        """Whether there was anything to do."""
        return self.before != self.after


def newest() -> str:
    """The schema that this version of the program works with: the number of the last migration."""
    return max(path.name[1:5] for path in (SCRIPTS / "versions").glob("v[0-9][0-9][0-9][0-9]_*.py"))


async def upgrade(database: Database, *, restoring: bool = False, create: bool = True) -> Upgraded:
    """Brings the schema up to this version's; all of it, or nothing.

    May `create` a SQLite file where there was none, else raises SchemaMissing; one that will be
    changed is copied first, to a file next to it. Raises StoreError for a newer schema, for tables
    of another program, for a database that does not answer, and for a file that has gone, unless a
    backup is `restoring` it.
    """
    if not await open_file(database, create=create, restoring=restoring):
        raise SchemaMissing(
            N_(
                "There is no database {file} yet: the first start of the bot makes it, or "
                "`taikubot db upgrade`.",
                file=database.url.database,
            )
        )
    path = database.file.path if database.file else None
    try:
        async with database.reading(opening=True) as tx:
            before = await tx.run_sync(_check)
        if before == newest():
            return Upgraded(before, before)
        backup = None
        if path is not None and before is not None:
            backup = await asyncio.to_thread(_copy, path, before)
        async with database.transaction(opening=True) as tx:
            if database.is_postgres:
                await tx.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            before = await tx.run_sync(_check)
            await tx.run_sync(_upgrade)
    except (*DATABASE_GONE, sqlite3.Error) as error:
        raise unreachable(database, error) from error
    return Upgraded(before, newest(), backup)


async def open_file(database: Database, *, create: bool = False, restoring: bool = False) -> bool:
    """Opens the file of SQLite; whether there is one. Raises StoreError where it was lost."""
    if database.file is None:
        return True
    try:
        return await asyncio.to_thread(database.file.open, create=create, restoring=restoring)
    except FileMissing:
        raise StoreError(await asyncio.to_thread(_missing, database.file)) from None
    except (sqlite3.Error, OSError) as error:
        raise unreachable(database, error) from error


def _missing(file: SqliteFile) -> Message:
    """What to do about a file that is gone depends on whether a server still runs on it."""
    where = {"file": file.path, "lock": file.lock_path}
    if file.is_served():
        return N_(
            "The database's file {file} is gone or empty, and a server that used it still runs "
            "(it holds {lock}): end it first. Then put the file back, or restore a backup with "
            "`taikubot db restore FILE`, and start the bot.",
            **where,
        )
    return N_(
        "The database's file {file} is gone or empty, although there was one ({lock} says so). "
        "See first that the bot does not run anywhere. Then put the file back, restore a backup "
        "with `taikubot db restore FILE`, or delete {lock} to begin anew without what it held.",
        **where,
    )


class SchemaMissing(StoreError):
    """There are no tables yet, or older ones."""


async def check(database: Database) -> None:
    """Raises StoreError unless the schema is exactly this version's."""
    found = None
    try:
        # To connect to SQLite would make the file.
        if await open_file(database):
            async with database.reading() as tx:
                found = await tx.run_sync(_check)
    except DATABASE_GONE as error:
        raise unreachable(database, error) from error
    if found != newest():
        raise SchemaMissing(
            N_("The database has no tables yet or old ones: run `taikubot db upgrade`.")
        )


def unreachable(database: Database, error: Exception) -> StoreError:
    """The error for a database that does not answer; its text holds no password."""
    found = trouble(database, error)
    transient = found.kind in TRANSIENT
    if database.is_postgres:
        if found.kind not in (Kind.AWAY, Kind.REFUSED):
            return StoreError(found.text, transient=transient)
        cause = getattr(error, "orig", None) or error
        return StoreError(
            N_(
                "The database at {url} cannot be used ({reason}): see that it runs, that user, "
                "password and name in BOT_DATABASE_URL are right, and that pg_hba.conf there lets "
                "that user in from this machine.",
                url=database.url.render_as_string(),
                reason=type(cause.__cause__ or cause).__name__,
            ),
            transient=transient,
        )
    if found.kind not in (Kind.AWAY, Kind.DELETED):
        return StoreError(found.text, transient=transient)
    file: Message | str | None = database.url.database
    if isinstance(error, OSError) and error.errno:
        file = N_("{path}: {reason}", path=database.url.database, reason=os_reason(error))
    return StoreError(
        N_(
            # i18n: {file} is a path, with the system's reason after a colon where it gives one
            "Cannot use {file}. Announcements are kept there: let the bot write to that folder, or "
            "set BOT_DATABASE_URL, such as sqlite+aiosqlite:////var/lib/taikubot/taikubot.db",
            file=file,
        )
    )


def _check(connection: Connection) -> str | None:
    """The schema that is there; raises StoreError if it is none that could be upgraded."""
    tables = set(inspect(connection).get_table_names())
    found: str | None = None
    if VERSION_TABLE in tables:
        found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
    if found is None:
        strange = metadata.tables.keys() & tables
        if strange:
            raise StoreError(
                N_(
                    "The database holds tables of another program ({tables}): give Taikubot a "
                    "database of its own.",
                    tables=sorted(strange),
                )
            )
    elif found != newest():
        from bot.store.migrating import known

        if found not in known(SCRIPTS):
            raise StoreError(
                N_(
                    "The database was upgraded by a newer Taikubot (its schema is {found}, this "
                    "version knows {known}): start that version, or restore a backup from before.",
                    found=found,
                    known=newest(),
                )
            )
    return found


def _upgrade(connection: Connection) -> None:
    from bot.store.migrating import migrate

    migrate(connection, SCRIPTS)


def _copy(path: Path, schema: str) -> Path:
    """Copies a SQLite file that may be in use; the copy is whole or not there."""
    stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    target = path.with_name(f"{path.name}.schema-{schema}.{stamp}")
    partial = target.with_name(f"{target.name}.partial")
    partial.unlink(missing_ok=True)
    os.close(private_files.create_file(partial))
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(partial)) as copy:
        source.backup(copy)
    partial.rename(target)
    return target
