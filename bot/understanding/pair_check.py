"""Warnings about content/questions: what is out of date, said twice, or asked of an intent."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path

from bot.i18n import N_
from bot.knowledge.library import FALLBACK, Knowledge
from bot.knowledge.loader import DEMO
from bot.knowledge.question_pairs import Question
from bot.knowledge.values import LANGUAGES
from bot.knowledge.yaml_source import Document, Finding, YamlPath, read_yaml
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


def check_questions(knowledge: Knowledge, content: Path, today: dt.date) -> list[Finding]:
    """What an editor should look at; one wording in two files is an error."""
    if not knowledge.questions:
        return []
    matcher = _matcher(knowledge)
    documents = {key: _document(content, key) for key in knowledge.questions}
    return sorted(
        [
            *_single(knowledge, documents, today),
            *_same(knowledge, documents, matcher),
            *_taken(knowledge, documents, matcher),
        ]
    )


def _document(content: Path, key: str) -> Document:
    folders = (content / "questions", content / DEMO / "questions")
    found = (folder / f"{key}{end}" for folder in folders for end in (".yaml", ".yml"))
    return read_yaml(next(path for path in found if path.exists()))


def _single(
    knowledge: Knowledge, documents: dict[str, Document], today: dt.date
) -> Iterator[Finding]:
    for key, question in knowledge.questions.items():
        if not question.holds(today):
            message = N_(
                "this answer was valid until {day} and is not given any more: look whether it "
                "still holds and set `valid_until` anew, or remove the file",
                day=str(question.valid_until),
            )
            yield documents[key].finding(("valid_until",), message, "warning")
        for language in LANGUAGES:
            few = question.question[language]
            if few and len(few) < ENOUGH:
                message = N_(
                    "{count} wordings are hardly enough for the question to be found in other "
                    "words: write {enough} or more, each in words of its own",
                    count=len(few),
                    enough=ENOUGH,
                )
                yield documents[key].finding(("question", language), message, "warning")


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
    knowledge: Knowledge, documents: dict[str, Document], matcher: PairMatcher
) -> Iterator[Finding]:
    """Wordings that two questions have, and questions that are found by each other's wordings."""
    written: dict[tuple[Word, ...], str] = {}
    questions = knowledge.questions
    for key, question in questions.items():
        others = frozenset(
            other
            for other, one in questions.items()
            if other != key and (question.concerns(one.networks) or not one.networks)
        )
        said: set[str] = set()
        for where, text in _wordings(question):
            words = _words(text)
            first = written.setdefault(tuple(words), key)
            if first in others:
                message = N_(
                    "the wording `{text}` stands in {place} as well; keep it where it belongs",
                    text=text,
                    place=documents[first].path.name,
                )
                yield documents[key].finding(where, message, "error")
                said.add(first)
            elif (found := matcher.find(words, others)) and _sure(found[0], OF_NONE):
                other = found[0].key
                if other not in said and other < key:
                    said.add(other)
                    message = N_(
                        "`{text}` asks the same as {place}: who asks one may get the other's "
                        "answer; make one of the two, or word them further apart",
                        text=text,
                        place=documents[other].path.name,
                    )
                    yield documents[key].finding(where, message, "warning")


def _taken(
    knowledge: Knowledge, documents: dict[str, Document], matcher: PairMatcher
) -> Iterator[Finding]:
    """Phrases of intents that a question would take, and wordings that an intent has."""
    worded: dict[tuple[Word, ...], tuple[str, YamlPath]] = {}
    telling: set[str] = set()
    for key, question in knowledge.questions.items():
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
            place = N_("{file} line {line}", file=phrase.file, line=phrase.line)
            if own := worded.get(tuple(words)):
                message = N_(
                    "this is a phrase of {place} too, and answered by that: ask it in other words",
                    place=place,
                )
                yield documents[own[0]].finding(own[1], message, "warning")
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
                message = N_(
                    "this would take questions such as `{text}`, which {place} answers: word it "
                    "more narrowly, or leave it to that",
                    text=text,
                    place=place,
                )
                yield documents[key].finding(("question",), message, "warning")
