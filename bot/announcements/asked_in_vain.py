"""What was asked in vain about a network, for those who keep it to answer."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass

from bot.announcements.errors import NotAllowed, NotFound
from bot.announcements.model import Identity
from bot.announcements.permissions import Coordinators
from bot.answers.unanswered import Group, grouped
from bot.knowledge.values import Language
from bot.store import unanswered as rows
from bot.store.database import Database
from bot.understanding.anonymise import ADDRESS, EMAIL, LINK, NAME, NUMBER, as_phrase_text
from bot.understanding.interpreter import Interpreter, MessageContext
from bot.understanding.model import QUESTION
from bot.understanding.reloader import ContentReloader
from bot.understanding.text import MASKS, PERSON, PLACE

MOST_READ = 200
"""Different questions that are looked at, the most frequent ones."""

MOST_WORDINGS = 5
"""Wordings of one question that a form is filled with."""

ABOUT_SOMEBODY = (PERSON, NAME, NUMBER, EMAIL, LINK, ADDRESS)
"""Masks of what may be about somebody: such a question is shown to nobody."""


@dataclass(frozen=True)
class Asked:
    """A question that got no answer, in words that differ little."""

    number: int
    language: Language
    wordings: tuple[str, ...]
    """Without names of persons, the most frequent first."""
    count: int
    last: dt.date


class AskedInVain:
    """Reads what `UnansweredRecorder` kept, masked as it is kept; of people it shows nothing."""

    def __init__(
        self, database: Database, reloader: ContentReloader, coordinators: Coordinators
    ) -> None:
        self._database, self._reloader, self._coordinators = database, reloader, coordinators

    async def about(self, who: Identity, network: str) -> tuple[Asked, ...]:
        """What names a network or no place and has no answer by now, the most asked first.

        Raises NotAllowed for a network that is not one's own.
        """
        if not self._coordinators.may(who, network):
            raise NotAllowed
        async with self._database.reading() as tx:
            found = await rows.most_asked(tx, MOST_READ, network)
        snapshot = self._reloader.snapshot
        place = snapshot.knowledge.networks[network].short
        groups = grouped(row for row in found if _is_shown(row.text))
        asked = [_asked(one, place[one.language]) for one in groups]
        return await asyncio.to_thread(
            lambda: tuple(one for one in asked if not _is_answered(snapshot.interpreter, one))
        )

    async def find(self, who: Identity, network: str, number: int) -> Asked:
        """One of these; raises NotFound where it is kept no longer."""
        found = next((one for one in await self.about(who, network) if one.number == number), None)
        if found is None:
            raise NotFound("not_there")
        return found


def _is_shown(text: str) -> bool:
    return bool(_worded(text)) and not any(mask in text for mask in ABOUT_SOMEBODY)


def _worded(text: str, place: str = "") -> str:
    """A masked question as somebody would write it, with a name in place of the mask of places."""
    words = as_phrase_text(text).replace(PLACE, place).split()
    said = " ".join(word for word in words if word not in MASKS).strip(" ,.;:")
    return f"{said[:1].upper()}{said[1:]}?" if said else ""


def _asked(group: Group, place: str) -> Asked:
    # In Finnish a name would have to be inflected, and nothing leads to the one that is left out.
    name = "" if group.language == "fi" else place
    wordings = dict.fromkeys(_worded(text, name) for text in group.texts)
    return Asked(
        group.number,
        group.language,
        tuple(wordings)[:MOST_WORDINGS],
        group.count,
        dt.date.fromisoformat(group.last),
    )


def _is_answered(interpreter: Interpreter, asked: Asked) -> bool:
    """Whether a question of the content answers it by now."""
    understanding = interpreter.understand(asked.wordings[0], MessageContext(asked.last))
    return understanding.requests[0].intent == QUESTION
