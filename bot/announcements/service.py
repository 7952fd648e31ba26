"""Announcements from draft to recall. Each step checks by itself who asks for it."""

from __future__ import annotations

from collections.abc import Callable

from bot.announcements import record
from bot.announcements.changing import Changing
from bot.announcements.dispatching import Dispatching
from bot.announcements.drafting import Drafting
from bot.announcements.model import Forgotten, Identity
from bot.announcements.permissions import Coordinators
from bot.announcements.post import Composer
from bot.announcements.read_along import ReadAlong
from bot.announcements.recording import Recording
from bot.announcements.reports import Reporting
from bot.announcements.repository import AnnouncementRepository
from bot.announcements.service_base import AnnouncementEvents
from bot.knowledge.library import Knowledge
from bot.store import announcements as rows
from bot.store import coordinator_chats
from bot.store.database import Database


class Announcements(Drafting, Changing, Reporting, Recording, Dispatching):
    """All that can be done with announcements; each base class is one subject.

    `read` takes into use what other replicas have changed of meetings, in a transaction of theirs.
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
        read: ReadAlong | None = None,
    ) -> None:
        super().__init__(
            AnnouncementRepository(database, knowledge, coordinators, read),
            Composer(knowledge, public_url),
            events or AnnouncementEvents(),
        )

    async def forget(self, who: Identity, chat: str | None = None) -> Forgotten:
        """Forgets who wrote somebody's announcements, and takes their id out of the record.

        `chat` is their own: that cards of it showed progress is forgotten too.
        """
        async with self._repository.reading() as tx:
            acted = chat is not None and await rows.has_acted(tx, chat)
            kept = await coordinator_chats.rows(tx)
            acted = acted or any(_is_of(who, one) for one in kept)
            known = await rows.has_author(tx, who.id, who.tenant) or await record.names(tx, who)
            if not (acted or known):
                return Forgotten()
        async with self._repository.transaction() as tx:
            forgotten = 0 if chat is None else await rows.forget_acting(tx, chat)
            forgotten += await coordinator_chats.forget(
                tx, who.id.lower(), (who.tenant or "").lower()
            )
            theirs = await rows.forget_author(tx, who.id, who.tenant)
            forgotten += theirs.deleted + theirs.cleared + await record.blank(tx, who)
            return Forgotten(forgotten, theirs.kept)


def _is_of(who: Identity, chat: coordinator_chats.ChatRow) -> bool:
    return (chat.actor, chat.tenant) == (who.id.lower(), (who.tenant or "").lower())
