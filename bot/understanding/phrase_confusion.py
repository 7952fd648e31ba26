"""Finds phrases that are worded like another intent's, without training.

Leave-one-out: each phrase is judged by all others of its language. By naive Bayes its features
must be likelier in another intent than in its own, and its most similar phrase there must be
clearly more similar than any of its own intent. Of phrases moved to a wrong file for a trial, half
were found; of the others, one in 25,000 was reported wrongly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from bot.understanding.linear_model import pair_features
from bot.understanding.text import MASKS, PERSON

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Words = tuple[str, ...]

MAX_WORDINGS = 4
"""Wordings of a phrase that are judged; all of them must give the same intent."""

MIN_LOG_RATIO = 1.5
"""The least mean log-likelihood ratio of a phrase's features, another intent against its own."""

MIN_SIMILARITY, MIN_LEAD = 0.4, 0.2
"""The least similarity, 0 to 1, of the nearest phrase of the other intent, and the least lead of it
over the nearest one of its own intent."""

MIN_PHRASES_TO_JUDGE = 10
"""Phrases that its own intent must have in the language for a phrase to be judged."""

SMOOTHING = 0.05
"""Additive (Lidstone) smoothing of the counts of features."""

STEM_LENGTH = 5
"""Letters of a word's beginning that serve as its stem."""


@dataclass(frozen=True)
class Confusion:
    """A phrase, and the phrase of another intent that it is most similar to, by position."""

    phrase: int
    rival: int


def find_confusions(labels: Sequence[str], wordings: Sequence[Sequence[Words]]) -> list[Confusion]:
    """The phrases of one language that are worded like another label's, in order.

    `labels` and `wordings` hold an item for each phrase; only the first WORDINGS are looked at.
    """
    texts = [(at, words) for at, each in enumerate(wordings) for words in each[:MAX_WORDINGS]]
    if not texts:
        return []
    owners = np.array([owner for owner, _ in texts], np.int64)
    names = sorted(set(labels))
    of_phrase = np.array([names.index(label) for label in labels], np.int64)
    rivals, log_ratios = _likeliest_others([words for _, words in texts], owners, of_phrase)
    many = np.bincount(of_phrase)[of_phrase[owners]] >= MIN_PHRASES_TO_JUDGE
    doubtful = np.flatnonzero((log_ratios >= MIN_LOG_RATIO) & many)
    near = _Similarity([words for _, words in texts])
    found = []
    for phrase in np.unique(owners[doubtful]):
        own = np.flatnonzero(owners == phrase)
        rival = rivals[own[0]]
        if np.isin(own, doubtful).all() and (rivals[own] == rival).all():
            nearest = near.nearest_rival(own, owners, of_phrase, int(rival))
            if nearest is not None:
                found.append(Confusion(int(phrase), int(owners[nearest])))
    return found


def _likeliest_others(
    texts: Sequence[Words], owners: Integers, of_phrase: Integers
) -> tuple[Integers, Floats]:
    """For each text the likeliest other label, and its mean log-likelihood ratio to the own one."""
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
    logs = np.log((counts + SMOOTHING) / (totals + 2 * SMOOTHING))
    scores = np.stack([mean(logs[columns, label]) for label in range(labels)], axis=1)
    own_label = of_text[rows]
    left = np.log(
        (counts[columns, own_label] - 1 + SMOOTHING) / (totals[own_label] - 1 + 2 * SMOOTHING)
    )
    own = mean(left)
    scores[np.arange(len(texts)), of_text] = -np.inf
    return scores.argmax(axis=1), scores.max(axis=1) - own


def _features(words: Words) -> list[str]:
    """Each once, sorted: sums in another order differ in the last digit, and so in their limit."""
    stems = {
        f"{word[:STEM_LENGTH]}~" for word in words if len(word) > STEM_LENGTH and word not in MASKS
    }
    return sorted({*words, *pair_features(words), *stems})


class _Similarity:
    """Similarity of texts: a Dice coefficient over stems, weighted by how rare they are."""

    def __init__(self, texts: Sequence[Words]) -> None:
        self._stems = [sorted({_stem(word) for word in words}) for words in texts]
        holding: dict[str, list[int]] = {}
        for at, stems in enumerate(self._stems):
            for stem in stems:
                holding.setdefault(stem, []).append(at)
        self._holding = {stem: np.array(found) for stem, found in holding.items()}
        # Names occur in questions of all kinds and say less.
        self._weights = {
            stem: log(1 + len(texts) / len(found)) * (0.5 if stem in MASKS else 1.0)
            for stem, found in holding.items()
        }
        self._totals = np.array([self._weight(stems) for stems in self._stems])
        self._person = np.array([PERSON in stems for stems in self._stems])

    def _weight(self, stems: Sequence[str]) -> float:
        return sum(self._weights[stem] for stem in stems)

    def nearest_rival(
        self, own: Integers, owners: Integers, of_phrase: Integers, rival: int
    ) -> int | None:
        """The rival label's text that is most similar to these; None unless clearly so for each."""
        best: tuple[float, int] = (0.0, -1)
        for text in own:
            similarities = self._similarities(int(text))
            similarities[own] = 0
            of_text = of_phrase[owners]
            # Whether a person is named tells questions apart that share all other words.
            comparable = (of_text == rival) & (self._person == self._person[text])
            theirs = np.where(comparable, similarities, 0.0)
            ours = float(similarities[of_text == of_text[text]].max())
            at = int(theirs.argmax())
            if theirs[at] < MIN_SIMILARITY or theirs[at] - ours < MIN_LEAD:
                return None
            best = max(best, (float(theirs[at]), at))
        return best[1]

    def _similarities(self, text: int) -> Floats:
        shared = np.zeros(len(self._stems))
        for stem in self._stems[text]:
            shared[self._holding[stem]] += self._weights[stem]
        similarities: Floats = 2 * shared / (self._totals + self._totals[text])
        return similarities


def _stem(word: str) -> str:
    return word if word in MASKS else word[:STEM_LENGTH]
