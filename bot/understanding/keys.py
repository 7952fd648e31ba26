"""Places of texts in a table that does not keep the texts: a hundred thousand take a megabyte."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int32]


def key_of(text: str) -> int:
    """A text's key of 64 bits: two check sums, the same in every process.

    Two texts of a table of this size share one about once in ten thousand tables; the worst that
    follows is a weight that belongs to another feature.
    """
    data = text.encode()
    return zlib.crc32(data) << 32 | zlib.adler32(data)


class Keys:
    """The different texts of a table by their keys, in the order of these."""

    def __init__(self, numbers: NDArray[np.uint64]) -> None:
        self.numbers = numbers
        """Sorted; the place of a text is that of its key."""

    @classmethod
    def of(cls, texts: Iterable[str]) -> Keys:
        """The keys of some texts."""
        return cls(np.unique(cls.numbers_of([*texts])))

    @staticmethod
    def numbers_of(texts: Sequence[str]) -> NDArray[np.uint64]:
        """The keys of some texts, in the order of the texts."""
        return np.fromiter(map(key_of, texts), np.uint64, len(texts))

    def find(self, texts: Sequence[str]) -> Integers:
        """The place of each text, -1 for one that is not in the table."""
        if not (len(self.numbers) and len(texts)):
            return np.full(len(texts), -1, np.int32)
        wanted = self.numbers_of(texts)
        found = self.numbers.searchsorted(wanted).astype(np.int32)
        # A key beyond the last is compared with the first, which is another.
        found[self.numbers.take(found, mode="wrap") != wanted] = -1
        return found

    def place(self, text: str) -> int | None:
        """The place of one text, None if it is not in the table."""
        wanted = np.uint64(key_of(text))
        place = int(self.numbers.searchsorted(wanted))
        return place if place < len(self) and self.numbers[place] == wanted else None

    def places(self, texts: Sequence[str]) -> Integers:
        """The places of those texts that are in the table, in the order of the texts."""
        found = self.find(texts)
        return found[found >= 0]

    def __len__(self) -> int:
        return len(self.numbers)

    def __contains__(self, text: str) -> bool:
        return self.place(text) is not None

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, Keys) and np.array_equal(self.numbers, other.numbers)

    def __hash__(self) -> int:
        return hash(self.numbers.tobytes())


class Labels:
    """The label of each text of a table."""

    def __init__(self, keys: Keys, names: tuple[str, ...], numbers: NDArray[np.uint16]) -> None:
        self.keys = keys
        self.names = names
        self.numbers = numbers
        """Of each key's label among the names."""

    @classmethod
    def of(cls, labels: dict[str, str]) -> Labels:
        """The labels of some texts."""
        keys, names = Keys.of(labels), tuple(sorted(set(labels.values())))
        number = {name: at for at, name in enumerate(names)}
        numbers = np.zeros(len(keys), np.uint16)
        numbers[keys.find([*labels])] = [number[label] for label in labels.values()]
        return cls(keys, names, numbers)

    def get(self, text: str) -> str | None:
        """The label of a text; None for one that is not in the table."""
        place = self.keys.place(text)
        return None if place is None else self.names[self.numbers[place]]

    def __eq__(self, other: Any) -> bool:
        return (
            isinstance(other, Labels)
            and (self.keys, self.names) == (other.keys, other.names)
            and np.array_equal(self.numbers, other.numbers)
        )

    def __hash__(self) -> int:
        return hash((self.keys, self.names))
