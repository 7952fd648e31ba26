"""Watches folders for changed files, also where a folder is replaced or missing for a while."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import structlog

log = structlog.get_logger(__name__)

CHECK_INTERVAL = 1.0
"""Seconds. A folder that was moved away still gives the events of its files, under its old name, so
each time it is compared whether the path leads to the same folder."""

Identity = tuple[int, int] | None
"""Device and inode of a folder; None where there is none."""


async def changes(
    *folders: Path,
    wanted: Callable[[Any, str], bool],
    debounce: int,
    recursive: bool = True,
) -> AsyncIterator[None]:
    """Yields after each change of a file that is `wanted`, and whenever a folder was replaced.

    Also once where a folder cannot be watched, and again as soon as it can. Never ends by itself.
    Changes within `debounce` milliseconds count as one.
    """
    from watchfiles import awatch

    roots = frozenset(map(str, folders))

    def passes(change: object, path: str) -> bool:
        return path in roots or wanted(change, path)

    # The first state is no change: it was read, or is about to be.
    changed, watchable = False, True
    while True:
        watched = await asyncio.to_thread(_identities, folders)
        try:
            async with aclosing(
                awatch(
                    *folders,
                    watch_filter=passes,
                    debounce=debounce,
                    recursive=recursive,
                    rust_timeout=round(CHECK_INTERVAL * 1000),
                    yield_on_timeout=True,
                )
            ) as found:
                async for seen in found:
                    watchable = True
                    # Compared before the consumer reads, so that what it reads is no older.
                    replaced = not roots.isdisjoint(path for _, path in seen)
                    replaced |= await asyncio.to_thread(_identities, folders) != watched
                    if replaced:
                        break
                    if seen or changed:
                        changed = False
                        yield
        except (OSError, RuntimeError) as error:  # watchfiles raises RuntimeError.
            if watchable:
                watchable = False
                log.warning("folders.not_watched", reason=str(error))
                yield
            await asyncio.sleep(CHECK_INTERVAL)
        # Read once the new folder is watched, so that no edit falls between.
        changed = True


def _identities(folders: Iterable[Path]) -> list[Identity]:
    return [_identity(folder) for folder in folders]


def _identity(folder: Path) -> Identity:
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
