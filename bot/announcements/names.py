"""The names of conversations, asked for where somebody is to read them; no database keeps them."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from itertools import islice
from types import MappingProxyType

from cachetools import TTLCache

from bot.announcements.sender import Target

NameLookup = Callable[[Target], Awaitable[str | None]]

MOST_NAMED = 20
"""Conversations whose names are asked for, for one card."""

SOON = 0.5
"""Seconds that a card waits for names where somebody waits for the card."""

LATER = 4.0
"""Seconds that the update of a card waits for names."""

LONGEST_LOOKUP = 10.0

REMEMBERED_FOR = 60.0
"""Seconds; progress is shown each second, and need not ask each time."""

MOST_REMEMBERED = 1_000


Known = Mapping[tuple[str, str], str]
"""Names by `key`."""

NOBODY: Known = MappingProxyType({})
"""No names."""


def key(target: Target) -> tuple[str, str]:
    """What names a conversation among all."""
    return target.channel, target.remote_id


class Names:
    """Asks for names, with a time limit; a name is a courtesy, and what is wrong costs only it.

    `name_of` asks a channel for the name of one conversation.
    """

    def __init__(
        self, name_of: NameLookup, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._name_of = name_of
        self._known: TTLCache[tuple[str, str], str | None] = TTLCache(
            MOST_REMEMBERED, REMEMBERED_FOR, timer=monotonic
        )
        self._asking: dict[tuple[str, str], asyncio.Task[None]] = {}

    async def of(self, targets: Iterable[Target], patience: float = 0.0) -> Known:
        """The names that are known within so many seconds; 0: those known already."""
        wanted = dict(islice({key(one): one for one in targets}.items(), MOST_NAMED))
        asking = [self._ask(target) for id_, target in wanted.items() if id_ not in self._known]
        if asking and patience > 0:
            await asyncio.wait(asking, timeout=patience)
        return {id_: name for id_ in wanted if (name := self._known.get(id_))}

    async def close(self) -> None:
        """Ends what is being asked."""
        tasks = list(self._asking.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _ask(self, target: Target) -> asyncio.Task[None]:
        """Whoever asks next finds the name, also where this one no longer waits for it."""
        id_ = key(target)
        if id_ not in self._asking:
            task = asyncio.create_task(self._look_up(target))
            self._asking[id_] = task
            task.add_done_callback(lambda _: self._asking.pop(id_, None))
        return self._asking[id_]

    async def _look_up(self, target: Target) -> None:
        name = None
        # Whatever is wrong shows when something is sent there.
        with contextlib.suppress(Exception):
            async with asyncio.timeout(LONGEST_LOOKUP):
                name = await self._name_of(target)
        self._known[key(target)] = name
