"""Files of numpy arrays (.npz) in the cache folder, written in one step."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from bot import private_files

UNREADABLE = (OSError, EOFError, ValueError, KeyError, BadZipFile)
"""What reading a damaged file raises."""


def write_arrays(path: Path, arrays: Mapping[str, Any], keep: int) -> None:
    """Writes a file atomically, and deletes all but the `keep` newest of its kind.

    Files of one kind have the same name up to the first hyphen. Raises OSError.
    """
    private_files.make_folder(path.parent)
    # Such a file is its owner's alone.
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        np.savez(file, **arrays)
    os.replace(file.name, path)
    kind = path.name.partition("-")[0]
    found = sorted(path.parent.glob(f"{kind}-*.npz"), key=lambda each: each.stat().st_mtime)
    for old in found[:-keep]:
        old.unlink(missing_ok=True)


def read_arrays(path: Path) -> dict[str, Any]:
    """All arrays of a file by name; raises one of UNREADABLE when that cannot be done."""
    # Opened here, because numpy leaves a file that is no archive open.
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


def pack_lines(lines: Iterable[str]) -> Any:
    """Texts without line breaks as an array of uint8: UTF-8, a line each."""
    return np.frombuffer("\n".join(lines).encode(), np.uint8)


def unpack_lines(array: Any) -> tuple[str, ...]:
    """The texts of `pack_lines`; no text and a single empty one look the same there."""
    return tuple(array.tobytes().decode().split("\n")) if len(array) else ()


def same_strings(texts: Iterable[str], kept: Iterable[str]) -> tuple[str, ...]:
    """The texts, each as the object that is among those `kept` where it is: it is stored once."""
    known = {text: text for text in kept}
    return tuple([known.get(text, text) for text in texts])


def strip_prefix(prefix: str, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays whose names begin with a prefix, by the rest of their names."""
    size = len(prefix)
    return {name[size:]: array for name, array in arrays.items() if name.startswith(prefix)}
