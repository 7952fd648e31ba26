"""How many typos a word may hold and still be the word that was meant."""

from __future__ import annotations

from collections.abc import Iterator

MIN_LENGTH_WITH_TYPO = 6
"""Letters; shorter words are too often other words with a letter changed."""

TWO_TYPOS_FROM = 10
"""Letters from which a word may hold two (measured on names: 98 of 100 found)."""


MIN_LENGTH_SWAPPED = 4
"""Letters of the shortest word in which two neighbours may have been swapped; one with a letter
twice has one more."""


def short_forms(word: str) -> Iterator[str]:
    """What a short word may have been: neighbours but the first swapped, a letter twice or once.

    `waht` may be `what`, `heelp` be `help` and `teilä` be `teillä`.
    """
    if len(word) < MIN_LENGTH_SWAPPED:
        return
    for at in range(1, len(word) - 1):
        if word[at] != word[at + 1]:
            yield word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if len(word) > MIN_LENGTH_SWAPPED:
        for at in range(len(word) - 1):
            if word[at] == word[at + 1]:
                yield word[:at] + word[at + 1 :]
            elif at:
                yield word[: at + 1] + word[at:]


def typos_allowed(word: str, shortest: int = MIN_LENGTH_WITH_TYPO) -> int:
    """0, 1 or 2 typos, each a letter added, left out, replaced, or swapped with the next one."""
    if len(word) < shortest:
        return 0
    return 1 if len(word) < TWO_TYPOS_FROM else 2
