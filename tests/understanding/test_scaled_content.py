"""The larger content of the benchmark is content: it loads, and it is as large as it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import scaled_content
from benchmarks.scaled_content import grow
from bot.knowledge.loader import load

from .small import small_world


def test_content_grown_loads_and_has_so_many_of_all(tmp_path: Path) -> None:
    world = small_world(tmp_path / "world")
    before = world.knowledge()
    content, intents = grow(world.content, world.intents, tmp_path / "grown", 3)
    after = load(content, intents)
    for name in ("networks", "people", "regions", "municipalities", "phrases"):
        assert len(getattr(after, name)) == 3 * len(getattr(before, name))
    assert len({phrase.phrase.text for phrase in after.phrases}) >= 3 * len(
        {phrase.phrase.text for phrase in before.phrases}
    )
    assert len({person.name for person in after.people.values()}) == 3 * len(before.people)


def test_only_municipalities_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scaled_content, "MOST_PLACES", 2)
    world = small_world(tmp_path / "world")
    before = world.knowledge()
    after = load(*grow(world.content, world.intents, tmp_path / "grown", 4))
    assert len(after.municipalities) == 2 * len(before.municipalities)
    for name in ("networks", "people", "regions", "phrases"):
        assert len(getattr(after, name)) == 4 * len(getattr(before, name))


def test_content_grown_is_the_same_every_time(tmp_path: Path) -> None:
    world = small_world(tmp_path / "world")
    prints = [
        load(*grow(world.content, world.intents, tmp_path / name, 2)).fingerprint
        for name in ("one", "other")
    ]
    assert prints[0] == prints[1]
