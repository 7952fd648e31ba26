"""Watches folders for changed files, also where a folder is replaced or missing for a while."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import structlog

log = structlog.get_logger(__name__)

CHECK_INTERVAL = 1.0
"""Seconds. A folder that was moved away still gives the events of its files, under its old name, so
each time it is compared whether the path leads to the same folder."""

POLL_INTERVAL = 4.0
"""Seconds. A network share gives no notice of what another computer wrote, so the times and sizes
of the files are compared as well."""

NOTICE_WITHIN = 2.0
"""Seconds within which a notice comes where there are notices; what they told of is no news."""

Files = frozenset[tuple[str, int, int]]
"""Each file that is wanted, with the time of its last change and its size."""

Identity = tuple[int, int] | None
"""Device and inode of a folder; None where there is none."""


async def changes(
    *folders: Path,
    wanted: Callable[[Any, str], bool],
    debounce: int,
    recursive: bool = True,
) -> AsyncIterator[None]:
    """Yields after each change of a file that is `wanted`, and whenever a folder was replaced.

    Where no notice comes, as on a network share, the files are compared every few seconds. Also
    once where a folder cannot be watched, and again as soon as it can. Never ends by itself.
    Changes within `debounce` milliseconds count as one.
    """
    from watchfiles import Change, awatch

    roots = frozenset(map(str, folders))

    def passes(change: object, path: str) -> bool:
        return path in roots or wanted(change, path)

    def listed(path: str) -> bool:
        return wanted(Change.modified, path)

    # The first state is no change: it was read, or is about to be.
    changed, watchable = False, True
    poll = _Poll(folders, listed, recursive)
    await poll.look()
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
                        await poll.look()
                        yield
                    elif await poll.has_news():
                        yield
        except (OSError, RuntimeError) as error:  # watchfiles raises RuntimeError.
            if watchable:
                watchable = False
                log.warning("folders.not_watched", reason=str(error))
                yield
            elif await poll.has_news():
                yield
            await asyncio.sleep(CHECK_INTERVAL)
        # Read once the new folder is watched, so that no edit falls between.
        changed = True


class _Poll:
    """Compares the files of folders from time to time, for changes of which no notice comes."""

    def __init__(
        self, folders: Iterable[Path], wanted: Callable[[str], bool], recursive: bool
    ) -> None:
        self._folders, self._wanted, self._recursive = tuple(folders), wanted, recursive
        self._known: Files = frozenset()
        self._looked = self._doubted = 0.0

    async def look(self) -> None:
        """Takes the files as they are as known."""
        self._known = await self._read()
        self._doubted = 0.0

    async def has_news(self) -> bool:
        """Whether files have changed since, and no notice came in time to tell of it."""
        now = time.monotonic()
        if now - self._looked < (NOTICE_WITHIN if self._doubted else POLL_INTERVAL):
            return False
        if await self._read() == self._known:
            self._doubted = 0.0
            return False
        if not self._doubted:
            self._doubted = now
            return False
        await self.look()
        return True

    async def _read(self) -> Files:
        files = await asyncio.to_thread(_files, self._folders, self._wanted, self._recursive)
        self._looked = time.monotonic()
        return files


def _files(folders: Iterable[Path], wanted: Callable[[str], bool], recursive: bool) -> Files:
    found = set()
    for folder in folders:
        for place, below, names in os.walk(folder):
            if not recursive:
                below.clear()
            for name in names:
                path = os.path.join(place, name)
                if wanted(path) and (state := _state(path)):
                    found.add((path, *state))
    return frozenset(found)


def _state(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _identities(folders: Iterable[Path]) -> list[Identity]:
    return [_identity(folder) for folder in folders]


def _identity(folder: Path) -> Identity:
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
