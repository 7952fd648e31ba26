"""The rule of a series as people state it, and as the content model has it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from dateutil.rrule import rrulestr

from bot.knowledge.models import ONLY_START, Recurrence

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LAST = -1
"""The position of the last one of a month."""

ALL_MONTHS = tuple(range(1, 13))
MOST_DATES = 4_000
"""Dates of a rule that are looked through for what is left out."""


class Every(StrEnum):
    """What a rule counts by."""

    DAY = "DAILY"
    WEEK = "WEEKLY"
    MONTH = "MONTHLY"
    CHOSEN = ""
    """No rule: the dates are chosen one by one."""


@dataclass(frozen=True)
class Rule:
    """When a series is held; of what people leave out nothing is guessed."""

    every: Every
    interval: int = 1
    days: tuple[tuple[int, int], ...] = ()
    """The days of the week from Monday, 0, each with its position in the month: 2 for the second
    one, -1 for the last, 0 in a rule that counts by weeks."""
    month_days: tuple[int, ...] = ()
    """Days of the month, -1 for the last."""
    months: tuple[int, ...] = ()
    """The months in which it is held; empty for all."""
    until: dt.date | None = None
    """The last day."""
    count: int | None = None
    """How often it is held in all, what is left out counted as well."""
    left_out: tuple[dt.date, ...] = ()
    dates: tuple[dt.date, ...] = ()
    """Chosen or added dates."""

    def rrule(self) -> str:
        """The rule as RFC 5545 writes it."""
        if self.every is Every.CHOSEN:
            return ONLY_START
        parts = {"FREQ": str(self.every)}
        if self.interval > 1:
            parts["INTERVAL"] = str(self.interval)
        if self.days:
            parts["BYDAY"] = ",".join(f"{at or ''}{DAYS[day]}" for day, at in self.days)
        if self.month_days:
            parts["BYMONTHDAY"] = ",".join(map(str, self.month_days))
        if self.months:
            parts["BYMONTH"] = ",".join(map(str, self.months))
        if self.until:
            parts["UNTIL"] = f"{self.until:%Y%m%d}"
        elif self.count:
            parts["COUNT"] = str(self.count)
        return ";".join(f"{name}={value}" for name, value in parts.items())

    def recurrence(self) -> dict[str, Any]:
        """The field `recurrence` of a file in content/meetings/."""
        fields: dict[str, Any] = {"rrule": self.rrule()}
        if self.left_out:
            fields["skip"] = [day.isoformat() for day in self.left_out]
        also = self.dates[1:] if self.every is Every.CHOSEN else self.dates
        if also:
            fields["also"] = [day.isoformat() for day in also]
        return fields

    def first(self, since: dt.date) -> dt.date | None:
        """The first date that the rule gives on a day or after it, left out or not."""
        if self.every is Every.CHOSEN:
            return next((day for day in self.dates if day >= since), None)
        # Every second week begins with the first week that has such a day.
        each = replace(self, interval=1, count=None)
        return next(each.by_rule(since), None)

    def by_rule(self, start: dt.date) -> Iterator[dt.date]:
        """What the rule alone gives from its first date on, nothing left out and nothing added."""
        if self.every is Every.CHOSEN:
            yield start
            return
        begin = dt.datetime.combine(start, dt.time())
        for time in rrulestr(self.rrule(), dtstart=begin):
            yield time.date()


_READABLE = {"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "UNTIL", "COUNT", "WKST"}


def rule_of(recurrence: Recurrence, start: dt.date) -> Rule | None:
    """The rule of a series that begins on a day; None for one that cannot be said in words.

    The rule is checked; `moved` is not looked at.
    """
    text = recurrence.rrule.upper().removeprefix("RRULE:").strip()
    parts = dict(part.split("=", 1) for part in text.split(";"))
    dates = tuple(sorted({*recurrence.also}))
    if text == ONLY_START:
        return Rule(Every.CHOSEN, dates=tuple(sorted({start, *dates})))
    if not parts.keys() <= _READABLE:
        return None
    interval = int(parts.get("INTERVAL", "1"))
    days = tuple(_day(one) for one in parts["BYDAY"].split(",")) if "BYDAY" in parts else ()
    months = tuple(sorted({int(one) for one in _listed(parts, "BYMONTH")}))
    month_days = tuple(sorted({int(one) for one in _listed(parts, "BYMONTHDAY")}))
    until = dt.datetime.strptime(parts["UNTIL"][:8], "%Y%m%d").date() if "UNTIL" in parts else None
    made = _counted(parts["FREQ"], interval, days, month_days, months, start)
    if made is None or ("WKST" in parts and parts["WKST"] != "MO"):
        return None
    return replace(
        made,
        until=until,
        count=int(parts["COUNT"]) if "COUNT" in parts else None,
        left_out=tuple(sorted({*recurrence.skip})),
        dates=dates,
    )


def _counted(
    often: str,
    interval: int,
    days: tuple[tuple[int, int], ...],
    month_days: tuple[int, ...],
    months: tuple[int, ...],
    start: dt.date,
) -> Rule | None:
    if any(at < LAST for _, at in days) or any(day < LAST for day in month_days):
        # The last but one.
        return None
    numbered = bool(days) and all(at for _, at in days)
    match often:
        case "DAILY" if not (days or month_days):
            return Rule(Every.DAY, interval, months=months)
        case "WEEKLY" if not month_days:
            days = tuple(sorted({*days})) or ((start.weekday(), 0),)
            return Rule(Every.WEEK, interval, days, months=months)
        case "MONTHLY" | "YEARLY" if (days and month_days) or (days and not numbered):
            return None
        case "MONTHLY":
            month_days = month_days or (() if days else (start.day,))
            return Rule(Every.MONTH, interval, days, month_days, months)
        case "YEARLY" if interval == 1 and (months or not (days or month_days)):
            # Of each year one month, or some: the same as monthly in these.
            month_days = month_days or (() if days else (start.day,))
            return Rule(Every.MONTH, 1, days, month_days, months or (start.month,))
    return None


def _listed(parts: Mapping[str, str], name: str) -> list[str]:
    return [one for one in parts.get(name, "").split(",") if one]


def _day(text: str) -> tuple[int, int]:
    return DAYS.index(text[-2:]), int(text[:-2] or 0)
