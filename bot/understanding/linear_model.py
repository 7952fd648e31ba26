"""A linear text classifier over words, word pairs and letters of words, with numpy.

Multinomial logistic regression on tf-idf weights, normalised to length 1. A word's features are the
word itself and its character n-grams of 3 to 5 letters, so that an inflected or misspelt word
shares features with the word; bigrams of words tell `who coordinates` from `who am I`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from bot.understanding.array_file import pack_lines, temporary_file, unpack_lines
from bot.understanding.hash_index import HashIndex
from bot.understanding.sparse import Blocks, ranges, span, stable_order
from bot.understanding.text import MASKS
from bot.understanding.word_cache import WordCache

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]
Whole = NDArray[np.int64]

MIN_NGRAM, MAX_NGRAM = 3, 5
"""Letters of a character n-gram."""

START, END = "^", "$"

BATCH = 256
EPOCHS = 3
LEARNING_RATE = 1.0
REGULARISATION = 1e-5
SEED = 1
LINES_AT_ONCE = 4096
"""Texts whose features are counted at once; more are no faster, and take more memory."""

PREPARED = 0.3
"""The share of all training that comes before what tells intents apart is fitted."""

ENTRY = 8
"""Bytes of an entry of the feature matrix in a file: a column and a value."""

MIN_TEXTS = 2
"""A feature must occur in so many training texts; from one text it would learn that text only."""

Progress = Callable[[float], None]


def word_features(word: str) -> tuple[str, ...]:
    """The features of a single word: itself and its character n-grams; of a mask, itself."""
    if word in MASKS:
        return (word,)
    framed = f"_{word}_"
    return (
        word,
        *(
            framed[start : start + length]
            for length in range(MIN_NGRAM, MAX_NGRAM + 1)
            for start in range(len(framed) - length + 1)
        ),
    )


def pair_features(words: Sequence[str]) -> list[str]:
    """The word bigrams of a message, its start and end included."""
    line = [START, *words, END]
    return [f"{first} {second}" for first, second in pairwise(line)]


@dataclass(frozen=True)
class WordFeatures:
    """The features of the words of the training texts, kept because making them takes long.

    Those of the word at position `w` of the index are `features[ends[w - 1]:ends[w]]`.
    """

    words: HashIndex
    features: Integers
    ends: Integers

    @classmethod
    def of(
        cls, words: Sequence[str], features: Integers, counts: NDArray[np.int64]
    ) -> WordFeatures:
        """From the features of each word, one after the other, and how many each word has.

        A feature of -1 is not in the model, and is left out.
        """
        hashes = HashIndex.hashes_of(words)
        order = np.argsort(hashes, kind="stable")
        starts = np.cumsum(counts) - counts
        sorted_features = features[ranges(starts[order], counts[order])]
        owners = np.repeat(np.arange(len(words)), counts[order])[sorted_features >= 0]
        ends = np.cumsum(np.bincount(owners, minlength=len(words)))
        return cls(
            HashIndex(hashes[order]),
            sorted_features[sorted_features >= 0].astype(np.int32),
            ends.astype(np.int32),
        )

    def find(self, word: str) -> Integers | None:
        """The features of a word, None for a word that no training text had."""
        at = self.words.position(word)
        return None if at is None else self.features[span(self.ends, at)]


@dataclass
class LinearModel:
    """The fitted model, and how to get from words to probabilities."""

    classes: tuple[str, ...]
    """Sorted."""
    features: HashIndex
    """A feature's position is its row in `weights`."""
    of_words: WordFeatures
    idf: Floats
    """Inverse document frequency of each feature: ln(texts / texts with it) + 1."""
    weights: NDArray[np.float16]
    """Of shape features x classes; half precision is enough, and half the memory."""
    bias: Floats
    """Of each class."""
    _words: WordCache[Integers] = field(default_factory=WordCache, repr=False)

    def probabilities(self, words: Sequence[str]) -> Floats:
        """The probability of each class, in the order of `classes`: softmax of the scores."""
        indices, values = self.row(words)
        # `take` and `reduce` do what indexing, `max` and `sum` do, with less ado for few numbers.
        scores = self.bias
        if len(indices):
            scores = scores + values @ self.weights.take(indices, 0).astype(np.float32)
        scores = np.exp(scores - np.maximum.reduce(scores))
        probabilities: Floats = scores / np.add.reduce(scores)
        return probabilities

    def row(self, words: Sequence[str]) -> tuple[Integers, Floats]:
        """The features of a message and their tf-idf weights, (1 + ln count) * idf, of length 1.

        Two arrays of one length; features that the model lacks are left out.
        """
        known = self._words
        # With ends that are no features, where one begins tells how often the one before occurs.
        pairs = [-1, *self.features.few_positions(pair_features(words)), _BEYOND]
        parts = [np.array(pairs, np.int32)]
        for word in words:
            own = known.get(word)
            if own is None:
                own = known[word] = self._features_of(word)
            parts.append(own)
        known.evict()
        numbers = np.concatenate(parts)
        # Sorted in place: faster than np.unique.
        numbers.sort()
        (new,) = (numbers[1:] != numbers[:-1]).nonzero()
        indices, counts = numbers[1:].take(new[:-1]), new[1:] - new[:-1]
        values = _damped(counts, len(numbers)) * self.idf.take(indices)
        norm = math.sqrt(float(values @ values))
        return indices, values / norm if norm else values

    def arrays(self) -> dict[str, Any]:
        """The model as arrays for a file."""
        return {
            "classes": pack_lines(self.classes),
            "features": self.features.hashes,
            "words": self.of_words.words.hashes,
            "of_words": self.of_words.features,
            "ends_of_words": self.of_words.ends,
            "idf": self.idf,
            "weights": self.weights,
            "bias": self.bias,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> LinearModel:
        """The model from its `arrays`; raises KeyError or ValueError for others."""
        return cls(
            classes=unpack_lines(arrays["classes"]),
            features=HashIndex(arrays["features"]),
            of_words=WordFeatures(
                HashIndex(arrays["words"]), arrays["of_words"], arrays["ends_of_words"]
            ),
            idf=arrays["idf"],
            weights=arrays["weights"],
            bias=arrays["bias"],
        )

    def _features_of(self, word: str) -> Integers:
        found = self.of_words.find(word)
        return self.features.positions(word_features(word)) if found is None else found


_BEYOND = np.iinfo(np.int32).max
"""Greater than any feature."""

_DAMPED: Floats = 1 + np.log(np.maximum(np.arange(256, dtype=np.int32), 1), dtype=np.float32)


def _damped(counts: NDArray[np.intp], most: int) -> Floats:
    """1 + ln of counts that are less than `most`; small ones are looked up, which is faster."""
    if most <= len(_DAMPED):
        return _DAMPED.take(counts)
    damped: Floats = 1 + np.log(counts, dtype=np.float32)
    return damped


def train(
    texts: Sequence[Sequence[str]],
    labels: Sequence[str],
    epochs: int = EPOCHS,
    progress: Progress | None = None,
) -> LinearModel:
    """Fits a model to texts (as words) and their labels, of the same length.

    Deterministic: the same input gives the same model on one machine. `progress` gets the share
    done, 0 to 1, after each epoch.
    """
    with temporary_file() as file:
        fitting = Fitting.of(texts, labels, file)
        del texts, labels
        return fitting.fit(epochs, progress)


@dataclass(frozen=True)
class Fitting:
    """A model that has learned nothing yet, and the texts that it is to learn, in a file."""

    model: LinearModel
    file: BinaryIO
    lengths: Whole
    """How many features each text has, in the order of the file."""
    targets: Whole
    """The number of each text's class, in the same order."""

    @classmethod
    def of(cls, texts: Sequence[Sequence[str]], labels: Sequence[str], file: BinaryIO) -> Fitting:
        """The model of some texts, which are written into the file, mixed."""
        classes = tuple(sorted(set(labels)))
        number = {label: index for index, label in enumerate(classes)}
        targets = np.array([number[label] for label in labels])
        # The only reference is handed on, so that the texts are gone as soon as they are read.
        last = [texts]
        del texts, labels
        model, rows = _prepare(last.pop(), classes)
        order = np.random.default_rng(SEED).permutation(len(targets))
        lengths = [
            _store_rows(file, rows, order[start : start + BATCH])
            for start in range(0, len(order), BATCH)
        ]
        return cls(model, file, np.concatenate(lengths), targets[order])

    def fit(self, epochs: int = EPOCHS, progress: Progress | None = None) -> LinearModel:
        """The model when it has learned the texts; `progress` gets the share done, 0 to 1."""
        rng = np.random.default_rng(SEED)
        # As when the texts were mixed.
        rng.permutation(len(self.targets))
        batches, wanted, start = [], [], 0
        for first in range(0, len(self.targets), BATCH):
            part = slice(first, first + BATCH)
            batches.append(_StoredRows(self.file, start, self.lengths[part]))
            wanted.append(self.targets[part])
            start += ENTRY * int(self.lengths[part].sum())
        weights = _fit(self.model, batches, wanted, epochs, rng, progress or (lambda share: None))
        self.model.weights = weights.astype(np.float16)
        return self.model


@dataclass(frozen=True)
class _FeatureRows:
    """The feature matrix in compressed rows (CSR): text `t` has `bounds[t]:bounds[t + 1]`.

    Values are computed of counts when they are needed, since all of them take much memory.
    """

    indices: Integers
    counts: NDArray[np.uint16]
    bounds: NDArray[np.int64]
    norms: NDArray[np.float64]
    """Of each text, what its tf-idf weights are divided by."""
    idf: Floats

    def chosen(self, texts: NDArray[np.int64]) -> tuple[Whole, Integers, Floats]:
        """The entries of some rows: how many each row has, their columns and values."""
        starts, lengths = self.bounds[texts], self.bounds[texts + 1] - self.bounds[texts]
        places = ranges(starts, lengths)
        indices = self.indices[places]
        weights = _tf_idf(self.counts[places], self.idf[indices])
        norms = np.repeat(self.norms[texts], lengths)
        return lengths, indices, (weights / norms).astype(np.float32)


@dataclass(frozen=True)
class _StoredRows:
    """Some rows of the feature matrix in a file: all of it would take as much as the weights."""

    file: BinaryIO
    start: int
    lengths: Whole
    """How many entries each row has."""

    def read(self) -> tuple[Integers, Integers, Floats]:
        """The entries as row (from 0), column and value."""
        count = int(self.lengths.sum())
        self.file.seek(self.start)
        data = self.file.read(ENTRY * count)
        owners = np.repeat(np.arange(len(self.lengths), dtype=np.int32), self.lengths)
        return (
            owners,
            np.frombuffer(data, np.int32, count),
            np.frombuffer(data, np.float32, count, 4 * count),
        )


def _store_rows(file: BinaryIO, rows: _FeatureRows, texts: NDArray[np.int64]) -> Whole:
    """Writes the rows of some texts at the end of the file; gives how many entries each has."""
    lengths, indices, values = rows.chosen(texts)
    file.write(indices.tobytes() + values.tobytes())
    return lengths


def _tf_idf(counts: NDArray[np.uint16], idf: Floats) -> Floats:
    weights: Floats = (1 + np.log(counts, dtype=np.float32)) * idf
    return weights


def _prepare(
    texts: Sequence[Sequence[str]], classes: tuple[str, ...]
) -> tuple[LinearModel, _FeatureRows]:
    """A model that has learned nothing yet, and the texts as `LinearModel.row` gives them."""
    found = _features(texts)
    names = found.names
    height = len(texts)
    del texts
    parts = [
        found.of_lines(first, min(first + LINES_AT_ONCE, height))
        for first in range(0, height, LINES_AT_ONCE)
    ]
    frequency = np.zeros(len(names), np.int64)
    for part in parts:
        frequency += np.bincount(part.numbers, minlength=len(names))
    often = np.flatnonzero(frequency >= MIN_TEXTS)
    features = HashIndex.of(names[at] for at in often)
    place = np.full(len(names), -1, np.int32)
    place[often] = features.positions([names[at] for at in often])
    # Should two features have the same hash, they share their weights.
    old = np.zeros(len(features), np.int64)
    old[place[often]] = often
    idf = (np.log(height / frequency[old]) + 1).astype(np.float32)
    of_words = WordFeatures.of(found.words, place[found.of_words], found.counts)
    del names, found
    norms = []
    for at, part in enumerate(parts):
        indices = place[part.numbers]
        known = indices >= 0
        owners = np.repeat(np.arange(len(part.lengths)), part.lengths)[known]
        lengths = np.bincount(owners, minlength=len(part.lengths))
        parts[at] = kept = _Occurrences(lengths, indices[known], part.counts[known])
        weights = _tf_idf(kept.counts, idf[kept.numbers])
        norms.append(np.sqrt(np.bincount(owners, weights**2, minlength=len(lengths))))
    model = LinearModel(
        classes=classes,
        features=features,
        of_words=of_words,
        idf=idf,
        weights=np.zeros((len(features), len(classes)), np.float16),
        bias=np.zeros(len(classes), np.float32),
    )
    bounds = np.cumsum(np.concatenate([[0], *(part.lengths for part in parts)]))
    numbers, counts = np.empty(bounds[-1], np.int32), np.empty(bounds[-1], np.uint16)
    end = len(numbers)
    while parts:
        # One after the other, so that not all are there twice.
        part = parts.pop()
        end, whole = end - len(part.numbers), slice(end - len(part.numbers), end)
        numbers[whole], counts[whole] = part.numbers, part.counts
    return model, _FeatureRows(numbers, counts, bounds, np.concatenate(norms), idf)


@dataclass(frozen=True)
class _Occurrences:
    """Which features some texts have, each once, and how often."""

    lengths: Whole
    """How many features each text has."""
    numbers: Integers
    counts: NDArray[np.uint16]


@dataclass(frozen=True)
class _Features:
    """All features of some texts by name, and which of them each word and each line has."""

    names: list[str]
    words: list[str]
    of_words: NDArray[np.int64]
    """The features of the first word, of the second, and so on, as numbers in `names`."""
    counts: NDArray[np.int64]
    """How many features each word has."""
    flat: NDArray[np.int64]
    """The words of the texts with START and END, as numbers in `words`."""
    pairs: NDArray[np.int64]
    """The word pairs of the texts, as numbers in `names`."""
    bounds: NDArray[np.int64]
    """Text `t` has the words `bounds[t]:bounds[t + 1]` of `flat`, and a pair less."""

    def of_lines(self, first: int, end: int) -> _Occurrences:
        """The features of some texts: of all at once they would take several times the memory."""
        bounds = self.bounds[first : end + 1]
        lengths = np.diff(bounds)
        flat = self.flat[bounds[0] : bounds[-1]]
        starts = np.cumsum(self.counts) - self.counts
        of_text = self.of_words[ranges(starts[flat], self.counts[flat])]
        lines = np.arange(end - first)
        owners = np.repeat(np.repeat(lines, lengths), self.counts[flat])
        pairs = self.pairs[bounds[0] - first : bounds[-1] - end]
        # Each feature of a text once, and how often it stands there.
        bits = len(self.names).bit_length()
        keys = np.concatenate([owners, np.repeat(lines, lengths - 1)]) << bits
        keys |= np.concatenate([of_text, pairs])
        keys.sort()
        new = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
        counts = np.diff(new, append=len(keys)).astype(np.uint16)
        keys = keys[new]
        numbers = (keys & (1 << bits) - 1).astype(np.int32)
        return _Occurrences(np.bincount(keys >> bits, minlength=end - first), numbers, counts)


def _features(texts: Sequence[Sequence[str]]) -> _Features:
    words = sorted({START, END}.union(*texts))
    number = {word: at for at, word in enumerate(words)}
    lines = chain.from_iterable((START, *text, END) for text in texts)
    flat = np.fromiter(map(number.__getitem__, lines), np.int64)
    bounds = np.cumsum([0, *(len(text) + 2 for text in texts)])
    names: dict[str, int] = {}
    of_words: list[int] = []
    counts = np.zeros(len(words), np.int64)
    for at, word in enumerate(words):
        if word not in (START, END):
            found = [names.setdefault(name, len(names)) for name in word_features(word)]
            of_words += found
            counts[at] = len(found)
    neighbours = np.ones(len(flat) - 1, np.bool_)
    neighbours[bounds[1:-1] - 1] = False
    pairs = flat[:-1][neighbours] * len(words) + flat[1:][neighbours]
    different, stands = np.unique(pairs, return_inverse=True)
    first, second = np.divmod(different, len(words))
    pair_names = [f"{words[one]} {words[other]}" for one, other in zip(first, second, strict=True)]
    return _Features(
        names=[*names, *pair_names],
        words=words,
        of_words=np.array(of_words, np.int64),
        counts=counts,
        flat=flat,
        pairs=len(names) + stands,
        bounds=bounds,
    )


@dataclass(frozen=True)
class _Batch:
    """Some rows of the feature matrix, without the columns that are zero in all of them."""

    used: Integers
    """The features that the texts have: the columns kept."""
    texts: Blocks
    """Of shape texts x used features."""
    features: Blocks
    """The same transposed."""
    targets: NDArray[np.int64]
    """The number of each text's class."""

    @classmethod
    def of(cls, rows: _StoredRows, targets: NDArray[np.int64]) -> _Batch:
        """The batch of some rows and the numbers of their classes."""
        owners, indices, values = rows.read()
        order = stable_order(indices)
        indices = indices[order]
        new = np.append(True, indices[1:] != indices[:-1])
        by_feature = (np.cumsum(new) - 1).astype(np.int32)
        places = np.empty_like(by_feature)
        places[order] = by_feature
        used = indices[new]
        return cls(
            used,
            Blocks.of(owners, places, values, len(targets)),
            Blocks.of(by_feature, owners[order], values[order], len(used)),
            targets,
        )


def _fit(
    model: LinearModel,
    batches: Sequence[_StoredRows],
    targets: Sequence[NDArray[np.int64]],
    epochs: int,
    rng: np.random.Generator,
    progress: Progress,
) -> Floats:
    """Minibatch stochastic gradient descent with AdaGrad steps; gives the weights, sets the bias.

    AdaGrad: Duchi, Hazan and Singer, JMLR 12 (2011). Each epoch takes the same batches in another
    order, with a learning rate that falls linearly. They are made anew each time: kept, they would
    take more memory than all else, and making them takes a twentieth of the time.
    """
    count = sum(map(len, targets))
    weights, bias = model.weights.astype(np.float32), model.bias
    squares = np.full(weights.shape, 1e-3, np.float32)
    bias_squares = np.full(bias.shape, 1e-3, np.float32)
    penalty = np.float32(REGULARISATION * count / BATCH)
    for epoch in range(epochs):
        rate = np.float32(LEARNING_RATE * (1 - epoch / epochs))
        for at in rng.permutation(len(batches)):
            batch = _Batch.of(batches[at], targets[at])
            scores = batch.texts.times(weights.take(batch.used, axis=0)) + bias
            scores = np.exp(scores - scores.max(axis=1, keepdims=True))
            errors = scores / scores.sum(axis=1, keepdims=True)
            errors[np.arange(len(batch.targets)), batch.targets] -= 1
            # Each row is some feature's, so the steps are taken block by block.
            for numbers, gradient in batch.features.products(errors):
                used = batch.used[numbers]
                before = weights.take(used, axis=0)
                gradient += penalty * before
                seen = squares.take(used, axis=0)
                seen += gradient**2
                squares[used] = seen
                gradient *= rate / np.sqrt(seen, out=seen)
                before -= gradient
                weights[used] = before
            slope = errors.sum(axis=0)
            bias_squares += slope**2
            bias -= rate * slope / np.sqrt(bias_squares)
        progress((epoch + 1) / epochs)
    return weights
