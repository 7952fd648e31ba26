"""Contact persons in a message: by first name, last name or both, inflected or with a typo."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from bot.knowledge.library import Knowledge
from bot.understanding.inflection import name_forms
from bot.understanding.names import MOST_REMEMBERED, Hit, Known, NameIndex
from bot.understanding.text import Token, fold

SHORTEST_NAME_WITH_TYPO = 7
"""Shorter last names are one letter away from ordinary words (Kuitu, kuitti)."""


@dataclass(frozen=True)
class Named:
    """Words that name one person, or several of the same first name."""

    keys: tuple[str, ...]
    first: int
    length: int
    how: str


class PersonFinder:
    """Built once per Knowledge."""

    def __init__(self, knowledge: Knowledge, known: Known) -> None:
        self._known = known
        self._first, self._last = NameIndex(), NameIndex()
        for person in knowledge.people.values():
            *first, last = person.name.split()
            for index, names in ((self._last, [last]), (self._first, first)):
                for name in names:
                    for language in ("fi", "sv", "en"):
                        index.add(person.key, name_forms(name, language))
        self._single: dict[str, Hit | None] = {}
        self._first.freeze()
        self._last.freeze()

    def find(self, tokens: Sequence[Token]) -> list[Named]:
        """The persons named, in order; a first and a last name side by side are one person."""
        parts: dict[int, tuple[frozenset[str], str]] = {}
        for position, token in enumerate(tokens):
            if hit := self._look_up(token.norm):
                parts[position] = (hit.keys, hit.how)
        found: list[Named] = []
        for position, (keys, how) in parts.items():
            before = found[-1] if found else None
            if before and before.first + before.length == position and set(before.keys) & keys:
                both = tuple(key for key in before.keys if key in keys)
                found[-1] = Named(both, before.first, before.length + 1, before.how)
            else:
                found.append(Named(tuple(sorted(keys)), position, 1, how))
        return found

    def _look_up(self, norm: str) -> Hit | None:
        if norm not in self._single:
            if len(self._single) > MOST_REMEMBERED:
                self._single.clear()
            self._single[norm] = self._search(norm)
        return self._single[norm]

    def _search(self, norm: str) -> Hit | None:
        if hit := self._last.exact(norm) or self._first.exact(norm):
            return hit
        if len(norm) < SHORTEST_NAME_WITH_TYPO or self._known(fold(norm)):
            return None
        return self._last.with_typo(norm)


def merge(named: Sequence[Named]) -> tuple[str, ...]:
    """The keys of all persons named, each once, in the order of mention."""
    keys: defaultdict[str, None] = defaultdict()
    for one in named:
        for key in one.keys:
            keys.setdefault(key)
    return tuple(keys)
