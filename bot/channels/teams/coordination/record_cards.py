"""Who did what, as cards show it: who announced something, and all that was done with it."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from bot.announcements.model import Entry, Report
from bot.announcements.record import ACTION_WORDS, ACTOR_WORDS
from bot.announcements.service import Announcements
from bot.answers import dates
from bot.i18n import translator
from bot.knowledge.values import Language

from ..cards import Json
from . import elements as e
from .card_actions import button


def announced_by(
    report: Report, announcements: Announcements, zone: ZoneInfo, language: Language
) -> list[Json]:
    """The line that says who announced something and when; none where nobody knows."""
    if report.made is None:
        return []
    _ = translator(language)
    who = _actor(report.made, announcements, language)
    when = dates.instant(report.made.at.astimezone(zone), language)
    line = _("Announced by: {who}, {time}", who=who, time=when)
    return [e.subline(line, isSubtle=True)]


def record_button(id_: str, language: Language) -> Json:
    """The button that shows what was done with an announcement."""
    _ = translator(language)
    return button(_("What happened"), "report.record", language, id=id_)


def record_card(
    id_: str,
    title: str,
    entries: Iterable[Entry],
    announcements: Announcements,
    zone: ZoneInfo,
    language: Language,
) -> Json:
    """What was done with an announcement and its meeting, the newest first."""
    _ = translator(language)
    body = [e.heading(_("What happened")), e.subline(title)]
    for one in entries:
        what = ACTION_WORDS[one.action].said(language)
        body += [
            e.text(f"{_actor(one, announcements, language)}: {what}", spacing="Medium"),
            e.subline(dates.instant(one.at.astimezone(zone), language), isSubtle=True),
        ]
    if len(body) == 2:
        body.append(e.text(_("Nothing is recorded of it.")))
    return e.form(language, body, [button(_("Back"), "report.show", language, id=id_)])


def _actor(entry: Entry, announcements: Announcements, language: Language) -> str:
    return announcements.name_of(entry) or ACTOR_WORDS[entry.by].said(language)
