"""Times as people write them become instants, over both nights on which clocks are changed."""

from __future__ import annotations

import contextlib
import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.announcements.errors import Invalid
from bot.announcements.model import Reminder
from bot.announcements.schedule import (
    MAX_AHEAD,
    parse_time,
    reminder_time,
    sending_time,
)

ZONE = ZoneInfo("Europe/Helsinki")
NOW = dt.datetime(2026, 11, 20, 10, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-12-10T08:30", "2026-12-10T06:30Z"),
        ("2026-12-10 08:30", "2026-12-10T06:30Z"),
        ("2026-12-10T08:30:15.5", "2026-12-10T06:30:15Z"),
        ("2026-06-10T08:30", "2026-06-10T05:30Z"),
        ("2026-12-10T08:30Z", "2026-12-10T08:30Z"),
        ("2026-12-10T08:30+0100", "2026-12-10T07:30Z"),
        (" 2026-12-10t08:30-05:00 ", "2026-12-10T13:30Z"),
        # The night of 29 March 2026: 3:00 to 4:00 does not exist.
        ("2026-03-29T02:59", "2026-03-29T00:59Z"),
        ("2026-03-29T03:30", "2026-03-29T01:30Z"),
        ("2026-03-29T04:00", "2026-03-29T01:00Z"),
        # The night of 25 October 2026: 3:00 to 4:00 comes twice, the first is meant.
        ("2026-10-25T02:59", "2026-10-24T23:59Z"),
        ("2026-10-25T03:30", "2026-10-25T00:30Z"),
        ("2026-10-25T04:00", "2026-10-25T02:00Z"),
    ],
)
def test_a_time_is_the_communitys_wall_clock(written: str, instant: str) -> None:
    assert parse_time(written, ZONE) == dt.datetime.fromisoformat(instant.replace("Z", "+00:00"))


def _shown(instant: dt.datetime) -> str:
    """A time as clocks show it."""
    return instant.astimezone(ZONE).replace(tzinfo=None).isoformat()


def test_a_skipped_time_is_shown_as_much_later_as_was_skipped() -> None:
    assert _shown(parse_time("2026-03-29T03:30", ZONE)) == "2026-03-29T04:30:00"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "tomorrow",
        "2026-12-10",
        "08:30",
        "2026-13-10T08:30",
        "2026-02-30T08:30",
        "2026-12-10T24:30",
        "2026-12-10T08:61",
        "2026-12-10T08:30+99:00",
        "2026-12-10T08:30+01:75",
        "٢٠٢٦-12-10T08:30",
        "0001-01-01T00:00+14:00",
        "9999-12-31T23:59-14:00",
        "2026-12-10T08:30" + " " * 50,
    ],
)
def test_what_is_no_time_is_refused(written: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_time(written, ZONE)
    assert (refused.value.field, refused.value.code) == ("send_at", "time_form")


@given(st.text(max_size=60))
def test_any_text_is_a_time_or_refused(written: str) -> None:
    with contextlib.suppress(Invalid):
        assert parse_time(written, ZONE).tzinfo is dt.UTC


@pytest.mark.parametrize(
    ("minutes", "expected"), [(-5, None), (-1, None), (0, None), (1, NOW + dt.timedelta(minutes=1))]
)
def test_a_moment_ago_means_now(minutes: int, expected: dt.datetime | None) -> None:
    written = (NOW + dt.timedelta(minutes=minutes)).isoformat()
    assert sending_time(written, NOW, ZONE) == expected


@pytest.mark.parametrize(
    ("ahead", "code"),
    [
        (dt.timedelta(minutes=-5, seconds=-1), "time_past"),
        (dt.timedelta(days=-300), "time_past"),
        (MAX_AHEAD + dt.timedelta(seconds=1), "time_far"),
    ],
)
def test_times_gone_by_or_far_away_are_refused(ahead: dt.timedelta, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        sending_time((NOW + ahead).isoformat(), NOW, ZONE)
    assert refused.value.code == code


def test_no_time_means_at_once() -> None:
    assert sending_time(None, NOW, ZONE) is None
    assert sending_time("  ", NOW, ZONE) is None


@pytest.mark.parametrize(
    ("reminder", "start", "expected"),
    [
        ("1d", "2026-12-10T08:30", "2026-12-09T08:30"),
        ("1h", "2026-12-10T08:30", "2026-12-10T07:30"),
        # Over both nights the clock on the wall says the same, though 23 or 25 hours lie between.
        ("1d", "2026-03-29T12:00", "2026-03-28T12:00"),
        ("1d", "2026-10-25T12:00", "2026-10-24T12:00"),
        # A day before would be in the skipped hour: as much later.
        ("1d", "2026-03-30T03:30", "2026-03-29T04:30"),
        # The first of the two.
        ("1d", "2026-10-26T03:30", "2026-10-25T03:30"),
        # By the clock 3:30 would be the meeting's very start: an hour is an hour.
        ("1h", "2026-03-29T04:30", "2026-03-29T02:30"),
    ],
)
def test_reminders_come_by_the_clock_on_the_wall(reminder: str, start: str, expected: str) -> None:
    time = reminder_time(Reminder(reminder), parse_time(start, ZONE), ZONE)
    assert _shown(time) == expected + ":00"
    assert time < parse_time(start, ZONE)
