"""Who did what: `record`."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from bot.commands.announce import with_service
from bot.commands.shared import exit_with
from bot.i18n import own_language, pN_, translator
from bot.knowledge.values import FIRST_YEAR, LAST_YEAR

if TYPE_CHECKING:
    from bot.announcements.model import Entry
    from bot.announcements.service import Announcements

commands = typer.Typer()

KINDS = {
    "channel": pN_("kind of conversation", "channel"),
    "group": pN_("kind of conversation", "group"),
}
"""The conversations whose follows are recorded."""


@commands.command()
def record(
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="From this day on: 2026-12-10.")
    ] = None,
    network: Annotated[
        str | None, typer.Option(metavar="KEY", help="What concerns this network.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Tells who announced, edited, recalled, changed meetings or followed, the oldest first."""
    from bot.announcements.model import COMMAND

    day = _day(since) if since is not None else None

    async def do(service: Announcements) -> None:
        start = dt.datetime.combine(day, dt.time(), service.zone) if day else None
        async for entry in service.recorded(COMMAND, start, network):
            name = service.name_of(entry)
            print(_json(entry, name) if as_json else _line(entry, name, service.zone))

    with_service(do)


def _day(text: str) -> dt.date:
    try:
        day = dt.date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        day = None
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        _ = translator(own_language())
        exit_with(_("--since: this is not a date: write 2026-12-10."), 2)
    return day


def _json(entry: Entry, name: str | None) -> str:
    who = entry.who.id if entry.who else None
    return json.dumps(
        {
            "at": entry.at.isoformat(timespec="seconds"),
            "by": entry.by,
            "id": who,
            "name": name if name != who else None,
            "action": entry.action,
            "subject": entry.subject,
            "networks": list(entry.networks),
        },
        ensure_ascii=False,
    )


def _line(entry: Entry, name: str | None, zone: ZoneInfo) -> str:
    from bot.announcements.record import ACTOR_WORDS, action_words

    language = own_language()
    kind = KINDS.get(entry.subject)
    parts = (
        f"{entry.at.astimezone(zone):%Y-%m-%d %H:%M}",
        name or ACTOR_WORDS[entry.by].said(language),
        action_words(entry).said(language),
        kind.said(language) if kind else entry.subject,
        ", ".join(entry.networks),
    )
    return "  ".join(part for part in parts if part)
