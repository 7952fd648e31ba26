"""A time that a message takes from what was shown: `samalla viikolla`, `that same month`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

from bot.knowledge.library import Knowledge
from bot.understanding.entities import MaskedMessage
from bot.understanding.model import Period
from bot.understanding.talk.memory import ConversationState
from bot.understanding.talk.wordings import Wording, Wordings
from bot.understanding.text import TIME
from bot.understanding.times import spans

AROUND: dict[str, Callable[[dt.date], Period]] = {
    "same_day": spans.days,
    "same_week": lambda day: spans.week(day, 0),
    "same_month": lambda day: spans.month(day.year, day.month),
}
"""The time that each wording means, by a day in it."""

LONGEST = dt.timedelta(days=31)
"""Of a longer period nobody says `that month`."""


class SameTimes:
    """Built once per Knowledge."""

    def __init__(self, knowledge: Knowledge, wordings: Wordings) -> None:
        self._knowledge, self._wordings = knowledge, wordings

    def resolved(self, masked: MaskedMessage, memory: ConversationState | None) -> MaskedMessage:
        """The message with the time that it takes from the conversation, masked like any other."""
        if memory is None or masked.entities.period:
            return masked
        found = self._wordings.find(masked.words, AROUND)
        day = self._day(memory) if found else None
        if day is None:
            return masked
        period = AROUND[found[0].operation](day)
        return replace(
            _with_time(masked, found[0]), entities=replace(masked.entities, period=period)
        )

    def _day(self, memory: ConversationState) -> dt.date | None:
        """The day of the meeting that was shown first, or the beginning of what was asked for."""
        asked = memory.request.entities.period
        if asked and asked.end - asked.start <= LONGEST:
            return asked.start
        shown = next((one.meetings for one in memory.lists if one.meetings), ())
        known = self._knowledge.find_occurrence(shown[0]) if shown else None
        return known.day if known else None


def _with_time(masked: MaskedMessage, said: Wording) -> MaskedMessage:
    """The message with a mask in place of a wording."""
    kept = [at for at in range(len(masked.words)) if not said.first < at < said.end]
    return replace(
        masked,
        words=tuple(TIME if at == said.first else masked.words[at] for at in kept),
        owners=tuple(masked.owners[at] for at in kept),
    )
