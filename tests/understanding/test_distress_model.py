"""The learned part of hearing distress: its scores, its words, its file."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.distress import spoken_words
from bot.understanding.distress_model import (
    BITS,
    MODEL,
    DistressModel,
    Head,
    features,
    load_distress_model,
)

MODEL_OF_BOT = load_distress_model()
_WORDS = st.lists(st.sampled_from(("en", "jaksa", "minä", "slår", "mig", "kuu", "å", "i")))


def weighted(weights: dict[int, int], **thresholds: tuple[float, float]) -> DistressModel:
    table = bytearray(1 << BITS)
    for number, weight in weights.items():
        table[number] = weight
    return DistressModel(Head((-1.0, -2.0), (0.5, 0.25), thresholds), bytes(table), bytes(table))


@given(_WORDS)
def test_the_score_is_that_of_all_features(words: list[str]) -> None:
    """The sums that are kept of words and those of pairs are the features that are learned from."""
    head = MODEL_OF_BOT.head
    found = features(words)
    weights = memoryview(bytes(MODEL_OF_BOT).split(b"\n", 2)[2]).cast("b")
    norm = math.sqrt(sum(counts * counts for _, counts in found))
    expected = sum(counts * weights[number] for number, counts in found) / norm
    score = MODEL_OF_BOT.scores(words).maybe
    assert score == pytest.approx(expected * head.scales[0] + head.biases[0], abs=1e-4)


def test_where_the_language_is_not_known_the_strictest_threshold_holds() -> None:
    number = features(["help"])[0][0]
    model = weighted({number: 100}, fi=(0.0, 50.0), sv=(30.0, 40.0))
    assert 0 < model.scores(["help"]).maybe < 30
    assert model.tier(["help"], "fi") == "maybe"
    assert model.tier(["help"], "sv") is None
    assert model.tier(["help"]) is None
    low = weighted({number: 100}, fi=(-9.0, -9.0))
    assert low.tier(["help"] * 4, "fi") == "sure"
    assert low.tier(["help"] * 3, "fi") == "maybe"  # A short message is for the signs.


def test_where_a_sign_stands_lower_scores_are_enough() -> None:
    model = weighted({}, fi=(1.0, 1.0))  # Scores are the biases: -1 and -2.
    signs = {"maybe": (-1.5, 0.0), "sure": (-1.5, -2.5)}
    model = model.with_head(replace(model.head, signs=signs))
    assert model.tier(["help"], "fi") is None
    assert model.tier(["help"], "fi", "maybe") == "maybe"
    assert model.tier(["help"], "fi", "sure") == "sure"


def test_the_weightiest_words_are_named_in_their_order() -> None:
    heavy = {features([word])[0][0]: 100 for word in ("pain", "alone")}
    found = weighted(heavy).weightiest(["the", "pain", "of", "being", "alone"]).split()
    assert {"pain", "alone"} <= set(found)
    assert found.index("pain") < found.index("alone")


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(bytes(MODEL_OF_BOT))
    again = load_distress_model(path)
    assert again.head == MODEL_OF_BOT.head
    assert bytes(again) == MODEL.read_bytes()


@pytest.mark.parametrize("at", [0, 70, 1_000, -1])
def test_a_damaged_file_is_named(tmp_path: Path, at: int) -> None:
    path = tmp_path / "model.bin"
    data = bytearray(bytes(MODEL_OF_BOT))
    data[at] ^= 1
    for damaged in (data, data[:-1], b""):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"model\.bin is damaged"):
            load_distress_model(path)


def test_the_work_for_a_message_is_bounded() -> None:
    started = time.process_time()
    for _ in range(100):
        MODEL_OF_BOT.scores(spoken_words("ab cd ef " * 111))
    assert time.process_time() - started < 10
