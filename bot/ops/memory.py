"""Memory goes back to the system when it is not needed any more, where the C library is glibc."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8
"""Parameters of glibc's `mallopt`."""

LARGE = 1_000_000
"""Bytes. What is larger goes back as soon as it is freed; glibc would learn to keep ever larger
blocks."""

ARENAS = 2
"""Each thread would get a heap of its own, and each of them would keep what one reload needed."""


def keep_small() -> None:
    """Sets up the allocator; to be called at the start of a process that is to stay small."""
    with suppress(OSError, AttributeError, TypeError):
        library = ctypes.CDLL(None)
        library.mallopt(M_MMAP_THRESHOLD, LARGE)
        library.mallopt(M_ARENA_MAX, ARENAS)


def give_back() -> None:
    """Gives back what is free.

    In a server, whose start froze what it had made, garbage is collected before, and what is left
    is not looked at again.
    """
    if gc.get_freeze_count():
        gc.collect()
        gc.freeze()
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
