"""Kinds of meetings in a message: `milloin on seuraavat aamukahvit`, `nästa seminarium`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from bot.knowledge.models import KindOfMeeting, MeetingKind
from bot.understanding.clauses import SENTENCE_END
from bot.understanding.text import Token, words


class KindFinder:
    """Built once per Knowledge, from the words for kinds in all languages."""

    def __init__(self, kinds: Mapping[MeetingKind, KindOfMeeting]) -> None:
        named = {
            key: [pattern for text in kind.words.values() for pattern in kind_patterns(text)]
            for key, kind in kinds.items()
        }
        self._kinds = tuple(
            (kind, re.compile(rf"\b(?:{'|'.join(patterns)})(?= |$)"))
            for kind, patterns in named.items()
            if patterns
        )

    def find(self, tokens: Sequence[Token]) -> tuple[MeetingKind, ...]:
        """The kinds that a message names."""
        line = " ".join(token.folded for token in tokens)
        return tuple(kind for kind, named in self._kinds if named.search(line))

    def find_asked(self, tokens: Sequence[Token], text: str) -> tuple[MeetingKind, ...]:
        """The kinds that are asked about: of several sentences not those of one that only tells.

        `That is the coffee. I want the seminar.`
        """
        found = self.find(tokens)
        if len(found) < 2:
            return found
        sentences: list[list[Token]] = [[]]
        asks: list[bool] = []
        for before, token in pairwise([None, *tokens]):
            between = text[before.end : token.start] if before and token else ""
            if SENTENCE_END.search(between):
                asks.append("?" in between)
                sentences.append([])
            if token:
                sentences[-1].append(token)
        asked = [one for one, asks_it in zip(sentences, [*asks, True], strict=True) if asks_it]
        kinds = [kind for sentence in asked for kind in self.find(sentence)]
        return tuple(dict.fromkeys(kinds)) or found


def kind_patterns(text: str) -> list[str]:
    """An expression for each of the alternatives under a kind in a lexicon."""
    found = []
    for written in text.split("|"):
        named = (_word_pattern(one) for one in written.split())
        if pattern := " ".join(one for one in named if one):
            found.append(pattern)
    return found


def _word_pattern(written: str) -> str:
    ending = r"[^ ]*" if written.endswith("*") else ""
    folded = " ".join(words(written))
    return re.escape(folded) + ending if folded else ""
