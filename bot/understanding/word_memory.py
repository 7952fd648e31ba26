"""What was looked up of words, remembered: people use the same ones again and again."""

from __future__ import annotations

from collections import OrderedDict
from typing import TypeVar

Found = TypeVar("Found")

MOST_REMEMBERED = 4_000
"""Words: a few hundred make up nearly all that people write here, and each takes about 1 kB."""


class WordMemory(OrderedDict[str, Found]):
    """By word, what its look-up found; the words that came first are forgotten first.

    They go one by one: to forget all at once would have the next messages look up every word, and
    the process would hold now much, now little.
    """

    def keep(self, word: str, found: Found) -> Found:
        """Remembers what was found of a word, and returns it."""
        self[word] = found
        self.trim()
        return found

    def trim(self) -> None:
        """Forgets what is too much."""
        while len(self) > MOST_REMEMBERED:
            self.popitem(last=False)
