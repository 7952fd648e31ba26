"""Editors are told what is wrong in Finnish, Swedish and English, in words of their own."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.answers.templates import check_templates
from bot.i18n import N_, Message, pN_
from bot.knowledge.loader import inspect, read_model
from bot.knowledge.models import Community, Intent, Lexicon, Meeting, Network, Person
from bot.knowledge.values import LANGUAGES, Language, Value
from bot.knowledge.yaml_source import ContentError, Finding

from .test_bad_content import DAMAGES, TEAMS_APP, Damage
from .test_bad_yaml import UNREADABLE
from .world import FILES, World

BOT = Path(__file__).parents[2] / "bot"
MODULES = {path: ast.parse(path.read_text("utf-8")) for path in sorted(BOT.rglob("*.py"))}


def _said(finding: Finding) -> dict[Language, str]:
    return {language: finding.said(language) for language in LANGUAGES}


def _findings(world: World) -> list[Finding]:
    _, findings = inspect(world.content, world.intents, checks=[check_templates])
    return findings


def test_what_checks_the_fields_of_files_raises_nothing_without_a_sentence() -> None:
    checking = [*(BOT / "knowledge").glob("*.py"), BOT / "announcements/permissions.py"]
    raised = {
        ast.unparse(node.exc.func if isinstance(node.exc, ast.Call) else node.exc)
        for path in checking
        for node in ast.walk(MODULES[path])
        if isinstance(node, ast.Raise) and node.exc is not None
    }
    assert raised == {
        "ContentError",
        "LocalTimeError",
        "PhraseError",
        "SignError",
        "InvalidValueError",
    }


# What is said of broken files


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.kind)
def test_each_fault_of_content_is_said_in_each_language(world: World, damage: Damage) -> None:
    world.change(damage.file, damage.old, damage.new)
    _, (finding,) = inspect(world.content, world.intents)
    _assert_spoken(finding)


@pytest.mark.parametrize("text", [text for text, _, _ in UNREADABLE.values()], ids=[*UNREADABLE])
def test_each_fault_of_a_file_is_said_in_each_language(world: World, text: str | bytes) -> None:
    world.write("content/people/anna.yaml", text)
    _, (finding,) = inspect(world.content, world.intents)
    _assert_spoken(finding)


def _assert_spoken(finding: Finding) -> None:
    said = _said(finding)
    start = f"{finding.path}:{finding.line}: {finding.severity}: "
    assert len(set(said.values())) == len(LANGUAGES)
    assert all(text.startswith(start) and "\n" not in text for text in said.values())
    assert str(finding) == said["en"]


@pytest.mark.parametrize(
    ("old", "new", "fi", "sv"),
    [
        (
            "role:\n  fi: koordinaattori\n  sv: koordinator\n",
            "role:\n  fi: koordinaattori\n",
            "`role.sv` puuttuu: kirjoita teksti myös tällä kielellä",
            "`role.sv` saknas: skriv texten också på det språket",
        ),
        (
            "phone:",
            "telephone:",
            "tässä ei ole kenttää `telephone`; kentät ovat: name, role, organisation, phone, "
            "email, networks, regions, valid_from, valid_until, note, source",
            "fältet `telephone` finns inte här; fälten är: name, role, organisation, phone, "
            "email, networks, regions, valid_from, valid_until, note, source",
        ),
        (
            "networks: [north]",
            "networks: [north, west]",
            "verkostoa `west` ei ole; verkostot ovat: north",
            "nätverket `west` finns inte; nätverken är: north",
        ),
        (
            "name: Anna Esimerkki",
            "name: Anna: Esimerkki",
            "riviä ei voi lukea: jos tekstissä on kaksoispiste, pane tekstin ympärille "
            "lainausmerkit; yhteen kuuluvat rivit alkavat samasta kohdasta",
            "raden kan inte läsas: sätt citattecken runt en text som innehåller kolon; rader som "
            "hör ihop börjar lika långt in",
        ),
    ],
)
def test_the_sentences_are_those_of_the_editor_s_language(
    world: World, old: str, new: str, fi: str, sv: str
) -> None:
    world.change("content/people/anna.yaml", old, new)
    (finding,) = _person(world)
    assert (finding.message.said("fi"), finding.message.said("sv")) == (fi, sv)


def _person(world: World) -> list[Finding]:
    return [one for one in _findings(world) if one.path.name == "anna.yaml"]


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_the_editor_s_guide_shows_what_is_really_said(language: Language) -> None:
    guide = (BOT.parent / f"docs/guides/editor.{language}.md").read_text("utf-8")
    phone = N_("`{given}` is not a phone number: write it as 0400 123 456", given="040O 123 456")
    old = N_("old: this source is {age} days old ({dates})", age=1146, dates="2023-10-03")
    assert f".yaml:11: error: {phone.said(language)}\n" in guide
    assert f".yaml:21: warning: {old.said(language)}\n" in guide


MORE = {
    "content/community.yaml": f"{TEAMS_APP}  accent: '#0b6158'\n",
    "content/meetings/coffee.yaml": (
        "revision: 1\ncancelled: false\nplace: {fi: Talo}\n"
        "registration: {url: https://example.org, deadline: 2026-01-01}\n"
    ),
}
"""Fields that the small community leaves out."""

WRONG_VALUES: list[Any] = ["   ", "Ää 1", "-1", "x" * 5000, [], ["x"], {}, {"a": "b"}]
BROKEN_LINES = [
    *("\t{}", " {}", "{}: x", "{}]", "- {}", "? {}", "%{}", "{}\n---", "{}\n..."),
    *("a: [{}", "a: {{{}", "a: '{}", 'a: "\\q{}"', "a: @{}", "a: !x!{}", "a: *{}", "a: | {}"),
]
IN_OTHERS_WORDS = (
    pN_("not usable", "`{name}`: {original}"),
    pN_("not yaml", "this is not YAML: {original}"),
)


@cache
def _sentences_for_the_rest() -> frozenset[str]:
    """How those sentences begin that are kept for what nobody foresaw."""
    texts = (one.said(code) for one in IN_OTHERS_WORDS for code in ("fi", "sv"))
    return frozenset(text.partition("}")[2] or text for text in texts)


MODELS: dict[str, type[Value]] = {
    "content/community.yaml": Community,
    "content/networks/north.yaml": Network,
    "content/people/anna.yaml": Person,
    "content/meetings/coffee.yaml": Meeting,
    "intents/contacts.yaml": Intent,
    "intents/lexicons/fi.yaml": Lexicon,
}


@pytest.mark.parametrize("file", MODELS)
def test_every_wrong_value_has_a_sentence_of_its_own(tmp_path: Path, file: str) -> None:
    data = yaml.load(FILES[file] + MORE.get(file, ""), Loader=yaml.CBaseLoader)
    checked = 0
    for where in _places(data, ()):
        for value in WRONG_VALUES:
            text = json.dumps(_with(data, where, value))  # which is YAML too
            checked += _foreseen(MODELS[file], tmp_path / "wrong.yaml", text)
    assert checked > 30


@pytest.mark.parametrize("broken", BROKEN_LINES)
def test_every_line_that_is_no_yaml_has_a_sentence_of_its_own(tmp_path: Path, broken: str) -> None:
    checked = 0
    for file, model in MODELS.items():
        lines = FILES[file].split("\n")
        for number, line in enumerate(lines):
            damaged = [*lines[:number], broken.format(line.strip()), *lines[number + 1 :]]
            checked += _foreseen(model, tmp_path / "wrong.yaml", "\n".join(damaged))
    assert checked > 50


def _foreseen(model: type[Value], path: Path, text: str) -> int:
    """Checks how the faults of a file are told; gives how many there are."""
    path.write_text(text, "utf-8")
    try:
        read_model(model, path)
    except ContentError as error:
        for finding in error.findings:
            assert isinstance(finding.message, Message)
            said = f"{finding.said('fi')} {finding.said('sv')}"
            assert not any(rest in said for rest in _sentences_for_the_rest()), finding
        return len(error.findings)
    return 0


def _places(value: Any, where: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if where:
        yield where
    if isinstance(value, dict | list):
        for key, below in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _places(below, (*where, key))


def _with(value: Any, where: tuple[str | int, ...], new: Any) -> Any:
    if not where:
        return new
    copied = value.copy()
    copied[where[0]] = _with(value[where[0]], where[1:], new)
    return copied
