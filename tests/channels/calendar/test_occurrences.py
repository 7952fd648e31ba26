"""What another library counts out of a feed is what the bot itself says, to the minute."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from bot.channels.calendar import feed, single_meeting
from bot.knowledge.library import Knowledge

from .judge import (
    FIRST,
    HELSINKI,
    LAST,
    events,
    held,
    known,
    meeting,
    only,
    read,
    read_by_its_own_zone,
)

MOVED = {"2026-04-09": {"start": "2026-04-10 13:00", "end": "2026-04-10 14:00"}}
SUMMER = {"2026-10-22": {"start": "2026-10-29 18:00", "end": "2026-10-29 20:30"}}
NIGHT = {"start": "2026-01-01 03:30", "end": "2026-01-01 04:30"}

MEETINGS: dict[str, list[Any]] = {
    "once": [meeting()],
    "once, called off": [meeting(cancelled=True)],
    "once, its day called off": [meeting(cancelled_days=["2026-03-05"])],
    "weekly over both changes of the clock": [meeting("FREQ=WEEKLY")],
    "days left out": [meeting("FREQ=WEEKLY", recurrence={"skip": ["2026-04-02", "2026-10-29"]})],
    "the first day left out": [meeting("FREQ=WEEKLY", recurrence={"skip": ["2026-03-05"]})],
    "moved": [meeting("FREQ=WEEKLY", recurrence={"moved": MOVED | SUMMER})],
    "moved and left out at once": [
        meeting("FREQ=WEEKLY", recurrence={"moved": MOVED, "skip": ["2026-04-09"]})
    ],
    "days called off": [meeting("FREQ=WEEKLY", cancelled_days=["2026-03-05", "2026-04-02"])],
    "called off and left out": [
        meeting("FREQ=WEEKLY", cancelled_days=["2026-04-02"], recurrence={"skip": ["2026-04-02"]})
    ],
    "moved, then called off": [
        meeting("FREQ=WEEKLY", cancelled_days=["2026-04-09"], recurrence={"moved": MOVED})
    ],
    "all called off": [meeting("FREQ=WEEKLY", cancelled=True, recurrence={"moved": MOVED})],
    "start that is no day of the rule": [meeting("FREQ=MONTHLY;BYDAY=2TU")],
    "every other week until a day": [meeting("FREQ=WEEKLY;INTERVAL=2;UNTIL=20261029")],
    "until an hour": [meeting("FREQ=WEEKLY;UNTIL=20260402T053000Z")],
    "ten times": [meeting("FREQ=WEEKLY;COUNT=10", recurrence={"skip": ["2026-04-02"]})],
    "lower case": [meeting("rrule:freq=weekly;byday=mo,th")],
    "not in summer": [meeting("FREQ=MONTHLY;BYDAY=2TH;BYMONTH=1,2,3,4,5,9,10,11,12")],
    "one month of a monthly rule": [meeting("FREQ=MONTHLY;BYDAY=-1FR;BYMONTH=11")],
    "some months, ten times": [meeting("FREQ=MONTHLY;BYMONTHDAY=5;BYMONTH=3,4,11;COUNT=4")],
    "some months until a day": [meeting("FREQ=YEARLY;BYMONTH=4,10;BYDAY=2WE;UNTIL=20261014")],
    "months without a day of their own": [meeting("FREQ=YEARLY;BYMONTH=1,9")],
    "a day that one of the months lacks": [meeting("FREQ=MONTHLY;BYMONTHDAY=30;BYMONTH=2,3,10")],
    "the last working day of some months": [
        meeting("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;BYMONTH=3,10")
    ],
    "the last Thursday of some months, as one": [
        meeting("FREQ=YEARLY;BYDAY=TH;BYMONTH=3,10;BYSETPOS=-1")
    ],
    "some months of every other year": [meeting("FREQ=YEARLY;INTERVAL=2;BYMONTH=1,3;BYDAY=1TH")],
    "some months of every other month": [
        meeting("FREQ=MONTHLY;INTERVAL=2;BYMONTH=3,4,5;BYMONTHDAY=5")
    ],
    "exceptions in several months": [
        meeting(
            "FREQ=MONTHLY;BYDAY=2TH;BYMONTH=3,4,10,11",
            cancelled_days=["2026-10-08", "2027-04-08"],
            recurrence={"moved": MOVED, "skip": ["2026-11-12"]},
        )
    ],
    "days added, one of which the rule gives": [
        meeting("FREQ=WEEKLY", recurrence={"also": ["2026-04-01", "2026-03-01", "2026-04-02"]})
    ],
    "chosen days": [meeting("FREQ=DAILY;COUNT=1", recurrence={"also": ["2026-04-01"]})],
    "days added in some months, moved, called off, left out": [
        meeting(
            "FREQ=MONTHLY;BYDAY=2TH;BYMONTH=3,4,10,11",
            cancelled_days=["2026-10-09", "2026-10-08"],
            recurrence={
                "also": ["2026-05-05", "2026-10-09", "2026-04-08", "2026-11-13"],
                "moved": {"2026-04-08": MOVED["2026-04-09"]},
                "skip": ["2026-11-13"],
            },
        )
    ],
    "several meetings": [
        meeting("FREQ=WEEKLY"),
        meeting(key="tea", title={"sv": "Te"}, networks=["uusimaa", "lappi"]),
    ],
}


@pytest.mark.parametrize("meetings", MEETINGS.values(), ids=list(MEETINGS))
def test_every_kind_of_meeting_is_read_as_it_is_meant(
    knowledge: Knowledge, meetings: list[Any]
) -> None:
    there = only(knowledge, *meetings)
    body = feed(there, (), "fi")
    expected = known(there)
    assert expected
    assert held(read(body)) == expected
    assert held(read_by_its_own_zone(body)) == expected


def test_an_hour_that_is_skipped_or_comes_twice(knowledge: Knowledge) -> None:
    there = only(knowledge, meeting("FREQ=DAILY", **NIGHT))
    calendar = read(feed(there, (), "fi"))
    # RFC 5545, 3.3.5: a skipped hour counts by the clock before, and of two the first is meant.
    # (The judge reads a skipped hour otherwise by VTIMEZONE, so here it knows the zone.)
    assert held(calendar) == known(there)
    starts = {start.date(): start for start, *_ in held(calendar)}
    assert starts[dt.date(2026, 3, 29)].hour == 1
    assert starts[dt.date(2026, 10, 25)].hour == 0


@pytest.mark.parametrize("network", [None, "pirkanmaa", "lansi-suomi"])
def test_the_demo_meetings_are_read_as_they_are_meant(
    knowledge: Knowledge, network: str | None
) -> None:
    networks = (network,) if network else ()
    expected = known(knowledge, *networks)
    assert len(expected) == {None: 28, "pirkanmaa": 22, "lansi-suomi": 6}[network]
    body = feed(knowledge, networks, "fi")
    assert held(read(body)) == expected
    assert held(read_by_its_own_zone(body)) == expected


def test_a_weekly_meeting_keeps_its_hour_over_both_changes(knowledge: Knowledge) -> None:
    calendar = read_by_its_own_zone(feed(only(knowledge, meeting("FREQ=WEEKLY")), (), "fi"))
    starts = [start for start, *_ in held(calendar)]
    assert {start.astimezone(HELSINKI).strftime("%a %H:%M") for start in starts} == {"Thu 08:30"}
    around = [dt.date(2026, 3, 26), dt.date(2026, 4, 2), dt.date(2026, 10, 22)]
    around.append(dt.date(2026, 10, 29))
    assert [start.hour for start in starts if start.date() in around] == [6, 5, 5, 6]


def test_rules_hold_beyond_the_years_that_computers_know_by_heart(knowledge: Knowledge) -> None:
    there = only(knowledge, meeting("FREQ=WEEKLY"))
    span = dt.datetime(2061, 1, 1, tzinfo=HELSINKI), dt.datetime(2062, 1, 1, tzinfo=HELSINKI)
    calendar = read_by_its_own_zone(feed(there, (), "fi"))
    expected = known(there, since=span[0], until=span[1])
    assert len(expected) == 52
    assert held(calendar, *span) == expected


@pytest.mark.parametrize("zone", ["America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"])
def test_another_community_meets_in_its_own_time_zone(knowledge: Knowledge, zone: str) -> None:
    there = only(knowledge, meeting("FREQ=WEEKLY"), zone=zone)
    body = feed(there, (), "fi")
    assert held(read_by_its_own_zone(body, zone)) == known(there)
    assert held(read(body)) == known(there)


def test_a_single_meeting_is_the_same_occurrence_as_in_the_feed(knowledge: Knowledge) -> None:
    recurrence = {"moved": MOVED}
    there = only(
        knowledge, meeting("FREQ=WEEKLY", recurrence=recurrence, cancelled_days=["2026-04-16"])
    )
    in_feed = {event.recurrence_id: event for event in events(there)}
    for day, start in (("2026-04-09", "10T13:00"), ("2026-04-16", "16T08:30")):
        occurrence = there.occurrence(f"coffee@{day}")
        assert occurrence is not None
        (event,) = read(single_meeting(there, occurrence, "fi")).events
        assert f"{event.dtstart:%dT%H:%M}" == start
        assert event == in_feed[event.recurrence_id]


@pytest.mark.parametrize("key", ["coffee@2026-03-12", "coffee@2026-10-29"])
def test_a_single_meeting_that_is_held_as_planned(knowledge: Knowledge, key: str) -> None:
    there = only(knowledge, meeting("FREQ=WEEKLY"))
    occurrence = there.occurrence(key)
    assert occurrence is not None
    calendar = read_by_its_own_zone(single_meeting(there, occurrence, "fi"))
    (event,) = calendar.events
    assert event.uid == "coffee@taikusydan"
    assert event.recurrence_id == key.partition("@")[2].replace("-", "") + "T083000"
    assert event.rrule is None
    assert held(calendar) == [one for one in known(there) if one[0] == occurrence.start]


def test_a_day_that_was_added_is_an_event_of_its_own(knowledge: Knowledge) -> None:
    recurrence = {"also": ["2026-04-01"]}
    there = only(knowledge, meeting("FREQ=WEEKLY", recurrence=recurrence))
    occurrence = there.occurrence("coffee@2026-04-01")
    assert occurrence is not None
    (event,) = read(single_meeting(there, occurrence, "fi")).events
    assert event.uid == "coffee.2026-04-01@taikusydan"
    assert event.recurrence_id is None
    assert event in events(there)


def test_every_demo_meeting_alone_has_the_name_it_has_in_the_feed(knowledge: Knowledge) -> None:
    series = {
        (event.uid, month)
        for event in events(knowledge)
        if event.rrule
        for month in event.rrule.by_month
    }
    coming = knowledge.coming(FIRST, LAST)
    assert len(coming) == 28
    for occurrence in coming:
        (event,) = read(single_meeting(knowledge, occurrence, "fi")).events
        assert (event.uid, occurrence.day.month) in series


def test_a_meeting_held_once_names_no_occurrence(knowledge: Knowledge) -> None:
    there = only(knowledge, meeting())
    occurrence = there.occurrence("coffee@2026-03-05")
    assert occurrence is not None
    (event,) = read(single_meeting(there, occurrence, "fi")).events
    assert event.recurrence_id is None
    assert event == events(there)[0]


def test_a_feed_without_meetings_holds_none(knowledge: Knowledge) -> None:
    body = feed(knowledge, ("lappi",), "fi")
    assert held(read(body)) == []
    # RFC 5545, 3.6: a calendar holds at least one component.
    assert body.count(b"BEGIN:VTIMEZONE") == 1
