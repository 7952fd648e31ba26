"""Content as the fields of its file: for the database, and to be written out as YAML."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import yaml

from bot.knowledge.values import PartialDate, Value


def fields_of(value: Value) -> dict[str, Any]:
    """What the file of a person, question or whatever else would hold, in values of JSON.

    Its key is the file's name; fields that are as by default are left out.
    """
    fields = _fields(value)
    fields.pop("key", None)
    return fields


def as_yaml(fields: Mapping[str, Any]) -> str:
    """The text of that file."""
    return yaml.safe_dump(dict(fields), allow_unicode=True, sort_keys=False, width=1000)


def _fields(value: Value) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, field in type(value).model_fields.items():
        given = getattr(value, name)
        if given is not None and given != field.get_default(call_default_factory=True):
            found[name] = _plain(given)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, PartialDate):
        return value.iso()
    if isinstance(value, Value):
        return _fields(value)
    if isinstance(value, Mapping):
        return {_plain(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return value.isoformat() if isinstance(value, dt.date) else value
