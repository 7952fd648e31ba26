"""The light markup of answer templates, and how values are kept from becoming markup.

    # heading
    a paragraph; blank lines part paragraphs, line breaks within one are kept
    - an item of a list
    **bold**  [text](https://…)

Values are escaped when a template inserts them: each character that has a meaning in the markup is
replaced by one of Unicode's private use area, and restored once the markup is parsed. So content
and members' text stay text, whatever they contain.
"""

from __future__ import annotations

import re
from functools import lru_cache

from bot.answers.model import (
    SCHEMES,
    Block,
    Bullets,
    Heading,
    Line,
    LinkSpan,
    Paragraph,
    Span,
    Text,
)

MAX_CACHED = 2_048
"""Entries of each cache: values and lines come from content and templates, so they recur."""

_MARKUP = "*[]()#-\\"
_PRIVATE_USE = 0xE000
_ESCAPED_MARKUP = {ord(sign): chr(_PRIVATE_USE + place) for place, sign in enumerate(_MARKUP)}
_UNESCAPED = {_PRIVATE_USE + place: sign for place, sign in enumerate(_MARKUP)}

_UNSEEN = (
    *range(0x20),
    0x7F,
    *range(0x80, 0xA0),
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
)
"""Control characters and those that turn the direction of writing."""

_ESCAPES: dict[int, str | None] = {
    **dict.fromkeys(range(_PRIVATE_USE, _PRIVATE_USE + len(_MARKUP))),
    **dict.fromkeys(_UNSEEN),
    **{ord(space): " " for space in "\n\r\t\v\f\x85\u2028\u2029"},
    **_ESCAPED_MARKUP,
}

_INLINE = re.compile(r"\*\*(?P<bold>.+?)\*\*|\[(?P<text>[^\[\]]+)\]\((?P<url>[^\s()]+)\)")


class Trusted(str):
    """Text that may hold markup: it comes from a filter, with its values escaped."""

    __slots__ = ()


def escape(value: object) -> str:
    """A value as text without markup; trusted text unchanged."""
    return value if isinstance(value, Trusted) else _escaped(str(value))


@lru_cache(MAX_CACHED)
def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


def link(url: str, title: str) -> Trusted:
    """A link; an address whose scheme is not in SCHEMES becomes plain text."""
    if not url.startswith(SCHEMES):
        return Trusted(escape(f"{title} ({url})" if title != url else url))
    return Trusted(f"[{escape(title)}]({escape(url)})")


def parse(text: str) -> tuple[Block, ...]:
    """Parses rendered markup."""
    blocks: list[Block] = []
    lines: list[Line] = []
    items: list[Line] = []

    def close() -> None:
        if lines:
            blocks.append(Paragraph(tuple(lines)))
            lines.clear()
        if items:
            blocks.append(Bullets(tuple(items)))
            items.clear()

    for raw in text.splitlines():
        line = " ".join(raw.split())
        if line.startswith("- "):
            if lines:
                close()
            items.append(_spans(line[2:]))
        elif line.startswith("# "):
            close()
            blocks.append(Heading(_plain(line[2:])))
        elif line:
            if items:
                close()
            lines.append(_spans(line))
        else:
            close()
    close()
    return tuple(blocks)


def _plain(text: str) -> str:
    return text.translate(_UNESCAPED)


@lru_cache(MAX_CACHED)
def _spans(line: str) -> Line:
    spans: list[Span] = []
    last = 0
    for match in _INLINE.finditer(line):
        if match.start() > last:
            spans.append(Text(_plain(line[last : match.start()])))
        spans.append(_marked(match))
        last = match.end()
    if last < len(line):
        spans.append(Text(_plain(line[last:])))
    return tuple(spans)


def _marked(match: re.Match[str]) -> Span:
    if bold := match["bold"]:
        return Text(_plain(bold), bold=True)
    text, url = _plain(match["text"]), _plain(match["url"])
    return LinkSpan(text, url) if url.startswith(SCHEMES) else Text(f"{text} ({url})")
