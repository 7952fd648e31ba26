"""What the benchmark of distress counts."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.distress import Heard, Row, failures, false_notices, hear, read_rows, recall
from bot.knowledge.models import DistressSigns
from bot.understanding.distress import DistressFinder

FINDER = DistressFinder(
    {"en": DistressSigns.model_validate({"sure": {"danger": "fire"}, "maybe": {"alone": "lonely"}})}
)


def heard(*rows: Row) -> list[Heard]:
    return hear(FINDER, rows)


def test_a_folder_is_read_as_its_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        line = json.dumps({"text": name, "lang": "fi", "kind": "danger", "tier": "sure"})
        (tmp_path / f"{name}.jsonl").write_text(f"{line}\n", "utf-8")
    (tmp_path / "README.md").write_text("no row", "utf-8")
    assert read_rows(tmp_path) == [
        Row("a", "fi", "danger", "sure"),
        Row("b", "fi", "danger", "sure"),
    ]
    assert len(read_rows(tmp_path / "a.jsonl")) == 1


def test_cries_are_counted_by_language_and_kind() -> None:
    cries = heard(
        Row("fire", "en", "danger", "sure"),
        Row("water", "en", "danger", "sure"),
        Row("lonely", "en", "alone", "maybe"),
    )
    said = [" ".join(line.split()) for line in recall(cries)]
    assert said == [
        "en 2 of 3 66.7% sure 1 of 2",
        "alone 1 of 1 100.0%",
        "danger 1 of 2 50.0% sure 1 of 2",
    ]


def test_false_notices_are_counted_in_a_thousand() -> None:
    said = [
        " ".join(line.split()) for line in false_notices(heard(Row("fire", "en"), Row("x", "en")))
    ]
    assert said == ["en 1 of 2 500.0 in 1,000 sure 1"]


def test_what_went_wrong_is_listed() -> None:
    cries, others = (
        heard(Row("water", "en", "danger")),
        heard(Row("lonely pine", "en"), Row("x", "en")),
    )
    assert list(failures(cries, others)) == [
        "missed (en, danger): water",
        "false (en, maybe alone, `lonely`): lonely pine",
    ]
