"""The engine that delivers announcements: claims due rows, posts, and writes down how it went.

Whoever changes something (a confirmed send, an edit, a recall) commits it and calls `wake`.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping

from bot.announcements.model import Announcement
from bot.announcements.sender import Sender, Target
from bot.answers.model import Answer
from bot.store.database import Database


class Deliveries:
    """Delivers what is due, by itself, until it is cancelled.

    - `senders` by channel (`msteams`, `facebook-page`); `compose` writes the post for a target.
    - `rate`: posts a second in one tenant, over all replicas; 0 is no limit.
    - `owner`: a name that this replica keeps over a restart and no other has.
    - `on_progress` gets the id of an announcement that came forward: at most once a second while
      it is under way and once when it has ended.
    - `fire_due` is called with the instant (seconds since 1970) about once a second, to start what
      is scheduled.
    """

    def __init__(
        self,
        database: Database,
        senders: Mapping[str, Sender],
        compose: Callable[[Announcement, Target], Answer],
        *,
        rate: float,
        owner: str,
        on_progress: Callable[[str], None] = lambda _: None,
        fire_due: Callable[[float], Awaitable[None]] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        random: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._senders = senders
        self._compose = compose
        self._rate = rate
        self._owner = owner
        self._on_progress = on_progress
        self._fire_due = fire_due
        self._monotonic = monotonic
        self._random = random
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Tells that something was put in, so that it is begun at once."""
        self._woken.set()

    async def run(self) -> None:
        """Delivers until it is cancelled; then ends what it is posting and gives back the rest."""
        raise NotImplementedError
