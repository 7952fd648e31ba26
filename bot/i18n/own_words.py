"""Words that a community says in place of the shipped ones: `district` for `network`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

Code = TypeVar("Code", bound=str)
"""The code of a language."""

# What stands in braces or angle brackets is a name, and addresses are nobody's wording.
_KEPT = r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|\{[^{}]*\}|<[^<>]*>|https?://\S+|\S+@\S+"


class OwnWords:
    """Replaces whole words and wordings of one language; the longest wording wins."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = {shipped.casefold(): own for shipped, own in words.items()}
        longest = sorted(self._words, key=len, reverse=True)
        either = "|".join(map(re.escape, longest))
        self._found = re.compile(rf"{_KEPT}|(?<!\w)(?P<word>{either})(?!\w)", re.I | re.S)

    def __call__(self, text: str) -> str:
        """The text with the community's words; a capital stays a capital."""
        return self._found.sub(self._own, text) if self._words else text

    def _own(self, found: re.Match[str]) -> str:
        word = found["word"]
        if not word:
            return found[0]
        own = self._words[word.casefold()]
        return own[0].upper() + own[1:] if word[0].isupper() else own


_installed: Mapping[str, OwnWords] = {}
_spoken: Sequence[str] = ()


def install_community(languages: Sequence[str], words: Mapping[Code, Mapping[str, str]]) -> None:
    """Takes a community's languages, and its words by language, into use in this process."""
    global _installed, _spoken
    _spoken = tuple(languages)
    _installed = {language: OwnWords(found) for language, found in words.items() if found}
    in_own_words.cache_clear()


def spoken_languages() -> Sequence[str]:
    """The community's languages, the usual one first; empty where none was taken into use."""
    return _spoken


@lru_cache(4_096)
def in_own_words(text: str, language: str) -> str:
    """A text of the program, before it is filled in, in the words of the community."""
    own = _installed.get(language)
    return own(text) if own else text
