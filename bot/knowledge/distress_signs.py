"""The syntax of signs of distress: what people write who may be in danger, one sign a line.

    word      this word, within the gap of the one before it
    stem*     a word that begins so
    (a|b c)   one of these
    [a]       this or nothing
    <name>    any word of a list from `words:`
    a + b     both parts, in any order
    ^ $       the beginning, the end of the message
    # …       a comment, on a line of its own

docs/intents.md explains it to editors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from bot.i18n import N_, Message
from bot.knowledge.invalid_value import InvalidValueError
from bot.knowledge.phrases import phrase_lines

START, END = "^", "$"
"""Stand for the ends of a message."""

_PIECE = re.compile(r"\[[^\[\]]*\]|\([^()]*\)|[^\s()\[\]]+|\S")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*\*?|<[^<>\s]+>|[\^$]")
_LIST_NAME = re.compile(r"<([^<>\s]+)>")

Element = frozenset[str]
"""Words of which one must stand there; those that end with `*` are beginnings of words."""
Choice = tuple[tuple[Element, ...], ...]
"""Sequences of elements of which one stands there; an empty one stands for nothing."""
Part = tuple[Choice, ...]
"""Choices in their order."""


class SignError(InvalidValueError):
    """A sign with a syntax error; the message says what to do."""


class WrittenSign(NamedTuple):
    """One line of signs."""

    where: tuple[str, ...]
    """Its block: `harmless`, or its tier and its kind."""
    text: str
    parts: tuple[Part, ...]


class SignFault(NamedTuple):
    """A line, or a list, that cannot be read."""

    where: tuple[str, ...]
    line: int
    """Of the block, from 1."""
    message: Message


class ReadSigns(NamedTuple):
    """The signs of one language."""

    lists: Mapping[str, Element]
    signs: tuple[WrittenSign, ...]
    faults: tuple[SignFault, ...]


def read_signs(
    words: Mapping[str, str], blocks: Iterable[tuple[tuple[str, ...], str]]
) -> ReadSigns:
    """The lists and signs of a file; what cannot be read is among the faults."""
    try:
        lists = parse_words(words)
    except SignError as error:
        return ReadSigns({}, (), (SignFault(("words",), 1, error.message),))
    signs: list[WrittenSign] = []
    faults: list[SignFault] = []
    for where, block in blocks:
        for line, text in phrase_lines(block):
            try:
                signs.append(WrittenSign(where, text, parse_sign(text, lists)))
            except SignError as error:
                faults.append(SignFault(where, line + 1, error.message))
    return ReadSigns(lists, tuple(signs), tuple(faults))


def parse_words(words: Mapping[str, str]) -> dict[str, Element]:
    """The word lists, in their order; a list may use those before it."""
    parsed: dict[str, Element] = {}
    for name, text in words.items():
        found: set[str] = set()
        for word in text.split():
            try:
                found |= _element(word, parsed)
            except SignError as error:
                raise SignError(
                    N_("in the list `{name}`: {fault}", name=name, fault=error.message)
                ) from None
        parsed[name] = frozenset(found)
    return parsed


def parse_sign(line: str, lists: Mapping[str, Element]) -> tuple[Part, ...]:
    """The parts of a line, which may stand in any order; raises SignError."""
    return tuple(_part(part, lists) for part in re.split(r"\s\+\s", line))


def always_there(part: Part) -> tuple[Choice, ...]:
    """The choices of a part of which a word must stand in the message."""
    return tuple(
        choice for choice in part if all(any(map(_is_word, one)) for one in choice) and choice
    )


def _is_word(element: Element) -> bool:
    return not element <= {START, END}


def _part(text: str, lists: Mapping[str, Element]) -> Part:
    part = tuple(_choice(piece, lists) for piece in _PIECE.findall(text))
    if not always_there(part):
        raise SignError(N_("`{part}` may be without any word", part=text))
    return part


def _choice(piece: str, lists: Mapping[str, Element]) -> Choice:
    """The alternatives of a piece; single words are one alternative together."""
    if piece[0] not in "([":
        return ((_element(piece, lists),),)
    if piece[-1] not in ")]" or len(piece) < 3:
        raise SignError(N_("`{bracket}` has no partner; brackets come in pairs", bracket=piece[0]))
    alternatives = [one.split() for one in piece[1:-1].split("|")]
    if not all(alternatives):
        raise SignError(N_("`{piece}` has an empty alternative", piece=piece))
    found: list[tuple[Element, ...]] = []
    if single := [one[0] for one in alternatives if len(one) == 1]:
        found.append((frozenset[str]().union(*(_element(word, lists) for word in single)),))
    found += [
        tuple(_element(word, lists) for word in several)
        for several in alternatives
        if len(several) > 1
    ]
    return (*found, ()) if piece[0] == "[" else tuple(found)


def _element(word: str, lists: Mapping[str, Element]) -> Element:
    if word.removesuffix("*").isalnum():
        # So it is with nearly all of them.
        return frozenset((word,))
    if named := _LIST_NAME.fullmatch(word):
        if named[1] not in lists:
            raise SignError(
                N_(
                    "there is no list `{name}`; there are: {known}",
                    name=named[1],
                    known=sorted(lists),
                )
            )
        return lists[named[1]]
    if not _WORD.fullmatch(word):
        raise SignError(N_("`{word}` is no word", word=word))
    return frozenset({word})
