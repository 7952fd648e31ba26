"""Which files of a folder are read, and warnings of those that are not and were meant to be."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from bot.i18n import N_
from bot.knowledge.yaml_source import ContentError, Finding, read_yaml

DOCUMENTS = (".doc", ".docx", ".odt", ".ods", ".pages", ".rtf", ".xls", ".xlsx")
"""Endings of files of word processors: somebody may have written there what the bot is to say."""

OF_OFFICE = "~$"
"""How a file begins that Word keeps beside an open one."""

_UNREAD = N_("this file is not read: its name must end with .yaml, in small letters")


def yaml_files(folder: Path) -> list[Path]:
    """The YAML files of a folder, sorted; those whose names begin with `_` are examples."""
    found = [path for ending in ("*.yaml", "*.yml") for path in folder.glob(ending)]
    return sorted(path for path in found if not path.name.startswith(("_", ".", OF_OFFICE)))


def unread_files(folder: Path, read: Collection[Path]) -> Iterator[Finding]:
    """Warns of files that are ignored for their names: some editors add an ending or capitals.

    A copy or note with another ending (`.bak`) is ignored on purpose, and so is an example.
    """
    for path in sorted(folder.glob("*")):
        name = path.name.lower()
        meant = name.removesuffix(".txt").endswith((".yaml", ".yml"))
        if path in read or name.startswith("."):
            continue
        if name.startswith(OF_OFFICE):
            message = N_(
                "this file is not read: Word made it for a file that is open, and removes it when "
                "it is closed; write YAML files in an editor for plain text"
            )
            yield Finding(path, 1, message, "warning")
        elif name.startswith("_"):
            if meant and (line := _filled_in(path)):
                message = N_(
                    "this file is not read, since its name begins with `_`: rename it, or make "
                    "every line a comment"
                )
                yield Finding(path, line, message, "warning")
        elif meant:
            yield Finding(path, 1, _UNREAD, "warning")
        elif name.endswith(DOCUMENTS):
            message = N_(
                "this file is not read: write what the bot is to know in a file that ends with "
                ".yaml, with an editor for plain text"
            )
            yield Finding(path, 1, message, "warning")


def loose_files(folder: Path, read: Collection[str]) -> Iterator[Finding]:
    """Warns of files in a folder from which only certain ones are read."""
    for path in sorted(folder.glob("*")):
        if path.is_file() and path.name not in read and path.suffix in (".yaml", ".yml"):
            message = N_(
                "this file is not read here: put it into the folder of its kind, such as `people` "
                "or `meetings`"
            )
            yield Finding(path, 1, message, "warning")


def _filled_in(path: Path) -> int:
    """The first line on which an example has a field; 0 where all of it is comments."""
    try:
        document = read_yaml(path)
    except ContentError as error:
        # Nothing but comments is no document; anything else was meant to be one.
        line = error.findings[0].line
        return 0 if _only_comments(path) else line
    return min(document.lines.values(), default=1)


def _only_comments(path: Path) -> bool:
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return True
    return all(not line.strip() or line.lstrip().startswith("#") for line in lines)
