"""A meeting as the fields of its file: for the database, and to be written out as YAML."""

from __future__ import annotations

import datetime as dt
from typing import Any

import yaml

from bot.knowledge.models import Meeting


def meeting_fields(meeting: Meeting) -> dict[str, Any]:
    """What a file in content/meetings/ would hold, in values that JSON can hold too."""
    fields: dict[str, Any] = _plain(meeting.model_dump(exclude={"key"}, exclude_defaults=True))
    return fields


def meeting_yaml(meeting: Meeting) -> str:
    """The text of that file."""
    return yaml.safe_dump(meeting_fields(meeting), allow_unicode=True, sort_keys=False, width=1000)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        named = ((_plain(name), _plain(one)) for name, one in value.items())
        return {name: one for name, one in named if one is not None}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return value.isoformat() if isinstance(value, dt.date) else value
