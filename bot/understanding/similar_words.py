"""Finds the words of a vocabulary that are similar to another: forms of it, and with typos.

rapidfuzz compares two words in a tenth of a microsecond, but a thousand begin with the same letter:
which letters each has tells at once of most of them that they are not similar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from bot.understanding.text import MASKS

MIN_RATIO = 76.0
"""From which rapidfuzz ratio (0 to 100) two words count as forms of one (measured on left-out
phrases: lower confuses different words, higher loses inflected forms)."""

MAX_CHANGED = 1 - MIN_RATIO / 100
"""How many letters may be added or left out for that ratio, for each letter of both words."""

MIN_FUZZY_LENGTH = 4
"""Letters; a changed letter makes a shorter word another one. The first letter must be the same:
people seldom mistype it, and only words with the same one need to be looked at."""

MAX_SIMILAR_WORDS = 24

SLACK = 0.01
"""Letters, so that rounding leaves none out."""


@dataclass(frozen=True)
class Candidates:
    """Words that begin with one letter, among which similar ones are looked for."""

    words: tuple[str, ...]
    letters: NDArray[np.uint32]
    """Which letters each word has, as bits; letters may share one."""
    most: NDArray[np.float32]
    """How many letters added or left out make `MIN_RATIO`, less the share of the other word."""

    @classmethod
    def of(cls, words: Sequence[str]) -> Candidates:
        """The candidates in the order of `words`."""
        letters = np.fromiter(map(_letters, words), np.uint32, len(words))
        lengths = np.fromiter(map(len, words), np.float32, len(words))
        return cls(tuple(words), letters, lengths * np.float32(MAX_CHANGED))

    def of_like_letters(self, word: str) -> Sequence[str]:
        """Those that may be similar: a letter that only one of two words has was changed."""
        different = np.bitwise_count(self.letters ^ np.uint32(_letters(word)))
        near = (different <= self.most + np.float32(len(word) * MAX_CHANGED + SLACK)).nonzero()
        words = self.words
        return [words[at] for at in near[0].tolist()]


def _letters(word: str) -> int:
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) & 31)
    return bits


def by_letter(vocabulary: Sequence[str]) -> dict[str, Candidates]:
    """The longer words of the vocabulary by their first letter."""
    found: dict[str, list[str]] = {}
    for word in vocabulary:
        if len(word) >= MIN_FUZZY_LENGTH and word not in MASKS:
            found.setdefault(word[0], []).append(word)
    return {letter: Candidates.of(words) for letter, words in found.items()}


def similar_words(
    word: str, candidates: Mapping[str, Candidates], number: Mapping[str, int]
) -> dict[int, float]:
    """The similarity, 0 to 1, of each similar vocabulary word by its number; itself left out.

    It is the squared ratio, so that half-similar words count little; 0.95 keeps the word itself
    ahead of all others.
    """
    if len(word) < MIN_FUZZY_LENGTH or word in MASKS or word[0] not in candidates:
        return {}
    likely = candidates[word[0]].of_like_letters(word)
    found = process.extract(
        word, likely, scorer=fuzz.ratio, score_cutoff=MIN_RATIO, limit=MAX_SIMILAR_WORDS
    )
    return {number[other]: (ratio / 100) ** 2 * 0.95 for other, ratio, _ in found if other != word}
