"""A bounded cache of look-ups by word: people use the same words again and again."""

from __future__ import annotations

import inspect
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar
from weakref import WeakMethod

Value = TypeVar("Value")

MAX_WORDS = 4_000
"""A few hundred words make up nearly all that people write here. One takes about 2 kB in all
caches together."""


class WordCache(OrderedDict[str, Value]):
    """Word -> what its look-up gave; beyond MAX_WORDS the oldest entries go (first in, first out).

    They go one by one: clearing all at once would make the next messages look up every word, and
    the memory of the process would rise and fall.

    With `compute`, `cache[word]` gives what `get_or_compute` does, and a cached value at once. A
    method of the cache's owner is held weakly: a cycle of the two would keep an interpreter that
    has been replaced in memory until garbage is collected, and for good after `gc.freeze`.
    """

    def __init__(self, compute: Callable[[str], Value] | None = None) -> None:
        super().__init__()
        self._method: WeakMethod[Callable[[str], Value]] | None = None
        self._compute = compute
        if inspect.ismethod(compute):
            self._method, self._compute = WeakMethod(compute), None

    def __missing__(self, word: str) -> Value:
        compute = self._compute if self._method is None else self._method()
        if compute is None:
            raise KeyError(word)
        found = self[word] = compute(word)
        self.evict()
        return found

    def get_or_compute(self, word: str, compute: Callable[[str], Value]) -> Value:
        """The cached value of a word, or what `compute` gives now."""
        try:
            return self[word]
        except KeyError:
            found = self[word] = compute(word)
            self.evict()
            return found

    def evict(self) -> None:
        """Drops the oldest entries beyond MAX_WORDS."""
        while len(self) > MAX_WORDS:
            self.popitem(last=False)
