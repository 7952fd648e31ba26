"""A long message clause by clause: where the question is, and whether there are two."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.understanding.text import Token

SHORTEST = 2
"""Words that a clause needs to be looked at by itself."""

_BREAK = re.compile(r"[.!?;:\n,()]|(?<=\s)(?:[-–—])(?=\s)")

# Words that join two questions, and words that a question begins with, folded, by language.
_JOINERS = frozenset(["ja", "seka", "och", "samt", "and", "plus", "eli", "mutta", "men", "but"])
_QUESTION_WORDS = frozenset(
    [
        "kuka",
        "ketka",
        "kenet",
        "kenen",
        "keneen",
        "kehen",
        "kenelle",
        "kelle",
        "mika",
        "mitka",
        "mita",
        "mihin",
        "mista",
        "missa",
        "milloin",
        "millon",
        "koska",
        "miten",
        "kuinka",
        "miksi",
        "onko",
        "voiko",
        "voinko",
        "saako",
        "saanko",
        "kuuluuko",
        "paljonko",
        "montako",
        "mis",
        "vem",
        "vad",
        "var",
        "nar",
        "hur",
        "vilken",
        "vilket",
        "vilka",
        "vart",
        "finns",
        "kan",
        "far",
        "vems",
        "who",
        "whom",
        "what",
        "when",
        "where",
        "how",
        "which",
        "is",
        "are",
        "can",
        "could",
        "does",
        "do",
        "may",
    ]
)


def clauses(
    tokens: Sequence[Token], text: str, words: Sequence[str], owners: Sequence[int]
) -> list[tuple[str, ...]]:
    """The masked words of each clause; a single item when the message has but one.

    A clause ends at a punctuation mark between words, or before a joining word that a question
    word follows.
    """
    found: list[list[str]] = [[]]
    previous_end = 0
    for at, word in enumerate(words):
        token = tokens[owners[at]]
        broken = bool(_BREAK.search(text[previous_end : token.start]))
        following = words[at + 1] if at + 1 < len(words) else ""
        joined = word in _JOINERS and following in _QUESTION_WORDS
        if (broken or joined) and found[-1]:
            found.append([])
        if not joined:
            found[-1].append(word)
        last = owners[at + 1] - 1 if at + 1 < len(owners) else len(tokens) - 1
        previous_end = tokens[last].end
    return [tuple(clause) for clause in found if len(clause) >= SHORTEST]
