"""What was looked up of words, remembered: people use the same ones again and again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

MOST_REMEMBERED = 4_000
"""Words: a few hundred make up nearly all that people write here. One takes about
2 kB in all memories together."""


class WordMemory(OrderedDict[str, Found]):
    """By word, what its look-up found; the words that came first are forgotten first.

    They go one by one: to forget all at once would have the next messages look up every word, and
    the process would hold now much, now little.
    """

    def find(self, word: str, search: Callable[[str], Found]) -> Found:
        """What is remembered of a word, or what `search` finds now."""
        if word not in self:
            self[word] = search(word)
            self.trim()
        return self[word]

    def trim(self) -> None:
        """Forgets what is too much."""
        while len(self) > MOST_REMEMBERED:
            self.popitem(last=False)
