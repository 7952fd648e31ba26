"""A message in the middle of a talk: what it refers to, takes back or tells, before it is read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from bot.knowledge.library import FALLBACK, Knowledge
from bot.understanding.clauses import SENTENCE_END, asks_by_word
from bot.understanding.details import MIN_NAME
from bot.understanding.entities import MaskedMessage
from bot.understanding.model import UNKNOWN_PERSON, Entities, Found, Manner, Request
from bot.understanding.talk.complaints import Complaints
from bot.understanding.talk.corrections import Corrections
from bot.understanding.talk.described import Described
from bot.understanding.talk.dropped import Dropped
from bot.understanding.talk.follow_ups import (
    RULE_CONFIDENCE,
    FollowUps,
    is_of_ours,
    last_about,
)
from bot.understanding.talk.home import Home
from bot.understanding.talk.memory import ConversationState
from bot.understanding.talk.references import References
from bot.understanding.talk.told import Told
from bot.understanding.talk.wordings import Wordings, kept_words, shortened, without
from bot.understanding.text import MASKS, words
from bot.understanding.training import SHORT_TALK

OF_NETWORK = (FALLBACK, "network_info", "network_activity", "find_network")
"""What a message may read as that asks for more of a kind of meetings."""

LONGEST_REMARK = 4
"""Words of the longest remark that is left out before a question."""
MAX_CORRECTION = 12
"""Words of the longest message that only corrects a name."""

MAX_DESCRIPTION = 5
"""Words of the longest message that is nothing but a description: `the director, please`."""

OURS = 0.3
"""From which evidence words besides the name ask something of ours."""

_EXCUSES = frozenset(
    word
    for line in ("anteeksi anteeks sori eiku eikun", "forlat ursakta nej namen na", "sorry no wait")
    for word in line.split()
)
"""Words, folded, with which one takes something back."""

OF_ALL = ("about", "list_networks")
"""Intents about all networks, which means one's own where somebody tells where they live."""


class Read(Protocol):
    """Reads a message by its words; `asks` says that it certainly asks something of ours."""

    def __call__(
        self, masked: MaskedMessage, memory: ConversationState | None, asks: bool = False
    ) -> Found:
        """What it says."""


class TalkReader:
    """Built once per Knowledge."""

    def __init__(
        self,
        knowledge: Knowledge,
        wordings: Wordings,
        follow_ups: FollowUps,
        ours: Callable[[Sequence[str]], float],
    ) -> None:
        self._wordings = wordings
        self.corrections = Corrections(knowledge, wordings, follow_ups)
        self._people = Described(knowledge, wordings)
        self.references = References(knowledge, wordings, follow_ups, self._people)
        self._complaints = Complaints(
            knowledge, wordings, follow_ups, self.references, self._people
        )
        self._told = Told(wordings, follow_ups)
        self._home = Home(wordings, follow_ups)
        self._dropped = Dropped(wordings)
        self._name = words(knowledge.community.name.fi)[0][:MIN_NAME]
        self._follow_ups, self._ours = follow_ups, ours

    def decided(
        self, masked: MaskedMessage, memory: ConversationState | None, today: dt.date
    ) -> Found | None:
        """What a message asks that is nothing but references to what was said."""
        if not masked.words:
            return None
        if found := self._complaints.read(masked, memory):
            return found
        if memory is None:
            return None
        if found := self.corrections.read(masked.words, memory, today):
            return found
        if found := self._home.asked(masked, memory):
            return found
        referred = self.references.read(masked, memory, today)
        return referred.found if referred else None

    def without_dropped(
        self, masked: MaskedMessage, text: str, memory: ConversationState | None
    ) -> str | None:
        """The text without what it says not to matter any more; None where it drops nothing."""
        return self._dropped.kept(masked, text) if is_of_ours(memory) else None

    def home(self, masked: MaskedMessage) -> Entities | None:
        """Where the member tells to live or work."""
        return self._told.home(masked)

    def read(
        self,
        masked: MaskedMessage,
        text: str,
        memory: ConversationState | None,
        today: dt.date,
        read: Read,
    ) -> Found:
        """What a message asks by words of its own, about what it refers to."""
        found = (
            self._corrected(masked, text, memory)
            or self._referring(masked, memory, today, read)
            or read(masked, memory)
        )
        named = any(word.startswith(self._name) for word in masked.words)
        if found.requests[0].intent in OF_ALL and self._told.home(masked) and not named:
            # `just moved to Rovaniemi, is there any community`
            there = masked.entities.only_places()
            asked = replace(found.requests[0], intent="find_network", entities=there)
            found = found._replace(requests=(asked,)) if not asked.topic else found
        first = found.requests[0]
        if first.intent in OF_ALL and masked.entities.aliases and not first.topic:
            # A name of its own that a network has: what that is, is asked.
            of_network = replace(first, intent="network_info")
            found, first = found._replace(requests=(of_network,)), of_network
        if first.intent == FALLBACK and not first.topic:
            corrected = self._corrected(masked, text, memory, unless_asked=False)
            if corrected:
                return corrected
            described = self._of_one_described(masked, memory, read)
            if described:
                return described
        if first.intent == FALLBACK and not first.topic and is_of_ours(memory):
            found = self._after_remark(masked, text, memory, read) or found
            first = found.requests[0]
        if first.intent == FALLBACK and first.topic != UNKNOWN_PERSON:
            likely = 0.0 if first.topic else 1 - found.confidence
            return self._told.read(masked, text, memory, likely) or found
        return self._people.narrowed(found, masked, memory)

    def _of_one_described(
        self, masked: MaskedMessage, memory: ConversationState | None, read: Read
    ) -> Found | None:
        """What is asked of the one person whom a message describes: `the planner's e-mail`."""
        singled_out = self._people.singled_out(masked, memory)
        if singled_out is None or memory is None:
            return None
        key, others = singled_out
        entities = Entities(persons=(key,))
        rest = kept_words(masked, others)
        if self._wordings.small.issuperset(rest.words):
            short = len(masked.words) <= MAX_DESCRIPTION
            return Found((Request("person", entities),), RULE_CONFIDENCE) if short else None
        shown = replace(memory.shown, persons=(key,))
        request = replace(memory.request, entities=entities)
        there = replace(memory, shown=shown, request=request, together=())
        found = read(rest, there, asks=True)
        asked = found.requests[0]
        return found if asked.intent == "person" and asked.entities.persons == (key,) else None

    def _corrected(
        self,
        masked: MaskedMessage,
        text: str,
        memory: ConversationState | None,
        unless_asked: bool = True,
    ) -> Found | None:
        """The last question about another name, whatever excuse stands beside it.

        `No sorry, Vaasa it was, I was too quick`. With `unless_asked` None where the message may
        ask something itself.
        """
        said, named = masked.words, masked.entities
        if memory is None or not is_of_ours(memory) or len(said) > MAX_CORRECTION:
            return None
        if not (masked.names_place_exactly or named.persons or named.period):
            return None
        if unless_asked and "?" in text:
            return None
        mistakes = self._wordings.find(said, ("mistake",))
        if not unless_asked and not (masked.names_place_exactly and (mistakes or _excuses(said))):
            return None
        names = masked.names_place_exactly or named.persons
        denies = names and self._wordings.denials.intersection(said[:2])
        if unless_asked and not (mistakes or denies):
            return None
        rest = [word for word in without(said, mistakes) if word not in MASKS]
        asks = asks_by_word(rest) or self._wordings.subjects.intersection(rest)
        if unless_asked and (asks or self._ours(rest) >= OURS):
            return None
        language = memory.language
        masks = [at for at, word in enumerate(said) if word in MASKS]
        return self._follow_ups.names_alone(kept_words(masked, masks), language, memory)

    def _referring(
        self,
        masked: MaskedMessage,
        memory: ConversationState | None,
        today: dt.date,
        read: Read,
    ) -> Found | None:
        if memory is None or not masked.words:
            return None
        back = self._wordings.find(masked.words, ("back",))
        without_back = shortened(masked, back) if back else masked
        referred = self.references.read(without_back, memory, today)
        if not (back and referred) and (stripped := self._stripped(masked, memory, read)):
            return stripped
        if home := self._home.there(masked, memory):
            for own in (home[0], masked):
                found = read(own, home[1], asks=True)
                if _is_understood(found):
                    return found
        if referred is None:
            return None
        if referred.found:
            return referred.found if back else None
        found = read(referred.masked, referred.memory, asks=True)
        if not _is_understood(found):
            found = read(self._bare(referred.masked), referred.memory, asks=True)
        if not _is_understood(found):
            found = referred.otherwise or read(masked, referred.memory)
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


def _excuses(said: Sequence[str]) -> bool:
    """Whether a message begins as one that takes something back: `sorry, I want Lahti`."""
    return bool(_EXCUSES.intersection(said[:2]))


def _is_understood(found: Found) -> bool:
    """Whether anything of ours is asked."""
    return found.requests[0].intent not in (FALLBACK, *SHORT_TALK)


def _in_manner(found: Found, manner: Manner) -> Found:
    return found._replace(requests=tuple(replace(one, manner=manner) for one in found.requests))
