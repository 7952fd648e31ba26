"""What is valid in the files and is probably a mistake, for `taikubot check`.

None of it keeps content from being used: each is a warning at the field that looks wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.i18n import Message
from bot.knowledge.values import Value
from bot.knowledge.yaml_source import YamlPath


@dataclass(frozen=True)
class Doubt:
    """A field that looks wrong, and why."""

    value: Value
    """The object of the file; its place in the file is known by it."""
    where: YamlPath
    message: Message


Doubts = Iterator[Doubt]
