"""The forms of names, kept in a file: the same index, and none of other names."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.knowledge.library import Knowledge
from bot.understanding import entities
from bot.understanding.entities import NameIndexes
from bot.understanding.interpreter import Interpreter
from bot.understanding.name_index import NameIndex
from bot.understanding.places import place_names
from bot.understanding.trained_model import load, save, train_model

from .small import small_world


def _through_a_file(arrays: dict[str, Any], folder: Path) -> dict[str, Any]:
    np.savez(folder / "names.npz", **arrays)
    with np.load(folder / "names.npz", allow_pickle=False) as kept:
        return dict(kept)


def _mistyped(form: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(form))
    return form[:at] + rng.choice("aeioukst") + form[at + 1 :]


def test_names_that_were_kept_find_what_those_made_find(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    made = NameIndexes.of(knowledge)
    kept = NameIndexes.from_arrays(_through_a_file(made.arrays(), tmp_path))
    rng = random.Random(1)
    for one, other in (
        (made.places, kept.places),
        (made.first, kept.first),
        (made.last, kept.last),
    ):
        forms = sorted(one._forms)
        assert len(forms) > 50
        for form in rng.sample(forms, min(len(forms), 2_000)):
            wrong = _mistyped(form, rng)
            assert one.exact(form) is not None
            assert other.exact(form) == one.exact(form)
            assert other.with_typo(wrong) == one.with_typo(wrong)
            assert other.longest_from(form.split()[0]) == one.longest_from(form.split()[0])
        assert (other._forms, other._folded) == (one._forms, one._folded)
        assert (other._buckets, other._longest_from) == (one._buckets, one._longest_from)


def test_an_index_of_nobody_is_kept_too(tmp_path: Path) -> None:
    index = NameIndex()
    index.freeze()
    kept = NameIndex.from_arrays(_through_a_file(index.arrays(), tmp_path))
    assert (kept.exact("anna"), kept.with_typo("annaliisa")) == (None, None)


def test_a_name_of_two_lines_is_left_out(tmp_path: Path) -> None:
    index = NameIndex()
    index.add("a", ["vanha kylä", "vanha\nkylä"])
    index.freeze()
    kept = NameIndex.from_arrays(_through_a_file(index.arrays(), tmp_path))
    assert kept.exact("vanha kylä") == index.exact("vanha kylä") is not None
    assert kept.exact("vanha\nkylä") is None


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Knowledge]:
    """The contents for which all forms of places were made."""
    seen: list[Knowledge] = []

    def noted(knowledge: Knowledge) -> NameIndex:
        seen.append(knowledge)
        return place_names(knowledge)

    monkeypatch.setattr(entities, "place_names", noted)
    return seen


def test_a_start_makes_no_names_anew(tmp_path: Path, made: list[Knowledge]) -> None:
    knowledge = small_world(tmp_path / "world").knowledge()
    save(train_model(knowledge), tmp_path / "model-1.npz")
    assert len(made) == 1
    interpreter = Interpreter(knowledge, load(tmp_path / "model-1.npz"))
    assert len(made) == 1
    masked = interpreter._finder.mask("kuka on Annan tuttu Ylikylässä")
    assert masked.words == ("kuka", "on", "{person}", "tuttu", "{place}")


def test_other_names_are_made_though_the_model_is_old(
    tmp_path: Path, made: list[Knowledge]
) -> None:
    world = small_world(tmp_path / "world")
    model = train_model(world.knowledge())
    world.change("content/people/anna.yaml", "Anna Esimerkki", "Berit Mallikas")
    edited = world.knowledge()
    masked = Interpreter(edited, model)._finder.mask("kuka on Berit tai Anna")
    assert masked.words == ("kuka", "on", "{person}", "tai", "anna")
    assert len(made) == 2


def test_names_of_the_same_content_are_kept(tmp_path: Path, made: list[Knowledge]) -> None:
    knowledge = small_world(tmp_path / "world").knowledge()
    names = NameIndexes.of(knowledge)
    assert NameIndexes.of(knowledge, names) is names
    assert len(made) == 1
