"""Keeps progress cards up to date in place, and brings coordinators news that they did not ask for.

A card may have been shown by another process: where it is stands with the announcement.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog
from botbuilder.schema import Activity, ActivityTypes, Attachment

from bot.announcements.model import Notice, Report
from bot.announcements.service import Announcements
from bot.channels.connector import ConnectorClient, ConnectorError
from bot.knowledge.values import LANGUAGES, Language

from ..cards import CONTENT_TYPE
from .card_actions import Json
from .report_cards import ReportCards

log = structlog.get_logger(__name__)

EVERY = 1.0
"""Seconds between two updates of one card: Teams allows few messages a conversation."""


class Progress:
    """Updates cards by a `Sender` that tries once; a card that cannot be reached is left alone."""

    def __init__(
        self,
        announcements: Announcements,
        reports: ReportCards,
        wire: ConnectorClient,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._announcements = announcements
        self._reports = reports
        self._wire = wire
        self._sleep = sleep
        self._wanted: set[str] = set()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def on_progress(self, announcement: str) -> None:
        """Has the card of an announcement updated soon; calls that come meanwhile are one."""
        self._wanted.add(announcement)
        if announcement not in self._tasks:
            task = asyncio.create_task(self._follow(announcement))
            self._tasks[announcement] = task
            task.add_done_callback(lambda _: self._tasks.pop(announcement, None))

    async def close(self) -> None:
        """Ends at once; the next process goes on with what comes forward there."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def tell(self, notice: Notice) -> None:
        """Tells a coordinator something in the chat in which the announcement was made."""
        place = notice.announcement.progress
        if place is None:
            return
        card = self._reports.notice(notice, _language(place.get("language")))
        try:
            await self._wire.send(
                str(place["service_url"]), str(place["conversation"]), message(card)
            )
        except (ConnectorError, KeyError) as error:
            log.warning("notice not sent", announcement=notice.announcement.id, error=str(error))

    async def _follow(self, id_: str) -> None:
        while id_ in self._wanted:
            # First a pause: the card may still be on its way to where it is shown.
            await self._sleep(EVERY)
            self._wanted.discard(id_)
            try:
                report = await self._announcements.progress(id_)
            except Exception:
                # Without the database nothing comes forward either: more is told when it is back.
                log.exception("progress not read", announcement=id_)
                continue
            place = report.announcement.progress if report is not None else None
            # Without a card, a form stands in its place: what is being typed there must stay.
            if report is not None and place is not None and "activity" in place:
                await self._update(report, place)

    async def _update(self, report: Report, place: Mapping[str, object]) -> None:
        card = self._reports.card(report, _language(place.get("language")))
        activity = message(card)
        try:
            activity.id = str(place["activity"])
            await self._wire.update(
                str(place["service_url"]), str(place["conversation"]), activity.id, activity
            )
        except (ConnectorError, KeyError) as error:
            made = report.announcement.id
            log.info("progress card not updated", announcement=made, error=str(error))


def message(card: Json) -> Activity:
    """A message that holds a card."""
    return Activity(
        type=ActivityTypes.message,
        summary=card["speak"],
        attachments=[Attachment(content_type=CONTENT_TYPE, content=card)],
    )


def _language(value: object) -> Language:
    return next((one for one in LANGUAGES if one == value), LANGUAGES[0])
