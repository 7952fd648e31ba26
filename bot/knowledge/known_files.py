"""Files as they were read last: one that stays as it is need not be parsed and checked again.

An edit then takes the time and the memory of the file that was edited, and what was made of the
others is the same objects as before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Generic, TypeVar, cast

from bot.knowledge.values import Value
from bot.knowledge.yaml_source import Document, YamlPath

M = TypeVar("M", bound=Value)
M_co = TypeVar("M_co", bound=Value, covariant=True)


@dataclass(frozen=True)
class Known(Generic[M_co]):
    """What a file without errors was read as."""

    document: Document
    """Without its data, of which the values were built."""
    values: tuple[tuple[M_co, YamlPath], ...]
    """The objects that were built from it, each with its position."""
    digest: bytes
    context: object


class KnownFiles:
    """What was read last, by one reader at a time."""

    def __init__(self) -> None:
        self._before: Mapping[tuple[type[Value], Path], Known[Value]] = {}
        self._now: dict[tuple[type[Value], Path], Known[Value]] = {}
        self.checked = ""
        """The fingerprint of the content whose phrases were parsed last, without an error."""

    def begin(self) -> None:
        """Begins to read all files: those that are not read until the end are forgotten."""
        self._before, self._now = self._now, {}

    def end(self) -> None:
        """Ends what `begin` began."""
        self._before = {}

    def find(self, model: type[M], path: Path, text: str, context: object) -> Known[M] | None:
        """What a file with this text was read as, where that was done in the same context."""
        known = self._before.get((model, path))
        if known is None or (known.digest, known.context) != (_digest(text), context):
            return None
        self._now[model, path] = known
        return cast(Known[M], known)

    def keep(
        self,
        model: type[M],
        document: Document,
        text: str,
        context: object,
        values: tuple[tuple[M, YamlPath], ...],
    ) -> None:
        """Keeps what was read of a file without errors."""
        known = Known(replace(document, data={}), values, _digest(text), context)
        self._now[model, document.path] = known


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=16).digest()
