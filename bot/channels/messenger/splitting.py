"""A long text as a few messages: parted at blocks, then lines, then sentences, then words.

The coarsest boundaries with which the text fits are taken. What does not fit is cut, and a closing
line says so. No word or address is ever parted, and no line that announces others ends a message.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

MAX_CHARACTERS = 2_000
"""Of one message, as Messenger counts them; see `length`."""

MAX_MESSAGES = 3

_BLOCK, _LINE, _SENTENCE, _WORD = range(4)

_SENTENCE_END = re.compile(r"[.!?…][)”\"»]*([ \t]+)(?=[\"”»“(–-]?\s?[A-ZÅÄÖÉÜ])")
_NO_END = re.compile(
    r"\b(?:\d{1,2}|[^\W\d]|ao|bl\.a|e\.g|esim|i\.e|jr|ks|mm|nr|puh|s\.o|st|t\.ex|tel|ym)\.$",
    re.IGNORECASE,
)
"""What a full stop ends that is no sentence: `10.`, `A. Virtanen`, `esim. Tampere`."""

_MAX_ABBREVIATION = 8
_MAX_LEAD_IN_LINES = 2
"""Lines that may announce others one upon another: a heading, and `There you can:`."""

_ADDRESS = re.compile(r"https?:|mailto:", re.IGNORECASE)


@dataclass(frozen=True)
class _Piece:
    """What stays together, the space before it, and what kind of boundary that space is."""

    before: str
    text: str
    level: int


def length(text: str) -> int:
    """The length as UTF-16 counts it, where an emoji is two: the stricter reading of the limit."""
    return len(text) + sum(character > "\uffff" for character in text)


def split(
    text: str,
    closing: str,
    headings: frozenset[str] = frozenset(),
    max_characters: int = MAX_CHARACTERS,
    max_messages: int = MAX_MESSAGES,
) -> list[str]:
    """The messages of a text; `closing` ends the last one if not all of the text fits.

    `headings` are lines that belong to the next one. The closing line must be well shorter than a
    message. A text without anything to read gives no message at all.
    """
    text = text.strip()
    for finest in (_BLOCK, _LINE, _SENTENCE):
        pieces = _pieces(text, finest, max_characters)
        joined = _packed(pieces, headings, max_characters)
        if len(joined) <= max_messages:
            return [message for message, _ in joined]
    whole = joined[: max_messages - 1]
    space = max_characters - length(f" …\n\n{closing}")
    rest = _split_for(pieces[whole[-1][1] if whole else 0 :], space)
    last, end = _packed(rest, headings, space)[0]
    # Where a sentence is cut, the reader should see it.
    mark = " …" if end < len(rest) and rest[end].level == _WORD else ""
    return [*(message for message, _ in whole), f"{last}{mark}\n\n{closing}"]


def shortened(text: str, most: int) -> str:
    """The text in one line, cut at a word and marked with `…` where it is too long."""
    text = " ".join(text.split())
    if length(text) <= most:
        return text
    cut = _head(text, most - 1)
    if text[len(cut)] != " ":
        cut = cut.rpartition(" ")[0] or cut
    return cut.rstrip(" ,.;:–-") + "…"


def _pieces(
    text: str, finest: int, most: int, *, level: int = _BLOCK, before: str = "", kind: int = _BLOCK
) -> list[_Piece]:
    """The text in pieces of the finest level asked for, or finer where they are too long.

    `level` is where to begin; `before` and `kind` are the space before the text and its boundary.
    """
    found: list[_Piece] = []
    parts = _SPLITTERS[level](text)
    for place in range(0, len(parts), 2):
        part = parts[place]
        if place:
            before, kind = parts[place - 1], level
        fits = length(part) <= most
        if level < finest or (not fits and level < _WORD):
            found += _pieces(part, finest, most, level=level + 1, before=before, kind=kind)
        elif part:
            found.append(_Piece(before, part if fits else _truncated_word(part, most), kind))
    return found


def _split_for(pieces: list[_Piece], most: int) -> list[_Piece]:
    """The pieces for a smaller message: those too long for it are parted."""
    finer: list[_Piece] = []
    for one in pieces:
        finer += _pieces(
            one.text, _SENTENCE, most, level=_SENTENCE, before=one.before, kind=one.level
        )
    return finer


def _sentences(text: str) -> list[str]:
    """Sentences and the spaces between them, in turns."""
    parts, start = [], 0
    for end in _SENTENCE_END.finditer(text):
        if not _NO_END.search(text, max(0, end.start() - _MAX_ABBREVIATION), end.start() + 1):
            parts += [text[start : end.start(1)], end[1]]
            start = end.end()
    return [*parts, text[start:]]


_SPLITTERS: tuple[Callable[[str], list[str]], ...] = (
    re.compile(r"(\s*\n[^\S\n]*\n\s*)").split,
    re.compile(r"([^\S\n]*\n\s*)").split,
    _sentences,
    # A space that does not break holds a telephone number together.
    re.compile(r"([^\S\xa0\u202f]+)").split,
)
"""Each level's way to part a text into pieces and the spaces between them, in turns."""


def _truncated_word(word: str, most: int) -> str:
    """A word longer than a message: its beginning; of an address nothing, as it would mislead."""
    return "…" if _ADDRESS.search(word) else _head(word, most - 1) + "…"


def _head(text: str, most: int) -> str:
    head = text[:most]
    while length(head) > most:
        head = head[:-1]
    return head


def _packed(pieces: list[_Piece], headings: frozenset[str], most: int) -> list[tuple[str, int]]:
    """Messages as full as they get, each with the number of pieces up to its end."""
    messages: list[tuple[str, int]] = []
    start = 0
    while start < len(pieces):
        end = start + 1
        size = length(pieces[start].text)
        while end < len(pieces):
            size += length(pieces[end].before + pieces[end].text)
            if size > most:
                break
            end += 1
        if end < len(pieces):
            end = _before_lead_in(pieces, start, end, headings)
        message = pieces[start].text
        message += "".join(one.before + one.text for one in pieces[start + 1 : end])
        messages.append((message, end))
        start = end
    return messages


def _before_lead_in(pieces: list[_Piece], start: int, end: int, headings: frozenset[str]) -> int:
    """An end before lines that announce what would stand in the next message, if one is left."""
    for place in range(end, max(start, end - _MAX_LEAD_IN_LINES - 1), -1):
        text = pieces[place - 1].text
        line_ends = pieces[place].level <= _LINE
        if not line_ends or not (text.endswith(":") or text in headings):
            return place
    return end
