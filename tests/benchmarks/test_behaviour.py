"""What the check of behaviour leaves out of what it compares, and that nothing else is left out."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from benchmarks.behaviour import Section, report
from benchmarks.behaviour_content import DAMAGES, broken_copies
from benchmarks.behaviour_walks import actions, filled

ONE, OTHER = "0f8fad5b-d9cb-469f-a165-70867728950e", "7c9e6679-7425-40de-944b-e07fc1f90ae7"
CARD: dict[str, Any] = {
    "type": "AdaptiveCard",
    "body": [
        {"type": "Input.Text", "id": "title", "value": "Kept"},
        {"type": "ColumnSet", "columns": [{"items": [{"type": "Input.Date", "id": "day"}]}]},
        {
            "type": "ActionSet",
            "actions": [
                {"type": "Action.Execute", "title": "Go", "fallback": {"type": "Action.Submit"}},
                {"type": "Action.OpenUrl", "title": "Read", "url": "https://example.org"},
            ],
        },
    ],
}


def lines(*items: Any) -> list[str]:
    section = Section("answers", "/tmp/run")
    section.add(items)
    return section.lines


def test_what_differs_from_run_to_run_is_left_out() -> None:
    first = lines(f"{ONE} {OTHER} {ONE}", "Sent at 10.18", "http://127.0.0.1:4711/x", "/tmp/run/a")
    assert first == lines(
        f"{OTHER} {ONE} {OTHER}", "Sent at 10.21", "http://127.0.0.1:9/x", "/tmp/run/a"
    )
    assert first[0] == '"<id 1> <id 2> <id 1>"'
    assert first[3] == '"<folder>/a"'


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kuka?", "Kuka ?"),
        ({"confidence": 0.9123}, {"confidence": 0.9124}),
        (f"{ONE} {OTHER}", f"{ONE} {ONE}"),
        ("at 12.18", "at 12.19"),
        ("08.30", "08.00"),
        ("2026-12-10T08:30+02:00", "2026-12-10T08:31+02:00"),
    ],
)
def test_any_other_difference_makes_another_hash(one: Any, other: Any) -> None:
    made = []
    for item in (one, other):
        section = Section("answers", "/tmp/run")
        section.add([item])
        made.append(report([section]))
    assert made[0] != made[1]


def test_buttons_that_reach_the_bot_are_pressed_and_fields_filled() -> None:
    assert [one["title"] for one in actions(CARD)] == ["Go"]
    typed = [filled(CARD, random.Random(seed), careful=True) for seed in range(20)]
    assert all(one["title"] and one["day"] > "2026-12-08" for one in typed)
    assert {one["title"] == "Kept" for one in typed} == {True, False}


def test_each_damage_changes_every_file(tmp_path: Path) -> None:
    root = tmp_path / "root"
    for name in ("content", "intents"):
        (root / name).mkdir(parents=True)
        text = "name:\n  fi: Nimi {a}\n  sv: Namn\nregions: [lappi]\nphrases: |\n    (a|b) c\n"
        (root / name / "one.yaml").write_text(text)
    copies = broken_copies(root, tmp_path / "copies", 1)
    assert len(copies) == len(DAMAGES) + 1
    for copy in copies[:-1]:
        for name in ("content", "intents"):
            file = Path(name, "one.yaml")
            assert (copy / file).read_text() != (root / file).read_text(), copy
