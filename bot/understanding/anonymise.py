"""Anonymises questions: removes what could tell who asked or about whom.

Names, numbers and addresses become masks, as do places and times, so that the rest can be pasted as
a phrase. A name in small letters that the content does not know is not recognised.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.understanding.entities import MaskedMessage
from bot.understanding.text import MASKS, TIME

NAME, NUMBER, EMAIL, LINK, ADDRESS = "{name}", "{number}", "{email}", "{link}", "{address}"

NOT_FOR_PHRASES = (NAME, NUMBER, EMAIL, LINK, ADDRESS, TIME)
"""Masks that a phrase has no slot for."""

LONGEST = 300
"""Characters of one question that are kept."""

_STREETS = (
    "katu|kadun|kadulla|tie|tien|tiellä|kuja|kujan|kujalla|polku|polun|polulla|raitti|ranta|"
    "kaari|aukio|tori|gatan|vägen|gränd|gränden|stigen|torget|street|road|lane|avenue"
)
_PATTERNS = (
    (EMAIL, re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*")),
    (LINK, re.compile(r"(?:https?://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)*\.(?:com|fi|net|org)\b\S*")),
    (NAME, re.compile(r"(?<!\w)@\w+")),
    (
        ADDRESS,
        re.compile(rf"\b\w*(?:{_STREETS})\s+\d+\w*(?:\s+\w\s+\d+|\s+\w\b)?", re.IGNORECASE),
    ),
    (NUMBER, re.compile(r"\+?\d[\d\s()./-]*\d|\d")),
)


def anonymise(text: str, masked: MaskedMessage, known: Callable[[str], bool]) -> str:
    """The words of a message with masks, in small letters.

    `masked` is what the entity finder made of the very `text`; `known` tells whether a folded word
    is a common one.
    """
    spans = [
        (match.start(), match.end(), label)
        for label, pattern in _PATTERNS
        for match in pattern.finditer(text)
    ]
    words: list[str] = []
    bounds = (*masked.owners, len(masked.tokens))
    for at, word in enumerate(masked.words):
        if bounds[at] == bounds[at + 1]:
            continue
        token = masked.tokens[bounds[at]]
        label = next(
            (label for start, end, label in spans if token.start < end and token.end > start), None
        )
        if word in MASKS:
            words.append(word)
        elif label is not None:
            words.append(label)
        elif any(sign.isdigit() for sign in token.raw):
            words.append(NUMBER)
        elif token.capital and _may_be_name(text, masked, bounds[at], known):
            words.append(NAME)
        else:
            words.append(token.norm)
    once = [word for at, word in enumerate(words) if at == 0 or word != words[at - 1]]
    return " ".join(once)[:LONGEST].strip()


def _may_be_name(text: str, masked: MaskedMessage, at: int, known: Callable[[str], bool]) -> bool:
    """Whether the word at a position, which has a capital, may be somebody's name.

    Within a sentence every one may, common word or not. At its beginning all words have a capital:
    there an unknown one may, and the message's very first only where another name follows.
    """
    tokens = masked.tokens
    before = text[tokens[at - 1].end : tokens[at].start] if at else ""
    begins = at == 0 or any(sign in before for sign in ".!?:\n")
    if not begins and not text.isupper():
        return True
    if known(tokens[at].folded):
        return False
    if at > 0:
        return True
    follows = tokens[1] if len(tokens) > 1 else None
    return follows is not None and follows.capital


def as_phrase_text(masked_text: str) -> str:
    """An anonymised question as a line under `phrases:`: without the masks of NOT_FOR_PHRASES."""
    return " ".join(word for word in masked_text.split() if word not in NOT_FOR_PHRASES)
