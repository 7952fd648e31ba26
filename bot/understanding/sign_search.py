"""Finds where the words of a sign stand in a message, and whether a negation denies them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

GAP = 1
"""Other words that may stand between two elements of a sign."""

REACH = 16
"""Words within which the parts of a sign stand."""

SCOPE = 2
"""Words before a sign within which a negation denies it."""

Choice = tuple[tuple[int, ...], ...]
"""Sequences of elements of which one stands there, by their numbers."""
Part = tuple[Choice, ...]


class Roles(NamedTuple):
    """Of a language, the elements of the word lists with a meaning of their own; 0 for none."""

    negation: int
    subject: int
    about: int


class SignToken(NamedTuple):
    """A word of the message; the message begins and ends with an empty one."""

    word: str
    at: int
    """Its place; the end of a sentence counts for several words."""
    clause: int
    sentence: int
    elements: int
    """The set of the elements that it may be."""


def together(
    of_parts: Sequence[Sequence[tuple[int, ...]]],
    chosen: tuple[tuple[int, ...], ...],
    tokens: Sequence[SignToken],
) -> Iterator[tuple[tuple[int, ...], ...]]:
    """The choices of one span for each part that stand near each other and share no word."""
    if len(chosen) == len(of_parts):
        yield chosen
        return
    for span in of_parts[len(chosen)]:
        if chosen and abs(tokens[span[0]].at - tokens[chosen[0][0]].at) > REACH:
            continue
        if not any(at in other for other in chosen for at in span):
            yield from together(of_parts, (*chosen, span), tokens)


def fits(
    part: Part, at: int, span: tuple[int, ...], tokens: Sequence[SignToken]
) -> Iterator[tuple[int, ...]]:
    """Every way in which a part from its choice `at` on continues a span of tokens."""
    if at == len(part):
        yield span
        return
    for sequence in part[at]:
        for longer in _continue(sequence, span, tokens):
            yield from fits(part, at + 1, longer, tokens)


def _continue(
    sequence: tuple[int, ...], span: tuple[int, ...], tokens: Sequence[SignToken]
) -> Iterator[tuple[int, ...]]:
    """The spans continued by a sequence of elements."""
    if not sequence:
        yield span
        return
    for place in _places(span, tokens):
        if tokens[place].elements >> sequence[0] & 1:
            yield from _continue(sequence[1:], (*span, place), tokens)


def _places(span: tuple[int, ...], tokens: Sequence[SignToken]) -> Iterator[int]:
    """The tokens that may come next: any for the first, else those within the gap.

    At the ends of the message only punctuation may stand between.
    """
    if not span:
        yield from range(len(tokens))
        return
    last = tokens[span[-1]]
    for place in range(span[-1] + 1, len(tokens)):
        token = tokens[place]
        if not (last.word and token.word):
            if place == span[-1] + 1:
                yield place
        elif token.at - last.at > GAP + 1:
            return
        else:
            yield place


def denied(span: tuple[int, ...], tokens: Sequence[SignToken], roles: Roles) -> bool:
    """Whether a negation stands within a span, right before it, or ends its clause."""
    negation, subject = roles.negation, roles.subject
    first, last = span[0], span[-1]
    for at in range(first, last):
        if at not in span and tokens[at].elements & negation:
            return True
    if not tokens[first].elements & subject:
        for at in range(first - 1, max(0, first - 1 - SCOPE), -1):
            before = tokens[at]
            if before.clause != tokens[first].clause or before.elements & subject:
                break
            if before.elements & negation:
                return True
    after = tokens[last + 1] if last + 1 < len(tokens) else None
    return bool(
        after
        and after.elements & negation
        and after.clause == tokens[last].clause
        and (
            last + 2 >= len(tokens)
            or tokens[last + 2].word == ""
            or tokens[last + 2].clause != after.clause
        )
    )
