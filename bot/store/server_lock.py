"""One server at a time on a SQLite file: a lock that the system releases when a process dies.

Commands do not take it: they work beside a server. It is on a file next to the database, never in
SQLite's exclusive mode, which would shut them out.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import threading
from collections.abc import AsyncIterator

import structlog
from filelock import FileLock, Timeout

from bot.i18n import N_, os_reason
from bot.store.database import Database
from bot.store.sqlite_file import SqliteFile
from bot.store.upgrade import StoreError, open_file

log = structlog.get_logger()

KEEP_INTERVAL = 1.0
"""Seconds between two looks whether the lock's file is still there."""


@contextlib.asynccontextmanager
async def only_server(database: Database, *, restoring: bool = False) -> AsyncIterator[None]:
    """Is the only server on a SQLite file meanwhile; several may be on PostgreSQL.

    Raises StoreError where another one is, and where the file has gone; a backup that is
    `restoring` it makes it anew.
    """
    if database.file is None:
        yield
        return
    if restoring and database.file.is_served():
        # Before a file is made in the place of one that a server has lost.
        raise _taken(database.file)
    # The file comes before its lock: a lock without a file tells that the file was lost.
    await open_file(database, create=True, restoring=restoring)
    held = await asyncio.to_thread(_Held, database.file)
    if closed := await asyncio.to_thread(database.file.close_to_others):
        log.warning("database.closed_to_others", files=[str(path) for path in closed])
    keeping = asyncio.create_task(held.keep())
    try:
        yield
    finally:
        keeping.cancel()
        # Not in a thread: nothing may come between, whatever cancels this.
        held.release()


class _Held:
    """The lock of a server, taken; raises StoreError where another one has it.

    Whoever deletes its file, which no process can see of a lock, would let a second server start:
    so the file is made and locked again.
    """

    def __init__(self, file: SqliteFile) -> None:
        self._file = file
        self._lock = _lock(file)
        self._inode = _inode(file)
        self._released = False
        self._turn = threading.Lock()

    async def keep(self) -> None:
        """Looks regularly whether the file that is locked is still there."""
        told = False
        while True:
            await asyncio.sleep(KEEP_INTERVAL)
            kept = await asyncio.to_thread(self._renew)
            if not kept and not told:
                log.error("database.lock_lost", lock=str(self._file.lock_path))
            told = not kept

    def _renew(self) -> bool:
        with self._turn:
            if self._released or _inode(self._file) == self._inode:
                return True
            try:
                again = _lock(self._file)
            except StoreError:
                return False
            # The other file is nobody's any more.
            self._lock.release(force=True)
            self._lock, self._inode = again, _inode(self._file)
            return True

    def release(self) -> None:
        with self._turn:
            self._released = True
            self._lock.release()


def _inode(file: SqliteFile) -> tuple[int, int] | None:
    try:
        found = os.stat(file.lock_path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _lock(file: SqliteFile) -> FileLock:
    lock = file.lock()
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise _taken(file) from None
    except (OSError, NotImplementedError) as error:
        reason = os_reason(error) if isinstance(error, OSError) else type(error).__name__
        if isinstance(error, OSError) and error.errno == errno.EROFS:
            raise StoreError(
                N_(
                    "Cannot lock {lock} ({reason}): this process may not write there, whoever owns "
                    "the folder. If a service of systemd limits it (ProtectSystem, ProtectHome), "
                    "move the database into its StateDirectory and set BOT_DATABASE_URL, or name "
                    "the folder in ReadWritePaths.",
                    lock=file.lock_path,
                    reason=reason,
                )
            ) from error
        raise StoreError(
            N_(
                "Cannot lock {lock} ({reason}): let the bot's user write to that folder, which "
                "must be on the machine's own disk.",
                lock=file.lock_path,
                reason=reason,
            )
        ) from error
    return lock


def _taken(file: SqliteFile) -> StoreError:
    return StoreError(
        N_(
            "A server runs on the database {file} already (it holds {lock}): end it first. "
            "Several servers need PostgreSQL (BOT_DATABASE_URL).",
            file=file.path,
            lock=file.lock_path,
        )
    )
