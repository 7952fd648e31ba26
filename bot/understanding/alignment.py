"""Compares a message with the phrases word by word, with rapidfuzz: evidence, and refusal.

Each word of the message is paired with the similar words of the phrases' vocabulary. The score of
a phrase is a weighted Dice coefficient: the weight of the words that have a partner, on both sides,
divided by the weight of all words, so 1.0 when every word has one. Weights are inverse document
frequencies, so a message whose main word is unknown (`pormestari`) fits no phrase well. The linear
model cannot do that: it has learned only what speaks for an intent.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from bot.understanding.similar_words import by_letter, similar_words
from bot.understanding.sparse import ranges, span
from bot.understanding.text import MASKS, PERSON, PLACE, TIME
from bot.understanding.typos import short_forms, typos_allowed
from bot.understanding.word_cache import WordCache
from bot.understanding.word_table import load_word_table

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]

MIN_DENSE_WORDINGS, MAX_DENSE_WORDS = 2_000, 16
"""A vocabulary word that occurs in so many wordings has a dense array of gains, as long as there
are wordings, because adding that is faster; at most so many words have one, to bound memory."""

MAX_LISTED_SHARE = 0.15
"""Wordings that a message's words have partners in, up to this share of all, are scored one by one,
because that is faster and leaves more of the processor's cache to others; else all are."""

EPSILON = np.float32(1e-6)

UNKNOWN_WORD_WEIGHT, SHORT_UNKNOWN_WORD_WEIGHT = 1.0, 0.4
"""The weight of a word that resembles none of the vocabulary; one of two letters is hardly a
word."""

MASK_WEIGHTS = {PLACE: 0.25, TIME: 0.25, PERSON: 1.0}
"""A place occurs in questions of all kinds and says little; a person says much."""


OURS_LABELS, OURS_ODDS = 5, 5.0
"""A word is fully ours that stands in phrases of so many intents, and whose odds to stand in a
phrase that is answered are 2 to this power."""

EVERYDAY_SHARE = 0.7
"""How much an everyday word tells of what another would."""


@dataclass(frozen=True)
class PhraseWording:
    """A sampled wording of a phrase."""

    label: str
    template: int
    """The number of the phrase that it was sampled from."""
    words: tuple[str, ...]
    """Folded, with masks in place of names."""


@dataclass(frozen=True)
class Neighbours:
    """The wordings that hold one word of a message, or a word similar to it."""

    weight: float
    """The word's own weight, 0 to 1."""
    wordings: Integers
    """The numbers of the wordings in which the word has a partner."""
    gains: Floats
    """For each of these wordings, what the word adds to the numerator of its score: the summed
    weight of both partners times their similarity, of several partners the best."""
    known: float
    """The similarity of the nearest word of any phrase, 0 to 1."""
    known_in_scope: float
    """The same for words of phrases that the bot answers."""
    ours: float = 0.0
    """How much it tells that a question is ours; see `AlignmentIndex.ours`."""
    is_word: bool = True
    """Whether it is a word of the phrases or of a language, rather than a typo or a name."""
    dense: Floats | None = None
    """The gains of all wordings, for words with very many."""
    front: Integers | None = None
    """For the same words, the wordings of which one is the best of its label where no other word
    of the message has a partner; see `Alignment._front`."""
    corrected: str | None = None
    """The vocabulary word that was meant, where the word is that one with a typo."""


@dataclass(frozen=True)
class Scores:
    """How well a message fits the phrases of each label."""

    best: Floats
    """The best score of each label, 0 to 1, in the order of `Alignment.labels`."""
    unknown: float
    """The share of the message's weight in words that no phrase knows."""
    unknown_in_scope: float
    """The same for phrases that the bot answers."""
    ours: float = 0.0
    """How much the word that tells most tells that the question is ours, 0 to 1."""
    ours_share: float = 0.0
    """The mean of that over all words, by their weight."""
    foreign: float = 0.0
    """The words of a language that no phrase in scope has, counted by how little they resemble."""


@dataclass(frozen=True)
class AlignmentIndex:
    """The wordings as arrays, made once by `build_index` and kept with the trained model.

    Wording `w` has the words `words[bounds[w]:bounds[w + 1]]`, numbers into the vocabulary; word
    `v` occurs in the wordings `postings[ends[v - 1]:ends[v]]`. The wordings of one label are
    consecutive: those of label `l` begin at `starts[l]`.
    """

    labels: tuple[str, ...]
    vocabulary: tuple[str, ...]
    starts: Integers
    words: Integers
    bounds: Integers
    postings: Integers
    ends: Integers
    weights: Floats
    """Of each word of the vocabulary, 0 to 1."""
    in_scope: NDArray[np.bool_]
    """Whether a phrase that the bot answers has the word."""
    near: Integers
    """The wordings in which word `v` has a partner: `near[near_ends[v - 1]:near_ends[v]]`."""
    gains: Floats
    """Parallel to `near`; see `Neighbours.gains`."""
    near_ends: Integers
    known_in_scope: Floats
    """For each word, the similarity of the nearest word in phrases that the bot answers, 0 to 1."""
    ours: Floats
    """For each word, how much it tells by itself that a question is ours, 0 to 1; see `_ours`."""


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
    pairs = _similar_pairs(vocabulary, number)
    near = _near(pairs, owners[order], ends, weights)
    of_label = np.array([labels.index(wording.label) for wording in distinct])
    return AlignmentIndex(
        ours=_ours(vocabulary, in_labels, distinct, refused),
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
    """Each word of the vocabulary paired with itself and each word similar to it."""

    words: Integers
    others: Integers
    values: Floats
    """The similarity of each pair, 0 to 1."""
    starts: Integers
    """Where the pairs of each word begin."""


def _similar_pairs(vocabulary: Sequence[str], number: Mapping[str, int]) -> _Pairs:
    candidates = by_letter(vocabulary)
    others: list[int] = []
    values: list[float] = []
    starts: list[int] = []
    for at, word in enumerate(vocabulary):
        similar = {at: 1.0, **similar_words(word, candidates, number)}
        starts.append(len(others))
        others += similar
        values += similar.values()
    lengths = np.diff(starts, append=len(others))
    return _Pairs(
        np.repeat(np.arange(len(vocabulary), dtype=np.int32), lengths),
        np.array(others, np.int32),
        np.array(values, np.float32),
        np.array(starts, np.int32),
    )


@dataclass(frozen=True)
class _Near:
    """For each word, one after the other, the wordings where it has a partner, and the gains.

    The arrays `near`, `gains` and `near_ends` of `AlignmentIndex`.
    """

    wordings: Integers
    gains: Floats
    ends: Integers


WORDS_AT_ONCE = 1024
"""Words whose neighbours are found at once: of all at once they would take several times the
memory."""


def _near(pairs: _Pairs, postings: Integers, ends: Integers, weights: Floats) -> _Near:
    limits = [*pairs.starts[::WORDS_AT_ONCE].tolist(), len(pairs.words)]
    parts = [
        _near_of(pairs, slice(first, end), postings, ends, weights)
        for first, end in pairwise(limits)
    ]
    words = np.concatenate([part[0] for part in parts])
    return _Near(
        np.concatenate([part[1] for part in parts]),
        np.concatenate([part[2] for part in parts]),
        np.cumsum(np.bincount(words, minlength=len(weights))).astype(np.int32),
    )


def _near_of(
    pairs: _Pairs, chosen: slice, postings: Integers, ends: Integers, weights: Floats
) -> tuple[Integers, Integers, Floats]:
    """Of some pairs: words, the wordings where they have a partner, and the gains."""
    words, others, values = pairs.words[chosen], pairs.others[chosen], pairs.values[chosen]
    counts = np.diff(ends, prepend=0)
    lengths = counts[others].astype(np.int64)
    wordings = postings[ranges((ends - counts)[others].astype(np.int64), lengths)]
    gains = np.repeat(values * (weights[words] + weights[others]), lengths)
    # Where several partners stand in one wording, the best counts.
    height = int(postings.max(initial=0)) + 1
    keys = np.repeat(words, lengths).astype(np.int64) * height + wordings
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    of_words, wordings = np.divmod(keys[first], height)
    best = np.maximum.reduceat(gains[order], first)
    return of_words.astype(np.int32), wordings.astype(np.int32), best


def _weights(
    vocabulary: Sequence[str],
    in_templates: dict[str, set[int]],
    in_labels: dict[str, set[str]],
) -> Floats:
    """The mean of two inverse document frequencies, over phrases and over labels; 0 to 1."""
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


def _ours(
    vocabulary: Sequence[str],
    in_labels: Mapping[str, set[str]],
    wordings: Sequence[PhraseWording],
    refused: frozenset[str],
) -> Floats:
    """How much each word tells by itself that a question is ours: `network`, not `purpose`.

    Such a word is far more frequent in phrases that the bot answers than in those it refuses. If it
    is an everyday word, it also stands in those of several intents: one of a single intent's
    phrases may be anybody's.
    """
    table = load_word_table()
    asked: defaultdict[str, set[int]] = defaultdict(set)
    others: defaultdict[str, set[int]] = defaultdict(set)
    for wording in wordings:
        found = others if wording.label in refused else asked
        for word in wording.words:
            found[word].add(wording.template)
    all_asked = max(len(set().union(*asked.values())), 1)
    all_others = max(len(set().union(*others.values())), 1)
    scores = []
    for word in vocabulary:
        frequency = (len(asked[word]) + 0.5) / all_asked
        odds = math.log2(frequency / ((len(others[word]) + 0.5) / all_others))
        spread = EVERYDAY_SHARE * min(len(in_labels[word] - refused) / OURS_LABELS, 1.0)
        evidence = min(max(odds / OURS_ODDS, 0.0), 1.0)
        share = spread if table.is_everyday(word) else 1.0
        scores.append(0.0 if word in MASKS else evidence * share)
    return np.array(scores, np.float32)


class Alignment:
    """Scores messages against an index; caches the words that it has looked up."""

    def __init__(self, index: AlignmentIndex) -> None:
        self._index = index
        self.labels = index.labels
        self._number = {word: at for at, word in enumerate(index.vocabulary)}
        # Never zero, since it is divided by.
        self._totals = np.add.reduceat(index.weights[index.words], index.bounds[:-1]) + EPSILON
        self._by_letter = by_letter(index.vocabulary)
        lengths = np.diff(index.starts, append=len(self._totals))
        self._label_of = np.repeat(np.arange(len(index.labels), dtype=np.int16), lengths)
        self._dense = self._dense_gains()
        self._fronts = {own: self._front(own) for own in self._dense}
        self._words = load_word_table()
        self._cache: WordCache[Neighbours] = WordCache(self._search)
        # Arrays of the length of `_totals`, used again: asking the system for the memory of new
        # ones takes longer than filling them.
        self._spare: list[tuple[Floats, Floats]] = []

    def scores(self, words: Sequence[str]) -> Scores:
        """Scores a message given as folded, masked words."""
        found = [self._cache[word] for word in dict.fromkeys(words)]
        total = unknown = unknown_in_scope = ours = foreign = 0.0
        for near in found:
            weight, strange = near.weight, 1 - near.known_in_scope
            ours += weight * near.ours
            if near.is_word:
                foreign += weight * strange
            total += weight
            unknown += weight * (1 - near.known)
            unknown_in_scope += weight * strange
        try:
            arrays = self._spare.pop()
        except IndexError:
            arrays = self._new_arrays()
        best = self._best_of_labels(found, total, arrays)
        self._spare.append(arrays)
        return Scores(
            best=best,
            unknown=unknown / (total or 1),
            unknown_in_scope=unknown_in_scope / (total or 1),
            ours=max((near.ours for near in found), default=0.0),
            ours_share=ours / (total or 1),
            foreign=foreign,
        )

    def by_wording(self, words: Sequence[str]) -> Floats:
        """The score of each wording, 0 to 1, for folded, masked words."""
        found = [self._cache[word] for word in dict.fromkeys(words)]
        total = sum((near.weight for near in found), 0.0)
        return self._by_wording(found, total, self._new_arrays())

    def _new_arrays(self) -> tuple[Floats, Floats]:
        """Two arrays of the length of `_totals`; the first holds zeros between messages."""
        return np.zeros_like(self._totals), np.empty_like(self._totals)

    def _best_of_labels(
        self, found: Sequence[Neighbours], total: float, arrays: tuple[Floats, Floats]
    ) -> Floats:
        """The best score of each label."""
        # Of one word with very many wordings, those count where another word has a partner, and
        # the best of the rest.
        dense = [near for near in found if near.front is not None]
        common = max(dense, key=lambda near: len(near.wordings), default=None)
        others = [near for near in found if near is not common]
        listed = [near.wordings for near in others]
        count = sum(map(len, listed))
        if count > MAX_LISTED_SHARE * len(self._totals):
            best: Floats = np.maximum.reduceat(
                self._by_wording(found, total, arrays), self._index.starts
            )
            arrays[0].fill(0)
            return best
        best = np.zeros(len(self.labels), np.float32)
        if common is not None and common.front is not None:
            listed.append(common.front)
        if not listed:
            return best
        at = np.concatenate(listed, dtype=np.intp)
        gained = arrays[0]
        if count:
            np.add.at(gained, at[:count], np.concatenate([near.gains for near in others]))
        scores = gained.take(at)
        gained[at] = 0
        if common is not None and common.dense is not None:
            scores += common.dense.take(at)
        scores /= self._totals.take(at) + np.float32(total)
        np.maximum.at(best, self._label_of.take(at), scores)
        return best

    def _by_wording(
        self, found: Sequence[Neighbours], total: float, arrays: tuple[Floats, Floats]
    ) -> Floats:
        """The score of each wording, in the first of the arrays, which hold zeros before."""
        gained, totals = arrays
        for near in found:
            if near.dense is not None:
                gained += near.dense
            else:
                np.add.at(gained, near.wordings.astype(np.intp), near.gains)
        np.add(self._totals, np.float32(total), out=totals)
        return np.divide(gained, totals, out=gained)

    def correct_spelling(self, words: Sequence[str]) -> list[str]:
        """The words of a message, with vocabulary words in place of misspelt ones."""
        return [self._cache[word].corrected or word for word in words]

    def neighbours(self, word: str) -> Neighbours:
        """The wordings that hold a word or one similar to it."""
        return self._cache[word]

    def _search(self, word: str) -> Neighbours:
        own = self._number.get(word)
        return self._unknown_word(word) if own is None else self._known_word(own)

    def _known_word(self, own: int) -> Neighbours:
        """The neighbours of a word of the vocabulary, found once, when the index was made."""
        index = self._index
        near = span(index.near_ends, own)
        return Neighbours(
            float(index.weights[own]),
            index.near[near],
            index.gains[near],
            known=1.0,
            known_in_scope=float(index.known_in_scope[own]),
            ours=float(index.ours[own]),
            dense=self._dense.get(own),
            front=self._fronts.get(own),
        )

    def _dense_gains(self) -> dict[int, Floats]:
        """The dense gains of the words that have most wordings, by the word's number."""
        index = self._index
        counts = np.diff(index.near_ends, prepend=0)
        found: dict[int, Floats] = {}
        for own in np.argsort(-counts, kind="stable")[:MAX_DENSE_WORDS].tolist():
            if counts[own] >= MIN_DENSE_WORDINGS:
                near = span(index.near_ends, own)
                found[own] = np.zeros(len(self._totals), np.float32)
                found[own][index.near[near]] = index.gains[near]
        return found

    def _front(self, own: int) -> Integers:
        """The wordings of a word of which, for some message, one is the best of its label.

        That is where no other word of the message has a partner: of such wordings, one is worse
        than another of its label that gains no less and has no greater total.
        """
        near = span(self._index.near_ends, own)
        wordings, gains = self._index.near[near], self._index.gains[near]
        totals, labels = self._totals[wordings], self._label_of[wordings]
        order = np.lexsort((totals, -gains, labels))
        totals, labels = totals[order], labels[order]
        kept = np.zeros(len(order), np.bool_)
        for first, end in pairwise([*np.flatnonzero(np.diff(labels, prepend=-1)), len(labels)]):
            least = np.minimum.accumulate(totals[first:end])
            kept[first] = True
            kept[first + 1 : end] = least[1:] < least[:-1]
        return wordings[order[kept]]

    def _unknown_word(self, word: str) -> Neighbours:
        similar = similar_words(word, self._by_letter, self._number)
        if corrected := self._correction(word, similar):
            return replace(self.neighbours(corrected), corrected=corrected)
        found = self._from_similar(similar)
        if len(word) <= 2:
            return replace(found, weight=SHORT_UNKNOWN_WORD_WEIGHT)
        return replace(found, is_word=self._words.is_word(word))

    def _from_similar(self, similar: Mapping[int, float]) -> Neighbours:
        """The neighbours of an unknown word, by the similarity of vocabulary words to it."""
        index = self._index
        numbers = np.array(list(similar), np.int32)
        values = np.array(list(similar.values()), np.float32)
        weights = index.weights[numbers]
        weight = UNKNOWN_WORD_WEIGHT
        if values.max(initial=0.0) > 0.6:
            weight = float((weights * values).max())
        wordings, gains = self._best(numbers, values * (weight + weights))
        return Neighbours(
            weight,
            wordings,
            gains,
            known=float(values.max(initial=0.0)),
            known_in_scope=float(values[index.in_scope[numbers]].max(initial=0.0)),
            ours=float((values * index.ours[numbers]).max(initial=0.0)),
        )

    def _best(self, numbers: Integers, gains: Floats) -> tuple[Integers, Floats]:
        """The wordings that hold any of these words, and of each the best gain."""
        if not len(numbers):
            return np.zeros(0, np.int32), np.zeros(0, np.float32)
        index = self._index
        postings = [index.postings[span(index.ends, number)] for number in numbers]
        wordings = np.concatenate(postings)
        gain_of = np.repeat(gains, [len(each) for each in postings])
        order = np.lexsort((gain_of, wordings))
        wordings, gain_of = wordings[order], gain_of[order]
        last = np.append(wordings[1:] != wordings[:-1], True)
        return wordings[last], gain_of[last].astype(np.float32)

    def _correction(self, word: str, similar: Iterable[int]) -> str | None:
        """The vocabulary word that this one is with a typo; of equally near ones the commonest."""
        allowed = typos_allowed(word)
        if self._words.is_word(word):
            return None
        weights, vocabulary = self._index.weights, self._index.vocabulary
        if not allowed:
            meant = [self._number[one] for one in short_forms(word) if one in self._number]
            return vocabulary[min(meant, key=lambda at: weights[at])] if meant else None
        near = (
            (typos, float(weights[at]), vocabulary[at])
            for at in similar
            if (typos := OSA.distance(word, vocabulary[at], score_cutoff=allowed)) <= allowed
        )
        return min(near, default=(0, 0.0, None))[2]

    def nearest(self, label: str, by_wording: Floats) -> str:
        """The words of the label's wording that a message fits best, in alphabetical order.

        `by_wording` are the scores of the message as `by_wording` gives them.
        """
        index = self._index
        position = self.labels.index(label)
        start = int(index.starts[position])
        last = position + 1 == len(self.labels)
        end = len(self._totals) if last else int(index.starts[position + 1])
        best = start + int(by_wording[start:end].argmax())
        words = index.words[index.bounds[best] : index.bounds[best + 1]]
        return " ".join(index.vocabulary[word] for word in words)


def unambiguous_labels(wordings: Sequence[PhraseWording]) -> dict[str, str]:
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
