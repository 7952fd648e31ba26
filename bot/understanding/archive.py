"""Files of arrays in the cache folder, written in one step."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

UNREADABLE = (OSError, EOFError, ValueError, KeyError, BadZipFile)
"""What reading a damaged file raises."""


def write(path: Path, arrays: Mapping[str, Any], most: int) -> None:
    """Writes a file so that no reader sees half of it; keeps the `most` newest of its kind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        np.savez(file, **arrays)
    os.replace(file.name, path)
    kind = path.name.partition("-")[0]
    found = sorted(path.parent.glob(f"{kind}-*.npz"), key=lambda each: each.stat().st_mtime)
    for old in found[:-most]:
        old.unlink(missing_ok=True)


def read(path: Path) -> dict[str, Any]:
    """Reads all arrays of a file; raises one of UNREADABLE when that cannot be done."""
    # Opened here, because numpy leaves a file that is no archive open.
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


def pack(lines: Iterable[str]) -> Any:
    """Texts without line breaks, as an array of bytes."""
    return np.frombuffer("\n".join(lines).encode(), np.uint8)


def unpack(array: Any) -> tuple[str, ...]:
    """The texts of `pack`; none and one without letters are the same there."""
    return tuple(array.tobytes().decode().split("\n")) if len(array) else ()


def below(prefix: str, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays whose names begin so, by the rest of their names."""
    size = len(prefix)
    return {name[size:]: array for name, array in arrays.items() if name.startswith(prefix)}
