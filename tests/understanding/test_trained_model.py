"""The model in its cache: equal after saving, and made anew when the file is broken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bot.knowledge.library import Knowledge
from bot.understanding import trained_model
from bot.understanding.trained_model import TrainedModel, cache_path, load_or_train, train_model

from .small import small_world


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    return small_world(tmp_path_factory.mktemp("world")).knowledge()


@pytest.fixture(scope="module")
def model(known: Knowledge) -> TrainedModel:
    return train_model(known)


def _same(one: TrainedModel, other: TrainedModel) -> bool:
    """Whether two models answer alike; the cache keeps weights with fewer digits."""
    words = ["kuka", "vastaa", "{place}", "bensa", "who"]
    return (
        one.vocabulary == other.vocabulary
        and one.intents.classes == other.intents.classes
        and one.intents.features == other.intents.features
        and one.phrases.vocabulary == other.phrases.vocabulary
        and np.array_equal(one.phrases.postings, other.phrases.postings)
        and np.allclose(
            one.intents.probabilities(words), other.intents.probabilities(words), atol=1e-2
        )
        and np.allclose(
            one.languages.probabilities(words), other.languages.probabilities(words), atol=1e-2
        )
    )


def _no_training(*arguments: object, **more: object) -> TrainedModel:
    raise AssertionError("the cache was not used")


def test_a_model_saved_and_loaded_is_equal(model: TrainedModel, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "model.npz"
    trained_model.save(model, path)
    assert _same(trained_model.load(path), model)
    assert list(path.parent.iterdir()) == [path]


def test_the_second_start_trains_nothing(
    known: Knowledge, model: TrainedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained_model.save(model, cache_path(known.fingerprint, tmp_path))
    monkeypatch.setattr(trained_model, "train_model", _no_training)
    assert _same(load_or_train(known, tmp_path), model)


def _empty(whole: bytes) -> bytes:
    return b""


def _cut(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def _garbage(whole: bytes) -> bytes:
    return b"nothing of ours"


def _flipped(whole: bytes) -> bytes:
    middle = len(whole) // 2
    return whole[:middle] + bytes(255 - byte for byte in whole[middle : middle + 99]) + whole[-9:]


@pytest.mark.parametrize("damage", [_empty, _cut, _garbage, _flipped])
def test_a_broken_cache_file_is_made_anew(
    known: Knowledge,
    model: TrainedModel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    damage: Callable[[bytes], bytes],
) -> None:
    path = cache_path(known.fingerprint, tmp_path)
    trained_model.save(model, path)
    path.write_bytes(damage(path.read_bytes()))
    monkeypatch.setattr(trained_model, "train_model", lambda *_: model)
    assert load_or_train(known, tmp_path) is model
    monkeypatch.setattr(trained_model, "train_model", _no_training)
    assert _same(load_or_train(known, tmp_path), model)


def test_a_cache_that_cannot_be_written_is_no_error(
    known: Knowledge, model: TrainedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    monkeypatch.setattr(trained_model, "train_model", lambda *_: model)
    assert load_or_train(known, tmp_path / "file") is model


def test_the_cache_folder_is_chosen_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_CACHE_DIR", str(tmp_path))
    assert trained_model.cache_folder() == tmp_path
    monkeypatch.delenv("BOT_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert trained_model.cache_folder() == tmp_path / "taikubot"


def test_old_models_are_dropped(model: TrainedModel, tmp_path: Path) -> None:
    for number in range(6):
        trained_model.save(model, tmp_path / f"model-{number}.npz")
    assert len(list(tmp_path.glob("model-*.npz"))) == 4
    assert (tmp_path / "model-5.npz").exists()
