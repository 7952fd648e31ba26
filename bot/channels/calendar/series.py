"""A meeting as the series that every calendar understands.

Outlook and Exchange know one month in a yearly rule and none in a monthly one, and take a rule with
more for a meeting that is held once (MS-OXCICAL 2.1.3.2.2, Recurrence Templates). So a rule with
several months becomes a yearly series for each month: `coffee.02`, `coffee.05`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from bot.knowledge.models import Meeting, Recurrence
from bot.knowledge.recurrence import gives, parse_rule, times_added


@dataclass(frozen=True)
class Series:
    """The occurrences of a meeting that one rule gives, with the exceptions to it."""

    name: str
    meeting: Meeting
    recurrence: Recurrence
    first: dt.datetime
    """When it is held first, in wall-clock time: `start` need not fall on a day of the rule."""


def series_of(meeting: Meeting) -> list[Series]:
    """All series of a recurring meeting, by month."""
    recurrence = meeting.recurrence
    assert recurrence is not None
    months = _months(recurrence)
    parts = [_of_month(meeting, recurrence, month) for month in months] if months else [meeting]
    found = []
    for part in parts:
        first = _first(part)
        if first is not None and part.recurrence is not None:
            found.append(Series(series_name(meeting, first.date()), part, part.recurrence, first))
    return found


def series_name(meeting: Meeting, day: dt.date) -> str:
    """The name of the series to which the occurrence of a day belongs."""
    if is_added(meeting, day):
        return f"{meeting.key}.{day.isoformat()}"
    months = _months(meeting.recurrence) if meeting.recurrence else []
    # A dot stands in no key, so no other meeting has this name.
    return f"{meeting.key}.{day.month:02}" if len(months) > 1 else meeting.key


def added_days(meeting: Meeting) -> list[dt.date]:
    """The days of a series that its rule does not give.

    Outlook leaves out days that an event lists (RDATE), so each is an event of its own.
    """
    return [time.date() for time in times_added(meeting) if is_added(meeting, time.date())]


def is_added(meeting: Meeting, day: dt.date) -> bool:
    """Whether a day of a series is one that was added to its rule."""
    recurrence = meeting.recurrence
    if recurrence is None or day not in recurrence.also:
        return False
    by_rule = recurrence.model_copy(update={"also": ()})
    return not gives(meeting.model_copy(update={"recurrence": by_rule}), day)


def rule_parts(recurrence: Recurrence) -> dict[str, str]:
    """The parts of a checked rule: `{"FREQ": "YEARLY", "BYMONTH": "2,5"}`."""
    text = recurrence.rrule.upper().removeprefix("RRULE:").strip()
    return dict(part.split("=", 1) for part in text.split(";"))


def _months(recurrence: Recurrence) -> list[int]:
    """The months that need a yearly series each; none where the rule can stay as it is."""
    parts = rule_parts(recurrence)
    months = sorted({int(month) for month in parts.get("BYMONTH", "").split(",") if month})
    if parts["FREQ"] == "MONTHLY" and parts.get("INTERVAL", "1") == "1":
        return months
    # BYSETPOS counts through all months of the year, which cannot be taken apart.
    yearly = parts["FREQ"] == "YEARLY" and "BYSETPOS" not in parts
    return months if yearly and len(months) > 1 else []


def _of_month(meeting: Meeting, recurrence: Recurrence, month: int) -> Meeting:
    parts = rule_parts(recurrence) | {"FREQ": "YEARLY", "BYMONTH": str(month)}
    if parts.pop("COUNT", None):
        # Of all months together: the day on which they end does it for each.
        *_, last = parse_rule(meeting) or [meeting.start]
        parts["UNTIL"] = f"{last:%Y%m%d}"
    changes = {
        "rrule": ";".join(f"{name}={value}" for name, value in parts.items()),
        "skip": tuple(day for day in recurrence.skip if day.month == month),
        "moved": {day: to for day, to in recurrence.moved.items() if day.month == month},
    }
    cancelled_days = tuple(day for day in meeting.cancelled_days if day.month == month)
    changed_days = {day: to for day, to in meeting.changed_days.items() if day.month == month}
    return meeting.model_copy(
        update={
            "recurrence": recurrence.model_copy(update=changes),
            "cancelled_days": cancelled_days,
            "changed_days": changed_days,
        }
    )


def _first(meeting: Meeting) -> dt.datetime | None:
    try:
        rule = parse_rule(meeting)
    except ValueError:
        return None  # Such as 30 February, next to months that have the day.
    return next(iter(rule)) if rule else None
