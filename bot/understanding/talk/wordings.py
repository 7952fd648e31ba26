"""The wordings of the lexicons that refer to what was said before, and where a message has them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from bot.knowledge.library import Knowledge
from bot.knowledge.models import TalkWords
from bot.understanding.entities import MaskedMessage
from bot.understanding.text import MASKS, words
from bot.understanding.word_patterns import WordPatterns

OPERATIONS = tuple(name for name in TalkWords.model_fields if name not in TalkWords.SINGLE_WORDS)
"""What wordings do: the fields of `TalkWords` that hold wordings."""

LENGTHS = ("more", "shorter")
"""Those that ask for the last answer in another length."""

SUBJECTS = ("meeting", "meetings", "contact", "network")
"""The lists of the lexicons whose words say by themselves what is asked for."""

MIN_STEM = 4
"""Letters before the `*` of a word that may end in any way."""


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
        lexicons = knowledge.lexicons.values()
        small: set[str] = set()
        amounts: set[str] = set()
        for lexicon in lexicons:
            small.update(words(lexicon.follow_up_words), words(lexicon.talk.small))
            small.update(words(lexicon.repeat_words))
            amounts.update(words(lexicon.talk.amounts))
            for operation in OPERATIONS:
                for wording in getattr(lexicon.talk, operation).split("|"):
                    if parts := _parts(wording):
                        first = parts[0]
                        key = first[:MIN_STEM] + "*" if first.endswith("*") else first
                        self._by_first[key].append((parts, operation))
        for found in self._by_first.values():
            found.sort(key=lambda one: -len(one[0]))
        self.small = frozenset(small)
        self.amounts = frozenset(amounts)
        """Small words beside `more` and `shorter`."""
        subjects = (one.lists.get(name, "") for one in lexicons for name in SUBJECTS)
        self.subjects = frozenset(word for text in subjects for word in words(text))
        self.plain = self.small - self.subjects
        self.answering = WordPatterns(one.talk.answering for one in lexicons)
        self.negatives = frozenset(
            word for one in lexicons for word in words(one.negation.negators)
        )
        self.reached_by = WordPatterns(one.talk.reached_by for one in lexicons)
        self.say = frozenset(word for one in lexicons for word in words(one.talk.say))
        self.anything = frozenset(word for one in lexicons for word in words(one.talk.anything))
        self.denials = frozenset(
            word
            for one in lexicons
            for word in (*words(one.negation.noun_negators), *words(one.negation.an_answer))
        )
        self.selves = frozenset(word for one in lexicons for word in words(one.talk.selves))

    def find(self, said: Sequence[str], operations: Iterable[str]) -> list[Wording]:
        """The wordings of some operations, the longest where several begin at one word."""
        wanted = frozenset(operations)
        found: list[Wording] = []
        at = 0
        while at < len(said):
            for parts, operation in self._beginning(said[at]):
                if operation in wanted and _stands_at(parts, said, at):
                    found.append(Wording(operation, at, at + len(parts)))
                    at += len(parts) - 1
                    break
            at += 1
        return found

    def _beginning(self, word: str) -> Iterator[tuple[tuple[str, ...], str]]:
        """The wordings that may begin with a word."""
        yield from self._by_first.get(word, ())
        yield from self._by_first.get(word[:MIN_STEM] + "*", ())

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
    """The folded words of a wording, with the `*` of those that may end in any way."""
    return tuple(
        folded + "*" * word.endswith("*") for word in wording.split() for folded in words(word)
    )


def _stands_at(parts: Sequence[str], said: Sequence[str], at: int) -> bool:
    if at + len(parts) > len(said):
        return False
    return all(
        word.startswith(part[:-1]) if part.endswith("*") else word == part
        for part, word in zip(parts, said[at:], strict=False)
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
