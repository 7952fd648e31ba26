"""Announcements from draft to recall. Each step checks by itself who asks for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from bot.announcements.changing import Changing
from bot.announcements.dispatching import Dispatching
from bot.announcements.drafting import Drafting
from bot.announcements.model import Identity
from bot.announcements.permissions import Coordinators
from bot.announcements.post import Composer
from bot.announcements.reports import Reporting
from bot.announcements.repository import AnnouncementRepository
from bot.announcements.service_base import AnnouncementEvents
from bot.knowledge.library import Knowledge
from bot.store import announcements as rows
from bot.store.database import Database

DRAFTS_KEPT = dt.timedelta(days=30)


class Announcements(Drafting, Changing, Reporting, Dispatching):
    """All that can be done with announcements; each base class is one subject.

    Every method checks the rights of `who` and raises NotAllowed, NotFound, WrongState, Conflict
    or Invalid (`errors`); then nothing was changed.
    """

    def __init__(
        self,
        database: Database,
        knowledge: Callable[[], Knowledge],
        coordinators: Coordinators,
        *,
        public_url: str | None = None,
        events: AnnouncementEvents | None = None,
    ) -> None:
        super().__init__(
            AnnouncementRepository(database, knowledge, coordinators),
            Composer(knowledge, public_url),
            events or AnnouncementEvents(),
        )

    async def drop_old_drafts(self) -> int:
        """Deletes drafts that nobody touched for a month; gives how many."""
        async with self._repository.transaction() as tx:
            before = await self._repository.now(tx) - DRAFTS_KEPT.total_seconds()
            return await rows.drop_drafts(tx, before)

    async def forget(self, who: Identity) -> bool:
        """Forgets who wrote somebody's announcements; whether there was anything to forget."""
        async with self._repository.reading() as tx:
            if not await rows.has_author(tx, who.id, who.tenant):
                return False
        async with self._repository.transaction() as tx:
            return bool(await rows.forget_author(tx, who.id, who.tenant))
