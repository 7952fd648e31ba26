"""What processes of a run that tests in parallel must not do at the same time."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator

from bot.understanding.trained_model import cache_folder


@contextlib.contextmanager
def alone(name: str) -> Iterator[None]:
    """Has the others wait, so that what is kept for all of them is made once."""
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
