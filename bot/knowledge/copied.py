"""Folders that were copied out of the program: what they were copied from, and what is new since.

`init` writes a list beside the copied files, with the hash of each as it was shipped. So a newer
program can tell what was changed here, what it has changed itself, and what both did.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.i18n import N_
from bot.knowledge.yaml_source import ContentError, Finding

LIST = ".shipped.json"
"""The file in a copied folder that says what it was copied from."""


class Copied(BaseModel):
    """What a folder was copied from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    files: Mapping[str, str]
    """The hash of each file as it was shipped, by its path within the folder."""
    left_out: tuple[str, ...] = ()
    """Files that are not wanted here: neither put back nor replaced by the shipped ones."""


class State(StrEnum):
    """What became of a file since it was copied."""

    NEW = "new"
    """It is shipped by now, and not here."""
    CHANGED = "changed"
    """The shipped one has changed, the one here has not."""
    GONE = "gone"
    """It is no longer shipped; the one here was not changed."""
    BOTH = "both"
    """Both have changed, each in its own way."""
    DELETED = "deleted"
    """It was deleted here, and is shipped as before or changed."""
    OWN = "own"
    """It was changed here alone, or is shipped no more and changed here."""


SAFE = (State.NEW, State.CHANGED, State.GONE)
"""What can be taken over without losing anything that was written here."""


def files_of(folder: Path) -> dict[str, str]:
    """The hash of each file below a folder, by its path within it; the list itself is left out."""
    return {
        path.relative_to(folder).as_posix(): _hash(path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != LIST and "__pycache__" not in path.parts
    }


def _hash(content: bytes) -> str:
    # An editor on Windows ends lines otherwise, which changes nothing.
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def read_list(folder: Path) -> Copied | None:
    """What a folder was copied from; None where it does not say. Raises ContentError."""
    path = folder / LIST
    try:
        return Copied.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError):
        message = N_(
            "what this folder was copied from cannot be read here: delete this file, and "
            "`taikubot content update` writes it anew"
        )
        raise ContentError([Finding(path, 1, message)]) from None


def write_list(folder: Path, copied: Copied) -> None:
    """Says in a folder what it was copied from; others may read it."""
    text = json.dumps(copied.model_dump(mode="json"), indent=1, sort_keys=True) + "\n"
    replace_file(folder / LIST, text.encode())


def replace_file(path: Path, content: bytes) -> None:
    """Puts a file in place at once, so that nobody reads half of it; others may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".taikubot-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@dataclass(frozen=True)
class Update:
    """What a newer program brings to a folder, file by file."""

    folder: Path
    source: Path
    version: str
    before: Copied | None
    """None for a folder that does not say what it was copied from."""
    states: Mapping[str, State] = field(default_factory=dict)
    """Of each file that is not as it was shipped, and of each that the program has otherwise."""

    def among(self, *states: State) -> list[str]:
        """The files in one of some states, by name."""
        return [name for name, state in self.states.items() if state in states]

    def apply(self, beside: Path, leave_out: Collection[str] = ()) -> None:
        """Takes over what is safe, and puts the shipped file of what both changed `beside`.

        What was put there counts as seen: it is told once, and again when the program changes it.
        """
        shipped = files_of(self.source)
        for name in self.among(State.NEW, State.CHANGED):
            if name not in leave_out:
                replace_file(self.folder / name, (self.source / name).read_bytes())
        for name in self.among(State.GONE):
            (self.folder / name).unlink(missing_ok=True)
        for name in self.among(State.BOTH):
            replace_file(beside / name, (self.source / name).read_bytes())
        known = self.before.left_out if self.before else ()
        out = sorted({*known, *leave_out} & shipped.keys())
        write_list(self.folder, Copied(version=self.version, files=shipped, left_out=tuple(out)))


def compare(
    folder: Path,
    source: Path,
    version: str,
    *,
    restore: bool = False,
    within: str = "",
) -> Update:
    """Compares a copied folder with what the program ships now; raises ContentError.

    With `restore`, a file that was deleted here is new: the program needs it. Only files are looked
    at whose names begin with `within`.
    """
    before = read_list(folder)
    here, shipped = files_of(folder), files_of(source)
    base = before.files if before else {}
    out = before.left_out if before else ()
    states: dict[str, State] = {}
    for name in sorted(here.keys() | shipped.keys() | base.keys()):
        if name in out or not name.startswith(within):
            continue
        state = _state(here.get(name), shipped.get(name), base.get(name))
        if state is State.DELETED and restore:
            state = State.NEW
        if state is not None:
            states[name] = state
    return Update(folder, source, version, before, states)


def _state(here: str | None, shipped: str | None, base: str | None) -> State | None:
    """What became of a file, by its hashes here, in the program and when it was copied."""
    if here == shipped:
        return None
    if here is None:
        # Never copied, so it is new; else somebody here has deleted it.
        return State.NEW if base is None else State.DELETED if shipped else None
    if shipped is None:
        # A file of one's own has never been shipped.
        return State.GONE if here == base else State.OWN if base else None
    if here == base:
        return State.CHANGED
    return State.OWN if shipped == base else State.BOTH
