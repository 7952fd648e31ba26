"""A message in the middle of a talk: what it refers to, takes back or tells, before it is read."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Protocol

from bot.knowledge.library import FALLBACK, Knowledge
from bot.understanding.clauses import SENTENCE_END
from bot.understanding.entities import MaskedMessage
from bot.understanding.model import UNKNOWN_PERSON, Found, Manner, Request
from bot.understanding.talk.corrections import Corrections
from bot.understanding.talk.follow_ups import RULE_CONFIDENCE, FollowUps, is_of_ours, last_about
from bot.understanding.talk.memory import ConversationState
from bot.understanding.talk.references import References
from bot.understanding.talk.told import Told
from bot.understanding.talk.wordings import Wordings, kept_words, shortened, without
from bot.understanding.text import MASKS
from bot.understanding.training import SHORT_TALK

OF_NETWORK = (FALLBACK, "network_info", "network_activity", "find_network")
"""What a message may read as that asks for more of a kind of meetings."""

LONGEST_REMARK = 4
"""Words of the longest remark that is left out before a question."""


class Read(Protocol):
    """Reads a message by its words; `asks` says that it certainly asks something of ours."""

    def __call__(
        self, masked: MaskedMessage, memory: ConversationState | None, asks: bool = False
    ) -> Found:
        """What it says."""


class TalkReader:
    """Built once per Knowledge."""

    def __init__(self, knowledge: Knowledge, wordings: Wordings, follow_ups: FollowUps) -> None:
        self._wordings, self._follow_ups = wordings, follow_ups
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
        if first.intent == FALLBACK and not first.topic and is_of_ours(memory):
            found = self._after_remark(masked, text, memory, read) or found
            first = found.requests[0]
        if first.intent == FALLBACK and first.topic != UNKNOWN_PERSON:
            likely = 0.0 if first.topic else 1 - found.confidence
            return self._told.read(masked, text, memory, likely) or found
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
        if stripped := self._stripped(masked, memory, read):
            return stripped
        referred = self._references.read(masked, memory, today)
        if referred is None or referred.found:
            return None
        found = read(referred.masked, referred.memory, asks=True)
        if not _is_understood(found):
            found = read(self._bare(referred.masked), referred.memory, asks=True)
        if not _is_understood(found):
            found = read(masked, referred.memory)
        if not _is_understood(found):
            return None
        asked = tuple(
            replace(one, entities=replace(one.entities, meetings=referred.meetings))
            if one.intent == "meetings" and referred.meetings and not one.entities.meetings
            else one
            for one in found.requests
        )
        return found._replace(requests=asked)

    def _after_remark(
        self, masked: MaskedMessage, text: str, memory: ConversationState | None, read: Read
    ) -> Found | None:
        """What a message asks after a short remark of its own: `Fair enough. Next meeting?`."""
        ends = (
            at
            for at in range(1, len(masked.words))
            if SENTENCE_END.search(_between(masked, text, at))
        )
        at = next(ends, 0)
        if not 0 < at <= LONGEST_REMARK or MASKS.intersection(masked.words[:at]):
            return None
        found = read(kept_words(masked, range(at, len(masked.words))), memory)
        return found if _is_understood(found) else None

    def _stripped(
        self, masked: MaskedMessage, memory: ConversationState, read: Read
    ) -> Found | None:
        """What a message asks besides a wording such as `back to` or `in short`."""
        wordings = self._wordings.find(masked.words, ("shorter", "back", "mistake"))
        rest = {word for word in without(masked.words, wordings) if word not in MASKS}
        if wordings and not rest <= self._wordings.small | self._wordings.amounts:
            back = any(one.operation == "back" for one in wordings)
            before = last_about(masked.entities, memory) if back else None
            there = replace(memory, request=before, together=()) if before else memory
            short = any(one.operation == "shorter" for one in wordings)
            asked = shortened(masked, wordings)
            found = read(self._without_amounts(asked) if short else asked, there, asks=not short)
            if _is_understood(found):
                return _in_manner(found, Manner.SHORTER) if short else found
        if wordings := self._wordings.find(masked.words, ("not_that", "more")):
            found = read(masked, memory)
            more = any(one.operation == "more" for one in wordings)
            if more and (of_kind := self._of_kind(masked, found, memory)):
                return of_kind
            if _is_understood(found):
                return found
            found = read(shortened(masked, wordings), memory, asks=is_of_ours(memory))
            if _is_understood(found):
                return _in_manner(found, Manner.MORE) if more else found
        return None

    def asserted(
        self,
        masked: MaskedMessage,
        text: str,
        memory: ConversationState | None,
        today: dt.date,
        read: Read,
    ) -> Found:
        """What the asserted part of a message asks: `not the contacts, the meetings`."""
        if found := self.decided(masked, memory, today):
            return found
        found = self.read(masked, text, memory, today, read)
        if _is_understood(found) or not is_of_ours(memory):
            return found
        again = read(self._bare(masked), memory, asks=True)
        return again if _is_understood(again) else found

    def _of_kind(
        self, masked: MaskedMessage, found: Found, memory: ConversationState
    ) -> Found | None:
        """More of a kind of meetings, whatever the rest reads as: `tell me more of the coffee`."""
        named = masked.entities
        if found.requests[0].intent not in OF_NETWORK or not named.kinds or not is_of_ours(memory):
            return None
        there = self._follow_ups.with_place_of(named, memory.about)
        return Found((Request("meetings", there),), RULE_CONFIDENCE)

    def _without_amounts(self, masked: MaskedMessage) -> MaskedMessage:
        """The message without `two sentences please`."""
        amounts = self._wordings.amounts
        kept = [at for at, one in enumerate(masked.words) if one not in amounts]
        return kept_words(masked, kept) if kept else masked

    def _bare(self, masked: MaskedMessage) -> MaskedMessage:
        """The message without small words."""
        small = self._wordings.small
        return kept_words(masked, [at for at, one in enumerate(masked.words) if one not in small])


def _between(masked: MaskedMessage, text: str, at: int) -> str:
    """What of the text stands between a masked word and the one before it."""
    first, last = masked.owners[at - 1], masked.owners[at]
    return text[masked.tokens[first].end : masked.tokens[last].start] if first < last else ""


def _is_understood(found: Found) -> bool:
    """Whether anything of ours is asked."""
    return found.requests[0].intent not in (FALLBACK, *SHORT_TALK)


def _in_manner(found: Found, manner: Manner) -> Found:
    return found._replace(requests=tuple(replace(one, manner=manner) for one in found.requests))
