"""The process that fits a model makes of it what the process that prepared it would."""

from __future__ import annotations

import io
import os
import sys
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from bot.understanding import fitting_process
from bot.understanding.array_file import read_arrays, temporary_file
from bot.understanding.fitting_process import hand_over
from bot.understanding.linear_model import Fitting
from bot.understanding.reloader import Folders
from bot.understanding.trained_model import arrays_of, cache_path, train_for_cache, train_model

from .small import small_world

posix = pytest.mark.skipif(os.name != "posix", reason="elsewhere one process does both")


class Replaced(BaseException):
    """Stands for the end of a process that has become another."""


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folders:
    monkeypatch.setenv("BOT_CACHE_DIR", str(tmp_path / "cache"))
    world = small_world(tmp_path / "world")
    return Folders(world.content, world.intents)


@posix
def test_what_is_handed_over_is_learned_as_by_one_process(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[list[str]] = []

    def execv(program: str, command: list[str]) -> None:
        assert program == sys.executable
        assert all(os.get_inheritable(int(number)) for number in command[4:6])
        ran.append(command)
        # The same files under other numbers: those of a process that is replaced stay open.
        copies = [str(os.dup(int(number))) for number in command[4:6]]
        monkeypatch.setattr(sys, "argv", [command[2], command[3], *copies, *command[6:]])
        fitting_process.main()
        raise Replaced

    monkeypatch.setattr(os, "execv", execv)
    with pytest.raises(Replaced):
        train_for_cache(folders.read, None, partial(hand_over, keep=2, shown=False))
    assert [command[1:3] for command in ran] == [["-m", "bot.understanding.fitting_process"]]
    knowledge = folders.read()
    found = read_arrays(cache_path(knowledge.fingerprint))
    wanted = arrays_of(train_model(knowledge))
    assert list(found) == list(wanted)
    for name in found:
        if not name.startswith("names."):  # In the order of sets, another in each process.
            assert np.array_equal(found[name], wanted[name]), name


def test_where_nothing_can_be_handed_over_one_process_does_it(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    def execv(program: str, command: list[str]) -> None:
        raise OSError("no memory")

    monkeypatch.setattr(os, "execv", execv)
    train_for_cache(folders.read, None, partial(hand_over, keep=2, shown=False))
    assert cache_path(folders.read().fingerprint).exists()


@posix
def test_texts_that_are_in_memory_are_not_handed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "execv", lambda *_: pytest.fail("handed over"))
    fitting = Fitting.of([["a", "b"], ["b", "c"]] * 4, ["one", "two"] * 4, io.BytesIO())
    arrays: dict[str, Any] = {"intents.weights": fitting.model.weights}
    hand_over(tmp_path / "model-1.npz", arrays, fitting, keep=1, shown=False)
    assert fitting.fit().classes == ("one", "two")


def test_texts_in_a_file_are_fitted_as_those_in_memory() -> None:
    texts, labels = [["a", "b"], ["b", "c"], ["c"]] * 200, ["one", "two", "two"] * 200
    with temporary_file() as file:
        stored = Fitting.of(texts, labels, file).fit()
    kept = Fitting.of(texts, labels, cast(Any, io.BytesIO())).fit()
    assert np.array_equal(stored.weights, kept.weights)
    assert np.array_equal(stored.bias, kept.bias)
