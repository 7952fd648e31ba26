"""Wordings that two intents share are errors; few phrases are a warning."""

from __future__ import annotations

from pathlib import Path

from bot.understanding.phrase_check import FEWEST_PHRASES, check_understanding

from .small import small_world


def _findings(root: Path, *changes: tuple[str, str, str]) -> list[str]:
    world = small_world(root)
    for name, old, new in changes:
        world.change(name, old, new)
    found = check_understanding(world.knowledge(), world.intents)
    return [str(finding).replace(f"{world.intents}/", "") for finding in found]


def test_a_wording_of_two_intents_is_an_error_on_its_line(tmp_path: Path) -> None:
    shared = _findings(
        tmp_path, ("intents/person.yaml", "kuka on {person}", "kuka on {person}\n    Ketkä vastaa?")
    )
    assert [line for line in shared if ": error: " in line] == [
        "person.yaml:7: error: the wording `Ketkä vastaa?` stands in contacts.yaml line 10 as "
        "well; keep it where it belongs"
    ]


def test_the_same_wording_in_two_languages_is_no_error(tmp_path: Path) -> None:
    found = _findings(
        tmp_path, ("intents/person.yaml", "vem är {person}", "vem är {person}\n    ketkä vastaa")
    )
    assert [line for line in found if ": error: " in line] == []


def test_an_intent_with_few_phrases_is_a_warning_by_language(tmp_path: Path) -> None:
    found = _findings(tmp_path)
    assert (
        "contacts.yaml:1: warning: only 2 phrases in `fi`: write 20 or more, each another idea of "
        "asking"
    ) in found
    # Two intents in three languages; what is refused may be short.
    assert len(found) == 6
    assert FEWEST_PHRASES == 20
