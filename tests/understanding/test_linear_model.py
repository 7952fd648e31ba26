"""The linear model: it learns, is deterministic, and recognises forms of words it has seen."""

from __future__ import annotations

import numpy as np
import pytest

from bot.understanding.linear_model import (
    LinearModel,
    _prepare,
    pair_features,
    train,
    word_features,
)

TOYS = {
    "contacts": ["kuka vastaa verkostosta", "kuka on yhteyshenkilö", "kenelle voin soittaa"],
    "meetings": ["milloin on tapaaminen", "milloin kokoonnutaan", "koska on seuraava kokous"],
    "join": ["miten pääsee mukaan", "haluan liittyä mukaan", "voiko mukaan liittyä"],
}
TEXTS = [line.split() for lines in TOYS.values() for line in lines * 4]
LABELS = [label for label, lines in TOYS.items() for _ in lines * 4]


@pytest.fixture(scope="module")
def model() -> LinearModel:
    return train(TEXTS, LABELS)


def _best(model: LinearModel, text: str) -> str:
    return model.classes[int(model.probabilities(text.split()).argmax())]


def test_the_texts_it_learned_are_told_apart(model: LinearModel) -> None:
    assert [_best(model, " ".join(text)) for text in TEXTS] == LABELS


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("kuka vastaaa verkostosta", "contacts"),
        ("yhteyshenkilön", "contacts"),
        ("tapaamiset", "meetings"),
        ("liittyisin", "join"),
    ],
)
def test_inflected_and_misspelt_words_are_near_their_kin(
    model: LinearModel, text: str, label: str
) -> None:
    assert _best(model, text) == label


def test_probabilities_add_up(model: LinearModel) -> None:
    for text in ([], ["xyzzy"], ["kuka"], ["kuka"] * 500):
        probabilities = model.probabilities(text)
        assert probabilities.sum() == pytest.approx(1.0, abs=1e-5)
        assert (probabilities >= 0).all()


def test_training_is_deterministic(model: LinearModel) -> None:
    again = train(TEXTS, LABELS)
    assert again.classes == model.classes == ("contacts", "join", "meetings")
    assert again.features == model.features
    assert np.array_equal(again.weights, model.weights)
    assert np.array_equal(again.bias, model.bias)


def test_progress_rises_to_the_end() -> None:
    heard: list[float] = []
    train(TEXTS, LABELS, progress=heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == 1.0


def test_a_mask_is_one_feature() -> None:
    assert word_features("{place}") == ("{place}",)
    assert set(word_features("on")) == {"on", "_on", "on_", "_on_"}


def test_pairs_know_the_ends_of_a_message() -> None:
    assert pair_features(["kuka", "on"]) == ["^ kuka", "kuka on", "on $"]
    assert pair_features([]) == ["^ $"]


def test_texts_are_prepared_for_training_as_they_are_read_later() -> None:
    texts = [*TEXTS, ["milloin", "milloin", "{place}"], [], ["xyzzy"]]
    model, rows = _prepare(texts, ("one",))
    assert len(rows.bounds) == len(texts) + 1
    for at, text in enumerate(texts):
        indices, values = model.row(text)
        (count,), found, prepared = rows.chosen(np.array([at]))
        assert count == len(indices)
        order = np.argsort(found)
        assert np.array_equal(found[order], indices)
        assert prepared[order] == pytest.approx(values, abs=1e-6)


def test_a_feature_of_one_text_alone_teaches_nothing() -> None:
    model, _ = _prepare([["kuka"], ["kuka"], ["milloin"]], ("one",))
    assert "kuka" in model.features
    assert "milloin" not in model.features
