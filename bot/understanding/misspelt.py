"""Finds words and beginnings of words in a list, with one typing error or without their dots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

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
        sets: dict[int, int] = {}
        for form, bits in forms.items():
            word = form.removesuffix("*")
            table = self._beginnings if form.endswith("*") else self._exact
            for written in {word, fold(word)}:
                whole = table.get(written, 0) | bits
                # Equal sets are one object: each takes hundreds of bytes.
                table[written] = sets.setdefault(whole, whole)
            if len(word) >= MIN_MISSPELT:
                folded = fold(word)
                # One string for all keys under which it is found.
                meant = folded + "*" if form.endswith("*") else folded
                for key in _near_keys(folded[:PREFIX]):
                    near[key].add(meant)
        self._longest = max(map(len, self._beginnings), default=0)
        self._shortest = min(map(len, self._beginnings), default=0)
        self._near = {key: tuple(those) for key, those in near.items()}

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
        beginnings = self._beginnings
        for end in range(self._shortest, min(len(word), self._longest) + 1):
            if (beginning := word[:end]) in beginnings:
                found |= beginnings[beginning]
        return found

    def _misspelt(self, word: str) -> int:
        found = 0
        near = self._near
        keys = {*_near_keys(word[:PREFIX]), *_near_keys(word[: PREFIX + 1])}
        if keys := keys & near.keys():
            for form in {form for key in keys for form in near[key]}:
                if form[0] == word[0]:
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


def _near_keys(beginning: str) -> list[str]:
    rest = [beginning[:at] + beginning[at + 1 :] for at in range(1, len(beginning))]
    return [beginning, *rest]
