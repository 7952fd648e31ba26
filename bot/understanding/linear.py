"""A linear classifier over words, word pairs and letters of words, trained and scored with numpy.

Multinomial logistic regression on tf-idf weights. A word's features are the word itself and its
letter sequences of 3 to 5, so that an inflected or misspelt word is still near its kin; pairs of
neighbouring words tell `who coordinates` from `who am I`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bot.understanding.text import MASKS

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]

SHORTEST, LONGEST = 3, 5
"""Letters in a sequence."""

START, END = "^", "$"

BATCH = 256
EPOCHS = 5
LEARNING_RATE = 0.5
REGULARISATION = 1e-5
SEED = 1
RAREST = 2
"""A feature must occur in so many training texts: one alone teaches only that text."""

MOST_REMEMBERED = 8_000
"""Words whose features are remembered."""

Progress = Callable[[float], None]


def word_features(word: str) -> tuple[str, ...]:
    """The features of a word by itself."""
    if word in MASKS:
        return (word,)
    framed = f"_{word}_"
    return (
        word,
        *(
            framed[start : start + length]
            for length in range(SHORTEST, LONGEST + 1)
            for start in range(len(framed) - length + 1)
        ),
    )


def pair_features(words: Sequence[str]) -> list[str]:
    """The features of neighbouring words, the ends of the message included."""
    line = [START, *words, END]
    return [f"{first} {second}" for first, second in pairwise(line)]


@dataclass
class LinearModel:
    """Weights of `features` x `classes`, and how to get from words to probabilities."""

    classes: tuple[str, ...]
    features: dict[str, int]
    idf: Floats
    weights: Floats
    bias: Floats
    _words: dict[str, Integers] = field(default_factory=dict, repr=False)

    def probabilities(self, words: Sequence[str]) -> Floats:
        """The probability of each class, in the order of `classes`."""
        indices, values = self.row(words)
        scores = self.bias + values @ self.weights[indices] if len(indices) else self.bias
        scores = np.exp(scores - scores.max())
        probabilities: Floats = scores / scores.sum()
        return probabilities

    def row(self, words: Sequence[str]) -> tuple[Integers, Floats]:
        """The features of a message and their normalised tf-idf weights."""
        parts = [self._of_word(word) for word in words]
        known = self.features
        pairs = [known[pair] for pair in pair_features(words) if pair in known]
        parts.append(np.array(pairs, np.int32))
        indices, counts = _counted(np.concatenate(parts))
        values = (1 + np.log(counts, dtype=np.float32)) * self.idf[indices]
        norm = math.sqrt(float(values @ values))
        return indices, values / norm if norm else values

    def _of_word(self, word: str) -> Integers:
        cached = self._words.get(word)
        if cached is None:
            if len(self._words) >= MOST_REMEMBERED:
                self._words.clear()
            known = self.features
            found = [known[feature] for feature in word_features(word) if feature in known]
            cached = self._words[word] = np.array(found, np.int32)
        return cached


def _counted(numbers: Integers) -> tuple[Integers, Integers]:
    """The different numbers, sorted, and how often each stands there; faster than np.unique."""
    numbers = np.sort(numbers)
    new = np.ones(len(numbers) + 1, np.bool_)
    np.not_equal(numbers[1:], numbers[:-1], out=new[1:-1])
    bounds = np.flatnonzero(new)
    return numbers[bounds[:-1]], (bounds[1:] - bounds[:-1]).astype(np.int32)


def train(
    texts: Sequence[Sequence[str]],
    labels: Sequence[str],
    epochs: int = EPOCHS,
    progress: Progress | None = None,
) -> LinearModel:
    """Fits a model to texts (as words) and their labels.

    Deterministic: the same input gives the same model on one machine.
    """
    classes = tuple(sorted(set(labels)))
    model = _empty(texts, classes)
    rows = [model.row(text) for text in texts]
    number = {label: index for index, label in enumerate(classes)}
    targets = np.array([number[label] for label in labels])
    _descend(model, rows, targets, epochs, progress or (lambda share: None))
    model._words.clear()
    return model


def _empty(texts: Iterable[Sequence[str]], classes: tuple[str, ...]) -> LinearModel:
    of_word: dict[str, tuple[str, ...]] = {}
    frequency: Counter[str] = Counter()
    total = 0
    for text in texts:
        seen: set[str] = set(pair_features(text))
        for word in text:
            if word not in of_word:
                of_word[word] = word_features(word)
            seen.update(of_word[word])
        frequency.update(seen)
        total += 1
    kept = sorted(feature for feature, count in frequency.items() if count >= RAREST)
    idf = [math.log(total / frequency[feature]) + 1 for feature in kept]
    return LinearModel(
        classes=classes,
        features={feature: index for index, feature in enumerate(kept)},
        idf=np.array(idf, np.float32),
        weights=np.zeros((len(kept), len(classes)), np.float32),
        bias=np.zeros(len(classes), np.float32),
    )


def _descend(
    model: LinearModel,
    rows: list[tuple[Integers, Floats]],
    targets: NDArray[np.int64],
    epochs: int,
    progress: Progress,
) -> None:
    """Stochastic gradient descent with AdaGrad steps, a batch at a time.

    A batch uses few of all features, so it is gathered into a small dense matrix first: two
    matrix products then do what would be thousands of scattered additions.
    """
    rng = np.random.default_rng(SEED)
    weights, bias = model.weights, model.bias
    squares = np.full(weights.shape, 1e-3, np.float32)
    bias_squares = np.full(bias.shape, 1e-3, np.float32)
    for epoch in range(epochs):
        order = rng.permutation(len(rows))
        rate = LEARNING_RATE * (1 - epoch / epochs)
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            used, dense = _gather([rows[index] for index in chosen])
            scores = dense @ weights[used] + bias
            scores = np.exp(scores - scores.max(axis=1, keepdims=True))
            errors = scores / scores.sum(axis=1, keepdims=True)
            errors[np.arange(len(chosen)), targets[chosen]] -= 1
            gradient = dense.T @ errors + REGULARISATION * len(rows) * weights[used] / BATCH
            squares[used] += gradient**2
            weights[used] -= rate * gradient / np.sqrt(squares[used])
            slope = errors.sum(axis=0)
            bias_squares += slope**2
            bias -= rate * slope / np.sqrt(bias_squares)
        progress((epoch + 1) / epochs)


def _gather(rows: list[tuple[Integers, Floats]]) -> tuple[Integers, Floats]:
    """The features used by some rows, and the rows as a dense matrix over them."""
    lengths = [len(indices) for indices, _ in rows]
    used, places = np.unique(np.concatenate([row[0] for row in rows]), return_inverse=True)
    dense = np.zeros((len(rows), len(used)), np.float32)
    dense[np.repeat(np.arange(len(rows)), lengths), places] = np.concatenate(
        [row[1] for row in rows]
    )
    return used, dense
