"""Finds words and beginnings of words in a list, with one typing error or without their dots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from rapidfuzz.distance import OSA

from bot.understanding.text import fold

MIN_MISSPELT = 7
"""Letters from which a word may have a typing error."""

PREFIX = 6
"""Letters by which words that may be meant are found."""


class WordForms:
    """What each form stands for, as a set of bits; `kuole*` is a beginning."""

    def __init__(self, forms: Mapping[str, int]) -> None:
        self._exact: dict[str, int] = {}
        self._beginnings: dict[str, int] = {}
        near: defaultdict[str, set[str]] = defaultdict(set)
        for form, bits in forms.items():
            word = form.removesuffix("*")
            table = self._beginnings if form.endswith("*") else self._exact
            for written in {word, fold(word)}:
                table[written] = table.get(written, 0) | bits
            if len(word) >= MIN_MISSPELT:
                folded = fold(word)
                for key in _near_keys(folded[:PREFIX]):
                    near[key].add(folded + ("*" if form.endswith("*") else ""))
        self._longest = max(map(len, self._beginnings), default=0)
        self._shortest = min(map(len, self._beginnings), default=0)
        self._near = {key: tuple(sorted(those)) for key, those in near.items()}

    def look_up(self, word: str) -> int:
        """What a normalised word stands for; 0 for nothing."""
        found = self._read(word)
        if found:
            return found
        # Only who writes without dots leaves them out: `lähti` is not `lahti`.
        folded = fold(word)
        return self._misspelt(folded) if len(word) >= MIN_MISSPELT else 0

    def _read(self, word: str) -> int:
        found = self._exact.get(word, 0)
        for end in range(self._shortest, min(len(word), self._longest) + 1):
            found |= self._beginnings.get(word[:end], 0)
        return found

    def _misspelt(self, word: str) -> int:
        found = 0
        seen: set[str] = set()
        for key in (*_near_keys(word[:PREFIX]), *_near_keys(word[: PREFIX + 1])):
            for form in self._near.get(key, ()):
                if form not in seen and form[0] == word[0]:
                    seen.add(form)
                    found |= self._meant(word, form)
        return found

    def _meant(self, word: str, form: str) -> int:
        if form[-1] != "*":
            near = OSA.distance(word, form, score_cutoff=1) <= 1
            return self._exact[form] if near else 0
        beginning = form[:-1]
        ends = range(len(beginning) - 1, min(len(beginning) + 1, len(word)) + 1)
        near = any(OSA.distance(word[:end], beginning, score_cutoff=1) <= 1 for end in ends)
        return self._beginnings[beginning] if near else 0


def _near_keys(beginning: str) -> Iterator[str]:
    yield beginning
    for at in range(1, len(beginning)):
        yield beginning[:at] + beginning[at + 1 :]
