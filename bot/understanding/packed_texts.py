"""A table of very many texts in a few arrays: as strings they would take ten times the memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bot.understanding.array_file import pack_lines
from bot.understanding.hash_index import HashIndex, hash_text

LINE_END = ord("\n")


class PackedTexts(Mapping[str, int]):
    """Text -> number; the texts have no line breaks, and a place each in which they were given."""

    def __init__(self, arrays: Mapping[str, Any]) -> None:
        self._lines, self._numbers = arrays["lines"], arrays["numbers"]
        self._order, self._index = arrays["order"], HashIndex(arrays["hashes"])
        ends = np.flatnonzero(self._lines == LINE_END)
        self._ends = np.append(ends, len(self._lines)).astype(np.int32)
        if not len(self._numbers) == len(self._order) == len(self._index) <= len(self._ends):
            raise ValueError("these arrays are of no one table")

    @classmethod
    def of(cls, numbers: Mapping[str, int]) -> PackedTexts:
        """The table of some texts and their numbers."""
        texts = [*numbers]
        hashes = HashIndex.hashes_of(texts)
        order = np.argsort(hashes, kind="stable")
        return cls(
            {
                "lines": pack_lines(texts),
                "numbers": np.fromiter(numbers.values(), np.int32, len(texts)),
                "order": order.astype(np.int32),
                "hashes": hashes[order],
            }
        )

    def arrays(self) -> dict[str, Any]:
        """The table as arrays for a file."""
        hashes = self._index.hashes
        names = ("lines", "numbers", "order", "hashes")
        arrays = (self._lines, self._numbers, self._order, hashes)
        return dict(zip(names, arrays, strict=True))

    def texts(self, first: int, end: int) -> Sequence[str]:
        """The texts at the places from `first` to before `end`."""
        if first >= end:
            return []
        start = self._ends[first - 1] + 1 if first else 0
        found: str = self._lines[start : self._ends[end - 1]].tobytes().decode()
        return found.split("\n")

    def __getitem__(self, text: str) -> int:
        at = self._index.position(text)
        if at is None:
            raise KeyError(text)
        # Different texts may have the same hash.
        wanted, hashes = hash_text(text), self._index.hashes
        while at < len(hashes) and hashes[at] == wanted:
            place = int(self._order[at])
            if self.texts(place, place + 1) == [text]:
                return int(self._numbers[place])
            at += 1
        raise KeyError(text)

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts(0, len(self)))

    def __len__(self) -> int:
        return len(self._numbers)
