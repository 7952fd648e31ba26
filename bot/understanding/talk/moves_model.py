"""What was learned from examples of what is said in the middle of a talk.

Multinomial logistic regression on hashed features (words, their parts and classes, pairs), whose
classes are the headings in `intents/moves/`: moves such as `shorter`, details such as
`meeting_time`, and two that stand for what is not answered. `python -m benchmarks.moves_model` fits
it and writes `moves_model.bin`; the weights are single bytes. Nothing is learned while the bot
runs.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.understanding.distress_model import features

MODEL = Path(__file__).with_name("moves_model.bin")

BITS = 15
"""Features are told apart by so many bits of their hash; two that share one share their weights."""
_MASK = (1 << BITS) - 1
_SPREAD = 2654435761
"""An odd number that spreads the bits of hashes."""

NOTHING, NOT_OURS = "nothing", "not_ours"
QUIET = (NOTHING, NOT_OURS)
"""The classes of what is not answered."""

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Head:
    """What stands in the file beside the weights."""

    classes: tuple[str, ...]
    """Sorted; a column of the weights each."""
    bias: tuple[float, ...]
    scale: float
    """What a weight of 1 stands for."""
    learned_from: str
    """The hash of the files that it was fitted to."""
    confidence: tuple[float, ...] = ()
    """Of each of `moves.features_of`, what it counts for the confidence; the first is the bias."""


def row_of(words: Sequence[str]) -> tuple[Numbers, Floats]:
    """The features of a message, each once, and what they count, of length 1."""
    counts: dict[int, float] = {}
    for number, count in features(words):
        at = (number * _SPREAD >> 5) & _MASK
        counts[at] = max(counts.get(at, 0.0), count)
    norm = math.sqrt(sum(count * count for count in counts.values())) or 1.0
    values = np.fromiter(counts.values(), np.float32, len(counts)) / np.float32(norm)
    return np.fromiter(counts, np.int64, len(counts)), values


class MovesModel:
    """The weights, and how words get their probabilities."""

    def __init__(self, head: Head, weights: NDArray[np.int8]) -> None:
        self.head = head
        self._weights = weights
        self._bias = np.array(head.bias, np.float32)

    def scores(self, words: Sequence[str]) -> Floats:
        """The score of each class, in the order of the classes."""
        numbers, values = row_of(words)
        weights = self._weights.take(numbers, 0).astype(np.float32)
        scores: Floats = values @ weights * np.float32(self.head.scale) + self._bias
        return scores

    def with_confidence(self, confidence: Sequence[float]) -> MovesModel:
        """The same weights with what the confidence is computed by."""
        return MovesModel(replace(self.head, confidence=tuple(confidence)), self._weights)

    def __bytes__(self) -> bytes:
        """The file: a checksum of the rest, a line of JSON, the weights, compressed."""
        head = json.dumps(asdict(self.head)).encode()
        rest = head + b"\n" + zlib.compress(self._weights.tobytes(), 9)
        return sha256(rest).hexdigest().encode() + b"\n" + rest


@cache
def load_moves_model(path: Path = MODEL) -> MovesModel:
    """Reads the model; raises OSError, or ValueError where it is not as it was written."""
    checksum, _, rest = path.read_bytes().partition(b"\n")
    if sha256(rest).hexdigest().encode() != checksum:
        raise ValueError(f"{path} is damaged: make it anew by `python -m benchmarks.moves_model`")
    line, _, packed = rest.partition(b"\n")
    read = json.loads(line)
    head = Head(tuple(read["classes"]), tuple(read["bias"]), read["scale"], read["learned_from"])
    head = replace(head, confidence=tuple(read.get("confidence", ())))
    weights = np.frombuffer(zlib.decompress(packed), np.int8).reshape(1 << BITS, -1)
    return MovesModel(head, weights)
