"""Updates progress cards in place, and sends notices to coordinators.

A card may have been shown by another process: its place is stored with the announcement.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

import structlog
from botbuilder.schema import Activity, ActivityTypes, Attachment

from bot.announcements.model import Notice
from bot.announcements.reports import places_of
from bot.announcements.service import Announcements
from bot.channels.connector import ConnectorClient, ConnectorError
from bot.knowledge.values import LANGUAGES, Language
from bot.store.database import DATABASE_GONE

from ..card_updates import CardPlace, CardUpdates
from ..cards import CONTENT_TYPE, Json
from .report_cards import ReportCards

log = structlog.get_logger(__name__)

UPDATE_INTERVAL = 1.0
"""Seconds between two updates of a card: Teams limits the rate in each conversation."""


class ProgressCards:
    """Has cards updated through `updates`; notices go by a `ConnectorClient` that tries once."""

    def __init__(
        self,
        announcements: Announcements,
        reports: ReportCards,
        connector: ConnectorClient,
        updates: CardUpdates,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._announcements = announcements
        self._reports = reports
        self._connector = connector
        self._updates = updates
        self._sleep = sleep
        self._wanted: set[str] = set()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def on_progress(self, announcement: str) -> None:
        """Has the card of an announcement updated soon; calls until then cause one update."""
        self._wanted.add(announcement)
        if announcement not in self._tasks:
            task = asyncio.create_task(self._keep_updated(announcement))
            self._tasks[announcement] = task
            task.add_done_callback(lambda _: self._tasks.pop(announcement, None))

    async def close(self) -> None:
        """Cancels the updates; the next progress, in any process, causes others."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def send_notice(self, notice: Notice) -> None:
        """Sends a notice to the chat in which the announcement was made.

        Where there is none, as of what came by the API or a command: to the own chats of those who
        coordinate its networks.
        """
        place = notice.announcement.progress
        if place is not None and "conversation" in place and "service_url" in place:
            await self._send_notice(notice, place)
            return
        for chat in await self._announcements.chats_for(notice.announcement.networks):
            await self._send_notice(notice, chat._asdict())

    async def _send_notice(self, notice: Notice, place: Mapping[str, object]) -> None:
        card = self._reports.notice(notice, _language(place.get("language")))
        try:
            await self._connector.send(
                str(place["service_url"]), str(place["conversation"]), message(card)
            )
        except ConnectorError as error:
            log.warning("notice.not_sent", announcement=notice.announcement.id, error=str(error))

    async def _keep_updated(self, id_: str) -> None:
        while id_ in self._wanted:
            # Wait first: the card may not have reached its chat yet.
            await self._sleep(UPDATE_INTERVAL)
            self._wanted.discard(id_)
            try:
                place = await self._announcements.progress_place(id_)
            except Exception as error:
                # Without the database there is no progress either; later progress tries again.
                log.warning(
                    "progress.not_read",
                    announcement=id_,
                    error=type(error).__name__,
                    exc_info=not isinstance(error, DATABASE_GONE),
                )
                continue
            for card in _card_places(place):
                self._updates.put(card, partial(self._make, id_, card))

    async def _make(self, id_: str, card: CardPlace) -> Activity | None:
        """The report as it is by now."""
        report = await self._announcements.progress(id_)
        # Where the card shows a form now, it must not be replaced while somebody types.
        if report is None:
            return None
        language = _card_places(report.announcement.progress).get(card)
        if language is None:
            return None
        return message(await self._reports.named_card(report, language))


def _card_places(progress: Mapping[str, object] | None) -> dict[CardPlace, Language]:
    """Where cards are that show progress by now, with the language of each."""
    names = ("service_url", "conversation", "activity")
    return {
        CardPlace(*(str(place[name]) for name in names)): _language(place.get("language"))
        for place in places_of(progress)
        if all(name in place for name in names)
    }


def message(card: Json) -> Activity:
    """A message that holds a card."""
    return Activity(
        type=ActivityTypes.message,
        summary=card["speak"],
        attachments=[Attachment(content_type=CONTENT_TYPE, content=card)],
    )


def _language(value: object) -> Language:
    return next((one for one in LANGUAGES if one == value), LANGUAGES[0])
