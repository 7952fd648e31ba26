"""The operating system's reasons why something failed, as texts that can be said."""

from __future__ import annotations

import errno
import os

from .message import N_, Message

_REASONS = {
    errno.EACCES: N_("Permission denied"),
    errno.EADDRINUSE: N_("Address already in use"),
    errno.EADDRNOTAVAIL: N_("Cannot assign requested address"),
    errno.EEXIST: N_("File exists"),
    errno.EISDIR: N_("Is a directory"),
    errno.ENOENT: N_("No such file or directory"),
    errno.ENOSPC: N_("No space left on device"),
    errno.ENOTDIR: N_("Not a directory"),
    errno.EPERM: N_("Operation not permitted"),
    errno.EROFS: N_("Read-only file system"),
}


def os_reason(error: OSError) -> Message:
    """Why an operation failed: without the path, which the caller names in its own way.

    In English the words of the operating system; rare reasons have no translation.
    """
    if error.errno in _REASONS:
        return _REASONS[error.errno]
    reason = os.strerror(error.errno) if error.errno else str(error) or type(error).__name__
    return Message("{original}", {"original": reason})
