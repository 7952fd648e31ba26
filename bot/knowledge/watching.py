"""Changes of files in folders, also where a folder is replaced or is away for a while."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import structlog

log = structlog.get_logger(__name__)

LOOK_EVERY = 1.0
"""Seconds. A folder that was moved away goes on telling of its own files, under its old name, so it
is looked whether what the path leads to is still the same."""

Identity = tuple[int, int] | None
"""Device and number of a folder; None where there is none."""


async def changes(
    *folders: Path,
    wanted: Callable[[Any, str], bool],
    debounce: int,
    recursive: bool = True,
) -> AsyncIterator[None]:
    """Comes by after each change of a file that is `wanted`, and whenever a folder was replaced.

    Also once where a folder cannot be watched, and again as soon as it can. Never ends by itself.
    `debounce` is the time in milliseconds in which changes are taken together.
    """
    from watchfiles import awatch

    roots = frozenset(map(str, folders))

    def passes(change: object, path: str) -> bool:
        return path in roots or wanted(change, path)

    # What changes before the first look is no news: it was read, or is about to be.
    news, watchable = False, True
    while True:
        watched = await asyncio.to_thread(_identities, folders)
        try:
            async with aclosing(
                awatch(
                    *folders,
                    watch_filter=passes,
                    debounce=debounce,
                    recursive=recursive,
                    rust_timeout=round(LOOK_EVERY * 1000),
                    yield_on_timeout=True,
                )
            ) as found:
                async for seen in found:
                    watchable = True
                    # Looked at before the consumer reads: what it reads is then no older.
                    replaced = not roots.isdisjoint(path for _, path in seen)
                    replaced |= await asyncio.to_thread(_identities, folders) != watched
                    if replaced:
                        break
                    if seen or news:
                        news = False
                        yield
        except (OSError, RuntimeError) as error:  # RuntimeError: of the library that watches.
            if watchable:
                watchable = False
                log.warning("folders.not_watched", reason=str(error))
                yield
            await asyncio.sleep(LOOK_EVERY)
        # Read once the new folder is watched, so that no edit falls between.
        news = True


def _identities(folders: Iterable[Path]) -> list[Identity]:
    return [_identity(folder) for folder in folders]


def _identity(folder: Path) -> Identity:
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
