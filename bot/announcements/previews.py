"""What an announcement will post, where and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements import meeting_snapshots
from bot.announcements.model import Announcement, Reminder, State
from bot.announcements.post import MEMBERS, Composer
from bot.announcements.reminders import Reminders
from bot.announcements.repository import AnnouncementRepository
from bot.announcements.row_mapping import target_of
from bot.announcements.sender import Target
from bot.answers import dates
from bot.answers.model import Answer
from bot.knowledge.values import LANGUAGES, Language
from bot.store import conversations, deliveries

MOST_TARGETS = 20
"""How many conversations a preview names."""


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


class Previews:
    """Makes previews; `compose` writes the post."""

    def __init__(
        self, repository: AnnouncementRepository, reminders: Reminders, compose: Composer
    ) -> None:
        self._repository = repository
        self._reminders = reminders
        self._compose = compose

    def of(
        self, found: Announcement, receivers: int, targets: tuple[Target, ...], now: float
    ) -> Preview:
        """The preview of an announcement, for what `reach` found."""
        sample = Target(next(iter(MEMBERS)), "channel", "", "", "", networks=tuple(found.networks))
        occurrence = meeting_snapshots.occurrence_of(found.facts, self._repository.zone)
        waits = found.state in (State.DRAFT, State.SCHEDULED) and found.send_at is not None
        coming: dict[Reminder, dt.datetime] = {}
        if occurrence is not None and not occurrence.cancelled:
            coming = self._reminders.coming(found, occurrence, now)
        return Preview(
            announcement=found,
            post=self._compose(found, sample),
            receivers=receivers,
            targets=targets,
            when=self.written(found.send_at) if waits and found.send_at else {},
            reminders=tuple(self.written(time) for time in coming.values()),
        )

    async def reach(
        self, tx: AsyncConnection, networks: Sequence[str]
    ) -> tuple[int, tuple[Target, ...]]:
        """How many conversations follow the networks, and the first of them."""
        found = await deliveries.receivers(tx, networks, MOST_TARGETS)
        followed = await conversations.follows_of_all(tx, [row.id for row in found])
        targets = tuple(target_of(row, followed.get(row.id, ())) for row in found)
        return await conversations.count_receivers(tx, networks), targets

    def written(self, instant: dt.datetime) -> dict[Language, str]:
        """An instant as the community's clocks show it, in each language."""
        local = instant.astimezone(self._repository.zone)
        return {language: dates.instant(local, language) for language in LANGUAGES}
