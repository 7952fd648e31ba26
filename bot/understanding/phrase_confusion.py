"""Phrases that pull another intent's questions their way, found without training.

Each phrase is judged by all the others of its language, itself left out: how much likelier its
words and word pairs are in another intent than in its own, and whether its nearest phrase there is
clearly nearer than any of its own intent. Both must say so. Of phrases that were put into a wrong
file for a trial, half were found so; of the others, one in 25,000 was named for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from bot.understanding.linear import pair_features
from bot.understanding.text import MASKS, PERSON

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Words = tuple[str, ...]

WORDINGS = 4
"""Wordings of a phrase that are judged; all of them must go the same way."""

LIKELIER = 1.5
"""How much likelier a phrase must be in another intent, as the mean logarithm of its features."""

NEAR, NEARER = 0.4, 0.2
"""How like its nearest phrase there must be, 0 to 1, and by how much more than any of its own."""

FEWEST = 10
"""Phrases that its own intent must have in the language: fewer say nothing of what belongs."""

UNSEEN = 0.05
"""What a feature counts for that an intent has never had."""

STEM = 5
"""Letters by which inflected forms of a word are taken for one."""


@dataclass(frozen=True)
class Confusion:
    """A phrase and the phrase of another intent that its words are nearer to, by position."""

    phrase: int
    rival: int


def find_confusions(labels: Sequence[str], wordings: Sequence[Sequence[Words]]) -> list[Confusion]:
    """The phrases of one language that are worded like another label's, in order.

    `labels` and `wordings` hold an item for each phrase; only the first WORDINGS are looked at.
    """
    texts = [(at, words) for at, each in enumerate(wordings) for words in each[:WORDINGS]]
    if not texts:
        return []
    owners = np.array([owner for owner, _ in texts], np.int64)
    names = sorted(set(labels))
    of_phrase = np.array([names.index(label) for label in labels], np.int64)
    rivals, likelier = _likelier([words for _, words in texts], owners, of_phrase)
    many = np.bincount(of_phrase)[of_phrase[owners]] >= FEWEST
    doubtful = np.flatnonzero((likelier >= LIKELIER) & many)
    near = _Nearness([words for _, words in texts])
    found = []
    for phrase in np.unique(owners[doubtful]):
        own = np.flatnonzero(owners == phrase)
        rival = rivals[own[0]]
        if np.isin(own, doubtful).all() and (rivals[own] == rival).all():
            nearest = near.other_side(own, owners, of_phrase, int(rival))
            if nearest is not None:
                found.append(Confusion(int(phrase), int(owners[nearest])))
    return found


def _likelier(
    texts: Sequence[Words], owners: Integers, of_phrase: Integers
) -> tuple[Integers, Floats]:
    """For each text the likeliest other label, and how much likelier it is than its own."""
    numbers: dict[str, int] = {}
    features = [[numbers.setdefault(each, len(numbers)) for each in _features(t)] for t in texts]
    columns = np.array([feature for each in features for feature in each], np.int64)
    rows = np.repeat(np.arange(len(texts)), [len(each) for each in features])
    # A feature counts once a phrase, however many of its wordings hold it.
    pairs = np.unique(owners[rows] * len(numbers) + columns)
    labels = int(of_phrase.max()) + 1
    counts = np.zeros((len(numbers), labels))
    np.add.at(counts, (pairs % len(numbers), of_phrase[pairs // len(numbers)]), 1.0)
    totals = np.bincount(of_phrase, minlength=labels).astype(float)

    def mean(of_feature: Floats) -> Floats:
        summed = np.bincount(rows, weights=of_feature, minlength=len(texts))
        return summed / np.bincount(rows, minlength=len(texts))

    of_text = of_phrase[owners]
    logs = np.log((counts + UNSEEN) / (totals + 2 * UNSEEN))
    scores = np.stack([mean(logs[columns, label]) for label in range(labels)], axis=1)
    own_label = of_text[rows]
    left = np.log((counts[columns, own_label] - 1 + UNSEEN) / (totals[own_label] - 1 + 2 * UNSEEN))
    own = mean(left)
    scores[np.arange(len(texts)), of_text] = -np.inf
    return scores.argmax(axis=1), scores.max(axis=1) - own


def _features(words: Words) -> set[str]:
    stems = {f"{word[:STEM]}~" for word in words if len(word) > STEM and word not in MASKS}
    return {*words, *pair_features(words), *stems}


class _Nearness:
    """How alike texts are: the weight of the stems they share out of all of both."""

    def __init__(self, texts: Sequence[Words]) -> None:
        self._stems = [frozenset(_stem(word) for word in words) for words in texts]
        holding: dict[str, list[int]] = {}
        for at, stems in enumerate(self._stems):
            for stem in stems:
                holding.setdefault(stem, []).append(at)
        self._holding = {stem: np.array(found) for stem, found in holding.items()}
        # Names stand in questions of all kinds and say less.
        self._weights = {
            stem: log(1 + len(texts) / len(found)) * (0.5 if stem in MASKS else 1.0)
            for stem, found in holding.items()
        }
        self._totals = np.array([self._weight(stems) for stems in self._stems])
        self._person = np.array([PERSON in stems for stems in self._stems])

    def _weight(self, stems: frozenset[str]) -> float:
        return sum(self._weights[stem] for stem in stems)

    def other_side(
        self, own: Integers, owners: Integers, of_phrase: Integers, rival: int
    ) -> int | None:
        """The text of the rival label that is nearest to these; None unless it is clearly so."""
        best: tuple[float, int] = (0.0, -1)
        for text in own:
            alike = self._alike(int(text))
            alike[own] = 0
            of_text = of_phrase[owners]
            # Whether a person is named tells questions apart that share all other words.
            comparable = (of_text == rival) & (self._person == self._person[text])
            theirs = np.where(comparable, alike, 0.0)
            ours = float(alike[of_text == of_text[text]].max())
            at = int(theirs.argmax())
            if theirs[at] < NEAR or theirs[at] - ours < NEARER:
                return None
            best = max(best, (float(theirs[at]), at))
        return best[1]

    def _alike(self, text: int) -> Floats:
        shared = np.zeros(len(self._stems))
        for stem in self._stems[text]:
            shared[self._holding[stem]] += self._weights[stem]
        alike: Floats = 2 * shared / (self._totals + self._totals[text])
        return alike


def _stem(word: str) -> str:
    return word if word in MASKS else word[:STEM]
