"""One server at a time on a SQLite file: a lock that the system releases when a process dies.

Commands do not take it: they work beside a server. It is on a file next to the database, never in
SQLite's exclusive mode, which would shut them out.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from filelock import FileLock, Timeout

from bot.i18n import N_, os_reason
from bot.store.database import Database
from bot.store.sqlite_file import SqliteFile
from bot.store.upgrade import StoreError, open_file


@contextlib.asynccontextmanager
async def only_server(database: Database, *, restoring: bool = False) -> AsyncIterator[None]:
    """Is the only server on a SQLite file meanwhile; several may be on PostgreSQL.

    Raises StoreError where another one is, and where the file has gone; a backup that is
    `restoring` it makes it anew.
    """
    if database.file is None:
        yield
        return
    # The file comes before its lock: a lock without a file tells that the file was lost.
    await open_file(database, create=True, restoring=restoring)
    lock = await asyncio.to_thread(_lock, database.file)
    try:
        yield
    finally:
        # Not in a thread: nothing may come between, whatever cancels this.
        lock.release()


def _lock(file: SqliteFile) -> FileLock:
    lock = file.lock()
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise StoreError(
            N_(
                "A server runs on the database {file} already (it holds {lock}): end it first. "
                "Several servers need PostgreSQL (BOT_DATABASE_URL).",
                file=file.path,
                lock=file.lock_path,
            )
        ) from None
    except (OSError, NotImplementedError) as error:
        reason = os_reason(error) if isinstance(error, OSError) else type(error).__name__
        raise StoreError(
            N_(
                "Cannot lock {lock} ({reason}): let the bot's user write to that folder, which "
                "must be on the machine's own disk.",
                lock=file.lock_path,
                reason=reason,
            )
        ) from error
    return lock
