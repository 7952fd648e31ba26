"""What is learned from examples of distress, and how thresholds are chosen."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.distress import Row
from benchmarks.distress_model import (
    EMPTY,
    JOINED,
    JOINED_CRIES,
    ExamplesError,
    all_examples,
    inputs_hash,
    joined,
    model_of,
    read_examples,
    wordings,
)
from benchmarks.distress_thresholds import Heard, sign_thresholds, thresholds_for
from bot.knowledge.library import DISTRESS, Knowledge
from bot.knowledge.models import DistressSigns
from bot.knowledge.values import LANGUAGES
from bot.ops.settings import load_settings
from bot.understanding.distress import DistressFinder, spoken_words
from bot.understanding.distress_model import load_distress_model

EXAMPLES = [
    *((f"he hurts me number{at}", 2, 1.0) for at in range(40)),
    *((f"so lonely number{at}", 1, 1.0) for at in range(40)),
    *((f"when is the meeting number{at}", 0, 1.0) for at in range(80)),
]


def test_examples_are_read_by_their_headings(tmp_path: Path) -> None:
    path = tmp_path / "en.txt"
    path.write_text("# a comment\n## sure\nhe hurts me\n\n## none\nhello\n", "utf-8")
    assert list(read_examples(path)) == [("he hurts me", 2, 1.0), ("hello", 0, 1.0)]


@pytest.mark.parametrize(
    ("text", "fault"), [("## never\nx\n", r"en\.txt:1: `never`"), ("x\n", r"en\.txt:1: a heading")]
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "en.txt"
    path.write_text(text, "utf-8")
    with pytest.raises(ExamplesError, match=fault):
        list(read_examples(path))


def test_lines_of_wordings_stand_for_several_messages(tmp_path: Path) -> None:
    path = tmp_path / "cries-en.yaml"
    path.write_text(
        "lists: {thing: bus|train}\nnone: |\n  the <thing> (is late|came)\nsure: |\n  help\n",
        "utf-8",
    )
    found = list(wordings(path))
    assert {text for text, tier, _ in found if tier == 0} == {
        "the bus is late",
        "the bus came",
        "the train is late",
        "the train came",
    }
    assert {text for text, tier, _ in found if tier == 2} == {"help"}


def test_several_texts_make_a_long_one() -> None:
    made = list(joined([("a", 0, 1.0), ("b", 0, 1.0), ("HELP", 2, 1.0)], random.Random(1)))
    assert len(made) == JOINED + JOINED_CRIES
    assert all(2 <= len(text.split()) <= 5 for text, _, _ in made)
    assert all((tier == 2) == ("HELP" in text) for text, tier, _ in made)


def test_a_model_hears_what_it_learned_and_the_like() -> None:
    head = replace(EMPTY, thresholds={"en": (0.0, 0.0)})
    model = model_of(EXAMPLES, head)
    assert model.tier(spoken_words("he hurts me badly")) == "sure"
    assert model.tier(spoken_words("i am so lonely")) == "maybe"
    assert model.tier(spoken_words("when is the next meeting")) is None
    assert bytes(model_of(EXAMPLES, head)) == bytes(model)


def heard(texts: Sequence[str], tier: str = "") -> Heard:
    signs = DistressFinder({"en": DistressSigns.model_validate({"sure": {"danger": "fire"}})})
    return Heard(
        model_of(EXAMPLES, EMPTY),
        signs,
        [Row(text, language, "", tier) for text in texts for language in LANGUAGES],
    )


def test_thresholds_leave_as_many_notices_as_wanted() -> None:
    near = heard([f"the meeting number{at}" for at in range(80)])
    quiet = heard(["hello", "fire in the drum"] * 20)
    maybe, sure = thresholds_for(quiet, near)["en"]
    without = quiet.scores[quiet.signs == 0]
    assert max(without[:, 0].max(), np.quantile(near.scores[:, 0], 0.97)) <= maybe
    assert max(without[:, 1].max(), np.quantile(near.scores[:, 1], 0.99)) <= sure
    assert maybe < model_of(EXAMPLES, EMPTY).scores(spoken_words("he hurts me")).maybe


def test_where_a_sign_stands_even_odds_are_enough() -> None:
    cries = heard([f"he hurts me fire {at}" for at in range(30)], "sure")
    quiet = heard([f"when is the fire meeting {at}" for at in range(30)])
    maybe, sure = sign_thresholds((cries, quiet))["sure"]
    assert quiet.scores[:, 0].max() < maybe < cries.scores[:, 0].min()
    assert quiet.scores[:, 1].max() < sure < cries.scores[:, 1].min()


def test_the_model_of_the_bot_was_fitted_to_the_examples_of_the_bot() -> None:
    """Else run `python -m benchmarks.distress_model`."""
    folder = load_settings().intents / DISTRESS / "examples"
    assert load_distress_model().head.learned_from == inputs_hash(folder)


def test_a_changed_example_is_seen(tmp_path: Path) -> None:
    (tmp_path / "en.txt").write_text("## none\nhello\n", "utf-8")
    before = inputs_hash(tmp_path)
    assert inputs_hash(tmp_path) == before
    (tmp_path / "en.txt").write_text("## none\nhello!\n", "utf-8")
    assert inputs_hash(tmp_path) != before


def test_the_examples_of_the_bot_are_read(knowledge: Knowledge) -> None:
    examples = all_examples(knowledge, load_settings().intents / DISTRESS / "examples")
    tiers = [tier for _, tier, _ in examples]
    assert min(tiers.count(tier) for tier in (0, 1, 2)) > 1_000
