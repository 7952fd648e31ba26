"""Phrases that were learned before are parsed when something looks at them, and only then."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.knowledge import loader
from bot.knowledge.library import Knowledge
from bot.knowledge.loader import load
from bot.knowledge.phrases import parse_phrase
from bot.knowledge.yaml_source import ContentError

from .world import World

FALLBACK = """\
question: {fi: Muuta, sv: Annat, en: Other}
topics:
  petrol:
    fi: |
      paljonko bensa maksaa
    sv: |
      vad kostar bensin
    en: |
      what does petrol cost
"""


@pytest.fixture
def parsed(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The phrases that were parsed, in a world that has topics too."""
    world.write("intents/fallback.yaml", FALLBACK)
    texts: list[str] = []

    def noted(text: str, lists: Any) -> Any:
        texts.append(text)
        return parse_phrase(text, lists)

    monkeypatch.setattr(loader, "parse_phrase", noted)
    return texts


def _with_learned(world: World, *fingerprints: str) -> Knowledge:
    return load(world.content, world.intents, is_trained=fingerprints.__contains__)


def test_learned_phrases_are_parsed_when_they_are_looked_at_and_kept_by_what_looked(
    world: World, parsed: list[str]
) -> None:
    whole = world.knowledge()
    expected = list(parsed)
    assert [each.phrase.text for each in whole.phrases] == expected
    parsed.clear()
    learned = _with_learned(world, whole.fingerprint)
    assert parsed == []
    for _ in range(2):
        assert learned.phrases == whole.phrases
        assert parsed == expected
    # Another state of the content does not hold what this one had to parse.
    assert replace(learned, meetings={}).phrases == whole.phrases
    assert parsed == [*expected, *expected]


@pytest.mark.parametrize(
    ("file", "old", "new", "found"),
    [
        ("intents/contacts.yaml", "who answers", "who (answers", "intents/contacts.yaml:16"),
        ("intents/contacts.yaml", "<greet> kuka", "{kunta} kuka", "intents/contacts.yaml:12"),
        ("intents/contacts.yaml", "kuka|ketkä", "(kuka|ketkä", "intents/contacts.yaml:6"),
        ("intents/contacts.yaml", "who: kuka", "whom: kuka", "intents/contacts.yaml:10"),
        ("intents/fallback.yaml", "vad kostar", "vad] kostar", "intents/fallback.yaml:7"),
        ("intents/lexicons/fi.yaml", "greet: hei", "meet: hei", "intents/contacts.yaml:12"),
        ("intents/lexicons/sv.yaml", "greet: hei", "greet: (hei", "intents/lexicons/sv.yaml:2"),
    ],
)
def test_no_edit_that_breaks_a_phrase_is_taken_for_learned(
    world: World, parsed: list[str], file: str, old: str, new: str, found: str
) -> None:
    learned = world.knowledge().fingerprint
    world.change(file, old, new)
    with pytest.raises(ContentError) as caught:
        _with_learned(world, learned)
    assert str(caught.value).startswith(f"{world.root / found}: error: ")


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("intents/contacts.yaml", "who answers", "who is in charge"),
        ("intents/contacts.yaml", "kuka|ketkä", "kuka"),
        ("intents/fallback.yaml", "petrol:\n", "fuel:\n"),
        ("intents/lexicons/fi.yaml", "greet: hei|moi", "greet: hei"),
    ],
)
def test_every_text_of_phrases_is_in_the_fingerprint(
    world: World, parsed: list[str], file: str, old: str, new: str
) -> None:
    before = world.knowledge().fingerprint
    world.change(file, old, new)
    assert world.knowledge().fingerprint != before


def test_comments_and_empty_lines_are_not_in_the_fingerprint(
    world: World, parsed: list[str]
) -> None:
    before = world.knowledge()
    lines = [each.line for each in before.phrases if each.intent == "contacts"]
    world.change("intents/contacts.yaml", "# Kysymykset\n", "# Yksi\n\n    # Toinen\n")
    learned = _with_learned(world, before.fingerprint)
    assert learned.fingerprint == before.fingerprint
    after = [each.line for each in learned.phrases if each.intent == "contacts"]
    assert after == [line + 2 for line in lines]


def test_another_version_of_the_program_checks_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = world.knowledge().fingerprint
    monkeypatch.setattr(loader, "__version__", "0.0.1")
    assert world.knowledge().fingerprint != before


def test_what_was_wrongly_taken_for_learned_is_an_error_when_it_is_looked_at(world: World) -> None:
    line = world.change("intents/contacts.yaml", "who answers", "who (answers")
    knowledge = load(world.content, world.intents, is_trained=lambda fingerprint: True)
    with pytest.raises(ContentError) as caught:
        knowledge.phrases  # noqa: B018
    expected = f"{world.root / 'intents/contacts.yaml'}:{line}: error: the phrase `who (answers`"
    assert str(caught.value).startswith(expected)
