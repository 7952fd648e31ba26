"""The wordings of the lexicons that refer to what was said before, and where a message has them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.knowledge.library import Knowledge
from bot.knowledge.models import TalkWords
from bot.understanding.entities import MaskedMessage
from bot.understanding.text import MASKS, words

OPERATIONS = tuple(name for name in TalkWords.model_fields if name not in TalkWords.SINGLE_WORDS)
"""What wordings do: the fields of `TalkWords` that hold wordings."""

LENGTHS = ("more", "shorter")
"""Those that ask for the last answer in another length."""


_ANY_ENDING = "*"


@dataclass(frozen=True)
class Wording:
    """Where a wording stands in masked words."""

    operation: str
    first: int
    end: int


class Wordings:
    """Built once per Knowledge, of all languages: a talk may change its language at any time."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
        small: set[str] = set()
        amounts: set[str] = set()
        for lexicon in knowledge.lexicons.values():
            small.update(words(lexicon.follow_up_words), words(lexicon.talk.small))
            small.update(words(lexicon.repeat_words))
            amounts.update(words(lexicon.talk.amounts))
            for operation in OPERATIONS:
                for wording in getattr(lexicon.talk, operation).split("|"):
                    if parts := _parts(wording):
                        self._by_first[parts[0]].append((parts, operation))
        for found in self._by_first.values():
            found.sort(key=lambda one: -len(one[0]))
        self._stems = tuple(one[:-1] for one in self._by_first if one.endswith(_ANY_ENDING))
        self.small = frozenset(small)
        self.amounts = frozenset(amounts)
        """Small words beside `more` and `shorter`."""

    def find(self, said: Sequence[str], operations: Iterable[str]) -> list[Wording]:
        """The wordings of some operations, the longest where several begin at one word."""
        wanted = frozenset(operations)
        found: list[Wording] = []
        at = 0
        while at < len(said):
            for parts, operation in self._beginning(said[at]):
                if operation in wanted and _is_said(parts, said[at : at + len(parts)]):
                    found.append(Wording(operation, at, at + len(parts)))
                    at += len(parts) - 1
                    break
            at += 1
        return found

    def _beginning(self, word: str) -> Sequence[tuple[tuple[str, ...], str]]:
        """The wordings that a word may begin, the longest first."""
        found = self._by_first.get(word, [])
        if not word.startswith(self._stems):
            return found
        stems = (stem for stem in self._stems if word.startswith(stem))
        more = [one for stem in stems for one in self._by_first[stem + _ANY_ENDING]]
        return sorted([*found, *more], key=lambda one: -len(one[0]))

    def alone(self, said: Sequence[str], *operations: str) -> str | None:
        """The operation of which the whole message is a wording, small words aside."""
        found = self.find(said, operations)
        if not found or any(word in MASKS for word in said):
            return None
        rest = set(without(said, found))
        operation = found[0].operation
        small = self.small | self.amounts if operation in LENGTHS else self.small
        return operation if rest <= small else None


def _parts(wording: str) -> tuple[str, ...]:
    """The words of a wording, folded; `*` at the end of one stays."""
    parts: list[str] = []
    for written in wording.split():
        parts += words(written)
        if parts and written.endswith(_ANY_ENDING):
            parts[-1] += _ANY_ENDING
    return tuple(parts)


def _is_said(parts: Sequence[str], said: Sequence[str]) -> bool:
    if len(parts) != len(said):
        return False
    return all(
        word.startswith(part[:-1]) if part.endswith(_ANY_ENDING) else word == part
        for part, word in zip(parts, said, strict=True)
    )


def without(said: Sequence[str], found: Iterable[Wording]) -> list[str]:
    """The words that stand in none of the wordings."""
    inside = {at for one in found for at in range(one.first, one.end)}
    return [word for at, word in enumerate(said) if at not in inside]


def shortened(masked: MaskedMessage, found: Iterable[Wording]) -> MaskedMessage:
    """The message without the wordings."""
    inside = {at for one in found for at in range(one.first, one.end)}
    return kept_words(masked, [at for at in range(len(masked.words)) if at not in inside])


def kept_words(masked: MaskedMessage, kept: Sequence[int]) -> MaskedMessage:
    """The message with the words at these positions alone."""
    return replace(
        masked,
        words=tuple(masked.words[at] for at in kept),
        owners=tuple(masked.owners[at] for at in kept),
    )
