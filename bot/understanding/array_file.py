"""Files of numpy arrays (.npz) in the cache folder, written in one step, mapped when they are read.

Arrays that are mapped lie in the system's cache of files: what no message needs takes no memory,
processes share the rest, and where memory is short the system may take it back.
"""

from __future__ import annotations

import io
import mmap
import os
import struct
import tempfile
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, cast
from zipfile import BadZipFile, ZipFile, ZipInfo

import numpy as np
from numpy.lib import format as npy

from bot import private_files

UNREADABLE = (OSError, EOFError, ValueError, KeyError, BadZipFile, struct.error)
"""What reading a damaged file raises."""

ALIGNMENT = 64
"""Bytes. numpy reads an array that lies at another place by making a copy of it."""

CHUNK = 1 << 20
"""Bytes that are read at once to compare a file with its checksums."""

WRITTEN = 1 << 16
"""Bytes that are written at once. Linux keeps what is written, or read ahead, at once in one piece,
and maps all of it for a single number: then nearly the whole file would count as in memory."""

MAPPED = os.name != "nt"
"""Whether arrays are mapped: Windows does not delete a file that is."""

_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_PADDING = 0xD935
"""The id of an extra field of a zip file that only moves what follows (as Android's zipalign)."""


def write_arrays(path: Path, arrays: Mapping[str, Any], keep: int) -> None:
    """Writes a file atomically, and deletes all but the `keep` newest of its kind.

    Files of one kind have the same name up to the first hyphen. Raises OSError.
    """
    private_files.make_folder(path.parent)
    # Such a file is its owner's alone.
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        write_into(cast(BinaryIO, file), arrays)
    os.replace(file.name, path)
    kind = path.name.partition("-")[0]
    found = sorted(path.parent.glob(f"{kind}-*.npz"), key=lambda each: each.stat().st_mtime)
    for old in found[:-keep]:
        # Where somebody else has it open, it stays.
        with suppress(OSError):
            old.unlink(missing_ok=True)


def write_into(file: BinaryIO, arrays: Mapping[str, Any]) -> None:
    """Writes arrays into a file that is empty; raises OSError."""
    with ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            _write(archive, file.tell(), name, np.asarray(array, order="C"))


def _write(archive: ZipFile, position: int, name: str, array: Any) -> None:
    """Adds an array as np.savez does, but at a position in the file where it can be mapped."""
    entry = ZipInfo(f"{name}.npy")
    begins = position + _LOCAL_HEADER.size + len(entry.filename.encode()) + 4
    padding = -begins % ALIGNMENT
    entry.extra = struct.pack("<HH", _PADDING, padding) + bytes(padding)
    with archive.open(entry, "w") as member:
        # Its own header is a multiple of ALIGNMENT as well.
        npy.write_array_header_1_0(member, npy.header_data_from_array_1_0(array))
        data = array.data.cast("B") if array.size else b""
        for first in range(0, len(data), WRITTEN):
            member.write(data[first : first + WRITTEN])


def read_arrays(path: Path) -> dict[str, Any]:
    """All arrays of a file by name, unchangeable; raises one of UNREADABLE where it is damaged."""
    with path.open("rb") as file:
        return read_from(file)


def read_from(file: BinaryIO) -> dict[str, Any]:
    """What `read_arrays` gives, of an open file."""
    if hasattr(os, "posix_fadvise"):
        # Nothing is read ahead; see WRITTEN.
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_RANDOM)
    with ZipFile(file) as archive:
        entries = archive.infolist()
        if any(entry.compress_type or entry.file_size != entry.compress_size for entry in entries):
            raise ValueError("compressed arrays cannot be mapped")
        starts = [_start(file, entry) for entry in entries]
        for entry, start in zip(entries, starts, strict=True):
            _compare(file, start, entry)
        if MAPPED:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            if hasattr(mmap, "MADV_RANDOM"):
                # Else the system takes in megabytes around each number that is read.
                mapped.madvise(mmap.MADV_RANDOM)
            data = memoryview(mapped)
        else:
            file.seek(0)
            data = memoryview(file.read())
        return {
            entry.filename.removesuffix(".npy"): _array(file, data, entry, start)
            for entry, start in zip(entries, starts, strict=True)
        }


def _start(file: BinaryIO, entry: ZipInfo) -> int:
    """Where the data of an entry begins."""
    file.seek(entry.header_offset)
    *_, name, extra = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    return int(entry.header_offset + _LOCAL_HEADER.size + name + extra)


def _compare(file: BinaryIO, start: int, entry: ZipInfo) -> None:
    """Raises ValueError where the data of an entry is not what was written.

    It is read, not mapped: pages that were only looked at would count as the process's memory.
    """
    file.seek(start)
    found, left = 0, entry.file_size
    while left and (chunk := file.read(min(left, CHUNK))):
        found, left = zlib.crc32(chunk, found), left - len(chunk)
    if left or found != entry.CRC:
        raise ValueError(f"{entry.filename} is damaged")


def _array(file: BinaryIO, data: memoryview, entry: ZipInfo, start: int) -> Any:
    file.seek(start)
    npy.read_magic(file)
    shape, by_columns, dtype = npy.read_array_header_1_0(file)
    if by_columns and len(shape) > 1:
        raise ValueError(f"{entry.filename} is stored by columns")
    found = data[file.tell() : start + entry.file_size]
    return np.frombuffer(found, dtype).reshape(shape)


def temporary_file() -> BinaryIO:
    """A file without a name that is gone when it is closed; in memory where there is no place."""
    try:
        return cast(BinaryIO, tempfile.TemporaryFile())
    except OSError:
        return io.BytesIO()


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


def add_prefix(prefix: str, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays with a prefix before their names."""
    return {f"{prefix}{name}": array for name, array in arrays.items()}
