"""Asks coordinators, twice a year, whether what is told of them is still right.

It takes a `person:` in coordinators.yaml, and that the coordinator has written to the bot in a
personal chat: only then is there a place in which to ask.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from cachetools import TTLCache
from dateutil.relativedelta import relativedelta

from bot.announcements.content_editing import ContentEditor
from bot.announcements.errors import NotFound
from bot.announcements.model import Action, Identity
from bot.announcements.permissions import Coordinators
from bot.knowledge.models import Person
from bot.knowledge.overlay import Fields, Kind
from bot.knowledge.values import LANGUAGES, Language
from bot.store import coordinator_chats as rows
from bot.store.coordinator_chats import ChatRow
from bot.store.database import DATABASE_GONE, Database

log = structlog.get_logger()

LOOK_INTERVAL = 3600.0
"""Seconds between two looks who is to be asked."""

RETRY = dt.timedelta(days=1)
"""After how long it is tried again where the question did not arrive."""

MOST_SEEN = 10_000
SEEN_TTL = 3600.0
"""Coordinators, and seconds, for which it is known that their chat is kept."""


@dataclass(frozen=True)
class Question:
    """What a coordinator is asked, and where."""

    who: Identity
    person: Person
    service_url: str
    conversation: str
    language: Language


Ask = Callable[[Question], Awaitable[bool]]
"""Asks; False where the question did not arrive."""


class Freshness:
    """Who is asked, when, and what comes of it; `months` apart, 0 for never."""

    def __init__(
        self,
        database: Database,
        content: ContentEditor,
        coordinators: Coordinators,
        months: int,
    ) -> None:
        self._database = database
        self._content = content
        self._coordinators = coordinators
        self._months = months
        self._seen: TTLCache[Identity, tuple[str, str, Language]] = TTLCache(MOST_SEEN, SEEN_TTL)

    async def wrote(
        self, who: Identity, service_url: str, conversation: str, language: Language
    ) -> None:
        """Keeps the personal chat of a coordinator: for this, and for notices without another.

        Where nobody is asked, for notices alone.
        """
        place = (service_url, conversation, language)
        if self._seen.get(who) == place:
            return
        if not self._coordinators.is_coordinator(who) or len(conversation) > 512:
            return
        try:
            async with self._database.transaction() as tx:
                await rows.remember(tx, who.id.lower(), (who.tenant or "").lower(), *place)
        except DATABASE_GONE as error:
            # It is kept when they write the next time.
            log.warning("coordinator_chat.not_kept", error=type(error).__name__)
            return
        self._seen[who] = place

    async def confirm(self, who: Identity, key: str, source: Fields) -> int:
        """Gives a person a new source: somebody with the right says that it is still right."""
        fields = self._content.fields(Kind.PERSON, key)
        if fields is None:
            raise NotFound("not_there")
        renewed = {**fields, "source": source}
        action = Action.CONTENT_CONFIRMED
        return await self._content.put(who, Kind.PERSON, key, renewed, action=action)

    async def run(self, ask: Ask) -> None:
        """Asks whoever is to be asked, until cancelled."""
        while self._months:
            try:
                await self.ask_due(ask)
            except DATABASE_GONE as error:
                log.warning("freshness.waits", error=type(error).__name__)
            await asyncio.sleep(LOOK_INTERVAL)

    async def ask_due(self, ask: Ask) -> int:
        """Asks everybody who is to be asked now, once over all replicas; gives how many."""
        async with self._database.reading() as tx:
            now, chats = await self._database.now(tx), await rows.rows(tx)
        before = _months_before(now, self._months)
        asked = 0
        for chat in chats:
            question = self._question(chat, before)
            if question is None:
                continue
            async with self._database.transaction() as tx:
                if not await rows.claim(tx, chat, now, before.timestamp()):
                    continue
            if await ask(question):
                asked += 1
                continue
            async with self._database.transaction() as tx:
                await rows.put_off(tx, chat, (before + RETRY).timestamp())
        return asked

    def _question(self, chat: ChatRow, before: dt.datetime) -> Question | None:
        """What is asked in a chat; None where nothing is old enough, or the right is gone."""
        who = Identity(chat.actor, chat.tenant or None)
        person = self._content.knowledge.people.get(self._coordinators.person_of(who) or "")
        if person is None or (chat.asked_at or 0) >= before.timestamp():
            return None
        date = person.source.date
        zone = self._content.knowledge.zone
        if date is not None and date.last_day() >= before.astimezone(zone).date():
            return None
        if not all(self._coordinators.may(who, network) for network in person.networks):
            return None
        if not person.given_out((before + relativedelta(months=self._months)).date()):
            return None
        language = next((one for one in LANGUAGES if one == chat.language), LANGUAGES[0])
        return Question(who, person, chat.service_url, chat.conversation, language)


def _months_before(now: float, months: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(now, dt.UTC) - relativedelta(months=months)
