"""iCalendar files as bytes: the feed of some networks, or one meeting."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from icalendar import Calendar, Event, vDuration

from bot.answers import dates
from bot.i18n import translator
from bot.knowledge.library import Knowledge
from bot.knowledge.models import Meeting
from bot.knowledge.recurrence import Occurrence
from bot.knowledge.values import Language

from .events import REVISION_ZERO, EventWriter, uri
from .text import clean_line
from .zone_rules import vtimezone

REFRESH_INTERVAL = dt.timedelta(hours=1)
"""The interval at which subscribers are asked to fetch the feed again; most do it less often."""


def feed(
    knowledge: Knowledge,
    networks: Iterable[str],
    language: Language,
    source: str | None = None,
) -> bytes:
    """All meetings of some networks, by their keys, or of all networks if none is named.

    `source` is the address of this very feed, where it is known. Past meetings stay: they are
    history in the calendars of those who subscribed.
    """
    wanted = frozenset(networks)
    meetings = [
        meeting
        for _, meeting in sorted(knowledge.meetings.items())
        if not wanted or wanted & set(meeting.networks)
    ]
    writer = EventWriter(knowledge, language)
    calendar = _calendar(knowledge, language)
    name = _name(knowledge, wanted, language)
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", knowledge.zone.key)
    calendar.add("refresh-interval", REFRESH_INTERVAL, {"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH_INTERVAL))
    if source:
        calendar.add("source", uri(source), {"VALUE": "URI"})
    # A calendar must hold something (RFC 5545, 3.6): where there is no meeting, the time zone.
    first = min((_first_day(meeting) for meeting in meetings), default=REVISION_ZERO.date())
    return _bytes(
        calendar,
        knowledge,
        first,
        (event for one in meetings for event in writer.meeting_events(one)),
    )


def single_meeting(knowledge: Knowledge, occurrence: Occurrence, language: Language) -> bytes:
    """One occurrence, under the name it has in the feeds as well."""
    event = EventWriter(knowledge, language).occurrence_event(occurrence)
    first = min(occurrence.day, occurrence.start.date())
    return _bytes(_calendar(knowledge, language), knowledge, first, [event])


def _calendar(knowledge: Knowledge, language: Language) -> Calendar:
    community = knowledge.community
    calendar = Calendar()
    calendar.add("version", "2.0")
    maker = f"-//{clean_line(community.name[language])}//{clean_line(community.bot_name)}"
    calendar.add("prodid", f"{maker}//{language.upper()}")
    calendar.add("calscale", "GREGORIAN")
    return calendar


def _name(knowledge: Knowledge, wanted: frozenset[str], language: Language) -> str:
    names = [knowledge.networks[key].name[language] for key in sorted(wanted)]
    whose = dates.joined(names, language) or knowledge.community.name[language]
    _ = translator(language)
    # i18n: the name of a calendar; {name} is a network or the community.
    return _("{name}: meetings", name=clean_line(whose))


def _first_day(meeting: Meeting) -> dt.date:
    moved = meeting.recurrence.moved.values() if meeting.recurrence else ()
    also = meeting.recurrence.also if meeting.recurrence else ()
    return min([meeting.start.date(), *(times.start.date() for times in moved), *also])


def _bytes(
    calendar: Calendar, knowledge: Knowledge, first: dt.date, events: Iterable[Event]
) -> bytes:
    calendar.add_component(vtimezone(knowledge.zone, first))
    for event in events:
        calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written
