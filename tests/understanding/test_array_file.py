"""Arrays in files: what was written is read, mapped at places where numpy need not copy it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.understanding.array_file import (
    ALIGNMENT,
    UNREADABLE,
    read_arrays,
    temporary_file,
    write_arrays,
)

ARRAYS: dict[str, Any] = {
    "numbers": np.arange(10, dtype=np.int32),
    "\u00e5": np.zeros(0, np.uint8),
    "of.weights": np.arange(300, dtype=np.float16).reshape(100, 3),
    "empty": np.zeros((0, 3), np.float16),
    "yes": np.array([True, False]),
    "by_columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "one": np.float32(3),
}


def test_what_is_written_is_read_aligned_and_unchangeable(tmp_path: Path) -> None:
    write_arrays(tmp_path / "model-1.npz", ARRAYS, 1)
    found = read_arrays(tmp_path / "model-1.npz")
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert np.array_equal(found[name], array)
        assert found[name].dtype == array.dtype
        assert found[name].shape == array.shape
        assert not found[name].flags.writeable
        assert not array.size or found[name].ctypes.data % ALIGNMENT == 0
    with np.load(tmp_path / "model-1.npz") as others:
        assert all(np.array_equal(others[name], array) for name, array in ARRAYS.items())


def test_arrays_outlive_their_file(tmp_path: Path) -> None:
    write_arrays(tmp_path / "model-1.npz", ARRAYS, 1)
    found = read_arrays(tmp_path / "model-1.npz")
    write_arrays(tmp_path / "model-2.npz", {}, 1)
    assert [each.name for each in tmp_path.iterdir()] == ["model-2.npz"]
    assert np.array_equal(found["of.weights"], ARRAYS["of.weights"])


def test_a_changed_byte_is_noticed_wherever_it_is(tmp_path: Path) -> None:
    path = tmp_path / "model-1.npz"
    write_arrays(path, {"numbers": ARRAYS["numbers"]}, 1)
    whole = path.read_bytes()
    data = ARRAYS["numbers"].tobytes()
    at = whole.index(data)
    for place in range(at, at + len(data)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(UNREADABLE):
            read_arrays(path)


def test_a_file_that_was_compressed_is_none_of_ours(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "model-1.npz", numbers=np.zeros(1000))
    with pytest.raises(UNREADABLE):
        read_arrays(tmp_path / "model-1.npz")


def test_rows_are_kept_in_memory_where_no_file_can_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    with temporary_file() as file:
        file.write(b"rows")
        file.seek(0)
        assert file.read() == b"rows"
