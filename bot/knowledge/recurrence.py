"""When meetings take place: recurrences in local wall-clock time, over daylight-saving changes."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rruleset, rrulestr

from bot.knowledge.models import Meeting

FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")

SEARCH_DAYS = 5 * 366
"""How far from its start a rule is searched for its first day."""

MAX_EXPANDED = 2_000
"""The most occurrences walked through in one look-up, so that work is bounded."""


@dataclass(frozen=True)
class Occurrence:
    """One meeting on one day."""

    meeting: Meeting
    day: dt.date
    """The day in its name: when it would have been, had it not been moved."""
    start: dt.datetime
    """With the community's time zone."""
    end: dt.datetime
    moved: bool = False

    @property
    def key(self) -> str:
        """Its name, `key@2026-12-10`."""
        return f"{self.meeting.key}@{self.day.isoformat()}"

    @property
    def cancelled(self) -> bool:
        """Whether the whole meeting or this occurrence was called off."""
        return self.meeting.cancelled or self.day in self.meeting.cancelled_days


class LocalTimeError(ValueError):
    """A wall-clock time that a daylight-saving change skips or repeats."""


def localise(wall_clock: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The instant of a wall-clock time that must exist exactly once; raises LocalTimeError."""
    first, second = (wall_clock.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first
    skipped = first.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) != wall_clock
    happens = "does not exist" if skipped else "happens twice"
    raise LocalTimeError(
        f"{wall_clock:%Y-%m-%d %H:%M} {happens}: the clocks are changed that night"
    )


def parse_rule(meeting: Meeting) -> rrule | None:
    """The meeting's rule, checked; raises ValueError with what to do."""
    if meeting.recurrence is None:
        return None
    text = meeting.recurrence.rrule.upper().removeprefix("RRULE:").strip()
    parts = dict(part.split("=", 1) for part in text.split(";") if "=" in part)
    if parts.get("FREQ") not in FREQUENCIES or not re.fullmatch(r"[A-Z0-9=;,:+-]+", text):
        raise ValueError(
            f"`{meeting.recurrence.rrule}` is not a recurrence rule: write for example "
            "FREQ=MONTHLY;BYDAY=2TH"
        )
    if {"COUNT", "UNTIL"} <= parts.keys():
        raise ValueError("a recurrence rule has COUNT or UNTIL, not both")
    if unknown := {"BYHOUR", "BYMINUTE", "BYSECOND", "DTSTART"} & parts.keys():
        raise ValueError(f"{', '.join(sorted(unknown))}: the time of day comes from `start`")
    # UNTIL is written in UTC or as a day; a day is enough here and free of time zones.
    text = re.sub(r"UNTIL=(\d{8})(T\d{6}Z?)?", r"UNTIL=\1T235959", text)
    try:
        rule = rrulestr(text, dtstart=meeting.start)
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise ValueError(
            f"`{meeting.recurrence.rrule}` is not a recurrence rule: {error}"
        ) from None
    if isinstance(rule, rruleset):
        raise ValueError("write one recurrence rule")
    if next(iter(_bounded(rule, meeting.start + dt.timedelta(days=SEARCH_DAYS))), None) is None:
        raise ValueError(f"`{meeting.recurrence.rrule}` names no day in the first years")
    return rule


def _bounded(rule: rrule, last: dt.datetime) -> rrule:
    """The rule up to a moment: without this, one that never comes true is searched to year 9999."""
    ends = rule._until  # type: ignore[attr-defined]
    bounded: rrule = rule if ends is not None and ends < last else rule.replace(until=last)
    return bounded


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
    for day, times in moved.items():
        start, end = _aware(times.start, zone), _aware(times.end, zone)
        yield Occurrence(meeting, day, start, end, moved=True)
    first = since.astimezone(zone).replace(tzinfo=None) - length
    last = until.astimezone(zone).replace(tzinfo=None)
    left_out = {*meeting.recurrence.skip, *moved}
    for count, start in enumerate(
        _bounded(rule, last).xafter(first - dt.timedelta(days=1), inc=True)
    ):
        if count >= MAX_EXPANDED:
            return
        if start.date() not in left_out:
            end = _aware(start + length, zone)
            yield Occurrence(meeting, start.date(), _aware(start, zone), end)


def _aware(wall_clock: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The instant of a wall-clock time; in a skipped hour, as much later as was skipped."""
    there = wall_clock.replace(tzinfo=zone)
    return there.astimezone(dt.UTC).astimezone(zone)


def occurrence_on(meeting: Meeting, day: dt.date, zone: ZoneInfo) -> Occurrence | None:
    """The occurrence named by its day, wherever it was moved to; None where there is none."""
    midnight = dt.datetime.combine(day, dt.time(), zone)
    span = dt.timedelta(days=400)
    found = _expand(meeting, midnight - dt.timedelta(days=1), midnight + span, zone)
    for occurrence in found:
        if occurrence.day == day:
            return occurrence
        if not occurrence.moved and occurrence.day > day:
            break
    return None
