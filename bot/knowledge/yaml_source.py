"""Reads a YAML file as plain text values, with the line of each.

Every scalar stays a string, so that phone numbers keep their zeros and `no` stays a word; the
models turn strings into dates and numbers. Anchors and aliases are refused: nobody needs them
here, and a few lines of them can expand into gigabytes.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.i18n import N_, Message, pN_
from bot.knowledge.odd_yaml import odd_values, word_traces
from bot.knowledge.visible import leads_elsewhere, visible

# The C parser is about ten times faster; it is missing where PyYAML was built without libyaml.
_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

MAX_BYTES = 1_000_000
"""The largest file that is read; the largest of ours, the municipalities, is a tenth of this."""

MAX_DEPTH = 20

YamlPath = tuple[str | int, ...]
"""The position of a value in a document: keys and list indexes from the top."""


@dataclass(frozen=True, order=True)
class Finding:
    """Something to correct in a file, as `taikubot check` prints it."""

    path: Path
    line: int
    message: Message
    severity: str = "error"

    def __str__(self) -> str:
        return self.said("en")

    def said(self, language: str) -> str:
        """The finding in a language; tools read `path:line: severity:`, the same in all."""
        return f"{self.path}:{self.line}: {self.severity}: {self.message.said(language)}"


MAX_WARNINGS, MAX_WARNINGS_PER_FILE = 20, 5
"""Warnings shown at once: nobody corrects more at a time, and errors must not drown."""


def first_ones(findings: Iterable[Finding]) -> list[Finding]:
    """All errors, and the first warnings: a few of each file, and not too many in all."""
    of_file: Counter[Path] = Counter()
    chosen = []
    for finding in findings:
        if finding.severity != "error":
            if of_file[finding.path] == MAX_WARNINGS_PER_FILE or of_file.total() == MAX_WARNINGS:
                continue
            of_file[finding.path] += 1
        chosen.append(finding)
    return chosen


class ContentError(Exception):
    """The files have errors; `findings` lists them all."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = findings

    def said(self, language: str) -> list[str]:
        """Each finding in a language."""
        return [finding.said(language) for finding in self.findings]


@dataclass(frozen=True)
class Document:
    """A parsed file: its values, and the line on which each of them stands."""

    path: Path
    data: dict[str, Any]
    lines: Mapping[YamlPath, int]
    doubts: tuple[Finding, ...] = ()
    """Warnings of what is valid YAML and hardly what was meant."""

    def line(self, where: YamlPath) -> int:
        """The line of the value at a position, or of the nearest value around it; from 1."""
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 1)

    def finding(self, where: YamlPath, message: Message, severity: str = "error") -> Finding:
        """A finding on the line of the value at a position."""
        return Finding(self.path, self.line(where), message, severity)


def read_yaml(path: Path, *, needed: bool = False) -> Document:
    """Reads one file whose top level is a mapping.

    Raises ContentError for anything that is not such a file, each with its line. Nobody is told to
    remove a file that is `needed`: that would be the next error, or take more than was meant.
    """
    return parse_yaml(path, read_text(path, needed=needed), needed=needed)


def parse_yaml(
    path: Path, text: str, *, needed: bool = False, faults: list[Finding] | None = None
) -> Document:
    """The document of a file's text; raises ContentError as `read_yaml` does.

    Errors that leave the rest readable are added to `faults` where that is given, not raised.
    """
    try:
        _refuse_aliases_and_depth(path, text)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise ContentError([_syntax_finding(path, text, error)]) from None
    except yaml.reader.ReaderError as error:
        line = text.encode()[: error.position].count(b"\n") + 1
        raise ContentError(
            [
                Finding(
                    path,
                    line,
                    N_("a control character stands here; delete it, or save the file as UTF-8"),
                )
            ]
        ) from None
    except (yaml.YAMLError, ValueError) as error:
        raise ContentError(
            [Finding(path, 1, pN_("not yaml", "this is not YAML: {original}", original=error))]
        ) from None
    if node is None:
        empty = (
            N_("the file is empty; write its fields")
            if needed
            else N_("the file is empty; write its fields or remove it")
        )
        raise ContentError([Finding(path, 1, empty)])
    if not isinstance(node, yaml.MappingNode):
        raise ContentError(
            [
                Finding(
                    path,
                    node.start_mark.line + 1,
                    N_("the file must hold fields (`key: value`), not a list or a single text"),
                )
            ]
        )
    lines: dict[YamlPath, int] = {}
    findings: list[Finding] = []
    data = _construct(node, (), lines, path, findings)
    if findings and faults is None:
        raise ContentError(findings)
    if faults is not None:
        faults += findings
    doubts = [Finding(path, line, message, "warning") for line, message in odd_values(node, text)]
    return Document(path, data, lines, tuple(doubts))


def read_text(path: Path, *, needed: bool = False) -> str:
    """The text of a file; raises ContentError where it is no text, or too long."""
    try:
        # No more than that: what is far larger would take the memory, and long, to be refused.
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ContentError(
            [Finding(path, 1, N_("there is no such file; put it back or write it"))]
        ) from None
    except OSError as error:
        message = (
            N_("cannot be read ({original}); let the program read it", original=error.strerror)
            if needed
            else N_(
                "cannot be read ({original}); let the program read it, or remove it",
                original=error.strerror,
            )
        )
        raise ContentError([Finding(path, 1, message)]) from None
    if len(raw) > MAX_BYTES:
        millions = MAX_BYTES // 1_000_000
        raise ContentError(
            [
                Finding(
                    path,
                    1,
                    N_(
                        "the file is over {millions},000,000 bytes; split it into several",
                        millions=millions,
                    ),
                )
            ]
        )
    try:
        # Some systems write `ä` as two characters; the bot compares texts composed.
        return unicodedata.normalize("NFC", raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ContentError(
            [
                Finding(
                    path, line, N_("this line is not UTF-8; save the file with the encoding UTF-8")
                )
            ]
        ) from None


_SYNTAX: tuple[tuple[Message, tuple[str, ...]], ...] = (
    (
        N_(
            "this is not YAML: {original}; a text with a colon needs quotes "
            "around it, and lines that belong together begin equally far in"
        ),
        ("mapping values are not allowed",),
    ),
    (
        N_("this is not YAML: {original}; write `field: text`, with a colon and a space"),
        ("could not find expected ':'",),
    ),
    (N_("this is not YAML: {original}; indent with spaces"), ("tab character",)),
    (
        N_(
            "this is not YAML: {original}; indent with spaces, and put quotes "
            "around a text that begins with a sign"
        ),
        ("cannot start any token",),
    ),
    (
        N_("this is not YAML: {original}; put single quotes around a text with a backslash"),
        ("escape", "hexdecimal", "hexadecimal"),
    ),
    (
        N_("this is not YAML: {original}; the quote that opens here is not closed"),
        ("quoted scalar",),
    ),
    (
        pN_("open bracket", "this is not YAML: {original}"),
        ("expected ',' or", "node content", "unexpected ':'"),
    ),
    (pN_("after block sign", "this is not YAML: {original}"), ("block scalar",)),
    (
        pN_("begins with sign", "this is not YAML: {original}"),
        ("anchor", "alias", "tag", "directive"),
    ),
    (
        pN_("two documents", "this is not YAML: {original}"),
        ("single document", "document indicator"),
    ),
    (
        pN_("wrong indent", "this is not YAML: {original}"),
        ("expected key", "'-' indicator", "block end", "not allowed in this", "document start"),
    ),
)
"""A message for editors, and the words of the parser's errors that it is for; the first fits."""


def _syntax_finding(path: Path, text: str, error: yaml.MarkedYAMLError) -> Finding:
    mark = error.problem_mark or error.context_mark
    if any(what in (error.context or "") for what in ("quoted scalar", "simple key")):
        # The fault shows only where the text ends; what is missing is missing where it began.
        mark = error.context_mark or mark
    line = min(mark.line + 1, text.count("\n") + 1) if mark else 1
    fault = f"{error.problem} {error.context}"
    fitting = (each for each, words in _SYNTAX if any(word in fault for word in words))
    said = next(fitting, pN_("not yaml", "this is not YAML: {original}"))
    message = said.filled(original=error.problem or error)
    if found := word_traces(text, line, fault):
        line, message = found
    return Finding(path, line, message)


def _refuse_aliases_and_depth(path: Path, text: str) -> None:
    """Refuses aliases and deep nesting while reading events one by one, before a tree is built."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        anchor = getattr(event, "anchor", None)
        if anchor is not None:
            raise ContentError(
                [
                    Finding(
                        path,
                        line,
                        N_(
                            "anchors and aliases (&{anchor}, *{anchor}) are not used here; "
                            "write it out",
                            anchor=anchor,
                        ),
                    )
                ]
            )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise ContentError([Finding(path, line, N_("this is nested too deeply"))])
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _construct(
    node: yaml.Node,
    where: YamlPath,
    lines: dict[YamlPath, int],
    path: Path,
    findings: list[Finding],
) -> Any:
    lines[where] = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        # A block text (`|`) starts on the line after its sign.
        lines[where] += node.style in ("|", ">")
        text = visible(node.value)
        if elsewhere := leads_elsewhere(text):
            findings.append(Finding(path, lines[where], elsewhere))
        return text
    if isinstance(node, yaml.SequenceNode):
        return [
            _construct(item, (*where, index), lines, path, findings)
            for index, item in enumerate(node.value)
        ]
    assert isinstance(node, yaml.MappingNode)
    found: dict[str, Any] = {}
    for key, line, value in _pairs(node):
        if key in found:
            first = lines[(*where, key)]
            findings.append(
                Finding(
                    path,
                    line,
                    N_(
                        "`{field}` stands here twice (see line {first}): keep one",
                        field=key,
                        first=first,
                    ),
                )
            )
            continue
        found[key] = _construct(value, (*where, key), lines, path, findings)
        if not isinstance(value, yaml.ScalarNode):
            lines[(*where, key)] = line
    return found


def _pairs(node: yaml.MappingNode) -> Iterator[tuple[str, int, yaml.Node]]:
    for key, value in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else str(key.start_mark.line)
        yield name, key.start_mark.line + 1, value
