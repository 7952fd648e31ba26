"""Text to tokens: one normal form for what people type and for what editors write."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

MAX_CHARACTERS = 1_000
"""A longer message is cut before it is understood, so that work is bounded."""

PLACE, PERSON, TIME = "{place}", "{person}", "{time}"
MASKS = frozenset({PLACE, PERSON, TIME})

_TOKEN = re.compile(r"\{(?:place|person|time)\}|[^\W_]+(?:[-'’:.][^\W_]+)*", re.UNICODE)
_FOLD = str.maketrans("äöåéèüšžæø", "aoaeeuszao")


@dataclass(frozen=True)
class Token:
    """A word of the message."""

    raw: str
    norm: str
    """Lower case, one form for each character."""
    start: int
    end: int

    @property
    def capital(self) -> bool:
        """Whether it begins with a capital letter."""
        return self.raw[:1].isupper()


def cut(text: str) -> str:
    """The part of a message that is understood, in composed characters."""
    return unicodedata.normalize("NFKC", text[:MAX_CHARACTERS])[:MAX_CHARACTERS]


def normalise(text: str) -> str:
    """Lower case and composed characters, with one kind of dash and apostrophe."""
    composed = unicodedata.normalize("NFKC", text).lower()
    # Lower-casing some letters (İ) yields combining marks again.
    composed = unicodedata.normalize("NFC", composed)
    return composed.replace("–", "-").replace("‐", "-").replace("’", "'").replace("´", "'")


def fold(word: str) -> str:
    """A normalised word without its dots and accents: `närpes` becomes `narpes`."""
    return word.translate(_FOLD)


def tokenise(text: str) -> list[Token]:
    """The words of a text; punctuation is left out."""
    return [
        Token(match[0], normalise(match[0]), match.start(), match.end())
        for match in _TOKEN.finditer(text)
    ]


def raw_words(text: str) -> list[str]:
    """The words of a text as they are written; punctuation is left out."""
    return _TOKEN.findall(text)


def words(text: str) -> list[str]:
    """The folded words of a text, as the matchers compare them."""
    return [fold(token.norm) for token in tokenise(text)]
