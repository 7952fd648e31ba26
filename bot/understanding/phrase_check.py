"""What is doubtful about phrases: shared by two intents, or too few to understand people."""

from __future__ import annotations

import random
from collections import defaultdict
from pathlib import Path

from bot.knowledge.library import FALLBACK, Knowledge, TopicPhrase
from bot.knowledge.values import LANGUAGES
from bot.knowledge.yaml_source import Finding
from bot.understanding.text import words
from bot.understanding.training import label_of

MOST_WORDINGS = 120
"""Wordings of a phrase that are compared: all of nearly every phrase."""

FEWEST_PHRASES = 20
"""With fewer templates in a language an intent is not understood well (measured: recall falls
steeply below this)."""


def check_understanding(knowledge: Knowledge, intents: Path) -> list[Finding]:
    """Errors for wordings that stand in two intents; warnings for intents with few phrases."""
    return sorted([*_shared(knowledge, intents), *_few(knowledge, intents)])


def _shared(knowledge: Knowledge, intents: Path) -> list[Finding]:
    first: dict[tuple[str, ...], TopicPhrase] = {}
    found: dict[tuple[str, int], Finding] = {}
    for phrase in knowledge.phrases:
        rng = random.Random(phrase.phrase.text)
        for text in phrase.phrase.samples(rng, MOST_WORDINGS):
            wording = (phrase.language, *words(text))
            other = first.setdefault(wording, phrase)
            if label_of(other, knowledge) == label_of(phrase, knowledge):
                continue
            message = (
                f"the wording `{text}` stands in {other.intent}.yaml line {other.line} as well; "
                "keep it where it belongs"
            )
            path = intents / f"{phrase.intent}.yaml"
            found.setdefault((phrase.intent, phrase.line), Finding(path, phrase.line, message))
    return list(found.values())


def _few(knowledge: Knowledge, intents: Path) -> list[Finding]:
    counts: defaultdict[tuple[str, str], int] = defaultdict(int)
    for phrase in knowledge.phrases:
        counts[phrase.intent, phrase.language] += 1
    return [
        Finding(
            intents / f"{intent}.yaml",
            1,
            f"only {counts[intent, language]} phrases in `{language}`: "
            f"write {FEWEST_PHRASES} or more, each another idea of asking",
            "warning",
        )
        for intent in knowledge.intents
        for language in LANGUAGES
        if intent != FALLBACK and counts[intent, language] < FEWEST_PHRASES
    ]
