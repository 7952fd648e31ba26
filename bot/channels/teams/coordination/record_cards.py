"""Who did what, as cards show it: who announced something, and all that was done with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from zoneinfo import ZoneInfo

from bot.announcements.model import Announcement, Entry, Report
from bot.announcements.permissions import ALL
from bot.announcements.record import ACTION_WORDS, ACTOR_WORDS
from bot.announcements.recording import Recent
from bot.announcements.service import Announcements
from bot.answers import dates
from bot.i18n import Message, pN_, translator
from bot.knowledge.library import Knowledge
from bot.knowledge.overlay import KIND_WORDS
from bot.knowledge.values import Language

from ..cards import Json
from . import elements as e
from .card_actions import button

MOST_RECENT = 10
"""What was done that is listed."""

MOST_NETWORKS = 3
"""Networks that are named of what concerns several."""

CONVERSATION_KINDS: Mapping[str, Message] = {
    "channel": pN_("kind of conversation", "channel"),
    "group": pN_("kind of conversation", "group"),
}
"""The conversations whose follows are recorded."""


_CONTENT_KINDS: Mapping[str, Message] = {str(kind): said for kind, said in KIND_WORDS.items()}
"""Of what was entered in the chat its kind: who it was is told by its own history."""


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


def recent_card(
    found: Iterable[Recent],
    title_of: Callable[[Announcement, Language], str],
    announcements: Announcements,
    knowledge: Knowledge,
    language: Language,
) -> Json:
    """The newest of what was done in one's own networks."""
    _ = translator(language)
    body, newest = [e.heading(_("Who did what"))], list(found)
    if len(newest) == MOST_RECENT:
        text = _.ngettext(
            "The newest {count}. The administrator can list all.",
            "The newest {count}. The administrator can list all.",
            MOST_RECENT,
        )
        body.append(e.subline(text, isSubtle=True))
    for one in newest:
        entry = one.entry
        what = ACTION_WORDS[entry.action].said(language)
        subject = (
            title_of(one.announcement, language)
            if one.announcement
            else _subject(entry, knowledge, language)
        )
        about = ", ".join(filter(None, [subject, *_networks(entry, knowledge, language)]))
        body += [
            e.text(f"{_actor(entry, announcements, language)}: {what}", spacing="Medium"),
            *([e.subline(about)] if about else []),
            e.subline(dates.instant(entry.at.astimezone(knowledge.zone), language), isSubtle=True),
        ]
    if not newest:
        body.append(e.text(_("Nothing is recorded yet.")))
    return e.form(language, body, [button(_("Back"), "report.list", language)])


def _subject(entry: Entry, knowledge: Knowledge, language: Language) -> str:
    """What it was done with, where that is no announcement that is still kept."""
    if kind := CONVERSATION_KINDS.get(entry.subject):
        return kind.said(language)
    if content := _CONTENT_KINDS.get(entry.subject):
        return content.said(language)
    key = entry.subject.partition("@")[0]
    meeting = knowledge.meetings.get(key)
    return meeting.title.best(language) if meeting else ""


def _networks(entry: Entry, knowledge: Knowledge, language: Language) -> list[str]:
    """The networks concerned by name, the first of many."""
    if ALL in entry.networks:
        return [translator(language)("All networks")]
    known = [knowledge.networks[key] for key in entry.networks if key in knowledge.networks]
    names = [one.short[language] for one in known[:MOST_NETWORKS]]
    return [*names, "…"] if len(known) > MOST_NETWORKS else names


def _actor(entry: Entry, announcements: Announcements, language: Language) -> str:
    return announcements.name_of(entry) or ACTOR_WORDS[entry.by].said(language)
