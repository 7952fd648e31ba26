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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from bot.understanding.sparse import ranges, span
from bot.understanding.text import MASKS, PERSON, PLACE, TIME
from bot.understanding.typos import typos_allowed
from bot.understanding.word_memory import WordMemory

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]
Indices = NDArray[np.intp]

SIMILAR = 76.0
"""From which rapidfuzz ratio (0 to 100) two words count as forms of one (measured on left-out
phrases: lower takes strangers for kin, higher loses inflected forms)."""

SHORTEST_FUZZY = 4
"""Letters; of shorter words each change makes another word. The first letter must be the same:
people seldom mistype it, and only words with the same one need to be looked at."""

MOST_NEIGHBOURS = 24

MANY, MOST_DENSE = 2_000, 16
"""What a word of ours brings so many wordings is added to all wordings at once, which is faster;
that takes an array as long as there are wordings for each of so many words at most."""

NOTHING = np.float32(1e-6)

STRANGER_WEIGHT, SHORT_STRANGER_WEIGHT = 1.0, 0.4
"""What a word weighs that is like none of ours; one of two letters is hardly a word."""

MASK_WEIGHTS = {PLACE: 0.25, TIME: 0.25, PERSON: 1.0}
"""A place stands in questions of all kinds and says little; a person says much."""


@dataclass(frozen=True)
class PhraseWording:
    """A sampled wording of a phrase."""

    label: str
    template: int
    """Which phrase it was sampled from."""
    words: tuple[str, ...]


@dataclass(frozen=True)
class Neighbours:
    """What the vocabulary knows of one word of a message."""

    weight: float
    wordings: Integers | Indices
    """The wordings in which the word finds a partner."""
    gains: Floats
    """What it brings each of them: where several partners stand in one, the best."""
    known: float
    """How alike the nearest word of any phrase is, 0 to 1."""
    known_in_scope: float
    """The same for words of phrases that the bot answers."""
    dense: Floats | None = None
    """The gains of all wordings, where they are many."""
    meant: str | None = None
    """The word of ours that is meant, where the word is one misspelt."""


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


@dataclass(frozen=True)
class AlignmentIndex:
    """The wordings as arrays, made once by `build_index` and kept with the trained model.

    Wording `w` has the words `words[bounds[w]:bounds[w + 1]]`, numbers into the vocabulary; word
    `v` stands in the wordings `postings[ends[v - 1]:ends[v]]`. Wordings of one label stand side
    by side, from `starts` on.
    """

    labels: tuple[str, ...]
    vocabulary: tuple[str, ...]
    starts: Integers
    words: Integers
    bounds: Integers
    postings: Integers
    ends: Integers
    weights: Floats
    in_scope: NDArray[np.bool_]
    near: Indices
    """The wordings in which word `v` finds a partner: `near[near_ends[v - 1]:near_ends[v]]`; as
    numpy takes indices, since it would convert others anew for every message."""
    gains: Floats
    """What it brings each of them."""
    near_ends: Integers
    known_in_scope: Floats
    """How alike each word's nearest word is in the phrases that the bot answers, 0 to 1."""


def build_index(wordings: Sequence[PhraseWording], refused: frozenset[str]) -> AlignmentIndex:
    """Indexes wordings; `refused` are the labels that the bot does not answer."""
    distinct = _distinct(wordings)
    labels = tuple(sorted({wording.label for wording in distinct}))
    in_templates: defaultdict[str, set[int]] = defaultdict(set)
    in_labels: defaultdict[str, set[str]] = defaultdict(set)
    for wording in distinct:
        for word in wording.words:
            in_templates[word].add(wording.template)
            in_labels[word].add(wording.label)
    vocabulary = tuple(sorted(in_templates))
    number = {word: index for index, word in enumerate(vocabulary)}
    lengths = [len(wording.words) for wording in distinct]
    words = np.array([number[word] for each in distinct for word in each.words], np.int32)
    owners = np.repeat(np.arange(len(distinct), dtype=np.int32), lengths)
    order = np.argsort(words, kind="stable")
    ends = np.cumsum(np.bincount(words, minlength=len(vocabulary))).astype(np.int32)
    weights = _weights(vocabulary, in_templates, in_labels)
    in_scope = np.array([bool(in_labels[word] - refused) for word in vocabulary], np.bool_)
    pairs = _kin_of_all(vocabulary, number)
    near = _near(pairs, owners[order], ends, weights)
    of_label = np.array([labels.index(wording.label) for wording in distinct])
    return AlignmentIndex(
        labels=labels,
        vocabulary=vocabulary,
        starts=np.searchsorted(of_label, np.arange(len(labels))).astype(np.int32),
        words=words,
        bounds=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32),
        postings=owners[order],
        ends=ends,
        weights=weights,
        in_scope=in_scope,
        near=near.wordings,
        gains=near.gains,
        near_ends=near.ends,
        known_in_scope=np.maximum.reduceat(
            np.where(in_scope[pairs.others], pairs.values, np.float32(0)), pairs.starts
        ),
    )


@dataclass(frozen=True)
class _Pairs:
    """Each word of the vocabulary with itself and the words like it, and how much, 0 to 1."""

    words: Integers
    others: Integers
    values: Floats
    starts: Integers
    """Where the pairs of each word begin."""


def _kin_of_all(vocabulary: Sequence[str], number: Mapping[str, int]) -> _Pairs:
    by_letter = _by_letter(vocabulary)
    others: list[int] = []
    values: list[float] = []
    starts: list[int] = []
    for at, word in enumerate(vocabulary):
        kin = {at: 1.0, **_alike(word, by_letter.get(word[0], []), number)}
        starts.append(len(others))
        others += kin
        values += kin.values()
    lengths = np.diff(starts, append=len(others))
    return _Pairs(
        np.repeat(np.arange(len(vocabulary), dtype=np.int32), lengths),
        np.array(others, np.int32),
        np.array(values, np.float32),
        np.array(starts, np.int32),
    )


@dataclass(frozen=True)
class _Near:
    """For each word, one after the other, the wordings where it has a partner, and the gains."""

    wordings: Indices
    gains: Floats
    ends: Integers


def _near(pairs: _Pairs, postings: Integers, ends: Integers, weights: Floats) -> _Near:
    counts = np.diff(ends, prepend=0)
    lengths = counts[pairs.others].astype(np.int64)
    wordings = postings[ranges((ends - counts)[pairs.others].astype(np.int64), lengths)]
    gains = np.repeat(pairs.values * (weights[pairs.words] + weights[pairs.others]), lengths)
    # Where several partners stand in one wording, the best counts.
    height = int(postings.max(initial=0)) + 1
    keys = np.repeat(pairs.words, lengths).astype(np.int64) * height + wordings
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    words, wordings = np.divmod(keys[first], height)
    found = np.bincount(words, minlength=len(weights))
    return _Near(
        wordings.astype(np.intp),
        np.maximum.reduceat(gains[order], first),
        np.cumsum(found).astype(np.int32),
    )


def _by_letter(vocabulary: Sequence[str]) -> dict[str, list[str]]:
    """The longer words of the vocabulary by their first letter."""
    found: dict[str, list[str]] = {}
    for word in vocabulary:
        if len(word) >= SHORTEST_FUZZY and word not in MASKS:
            found.setdefault(word[0], []).append(word)
    return found


def _alike(word: str, candidates: Sequence[str], number: Mapping[str, int]) -> dict[int, float]:
    """The numbers of the words that are like a word, itself left out, and how much, 0 to 1."""
    if len(word) < SHORTEST_FUZZY or word in MASKS:
        return {}
    found = process.extract(
        word, candidates, scorer=fuzz.ratio, score_cutoff=SIMILAR, limit=MOST_NEIGHBOURS
    )
    return {number[other]: (ratio / 100) ** 2 * 0.95 for other, ratio, _ in found if other != word}


def _weights(
    vocabulary: Sequence[str],
    in_templates: dict[str, set[int]],
    in_labels: dict[str, set[str]],
) -> Floats:
    """A word weighs more the fewer phrases and the fewer labels it stands in; at most 1."""
    templates = len(set().union(*in_templates.values()))
    labels = len(set().union(*in_labels.values()))
    weights = [
        MASK_WEIGHTS[word]
        if word in MASK_WEIGHTS
        else 0.5 * math.log(1 + templates / len(in_templates[word])) / math.log(1 + templates)
        + 0.5 * math.log(1 + labels / len(in_labels[word])) / math.log(1 + labels)
        for word in vocabulary
    ]
    return np.array(weights, np.float32)


class Alignment:
    """Scores messages against an index; remembers the words it has looked up."""

    def __init__(self, index: AlignmentIndex) -> None:
        self._index = index
        self.labels = index.labels
        self._number = {word: at for at, word in enumerate(index.vocabulary)}
        # Never nothing, since it is divided by.
        self._totals = np.add.reduceat(index.weights[index.words], index.bounds[:-1]) + NOTHING
        self._by_letter = _by_letter(index.vocabulary)
        self._dense = self._of_most_wordings()
        self._remembered: WordMemory[Neighbours] = WordMemory()

    def scores(self, words: Sequence[str]) -> Scores:
        """Scores a message given as folded, masked words."""
        # What is looked up is kept; made before what is not, it leaves no holes in memory.
        found = [self.neighbours(word) for word in dict.fromkeys(words)]
        gained = np.zeros(len(self._totals), np.float32)
        total = unknown = unknown_in_scope = 0.0
        for near in found:
            total += near.weight
            unknown += near.weight * (1 - near.known)
            unknown_in_scope += near.weight * (1 - near.known_in_scope)
            if near.dense is not None:
                gained += near.dense
            else:
                gained[near.wordings] += near.gains
        of_wording = np.divide(gained, self._totals + np.float32(total), out=gained)
        return Scores(
            best=np.maximum.reduceat(of_wording, self._index.starts),
            of_wording=of_wording,
            unknown=unknown / (total or 1),
            unknown_in_scope=unknown_in_scope / (total or 1),
        )

    def spelled(self, words: Sequence[str]) -> list[str]:
        """The words of a message with those of ours in place of misspelt ones."""
        return [self.neighbours(word).meant or word for word in words]

    def neighbours(self, word: str) -> Neighbours:
        """The wordings in which a word finds itself or a word like it."""
        return self._remembered.find(word, self._search)

    def _search(self, word: str) -> Neighbours:
        own = self._number.get(word)
        return self._stranger(word) if own is None else self._of_ours(own)

    def _of_ours(self, own: int) -> Neighbours:
        """Those of a word of the phrases, found once, when the index was made."""
        index = self._index
        near = span(index.near_ends, own)
        return Neighbours(
            float(index.weights[own]),
            index.near[near],
            index.gains[near],
            known=1.0,
            known_in_scope=float(index.known_in_scope[own]),
            dense=self._dense.get(own),
        )

    def _of_most_wordings(self) -> dict[int, Floats]:
        """What the words with most wordings bring each wording there is."""
        index = self._index
        counts = np.diff(index.near_ends, prepend=0)
        found: dict[int, Floats] = {}
        for own in np.argsort(-counts, kind="stable")[:MOST_DENSE].tolist():
            if counts[own] >= MANY:
                near = span(index.near_ends, own)
                found[own] = np.zeros(len(self._totals), np.float32)
                found[own][index.near[near]] = index.gains[near]
        return found

    def _stranger(self, word: str) -> Neighbours:
        kin = _alike(word, self._by_letter.get(word[:1], []), self._number)
        if meant := self._misspelt(word, kin):
            return replace(self.neighbours(meant), meant=meant)
        found = self._of_kin(kin)
        if len(word) <= 2:
            return replace(found, weight=SHORT_STRANGER_WEIGHT)
        return found

    def _of_kin(self, kin: Mapping[int, float]) -> Neighbours:
        """The neighbours of a word with these kin."""
        index = self._index
        numbers = np.array(list(kin), np.int32)
        values = np.array(list(kin.values()), np.float32)
        weights = index.weights[numbers]
        weight = STRANGER_WEIGHT
        if values.max(initial=0.0) > 0.6:
            weight = float((weights * values).max())
        wordings, gains = self._best(numbers, values * (weight + weights))
        return Neighbours(
            weight,
            wordings,
            gains,
            known=float(values.max(initial=0.0)),
            known_in_scope=float(values[index.in_scope[numbers]].max(initial=0.0)),
        )

    def _best(self, numbers: Integers, gains: Floats) -> tuple[Integers, Floats]:
        """The wordings that hold any of these words, and the gain of the best of them there."""
        if not len(numbers):
            return np.zeros(0, np.int32), np.zeros(0, np.float32)
        index = self._index
        postings = [index.postings[span(index.ends, number)] for number in numbers]
        wordings = np.concatenate(postings)
        brought = np.repeat(gains, [len(each) for each in postings])
        order = np.lexsort((brought, wordings))
        wordings, brought = wordings[order], brought[order]
        last = np.append(wordings[1:] != wordings[:-1], True)
        return wordings[last], brought[last].astype(np.float32)

    def _misspelt(self, word: str, kin: Iterable[int]) -> str | None:
        """The word of ours that this one is with a typo; of equally near ones the commonest."""
        allowed = typos_allowed(word)
        if not allowed:
            return None
        weights, vocabulary = self._index.weights, self._index.vocabulary
        near = (
            (typos, float(weights[at]), vocabulary[at])
            for at in kin
            if (typos := OSA.distance(word, vocabulary[at], score_cutoff=allowed)) <= allowed
        )
        return min(near, default=(0, 0.0, None))[2]

    def nearest(self, label: str, scores: Scores) -> str:
        """The words of the label's wording that a message fits best, in alphabetical order."""
        index = self._index
        position = self.labels.index(label)
        start = int(index.starts[position])
        last = position + 1 == len(self.labels)
        end = len(self._totals) if last else int(index.starts[position + 1])
        best = start + int(scores.of_wording[start:end].argmax())
        words = index.words[index.bounds[best] : index.bounds[best + 1]]
        return " ".join(index.vocabulary[word] for word in words)


def word_for_word(wordings: Sequence[PhraseWording]) -> dict[str, str]:
    """The label of each wording, by its words in their order; without those of several labels."""
    found: dict[str, str] = {}
    doubtful: set[str] = set()
    for wording in wordings:
        words = " ".join(wording.words)
        if found.setdefault(words, wording.label) != wording.label:
            doubtful.add(words)
    return {words: label for words, label in found.items() if words and words not in doubtful}


def _distinct(wordings: Sequence[PhraseWording]) -> list[PhraseWording]:
    """The wordings by label; those with the same words for the same label once."""
    seen: dict[tuple[str, tuple[str, ...]], PhraseWording] = {}
    for wording in wordings:
        words = tuple(sorted(set(wording.words)))
        if words:
            seen.setdefault(
                (wording.label, words), PhraseWording(wording.label, wording.template, words)
            )
    return sorted(seen.values(), key=lambda wording: wording.label)
