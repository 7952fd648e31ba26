"""What is doubtful about questions with their answers: out of date, said twice, an intent's."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.knowledge.library import FALLBACK, Knowledge, TopicPhrase
from bot.knowledge.question_pairs import Question
from bot.knowledge.values import LANGUAGES
from bot.knowledge.yaml_source import YamlPath
from bot.understanding.pair_confidence import load_pair_calibration
from bot.understanding.pair_matcher import EVERYDAY, PairMatch, PairMatcher, Word
from bot.understanding.text import MASKS, tokenise

ENOUGH = 3
"""Wordings with which a question is found in other words."""

OF_AN_INTENT = (0.9, 1.0, 0.0, 0.0)
"""What the phrases say of a message that an intent answers, as `pair_matcher.FEATURES` goes on."""

OF_NONE = (0.0, 0.0, 0.0, 0.0)

MAX_SAMPLES = 30
"""Wordings of a phrase that are compared with those of questions."""

MAX_TAKEN = 3
"""So many phrases are named for each question."""


class Kind(StrEnum):
    """What may be wrong with a question."""

    OUTDATED = "outdated"
    FEW_WORDINGS = "few_wordings"
    SAME_WORDING = "same_wording"
    """Another question has one of its wordings: of these two none can be chosen."""
    SAME_QUESTION = "same_question"
    """It is found by another one's wordings."""
    A_PHRASE = "a_phrase"
    """One of its wordings is a phrase, which is answered."""
    TAKES = "takes"
    """It would be the answer to what a phrase asks."""


@dataclass(frozen=True)
class Doubt:
    """What an editor should look at."""

    key: str
    """Of the question."""
    where: YamlPath
    kind: Kind
    text: str = ""
    """The wording, or what the phrase asks."""
    other: str = ""
    """The key of another question."""
    phrase: TopicPhrase | None = None


def find_doubts(knowledge: Knowledge, today: dt.date, only: str | None = None) -> Iterator[Doubt]:
    """What is doubtful about all questions, or about one.

    Reads all phrases, which takes a second or two.
    """
    if not knowledge.questions:
        return
    # The one that is asked about is compared with all others, so it comes last.
    keys = sorted(knowledge.questions, key=lambda key: key == only)
    matcher = _matcher(knowledge)
    found = (
        *_single(knowledge, today),
        *_same(knowledge, matcher, keys, only),
        *_taken(knowledge, matcher, only),
    )
    yield from (one for one in found if only in (None, one.key))


def same_wording(knowledge: Knowledge, question: Question) -> Doubt | None:
    """The first wording of a question that another one for the same network has too."""
    own = {tuple(_words(text)): (where, text) for where, text in reversed([*_wordings(question)])}
    for key in _others(knowledge, question):
        for _, text in _wordings(knowledge.questions[key]):
            if (found := own.get(tuple(_words(text)))) is not None:
                return Doubt(question.key, found[0], Kind.SAME_WORDING, found[1], key)
    return None


def _others(knowledge: Knowledge, question: Question) -> frozenset[str]:
    """The other questions that are for one of its networks."""
    return frozenset(
        key
        for key, one in knowledge.questions.items()
        if key != question.key and (question.concerns(one.networks) or not one.networks)
    )


def _single(knowledge: Knowledge, today: dt.date) -> Iterator[Doubt]:
    for key, question in knowledge.questions.items():
        if not question.holds(today):
            yield Doubt(key, ("valid_until",), Kind.OUTDATED)
        for language in LANGUAGES:
            if 0 < len(question.question[language]) < ENOUGH:
                yield Doubt(key, ("question", language), Kind.FEW_WORDINGS)


def _words(text: str) -> list[Word]:
    return [(one.folded, one.norm) for one in tokenise(text) if one.norm not in MASKS]


def _matcher(knowledge: Knowledge) -> PairMatcher:
    ours = {
        word
        for one in knowledge.phrases
        if one.intent != FALLBACK
        for word, _ in _words(one.phrase.text)
    }
    return PairMatcher(knowledge.questions.values(), _words, ours.__contains__)


def _sure(match: PairMatch, of_phrases: tuple[float, ...]) -> bool:
    return load_pair_calibration().answered.agrees((*match.features, *of_phrases))


def _wordings(question: Question) -> Iterator[tuple[YamlPath, str]]:
    for language, at, text in question.question.all():
        yield ("question", language, at), text


def _same(
    knowledge: Knowledge, matcher: PairMatcher, keys: list[str], only: str | None
) -> Iterator[Doubt]:
    """Wordings that two questions have, and questions that are found by each other's wordings."""
    written: dict[tuple[Word, ...], str] = {}
    for key in keys:
        question = knowledge.questions[key]
        others = _others(knowledge, question)
        said: set[str] = set()
        for where, text in _wordings(question):
            words = _words(text)
            first = written.setdefault(tuple(words), key)
            if first in others:
                yield Doubt(key, where, Kind.SAME_WORDING, text, first)
                said.add(first)
            elif (found := matcher.find(words, others)) and _sure(found[0], OF_NONE):
                other = found[0].key
                # Of two that are alike one is named.
                if other not in said and (key == only or other < key):
                    said.add(other)
                    yield Doubt(key, where, Kind.SAME_QUESTION, text, other)


def _taken(knowledge: Knowledge, matcher: PairMatcher, only: str | None) -> Iterator[Doubt]:
    """Phrases of intents that a question would take, and wordings that an intent has."""
    worded: dict[tuple[Word, ...], tuple[str, YamlPath]] = {}
    telling: set[str] = set()
    for key, question in knowledge.questions.items():
        if only not in (None, key):
            continue
        for where, text in _wordings(question):
            words = _words(text)
            worded.setdefault(tuple(words), (key, where))
            telling |= {word for word, _ in words if matcher.weight(word) > EVERYDAY}
    counts: dict[str, int] = {}
    everything = frozenset(knowledge.questions)
    for phrase in knowledge.phrases:
        if phrase.intent == FALLBACK:
            continue
        samples = phrase.phrase.samples(random.Random(phrase.phrase.text), MAX_SAMPLES)
        for number, text in enumerate(samples):
            words = _words(text)
            if own := worded.get(tuple(words)):
                yield Doubt(own[0], own[1], Kind.A_PHRASE, text, phrase=phrase)
                break
            if number or not telling.intersection(word for word, _ in words):
                # That a phrase is near is looked at once.
                continue
            found = matcher.find(words, everything)
            if not found or not _sure(found[0], OF_AN_INTENT):
                continue
            key = found[0].key
            counts[key] = counts.get(key, 0) + 1
            if counts[key] <= MAX_TAKEN:
                yield Doubt(key, ("question",), Kind.TAKES, text, phrase=phrase)
