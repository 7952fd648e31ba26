"""The checks of `taikubot doctor` for who else could read what the bot keeps, and sends away."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from bot import private_files
from bot.i18n import N_
from bot.ops.database_url import Tls, is_local, protection
from bot.ops.diagnosis import CheckResult, warning
from bot.ops.settings import SECRETS, Settings, env_files, state_folder, variable
from bot.understanding.trained_model import cache_folder

_WRITE = stat.S_IWGRP | stat.S_IWOTH


async def files(settings: Settings) -> AsyncIterator[CheckResult]:
    """Folders, secrets and a database that others on this machine can look into."""
    for path in dict.fromkeys(_folders(settings)):
        if (found := _open_to(path)) and path.is_dir():
            yield warning(
                str(path),
                N_(
                    "Others on this machine can look into the folder (its mode is {mode}). What "
                    "the bot makes in it is closed to them.",
                    mode=_mode(path),
                ),
                _remedy(path, found),
            )
    cache = cache_folder()
    # What was learned is no secret, and its files are closed: what others put there is the danger.
    if (found := _open_to(cache) & _WRITE) and cache.is_dir():
        yield warning(
            str(cache),
            N_(
                "Others on this machine can write into the folder of what was learned (its mode "
                "is {mode}).",
                mode=_mode(cache),
            ),
            _remedy(cache, found),
        )
    for subject, path in _secrets(settings):
        if found := _open_to(path):
            yield warning(
                subject,
                N_(
                    "Others on this machine can read the file (its mode is {mode}).",
                    mode=_mode(path),
                ),
                # The path is not shown: the secret itself may have been put there by mistake.
                N_("`chmod go= FILE` closes it; the bot's user must own it.")
                if found & stat.S_IRWXG
                else N_("`chmod o= FILE` closes it."),
            )
    database = _database(settings)
    if database is not None and (found := _open_to(database)):
        yield warning(
            str(database),
            N_(
                "Others on this machine can read the database (its mode is {mode}); the bot closes "
                "it when it starts, if it is its own.",
                mode=_mode(database),
            ),
            _remedy(database, found),
        )
    for path in _deciding(settings):
        if _others_may_replace(path):
            yield warning(
                "BOT_COORDINATORS_FILE",
                N_(
                    "Others on this machine can write to {path} (its mode is {mode}), and so "
                    "decide who may announce.",
                    path=path,
                    mode=_mode(path),
                ),
                N_("`chmod o-w {path}` closes it.", path=path),
            )


def _deciding(settings: Settings) -> Iterator[Path]:
    """The file of coordinators and its folder, in which another one could be put in its place."""
    if (path := settings.coordinators_file) is not None:
        yield path
        yield path.absolute().parent


def _others_may_replace(path: Path) -> bool:
    """Whether everybody may write a file, or put another one into a folder."""
    if not private_files.HAS_MODES:
        return False
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    # In a folder such as /tmp nobody replaces what is somebody else's.
    kept = stat.S_ISDIR(mode) and mode & stat.S_ISVTX
    return bool(mode & stat.S_IWOTH) and not kept


async def verified(settings: Settings) -> AsyncIterator[CheckResult]:
    """Whether the URL of the database lets the password go to whoever answers."""
    url = settings.database_url.get_secret_value()
    if not url.startswith("postgresql"):
        return
    # The other checks do without the database's libraries.
    from sqlalchemy import make_url

    from bot.store.database import connect_arguments

    arguments = connect_arguments(make_url(url))
    tls = protection(arguments, has_ca=settings.database_ca is not None)
    if tls is Tls.OFFERED and not is_local(arguments):
        yield warning(
            "BOT_DATABASE_URL",
            N_(
                "It says ssl=unverified: whoever answers in the server's place gets the password "
                "and all that is written."
            ),
            N_(
                "Right only where no machine but yours is on the way. Else take it away, and set "
                "BOT_DATABASE_CA where the server has a CA of its own."
            ),
        )


def _folders(settings: Settings) -> Iterator[Path]:
    if (database := _database(settings)) is not None:
        yield database.parent
    yield state_folder()


def _database(settings: Settings) -> Path | None:
    kind, _, path = settings.database_url.get_secret_value().partition(":///")
    return Path(path.partition("?")[0]).absolute() if kind.startswith("sqlite") else None


def _secrets(settings: Settings) -> Iterator[tuple[str, Path]]:
    for path in env_files():
        yield "BOT_ENV_FILE", path
    for name in map(variable, SECRETS):
        if given := os.environ.get(f"{name}_FILE", "").strip():
            yield f"{name}_FILE", Path(given)
    if settings.app_certificate is not None:
        yield "BOT_APP_CERTIFICATE", settings.app_certificate


def _open_to(path: Path) -> int:
    """What the group and others may do and need not; nothing of what cannot be looked at."""
    try:
        found, bits = path.stat(), private_files.open_to(path)
    except (OSError, ValueError):
        return 0
    # The group of somebody else's file is how this user is let in.
    through_group = found.st_uid != os.geteuid() and found.st_gid in _groups() if bits else False
    return bits & stat.S_IRWXO if through_group else bits


def _groups() -> set[int]:
    return {os.getegid(), *os.getgroups()}


def _mode(path: Path) -> str:
    return f"{stat.S_IMODE(path.stat().st_mode):04o}"


def _remedy(path: Path, found: int) -> str:
    who = "go" if found & stat.S_IRWXG else "o"
    return N_("`chmod {who}= {path}` closes it.", who=who, path=path)
