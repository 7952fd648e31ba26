"""What is learned from examples of distress, and how thresholds are chosen."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

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
from benchmarks.distress_thresholds import Heard, sign_counts, thresholds_for
from bot.knowledge.library import DISTRESS, Knowledge
from bot.knowledge.models import DistressSigns
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


def test_thresholds_leave_as_many_notices_as_wanted() -> None:
    model = model_of(EXAMPLES, EMPTY)
    signs = DistressFinder({"en": DistressSigns.model_validate({"sure": {"danger": "fire"}})})
    cries = Heard(
        model, signs, [Row(f"he hurts me fire {at}", "en", "", "sure") for at in range(9)]
    )
    near = Heard(model, signs, [Row(f"the meeting number{at}", "en") for at in range(80)])
    quiet = Heard(model, signs, [Row("hello", "en"), Row("fire engine", "en")] * 20)
    counts = sign_counts(cries, (quiet, near))
    assert counts["sure"][0] > 0  # All cries have a sign, most other texts none.
    assert counts["maybe"] == (0.0, 0.0)
    maybe, sure = thresholds_for(counts, quiet, near)["en"]
    for each in (quiet, near):
        more = [counts["sure"] if sign == 2 else (0.0, 0.0) for sign in each.signs]
        assert all(each.scores[:, 0] + [both[0] for both in more] < maybe)
        assert all(each.scores[:, 1] + [both[1] for both in more] < sure)


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
