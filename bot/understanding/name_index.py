"""Looks names up in any inflected form and with a typo: the index for places and persons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.i18n import N_, Message, pN_
from bot.understanding.array_file import (
    add_prefix,
    pack_lines,
    strip_prefix,
    unpack_lines,
)
from bot.understanding.packed_texts import PackedTexts
from bot.understanding.text import fold
from bot.understanding.typos import MIN_LENGTH_WITH_TYPO, typos_allowed

# Finnish enclitics (VISK § 126): Pirkanmaallakin, Kokkolassako.
_CLITICS = ("kohan", "köhän", "kaan", "kään", "kin", "han", "hän", "ko", "kö", "pa", "pä")

# i18n: how a name was found in a message.
EXACT = pN_("explain", "exact")
# i18n: how a name was found in a message: `narpes` is Närpes.
WITHOUT_DOTS = pN_("explain", "without dots")


SURE_LENGTH = 11
"""Letters of the shortest word in which two typos leave no doubt."""


@dataclass(frozen=True)
class NameMatch:
    """The keys that a word may mean, and how it was recognised."""

    keys: frozenset[str]
    how: Message
    """For `explain`."""
    typo: bool = False
    sure: bool = True
    """Whether it is surely meant: two typos in a word that is not very long leave doubt."""


class NameIndex:
    """Inflected forms of names -> keys of what they name.

    Looked up exactly, without the dots of ä, ö and å, and with a typo.
    """

    def __init__(self) -> None:
        self._added: dict[str, frozenset[str]] = {}
        self._added_folded: dict[str, frozenset[str]] = {}
        self._forms = self._folded = PackedTexts.of({})
        """The number in `_meant` of what each form means; those of the buckets stand first."""
        self._meant: list[frozenset[str]] = []
        self._buckets: dict[tuple[str, int], tuple[int, int]] = {}
        """By first letter and length: where these forms begin and end in `_folded`."""
        self._longest_from: dict[str, int] = {}
        self._of_two: dict[str, list[str]] = {}

    def add(self, key: str, forms: Iterable[str], replace: bool = True) -> None:
        """Adds the forms of a name. Without `replace`, forms that mean something already stay."""
        # One set for all forms of a name: there are fifty thousand forms.
        keys = frozenset((key,))
        for form in forms:
            # No message has one inside a word or between two, and `arrays` could not keep it.
            if "\n" in form:
                continue
            if not replace and form in self._added:
                continue
            for spelling in (form, form.replace("-", " ")) if "-" in form else (form,):
                _add(self._added, spelling, keys)
                _add(self._added_folded, fold(spelling), keys)
                if " " in spelling:
                    self._note_length(spelling)

    def _note_length(self, form: str) -> None:
        words = form.split(" ")
        first = fold(words[0])
        self._longest_from[first] = max(self._longest_from.get(first, 1), len(words))

    def longest_from(self, folded: str) -> int:
        """Words in the longest name that begins with this one; 1 if there is none."""
        return self._longest_from.get(folded, 1)

    def freeze(self) -> None:
        """Prepares the look-up; to be called once, after the last `add`."""
        forms, folded = self._added, self._added_folded
        single = (form for form in folded if " " not in form)
        long = (form for form in single if len(form) >= MIN_LENGTH_WITH_TYPO - 1)
        # Sorted, so that among equally near forms the same ones are looked at every time.
        ordered = sorted(sorted(long), key=_bucket)
        sizes = {bucket: len(list(alike)) for bucket, alike in groupby(ordered, _bucket)}
        folded = {form: folded[form] for form in (*ordered, *folded)}
        self._meant = [*{**dict.fromkeys(forms.values()), **dict.fromkeys(folded.values())}]
        number = {keys: at for at, keys in enumerate(self._meant)}
        self._forms = PackedTexts.of({form: number[keys] for form, keys in forms.items()})
        self._folded = PackedTexts.of({form: number[keys] for form, keys in folded.items()})
        self._place(sizes)
        self._added, self._added_folded = {}, {}

    def _place(self, sizes: Mapping[tuple[str, int], int]) -> None:
        """Finds where the buckets of these sizes stand, and the forms of two words after them."""
        start = 0
        for bucket, size in sizes.items():
            self._buckets[bucket] = start, start + size
            start += size
        self._of_two = _two_words(self._folded.texts(start, len(self._folded)))

    def arrays(self) -> dict[str, Any]:
        """The index as arrays for a file; reading them is ten times as fast as making the index."""
        sizes = [end - start for start, end in self._buckets.values()]
        return {
            "meant": pack_lines("\t".join(sorted(keys)) for keys in self._meant),
            **add_prefix("forms.", self._forms.arrays()),
            **add_prefix("folded.", self._folded.arrays()),
            "buckets": pack_lines(f"{letter}{length}" for letter, length in self._buckets),
            "sizes": np.array(sizes, np.int32),
            "beginnings": pack_lines(self._longest_from),
            "lengths": np.array(list(self._longest_from.values()), np.int32),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> NameIndex:
        """The index from its `arrays`; raises KeyError or ValueError for others."""
        index = cls()
        index._meant = [frozenset(line.split("\t")) for line in unpack_lines(arrays["meant"])]
        index._forms = PackedTexts(strip_prefix("forms.", arrays))
        index._folded = PackedTexts(strip_prefix("folded.", arrays))
        buckets = [(name[0], int(name[1:])) for name in unpack_lines(arrays["buckets"])]
        index._place(dict(zip(buckets, arrays["sizes"].tolist(), strict=True)))
        beginnings = unpack_lines(arrays["beginnings"])
        index._longest_from = dict(zip(beginnings, arrays["lengths"].tolist(), strict=True))
        return index

    def exact(self, norm: str) -> NameMatch | None:
        """Looks up a normalised word, or several with spaces between, as is or without dots."""
        for word in _with_and_without_clitic(norm):
            if (number := self._forms.get(word)) is not None:
                return NameMatch(self._meant[number], EXACT)
        # Dots may be missing from all of a word, not from some: `lähti` is not Lahti.
        if fold(norm) == norm:
            for word in _with_and_without_clitic(norm):
                if (number := self._folded.get(word)) is not None:
                    return NameMatch(self._meant[number], WITHOUT_DOTS)
        return None

    def with_typo(self, norm: str, shortest: int = MIN_LENGTH_WITH_TYPO) -> NameMatch | None:
        """Looks up a single word with one or two typos; the first letter must be right.

        Words of fewer than `shortest` letters have no typos.
        """
        word = fold(norm)
        allowed = typos_allowed(word, shortest)
        if not allowed:
            return None
        lengths = range(len(word) - allowed, len(word) + allowed + 1)
        places = (self._buckets.get((word[0], length)) for length in lengths)
        buckets = (self._folded.texts(*place) for place in places if place)
        return self._nearest(word, allowed, buckets)

    def of_two_words(self, norm: str) -> NameMatch | None:
        """Looks up a name of two words whose second has a typo; the first must be right."""
        words = fold(norm)
        first, _, second = words.partition(" ")
        if not typos_allowed(second):
            return None
        return self._nearest(words, 1, [self._of_two.get(first, [])])

    def _nearest(
        self, word: str, allowed: int, buckets: Iterable[Sequence[str]]
    ) -> NameMatch | None:
        """All forms at the smallest distance (optimal string alignment), at most `allowed`."""
        best = allowed + 1
        keys: set[str] = set()
        meant = ""
        for bucket in buckets:
            for form, distance, _ in process.extract(
                word, bucket, scorer=OSA.distance, score_cutoff=min(allowed, best), limit=4
            ):
                if distance < best:
                    best, keys, meant = distance, set(self._meant[self._folded[form]]), form
                elif distance == best:
                    keys |= self._meant[self._folded[form]]
        if not keys:
            return None
        # i18n: how a name was found in a message; {form} is what was meant.
        how = N_("typo: {form}", form=meant)
        sure = best == 1 or len(word) >= SURE_LENGTH
        return NameMatch(frozenset(keys), how, typo=True, sure=sure)


def _two_words(folded: Iterable[str]) -> dict[str, list[str]]:
    """The forms of two words by the first of them."""
    found: dict[str, list[str]] = {}
    for form in folded:
        first, space, second = form.partition(" ")
        if space and " " not in second:
            found.setdefault(first, []).append(form)
    return found


def _bucket(form: str) -> tuple[str, int]:
    return form[0], len(form)


def _add(index: dict[str, frozenset[str]], form: str, keys: frozenset[str]) -> None:
    known = index.get(form)
    index[form] = keys if known is None else known | keys


def _with_and_without_clitic(word: str) -> list[str]:
    if not word.endswith(_CLITICS):
        return [word]
    shorter = [word[: -len(clitic)] for clitic in _CLITICS if word.endswith(clitic)]
    return [word, *(each for each in shorter if len(each) >= 4)]


IsCommonWord = Callable[[str], bool]
"""Whether a folded word is an ordinary one, so that it is no misspelt name."""
