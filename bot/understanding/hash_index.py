"""Tables keyed by texts that keep 64-bit hashes only: a hundred thousand texts take a megabyte."""

from __future__ import annotations

import zlib
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int32]

IN_A_BUCKET = 4
"""Hashes that begin with the same bits: among them one is looked for."""


def hash_text(text: str) -> int:
    """A text's hash of 64 bits: CRC-32 and Adler-32, the same in every process.

    Two texts of a table of this size collide about once in ten thousand tables; the worst that
    follows is a weight that belongs to another feature.
    """
    data = text.encode()
    return zlib.crc32(data) << 32 | zlib.adler32(data)


class HashIndex:
    """Text -> its position in the table, which is that of its hash among the sorted hashes."""

    def __init__(self, hashes: NDArray[np.uint64]) -> None:
        self.hashes = hashes
        """Sorted, each once."""
        # For a few texts Python's own search is faster than numpy's, where little is left to be
        # searched: hashes are spread evenly, so their first bits tell where they stand.
        bits = (len(hashes) // IN_A_BUCKET).bit_length()
        self._shift = 64 - bits
        first = np.arange(1 << bits, dtype=np.uint64) << np.uint64(self._shift % 64)
        starts = np.append(hashes.searchsorted(first), len(hashes)).astype(np.int32)
        self._starts, self._sorted = starts.data, hashes.data

    @classmethod
    def of(cls, texts: Iterable[str]) -> HashIndex:
        """The index of some texts."""
        return cls(np.unique(cls.hashes_of([*texts])))

    @staticmethod
    def hashes_of(texts: Sequence[str]) -> NDArray[np.uint64]:
        """The hashes of some texts, in the order of the texts."""
        return np.fromiter(map(hash_text, texts), np.uint64, len(texts))

    def find(self, texts: Sequence[str]) -> Integers:
        """The position of each text, -1 for one that is not in the table; as long as `texts`."""
        if not (len(self.hashes) and len(texts)):
            return np.full(len(texts), -1, np.int32)
        wanted = self.hashes_of(texts)
        found = self.hashes.searchsorted(wanted).astype(np.int32)
        # A hash beyond the last is compared with the first, which is another.
        found[self.hashes.take(found, mode="wrap") != wanted] = -1
        return found

    def position(self, text: str) -> int | None:
        """The position of one text, None if it is not in the table."""
        wanted = hash_text(text)
        bucket, starts, known = wanted >> self._shift, self._starts, self._sorted
        end = starts[bucket + 1]
        at = bisect_left(known, wanted, starts[bucket], end)
        return at if at < end and known[at] == wanted else None

    def positions(self, texts: Sequence[str]) -> Integers:
        """The positions of those texts that are in the table, in the order of the texts."""
        found = self.find(texts)
        return found[found >= 0]

    def few_positions(self, texts: Iterable[str]) -> list[int]:
        """What `positions` gives, faster for a few texts."""
        found = []
        shift, starts, known = self._shift, self._starts, self._sorted
        for text in texts:
            wanted = hash_text(text)
            bucket = wanted >> shift
            end = starts[bucket + 1]
            at = bisect_left(known, wanted, starts[bucket], end)
            if at < end and known[at] == wanted:
                found.append(at)
        return found

    def __len__(self) -> int:
        return len(self.hashes)

    def __contains__(self, text: str) -> bool:
        return self.position(text) is not None

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, HashIndex) and np.array_equal(self.hashes, other.hashes)

    def __hash__(self) -> int:
        return hash(self.hashes.tobytes())


class LabelTable:
    """Text -> label."""

    def __init__(
        self, texts: HashIndex, names: tuple[str, ...], numbers: NDArray[np.uint16]
    ) -> None:
        self.texts = texts
        self.names = names
        """The different labels, sorted."""
        self.numbers = numbers
        """For each position in `texts`, the position of its label in `names`."""

    @classmethod
    def of(cls, labels: dict[str, str]) -> LabelTable:
        """The table of some texts and their labels."""
        texts, names = HashIndex.of(labels), tuple(sorted(set(labels.values())))
        number = {name: at for at, name in enumerate(names)}
        numbers = np.zeros(len(texts), np.uint16)
        numbers[texts.find([*labels])] = [number[label] for label in labels.values()]
        return cls(texts, names, numbers)

    def get(self, text: str) -> str | None:
        """The label of a text; None for one that is not in the table."""
        position = self.texts.position(text)
        return None if position is None else self.names[self.numbers[position]]

    def __eq__(self, other: Any) -> bool:
        return (
            isinstance(other, LabelTable)
            and (self.texts, self.names) == (other.texts, other.names)
            and np.array_equal(self.numbers, other.numbers)
        )

    def __hash__(self) -> int:
        return hash((self.texts, self.names))
