"""Text to tokens: one normal form for what people type and for what editors write."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

MAX_CHARACTERS = 1_000
"""Longer messages are truncated, so that work is bounded."""

PLACE, PERSON, TIME = "{place}", "{person}", "{time}"
MASKS = frozenset({PLACE, PERSON, TIME})

_TOKEN = re.compile(
    r"\{(?:place|person|time)\}|[^\W_]+(?:(?:[-'’:.]|(?<=\d)/(?=\d))[^\W_]+)*", re.UNICODE
)
_APOSTROPHES = str.maketrans(dict.fromkeys("´`ʼ‘′＇", "'"))
"""Characters that people type for an apostrophe; NFKC would make a space of some."""

_FOLD = str.maketrans("äöåéèüšžæø", "aoaeeuszao")


class Token(NamedTuple):
    """A word of the message; a tuple, because dozens are made for every message."""

    raw: str
    norm: str
    """Lower case, one form for each character."""
    folded: str
    """The same without dots and accents."""
    start: int
    """Where it begins in the text, in characters."""
    end: int
    """Where it ends, exclusive."""

    @classmethod
    def of(cls, raw: str, start: int) -> Token:
        """The token of a word that stands at `start`."""
        norm = normalise(raw)
        return cls(raw, norm, fold(norm), start, start + len(raw))

    @property
    def capital(self) -> bool:
        """Whether it begins with a capital letter."""
        return self.raw[:1].isupper()


def truncate(text: str) -> str:
    """The first MAX_CHARACTERS of a message, in composed characters (NFKC)."""
    text = text[:MAX_CHARACTERS].translate(_APOSTROPHES)
    return unicodedata.normalize("NFKC", text)[:MAX_CHARACTERS]


def normalise(text: str) -> str:
    """Lower case and composed characters, with one kind of dash and apostrophe."""
    if text.isascii():
        return text.lower()
    composed = unicodedata.normalize("NFKC", text).lower()
    # Lower-casing some letters (İ) yields combining marks again.
    composed = unicodedata.normalize("NFC", composed)
    return composed.replace("–", "-").replace("‐", "-").replace("’", "'").replace("´", "'")


def fold(word: str) -> str:
    """A normalised word without its dots and accents: `närpes` becomes `narpes`."""
    return word if word.isascii() else word.translate(_FOLD)


def tokenise(text: str) -> list[Token]:
    """The words of a text; punctuation is left out."""
    if text.isascii():
        # What `Token.of` gives, in half the time: most messages are such.
        lower = text.lower()
        spans = (match.span() for match in _TOKEN.finditer(text))
        return [
            Token(text[start:end], (word := lower[start:end]), word, start, end)
            for start, end in spans
        ]
    return [Token.of(match[0], match.start()) for match in _TOKEN.finditer(text)]


def raw_words(text: str) -> list[str]:
    """The words of a text as they are written; punctuation is left out."""
    return _TOKEN.findall(text)


def words(text: str) -> list[str]:
    """The folded words of a text, as the matchers compare them."""
    return [token.folded for token in tokenise(text)]
