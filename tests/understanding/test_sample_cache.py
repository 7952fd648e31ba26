"""Samples that were kept: what sampling anew gives, and nothing when in doubt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.knowledge.library import Knowledge
from bot.understanding import sample_cache, training
from bot.understanding.code_version import code_version
from bot.understanding.sample_cache import sample_phrases
from bot.understanding.trained_model import TrainedModel, cache_path, load_or_train, train_model
from bot.understanding.training import PhraseSamples, sample_phrase, vocabulary
from tests.knowledge.world import World

from .small import small_world


@pytest.fixture
def world(tmp_path: Path) -> World:
    return small_world(tmp_path / "world")


@pytest.fixture
def sampled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts of the phrases that were sampled, not taken from what was kept."""
    seen: list[str] = []

    def noted(phrase: Any, *more: Any) -> PhraseSamples:
        seen.append(phrase.phrase.text)
        return sample_phrase(phrase, *more)

    monkeypatch.setattr(sample_cache, "sample_phrase", noted)
    return seen


def _samples(knowledge: Knowledge, path: Path | None) -> list[PhraseSamples]:
    return sample_phrases(knowledge, frozenset(vocabulary(knowledge)), path)


def _weights(model: TrainedModel) -> list[Any]:
    phrases = model.phrases
    return [
        *(model.intents.weights, model.intents.bias, model.languages.weights),
        *(phrases.words, phrases.near, phrases.gains, phrases.known_in_scope),
    ]


def test_an_edit_samples_only_the_changed_phrase(
    world: World, sampled: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "samples-1.npz"
    before = _samples(world.knowledge(), path)
    assert len(sampled) == len(before)
    sampled.clear()
    assert _samples(world.knowledge(), path) == before
    assert sampled == []
    world.change("intents/person.yaml", "kuka on {person}", "mikä mies on {person}")
    edited = world.knowledge()
    after = _samples(edited, path)
    assert sampled == ["mikä mies on {person}"]
    assert after == _samples(edited, None)


def test_the_model_after_an_edit_is_the_model_made_from_nothing(
    world: World, sampled: list[str], tmp_path: Path
) -> None:
    train_model(world.knowledge(), folder=tmp_path)
    world.change("intents/fallback.yaml", "paljonko bensa maksaa", "mitä bensa maksaa")
    edited = world.knowledge()
    sampled.clear()
    after = train_model(edited, folder=tmp_path)
    assert len(sampled) == 1
    cold = train_model(edited)
    assert after.exact == cold.exact
    assert after.intents.features == cold.intents.features
    for one, other in zip(_weights(after), _weights(cold), strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("content/people/anna.yaml", "Anna Esimerkki", "Berit Mallikas"),
        ("intents/lexicons/fi.yaml", "openings: hei", "openings: moikka"),
    ],
)
def test_new_names_and_word_lists_begin_anew(
    world: World, sampled: list[str], tmp_path: Path, file: str, old: str, new: str
) -> None:
    load_or_train(world.knowledge(), tmp_path)
    sampled.clear()
    world.change(file, old, new)
    edited = world.knowledge()
    load_or_train(edited, tmp_path)
    assert len(sampled) == len(edited.phrases)


def test_a_word_that_is_no_misspelt_name_any_longer_begins_anew(
    world: World, sampled: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "samples-1.npz"
    # Two letters from `esimerkkiä`, a form of Anna's name.
    world.change("intents/fallback.yaml", "[nyt]", "esimerkkjä")
    known = frozenset(vocabulary(world.knowledge())) - {"esimerkkja"}
    masked = sample_phrases(world.knowledge(), known, path)
    assert any("{person}" in words for each in masked for words in each.texts)
    world.change("intents/fallback.yaml", "what does petrol", "what does esimerkkjä petrol")
    sampled.clear()
    edited = world.knowledge()
    assert _samples(edited, path) == _samples(edited, None)
    assert len(sampled) == 2 * len(edited.phrases)


@pytest.mark.parametrize("damage", ["empty", "cut", "garbage", "old"])
def test_a_file_that_cannot_be_used_is_made_anew(
    world: World, sampled: list[str], tmp_path: Path, damage: str
) -> None:
    path = tmp_path / "samples-1.npz"
    right = _samples(world.knowledge(), path)
    whole = path.read_bytes()
    sampled.clear()
    if damage == "old":
        np.savez(path, keys=np.zeros(3))
    else:
        broken = {"empty": b"", "cut": whole[: len(whole) // 2], "garbage": b"nothing of ours"}
        path.write_bytes(broken[damage])
    assert _samples(world.knowledge(), path) == right
    assert len(sampled) == len(right)
    sampled.clear()
    assert _samples(world.knowledge(), path) == right
    assert sampled == []


def test_a_folder_that_cannot_be_written_is_no_error(world: World, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    known = world.knowledge()
    assert _samples(known, tmp_path / "file" / "samples-1.npz") == _samples(known, None)


def test_both_files_lie_in_the_cache_folder(world: World, tmp_path: Path) -> None:
    known = world.knowledge()
    folder = tmp_path / "cache"
    load_or_train(known, folder)
    kept = folder / f"samples-{code_version()}-{known.names}.npz"
    assert set(folder.iterdir()) == {cache_path(known.fingerprint, folder), kept}


def test_of_many_phrases_fewer_texts_are_taken(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = world.knowledge()

    def texts() -> int:
        sampled = _samples(known, None)
        assert sampled == _samples(known, None)
        return sum(len(each.texts) for each in sampled)

    usual = texts()
    monkeypatch.setattr(training, "MAX_TEXTS", usual)
    assert training.sampling_share(known.phrases) == 1.0
    monkeypatch.setattr(training, "MAX_TEXTS", usual - 1)
    assert training.sampling_share(known.phrases) == 0.5
    half = texts()
    assert 0 < half < usual
    monkeypatch.setattr(training, "MAX_TEXTS", usual // 8)
    assert training.sampling_share(known.phrases) <= 0.125
    assert texts() < half
