"""All that the database holds as one file, the same for SQLite and PostgreSQL.

One JSON object a line: first which schema it is of, then every row of every table, at the end how
many rows there were, so that a file that was cut off is found out. What was backed up from one
database can be restored into the other.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Table, delete, func, insert, select, text
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import private_files
from bot.i18n import N_, Message, os_reason
from bot.store import pauses, replicas
from bot.store.database import Database
from bot.store.server_lock import only_server
from bot.store.states import WAITING, State
from bot.store.tables import announcement, delivery, metadata, replica, talk
from bot.store.upgrade import StoreError, check, newest, unreachable, upgrade

_FORMAT = "taikubot-backup"
_BATCH = 500
"""Rows that are written at once."""


async def backup(database: Database, path: Path) -> int:
    """Writes everything to a new file, as it is at one moment; gives the number of rows.

    The database may be in use. Raises StoreError when it cannot be read or the file is there.
    """
    await check(database)
    try:
        with _new_file(path) as file:
            return await _write(database, file)
    except SQLAlchemyError as error:
        raise unreachable(database, error) from error
    except FileExistsError:
        raise StoreError(N_("{path} is already there: name a new file.", path=path)) from None
    except OSError as error:
        raise StoreError(
            N_("{path} cannot be written: {reason}.", path=path, reason=os_reason(error))
        ) from error


@contextlib.contextmanager
def _new_file(path: Path) -> Iterator[TextIO]:
    """A file for this user alone that gets its name when it is whole and on the disk."""
    if path.exists():
        raise FileExistsError
    partial = path.with_name(f".{path.name}.partial")
    try:
        # What another run left, or somebody put there, is not written into.
        partial.unlink(missing_ok=True)
        with os.fdopen(private_files.create_file(partial), "w", encoding="utf-8") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)


async def _write(database: Database, file: TextIO) -> int:
    _line(file, {"format": _FORMAT, "schema": newest()})
    rows = 0
    async with database.reading(snapshot=True) as tx:
        for table in metadata.sorted_tables:
            if table in (replica, talk):  # Who runs, and who talks, is of that moment alone.
                continue
            async for row in await tx.stream(_in_order(table)):
                _line(file, {"table": table.name, "row": dict(row._mapping)})
                rows += 1
    _line(file, {"rows": rows})
    return rows


def _in_order(table: Table) -> Any:
    """Every row of a table; one that another row of it points to comes before that one."""
    order = [
        key.parent.is_not(None)
        for key in sorted(table.foreign_keys, key=lambda key: key.parent.name)
        if key.references(table)
    ]
    return select(table).order_by(*order, *table.primary_key)


def _line(file: TextIO, what: dict[str, Any]) -> None:
    file.write(json.dumps(what, ensure_ascii=False, separators=(",", ":")) + "\n")


async def restore(database: Database, path: Path, *, replace: bool = False) -> int:
    """Puts what a backup holds into the database; gives the number of rows.

    Makes the file and the tables where there are none. All of it or nothing: raises StoreError,
    with the line of the file where that is the reason, also for a database that holds something,
    unless `replace` says that all of it may go, and for one that a server runs on.
    """
    async with only_server(database, restoring=True):
        await upgrade(database, restoring=True)
        return await _restore(database, path, replace)


async def _restore(database: Database, path: Path, replace: bool) -> int:
    try:
        async with database.transaction() as tx:
            if database.is_postgres:
                await _require_no_server(database, tx)
            await tx.execute(delete(replica))
            await _require_empty(tx, replace)
            rows = await _read(tx, path)
            await tx.execute(delete(replica))
            now = await database.now(tx)
            if await may_have_left(tx, now):
                # What was still to come when the backup was made may have been sent since.
                await pauses.begin(tx, pauses.ALL, now)
            if database.is_postgres:
                await _advance_sequences(tx)
    except (DataError, IntegrityError) as error:
        name = type(error).__name__
        raise StoreError(
            N_("{path}: a row does not fit its table ({name}).", path=path, name=name)
        ) from error
    except SQLAlchemyError as error:
        raise unreachable(database, error) from error
    except (OSError, UnicodeError) as error:
        raise StoreError(
            N_("{path} cannot be read: {reason}.", path=path, reason=_reason(error))
        ) from error
    return rows


async def may_have_left(tx: AsyncConnection, now: float) -> int:
    """How many posts and announcements are due by what the database says."""
    waiting = select(func.count()).where(delivery.c.state.in_(WAITING))
    scheduled = select(func.count()).where(
        announcement.c.state == State.SCHEDULED, announcement.c.send_at <= now
    )
    found = await tx.execute(select(waiting.scalar_subquery() + scheduled.scalar_subquery()))
    return int(found.scalar_one())


async def held_back(database: Database) -> int:
    """How many posts and announcements wait because sending is paused."""
    async with database.reading() as tx:
        if await pauses.since(tx, []) is None:
            return 0
        return await may_have_left(tx, await database.now(tx))


async def _require_no_server(database: Database, tx: AsyncConnection) -> None:
    """On PostgreSQL a server's row tells that it runs; on SQLite it holds a lock."""
    # One that starts now waits until all is restored.
    await tx.execute(text("LOCK TABLE replica IN SHARE ROW EXCLUSIVE MODE"))
    servers = await replicas.alive(tx, await database.now(tx))
    if servers:
        raise StoreError(
            N_(
                "A server runs on the database ({servers}): end it first. One that was killed "
                "counts for {seconds} seconds more.",
                servers=list(servers),
                seconds=round(replicas.ALIVE),
            )
        )


def _reason(error: OSError | UnicodeError) -> Message:
    return os_reason(error) if isinstance(error, OSError) else N_("it is no text")


async def _require_empty(tx: AsyncConnection, replace: bool) -> None:
    for table in reversed(metadata.sorted_tables):
        if replace:
            await tx.execute(delete(table))
        elif await tx.scalar(select(func.count()).select_from(table)):
            raise StoreError(
                N_(
                    "The database holds something already (in {table}): name an empty one with "
                    "BOT_DATABASE_URL, or add --replace to lose what it holds.",
                    table=table.name,
                )
            )


async def _read(tx: AsyncConnection, path: Path) -> int:
    written = 0
    batch: list[dict[str, Any]] = []
    of: Table | None = None
    with path.open(encoding="utf-8") as file:
        for table, row in _rows(file, path):
            if batch and (table is not of or len(batch) == _BATCH):
                assert of is not None
                await tx.execute(insert(of), batch)
                written += len(batch)
                batch = []
            of = table
            batch.append(row)
        if batch and of is not None:
            await tx.execute(insert(of), batch)
            written += len(batch)
    return written


def _rows(file: TextIO, path: Path) -> Iterator[tuple[Table, dict[str, Any]]]:
    rows, ended = 0, False
    for number, line in enumerate(file, start=1):
        where = f"{path}:{number}"
        try:
            found = json.loads(line)
        except ValueError:
            raise StoreError(N_("{where}: this is not a line of a backup.", where=where)) from None
        match found:
            case {"format": format, "schema": schema} if number == 1 and format == _FORMAT:
                if schema != newest():
                    raise StoreError(
                        N_(
                            "{where}: the backup is of schema {found}, this version has {known}: "
                            "restore it with the version that made it, and upgrade then.",
                            where=where,
                            found=schema,
                            known=newest(),
                        )
                    )
            case {"table": str(name), "row": dict(row)} if number > 1 and not ended:
                table = metadata.tables.get(name)
                if table is None or row.keys() != set(table.columns.keys()):
                    raise StoreError(
                        N_("{where}: this is no row of a table `{name}`.", where=where, name=name)
                    )
                rows += 1
                yield table, row
            case {"rows": int(count)} if number > 1 and count == rows:
                ended = True
            case _:
                raise StoreError(N_("{where}: this is not what a backup holds here.", where=where))
    if not ended:
        raise StoreError(N_("{path}: the backup is cut off: its last line is missing.", path=path))


async def _advance_sequences(tx: AsyncConnection) -> None:
    """Has PostgreSQL number new rows after those that were restored."""
    for table in metadata.sorted_tables:
        column = table.autoincrement_column
        if column is not None:
            highest = select(func.coalesce(func.max(column), 0) + 1).scalar_subquery()
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            await tx.execute(select(func.setval(sequence, highest, text("false"))))
