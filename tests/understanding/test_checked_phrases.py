"""Phrases in which nothing was found are not searched again until something of them changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.i18n import N_
from bot.knowledge.yaml_source import Finding
from bot.understanding import checked_phrases
from bot.understanding.checked_phrases import check_phrases

from .small import small_world


def test_phrases_without_a_finding_are_searched_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_CACHE_DIR", str(tmp_path / "cache"))
    world = small_world(tmp_path / "world")
    searched: list[Path] = []
    found = [Finding(world.intents / "person.yaml", 1, N_("none"))]

    def search(knowledge: object, intents: Path) -> list[Finding]:
        searched.append(intents)
        return list(found)

    monkeypatch.setattr(checked_phrases, "check_understanding", search)
    # What has a finding is searched each time.
    for count in (1, 2):
        assert check_phrases(world.knowledge(), world.intents) == found
        assert len(searched) == count
    found.clear()
    for _ in range(2):
        assert check_phrases(world.knowledge(), world.intents) == []
        assert len(searched) == 3
    world.change("intents/person.yaml", "kuka on {person}", "kuka on {person}\n    kukas {person}")
    check_phrases(world.knowledge(), world.intents)
    assert len(searched) == 4
    knowledge = world.knowledge()
    community = knowledge.community.model_copy(update={"words": {"fi": {"verkosto": "piiri"}}})
    object.__setattr__(knowledge, "community", community)
    check_phrases(knowledge, world.intents)
    assert len(searched) == 5
