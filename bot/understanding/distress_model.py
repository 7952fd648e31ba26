"""What was learned from examples of distress: how much each word and word pair speaks for it.

Two logistic regressions on hashed features (words, their beginnings and parts, pairs of words, of
classes of words, and pairs with one word between): whether a message tells of distress, and whether
surely. `python -m benchmarks.distress_model` fits them to the examples in `intents/distress/` and
writes `distress_model.bin`; the weights are single bytes. Nothing is learned while the bot runs.
"""

from __future__ import annotations

import json
import math
import zlib
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from bot.understanding.model import Tier
from bot.understanding.text import fold
from bot.understanding.word_cache import WordCache
from bot.understanding.word_classes import load_word_classes

MODEL = Path(__file__).with_name("distress_model.bin")

BITS = 19
"""Features are told apart by so many bits of their hash; two that share one share a weight."""
MASK = (1 << BITS) - 1

PART = 0.5
"""What a part of a word, and a pair with a word between, counts; a word counts 1."""

START, END = "^", "$"
MIN_PART, MAX_PART = 3, 5
"""Letters of a part of a word."""

SURE_FROM = 4
"""Words from which the model alone may be sure: shorter ones are for the signs."""

SPOKEN = 4
"""Words that are named as those by which distress was heard."""

_ADJACENT, _APART, _SPREAD = 0x85EBCA6B, 0xC2B2AE35, 0x9E3779B1
"""Odd numbers that spread the bits of hashes."""

Features = list[tuple[int, float]]
"""The numbers of features, and what each counts."""


@dataclass(frozen=True)
class Head:
    """What stands in the file beside the weights."""

    biases: tuple[float, float]
    scales: tuple[float, float]
    """What a weight of 1 stands for."""
    thresholds: Mapping[str, tuple[float, float]]
    """By language, from which score on a message may tell of distress, and surely does."""
    signs: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """By its tier, the scores that are enough where a sign stands in the message."""
    learned_from: str = ""
    """The hash of the files that it was fitted to."""


class Scores(NamedTuple):
    """The logarithms of the odds."""

    maybe: float
    """That a message tells of distress."""
    sure: float
    """That it surely does."""


class _Word(NamedTuple):
    """What is known of a word by itself."""

    key: int
    class_key: int
    maybe: float
    sure: float
    squares: float


def word_keys(word: str) -> tuple[int, int]:
    """The hash of a word, and that of its class; a word without one is its own."""
    key = _hash("w" + fold(word))
    number = None if word in (START, END) else load_word_classes().word_class(word)
    return key, key if number is None else _hash(f"c{number}")


def word_features(word: str, keys: tuple[int, int] | None = None) -> Features:
    """The features of a word by itself; `keys` are its `word_keys`, where they are known."""
    folded = f"_{fold(word)}_"
    key, class_key = keys or word_keys(word)
    whole = [(key & MASK, 1.0)]
    if class_key != key:
        whole.append((class_key & MASK, 1.0))
    return [*whole, *((number & MASK, PART) for number in _parts(folded))]


def _parts(text: str) -> list[int]:
    """The hashes of the parts of a word."""
    spans = [
        (start, start + length)
        for length in range(MIN_PART, MAX_PART + 1)
        for start in range(len(text) - length + 1)
    ]
    if text.isascii():
        # A checksum goes on where another ended, and here each letter is a byte.
        data, salt = text.encode(), _hash("n")
        return [zlib.crc32(data[start:end], salt) for start, end in spans]
    return [_hash("n" + text[start:end]) for start, end in spans]


def pair_features(keys: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, int, float]]:
    """The features of pairs: the positions of both words, the number, what it counts.

    `keys` are those of the words, with the start and the end of the message.
    """
    for distance, salt, counts in ((1, _ADJACENT, 1.0), (2, _APART, PART)):
        for at in range(len(keys) - distance):
            (one, one_class), (other, other_class) = keys[at], keys[at + distance]
            yield at, at + distance, (one * salt + other) * _SPREAD >> 20 & MASK, counts
            if one != one_class or other != other_class:
                number = (one_class * salt + other_class) * _SPREAD >> 20 & MASK
                yield at, at + distance, number, counts


def features(words: Sequence[str]) -> Features:
    """All features of a message; of a word that is repeated once."""
    keys = [word_keys(word) for word in (START, *words, END)]
    return [
        *chain.from_iterable(map(word_features, dict.fromkeys(words))),
        *((number, counts) for _, _, number, counts in pair_features(keys)),
    ]


def _hash(text: str) -> int:
    return zlib.crc32(text.encode())


class DistressModel:
    """The weights, and how words get their scores."""

    def __init__(self, head: Head, maybe: bytes, sure: bytes) -> None:
        self.head = head
        self._maybe, self._sure = array("b", maybe), array("b", sure)
        self._words: WordCache[_Word] = WordCache()
        self._thresholds = head.thresholds
        pairs = [*head.thresholds.values()]
        self._strictest = (
            max((maybe for maybe, _ in pairs), default=0.0),
            max((sure for _, sure in pairs), default=0.0),
        )
        self._start, self._end = (_Word(*word_keys(mark), 0, 0, 0.0) for mark in (START, END))

    def scores(self, words: Sequence[str]) -> Scores:
        """The scores of a message."""
        known, look_up, weights, sure_weights = (
            self._words, self._look_up, self._maybe, self._sure,
        )  # fmt: skip
        maybe = sure = 0.0
        squares = 1e-9
        seen: set[str | None] = set()
        before, last = None, self._start
        for word in chain(words, (None,)):
            found = (
                self._end if word is None
                else known.get(word) or known.get_or_compute(word, look_up)
            )  # fmt: skip
            if word not in seen:
                seen.add(word)
                maybe += found.maybe
                sure += found.sure
                squares += found.squares
            squares += 1.0
            key, class_key = found.key, found.class_key
            number = (last.key * _ADJACENT + key) * _SPREAD >> 20 & MASK
            maybe += weights[number]
            sure += sure_weights[number]
            if last.key != last.class_key or key != class_key:
                number = (last.class_key * _ADJACENT + class_key) * _SPREAD >> 20 & MASK
                maybe += weights[number]
                sure += sure_weights[number]
                squares += 1.0
            if before is not None:
                number = (before.key * _APART + key) * _SPREAD >> 20 & MASK
                maybe += PART * weights[number]
                sure += PART * sure_weights[number]
                squares += PART * PART
                if before.key != before.class_key or key != class_key:
                    number = (before.class_key * _APART + class_key) * _SPREAD >> 20 & MASK
                    maybe += PART * weights[number]
                    sure += PART * sure_weights[number]
                    squares += PART * PART
            before, last = last, found
        norm = math.sqrt(squares)
        scales, biases = self.head.scales, self.head.biases
        return Scores(
            maybe * scales[0] / norm + biases[0],
            sure * scales[1] / norm + biases[1],
        )

    def tier(
        self, words: Sequence[str], language: str | None = None, sign: Tier | None = None
    ) -> Tier | None:
        """What is heard in a message in which perhaps a sign stands.

        Where the language is not known, the strictest thresholds hold.
        """
        scores = self.scores(words)
        if sign:
            maybe, sure = self.head.signs[sign]
        else:
            maybe, sure = self._thresholds.get(language or "", self._strictest)
        if scores.sure >= sure and (sign or len(words) >= SURE_FROM):
            return "sure"
        return "maybe" if scores.maybe >= maybe or scores.sure >= sure else None

    def weightiest(self, words: Sequence[str]) -> str:
        """The words that speak most for distress, in their order."""
        shares = [0.0, *(float(self._look_up(word).maybe) for word in words), 0.0]
        keys = [word_keys(word) for word in (START, *words, END)]
        for one, other, number, counts in pair_features(keys):
            shares[one] += counts * self._maybe[number] / 2
            shares[other] += counts * self._maybe[number] / 2
        inner = range(1, len(words) + 1)
        chosen = sorted(inner, key=lambda at: -shares[at])[:SPOKEN]
        spoken = [at for at in chosen if shares[at] > 0] or chosen[:1]
        return " ".join(words[at - 1] for at in sorted(spoken))

    def _look_up(self, word: str) -> _Word:
        keys = word_keys(word)
        maybe = sure = squares = 0.0
        of_maybe, of_sure = self._maybe, self._sure
        for number, counts in word_features(word, keys):
            maybe += counts * of_maybe[number]
            sure += counts * of_sure[number]
            squares += counts * counts
        return _Word(*keys, maybe, sure, squares)

    def with_head(self, head: Head) -> DistressModel:
        """The same weights with other thresholds."""
        return DistressModel(head, self._maybe.tobytes(), self._sure.tobytes())

    def __bytes__(self) -> bytes:
        """The file: a checksum of the rest, a line of JSON, the weights."""
        head = json.dumps(asdict(self.head)).encode()
        rest = head + b"\n" + self._maybe.tobytes() + self._sure.tobytes()
        return sha256(rest).hexdigest().encode() + b"\n" + rest


@cache
def load_distress_model(path: Path = MODEL) -> DistressModel:
    """Reads the model; raises OSError, or ValueError where it is not as it was written."""
    checksum, _, rest = path.read_bytes().partition(b"\n")
    if sha256(rest).hexdigest().encode() != checksum:
        raise ValueError(
            f"{path} is damaged: make it anew by `python -m benchmarks.distress_model`"
        )
    head, _, weights = rest.partition(b"\n")
    read = json.loads(head)
    known = Head(
        tuple(read["biases"]),
        tuple(read["scales"]),
        {language: tuple(pair) for language, pair in read["thresholds"].items()},
        {tier: tuple(pair) for tier, pair in read["signs"].items()},
        read["learned_from"],
    )
    return DistressModel(known, weights[: 1 << BITS], weights[1 << BITS :])
