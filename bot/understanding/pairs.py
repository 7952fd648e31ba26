"""Whether a message asks a question of content/questions rather than what the phrases say."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from bot.knowledge.library import DISTRESS, FALLBACK, Knowledge
from bot.understanding import confidence
from bot.understanding.entities import EntityFinder, MaskedMessage
from bot.understanding.matcher import Guess, Matcher
from bot.understanding.model import (
    DENIED,
    QUESTION,
    SMALL_TALK,
    UNKNOWN_PERSON,
    Entities,
    Found,
    Manner,
    Request,
    Wish,
)
from bot.understanding.other_languages import OTHER_LANGUAGE
from bot.understanding.pair_confidence import PairCalibration, load_pair_calibration
from bot.understanding.pair_matcher import (
    FEATURES,
    OF_ANSWERS,
    PairMatch,
    PairMatcher,
    Word,
)
from bot.understanding.talk.follow_ups import RULE_CONFIDENCE, FollowUps
from bot.understanding.talk.memory import ConversationState
from bot.understanding.text import MASKS
from bot.understanding.training import SHORT_TALK

MAX_OFFERED = 3

NEVER_TAKEN = frozenset({*SHORT_TALK, SMALL_TALK, "human"})
"""Intents whose messages no question of the content takes unless it is asked word for word."""


class PairReader:
    """Built once per Knowledge."""

    def __init__(
        self,
        knowledge: Knowledge,
        finder: EntityFinder,
        matcher: Matcher,
        follow_ups: FollowUps,
        calibration: PairCalibration | None = None,
    ) -> None:
        self._questions = knowledge.questions
        self._finder, self._matcher, self._follow_ups = finder, matcher, follow_ups
        self._calibration = calibration or load_pair_calibration()
        self._by_wording: defaultdict[tuple[str, ...], dict[str, None]] = defaultdict(dict)
        self._labels: defaultdict[tuple[str, ...], dict[str, None]] = defaultdict(dict)
        for key, question in self._questions.items():
            for _, at, text in question.question.all():
                said = bare(finder.mask(text))
                self._by_wording[said][key] = None
                if at == 0:
                    self._labels[said][key] = None
        self.pairs = PairMatcher(
            self._questions.values(), lambda text: pair_words(finder.mask(text)), matcher.is_known
        )

    def read(
        self,
        found: Found,
        masked: MaskedMessage,
        today: dt.date,
        memory: ConversationState | None,
    ) -> Found:
        """What a message asks, given what it asks by the phrases and the conversation."""
        holding = frozenset(key for key, one in self._questions.items() if one.holds(today))
        if not holding or not masked.words:
            return found
        said = bare(masked)
        first = found.requests[0]
        if first.topic and first.intent == FALLBACK and first.topic.partition(":")[0] in _KEPT:
            return found
        if any(one.manner not in (Manner.PLAIN, Manner.TOLD) for one in found.requests):
            return found
        written = [key for key in self._labels.get(said, ()) if key in holding]
        if not written and not self._matcher.is_phrase(masked.words):
            written = [key for key in self._by_wording.get(said, ()) if key in holding]
        if written:
            return self._asked(written, masked, memory)
        if self._matcher.is_phrase(masked.words):
            return found
        matches = self.pairs.find(pair_words(masked), holding)
        if not matches:
            return found
        features = pair_features(matches[0], self._matcher.guess(masked.words), found)
        left = first.intent in NEVER_TAKEN or first.wish is not Wish.NONE or len(found.requests) > 1
        # What an intent answers is taken only by a word that names what the question is about.
        fits = first.intent == FALLBACK or matches[0].tells
        if not left and fits and self._calibration.answered.agrees(features):
            sure = self._calibration.answered.confidence(features)
            alike = self._alike(matches)
            others = [one.key for one in matches[:MAX_OFFERED] if one.key not in alike]
            asked = self._asked(alike, masked, memory)
            return asked._replace(
                confidence=sure,
                guesses=asked.guesses or _requests(others, masked)[: MAX_OFFERED - 1],
            )
        if left or not self._calibration.offered.agrees(features):
            return found
        near = _requests([one.key for one in matches[:MAX_OFFERED]], masked)
        if first.intent == FALLBACK and found.guesses and _is_surer(features):
            near = near[: MAX_OFFERED - 1]
        return found._replace(guesses=(*near, *found.guesses)[:MAX_OFFERED])

    def _alike(self, matches: Sequence[PairMatch]) -> list[str]:
        """The best match, with others whose question is shown in the same words."""
        shown = {self._questions[matches[0].key].question}
        return [one.key for one in matches if self._questions[one.key].question in shown]

    def _asked(
        self, keys: Sequence[str], masked: MaskedMessage, memory: ConversationState | None
    ) -> Found:
        """One of several questions in the same words: the one about the place that is meant."""
        places = masked.entities.only_places()
        about = self._follow_ups.with_place_of(places, memory.about) if memory else places
        if not places.place and any(not self._questions[key].networks for key in keys):
            # It holds everywhere, so the place of the talk adds nothing.
            about = places
        fitting = [key for key in keys if self._questions[key].concerns(about.networks)]
        requests = tuple(_request(key, about) for key in (fitting or keys))
        if len(fitting) > 1 and not about.networks:
            return Found((Request(FALLBACK, places),), 0.0, requests[:MAX_OFFERED])
        return Found(requests[:1], RULE_CONFIDENCE)


_KEPT = frozenset({DISTRESS, OTHER_LANGUAGE, DENIED, UNKNOWN_PERSON})
"""Topics of `fallback` that stay what they are."""


_INTENT = FEATURES.index("intent")

LIKELY = 0.3
"""From which confidence an intent keeps a place among what is offered."""


def _is_surer(features: Sequence[float]) -> bool:
    """Whether the phrases have a guess that is worth a place beside the pairs."""
    return features[_INTENT] >= LIKELY


def _requests(keys: Sequence[str], masked: MaskedMessage) -> tuple[Request, ...]:
    return tuple(_request(key, masked.entities) for key in keys)


def _request(key: str, places: Entities) -> Request:
    return Request(QUESTION, replace(places.only_places(), questions=(key,)))


_OF_GUESS = tuple(map(confidence.FEATURES.index, FEATURES[OF_ANSWERS:]))


def pair_words(masked: MaskedMessage) -> list[Word]:
    """The words of a message without its names, as they are compared."""
    return [
        (word, masked.tokens[owner].norm)
        for word, owner in zip(masked.words, masked.owners, strict=True)
        if word not in MASKS
    ]


def bare(masked: MaskedMessage) -> tuple[str, ...]:
    """The folded words of a message without its names."""
    return tuple(word for word in masked.words if word not in MASKS)


def pair_features(match: PairMatch, guess: Guess, found: Found) -> tuple[float, ...]:
    """What the confidence of a pair is computed from, in the order of `pair_matcher.FEATURES`."""
    refusal = guess.refusal or ""
    return (
        *match.features,
        guess.confidence,
        float(found.requests[0].intent != FALLBACK),
        float(bool(refusal)),
        float(":" in refusal),
        *(guess.features[at] for at in _OF_GUESS),
    )
