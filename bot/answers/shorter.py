"""Short answers: the beginning of one, and as many suggestions as it has room for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.answers.model import (
    Action,
    Block,
    Bullets,
    Heading,
    Line,
    Paragraph,
    Suggestion,
    Text,
)

SHORT = 300
"""Characters of an answer in short, at most, but for its first line."""

ROOM = 350
"""Characters that an answer shows with its buttons, where its text lets it."""

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[^\W\d_])")
_MIN_SENTENCE = 40
"""A shorter first sentence may be an abbreviation (`St. Karins`)."""


def fitting(
    suggestions: tuple[Suggestion, ...],
    *,
    blocks: Sequence[Block],
    actions: Sequence[Action],
    chosen_from: bool,
) -> tuple[Suggestion, ...]:
    """As many suggestions as there is room for beside the text and the other buttons, at least one
    about each network.

    `chosen_from`: the answer asks the member to choose one of them, so that all of them stay.
    """
    if chosen_from:
        return suggestions
    left = ROOM - sum(map(_length, blocks)) - sum(len(one.title) for one in actions)
    least = len({one.networks for one in suggestions})
    kept = list(suggestions)
    while len(kept) > least and sum(len(one.title) for one in kept) > left:
        kept.pop()
    return tuple(kept)


def shortened(blocks: Sequence[Block], limit: int = SHORT) -> tuple[Block, ...]:
    """As many whole lines from the beginning as fit, of a long line its first sentences."""
    if sum(map(_length, blocks)) <= limit:
        return tuple(blocks)
    kept: list[Block] = []
    left = limit
    for block in blocks:
        part = block if _length(block) <= left else _beginning(block, left, first=not _says(kept))
        if part is not None:
            kept.append(part)
            left -= _length(part)
        if part is not block:
            break
    while kept and _announces(kept[-1]):
        kept.pop()
    return tuple(kept) or tuple(blocks[:2])


def _beginning(block: Block, left: int, *, first: bool) -> Block | None:
    """The lines of a block that fit; the first of an answer in any case."""
    if isinstance(block, Heading):
        return block if first else None
    lines = block.lines if isinstance(block, Paragraph) else block.items
    kept: list[Line] = []
    for line in lines:
        length = _line_length(line)
        if length > left:
            if first and not kept:
                kept.append(_first_sentences(line, left))
            break
        kept.append(line)
        left -= length
    if not kept or (isinstance(block, Paragraph) and len(kept) == 1 < len(lines) and not first):
        # A name without what belongs to it.
        return None
    if isinstance(block, Paragraph):
        return replace(block, lines=tuple(kept))
    return replace(block, items=tuple(kept))


def _first_sentences(line: Line, left: int) -> Line:
    """The sentences of a line that fit, at least one; a line with links stays whole."""
    if not all(isinstance(span, Text) for span in line):
        return line
    sentences = _SENTENCE.split("".join(span.text for span in line))
    said = sentences.pop(0)
    while sentences and (len(said) < _MIN_SENTENCE or len(said) + 1 + len(sentences[0]) <= left):
        said += f" {sentences.pop(0)}"
    return (Text(said),)


def _says(blocks: Sequence[Block]) -> bool:
    return any(not _announces(block) for block in blocks)


def _announces(block: Block) -> bool:
    """Whether a block says nothing without what follows it."""
    if isinstance(block, Heading):
        return True
    if isinstance(block, Bullets) or len(block.lines) != 1:
        return False
    return "".join(span.text for span in block.lines[0]).rstrip().endswith(":")


def _length(block: Block) -> int:
    if isinstance(block, Heading):
        return len(block.text)
    lines = block.lines if isinstance(block, Paragraph) else block.items
    return sum(map(_line_length, lines))


def _line_length(line: Line) -> int:
    return sum(len(span.text) for span in line)
