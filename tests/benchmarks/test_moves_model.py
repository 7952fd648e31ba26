"""What is learned from examples of what is said in the middle of a talk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.moves_confidence import Row, fitted
from benchmarks.moves_model import (
    FOLDER,
    Example,
    ExamplesError,
    cross_validated,
    fit,
    inputs_hash,
    keys_of,
    misspelt,
    read_moves,
    written,
)
from bot.knowledge.library import Knowledge
from bot.knowledge.values import LANGUAGES
from bot.ops.settings import load_settings
from bot.understanding.talk.moves import MOVES
from bot.understanding.talk.moves_model import QUIET, load_moves_model

EXAMPLES = [
    *(Example(f"say it in short number{at}", "shorter", 1.0) for at in range(40)),
    *(Example(f"and the other one number{at}", "the_other", 1.0) for at in range(40)),
    *(Example(f"it rains outside number{at}", "nothing", 1.0) for at in range(40)),
]


def test_examples_are_read_by_their_headings(tmp_path: Path) -> None:
    path = tmp_path / "en.txt"
    path.write_text("# a comment\n## more\ntell me\n\n## nothing\nhello\n", "utf-8")
    found = [(one.text, one.key) for one in read_moves(path, ("more", "nothing"))]
    assert found == [("tell me", "more"), ("hello", "nothing")]


@pytest.mark.parametrize(
    ("text", "fault"), [("## never\nx\n", r"en\.txt:1: `never`"), ("x\n", r"en\.txt:1: a heading")]
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "en.txt"
    path.write_text(text, "utf-8")
    with pytest.raises(ExamplesError, match=fault):
        list(read_moves(path, ("more",)))


def test_a_model_knows_what_it_learned_and_the_like() -> None:
    model = fit(EXAMPLES, "")
    likeliest = {
        text: model.head.classes[int(np.argmax(model.scores(text.split())))]
        for text in ("say that in short", "the other one please", "it rains again")
    }
    assert list(likeliest.values()) == ["shorter", "the_other", "nothing"]
    assert bytes(fit(EXAMPLES, "")) == bytes(model)


def test_what_was_learned_is_measured_on_what_was_left_out() -> None:
    lines = list(cross_validated(EXAMPLES, [], 2))
    assert lines[0].startswith("from 0.3: 100.0% taken, 100.0% of them right; 0.0%")


def test_an_example_is_also_learned_with_a_typing_error() -> None:
    made = list(misspelt(EXAMPLES))
    assert len(made) == len(EXAMPLES)
    assert all(one.text != other.text for one, other in zip(made, EXAMPLES, strict=True))
    assert list(misspelt([Example("in {place}", "elsewhere", 1.0)])) == []


def test_the_confidence_learns_what_tells() -> None:
    rows = [Row((float(at % 2), 0.0), bool(at % 2), False, str(at)) for at in range(40)]
    bias, telling, idle = fitted(rows)
    assert bias < 0 < bias + telling
    assert idle == pytest.approx(0)


def test_the_model_of_the_bot_was_fitted_to_the_examples_of_the_bot() -> None:
    """Else run `python -m benchmarks.moves_model`."""
    folder = load_settings().intents / FOLDER
    assert load_moves_model().head.learned_from == inputs_hash(folder)


def test_a_changed_example_is_seen(tmp_path: Path) -> None:
    for language in LANGUAGES:
        (tmp_path / f"{language}.txt").write_text("## more\ntell me\n", "utf-8")
    before = inputs_hash(tmp_path)
    (tmp_path / "sv.txt").write_text("## more\nberätta\n", "utf-8")
    assert inputs_hash(tmp_path) != before


def test_there_are_examples_of_every_move_in_every_language(knowledge: Knowledge) -> None:
    folder = load_settings().intents / FOLDER
    for language in LANGUAGES:
        keys = {one.key for one in read_moves(folder / f"{language}.txt", keys_of(knowledge))}
        assert keys >= {*MOVES, *QUIET}
    assert len(written(knowledge, folder)) > 4_000
