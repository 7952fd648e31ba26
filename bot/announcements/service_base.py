"""What the parts of the announcement service share, and its callbacks to other rooms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements import record
from bot.announcements.model import Action, Announcement, Identity, Notice
from bot.announcements.post import Composer
from bot.announcements.reminders import Reminders
from bot.announcements.repository import AnnouncementRepository

log = structlog.get_logger()


async def _only_log(notice: Notice) -> None:
    log.info("announcement.notice", announcement=notice.announcement.id)


@dataclass
class AnnouncementEvents:
    """Callbacks of announcements; may be set later, since their receivers are built afterwards."""

    wake: Callable[[], None] = lambda: None
    """Tells the delivery engine that there is something to deliver."""
    notify: Callable[[Notice], Awaitable[None]] = _only_log
    """Notifies an announcement's author; where it fails, the report says the same."""

    async def send_notice(self, notice: Notice) -> None:
        """Notifies the author; an error is only logged, since the announcement itself is done."""
        try:
            await self.notify(notice)
        except Exception:
            log.exception("announcement.notice_failed", announcement=notice.announcement.id)


class ServiceBase:
    """The repository, the post composer and the events, for each part of `Announcements`."""

    def __init__(
        self, repository: AnnouncementRepository, compose: Composer, events: AnnouncementEvents
    ) -> None:
        self.compose = compose
        self.events = events
        self._repository = repository
        self._reminders = Reminders(repository)

    async def _note(
        self, tx: AsyncConnection, now: float, who: Identity, action: Action, found: Announcement
    ) -> None:
        """Records what somebody does with an announcement."""
        await record.note(tx, now, who, action, found.id, found.networks)

    def _log_and_wake(self, what: str, announcement: Announcement) -> None:
        """Has it delivered; the line ties the turn or request it came from to its deliveries."""
        log.info(
            f"announcement.{what}",
            announcement=announcement.id,
            state=announcement.state.value,
            version=announcement.version,
        )
        self.events.wake()
