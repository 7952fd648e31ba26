"""A question for a detail (`what time does it start`): what it is asked of.

A detail is a label of the phrases like an intent (`meetings:place`). By itself such a question is
anybody's, so it counts only where the message or the conversation has something of ours that it can
be asked of.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence, Set
from dataclasses import replace

from bot.knowledge.library import FALLBACK, Knowledge
from bot.knowledge.models import Detail, DetailOf
from bot.understanding.entities import MaskedMessage
from bot.understanding.model import (
    LAST_MEETING,
    NOTHING_SHOWN,
    Entities,
    Manner,
    Request,
    Shown,
)
from bot.understanding.talk.follow_ups import FollowUps, is_of_ours
from bot.understanding.talk.memory import ConversationState
from bot.understanding.talk.wordings import Wordings
from bot.understanding.text import MASKS, fold, normalise, words

_VERBS_FIRST = frozenset(
    word
    for line in (
        "ar finns kan kommer far maste behover kostar gar racker ordnas sker har skall ska ingar",
        "stammer galler",
        "is are can could do does did must may was were has have will would should",
    )
    for word in line.split()
)
"""Words, folded, with which a question begins that is answered by yes or no."""

_ENDINGS = ("ko", "kohan", "koha", "ks", "kos")
"""How such a word ends in Finnish."""

_CHOICES = frozenset(["vai", "eller", "or"])
"""Words between two things of which one is asked: no yes and no no answers that."""

_NO_CHOICES = re.compile(r"\b(?:vai (?:ei|en)|eller (?:inte|hur)|or not)\b|\b(?:vai|eller|or)$")
"""What only looks like such a choice."""

_BEFORE = frozenset(["ja", "entas", "mutta", "no", "siis", "och", "men", "and", "but", "so"])
"""Words that may stand before it."""

_OF_A_PERSON = frozenset(
    word
    for line in ("han hanen hanet hanta", "hon hans hennes henne honom", "she he her his")
    for word in line.split()
)
"""Words, folded, that mean a person who was shown, whatever place stands beside them."""

REFERS_BACK = frozenset(
    word
    for line in (
        "se sen sita siina siihen silla sille sinne siella tuo ne niiden niilla",
        "det den dess dar dit it its that there they their",
    )
    for word in line.split()
)
"""Words, folded, that mean what was talked about."""

_JOINS = ("join", "member", "liit", "jasen", "mukaan", "medlem", "delta")
"""How words begin, folded, that ask about joining whatever was said before."""

_JOINING = ("vara med", "ga med", "komma med", "take part", "be in")
"""The same in two words."""

_NETWORK = re.compile(r"(?:alue)?verkosto(?:|a|on|ssa|sta|lla|lle)|natverk(?:et)?|networks?")
"""A network as the one that is asked about, folded; not `verkoston`, whose something may be."""

KIND_OF_MEETING = "meeting_kind"
"""The detail of what kind a meeting is."""

ONLINE = "meeting_online"
"""The detail of how one takes part from afar."""

HOW_OFTEN = "network_frequency"
"""The detail of how often a network meets."""

DETAIL_OF_KIND_WORDS = 11
"""Words of the longest question for the kind of the meeting that was shown."""

_COPULAS = frozenset(
    word
    for line in ("is are was were", "ar e var", "on onko onks onkos oliko oliks")
    for word in line.split()
)
"""Words, folded, with which one asks what a thing is: `is it a seminar`, not `are there any`."""

KINDLESS = ("meeting_food", "meeting_costs")
"""Details whose words name kinds of meetings and mean others: `is there coffee`."""

SHORT = 4
"""So few words are short: what they leave out is what was talked about."""

MIN_NAME = 6
"""Letters by which the community's name is known, in any form."""

KINDS: dict[str, DetailOf] = {
    "meetings": "meeting",
    "person": "person",
    "contacts": "person",
    "human": "person",
    "join": "joining",
    "find_network": "network",
    "network_info": "network",
    "network_goals": "network",
    "network_activity": "network",
    "links": "network",
    "calendar": "meeting",
    "about": "community",
    "list_networks": "community",
}
"""What an answer to an intent tells of, so that the next question may be for a detail of that."""

ASKED_OF_ONE = frozenset({"network_info", "network_activity"})
"""Intents whose details can be told of one network alone."""

BESIDE: dict[DetailOf, tuple[DetailOf, ...]] = {
    "meeting": (),
    "person": ("network", "joining"),
    "network": ("joining", "person"),
    "joining": ("network", "person"),
    "community": (),
    "human": ("person",),
}
"""What else a detail may be asked of where one of these is talked about."""


def asks_yes_or_no(words: Sequence[str]) -> bool:
    """Whether masked words ask so that one answers yes or no: `pääseekö`, `kan man`, `is it`."""
    if _CHOICES.intersection(words) and not _NO_CHOICES.search(" ".join(words)):
        return False
    first = next((word for word in words if word not in _BEFORE and word not in MASKS), "")
    return first in _VERBS_FIRST or (len(first) > 3 and first.endswith(_ENDINGS))


def same_word_labels(knowledge: Knowledge) -> set[frozenset[str]]:
    """The pairs of labels of details that are asked in the same words."""
    labels = {key: f"{one.counts_as}:{key}" for key, one in knowledge.details.items()}
    return {
        # What is no detail is an intent.
        frozenset((labels[one.key], labels.get(key, key)))
        for one in knowledge.details.values()
        for key in one.same_words
    }


def _own_words_for_a_network(knowledge: Knowledge) -> frozenset[str]:
    """What a community says for a network as the one that is asked about, folded."""
    return frozenset(
        fold(normalise(own))
        for words in knowledge.community.words.values()
        for shipped, own in words.items()
        if _NETWORK.fullmatch(fold(normalise(shipped)))
    )


class DetailReader:
    """Built once per Knowledge."""

    def __init__(self, knowledge: Knowledge, follow_ups: FollowUps, wordings: Wordings) -> None:
        self._parts = _own_words_for_a_network(knowledge)
        self._community = words(knowledge.community.name.fi)[0][:MIN_NAME]
        details = knowledge.details.values()
        self._details = {f"{one.counts_as}:{one.key}": one for one in details}
        self._by_key = knowledge.details
        self._labels_by_key = {one.key: label for label, one in self._details.items()}
        self._same_words = {one.key: [*_same_words(one, knowledge)] for one in details}
        self._labels_of: dict[DetailOf, frozenset[str]] = {
            kind: frozenset(
                [
                    *(intent for intent, of in KINDS.items() if of == kind),
                    *(label for label, one in self._details.items() if one.of == kind),
                ]
            )
            for kind in BESIDE
        }
        self._knowledge, self._follow_ups, self._wordings = knowledge, follow_ups, wordings

    def is_detail(self, label: str) -> bool:
        """Whether a label of the phrases stands for a detail."""
        return label in self._details

    def kind_of(self, label: str) -> DetailOf | None:
        """What a label asks of; None for what is no question of the content."""
        detail = self._details.get(label)
        return detail.of if detail else KINDS.get(label)

    def talked_of(self, memory: ConversationState | None) -> Set[str]:
        """The labels that ask about what the conversation is about."""
        kind = self.kind_of_talk(memory)
        return self._labels_of[kind] if kind else frozenset()

    def is_likely(self, label: str, memory: ConversationState | None) -> bool:
        """Whether a label asks for a detail that may well come next in a conversation."""
        detail, kind = self._details.get(label), self.kind_of_talk(memory)
        return bool(detail and kind and (detail.of == kind or detail.of in BESIDE[kind]))

    def kind_of_talk(self, memory: ConversationState | None) -> DetailOf | None:
        """What a conversation is about."""
        if memory is None:
            return None
        before = self._by_key.get(memory.request.topic)
        kind = before.of if before else KINDS.get(memory.request.intent)
        return None if kind == "meeting" and not memory.shown.meetings else kind

    def request(
        self, label: str, masked: MaskedMessage, memory: ConversationState | None, ours: bool
    ) -> Request | None:
        """The request for a detail; None where there is nothing that it could be asked of.

        `ours` says whether the words tell by themselves that the question is one of ours.
        """
        detail = self._details[label]
        short = len(masked.words) <= SHORT and not masked.entities.place
        refers_back = not ours or short or bool(REFERS_BACK.intersection(masked.words))
        if self._names_community(masked):
            detail = self._of_community(detail)
        elif refers_back and not masked.entities.persons:
            detail = self._meant(detail, memory)
        entities = self._of(detail, masked, memory, ours)
        if ours and _nothing_known(masked, entities) and (other := self._instead(detail, masked)):
            detail, entities = other, masked.entities
        if entities is None:
            return None
        intent = detail.counts_as
        if detail.of == "person" and not entities.persons:
            intent = "contacts"
        asked = Request(intent, entities, topic=detail.key, yes_no=asks_yes_or_no(masked.words))
        if self._is_of_last(detail, masked):
            return replace(asked, entities=replace(entities, meetings=()), manner=Manner.LAST)
        return asked

    def _is_of_last(self, detail: Detail, masked: MaskedMessage) -> bool:
        """Whether a detail is asked of the last meeting: `what was said last time`."""
        if detail.of != "meeting" or detail.key == LAST_MEETING or masked.entities.period:
            return False
        return bool(self._wordings.find(masked.words, ("last_time",)))

    def of_kind(
        self, intent: str, masked: MaskedMessage, memory: ConversationState | None
    ) -> Request | None:
        """Whether the meeting that was shown is of a kind, if that is asked: `is it a seminar`."""
        if intent != "meetings" or memory is None or not memory.shown.meetings:
            return None
        named, said = masked.entities, masked.words
        at = next((at for at, word in enumerate(said) if word not in _BEFORE), 0)
        refers = said[at] in _COPULAS and REFERS_BACK.intersection(said[at + 1 : at + 3])
        if not (refers and named.kinds and len(said) <= DETAIL_OF_KIND_WORDS):
            return None
        if named.place or named.period or self.kind_of_talk(memory) != "meeting":
            return None
        there = self._follow_ups.with_place_of(named, memory.about)
        asked = replace(there, meetings=memory.shown.meetings)
        return Request("meetings", asked, topic=KIND_OF_MEETING, yes_no=asks_yes_or_no(said))

    def of_another_kind(self, label: str, masked: MaskedMessage) -> bool:
        """Whether meetings of a kind or time are asked for in words like those for a detail:
        `ordnas det seminarier`.
        """
        detail, named = self._details.get(label), masked.entities
        if detail is None:
            return False
        # `do you meet before Christmas` asks for those, not how often.
        at_a_time = detail.key == HOW_OFTEN and named.period and asks_yes_or_no(masked.words)
        return bool(at_a_time or (detail.key == KIND_OF_MEETING and named.kinds))

    def instead_of(
        self, intent: str, words: Sequence[str], memory: ConversationState | None
    ) -> str | None:
        """The label of the detail that is meant where a message reads as an intent.

        `Miten sinne pääsee` asks how one joins, but after a meeting how one gets there.
        """
        talked_of = self.talked_of(memory)
        if intent == "links" and self.kind_of_talk(memory) == "meeting" and len(words) <= SHORT:
            # `and the link`, after a meeting, unless it is the network's.
            parts = any(map(self._is_network, words))
            return None if parts else self._labels_by_key.get(ONLINE)
        of_community = self.kind_of_talk(memory) == "community" and len(words) < SHORT
        if len(words) > SHORT or not (of_community or REFERS_BACK.intersection(words)):
            return None
        meant = (label for label in sorted(talked_of) if label in self._details)
        return next((one for one in meant if intent in self._details[one].same_words), None)

    def unless_shown(
        self, label: str, masked: MaskedMessage, memory: ConversationState | None
    ) -> str | None:
        """The intent that a few words for a meeting's detail mean where no meeting was shown."""
        detail = self._details.get(label)
        if detail is None or detail.of != "meeting" or not is_of_ours(memory):
            return None
        if len(masked.words) > SHORT or masked.entities.period or masked.entities.kinds:
            return None
        if memory and memory.shown.meetings:
            return None
        return next((one for one in detail.same_words if one in self._knowledge.intents), None)

    def stands_alone(self, label: str) -> bool:
        """Whether the words for a detail tell by themselves what it is asked of.

        So of a network or of joining, where nothing else is asked in the same words
        (`the mailing list`); what one asks of a meeting or person, one asks of many things.
        """
        detail = self._details[label]
        return detail.of in ("network", "joining") and not self._same_words[detail.key]

    def asks_for_network(self, label: str) -> bool:
        """Whether a detail without its network leaves nothing to say but to ask for that."""
        detail = self._details[label]
        return detail.of == "network" and detail.counts_as in ASKED_OF_ONE

    def of_any_network(self, label: str, masked: MaskedMessage) -> Request:
        """The request for a network's detail that waits for the network."""
        detail = self._details[label]
        yes_no = asks_yes_or_no(masked.words)
        return Request(detail.counts_as, masked.entities, topic=detail.key, yes_no=yes_no)

    def whole(self, label: str) -> str:
        """The intent that asks for all of what a detail is a part of."""
        detail = self._details[label]
        return "contacts" if detail.of == "person" else detail.counts_as

    def _names_community(self, masked: MaskedMessage) -> bool:
        """Whether the community is named, and no network: `who pays for Taikusydän`."""
        if masked.entities.place or any(map(self._is_network, masked.words)):
            return False
        return any(word.startswith(self._community) for word in masked.words)

    def _of_community(self, detail: Detail) -> Detail:
        """What is asked in the same words of the whole community, if anything is."""
        same = (self._by_key.get(key) for key in self._same_words[detail.key])
        return next((one for one in (detail, *same) if one and one.of == "community"), detail)

    def _is_network(self, word: str) -> bool:
        return word in self._parts or _NETWORK.fullmatch(word) is not None

    def _instead(self, detail: Detail, masked: MaskedMessage) -> Detail | None:
        """What is asked in the same words of what the message is about, where that is not known.

        `Who pays for it all` asks of the whole community, `may anybody come into the network`
        about joining.
        """
        of_network = any(map(self._is_network, masked.words))
        meant: DetailOf | None = "joining" if detail.of == "meeting" and of_network else None
        if detail.of == "network" and not of_network:
            meant = "community"
        same = (self._by_key.get(key) for key in self._same_words[detail.key])
        return next((one for one in same if one and one.of == meant), None)

    def _meant(self, detail: Detail, memory: ConversationState | None) -> Detail:
        """Of the details that are asked in the same words, the one of what is talked about."""
        kind = self.kind_of_talk(memory)
        if kind is None:
            return detail
        same = self._same_words[detail.key]
        others = [self._by_key[key] for key in same if key in self._by_key]
        of_kinds = (
            next((one for one in (detail, *others) if one.of == of), None)
            for of in (kind, *BESIDE[kind])
        )
        return next((one for one in of_kinds if one), detail)

    def _of(
        self, detail: Detail, masked: MaskedMessage, memory: ConversationState | None, ours: bool
    ) -> Entities | None:
        named = masked.entities
        before = memory.about if memory else Entities()
        shown: Shown = memory.shown if memory else NOTHING_SHOWN
        if detail.of == "community":
            return named
        if detail.of == "human":
            return self._whom_to_ask(named, memory, ours)
        if detail.of == "person":
            if masked.names_unknown_person:
                return None
            elsewhere = named.place and not _OF_A_PERSON.intersection(masked.words)
            persons = named.persons or (() if elsewhere else shown.persons or before.persons)
            if persons:
                return replace(named, persons=persons)
        if detail.of == "meeting":
            if detail.key in KINDLESS:
                named = replace(named, kinds=())
            elif named.period and memory and memory.request.intent == "meetings":
                # `where is the May one`: of those that are talked about.
                named = replace(named, kinds=named.kinds or memory.request.entities.kinds)
            meetings = self._of_kinds(self._shown_meetings(masked, memory), named.kinds)
            if meetings and not named.period and self._is_of_shown(masked, meetings):
                # Of several networks' meetings the one that was shown first is meant.
                there = self._follow_ups.with_place_of(named, before)
                return replace(there, meetings=meetings)
        if named.place:
            return named
        if memory and (memory.request.intent != FALLBACK or memory.guesses):
            # Also of a place in a question that was not understood, but most likely was ours.
            there = self._follow_ups.with_place_of(named, before)
            if there.place:
                return there
        if detail.of == "meeting" and ours:
            # Of no network: the next meeting of all.
            return named
        # How one joins a network can be told without knowing which.
        talked_of = memory is not None and memory.request.intent == "join"
        by_itself = ours or talked_of or _joins(masked) or not self._same_words[detail.key]
        return named if detail.of == "joining" and by_itself else None

    def _shown_meetings(
        self, masked: MaskedMessage, memory: ConversationState | None
    ) -> tuple[str, ...]:
        """The meetings that were shown last; what refers back looks over answers between."""
        if memory is None or memory.shown.meetings or not REFERS_BACK.intersection(masked.words):
            return memory.shown.meetings if memory else ()
        before = next((one for one in memory.lists if one.meetings), NOTHING_SHOWN)
        return before.meetings if set(before.networks) & set(memory.shown.networks) else ()

    def _is_of_shown(self, masked: MaskedMessage, meetings: Sequence[str]) -> bool:
        """Whether a meeting's detail is asked of those that were shown, not of others.

        A place of their own network names no others: `is it online, I live in Sastamala`.
        """
        known, named = self._knowledge.meetings, masked.entities
        found = (known.get(key.partition("@")[0]) for key in meetings)
        networks = {key for one in found if one for key in one.networks}
        if self._wordings.find(masked.words, ("next_time",)):
            return False
        return not named.place or bool(named.networks and networks.issuperset(named.networks))

    def _whom_to_ask(
        self, named: Entities, memory: ConversationState | None, ours: bool
    ) -> Entities | None:
        """Whom the message names, else who was talked about; None where nothing is of ours."""
        if named.place or named.persons:
            return named
        if memory is None or not is_of_ours(memory):
            return named if ours else None
        before = memory.about
        there = self._follow_ups.with_place_of(named, before)
        return replace(there, persons=memory.shown.persons or before.persons)

    def _of_kinds(self, occurrences: Sequence[str], kinds: Container[str]) -> tuple[str, ...]:
        """Those of the meetings that are of a kind, where kinds are named."""
        known = self._knowledge.meetings
        found = ((key, known.get(key.partition("@")[0])) for key in occurrences)
        return tuple(key for key, one in found if one and (not kinds or one.kind in kinds))


def _nothing_known(masked: MaskedMessage, asked_of: Entities | None) -> bool:
    """Whether neither the message nor the conversation tells what a detail is asked of."""
    named = masked.entities
    if asked_of is None:
        return True
    return asked_of == named and not (named.place or named.period or named.kinds or named.persons)


def _joins(masked: MaskedMessage) -> bool:
    said = " ".join(masked.words)
    begins = any(word.startswith(_JOINS) for word in masked.words)
    return begins or any(wording in said for wording in _JOINING)


def _same_words(detail: Detail, knowledge: Knowledge) -> dict[str, None]:
    """The keys of details that are asked in the same words, by whichever of them says so."""
    by_others = [one.key for one in knowledge.details.values() if detail.key in one.same_words]
    return dict.fromkeys((*detail.same_words, *by_others))
