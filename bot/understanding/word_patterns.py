"""Words of a lexicon with `*` for any letters at their beginning or end: `*yhdisty*`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.understanding.text import fold, normalise
from bot.understanding.word_cache import WordCache


class WordPatterns:
    """Tells whether a folded word is one of some words, which may begin or end in `*`."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._words: set[str] = set()
        patterns = []
        for word in dict.fromkeys(word for text in texts for word in text.split()):
            folded = fold(normalise(word))
            if "*" in folded:
                patterns.append(re.escape(folded).replace(r"\*", r"\w*"))
            else:
                self._words.add(folded)
        self._pattern = re.compile("|".join(patterns) if patterns else r"(?!)")
        self._cache: WordCache[bool] = WordCache(self._fits)

    def __contains__(self, folded: str) -> bool:
        return self._cache[folded]

    def _fits(self, folded: str) -> bool:
        return folded in self._words or self._pattern.fullmatch(folded) is not None
