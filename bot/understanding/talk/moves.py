"""What is said in the middle of a talk in words of one's own, by a model learned from examples.

It is asked only where the wordings and phrases are not sure. It names a move, such as `shorter` or
`the_other`, or a detail, such as `meeting_time`; what that means in the talk is decided as for the
wordings. What the talk is about makes some likelier than others.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from bot.knowledge.library import FALLBACK, Knowledge
from bot.knowledge.models import DetailOf
from bot.knowledge.values import Language
from bot.understanding.details import BESIDE, DetailReader
from bot.understanding.entities import MaskedMessage
from bot.understanding.model import (
    LAST_MEETING,
    SMALL_TALK,
    Entities,
    Found,
    Manner,
    Move,
    Request,
)
from bot.understanding.small_talk import NOTED
from bot.understanding.talk.corrections import Corrections
from bot.understanding.talk.follow_ups import FollowUps
from bot.understanding.talk.memory import ConversationState
from bot.understanding.talk.moves_model import QUIET, Floats, MovesModel
from bot.understanding.talk.references import References

LANGUAGE_MOVES: Mapping[str, Language] = {
    "language_fi": "fi",
    "language_sv": "sv",
    "language_en": "en",
}

PICKS: Mapping[str, tuple[str, int | None]] = {
    "next_meeting": ("after", None),
    "previous_meeting": ("before", None),
    "last_in_list": ("last", None),
    "first": ("ordinal", 0),
    "second": ("ordinal", 1),
    "both": ("both", None),
    "the_other": ("other", None),
}
"""Moves that pick of what was shown, as `References` names it, and the number that they name."""

OF_PLACES = ("correct_place", "elsewhere", "place_told")
"""Moves that mean the place which the message names."""

MOVES = (
    *("shorter", "more", "back", "correct_question", "calendar_one", "calendar_all"),
    *("role_told", "human", "thanks", "agree"),
    *LANGUAGE_MOVES,
    *PICKS,
    *OF_PLACES,
)

BAR = 0.35
"""The probability from which a move is made where nothing else was understood."""

AGREED = 0.2
"""The same of a detail for which the phrases take the message too."""

SURER = 0.6
"""The same of one that asks nothing, or that takes the place of a question with which talks
begin."""

SUREST = 0.75
"""The same of one that takes the place of another reading."""

ALIKE = (*LANGUAGE_MOVES, "calendar_one", "calendar_all")
"""Moves in whose words other things are asked too: `can she say it in Finnish`."""

TELLS_NO_LANGUAGE = 3
"""Words of the longest message that may be in any language of a talk: `tl;dr plz`."""

SOCIAL = ("thanks", "agree", "place_told", "role_told")
"""Moves that ask nothing."""

LONGEST = 20
"""Words of the longest message that is read so: longer ones are stories."""

BESIDE_SHARE, ELSEWHERE_SHARE = 0.7, 0.15
"""How likely a detail is of what stands beside what is talked about, and of anything else, where
one of that itself counts 1."""


@dataclass(frozen=True)
class Moved:
    """A move, and what it asks."""

    move: Move
    found: Found
    language: Language | None = None
    """The language that is asked for."""


class Moves:
    """Built once per Knowledge."""

    def __init__(
        self,
        knowledge: Knowledge,
        model: MovesModel,
        follow_ups: FollowUps,
        details: DetailReader,
        corrections: Corrections,
        references: References,
    ) -> None:
        self._model, self._follow_ups, self._details = model, follow_ups, details
        self._corrections, self._references = corrections, references
        self._labels = {one.key: f"{one.counts_as}:{one.key}" for one in knowledge.details.values()}
        self._of: dict[str, DetailOf] = {one.key: one.of for one in knowledge.details.values()}

    def likeliest(self, masked: MaskedMessage, memory: ConversationState) -> Move:
        """What a message most likely is, given what the talk is about."""
        scores = self._model.scores(masked.words)
        shares = np.exp(scores - scores.max()) * self._likely(masked, memory)
        best = int(shares.argmax())
        return Move(self._model.head.classes[best], float(shares[best] / shares.sum()))

    def _likely(self, masked: MaskedMessage, memory: ConversationState) -> Floats:
        kind = self._details.kind_of_talk(memory)
        place = masked.names_place_exactly
        several = any(len(one.persons) > 1 or len(one.meetings) > 1 for one in memory.lists)
        shares = np.ones(len(self._model.head.classes), np.float32)
        for at, key in enumerate(self._model.head.classes):
            of = self._of.get(key)
            if key in OF_PLACES and not place:
                shares[at] = 0.0 if key != "elsewhere" else ELSEWHERE_SHARE
            elif key in PICKS and not several:
                shares[at] = BESIDE_SHARE
            elif of and kind and of not in ("human", kind):
                shares[at] = BESIDE_SHARE if of in BESIDE[kind] else ELSEWHERE_SHARE
        return shares

    def read(
        self,
        move: Move,
        masked: MaskedMessage,
        memory: ConversationState,
        today: dt.date,
        bar: float,
    ) -> Moved | None:
        """What a message asks as a move of the talk; None where that is less likely than a bar."""
        if len(masked.words) > LONGEST or memory.request.intent == FALLBACK:
            return None
        if move.key in QUIET or move.probability < max(bar, SURER * (move.key in SOCIAL)):
            return None
        if language := LANGUAGE_MOVES.get(move.key):
            again = Found(memory.requests, move.probability)
            return Moved(move, again, language)
        found = self._found(move.key, masked, memory, today)
        return Moved(move, found._replace(confidence=move.probability)) if found else None

    def _found(
        self, key: str, masked: MaskedMessage, memory: ConversationState, today: dt.date
    ) -> Found | None:
        named = masked.entities
        there = self._follow_ups.with_place_of(named.only_places(), memory.about)
        if key in self._labels:
            asked = self._details.request(self._labels[key], masked, memory, ours=False)
            return Found((asked,), 0.0) if asked else None
        if key in PICKS:
            return self._picked(key, masked, memory, today)
        match key:
            case "shorter":
                return self._corrections.shorter(memory)
            case "more":
                return self._corrections.more(memory, today)
            case "back":
                return self._corrections.back(memory)
            case "correct_question":
                return self._corrections.misunderstood(memory)
            case "correct_place" | "elsewhere":
                return self._elsewhere(named, memory)
            case "place_told" | "role_told":
                return self._told(there, memory)
            case "calendar_one":
                dated = replace(there, meetings=memory.shown.meetings)
                return Found((Request("calendar", dated),), 0.0)
            case "calendar_all":
                return Found((Request("calendar", there),), 0.0)
            case "human":
                persons = named.persons or memory.shown.persons
                return Found((Request("human", replace(there, persons=persons)),), 0.0)
            case "thanks":
                return Found((Request("thanks"),), 0.0)
        return Found((Request(SMALL_TALK, topic=NOTED),), 0.0)

    def _picked(
        self, key: str, masked: MaskedMessage, memory: ConversationState, today: dt.date
    ) -> Found | None:
        """What was picked; of meetings, where none was shown, those of the place."""
        if masked.entities.place or masked.entities.persons:
            return None
        how, number = PICKS[key]
        if found := self._references.picked(how, number, masked, memory, today):
            return found
        there = self._follow_ups.with_place_of(Entities(), memory.about)
        if how not in ("after", "before") or not there.place:
            return None
        topic = LAST_MEETING if how == "before" else ""
        return Found((Request("meetings", there, topic=topic),), 0.0)

    def _elsewhere(self, named: Entities, memory: ConversationState) -> Found | None:
        """The last questions, about the place that is named; meetings also of anywhere."""
        if named.place:
            asked = dict.fromkeys(
                self._follow_ups.about_names(named, one) for one in memory.requests
            )
            return Found(tuple(asked), 0.0)
        if memory.request.intent != "meetings":
            return None
        return Found((Request("meetings", replace(named, persons=())),), 0.0)

    @staticmethod
    def _told(there: Entities, memory: ConversationState) -> Found:
        """What is said to a place or a role; with a place, what waits for one."""
        if memory.open and there.place:
            return Found(tuple(replace(one, entities=there) for one in memory.open), 0.0)
        return Found((Request("find_network", there, manner=Manner.TOLD),), 0.0)
