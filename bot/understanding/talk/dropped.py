"""What a message drops before it goes on: `never mind the contact. When is the meeting?`."""

from __future__ import annotations

import re

from bot.understanding.clauses import asks_by_word
from bot.understanding.entities import MaskedMessage
from bot.understanding.talk.wordings import Wordings

_BREAK = re.compile(r"[.!?;:,()\n]|\s[-–—]\s")

_JOINS = frozenset(["ja", "mutta", "vaan", "och", "men", "utan", "and", "but"])
"""Words, folded, that begin what is said instead."""

MAX_DROPPED = 5
"""Words of the longest thing that is dropped."""


class Dropped:
    """Built once per Knowledge."""

    def __init__(self, wordings: Wordings) -> None:
        self._wordings = wordings

    def kept(self, masked: MaskedMessage, text: str) -> str | None:
        """The text after what is dropped at its beginning; None where nothing is.

        `Forget me` drops nothing: it is an act.
        """
        said = masked.words
        found = self._wordings.find(said, ("drop",))
        if not found or not self._wordings.small.issuperset(said[: found[0].first]):
            return None
        first = found[0].end
        end = first
        while end < len(said) and not self._ends(masked, text, first, end):
            end += 1
        object_words = said[first:end]
        if not 0 < len(object_words) <= MAX_DROPPED or end == len(said):
            return None
        if self._wordings.selves.intersection(object_words):
            return None
        begins = end + 1 if said[end] in _JOINS and end + 1 < len(said) else end
        return text[masked.tokens[masked.owners[begins]].start :]

    def _ends(self, masked: MaskedMessage, text: str, first: int, at: int) -> bool:
        """Whether something new begins at a word."""
        if at == first:
            return False
        word, token = masked.words[at], masked.tokens[masked.owners[at]]
        before = masked.tokens[masked.owners[at] - 1]
        between = text[before.end : token.start]
        return bool(_BREAK.search(between)) or word in _JOINS or asks_by_word([word])
