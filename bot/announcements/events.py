"""What announcements tell the rest of the program: that there is work, and that there is news."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from bot.announcements.model import Notice

log = structlog.get_logger()


async def _only_log(notice: Notice) -> None:
    log.info("announcement.notice", announcement=notice.announcement.id)


@dataclass
class AnnouncementEvents:
    """Callbacks of announcements. They may be set later: who hears of them is built afterwards."""

    wake: Callable[[], None] = lambda: None
    """Tells the delivery engine that there is something to deliver."""
    notify: Callable[[Notice], Awaitable[None]] = _only_log
    """Takes what a coordinator should hear unasked; where it fails, the report says the same."""

    async def tell(self, notice: Notice) -> None:
        """Hands a notice over; an error is logged, for the announcement itself is done."""
        try:
            await self.notify(notice)
        except Exception:
            log.exception("announcement.notice_failed", announcement=notice.announcement.id)
