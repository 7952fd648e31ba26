"""Files and folders that nobody but their owner may enter or read, from their first byte on.

The umask does not matter for them. On Windows files have no modes: folders of the user are private
there by what they inherit.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from pathlib import Path

FILE = 0o600
FOLDER = 0o700
OTHERS = stat.S_IRWXG | stat.S_IRWXO
"""What the group and all others may do."""

HAS_MODES = os.name != "nt"


def make_folder(path: Path) -> None:
    """Makes a folder, with those above it that are missing; one that exists is left as it is."""
    if path.is_dir():
        return
    if path.parent != path:
        make_folder(path.parent)
    with contextlib.suppress(FileExistsError):
        path.mkdir(FOLDER)
        return
    if not path.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))


def create_file(path: Path) -> int:
    """Makes a new file; gives its descriptor, open for writing. Raises FileExistsError."""
    descriptor = os.open(
        path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), FILE
    )
    if HAS_MODES:
        # A umask can have taken rights of our own away.
        os.fchmod(descriptor, FILE)
    return descriptor


def touch(path: Path) -> None:
    """Makes an empty file unless there is one, before another library would make it."""
    with contextlib.suppress(FileExistsError):
        os.close(create_file(path))


def open_to(path: Path) -> int:
    """What the group and all others may do with a file or folder: bits of its mode."""
    return path.stat().st_mode & OTHERS if HAS_MODES else 0


def close_to_others(path: Path) -> bool:
    """Takes from a file what others may do with it; whether there was anything.

    One that is not ours, or not there, is left as it is: `doctor` tells.
    """
    try:
        found = path.stat()
        if not HAS_MODES or not found.st_mode & OTHERS:
            return False
        path.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)
    except OSError:
        return False
    return True
