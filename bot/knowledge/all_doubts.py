"""All that is valid in the files and is probably a mistake."""

from __future__ import annotations

import datetime as dt

from bot.knowledge.doubts import Doubts
from bot.knowledge.library import Knowledge
from bot.knowledge.meeting_doubts import meeting_doubts
from bot.knowledge.network_doubts import field_doubts, network_doubts
from bot.knowledge.person_doubts import person_doubts
from bot.knowledge.word_doubts import word_doubts


def all_doubts(knowledge: Knowledge, now: dt.datetime) -> Doubts:
    """What looks wrong in files without errors; `now` has a time zone."""
    there = now.astimezone(knowledge.zone)
    yield from meeting_doubts(knowledge, there)
    yield from person_doubts(knowledge, there.date())
    yield from network_doubts(knowledge, there.date())
    yield from field_doubts(knowledge, there.date())
    yield from word_doubts(knowledge)
