"""What is said of a meeting that was announced already, or will be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from bot.announcements.model import Announcement, State
from bot.answers.dates import instant
from bot.i18n import N_, Message, translator
from bot.knowledge.values import Language

from ..cards import Json
from . import elements as e

ANNOUNCED: Mapping[tuple[str, bool], Message] = {
    ("announcement", False): N_("Announced {time}"),
    ("announcement", True): N_("To be announced {time}"),
    ("reminder", False): N_("Reminded {time}"),
    ("reminder", True): N_("Reminder to come {time}"),
    ("news", False): N_("Told of a change {time}"),
    ("news", True): N_("Told of a change {time}"),
}
"""What the list says of what was announced, and whether that is still to come."""

MOST_ANNOUNCED = 3
"""Announcements that the list shows of a meeting: the newest."""


def announced_lines(
    announcements: Iterable[Announcement], zone: dt.tzinfo, language: Language
) -> list[Json]:
    """When a meeting was announced, and what will come: a line each of the newest."""
    _ = translator(language)
    lines: list[Json] = []
    timed = [one for one in announcements if one.send_at is not None]
    if (more := len(timed) - MOST_ANNOUNCED) > 0:
        older = _.ngettext("and {count} earlier one", "and {count} earlier ones", more)
        lines.append(e.subline(older, isSubtle=True))
    for one in timed[-MOST_ANNOUNCED:]:
        assert one.send_at is not None
        what = "news" if one.previous else "reminder" if one.reminder else "announcement"
        said = ANNOUNCED[what, one.state is State.SCHEDULED]
        time = instant(one.send_at.astimezone(zone), language)
        lines.append(e.subline(said.filled(time=time).said(language), isSubtle=True))
    return lines


def announced_before(
    announcements: Iterable[Announcement], zone: dt.tzinfo, language: Language
) -> list[Json]:
    """What to look at before a meeting is announced once more; empty where it never was."""
    lines = announced_lines(announcements, zone, language)
    if not lines:
        return []
    _ = translator(language)
    said = e.warning([_("This meeting was announced already:")])
    said["items"] += lines
    return [said]
