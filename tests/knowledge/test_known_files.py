"""An edit reads the file that was edited, and what is wrong is found as if all were read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.knowledge import loader
from bot.knowledge.known_files import KnownFiles
from bot.knowledge.library import Knowledge
from bot.knowledge.loader import inspect, load
from bot.knowledge.yaml_source import ContentError, Document, parse_yaml

from .world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were parsed."""
    names: list[str] = []

    def noted(path: Path, text: str, **more: Any) -> Document:
        names.append(path.name)
        return parse_yaml(path, text, **more)

    monkeypatch.setattr(loader, "parse_yaml", noted)
    return names


def _read(world: World, known: KnownFiles) -> Knowledge:
    return load(world.content, world.intents, known=known)


def _same(one: Knowledge, other: Knowledge) -> bool:
    names = ("networks", "people", "regions", "municipalities", "meetings", "intents", "details")
    alike = all(getattr(one, name) == getattr(other, name) for name in names)
    return alike and (one.fingerprint, one.phrases) == (other.fingerprint, other.phrases)


def test_only_an_edited_file_is_parsed(world: World, parsed: list[str]) -> None:
    known = KnownFiles()
    before = _read(world, known)
    assert "anna.yaml" in parsed
    parsed.clear()
    assert _same(_read(world, known), before)
    assert parsed == []
    world.change("content/people/anna.yaml", "Anna", "Anni")
    after = _read(world, known)
    assert parsed == ["anna.yaml"]
    assert after.people["anna"].name == "Anni Esimerkki"
    assert all(after.intents[key] is intent for key, intent in before.intents.items())
    assert _same(after, load(world.content, world.intents))


def test_a_file_that_is_gone_is_forgotten(world: World) -> None:
    known = KnownFiles()
    _read(world, known)
    path = world.content / "people" / "anna.yaml"
    text = path.read_text("utf-8")
    path.unlink()
    assert "anna" not in _read(world, known).people
    path.write_text(text, "utf-8")
    assert "anna" in _read(world, known).people


def test_words_of_the_community_change_what_other_files_say(world: World) -> None:
    known = KnownFiles()
    _read(world, known)
    path = world.content / "community.yaml"
    path.write_text(f"{path.read_text('utf-8')}words: {{en: {{who: whoever}}}}\n", "utf-8")
    assert _same(_read(world, known), load(world.content, world.intents))


def test_findings_are_told_each_time(world: World) -> None:
    known = KnownFiles()
    world.change("content/people/anna.yaml", "Anna Esimerkki", "Anna Esimerkki\nphone: 12#34 # x")
    world.write("content/people/double.yaml", "name: [\n")
    _, findings = inspect(world.content, world.intents, known=known)
    _, same = inspect(world.content, world.intents, known=known)
    assert findings == same == inspect(world.content, world.intents)[1]
    assert findings


def test_a_phrase_that_cannot_be_parsed_is_an_error_each_time(world: World) -> None:
    known = KnownFiles()
    assert _read(world, known).phrases == load(world.content, world.intents).phrases
    (path,) = list(world.intents.glob("*.yaml"))[:1]
    path.write_text(path.read_text("utf-8").replace("  fi: |\n", "  fi: |\n    (one\n"), "utf-8")
    for _ in range(2):
        with pytest.raises(ContentError, match="is missing"):
            _read(world, known)
