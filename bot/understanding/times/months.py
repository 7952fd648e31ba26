"""Months with a typing error: `tamikuussa`, `feburary`."""

from __future__ import annotations

from collections import defaultdict

from rapidfuzz.distance import OSA

from bot.understanding.times.words import MONTHS
from bot.understanding.word_cache import WordCache
from bot.understanding.word_table import load_word_table

MIN_LETTERS = 6
"""Letters of the shortest word that is read as a month for which it has one letter wrong: shorter
ones are too often other words."""

_ENDINGS = ("kuu", "kuun", "kuussa", "kuus", "kuulle", "kuuta", "kuuhun", "kuinen")

_BY_LETTER: dict[str, list[str]] = defaultdict(list)
for _form in (
    *(stem + ending for stem in MONTHS["fi"] for ending in _ENDINGS),
    *dict.fromkeys(MONTHS["sv"] + MONTHS["en"]),
):
    if len(_form) > MIN_LETTERS:
        _BY_LETTER[_form[0]].append(_form)


def _spelt(word: str) -> str:
    forms = _BY_LETTER.get(word[:1], []) if len(word) >= MIN_LETTERS else []
    if not forms or word in forms or load_word_table().is_word(word):
        return word
    return next((one for one in forms if OSA.distance(word, one, score_cutoff=1) <= 1), word)


_cache: WordCache[str] = WordCache(_spelt)


def spelt_month(word: str) -> str:
    """The month that a folded word most likely is with one letter wrong; else the word."""
    return _cache[word]
