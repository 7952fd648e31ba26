"""Announcements from draft to recall. Each step checks by itself who asks for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.announcements.model import (
    Announcement,
    Change,
    Changed,
    Draft,
    Identity,
    Report,
)
from bot.announcements.rights import Coordinators
from bot.announcements.sender import Target
from bot.answers.model import Answer
from bot.knowledge.library import Knowledge
from bot.knowledge.values import Language
from bot.store.database import Database


@dataclass(frozen=True)
class Preview:
    """What will be posted, where and when."""

    announcement: Announcement
    post: Answer
    """As it looks in a team's channel."""
    receivers: int
    targets: tuple[Target, ...]
    """The first of them, as many as names are worth asking for."""
    when: Mapping[Language, str]
    """When it is sent, written out in the community's time; empty: at once."""
    reminders: tuple[Mapping[Language, str], ...]
    """The same of each reminder that will be sent."""


@dataclass(frozen=True)
class Notice:
    """Something that its coordinator should hear although nobody asked."""

    announcement: Announcement
    changed: Changed | None = None
    """The meeting is no longer as posted; None: the announcement could not be sent (`reason`)."""


class Announcements:
    """All that can be done with announcements.

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
        clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        raise NotImplementedError

    async def draft(self, who: Identity, draft: Draft) -> Announcement:
        """Checks and keeps a draft, which its author alone sees."""
        raise NotImplementedError

    async def edit(self, who: Identity, id_: str, draft: Draft) -> Announcement:
        """Puts another draft in the place of one that was not confirmed yet."""
        raise NotImplementedError

    async def preview(self, who: Identity, id_: str) -> Preview:
        """What will be posted, where and when."""
        raise NotImplementedError

    async def confirm(self, who: Identity, id_: str) -> Announcement:
        """Sends a draft now, or schedules it with its reminders."""
        raise NotImplementedError

    async def create(
        self, who: Identity, draft: Draft, idempotency_key: str | None = None
    ) -> Announcement:
        """Drafts and confirms in one step.

        The same key with the same draft gives the announcement made before; with another one,
        Conflict.
        """
        raise NotImplementedError

    async def change(self, who: Identity, id_: str, change: Change) -> Announcement:
        """Changes the words of an announcement, also where it is posted already."""
        raise NotImplementedError

    async def differences(self, who: Identity, id_: str) -> Changed:
        """What is no longer as it was posted."""
        raise NotImplementedError

    async def update(self, who: Identity, id_: str) -> Announcement:
        """Brings every post up to date with the meeting as it is now."""
        raise NotImplementedError

    async def pending_changes(self) -> tuple[Changed, ...]:
        """The announcements, of meetings not yet over, that are no longer as posted."""
        raise NotImplementedError

    async def meetings_changed(self, tell: Callable[[Notice], Awaitable[None]]) -> None:
        """Moves reminders with their meetings and tells of each change once over all replicas."""
        raise NotImplementedError

    async def recall(self, who: Identity, id_: str) -> Announcement:
        """Takes all posts back, its reminders' as well; calls off one that is scheduled."""
        raise NotImplementedError

    async def stop(self, who: Identity, id_: str) -> Announcement:
        """Posts no further; what is posted stays."""
        raise NotImplementedError

    async def retry(self, who: Identity, id_: str) -> Announcement:
        """Tries the failed deliveries once more."""
        raise NotImplementedError

    async def report(self, who: Identity, id_: str, limit: int = 100, offset: int = 0) -> Report:
        """How far it has come."""
        raise NotImplementedError

    async def listing(self, who: Identity, limit: int = 20) -> tuple[Report, ...]:
        """The newest announcements that somebody may see, with their counts."""
        raise NotImplementedError

    async def show_progress(self, who: Identity, id_: str, place: Mapping[str, object]) -> None:
        """Remembers where the progress card is."""
        raise NotImplementedError

    async def fire_due(self, now: dt.datetime) -> int:
        """Sends what is due; gives how many were begun."""
        raise NotImplementedError
