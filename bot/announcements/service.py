"""Announcements from draft to recall. Each step checks by itself who asks for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable

import structlog

from bot.announcements.changing import Changing
from bot.announcements.dispatching import Dispatching
from bot.announcements.drafting import Drafting
from bot.announcements.meeting_changes import MeetingChanges
from bot.announcements.model import Identity, Notice
from bot.announcements.permissions import Coordinators
from bot.announcements.post import Composer
from bot.announcements.previews import Previews
from bot.announcements.reminders import Reminders
from bot.announcements.reports import Reports
from bot.announcements.repository import AnnouncementRepository
from bot.knowledge.library import Knowledge
from bot.store import announcements as rows
from bot.store.database import Database

log = structlog.get_logger()

DRAFTS_KEPT = dt.timedelta(days=30)

NoticeTaker = Callable[[Notice], Awaitable[None]]


async def _only_log(notice: Notice) -> None:
    log.info("announcement.notice", announcement=notice.announcement.id)


class Announcements:
    """All that can be done with announcements, put together of the modules that do it.

    Every method checks the rights of `who` and raises NotAllowed, NotFound, WrongState, Conflict
    or Invalid (`errors`); then nothing was changed. `wake` tells the engine that there is work.
    `notify` takes what a coordinator should hear unasked. Both may be set later.
    """

    def __init__(
        self,
        database: Database,
        knowledge: Callable[[], Knowledge],
        coordinators: Coordinators,
        *,
        public_url: str | None = None,
        wake: Callable[[], None] = lambda: None,
        notify: NoticeTaker = _only_log,
    ) -> None:
        self.wake = wake
        self.notify = notify
        self.compose = Composer(knowledge, public_url)
        self._repository = repository = AnnouncementRepository(database, knowledge, coordinators)
        reminders = Reminders(repository)
        previews = Previews(repository, reminders, self.compose)
        self.written = previews.written

        drafting = Drafting(repository, reminders, previews, self._wake)
        self.draft = drafting.draft
        self.edit = drafting.edit
        self.preview = drafting.preview
        self.dry_run = drafting.dry_run
        self.confirm = drafting.confirm
        self.create = drafting.create

        changing = Changing(repository, reminders, self._wake)
        self.change = changing.change
        self.differences = changing.differences
        self.update = changing.update
        self.recall = changing.recall
        self.stop = changing.stop
        self.retry = changing.retry

        reports = Reports(repository)
        self.report = reports.report
        self.listing = reports.listing
        self.progress = reports.progress
        self.show_progress = reports.show_progress
        self.hide_progress = reports.hide_progress

        # What happens by itself.
        following = MeetingChanges(repository, reminders, self._tell)
        self.pending_changes = following.pending_changes
        self.meetings_changed = following.meetings_changed
        self.dispatch_due = Dispatching(repository, self._wake, self._tell).dispatch_due

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

    def _wake(self) -> None:
        self.wake()

    async def _tell(self, notice: Notice) -> None:
        try:
            await self.notify(notice)
        except Exception:
            # Whoever could not be told sees it in the report all the same.
            log.exception("announcement.notice_failed", announcement=notice.announcement.id)
