"""Several things in one sentence, in any language."""

from __future__ import annotations

from collections.abc import Sequence


def listed(items: Sequence[str], word: str) -> str:
    """`a, b and c`, where `word` is `and`; the only one as it is, and nothing of none."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"
