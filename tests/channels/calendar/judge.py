"""Meetings for calendars, and what another library (`ical`) reads in the calendars made of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from ical.calendar import Calendar
from ical.calendar_stream import IcsCalendarStream
from ical.event import Event

from bot.channels.calendar import feed
from bot.knowledge.library import Knowledge
from bot.knowledge.models import Meeting

HELSINKI = ZoneInfo("Europe/Helsinki")
FIRST = dt.datetime(2026, 1, 1, tzinfo=HELSINKI)
LAST = dt.datetime(2028, 1, 1, tzinfo=HELSINKI)
"""Two years, with four changes of the clock."""

MEMBERS_LINK = "https://example.org/members-only"

Held = tuple[dt.datetime, dt.datetime, str, bool]
"""Start and end in UTC, title, whether it was called off."""


def meeting(rule: str | None = None, **changes: Any) -> Meeting:
    """A meeting in Lapland, on Thursday mornings if `rule` says so."""
    recurring = {"rrule": rule, **changes.pop("recurrence", {})} if rule else None
    return Meeting.model_validate(
        {
            "key": "coffee",
            "title": {"fi": "Aamukahvit"},
            "kind": "morning_coffee",
            "networks": ["lappi"],
            "start": "2026-03-05 08:30",
            "end": "2026-03-05 10:00",
            "place": {"fi": "Kirjasto", "sv": "Biblioteket"},
            "recurrence": recurring,
            **changes,
        }
    )


def only(knowledge: Knowledge, *meetings: Meeting, zone: str | None = None) -> Knowledge:
    """The knowledge with these meetings alone, in another time zone if one is named."""
    community = knowledge.community
    if zone:
        community = community.model_copy(update={"time_zone": zone})
    named = {one.key: one for one in meetings}
    return replace(knowledge, community=community, meetings=named)


def read(body: bytes) -> Calendar:
    """A calendar as the other library reads it."""
    return IcsCalendarStream.calendar_from_ics(body.decode())


def read_by_its_own_zone(body: bytes, zone: str = "Europe/Helsinki") -> Calendar:
    """The same under a zone name that nobody knows, so that only VTIMEZONE can tell the times."""
    return IcsCalendarStream.calendar_from_ics(body.decode().replace(zone, "Test/Unheard-of"))


def events(knowledge: Knowledge, *networks: str, language: Any = "fi") -> list[Event]:
    """The events of a feed, unexpanded."""
    return read(feed(knowledge, networks, language)).events


def only_event(knowledge: Knowledge, language: Any = "fi") -> Event:
    """The one event of a feed."""
    (event,) = events(knowledge, language=language)
    return event


def held(calendar: Calendar, since: dt.datetime = FIRST, until: dt.datetime = LAST) -> list[Held]:
    """All occurrences of a calendar in a time, by start."""
    found = calendar.timeline_tz(HELSINKI).overlapping(since, until)
    return sorted(
        (
            event.start_datetime.astimezone(dt.UTC),
            event.end_datetime.astimezone(dt.UTC),
            event.summary or "",
            event.status == "CANCELLED",
        )
        for event in found
    )


def known(
    knowledge: Knowledge,
    *networks: str,
    since: dt.datetime = FIRST,
    until: dt.datetime = LAST,
) -> list[Held]:
    """The same as the bot itself counts, with titles as a Finnish calendar shows them."""
    return sorted(
        (
            one.start.astimezone(dt.UTC),
            one.end.astimezone(dt.UTC),
            ("Peruttu: " if one.cancelled else "")
            + one.meeting.title.best("fi")
            + (" (esimerkki)" if one.meeting.demo else ""),
            one.cancelled,
        )
        for one in knowledge.coming(since, until, networks)
    )


def lines(body: bytes) -> list[str]:
    """The unfolded lines of a calendar."""
    return body.decode().replace("\r\n ", "").split("\r\n")
