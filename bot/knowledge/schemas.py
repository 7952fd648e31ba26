"""JSON Schemas of the YAML files, made from the models: editors complete and underline by them.

They describe single files; `taikubot check` checks references between files as well.
"""

from __future__ import annotations

import json
from typing import Any

from bot.knowledge.models import (
    Community,
    Detail,
    DistressSigns,
    Intent,
    Lexicon,
    Meeting,
    Municipality,
    Network,
    OtherLanguages,
    Person,
    Region,
)
from bot.knowledge.question_pairs import Question
from bot.knowledge.values import LANGUAGES, Value

DIALECT = "https://json-schema.org/draft/2020-12/schema"

FILES: dict[str, type[Value]] = {
    "community": Community,
    "network": Network,
    "person": Person,
    "meeting": Meeting,
    "question": Question,
    "intent": Intent,
    "detail": Detail,
    "lexicon": Lexicon,
    "distress": DistressSigns,
    "other_languages": OtherLanguages,
}
LISTS: dict[str, type[Value]] = {"regions": Region, "municipalities": Municipality}


def schemas() -> dict[str, dict[str, Any]]:
    """Name -> schema of each kind of file."""
    found = {name: _as_written(model.model_json_schema()) for name, model in FILES.items()}
    for schema in found.values():
        # The file's name is the key; it does not stand in the file.
        schema["properties"].pop("key", None)
        schema["required"] = [field for field in schema.get("required", ()) if field != "key"]
    for name, model in LISTS.items():
        each = _as_written(model.model_json_schema())
        definitions = each.pop("$defs", {})
        found[name] = {
            "type": "object",
            "properties": {name: {"type": "array", "items": each}},
            "required": [name],
            "additionalProperties": False,
            "$defs": definitions,
        }
    return {name: {"$schema": DIALECT, **schema} for name, schema in found.items()}


def as_text(schema: dict[str, Any]) -> str:
    """A schema as its file holds it."""
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


def _as_written(schema: Any) -> Any:
    """The schema of what editors see: `112` is a number to them and a text to the loader.

    A field left empty is as good as none, so anything may be null that may be left out.
    """
    if isinstance(schema, list):
        return [_as_written(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: _as_written(each) for name, each in schema.items()}
    if found.get("type") == "string" and "enum" not in found and "const" not in found:
        found["type"] = ["string", "number", "boolean"]
    needed = found.get("required", ())
    for name, each in found.get("properties", {}).items():
        if name not in needed:
            each.pop("default", None)
            if {"type": "null"} not in each.get("anyOf", ()):
                kept = {word: each.pop(word) for word in ("title", "description") if word in each}
                found["properties"][name] = {**kept, "anyOf": [each, {"type": "null"}]}
    if needed:
        # Which languages are wanted, community.yaml says.
        found["required"] = [name for name in needed if name not in LANGUAGES]
    return found
