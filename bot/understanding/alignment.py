"""Compares a message with the phrases word by word, with rapidfuzz: evidence, and refusal.

Each word of the message is paired with the like words of the phrases' vocabulary. A phrase's
score is the weight of the words that found a partner, on both sides, out of all their weight:
1.0 when every word has one. A word that stands in few phrases weighs much, so a message with an
unknown word at its heart (`pormestari`) fits nothing well. This is what the linear model cannot
do: it has learned only what speaks for an intent.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from bot.understanding.text import MASKS, PERSON, PLACE, TIME

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]

SIMILAR = 76.0
"""From which rapidfuzz ratio (0 to 100) two words count as forms of one (measured on left-out
phrases: lower takes strangers for kin, higher loses inflected forms)."""

SURE_DESPITE_FIRST_LETTER = 88.0
"""Words rarely change their first letter: those that differ there must be this much alike."""

SHORTEST_FUZZY = 4
MOST_NEIGHBOURS = 24

MASK_WEIGHTS = {PLACE: 0.25, TIME: 0.25, PERSON: 1.0}
"""A place stands in questions of all kinds and says little; a person says much."""


@dataclass(frozen=True)
class Wording:
    """A sampled wording of a phrase."""

    label: str
    template: int
    """Which phrase it was sampled from."""
    words: tuple[str, ...]


@dataclass(frozen=True)
class Neighbours:
    """What the vocabulary knows of one word of a message."""

    weight: float
    indices: Integers
    values: Floats
    known: float
    """How alike the nearest word of any phrase is, 0 to 1."""
    known_in_scope: float
    """The same for words of phrases that the bot answers."""


@dataclass(frozen=True)
class Scores:
    """How well a message fits the phrases of each label."""

    best: Floats
    """The best score of each label, 0 to 1, in the order of `Alignment.labels`."""
    of_wording: Floats
    unknown: float
    """The share of the message's weight in words that no phrase knows."""
    unknown_in_scope: float
    """The same for phrases that the bot answers."""


class Alignment:
    """An index over wordings. `refused` are the labels that the bot does not answer."""

    def __init__(self, wordings: Sequence[Wording], refused: frozenset[str]) -> None:
        self.wordings = _distinct(wordings)
        self.labels = tuple(sorted({wording.label for wording in self.wordings}))
        labels = [wording.label for wording in self.wordings]
        self._starts = np.array([labels.index(label) for label in self.labels])
        in_templates: defaultdict[str, set[int]] = defaultdict(set)
        in_labels: defaultdict[str, set[str]] = defaultdict(set)
        for wording in self.wordings:
            for word in wording.words:
                in_templates[word].add(wording.template)
                in_labels[word].add(wording.label)
        self.vocabulary = tuple(sorted(in_templates))
        self._number = {word: index for index, word in enumerate(self.vocabulary)}
        self._weights = self._weigh(in_templates, in_labels)
        self._in_scope = np.array(
            [bool(in_labels[word] - refused) for word in self.vocabulary], np.bool_
        )
        self._postings = self._invert()
        self._totals = np.array(
            [
                sum(self._weights[self._number[word]] for word in wording.words)
                for wording in self.wordings
            ],
            np.float32,
        )
        self._fuzzy = [
            word for word in self.vocabulary if len(word) >= SHORTEST_FUZZY and word not in MASKS
        ]
        self._cache: dict[str, Neighbours] = {}

    def _weigh(self, in_templates: dict[str, set[int]], in_labels: dict[str, set[str]]) -> Floats:
        """A word weighs more the fewer phrases and the fewer labels it stands in."""
        templates = len({wording.template for wording in self.wordings})
        labels = len(self.labels)
        weights = [
            0.5 * math.log(1 + templates / len(in_templates[word])) / math.log(1 + templates)
            + 0.5 * math.log(1 + labels / len(in_labels[word])) / math.log(1 + labels)
            for word in self.vocabulary
        ]
        for mask, weight in MASK_WEIGHTS.items():
            if mask in self._number:
                weights[self._number[mask]] = weight
        return np.array(weights, np.float32)

    def _invert(self) -> list[Integers]:
        postings: list[list[int]] = [[] for _ in self.vocabulary]
        for index, wording in enumerate(self.wordings):
            for word in wording.words:
                postings[self._number[word]].append(index)
        return [np.array(found, np.int32) for found in postings]

    def scores(self, words: Sequence[str]) -> Scores:
        """Scores a message given as folded, masked words."""
        count = len(self.wordings)
        gained = np.zeros(count, np.float32)
        total = unknown = unknown_in_scope = 0.0
        for word in dict.fromkeys(words):
            near = self.neighbours(word)
            total += near.weight
            unknown += near.weight * (1 - near.known)
            unknown_in_scope += near.weight * (1 - near.known_in_scope)
            if len(near.indices) == 1:
                index = near.indices[0]
                gained[self._postings[index]] += near.values[0] * (
                    near.weight + self._weights[index]
                )
            elif len(near.indices):
                gained += self._best_partner(near, count)
        of_wording = gained / (total + self._totals + 1e-6)
        return Scores(
            best=np.maximum.reduceat(of_wording, self._starts),
            of_wording=of_wording,
            unknown=unknown / (total or 1),
            unknown_in_scope=unknown_in_scope / (total or 1),
        )

    def _best_partner(self, near: Neighbours, count: int) -> Floats:
        """What one word brings each wording; where several partners stand in one, the best."""
        brought = np.zeros(count, np.float32)
        gains = near.values * (near.weight + self._weights[near.indices])
        for position in np.argsort(gains):
            brought[self._postings[near.indices[position]]] = gains[position]
        return brought

    def neighbours(self, word: str) -> Neighbours:
        """The words of the phrases that a word is like."""
        cached = self._cache.get(word)
        if cached is None:
            if len(self._cache) > 30_000:
                self._cache.clear()
            cached = self._cache[word] = self._search(word)
        return cached

    def _search(self, word: str) -> Neighbours:
        alike: dict[int, float] = {}
        own = self._number.get(word)
        if own is not None:
            alike[own] = 1.0
        if len(word) >= SHORTEST_FUZZY and word not in MASKS:
            for other, ratio, _ in process.extract(
                word, self._fuzzy, scorer=fuzz.ratio, score_cutoff=SIMILAR, limit=MOST_NEIGHBOURS
            ):
                if other[0] == word[0] or ratio >= SURE_DESPITE_FIRST_LETTER:
                    alike.setdefault(self._number[other], (ratio / 100) ** 2 * 0.95)
        indices = np.array(list(alike), np.int32)
        values = np.array(list(alike.values()), np.float32)
        known = float(values.max()) if alike else 0.0
        scoped = self._in_scope[indices] if alike else np.zeros(0, np.bool_)
        known_in_scope = float(values[scoped].max()) if scoped.any() else 0.0
        return Neighbours(
            self._weight(word, own, indices, values), indices, values, known, known_in_scope
        )

    def _weight(self, word: str, own: int | None, indices: Integers, values: Floats) -> float:
        if own is not None:
            return float(self._weights[own])
        if len(values) and values.max() > 0.6:
            return float((self._weights[indices] * values).max())
        return 1.0 if len(word) > 2 else 0.4

    def nearest(self, label: str, scores: Scores) -> Wording:
        """The wording of a label that a message fits best."""
        position = self.labels.index(label)
        start = self._starts[position]
        end = self._starts[position + 1] if position + 1 < len(self.labels) else None
        return self.wordings[int(start) + int(scores.of_wording[start:end].argmax())]


def _distinct(wordings: Sequence[Wording]) -> list[Wording]:
    """The wordings by label; those with the same words for the same label once."""
    seen: dict[tuple[str, tuple[str, ...]], Wording] = {}
    for wording in wordings:
        words = tuple(sorted(set(wording.words)))
        if words:
            seen.setdefault((wording.label, words), Wording(wording.label, wording.template, words))
    return sorted(seen.values(), key=lambda wording: wording.label)
