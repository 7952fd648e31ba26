"""Expands recurring meetings in local wall-clock time, over daylight-saving changes."""

from __future__ import annotations

import datetime as dt
import heapq
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rruleset, rrulestr

from bot.i18n import N_, Message
from bot.knowledge.invalid_value import InvalidValueError
from bot.knowledge.models import Meeting
from bot.knowledge.values import FIRST_YEAR, LAST_YEAR

FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")

_WEEKDAY = "(MO|TU|WE|TH|FR|SA|SU)"
_MONTH = r"([1-9]|1[0-2])"
_DAY_OF_MONTH = r"-?([1-9]|[12]\d|3[01])"

PARTS = {
    "FREQ": "|".join(FREQUENCIES),
    "INTERVAL": r"[1-9]\d?",
    "COUNT": r"[1-9]\d{0,3}",
    "UNTIL": r"\d{8}(T\d{6}Z?)?",
    "BYDAY": rf"(-?[1-5])?{_WEEKDAY}(,(-?[1-5])?{_WEEKDAY})*",
    "BYMONTHDAY": rf"{_DAY_OF_MONTH}(,{_DAY_OF_MONTH})*",
    "BYMONTH": rf"{_MONTH}(,{_MONTH})*",
    "BYSETPOS": r"-?[1-9]\d?(,-?[1-9]\d?)*",
    "WKST": _WEEKDAY,
}
"""The parts of an RRULE (RFC 5545, 3.3.10) that are accepted, as regular expressions. dateutil
accepts more, and some of it never ends (INTERVAL=0) or breaks (BYDAY=9TH)."""

ONLY_IN_MONTHS = frozenset({"BYMONTHDAY", "BYSETPOS"})
"""Parts that are valid with FREQ=MONTHLY and YEARLY only."""

SEARCH_DAYS = 5 * 366
"""Days from its start within which a rule must give a day."""

MAX_EXPANDED = 2_000
"""Occurrences expanded in one look-up at most, so that work is bounded."""


@dataclass(frozen=True)
class Occurrence:
    """One meeting on one day."""

    meeting: Meeting
    day: dt.date
    """The day by the rule, also where the occurrence was moved; part of its key."""
    start: dt.datetime
    """With the community's time zone."""
    end: dt.datetime
    moved: bool = False

    @property
    def key(self) -> str:
        """The meeting's key and the day: `key@2026-12-10`."""
        return f"{self.meeting.key}@{self.day.isoformat()}"

    @property
    def cancelled(self) -> bool:
        """Whether the whole meeting or this occurrence is cancelled."""
        return self.meeting.cancelled or self.day in self.meeting.cancelled_days


class LocalTimeError(InvalidValueError):
    """A wall-clock time that a daylight-saving change skips or repeats."""

    def __init__(self, message: Message, *, twice: bool) -> None:
        super().__init__(message)
        self.twice = twice
        """Whether it is repeated."""


def localise(wall_clock: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The instant of a wall-clock time that must exist exactly once; raises LocalTimeError."""
    first, second = (wall_clock.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first
    skipped = first.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) != wall_clock
    fault = (
        N_("{time} does not exist: the clocks are changed that night; choose another time")
        if skipped
        else N_("{time} happens twice: the clocks are changed that night; choose another time")
    )
    time = f"{wall_clock:%Y-%m-%d %H:%M}"
    raise LocalTimeError(fault.filled(time=time), twice=not skipped)


def parse_rule(meeting: Meeting) -> rrule | None:
    """The meeting's checked rule, None without one; raises InvalidValueError with what to do."""
    if meeting.recurrence is None:
        return None
    text = meeting.recurrence.rrule.upper().removeprefix("RRULE:").strip()
    _check_parts(meeting.recurrence.rrule, text)
    # UNTIL is written in UTC or as a day; a day is enough here and free of time zones.
    text = re.sub(r"UNTIL=(\d{8})(T\d{6}Z?)?", r"UNTIL=\1T235959", text)
    try:
        rule = rrulestr(text, dtstart=meeting.start)
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise InvalidValueError(
            N_(
                "`{rule}` is not a recurrence rule: {original}",
                rule=meeting.recurrence.rrule,
                original=error,
            )
        ) from None
    if isinstance(rule, rruleset):
        raise InvalidValueError(N_("write one recurrence rule"))
    first = next(iter(rule), None)
    if first is None or first > meeting.start + dt.timedelta(days=SEARCH_DAYS):
        raise InvalidValueError(
            N_(
                "`{rule}` names no day in the first years: write one that comes true",
                rule=meeting.recurrence.rrule,
            )
        )
    return rule


def _check_parts(written: str, text: str) -> None:
    """Raises Unusable for a rule with a part that is unknown, wrong, doubled or out of place."""
    pairs = [part.partition("=") for part in text.split(";")]
    parts = {name: value for name, _, value in pairs}
    if unknown := {"BYHOUR", "BYMINUTE", "BYSECOND", "DTSTART"} & parts.keys():
        raise InvalidValueError(
            N_("{parts}: the time of day comes from `start`", parts=sorted(unknown))
        )
    fits = all(re.fullmatch(PARTS.get(name, ""), value) for name, _, value in pairs)
    if (
        not fits
        or "FREQ" not in parts
        or len(parts) < len(pairs)
        or not parts.keys() <= PARTS.keys()
    ):
        raise InvalidValueError(
            N_(
                "`{rule}` is not a recurrence rule: write for example FREQ=MONTHLY;BYDAY=2TH",
                rule=written,
            )
        )
    if {"COUNT", "UNTIL"} <= parts.keys():
        raise InvalidValueError(N_("a recurrence rule has COUNT or UNTIL, not both"))
    numbered = re.search(r"\d", parts.get("BYDAY", "")) is not None
    if parts["FREQ"] in ("DAILY", "WEEKLY") and (numbered or ONLY_IN_MONTHS & parts.keys()):
        raise InvalidValueError(
            N_(
                "`{rule}`: a day of the month, or which of the days, needs "
                "FREQ=MONTHLY or FREQ=YEARLY",
                rule=written,
            )
        )


def occurrences(
    meeting: Meeting, since: dt.datetime, until: dt.datetime, zone: ZoneInfo
) -> Iterator[Occurrence]:
    """The occurrences that end after `since` and start before `until`, cancelled ones included.

    Both limits carry a time zone. Sorted by start, moved ones where they were moved to.
    """
    found = [
        occurrence
        for occurrence in _expand(meeting, since, until, zone)
        if occurrence.end > since and occurrence.start < until
    ]
    yield from sorted(found, key=lambda occurrence: occurrence.start)


def _expand(
    meeting: Meeting, since: dt.datetime, until: dt.datetime, zone: ZoneInfo
) -> Iterator[Occurrence]:
    length = meeting.end - meeting.start
    rule = parse_rule(meeting)
    if rule is None or meeting.recurrence is None:
        start, end = _aware(meeting.start, zone), _aware(meeting.end, zone)
        yield Occurrence(meeting, meeting.start.date(), start, end)
        return
    moved = meeting.recurrence.moved
    yield from occurrences_moved(meeting, zone)
    first = since.astimezone(zone).replace(tzinfo=None) - length
    last = until.astimezone(zone).replace(tzinfo=None)
    left_out = {*meeting.recurrence.skip, *moved}
    begin = first - dt.timedelta(days=1)
    added = (start for start in times_added(meeting) if start >= begin)
    starts = heapq.merge(rule.xafter(begin, inc=True), added)
    before = None
    for start in islice(takewhile(lambda start: start <= last, starts), MAX_EXPANDED):
        if start.date() not in left_out and start != before:
            before = start
            day, end = start.date(), _aware(start + length, zone)
            yield Occurrence(meeting.on(day), day, _aware(start, zone), end)


def times_added(meeting: Meeting) -> list[dt.datetime]:
    """When a series is held besides its rule, in wall-clock time and in order."""
    days = meeting.recurrence.also if meeting.recurrence is not None else ()
    return [dt.datetime.combine(day, meeting.start.time()) for day in sorted({*days})]


def gives(meeting: Meeting, day: dt.date) -> bool:
    """Whether a meeting falls on a day, by its rule or as one that was added."""
    rule = parse_rule(meeting)
    if rule is None:
        return day == meeting.start.date()
    midnight = dt.datetime.combine(day, dt.time())
    following = rule.after(midnight, inc=True)
    by_rule = following is not None and following.date() == day
    return by_rule or any(time.date() == day for time in times_added(meeting))


def occurrences_moved(meeting: Meeting, zone: ZoneInfo) -> Iterator[Occurrence]:
    """The occurrences of a series that have another time than by its rule, whenever they are."""
    moved = meeting.recurrence.moved if meeting.recurrence is not None else {}
    for day, times in moved.items():
        start, end = _aware(times.start, zone), _aware(times.end, zone)
        yield Occurrence(meeting.on(day), day, start, end, moved=True)


def _aware(wall_clock: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The instant of a wall-clock time; one in a skipped hour is moved by the length of the gap."""
    there = wall_clock.replace(tzinfo=zone)
    return there.astimezone(dt.UTC).astimezone(zone)


def occurrence_on(meeting: Meeting, day: dt.date, zone: ZoneInfo) -> Occurrence | None:
    """The occurrence named by its day, wherever it was moved to; None where there is none."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        return None
    midnight = dt.datetime.combine(day, dt.time(), zone)
    span = dt.timedelta(days=400)
    found = _expand(meeting, midnight - dt.timedelta(days=1), midnight + span, zone)
    for occurrence in found:
        if occurrence.day == day:
            return occurrence
        if not occurrence.moved and occurrence.day > day:
            break
    return None


def occurrence_or_only(meeting: Meeting, day: dt.date, zone: ZoneInfo) -> Occurrence | None:
    """The occurrence of a series on a day; of a meeting held once the only one, whatever the day.

    So a meeting that was moved is found by its former key.
    """
    if meeting.recurrence is not None:
        return occurrence_on(meeting, day, zone)
    far = dt.timedelta(days=2)
    start = meeting.start.replace(tzinfo=zone)
    end = meeting.end.replace(tzinfo=zone)
    return next(occurrences(meeting, start - far, end + far, zone), None)
