"""Activities from JSON and to JSON.

The models are botbuilder's; reading and writing them is our own, because msrest spends about
0.25 ms on a turn looking up what never changes, and because its model spells the tenant of a
conversation `tenantID` while the protocol says `tenantId`, which loses it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple

import botbuilder.schema as schema
from botbuilder.core import InvokeResponse
from botbuilder.schema import Activity
from msrest.serialization import Model

Reader = Callable[[Any], Any]


class MalformedJson(ValueError):
    """No JSON, or JSON of another shape than the model; the text says what is wrong."""


def parse(body: bytes) -> Any:
    """The value of a JSON text in UTF-8; raises `MalformedJson` if it is no such thing."""
    try:
        return _DECODER.decode(body.decode())
    except (ValueError, RecursionError):
        # RecursionError: a few hundred kilobytes of brackets are JSON too deep to read.
        raise MalformedJson("The body is not JSON.") from None


def dump(value: Any) -> bytes:
    """Models, and whatever JSON holds them, as a JSON text; what is None in a model is left out."""
    return _ENCODER.encode(value).encode()


def read_activity(data: dict[str, Any]) -> Activity:
    """The activity in a JSON object; raises `MalformedJson` if a field has the wrong type."""
    return read(Activity, data)


def read(model: type[Model], data: Any) -> Any:
    """A botbuilder model from a JSON object; unknown keys go to `additional_properties`."""
    if not isinstance(data, dict):
        raise MalformedJson(f"A JSON object is needed where {data!r:.40} stands.")
    blank, readers, _ = _plan(model)
    values = blank.copy()
    unknown: dict[str, Any] = {}
    for key, value in data.items():
        field = readers.get(key)
        if field is None:
            unknown[key] = value
        elif value is not None:
            name, reader = field
            try:
                values[name] = reader(value)
            except MalformedJson:
                raise
            except (ValueError, TypeError, OverflowError):
                raise MalformedJson(f'The field "{key}" has a wrong value.') from None
    values["additional_properties"] = unknown
    made = model.__new__(model)
    made.__dict__ = values
    return made


class _Plan(NamedTuple):
    """What msrest works out on every call, and we once for each model."""

    blank: dict[str, Any]
    readers: dict[str, tuple[str, Reader]]
    writers: dict[str, str]


_PLANS: dict[type[Model], _Plan] = {}


def _plan(model: type[Model]) -> _Plan:
    if model not in _PLANS:
        _PLANS[model] = _make_plan(model)
    return _PLANS[model]


def _make_plan(model: type[Model]) -> _Plan:
    blank = vars(model()).copy()
    readers: dict[str, tuple[str, Reader]] = {}
    writers: dict[str, str] = {}
    for name, field in model._attribute_map.items():
        if name == "additional_properties":
            continue
        readers[field["key"]] = (name, _reader(field["type"]))
        key = "tenantId" if name == "tenant_id" else field["key"]
        readers[key] = readers[field["key"]]
        writers[name] = key
    return _Plan(blank, readers, writers)


def _reader(type_: str) -> Reader:
    if type_ in _READERS:
        return _READERS[type_]
    if type_.startswith("["):
        item = _reader(type_[1:-1])
        return lambda value: [item(each) for each in _of(list, value) if each is not None]
    if type_.startswith("{"):
        item = _reader(type_[1:-1])
        return lambda value: {key: item(each) for key, each in _of(dict, value).items()}
    model = getattr(schema, type_)
    # Channels are known to send "" where an object is meant to be absent.
    return lambda value: None if value == "" else read(model, value)


def _of(type_: type, value: Any) -> Any:
    if not isinstance(value, type_):
        raise TypeError
    return value


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    # As msrest: some channels send numbers for ids.
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise TypeError


_READERS: dict[str, Reader] = {
    "str": _text,
    "bool": lambda value: _of(bool, value),
    "int": lambda value: _of(int, value),
    "iso-8601": lambda value: dt.datetime.fromisoformat(_of(str, value)),
    "object": lambda value: value,
}


def _plain(value: Any) -> Any:
    """One level of a value that JSON does not know; what is inside comes here in its turn."""
    if isinstance(value, Model):
        keys = _plan(type(value)).writers
        # Of dozens of fields a few are set.
        plain = {
            keys[name]: inner
            for name, inner in vars(value).items()
            if inner is not None and name in keys
        }
        return {**value.additional_properties, **plain} if value.additional_properties else plain
    if isinstance(value, InvokeResponse):
        return {"status": value.status, "body": value.body}
    if isinstance(value, dt.datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
        return aware.isoformat().replace("+00:00", "Z")
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


# Made once: `json.loads` and `json.dumps` make theirs anew at every call.
_DECODER = json.JSONDecoder(parse_constant=_no_constant)
_ENCODER = json.JSONEncoder(default=_plain, separators=(",", ":"))
