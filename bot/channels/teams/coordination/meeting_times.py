"""When a new meeting is held, as its form says: once, over several days, or as a series."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from bot.announcements.errors import Invalid
from bot.i18n import Translator
from bot.knowledge.recurrence import LocalTimeError, localise
from bot.knowledge.values import Language
from bot.understanding.series import MAX_LENGTH, Every, Reading, Rule, read

from ..cards import Json
from . import elements as e
from .card_actions import CardAction
from .meeting_data import read_day

LONGEST_NIGHT = dt.timedelta(hours=8)
"""An end before the start is of the next morning where the meeting lasts no longer than this."""

DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Times:
    """What the fields of a form say of a meeting's time."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    """Of a file in content/meetings/: `start`, `end`, `recurrence`."""
    faults: tuple[Invalid, ...] = ()
    rule: Rule | None = None
    """The rule of a series; None for a meeting that is held once."""
    shown: bool = False
    """Whether the dates are looked at before it is saved: what they are was worked out."""
    typed: Mapping[str, str] = field(default_factory=dict)
    """What the fields of the form hold with what was worked out."""


def time_inputs(_: Translator, action: CardAction) -> list[Json]:
    """The fields of a time: day, hours, the day on which it ends, and how it repeats."""
    return [
        e.date_input("day", _("Day"), action.get("day")),
        e.columns(
            e.time_input("start", _("Starts"), action.get("start")),
            e.time_input("end", _("Ends"), action.get("end")),
        ),
        e.date_input(
            "last_day", _("Last day, where it ends on another one"), action.get("last_day")
        ),
        e.text_input(
            "repeats",
            _("Repeats, in your own words; empty: once"),
            action.get("repeats"),
            longest=MAX_LENGTH,
            # i18n: an example of how a series of meetings is entered
            hint=_("the second Tuesday of the month, not in July, until June"),
        ),
    ]


def read_times(action: CardAction, language: Language, now: dt.datetime, zone: ZoneInfo) -> Times:
    """Reads the fields; all faults at once. `now` is aware."""
    today = now.astimezone(zone).date()
    faults: list[Invalid] = []
    day = _day(action, "day", faults)
    last_day, typed_day = _day(action, "last_day", faults), day
    start, end = _clock(action, "start", faults), _clock(action, "end", faults)
    reading = _reading(action, language, today, day, faults)
    if reading is not None:
        start, end = _said_times(action, reading, start, end, faults)
        day = reading.first or day
    elif not action.get("repeats") and not action.get("day"):
        faults.append(Invalid("day", "missing"))
    for name, time in (("start", start), ("end", end)):
        if time is None and not any(one.field == name for one in faults):
            faults.append(Invalid(name, "missing"))
    if (
        day is None
        or start is None
        or end is None
        or any(one.field == "last_day" for one in faults)
    ):
        return Times(faults=tuple(faults))
    first = dt.datetime.combine(day, start)
    if last_day is not None and typed_day is not None:
        # Of a series each one is as long.
        last = dt.datetime.combine(day + (last_day - typed_day), end)
    else:
        last = dt.datetime.combine(last_day or day, end)
    overnight = last_day is None and last < first and last + DAY - first <= LONGEST_NIGHT
    last += DAY if overnight else dt.timedelta()
    if last <= first:
        faults.append(Invalid("last_day" if last_day else "end", "end_before_start"))
    rule = reading.rule if reading is not None else None
    if rule is not None and rule.every is Every.CHOSEN and len(rule.dates) == 1:
        rule = None
    faults += _missing_hours(first, last, zone)
    if not faults and localise(last, zone) <= now:
        if rule is None:
            faults.append(Invalid("start", "time_past"))
        elif not action.get("day") and first.date() == today:
            # Today's hour is past: the first date is the next one.
            tomorrow = {**action.fields, "day": str(today + DAY)}
            return read_times(CardAction(action.do, action.language, tomorrow), language, now, zone)
        elif (rule.dates[-1] if rule.every is Every.CHOSEN else rule.until or today) < today:
            faults.append(Invalid("repeats", "series_over"))
    if faults:
        return Times(faults=tuple(faults), rule=rule)
    fields: dict[str, Any] = {"start": f"{first:%Y-%m-%d %H:%M}", "end": f"{last:%Y-%m-%d %H:%M}"}
    if rule is not None:
        fields["recurrence"] = rule.recurrence()
    typed = {"day": f"{first:%Y-%m-%d}", "start": f"{first:%H:%M}", "end": f"{last:%H:%M}"}
    if last.date() > first.date():
        typed["last_day"] = f"{last:%Y-%m-%d}"
    return Times(fields, (), rule, rule is not None or last.date() > first.date(), typed)


def _reading(
    action: CardAction,
    language: Language,
    today: dt.date,
    day: dt.date | None,
    faults: list[Invalid],
) -> Reading | None:
    text = action.get("repeats")
    if not text:
        return None
    reading = read(text, language, today, day)
    if reading.not_understood:
        words = ", ".join(f"”{one}”" for one in reading.not_understood)
        faults.append(Invalid("repeats", "series_not_understood", words=words))
    elif reading.missing is not None:
        faults.append(Invalid("repeats", str(reading.missing)))
    elif reading.rule is None:
        faults.append(Invalid("repeats", "series_none"))
    return reading


def _said_times(
    action: CardAction,
    reading: Reading,
    start: dt.time | None,
    end: dt.time | None,
    faults: list[Invalid],
) -> tuple[dt.time | None, dt.time | None]:
    """The hours of the fields, else those of the rule's text, which may not say others."""
    for typed, said in ((start, reading.start), (end, reading.end)):
        if typed is not None and said is not None and typed != said:
            faults.append(Invalid("repeats", "series_two_times"))
            break
    return start or reading.start, end or reading.end


def _missing_hours(first: dt.datetime, last: dt.datetime, zone: ZoneInfo) -> list[Invalid]:
    """Hours that a change of the clocks skips or repeats."""
    found = []
    for name, time in (("start", first), ("end", last)):
        try:
            localise(time, zone)
        except LocalTimeError:
            gone = time.replace(tzinfo=zone).astimezone(dt.UTC).astimezone(zone)
            skipped = gone.replace(tzinfo=None) != time
            found.append(Invalid(name, "time_skipped" if skipped else "time_twice"))
    return found


def _day(action: CardAction, name: str, faults: list[Invalid]) -> dt.date | None:
    typed = action.get(name)
    try:
        return read_day(name, typed) if typed else None
    except Invalid as error:
        faults.append(error)
        return None


def _clock(action: CardAction, name: str, faults: list[Invalid]) -> dt.time | None:
    typed = action.get(name)
    try:
        return dt.datetime.strptime(typed, "%H:%M").time() if typed else None
    except ValueError:
        faults.append(Invalid(name, "no_time"))
        return None
