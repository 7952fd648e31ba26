"""A message in the middle of a talk: what it refers to, takes back or tells, before it is read."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Protocol

from bot.knowledge.library import FALLBACK, Knowledge
from bot.understanding.entities import MaskedMessage
from bot.understanding.model import UNKNOWN_PERSON, Found, Manner
from bot.understanding.talk.corrections import Corrections
from bot.understanding.talk.follow_ups import FollowUps
from bot.understanding.talk.memory import ConversationState
from bot.understanding.talk.references import References
from bot.understanding.talk.told import Told
from bot.understanding.talk.wordings import Wordings, shortened


class Read(Protocol):
    """Reads a message by its words; `asks` says that it certainly asks something of ours."""

    def __call__(
        self, masked: MaskedMessage, memory: ConversationState | None, asks: bool = False
    ) -> Found:
        """What it says."""


class TalkReader:
    """Built once per Knowledge."""

    def __init__(self, knowledge: Knowledge, wordings: Wordings, follow_ups: FollowUps) -> None:
        self._wordings = wordings
        self._corrections = Corrections(knowledge, wordings, follow_ups)
        self._references = References(knowledge, wordings, follow_ups)
        self._told = Told(wordings, follow_ups)

    def decided(
        self, masked: MaskedMessage, memory: ConversationState | None, today: dt.date
    ) -> Found | None:
        """What a message asks that is nothing but references to what was said."""
        if memory is None or not masked.words:
            return None
        if found := self._corrections.read(masked.words, memory, today):
            return found
        referred = self._references.read(masked, memory, today)
        return referred.found if referred else None

    def read(
        self,
        masked: MaskedMessage,
        text: str,
        memory: ConversationState | None,
        today: dt.date,
        read: Read,
    ) -> Found:
        """What a message asks by words of its own, about what it refers to."""
        found = self._referring(masked, memory, today, read) or read(masked, memory)
        first = found.requests[0]
        if first.intent == FALLBACK and first.topic != UNKNOWN_PERSON:
            return self._told.read(masked, text, memory) or found
        return found

    def _referring(
        self,
        masked: MaskedMessage,
        memory: ConversationState | None,
        today: dt.date,
        read: Read,
    ) -> Found | None:
        if memory is None or not masked.words:
            return None
        if shorter := self._wordings.find(masked.words, ("shorter",)):
            found = read(shortened(masked, shorter), memory)
            if found.requests[0].intent != FALLBACK:
                asked = tuple(replace(one, manner=Manner.SHORTER) for one in found.requests)
                return found._replace(requests=asked)
        referred = self._references.read(masked, memory, today)
        if referred is None or referred.found:
            return None
        found = read(referred.masked, referred.memory, asks=True)
        if found.requests[0].intent == FALLBACK:
            return None
        asked = tuple(
            replace(one, entities=replace(one.entities, meetings=referred.meetings))
            if one.intent == "meetings" and referred.meetings and not one.entities.meetings
            else one
            for one in found.requests
        )
        return found._replace(requests=asked)
