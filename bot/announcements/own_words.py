"""What somebody wrote in their own words: paragraphs, lists, bold, links, and nothing else.

`**bold**`, `[name](https://…)` and lines that begin with `-` are read, since all channels can show
them; everything else stays as it was typed.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from bot.answers.model import Block, Bullets, Line, LinkSpan, Paragraph, Span, Text

_ADDRESS = r"https://[^\s<>()\[\]\"']*[^\s<>()\[\]\"'.,;:!?]"
_PLAIN = re.compile(_ADDRESS)
_FORMED = re.compile(
    r"\*\*(?P<bold>[^\s*](?:[^*]*[^\s*])?)\*\*"
    # A name that looks like an address could tell another one than that behind it.
    rf"|\[(?P<name>(?![^\[\]]*(?://|www\.))[^\[\]]*[^\s\[\]][^\[\]]*)\]\((?P<named>{_ADDRESS})\)"
    rf"|{_ADDRESS}"
)
_ITEM = re.compile(r"[-•]\s+(?=\S)")


def paragraphs(text: str) -> Iterator[Block]:
    """A text of content: blank lines part paragraphs, and addresses become links."""
    for lines in _parted(text):
        yield Paragraph(tuple(_spans(_PLAIN, line) for line in lines))


def own_words(text: str) -> Iterator[Block]:
    """What a coordinator typed, with its bold words, named links and lists."""
    for lines in _parted(text):
        for is_list, some in itertools.groupby(lines, lambda line: bool(_ITEM.match(line))):
            if is_list:
                yield Bullets(tuple(_spans(_FORMED, _ITEM.sub("", one, count=1)) for one in some))
            else:
                yield Paragraph(tuple(_spans(_FORMED, one) for one in some))


def _parted(text: str) -> Iterator[list[str]]:
    """The lines of each paragraph."""
    for part in re.split(r"\n\s*\n", text.strip()):
        if lines := [line.strip() for line in part.splitlines() if line.strip()]:
            yield lines


def _spans(pattern: re.Pattern[str], line: str) -> Line:
    spans: list[Span] = []
    last = 0
    for match in pattern.finditer(line):
        if match.start() > last:
            spans.append(Text(line[last : match.start()]))
        found = match.groupdict()
        if found.get("bold"):
            spans.append(Text(found["bold"], bold=True))
        elif found.get("named"):
            spans.append(LinkSpan(found["name"].strip(), found["named"]))
        else:
            spans.append(LinkSpan(match[0], match[0]))
        last = match.end()
    if last < len(line):
        spans.append(Text(line[last:]))
    return tuple(spans)
