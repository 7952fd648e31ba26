"""The JSON Schemas that editors use: as new as the models, and true of the files."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bot.knowledge.schemas import as_text, schemas

from .world import FILES

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "content" / ".schema"


_Safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # as the bot's own loader does


class _AsEditors(_Safe):  # type: ignore[misc]
    """Reads values as editors do, by YAML 1.2: a date is a text, only true and false are such."""


_AsEditors.yaml_implicit_resolvers = {
    sign: [
        (tag, re.compile("true|false") if tag.endswith("bool") else pattern)
        for tag, pattern in resolvers
        if not tag.endswith("timestamp")
    ]
    for sign, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _settings() -> dict[str, list[str]]:
    """Schema -> the files it is for, as the editor's settings say."""
    told = json.loads((ROOT / ".vscode" / "settings.json").read_text())["yaml.schemas"]
    return {
        Path(name).stem: [places] if isinstance(places, str) else places
        for name, places in told.items()
    }


def _schema_of(name: str) -> str:
    # In an editor's settings `*` stops at a folder's end.
    (found,) = (
        schema
        for schema, places in _settings().items()
        for place in places
        if fnmatch(name, place) and name.count("/") == place.count("/")
    )
    return found


def _wrong(name: str, text: str) -> list[str]:
    validator = jsonschema.Draft202012Validator(schemas()[_schema_of(name)])
    value: Any = yaml.load(text, _AsEditors)
    return [error.message for error in validator.iter_errors(value)]


def test_the_schemas_are_up_to_date() -> None:
    """`taikubot schema` writes them anew."""
    made = {f"{name}.json": as_text(schema) for name, schema in schemas().items()}
    assert {path.name: path.read_text("utf-8") for path in FOLDER.iterdir()} == made


def test_the_schemas_are_schemas() -> None:
    for schema in schemas().values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_the_editors_settings_name_every_schema_once() -> None:
    assert sorted(_settings()) == sorted(schemas())


SHIPPED = [
    str(path.relative_to(ROOT))
    for folder in ("content", "intents")
    for path in sorted((ROOT / folder).rglob("*.yaml"))
    if not path.name.startswith("_") and path.parent.name != "examples"
]
"""Without the examples of distress: the program reads none, a benchmark learns from them."""


@pytest.mark.parametrize("name", SHIPPED)
def test_the_schemas_are_true_of_the_files_that_come_with_the_bot(name: str) -> None:
    assert _wrong(name, (ROOT / name).read_text("utf-8")) == []


@pytest.mark.parametrize("name", sorted(FILES))
def test_the_schemas_are_true_of_a_small_community(name: str) -> None:
    assert _wrong(name, FILES[name]) == []


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("content/people/anna.yaml", "phone:", "telephone:"),
        ("content/people/anna.yaml", "name: Anna Esimerkki\n", ""),
        ("content/networks/north.yaml", "regions: [north]", "regions: north"),
        ("content/networks/north.yaml", "regions: [north]", "regions: [Pohjoismaa!]"),
        ("content/networks/north.yaml", "en: North}", "no: North}"),
        ("content/networks/north.yaml", "url: https", "url: htps"),
        ("content/meetings/coffee.yaml", "kind: morning_coffee", "kind: Coffee!"),
        ("content/meetings/coffee.yaml", "start: 2026-01-08 08:30\n", ""),
        ("content/places/regions.yaml", "key: north", "kye: north"),
        ("content/community.yaml", "bot_name: Bot\n", ""),
        ("intents/contacts.yaml", "question:", "questions:"),
        ("intents/lexicons/fi.yaml", "openings: hei\n", ""),
    ],
)
def test_an_editor_underlines_what_check_would_find(name: str, old: str, new: str) -> None:
    assert old in FILES[name]
    assert _wrong(name, FILES[name].replace(old, new, 1))
