"""The syntax of phrases: many wordings in one line.

    (a|b)     one of these
    [a]       this or nothing; [a|b] one of these or nothing
    <name>    a word list from `lists:`
    {place}   a place or network in any form; likewise {person}
    # …       a comment, on a line of its own

A parsed phrase is a tree of tuples, cheap to build thousands of times. docs/intents.md explains
the syntax to editors.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.i18n import N_
from bot.knowledge.invalid_value import InvalidValueError

SLOTS = frozenset({"place", "person"})
MAX_NESTING = 12

PhraseTree = tuple["Part", ...]
Part = str | tuple[PhraseTree, ...]
"""A text, or alternatives of which one is taken (an empty one stands for `nothing`)."""

_TOKEN = re.compile(r"[()\[\]|]|<[^<>]*>|\{[^{}]*\}|[^()\[\]|<>{}]+|.")


class PhraseError(InvalidValueError):
    """A phrase with a syntax error; the message says what to do."""


@dataclass(frozen=True)
class Phrase:
    """One line of phrases: its text, its tree and how many wordings it stands for."""

    text: str
    tree: PhraseTree
    wordings: int

    def sample(self, rng: random.Random, optional: float = 0.45) -> str:
        """One wording, chosen at random; `optional` is how often an optional part is taken."""
        parts: list[str] = []
        _sample(self.tree, rng, optional, parts)
        return " ".join("".join(parts).split())

    def samples(self, rng: random.Random, limit: int) -> list[str]:
        """Up to `limit` different wordings, in the order in which they were found."""
        found: dict[str, None] = {}
        wanted = min(limit, self.wordings)
        for _ in range(wanted * 4):
            wording = self.sample(rng)
            if wording:
                found.setdefault(wording)
            if len(found) >= wanted:
                break
        return list(found)


def parse_phrase(text: str, lists: Mapping[str, PhraseTree]) -> Phrase:
    """Parses one line; `lists` holds the parsed word lists. Raises PhraseError."""
    tree = parse_tree(text, lists)
    return Phrase(text, tree, _count(tree))


def parse_lists(lists: Mapping[str, str], known: Mapping[str, PhraseTree]) -> dict[str, PhraseTree]:
    """Parses word lists in order; a list may use those before it and those of `known`."""
    parsed = dict(known)
    for name, text in lists.items():
        try:
            parsed[name] = (_alternatives_of(text, parsed),)
        except PhraseError as error:
            raise PhraseError(
                N_("in the list `{name}`: {fault}", name=name, fault=error.message)
            ) from None
    return parsed


def phrase_lines(block: str) -> list[tuple[int, str]]:
    """The phrases of a block text with their line numbers, counted from 0."""
    lines = enumerate(line.strip() for line in block.splitlines())
    return [(number, line) for number, line in lines if line and not line.startswith("#")]


def parse_tree(text: str, lists: Mapping[str, PhraseTree]) -> PhraseTree:
    """The tree of one line."""
    alternatives = _alternatives_of(text, lists)
    return alternatives[0] if len(alternatives) == 1 else (alternatives,)


def _alternatives_of(text: str, lists: Mapping[str, PhraseTree]) -> tuple[PhraseTree, ...]:
    reader = _Reader(_TOKEN.findall(text), lists)
    alternatives = reader.alternatives(closing="", depth=0)
    return tuple(alternatives)


class _Reader:
    def __init__(self, tokens: list[str], lists: Mapping[str, PhraseTree]) -> None:
        self._tokens = tokens
        self._lists = lists
        self._next = 0

    def alternatives(self, closing: str, depth: int) -> list[PhraseTree]:
        if depth > MAX_NESTING:
            raise PhraseError(N_("the brackets are nested too deeply; write several lines instead"))
        found: list[PhraseTree] = []
        current: list[Part] = []
        while self._next < len(self._tokens):
            token = self._tokens[self._next]
            self._next += 1
            if token == closing:
                return [*found, tuple(current)]
            if token == "|":
                found.append(tuple(current))
                current = []
            else:
                current.append(self._part(token, depth))
        if closing:
            raise PhraseError(N_("`{bracket}` is missing", bracket=closing))
        return [*found, tuple(current)]

    def _part(self, token: str, depth: int) -> Part:
        if token == "(":
            return tuple(self.alternatives(")", depth + 1))
        if token == "[":
            return ((), *self.alternatives("]", depth + 1))
        if token.startswith("<") and token.endswith(">") and len(token) > 2:
            return self._list(token[1:-1])
        if token.startswith("{") and token.endswith("}"):
            if token[1:-1] not in SLOTS:
                raise PhraseError(
                    N_(
                        "`{slot}` is not a slot; there are: {known}",
                        slot=token,
                        known=sorted(SLOTS),
                    )
                )
            return f" {token} "
        if token in ")]<>{}":
            raise PhraseError(
                N_("`{bracket}` has no partner; brackets come in pairs", bracket=token)
            )
        return token

    def _list(self, name: str) -> Part:
        if name not in self._lists:
            raise PhraseError(
                N_("there is no word list `{name}`; write it under `lists:`", name=name)
            )
        return (self._lists[name],)


def _sample(tree: PhraseTree, rng: random.Random, optional: float, out: list[str]) -> None:
    for part in tree:
        if isinstance(part, str):
            out.append(part)
            continue
        if part and part[0] == () and len(part) > 1:
            if rng.random() < optional:
                _sample(part[1 + int(rng.random() * (len(part) - 1))], rng, optional, out)
        else:
            _sample(part[int(rng.random() * len(part))], rng, optional, out)


def _count(tree: PhraseTree) -> int:
    total = 1
    for part in tree:
        if not isinstance(part, str):
            total *= sum(_count(alternative) for alternative in part)
    return total
