"""Finds old content, for `taikubot check --age DAYS`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterator
from pathlib import Path
from typing import Any

from bot.i18n import N_
from bot.knowledge.library import Knowledge
from bot.knowledge.unread_files import yaml_files
from bot.knowledge.values import PartialDate
from bot.knowledge.yaml_source import ContentError, Document, Finding, YamlPath, read_yaml


def old_content(
    knowledge: Knowledge,
    content: Path,
    today: dt.date,
    days: int,
    renewed: Container[str] = (),
) -> list[Finding]:
    """A warning for each source older than `days`, with the number of its statements.

    `renewed` are the keys of persons whose source was renewed in the chat.
    """
    found: list[Finding] = []
    for path in _files(content):
        if path.parent.name == "people" and path.stem in renewed:
            continue
        document = read_yaml(path)
        for where, since, date in _dates(document):
            age = (today - date.last_day()).days
            if age > days:
                statements = _count_statements(document.data, where)
                dates = (
                    N_("{since} to {date}", since=since, date=date.iso()) if since else date.iso()
                )
                message = N_("old: this source is {age} days old ({dates})", age=age, dates=dates)
                if statements:
                    message = N_(
                        "old: this source is {age} days old ({dates}); {count} statements "
                        "rest on it",
                        age=age,
                        dates=dates,
                        count=statements,
                    )
                found.append(document.finding(where, message, "warning"))
        for where, day in _looked_for(document):
            age = (today - day).days
            if age > days:
                message = N_("this was looked for in vain {age} days ago: look again", age=age)
                found.append(document.finding(where, message, "warning"))
    return sorted(found)


def _looked_for(document: Document) -> Iterator[tuple[YamlPath, dt.date]]:
    """Where a file says when something was last looked for in vain."""
    for at in ((), ("contact_point",)):
        fields = document.data.get(at[0]) if at else document.data
        sought = fields.get("not_found") if isinstance(fields, dict) else None
        for name, day in (sought or {}).items():
            yield (*at, "not_found", name), dt.date.fromisoformat(day)


def days_since_news(content: Path, today: dt.date) -> int:
    """Days since the newest date of a source: how long ago something was last looked up.

    0 where there is none or a file cannot be read.
    """
    try:
        dates = [date for path in _files(content) for _, _, date in _dates(read_yaml(path))]
    except ContentError:
        return 0
    return max(0, min(((today - date.last_day()).days for date in dates), default=0))


def _files(content: Path) -> list[Path]:
    """The files whose statements name sources."""
    folders = (content / name for name in ("networks", "people", "questions"))
    return [content / "community.yaml", *(path for one in folders for path in yaml_files(one))]


def _dates(document: Document) -> Iterator[tuple[YamlPath, str, PartialDate]]:
    """For each source with a date: the position of `date`, `since` or an empty text, and `date`."""
    listed = document.data.get("sources") or {}
    sources: dict[YamlPath, Any] = {("sources", key): source for key, source in listed.items()}
    sources["source",] = document.data.get("source")
    for where, source in sources.items():
        if isinstance(source, dict) and source.get("date"):
            yield (*where, "date"), source.get("since") or "", PartialDate.parse(source["date"])


def _count_statements(data: Any, where: YamlPath) -> int:
    """The number of statements in a file that name the source at a position."""
    if len(where) != 3:
        return 0
    if isinstance(data, dict):
        return (data.get("source") == where[1]) + sum(
            _count_statements(value, where) for key, value in data.items() if key != "sources"
        )
    if isinstance(data, list):
        return sum(_count_statements(item, where) for item in data)
    return 0
