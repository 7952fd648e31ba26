"""Which phrase of intents/ a wording came from: what `explain` shows as evidence."""

from __future__ import annotations

import random
from collections.abc import Iterator

from bot.knowledge.library import Knowledge, TopicPhrase
from bot.understanding.text import TIME, words
from bot.understanding.training import label_of

WORDINGS = 40
"""Wordings of a phrase that are compared: all of most phrases."""


def find_source_phrase(label: str, wording: str, knowledge: Knowledge) -> TopicPhrase | None:
    """The phrase of a label that is most similar to a wording; None where the label has no phrase.

    `wording` are words as the alignment has them, so times are ignored. Similarity is the Dice
    coefficient of the sets of words. Compares all phrases of the label: about 50 milliseconds.
    """
    wanted = set(wording.split()) - {TIME}
    best: tuple[float, TopicPhrase | None] = (-1.0, None)
    for phrase in knowledge.phrases:
        if label_of(phrase, knowledge) != label:
            continue
        rng = random.Random(phrase.phrase.text)
        for text in phrase.phrase.samples(rng, WORDINGS):
            found = set(words(text))
            similarity = 2 * len(found & wanted) / max(len(found) + len(wanted), 1)
            if similarity > best[0]:
                best = (similarity, phrase)
        if best[0] == 1:
            break
    return best[1]


def last_phrase_line(intent: str, topic: str, language: str, knowledge: Knowledge) -> int | None:
    """The line of the last phrase of an intent in a language; None where it has none yet."""
    lines = list(_lines(intent, topic, language, knowledge))
    return max(lines, default=None)


def _lines(intent: str, topic: str, language: str, knowledge: Knowledge) -> Iterator[int]:
    for phrase in knowledge.phrases:
        if (phrase.intent, phrase.topic, phrase.language) == (intent, topic, language):
            yield phrase.line
