"""What is said in the middle of a talk in words of one's own, by a model learned from examples.

It is asked only where the wordings and phrases are not sure. It names a move, such as `shorter` or
`the_other`, or a detail, such as `meeting_time`; what that means in the talk is decided as for the
wordings. What the talk is about makes some likelier than others.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from bot.knowledge.library import FALLBACK, Knowledge
from bot.knowledge.models import DetailOf
from bot.knowledge.values import Language
from bot.understanding.details import BESIDE, DetailReader
from bot.understanding.entities import MaskedMessage
from bot.understanding.matcher import Guess
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
from bot.understanding.talk.moves_model import NOT_OURS, QUIET, Floats, MovesModel
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

BAR = 0.5
"""The confidence from which a move is made where nothing else was understood;
`benchmarks.moves_confidence` says what that gains and costs."""

UNLIKELY = 0.3
"""The confidence below which a message is not even likely a move or a detail."""

LONG = 12
"""Words from which a message is as long as any."""

PHRASES_COUNT = 0.3
"""How much it counts what the phrases take a message for, beside the examples of moves."""

LEAST_FIT, MOVES_FIT = 0.02, 0.4
"""How well phrases fit that are not among the likeliest, and moves, which have none."""

SURER = 0.6
"""The probability that it takes besides where a move asks nothing, or takes the place of a question
with which talks begin."""

SUREST = 0.75
"""The same where it takes the place of another reading."""

OF_ALIKE = 0.2
"""The same of a detail that is asked in words like those as which the message was read."""

ALIKE = (*LANGUAGE_MOVES, "calendar_one", "calendar_all")
"""Moves in whose words other things are asked too: `can she say it in Finnish`."""

TELLS_NO_LANGUAGE = 3
"""Words of the longest message that may be in any language of a talk: `tl;dr plz`."""

OF_ANSWERS = (*LANGUAGE_MOVES, "shorter", "more", "calendar_one", "calendar_all", "back")
"""Moves that ask something of the answer, in words that are found in few other questions."""

LIKELY_ENOUGH, LIKELY_ENOUGH_OF_A_PLACE = 0.3, 0.4
"""The probability that is enough for a move of SELDOM_ELSE."""

TO_A_PLACE = ("elsewhere", "correct_place")
"""Moves to a place that is named: whatever is asked of a place has some of their words."""

SELDOM_ELSE = (
    *LANGUAGE_MOVES,
    *("shorter", "both", "second", "last_in_list", "the_other", *TO_A_PLACE),
    *("calendar_one", "calendar_all", "correct_question"),
)
"""Moves whose words are seldom said of anything else."""

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


def features_of(move: Move, guess: Guess, length: int, asks: bool) -> tuple[float, ...]:
    """What the confidence of a move is computed from.

    `guess` is that of the phrases, `length` that of the message in words, `asks` whether it has a
    question mark.
    """
    return (
        _log_odds(move.probability),
        _log_odds(move.among_moves),
        _log_odds(move.not_ours),
        guess.foreign,
        guess.refused,
        guess.ours,
        _log_odds(guess.confidence),
        float(guess.label.partition(":")[2] == move.key),
        _fits(guess).get(move.key, 0.0),
        min(length, LONG) / LONG,
        float(asks),
        float(guess.refusal not in (None, FALLBACK)),
        float(move.key in OF_ANSWERS),
    )


def _fits(guess: Guess) -> dict[str, float]:
    """How well the phrases of the likeliest details fit, by their keys."""
    labels = zip(guess.ranking, guess.scores, strict=False)
    return {label.partition(":")[2]: score for label, score in labels if ":" in label}


def _log_odds(probability: float) -> float:
    kept = min(max(probability, 1e-3), 1 - 1e-3)
    return math.log(kept / (1 - kept))


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
        self._knowledge = knowledge
        self._model, self._follow_ups, self._details = model, follow_ups, details
        self._corrections, self._references = corrections, references
        classes = model.head.classes
        self._answered = np.array([key not in QUIET for key in classes], np.float32)
        self._labels = {one.key: f"{one.counts_as}:{one.key}" for one in knowledge.details.values()}
        self._of: dict[str, DetailOf] = {one.key: one.of for one in knowledge.details.values()}

    def likeliest(self, masked: MaskedMessage, memory: ConversationState, guess: Guess) -> Move:
        """What a message most likely is if it is a move, given what the talk is about.

        What the phrases take it for makes that likelier.
        """
        classes = self._model.head.classes
        scores = self._model.scores(masked.words)
        shares = np.exp(scores - scores.max()) * self._likely(masked, memory)
        fits = _fits(guess)
        fit = [fits.get(key, 0.0) + LEAST_FIT if key in self._of else MOVES_FIT for key in classes]
        shares *= np.array(fit, np.float32) ** PHRASES_COUNT
        every, answered = float(shares.sum()), shares * self._answered
        best = int(answered.argmax())
        share = float(answered[best])
        not_ours = float(shares[classes.index(NOT_OURS)]) if NOT_OURS in classes else 0.0
        return Move(classes[best], share / every, share / float(answered.sum()), not_ours / every)

    def _likely(self, masked: MaskedMessage, memory: ConversationState) -> Floats:
        kind = self._details.kind_of_talk(memory)
        place = masked.names_place_exactly
        several = any(len(one.persons) > 1 or len(one.meetings) > 1 for one in memory.lists)
        met = any(one.meetings for one in memory.lists) or memory.request.intent == "meetings"
        shares = np.ones(len(self._model.head.classes), np.float32)
        for at, key in enumerate(self._model.head.classes):
            of = self._of.get(key)
            if key in OF_PLACES and not place:
                shares[at] = 0.0 if key != "elsewhere" else ELSEWHERE_SHARE
            elif key in PICKS and not several:
                shares[at] = BESIDE_SHARE
            elif of == "meeting" and not met:
                shares[at] = 0.0
            elif of and kind and of not in ("human", kind):
                shares[at] = BESIDE_SHARE if of in BESIDE[kind] else ELSEWHERE_SHARE
        return shares

    def is_of_talk(self, move: Move, memory: ConversationState) -> bool:
        """Whether a detail is of what is talked about, or stands beside that."""
        kind, of = self._details.kind_of_talk(memory), self._of.get(move.key)
        return bool(kind and of and (of == kind or of in BESIDE[kind]))

    def is_sure(self, move: Move, guess: Guess, length: int, asks: bool) -> bool:
        """Whether a move is made where nothing else was understood."""
        enough = LIKELY_ENOUGH_OF_A_PLACE if move.key in TO_A_PLACE else LIKELY_ENOUGH
        if move.key in SELDOM_ELSE and move.probability >= enough:
            return True
        return self.confidence(move, guess, length, asks) >= BAR

    def confidence(self, move: Move, guess: Guess, length: int, asks: bool) -> float:
        """How likely it is that a move is meant in a message which the phrases take for a guess."""
        if not self._model.head.confidence:
            return 0.0
        bias, *weights = self._model.head.confidence
        features = features_of(move, guess, length, asks)
        score = bias + sum(one * of for one, of in zip(weights, features, strict=True))
        return 1 / (1 + math.exp(-score))

    def read(
        self, move: Move, masked: MaskedMessage, memory: ConversationState, today: dt.date
    ) -> Moved | None:
        """What a message asks as a move of the talk; None where that cannot be."""
        if len(masked.words) > LONGEST or memory.request.intent == FALLBACK:
            return None
        if move.key in SOCIAL and move.probability < SURER:
            return None
        if move.key == "agree" and len(masked.words) == 1:
            # A yes to nothing that was asked.
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
            case "calendar_one" | "calendar_all":
                return self._calendar(key, masked, there, memory)
            case "human":
                persons = named.persons or memory.shown.persons
                return Found((Request("human", replace(there, persons=persons)),), 0.0)
            case "thanks":
                return Found((Request("thanks"),), 0.0)
        return Found((Request(SMALL_TALK, topic=NOTED),), 0.0)

    def _calendar(
        self, key: str, masked: MaskedMessage, there: Entities, memory: ConversationState
    ) -> Found | None:
        """What goes into a calendar; None where a day is named on which nothing was shown."""
        shown, period = memory.shown.meetings, masked.entities.period
        if period:
            found = [self._knowledge.find_occurrence(one) for one in shown]
            shown = tuple(one.key for one in found if one and period.start <= one.day <= period.end)
            if not shown:
                return None
        elif key == "calendar_all":
            shown = ()
        return Found((Request("calendar", replace(there, meetings=shown)),), 0.0)

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
