"""What word processors, YAML's `#` and a line too far in do to a text unnoticed."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from bot.i18n import N_, Message

CURLY = "\u201c\u201d\u201e\u201f"
"""The double quotes of word processors."""

_LINE_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
_CUT = re.compile(r"\s+(#(?=[^\s#!-]|\s?\d).*)")
"""A comment that hardly is one: a comment has a space after its sign."""

_ITEM = re.compile(r"\s*(-\s+\S.*)")
"""An item of a list."""


def odd_values(node: yaml.Node, text: str) -> Iterator[tuple[int, Message]]:
    """The lines of values that are cut at a `#`, stand in quotes that are no quotes of YAML, or
    have the next item of their list in them."""
    cut, quoted = "#" in text, any(quote in text for quote in CURLY)
    lines = _LINE_BREAK.split(text)
    for scalar in _values(node):
        end = scalar.end_mark
        if not scalar.style and end.line > scalar.start_mark.line:
            for number in range(scalar.start_mark.line + 1, min(end.line + 1, len(lines))):
                if item := _ITEM.match(lines[number]):
                    message = N_(
                        "`{item}` begins farther in than the item above and is read as a part of "
                        "it: let its `-` begin right below the others",
                        item=item[1][:40],
                    )
                    yield number + 1, message
        if cut and scalar.style not in ("|", ">"):
            rest = lines[end.line][end.column :] if end.line < len(lines) else ""
            if found := _CUT.match(rest):
                message = N_(
                    "`#` begins a comment, so `{cut}` is left out: put straight quotes around the "
                    "whole text",
                    cut=found[1][:40],
                )
                yield end.line + 1, message
        if quoted and not scalar.style and _in_curly_quotes(scalar.value):
            message = N_(
                "the quotes of {value} are those of a word processor, and part of the text: leave "
                "them out, or write straight ones",
                value=scalar.value[:40],
            )
            yield scalar.start_mark.line + 1, message


def _in_curly_quotes(value: str) -> bool:
    inner = value[1:-1]
    return (
        len(value) > 1
        and value[0] in CURLY
        and not any(quote in inner for quote in CURLY)
        and (value[-1] in CURLY or '"' not in value)
    )


def _values(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _values(item)
    elif isinstance(node, yaml.MappingNode):
        for _, value in node.value:
            yield from _values(value)


def word_traces(text: str, line: int, fault: str) -> tuple[int, Message] | None:
    """A line near a fault of YAML that shows what it comes from, and what to do about it."""
    lines = _LINE_BREAK.split(text)
    near = [number for number in (line, line - 1) if 0 < number <= len(lines)]
    for number in near:
        written = lines[number - 1]
        if re.match(r"[ \t]*\u00a0", written):
            return number, N_(
                "this line begins with a no-break space, as word processors write: delete it, and "
                "write plain spaces"
            )
        if re.search(rf":\s+[{CURLY}]", written) or re.search(rf"- [{CURLY}]", written):
            return number, N_(
                "these quotes are those of a word processor: write straight ones, as on the "
                "keyboard"
            )
        if re.search(r"[\[{][^\]}]*\s#", written):
            return number, N_(
                "`#` begins a comment, so the bracket is not closed: put straight quotes around "
                "the text"
            )
    if "mapping values are not allowed" in fault and line > 2:
        opens, above, here = (_begins(lines[number]) for number in (line - 3, line - 2, line - 1))
        # A field without a text opens what stands below it, which begins farther in.
        if lines[line - 3].rstrip().endswith(":") and above <= opens and here > above:
            return line - 1, N_(
                "this line and the next do not begin equally far in: let both have as many spaces "
                "before them"
            )
    return None


def _begins(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
