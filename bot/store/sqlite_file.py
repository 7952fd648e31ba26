"""The file of a SQLite database: the one that was opened, and no other that came in its place.

A file that was deleted lives on for whoever has it open: what is written then is lost, silently. So
each transaction looks whether the file at the path still is the one that was opened. The file is
never read but through SQLite: to close it after reading would drop the locks of this process.
"""

from __future__ import annotations

import contextlib
import glob
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Self

from filelock import FileLock, Timeout
from sqlalchemy.engine import URL

from bot import private_files


class FileDeleted(sqlite3.OperationalError):
    """There is no file any more at the path of the one that was opened."""


class FileReplaced(sqlite3.OperationalError):
    """Another file is at the path of the one that was opened."""


class FileCorrupt(sqlite3.DatabaseError):
    """Parts of the file hold what no database can hold."""


class FileMissing(Exception):
    """A server has used a database here, and its file is gone or empty."""


class SqliteFile:
    """One file, named by a path; every spelling of it and every symbolic link means the same."""

    def __init__(self, path: Path) -> None:
        self.path = path
        """As it is named in the settings."""
        self._opened: tuple[int, int] | None = None

    @classmethod
    def of(cls, url: URL) -> SqliteFile | None:
        """The file of a URL; None for another database and for one in memory."""
        name = url.database or ""
        if url.get_backend_name() != "sqlite" or name in ("", ":memory:"):
            return None
        return None if name.startswith("file:") else cls(Path(name))

    @property
    def lock_path(self) -> Path:
        """The file that a server locks while it runs; it stays, and tells that one has run."""
        real = self.path.resolve()
        return real.with_name(f"{real.name}.lock")

    def lock(self) -> FileLock:
        """That lock, not taken yet: released by whichever thread comes to it, and by no clock."""
        return FileLock(
            self.lock_path,
            mode=private_files.FILE,
            thread_local=False,
            fallback_to_soft=False,
            preserve_lock_file=True,
        )

    def is_served(self) -> bool:
        """Whether a server holds the lock; where none does, it is taken for a moment to see."""
        if not self.lock_path.exists():
            return False
        lock = self.lock()
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return True
        except (OSError, NotImplementedError):
            return False
        lock.release()
        return False

    def exists(self) -> bool:
        """Whether there is a file with something in it.

        Raises FileMissing where there is not, although a server has used one.
        """
        if self.path.exists() and self.path.stat().st_size:
            return True
        if self.lock_path.exists():
            raise FileMissing
        return False

    def open(self, *, create: bool = False, restoring: bool = False) -> bool:
        """From now on no other file at the path is used than the one that is there, if one is.

        May `create` it; where a server has used one that is gone, FileMissing is raised unless a
        backup is `restoring` it.
        """
        if restoring or not self.exists():
            if not create:
                return False
            self._create()
        self._opened = self._found()
        return True

    def _create(self) -> None:
        real = self.path.resolve()
        private_files.make_folder(real.parent)
        # SQLite would make it as the umask has it; its -wal and -shm get the mode of the file.
        private_files.touch(real)
        with closing(sqlite3.connect(self._uri("rw"), uri=True)) as new:
            # That writes the file's head, so that an empty file is one that was emptied.
            new.execute("PRAGMA journal_mode=WAL")

    def close_to_others(self) -> list[Path]:
        """Takes from the files what others may do with them; gives those that were open.

        An older version, or a copy, left them as the umask had it.
        """
        real = self.path.resolve()
        beside = [real.with_name(f"{real.name}{end}") for end in ("-wal", "-shm", "-journal")]
        copies = sorted(real.parent.glob(f"{glob.escape(real.name)}.schema-*"))
        return [
            path
            for path in (real, *beside, self.lock_path, *copies)
            if private_files.close_to_others(path)
        ]

    def check(self) -> None:
        """Raises FileDeleted or FileReplaced unless the file is the one that was opened."""
        if self._opened is None:
            return
        try:
            found = self._found()
        except OSError as error:
            raise FileDeleted(str(error)) from None
        if found != self._opened:
            raise FileReplaced(str(self.path))

    def look(self) -> None:
        """Reads the file's head anew; raises sqlite3.Error where it cannot be used."""
        self.check()
        with closing(sqlite3.connect(self._uri("rw"), timeout=1.0, uri=True)) as fresh:
            fresh.execute("SELECT count(*) FROM sqlite_master").fetchone()

    def verify(self) -> None:
        """Reads all of the file; raises FileCorrupt where it finds damage.

        That takes a second or more for some hundred megabytes: nothing for a start.
        """
        with closing(sqlite3.connect(self._uri("rw"), uri=True)) as fresh:
            (found,) = fresh.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise FileCorrupt(found)

    def connect_arguments(self) -> tuple[str, dict[str, Any]]:
        """What to call `sqlite3.connect` with, which makes no file; this does until one is open."""
        checked = type("CheckedConnection", (_Connection,), {"file": self})
        if self._opened is None:
            with contextlib.suppress(OSError):  # SQLite says what is wrong.
                private_files.touch(self.path.resolve())
        return self._uri("rw"), {"uri": True, "factory": checked}

    def _uri(self, mode: str) -> str:
        return f"{self.path.absolute().as_uri()}?mode={mode}"

    def _found(self) -> tuple[int, int]:
        found = os.stat(self.path)
        return found.st_dev, found.st_ino


class _Connection(sqlite3.Connection):
    """Looks at the file when a transaction begins and when it ends, in its own thread."""

    file: SqliteFile

    def cursor(self, factory: Any = None) -> Any:
        return super().cursor(_Cursor)

    def commit(self) -> None:
        self.file.check()
        super().commit()


class _Cursor(sqlite3.Cursor):
    connection: _Connection

    def execute(self, sql: str, parameters: Any = (), /) -> Self:
        if sql.startswith("BEGIN"):
            self.connection.file.check()
        return super().execute(sql, parameters)
