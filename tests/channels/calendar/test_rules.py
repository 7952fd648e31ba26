"""Rules as Outlook and every other calendar understands them; time zones as rules."""

from __future__ import annotations

import datetime as dt
import io
import re
from zoneinfo import ZoneInfo

import pytest
from dateutil import tz

from bot.channels.calendar import feed
from bot.channels.calendar.zone_rules import vtimezone
from bot.knowledge.library import Knowledge

from .judge import events, lines, meeting, only


def rules(body: bytes) -> list[str]:
    """The rules of the events in a calendar."""
    after_zone = body.partition(b"END:VTIMEZONE")[2]
    return [line.removeprefix("RRULE:") for line in lines(after_zone) if line[:6] == "RRULE:"]


def test_a_rule_with_several_months_becomes_a_yearly_series_for_each(
    knowledge: Knowledge,
) -> None:
    there = only(knowledge, meeting("FREQ=MONTHLY;BYDAY=2TH;BYMONTH=4,5"))
    assert rules(feed(there, (), "fi")) == [
        "FREQ=YEARLY;BYDAY=2TH;BYMONTH=4",
        "FREQ=YEARLY;BYDAY=2TH;BYMONTH=5",
    ]
    assert [event.uid for event in events(there)] == [
        "coffee.04@taikusydan",
        "coffee.05@taikusydan",
    ]


def test_no_demo_meeting_needs_what_outlook_lacks(knowledge: Knowledge) -> None:
    found = rules(feed(knowledge, (), "fi"))
    assert len(found) == 14
    # MS-OXCICAL 2.1.3.2.2: one month, and only in a yearly rule.
    assert all(re.fullmatch(r"FREQ=YEARLY;BYDAY=2(TU|WE|TH);BYMONTH=\d+", rule) for rule in found)


def test_until_is_written_in_utc_at_the_end_of_its_day(knowledge: Knowledge) -> None:
    for written in ("20260702", "20260702T120000", "20260702T120000Z"):
        there = only(knowledge, meeting(f"FREQ=WEEKLY;UNTIL={written}"))
        assert rules(feed(there, (), "fi")) == ["FREQ=WEEKLY;UNTIL=20260702T205959Z"]


def test_the_last_day_of_all_ends_in_every_time_zone(knowledge: Knowledge) -> None:
    there = only(knowledge, meeting("FREQ=WEEKLY;UNTIL=99991231"), zone="America/New_York")
    assert rules(feed(there, (), "fi")) == ["FREQ=WEEKLY;UNTIL=99991231T045959Z"]


def test_the_time_zone_is_two_rules(knowledge: Knowledge) -> None:
    written = lines(feed(knowledge, (), "fi"))
    zone = written[written.index("BEGIN:VTIMEZONE") : written.index("END:VTIMEZONE")]
    assert zone == [
        "BEGIN:VTIMEZONE",
        "TZID:Europe/Helsinki",
        "BEGIN:DAYLIGHT",
        "DTSTART:20240331T030000",
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
        "TZNAME:EEST",
        "TZOFFSETFROM:+0200",
        "TZOFFSETTO:+0300",
        "END:DAYLIGHT",
        "BEGIN:STANDARD",
        "DTSTART:20241027T040000",
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
        "TZNAME:EET",
        "TZOFFSETFROM:+0300",
        "TZOFFSETTO:+0200",
        "END:STANDARD",
    ]


ZONES = [
    "Europe/Helsinki",
    "America/New_York",  # the second Sunday
    "America/Santiago",  # a Saturday by its date
    "America/Nuuk",  # the Saturday before the last Sunday
    "Asia/Gaza",  # listed for many years
    "Africa/Casablanca",  # listed until 2087
    "Europe/Dublin",  # winter time is the exception
    "Australia/Lord_Howe",  # half an hour
    "Asia/Kolkata",  # none
    "UTC",
]


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("year", [1995, 2026, 2061, 2096])
def test_every_zone_tells_the_time_of_any_day(name: str, year: int) -> None:
    zone = ZoneInfo(name)
    written = vtimezone(zone, dt.date(year, 1, 1)).to_ical().decode()
    judge = tz.tzical(io.StringIO(f"BEGIN:VCALENDAR\r\n{written}END:VCALENDAR\r\n")).get()
    assert judge is not None
    day = dt.datetime(year, 1, 1, 12)
    while day.year < year + 4:
        assert judge.utcoffset(day) == zone.utcoffset(day), day
        day += dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("America/New_York", "RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3"),
        ("America/Nuuk", "RRULE:FREQ=YEARLY;BYDAY=SA;BYMONTHDAY=24,25,26,27,28,29,30;BYMONTH=3"),
    ],
)
def test_rules_of_other_zones(name: str, rule: str) -> None:
    assert rule in lines(vtimezone(ZoneInfo(name), dt.date(2026, 1, 1)).to_ical())
