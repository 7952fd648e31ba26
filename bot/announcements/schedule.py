"""When an announcement is sent: what somebody wrote becomes an instant.

Instants are in UTC: two times of one zone are compared by their clocks, which is wrong in the night
when an hour comes twice. A time without an offset is the community's wall clock. In the night when
an hour is skipped, a time within it is as much later; in the night when one comes twice, the first
is meant.
"""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

from bot.announcements.errors import Invalid
from bot.announcements.model import Reminder

PAST_TOLERANCE = dt.timedelta(minutes=5)
"""How far in the past a time may be and still mean `now`: clocks differ, and forms take time."""

MAX_AHEAD = dt.timedelta(days=2 * 366)
"""How far ahead something may be scheduled; more is a typing error."""

MAX_LENGTH = 40
"""Characters of a time that are looked at."""

_PATTERN = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?\s?(Z|[+-]\d\d:?\d\d)?",
    re.ASCII | re.IGNORECASE,
)


def parse_time(written: str, zone: ZoneInfo, field: str = "send_at") -> dt.datetime:
    """The instant that a text names, a clock of `zone` where it has no offset; raises Invalid."""
    match = _PATTERN.fullmatch(written.strip()) if len(written) <= MAX_LENGTH else None
    if match is None:
        raise Invalid(field, "time_form")
    year, month, day, hour, minute = (int(part) for part in match.groups()[:5])
    try:
        wall_clock = dt.datetime(year, month, day, hour, minute, int(match[6] or 0))
        if match[7] is None:
            return at_wall_clock(wall_clock, zone)
        return wall_clock.replace(tzinfo=_offset(match[7])).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise Invalid(field, "time_form") from None


def _offset(written: str) -> dt.timezone:
    if written.upper() == "Z":
        return dt.UTC
    digits = written[1:].replace(":", "")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if minutes > 59:
        raise ValueError("minutes of an offset")
    length = dt.timedelta(hours=hours, minutes=minutes)
    return dt.timezone(-length if written[0] == "-" else length)


def at_wall_clock(wall_clock: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The instant of a wall-clock time; in a skipped hour, as much later as was skipped."""
    return wall_clock.replace(tzinfo=zone, fold=0).astimezone(dt.UTC)


def sending_time(
    written: str | None, now: dt.datetime, zone: ZoneInfo, field: str = "send_at"
) -> dt.datetime | None:
    """When to send; None means at once. Raises Invalid for a time gone by or far away."""
    if written is None or not written.strip():
        return None
    instant = parse_time(written, zone, field)
    if instant < now - PAST_TOLERANCE:
        raise Invalid(field, "time_past")
    if instant > now + MAX_AHEAD:
        raise Invalid(field, "time_far")
    return instant if instant > now else None


def reminder_time(reminder: Reminder, start: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """When a reminder of a meeting is sent.

    A day before is the same time of day by the clock on the wall; an hour before is an hour, for
    in the night when one is skipped the clock would say that of the meeting's very start.
    """
    if reminder is Reminder.HOUR:
        return start.astimezone(dt.UTC) - dt.timedelta(hours=1)
    wall_clock = start.astimezone(zone).replace(tzinfo=None) - dt.timedelta(days=1)
    return at_wall_clock(wall_clock, zone)
