"""A time zone as a calendar carries it: VTIMEZONE, with rules that go on for ever.

The rules are read off the changes of the clock that the zone makes, so that any zone will do:
changes that come on the same weekday of the same week of a month, every year up to the horizon,
become a yearly rule; others are listed one by one.

`icalendar.Timezone.from_tzinfo` lists every change up to a last year, after which a series without
an end is an hour off; it overlooks changes that are taken back within two months (Casablanca), and
dates a change by the clock after it, where RFC 5545 (3.6.5) wants the clock before.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vRecur

HORIZON = 2100
"""The year up to which changes are looked at; zones name theirs until 2037, or at most 2087."""

STEP = dt.timedelta(days=7)
"""No zone changes its clock and changes it back within so few days."""

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")

YearlyDay = tuple[int, int, int, dt.time]
"""Month, the first of the seven days of the month among which it is, weekday, time of day."""


@dataclass(frozen=True, order=True)
class Kind:
    """A way in which the clock is changed."""

    before: dt.timedelta
    after: dt.timedelta
    name: str
    summer: bool


def vtimezone(zone: ZoneInfo, first: dt.date) -> Timezone:
    """The zone for times from `first` on."""
    component = Timezone()
    component.add("tzid", zone.key)
    for observance in _observances(zone, first.year):
        component.add_component(observance)
    return component


@lru_cache(maxsize=64)
def _observances(zone: ZoneInfo, year: int) -> tuple[TimezoneStandard | TimezoneDaylight, ...]:
    # The year before, so that the first day of the year has a change before it.
    start = dt.datetime(year - 1, 1, 1, tzinfo=dt.UTC)
    horizon = max(HORIZON, year + 30)
    changes = sorted(_changes(zone, start, horizon), key=lambda change: (change[1], change[0]))
    found = []
    if not changes or min(onset.year for onset, _ in changes) >= year:
        there = start.astimezone(zone)
        offset = there.utcoffset() or dt.timedelta()
        kind = Kind(offset, offset, there.tzname() or zone.key, bool(there.dst()))
        found.append(_observance(kind, start.replace(tzinfo=None)))
    for kind, group in groupby(changes, key=lambda change: change[1]):
        onsets = [onset for onset, _ in group]
        count, day = _yearly(onsets, horizon)
        single, regular = onsets[: len(onsets) - count], onsets[len(onsets) - count :]
        if single:
            found.append(_observance(kind, single[0]))
            if single[1:]:
                found[-1].add("rdate", single[1:])
        if regular and day:
            found.append(_observance(kind, regular[0]))
            found[-1].add("rrule", _rule(day))
    return tuple(found)


def _changes(
    zone: ZoneInfo, start: dt.datetime, horizon: int
) -> Iterator[tuple[dt.datetime, Kind]]:
    """Every change of the clock, with the local time at which it comes (by the clock before)."""
    while start.year <= horizon:
        end = start + STEP
        before, after = start.astimezone(zone), end.astimezone(zone)
        if before.utcoffset() != after.utcoffset():
            instant = _change_between(zone, start, end)
            offset = before.utcoffset() or dt.timedelta()
            changed = instant.astimezone(zone)
            kind = Kind(
                offset,
                changed.utcoffset() or dt.timedelta(),
                changed.tzname() or zone.key,
                bool(changed.dst()),
            )
            yield instant.replace(tzinfo=None) + offset, kind
        start = end


def _change_between(zone: ZoneInfo, low: dt.datetime, high: dt.datetime) -> dt.datetime:
    """The first second of the new offset; `low` has the old one, `high` the new one."""
    old = low.astimezone(zone).utcoffset()
    while high - low > dt.timedelta(seconds=1):
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return high


def _yearly(onsets: list[dt.datetime], horizon: int) -> tuple[int, YearlyDay | None]:
    """How many of the last changes one yearly rule gives, and that rule."""
    if onsets[-1].year != horizon:
        return 0, None
    fitting, count = _candidates(onsets[-1]), 1
    for onset, later in zip(onsets[-2::-1], onsets[:0:-1], strict=True):
        common = fitting & _candidates(onset)
        if onset.year != later.year - 1 or not common:
            break
        fitting, count = common, count + 1
    return count, min(fitting)


def _candidates(onset: dt.datetime) -> set[YearlyDay]:
    """The yearly days on which this change may stand."""
    last = calendar.monthrange(onset.year, onset.month)[1] - 6
    firsts = range(max(1, onset.day - 6), min(onset.day, last) + 1)
    return {(onset.month, first, onset.weekday(), onset.time()) for first in firsts}


def _rule(day: YearlyDay) -> vRecur:
    month, first, weekday, _ = day
    rule: dict[str, object] = {"freq": "YEARLY", "bymonth": month}
    # February has no last week that begins on the same day each year.
    if first + 6 == calendar.monthrange(2001, month)[1] and month != 2:
        return vRecur({**rule, "byday": f"-1{DAYS[weekday]}"})
    if first % 7 == 1:
        return vRecur({**rule, "byday": f"{first // 7 + 1}{DAYS[weekday]}"})
    return vRecur({**rule, "byday": DAYS[weekday], "bymonthday": list(range(first, first + 7))})


def _observance(kind: Kind, onset: dt.datetime) -> TimezoneStandard | TimezoneDaylight:
    component = TimezoneDaylight() if kind.summer else TimezoneStandard()
    component.add("dtstart", onset)
    component.add("tzoffsetfrom", kind.before)
    component.add("tzoffsetto", kind.after)
    component.add("tzname", kind.name)
    return component
