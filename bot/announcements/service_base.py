"""What the parts of the announcement service share."""

from __future__ import annotations

from bot.announcements.events import AnnouncementEvents
from bot.announcements.post import Composer
from bot.announcements.previews import Previews
from bot.announcements.reminders import Reminders
from bot.announcements.repository import AnnouncementRepository


class ServiceBase:
    """The repository, the post composer and the events, for each part of `Announcements`."""

    def __init__(
        self, repository: AnnouncementRepository, compose: Composer, events: AnnouncementEvents
    ) -> None:
        self.compose = compose
        self.events = events
        self._repository = repository
        self._reminders = Reminders(repository)
        self._previews = Previews(repository, self._reminders, compose)
