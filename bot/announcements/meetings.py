"""Meetings that coordinators enter: kept in the database, used beside those of the files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from bot.announcements.model import Identity
from bot.announcements.rights import Coordinators
from bot.knowledge.models import Meeting
from bot.store.database import Database
from bot.understanding.brain import BrainKeeper


class Meetings:
    """Adds, moves and cancels meetings; whoever asks has the right to all their networks.

    A meeting has the fields of a file in content/meetings/, checked by the same model. Every
    change is used at once by this process, and within a second or so by other replicas.
    """

    def __init__(
        self,
        database: Database,
        keeper: BrainKeeper,
        coordinators: Coordinators,
        clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        raise NotImplementedError

    async def add(self, who: Identity, body: Mapping[str, Any]) -> Meeting:
        """Adds a meeting; `body` holds the fields of a file as texts, without `key`.

        Times are `2026-12-10 08:30`. Raises NotAllowed or Invalid, which names the field.
        """
        raise NotImplementedError

    async def move(self, who: Identity, occurrence: str, start: str, end: str) -> Meeting:
        """Gives one occurrence (`key@2026-12-10`) another time.

        Raises NotAllowed, NotFound or Invalid; WrongState for a meeting that stands in a file.
        """
        raise NotImplementedError

    async def cancel(self, who: Identity, occurrence: str) -> Meeting:
        """Calls one occurrence off; raises as `move` does."""
        raise NotImplementedError

    async def refresh(self) -> bool:
        """Takes the database's meetings into use; whether they had changed."""
        raise NotImplementedError

    async def watch(self, interval: float = 1.0) -> None:
        """Refreshes every `interval` seconds until cancelled."""
        raise NotImplementedError

    async def export(self) -> Mapping[str, str]:
        """The database's meetings as YAML files: their text by file name."""
        raise NotImplementedError
