"""Why a database cannot be used, by kind: one sentence with what to do, and a short one for others.

The long one is for operators and names the file or the address, never a password.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.i18n import N_, Message
from bot.store import tls
from bot.store.database import Database, DatabaseNotReady, connect_arguments
from bot.store.sqlite_file import FileCorrupt, FileDeleted, FileReplaced, SqliteFile


class Kind(StrEnum):
    """What is wrong with a database."""

    FULL = "full"
    READ_ONLY = "read_only"
    LOCKED = "locked"
    AWAY = "away"
    CORRUPT = "corrupt"
    DELETED = "deleted"
    REPLACED = "replaced"
    SHARED = "shared"
    """Another server uses the same SQLite file."""
    UNVERIFIED = "unverified"
    """The server of PostgreSQL did not prove who it is."""
    NOT_READY = "not_ready"
    """Its tables have not been brought up to this version yet."""
    REFUSED = "refused"
    """Anything else that it says."""


TRANSIENT = frozenset({Kind.FULL, Kind.READ_ONLY, Kind.LOCKED, Kind.AWAY, Kind.UNVERIFIED})
"""What may end while the program runs."""

_SHORT: Mapping[Kind, Message] = {
    Kind.FULL: N_("The database's disk is full."),
    Kind.READ_ONLY: N_("The database can only be read at the moment."),
    Kind.LOCKED: N_("The database is locked by another program."),
    Kind.AWAY: N_("The database does not answer."),
    Kind.CORRUPT: N_("The database is damaged."),
    Kind.DELETED: N_("The database's file is gone."),
    Kind.REPLACED: N_("The database's file was replaced."),
    Kind.SHARED: N_("Another server uses the same database."),
    Kind.UNVERIFIED: N_("The database's server is not verified."),
    Kind.NOT_READY: N_("The database is not ready yet."),
    Kind.REFUSED: N_("The database does not take what is written."),
}

_SQLITE_KINDS: Mapping[int, Kind] = {
    sqlite3.SQLITE_FULL: Kind.FULL,
    sqlite3.SQLITE_READONLY: Kind.READ_ONLY,
    sqlite3.SQLITE_PERM: Kind.READ_ONLY,
    sqlite3.SQLITE_BUSY: Kind.LOCKED,
    sqlite3.SQLITE_LOCKED: Kind.LOCKED,
    sqlite3.SQLITE_CORRUPT: Kind.CORRUPT,
    sqlite3.SQLITE_NOTADB: Kind.CORRUPT,
    sqlite3.SQLITE_CANTOPEN: Kind.AWAY,
    sqlite3.SQLITE_IOERR: Kind.AWAY,
}

_SQLSTATES: tuple[tuple[str, Kind], ...] = (
    ("25006", Kind.READ_ONLY),
    ("53100", Kind.FULL),
    ("55P03", Kind.LOCKED),
    ("57014", Kind.LOCKED),
    ("53", Kind.AWAY),  # too many connections, out of memory
    ("57P", Kind.AWAY),  # shutting down, starting
    ("58", Kind.AWAY),
    ("08", Kind.AWAY),
    ("XX001", Kind.CORRUPT),
    ("XX002", Kind.CORRUPT),
)
"""The first that a SQLSTATE of PostgreSQL begins with counts."""

_LEAST_ROOM = 65_536
"""Bytes: with less room on the disk, that is why SQLite cannot write."""


@dataclass(frozen=True)
class Trouble:
    """What is wrong with a database, and what to do, for operators."""

    kind: Kind
    text: Message


def trouble(database: Database, error: BaseException, *, waited: bool = False) -> Trouble:
    """What an error of the database tells; `waited` where it had let us in before a timeout."""
    cause = getattr(error, "orig", None) or error
    kind = kind_of(error, waited=waited)
    if (unverified := tls.failure(cause)) is not None:
        return Trouble(kind, tls.text(unverified, connect_arguments(database.url)))
    file = database.file
    if file is not None and kind is Kind.AWAY:
        # SQLite says no more than that it could not open or write one of its files.
        if not file.path.exists():
            kind = Kind.DELETED
        elif _is_full(file):
            kind = Kind.FULL
        elif not os.access(file.path, os.W_OK):
            kind = Kind.READ_ONLY
    return of_kind(database, kind, type(cause.__cause__ or cause).__name__)


def short_reason(error: BaseException) -> Message:
    """What an error of the database tells those who may not see an address or a path."""
    return _SHORT[kind_of(error)]


def ends_by_itself(error: BaseException) -> bool:
    """Whether it may help to try again later; else only the administrator can help."""
    return kind_of(error) in TRANSIENT


def kind_of(error: BaseException, *, waited: bool = False) -> Kind:
    """The kind of an error, as far as it tells by itself."""
    if isinstance(error, DatabaseNotReady):
        return Kind.NOT_READY if error.__cause__ is None else kind_of(error.__cause__)
    cause = (error.orig or error) if isinstance(error, DBAPIError) else error
    if tls.failure(cause) is not None:
        return Kind.UNVERIFIED
    if isinstance(cause, FileDeleted):
        return Kind.DELETED
    if isinstance(cause, FileReplaced):
        return Kind.REPLACED
    if isinstance(cause, FileCorrupt):
        return Kind.CORRUPT
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", None)
        return _SQLITE_KINDS.get((code or 0) & 0xFF, Kind.REFUSED)
    state = str(getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None) or "")
    for begins, kind in _SQLSTATES:
        if state.startswith(begins):
            return kind
    if state:
        return Kind.REFUSED
    if isinstance(cause, OSError) and cause.errno == errno.ENOSPC:
        return Kind.FULL
    if isinstance(cause, TimeoutError | PoolTimeout):
        return Kind.LOCKED if waited else Kind.AWAY
    if isinstance(cause, OSError):
        return Kind.AWAY
    # A connection that is lost in the middle has no SQLSTATE.
    disconnected = isinstance(error, DBAPIError) and error.connection_invalidated
    lost = isinstance(cause.__cause__, OSError | TimeoutError)
    return Kind.AWAY if disconnected or lost or _is_interface(cause) else Kind.REFUSED


def _is_interface(cause: BaseException) -> bool:
    return type(cause).__name__ == "InterfaceError"


def of_kind(database: Database, kind: Kind, reason: str = "") -> Trouble:
    """What is wrong by its kind; `reason` is a word for what no kind says."""
    where = str(database.file.path) if database.file else database.url.render_as_string()
    text = _ON_POSTGRES.get(kind) if database.is_postgres else None
    return Trouble(kind, (text or _TEXTS[kind]).filled(where=where, reason=reason))


def _is_full(file: SqliteFile) -> bool:
    try:
        return shutil.disk_usage(file.path.parent).free < _LEAST_ROOM
    except OSError:
        return False


_TEXTS: Mapping[Kind, Message] = {
    Kind.FULL: N_(
        "The disk with the database {where} is full: make room on it. Announcements go on by "
        "themselves then."
    ),
    Kind.READ_ONLY: N_(
        "The database {where} can only be read: let the bot's user write to the file and its "
        "folder, or see why the disk is read-only."
    ),
    Kind.LOCKED: N_(
        "Another program keeps the database {where} locked: end it or its transaction. "
        "Announcements go on by themselves then."
    ),
    Kind.AWAY: N_(
        "The database {where} does not answer ({reason}): see that its disk is there, and that the "
        "bot's user may read and write the file and its folder."
    ),
    Kind.CORRUPT: N_(
        "The database {where} is corrupt: stop the bot, move the file away, restore the newest "
        "backup with `taikubot db restore FILE` and start the bot."
    ),
    Kind.DELETED: N_(
        "The database's file {where} is gone, and nothing is written until it is back: put it "
        "back, or stop the bot, restore a backup with `taikubot db restore FILE` and start it."
    ),
    Kind.REPLACED: N_(
        "Another file lies at {where} than the one that was opened, and nothing is written to it: "
        "start the bot anew to use it, or put the former file back."
    ),
    Kind.SHARED: N_(
        "Another server uses the database {where} too, and posts may go out twice: end one of the "
        "two. Several servers need PostgreSQL."
    ),
    Kind.UNVERIFIED: N_(
        "The server of the database {where} is not verified, and no password was sent: "
        "`taikubot doctor` says why."
    ),
    Kind.NOT_READY: N_(
        "The database {where} has not been brought up to this version yet: that is tried again "
        "every few seconds."
    ),
    Kind.REFUSED: N_(
        "The database {where} does not take what is written ({reason}): the log has more, and "
        "`taikubot doctor` tries it."
    ),
}

_ON_POSTGRES: Mapping[Kind, Message] = {
    Kind.READ_ONLY: N_(
        "The database {where} can only be read, as a standby after a failover: let "
        "BOT_DATABASE_URL lead to the primary, or end its read-only mode."
    ),
    Kind.LOCKED: N_(
        "Somebody keeps tables of the database {where} locked: end that transaction "
        "(pg_stat_activity shows it). Announcements go on by themselves then."
    ),
    Kind.AWAY: N_(
        "The database {where} does not answer ({reason}): see that it runs and that "
        "BOT_DATABASE_URL is right. Announcements go on by themselves then."
    ),
    Kind.CORRUPT: N_(
        "The database {where} is corrupt: restore it from its own backup, or the newest of "
        "`taikubot db backup` into a new one with `taikubot db restore FILE`."
    ),
}
