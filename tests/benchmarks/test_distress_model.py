"""What is learned from examples of distress, and how thresholds are chosen."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from benchmarks.distress import Row
from benchmarks.distress_model import (
    JOINED,
    ExamplesError,
    all_examples,
    everyday,
    joined,
    model_of,
    read_examples,
    thresholds_for,
)
from bot.knowledge.library import DISTRESS, Knowledge
from bot.ops.settings import load_settings
from bot.understanding.distress import spoken_words

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


def test_everyday_lines_stand_for_several_messages(tmp_path: Path) -> None:
    path = tmp_path / "everyday-en.yaml"
    path.write_text(
        "lists: {thing: bus|train}\nphrases: |\n  the <thing> (is late|came)\n", "utf-8"
    )
    texts = {text for text, tier, _ in everyday(path) if tier == 0}
    assert texts == {"the bus is late", "the bus came", "the train is late", "the train came"}


def test_several_texts_without_distress_make_a_long_one() -> None:
    made = list(joined(["a", "b"], random.Random(1)))
    assert len(made) == JOINED
    assert all(2 <= len(text.split()) <= 5 and tier == 0 for text, tier, _ in made)


def test_a_model_hears_what_it_learned_and_the_like() -> None:
    model = model_of(EXAMPLES, {"en": (0.0, 0.0)})
    assert model.tier(spoken_words("he hurts me badly")) == "sure"
    assert model.tier(spoken_words("i am so lonely")) == "maybe"
    assert model.tier(spoken_words("when is the next meeting")) is None
    assert bytes(model_of(EXAMPLES, {"en": (0.0, 0.0)})) == bytes(model)


def test_thresholds_leave_no_more_notices_than_wanted() -> None:
    model = model_of(EXAMPLES, {})
    quiet = [Row("he hurts the tree", "en"), Row("hello", "en")]
    chosen = model.with_thresholds(thresholds_for(model, quiet, []))
    assert not [row for row in quiet if chosen.tier(spoken_words(row.text), "en")]
    assert chosen.head.thresholds["en"][0] > model.scores(["hello"]).maybe


def test_the_examples_of_the_bot_are_read(knowledge: Knowledge) -> None:
    examples = all_examples(knowledge, load_settings().intents / DISTRESS / "examples")
    tiers = [tier for _, tier, _ in examples]
    assert min(tiers.count(tier) for tier in (0, 1, 2)) > 1_000
