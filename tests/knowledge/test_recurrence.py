"""Recurring meetings: wall-clock time, exceptions, and work that stays bounded."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrule
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge import recurrence
from bot.knowledge.models import Meeting
from bot.knowledge.recurrence import (
    LocalTimeError,
    Occurrence,
    localise,
    occurrence_on,
    occurrences,
    parse_rule,
)

HELSINKI = ZoneInfo("Europe/Helsinki")


def _meeting(rule: str | None = None, **fields: Any) -> Meeting:
    recurring = {"rrule": rule, **fields.pop("recurrence", {})} if rule else None
    return Meeting.model_validate(
        {
            "key": "coffee",
            "title": {"fi": "Aamukahvit"},
            "kind": "morning_coffee",
            "networks": ["pirkanmaa"],
            "start": "2026-03-26 08:30",
            "end": "2026-03-26 10:00",
            "place": {"fi": "Tampere"},
            "recurrence": recurring,
            **fields,
        }
    )


def _between(meeting: Meeting, first: str, last: str) -> list[Occurrence]:
    since, until = (
        dt.datetime.fromisoformat(day).replace(tzinfo=HELSINKI) for day in (first, last)
    )
    return list(occurrences(meeting, since, until, HELSINKI))


def _shown(found: list[Occurrence]) -> list[str]:
    return [f"{each.start:%Y-%m-%d %H:%M %z}" for each in found]


def test_a_weekly_meeting_keeps_its_local_time_when_summer_time_begins() -> None:
    found = _between(_meeting("FREQ=WEEKLY"), "2026-03-20", "2026-04-10")
    assert _shown(found) == [
        "2026-03-26 08:30 +0200",
        "2026-04-02 08:30 +0300",
        "2026-04-09 08:30 +0300",
    ]


def test_a_weekly_meeting_keeps_its_local_time_when_summer_time_ends() -> None:
    found = _between(_meeting("FREQ=WEEKLY"), "2026-10-20", "2026-11-01")
    assert _shown(found) == ["2026-10-22 08:30 +0300", "2026-10-29 08:30 +0200"]
    assert [f"{each.end:%H:%M %z}" for each in found] == ["10:00 +0300", "10:00 +0200"]


def test_a_nightly_meeting_survives_both_nights_of_the_change() -> None:
    nightly = _meeting("FREQ=DAILY", start="2026-01-01 03:30", end="2026-01-01 04:30")
    # 03:30 does not exist that night: an hour later, as long as was skipped.
    assert _shown(_between(nightly, "2026-03-28", "2026-03-31")) == [
        "2026-03-28 03:30 +0200",
        "2026-03-29 04:30 +0300",
        "2026-03-30 03:30 +0300",
    ]
    # 03:30 comes twice: the first is meant.
    assert _shown(_between(nightly, "2026-10-25", "2026-10-26")) == ["2026-10-25 03:30 +0300"]


@pytest.mark.parametrize(
    ("time", "message"),
    [
        ("2026-03-29 02:59", None),
        ("2026-03-29 03:00", "2026-03-29 03:00 does not exist"),
        ("2026-03-29 03:59", "2026-03-29 03:59 does not exist"),
        ("2026-03-29 04:00", None),
        ("2026-10-25 02:59", None),
        ("2026-10-25 03:00", "2026-10-25 03:00 happens twice"),
        ("2026-10-25 03:59", "2026-10-25 03:59 happens twice"),
        ("2026-10-25 04:00", None),
    ],
)
def test_a_wall_clock_time_must_exist_once(time: str, message: str | None) -> None:
    wall_clock = dt.datetime.fromisoformat(time)
    if message is None:
        assert localise(wall_clock, HELSINKI).replace(tzinfo=None) == wall_clock
    else:
        with pytest.raises(LocalTimeError, match=message):
            localise(wall_clock, HELSINKI)


def test_a_skipped_day_is_left_out() -> None:
    meeting = _meeting("FREQ=WEEKLY", recurrence={"skip": ["2026-04-02"]})
    found = _between(meeting, "2026-03-20", "2026-04-10")
    assert [each.key for each in found] == ["coffee@2026-03-26", "coffee@2026-04-09"]
    assert occurrence_on(meeting, dt.date(2026, 4, 2), HELSINKI) is None


def test_a_moved_meeting_keeps_the_name_of_its_day() -> None:
    times = {"start": "2026-04-10 13:00", "end": "2026-04-10 14:00"}
    meeting = _meeting("FREQ=WEEKLY", recurrence={"moved": {"2026-04-02": times}})
    found = _between(meeting, "2026-03-20", "2026-04-17")
    assert [(each.key, each.start.day, each.moved) for each in found] == [
        ("coffee@2026-03-26", 26, False),
        ("coffee@2026-04-09", 9, False),
        ("coffee@2026-04-02", 10, True),
        ("coffee@2026-04-16", 16, False),
    ]
    named = occurrence_on(meeting, dt.date(2026, 4, 2), HELSINKI)
    assert named is not None
    assert f"{named.start:%m-%d %H:%M}" == "04-10 13:00"
    assert occurrence_on(meeting, dt.date(2026, 4, 10), HELSINKI) is None


def test_a_meeting_moved_far_ahead_is_found_by_its_day() -> None:
    times = {"start": "2027-12-01 13:00", "end": "2027-12-01 14:00"}
    meeting = _meeting("FREQ=WEEKLY", recurrence={"moved": {"2026-04-02": times}})
    named = occurrence_on(meeting, dt.date(2026, 4, 2), HELSINKI)
    assert named is not None
    assert named.start.year == 2027


def test_a_cancelled_day_is_listed_as_cancelled() -> None:
    meeting = _meeting("FREQ=WEEKLY", cancelled_days=["2026-04-02"])
    found = _between(meeting, "2026-03-20", "2026-04-10")
    assert [each.cancelled for each in found] == [False, True, False]


def test_a_cancelled_meeting_is_cancelled_on_every_day() -> None:
    found = _between(_meeting("FREQ=WEEKLY", cancelled=True), "2026-03-20", "2026-04-10")
    assert [each.cancelled for each in found] == [True, True, True]


def test_a_meeting_that_is_going_on_is_not_over() -> None:
    meeting = _meeting("FREQ=WEEKLY")
    assert len(_between(meeting, "2026-04-02 09:59", "2026-04-03")) == 1
    assert _between(meeting, "2026-04-02 10:00", "2026-04-03") == []
    assert _between(meeting, "2026-04-01", "2026-04-02 08:30") == []


def test_a_meeting_held_once_is_found_on_its_day_alone() -> None:
    meeting = _meeting()
    assert [each.key for each in _between(meeting, "2026-03-20", "2027-01-01")] == [
        "coffee@2026-03-26"
    ]
    assert occurrence_on(meeting, dt.date(2026, 3, 26), HELSINKI) is not None
    assert occurrence_on(meeting, dt.date(2026, 3, 27), HELSINKI) is None


def test_a_meeting_over_midnight_is_named_by_the_day_it_starts() -> None:
    night = _meeting("FREQ=WEEKLY", start="2026-03-26 22:00", end="2026-03-27 02:00")
    (found,) = _between(night, "2026-04-03 01:00", "2026-04-03 12:00")
    assert found.key == "coffee@2026-04-02"


def test_a_rule_with_a_count_ends() -> None:
    found = _between(_meeting("FREQ=WEEKLY;COUNT=2"), "2026-01-01", "2036-01-01")
    assert [each.key for each in found] == ["coffee@2026-03-26", "coffee@2026-04-02"]


@pytest.mark.parametrize("until", ["20260402", "20260402T083000", "20260402T053000Z"])
def test_until_includes_its_day(until: str) -> None:
    found = _between(_meeting(f"FREQ=WEEKLY;UNTIL={until}"), "2026-01-01", "2036-01-01")
    assert [each.key for each in found] == ["coffee@2026-03-26", "coffee@2026-04-02"]


def test_fifty_years_of_days_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    walked = 0
    iterate = rrule.__iter__

    def counted(rule: rrule) -> Any:
        nonlocal walked
        for start in iterate(rule):
            walked += 1
            yield start

    monkeypatch.setattr(rrule, "__iter__", counted)
    found = _between(_meeting("FREQ=DAILY"), "2026-03-01", "2076-03-01")
    assert len(found) == recurrence.MAX_EXPANDED
    # One for the check of the rule, and at most one beyond the last.
    assert walked <= recurrence.MAX_EXPANDED + 2


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;BYSETPOS=2",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYDAY=9TH",
        "FREQ=YEARLY;BYEASTER=1",
        "FREQ=SECONDLY",
        "FREQ=DAILY;COUNT=99999",
    ],
)
def test_rules_that_search_without_end_are_refused_before_they_run(
    rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def search(self: rrule) -> Any:
        raise AssertionError(f"{rule} was searched")

    monkeypatch.setattr(rrule, "_iter", search)
    with pytest.raises(ValueError, match=r"recurrence rule|FREQ=MONTHLY"):
        parse_rule(_meeting(rule))


_PARTS = st.sampled_from(
    [
        "FREQ",
        "INTERVAL",
        "COUNT",
        "UNTIL",
        "BYDAY",
        "BYMONTHDAY",
        "BYMONTH",
        "BYSETPOS",
        "WKST",
        "X",
    ]
)
_VALUES = st.sampled_from(
    [
        "MONTHLY",
        "YEARLY",
        "WEEKLY",
        "2",
        "-1",
        "0",
        "31",
        "2TH",
        "-1FR",
        "MO,WE",
        "20270101",
        "",
        "ä",
    ]
)


@given(st.lists(st.tuples(_PARTS, _VALUES), min_size=1, max_size=5))
def test_any_rule_is_refused_with_a_sentence_or_gives_a_day(parts: list[tuple[str, str]]) -> None:
    text = ";".join(f"{name}={value}" for name, value in parts)
    try:
        rule = parse_rule(_meeting(text))
    except ValueError as error:
        refusal = str(error)
    else:
        assert rule is not None
        assert next(iter(rule)) >= dt.datetime(2026, 3, 26)
        return
    assert "recurrence rule" in refusal or f"`{text}`" in refusal
