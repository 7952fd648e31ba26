"""Spans of days, and which one is meant where a message leaves the year out."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from bot.understanding.model import Period
from bot.understanding.times.tense import Tense


@dataclass(frozen=True)
class Now:
    """When a message was written, and whether it asks about what was."""

    today: dt.date
    tense: Tense = Tense.COMING

    def choose(self, spans: Iterable[Period]) -> Period | None:
        """Of spans in their order the one that is meant; None where there is none such."""
        known = list(spans)
        past = next((one for one in reversed(known) if one.start <= self.today), None)
        coming = next((one for one in known if one.end >= self.today), None)
        match self.tense:
            case Tense.COMING:
                return coming
            case Tense.PAST:
                # Of one that is under way, what is over.
                return past and until(past, self.today)
        if past is None or coming is None:
            return past or coming
        return past if self.today - past.end <= coming.start - self.today else coming

    def last(self, spans: Iterable[Period]) -> Period | None:
        """The last span that is over: `viime lokakuussa`."""
        return next((one for one in reversed(list(spans)) if one.end < self.today), None)


def until(span: Period, today: dt.date) -> Period:
    """A span up to today at most."""
    return Period(span.start, min(span.end, max(today, span.start)))


Choose = Callable[[Iterable[Period]], Period | None]
"""`Now.choose` or `Now.last`."""


def days(start: dt.date, count: int = 1) -> Period:
    """So many days from a day on."""
    return Period(start, start + dt.timedelta(days=count - 1))


def week(today: dt.date, weeks: int) -> Period:
    """The week that is so many weeks ahead."""
    monday = today - dt.timedelta(days=today.weekday()) + dt.timedelta(weeks=weeks)
    return days(monday, 7)


def month(year: int, number: int) -> Period:
    """A month; the thirteenth is January of the next year, the 0th December of the last."""
    year, number = year + (number - 1) // 12, (number - 1) % 12 + 1
    return days(dt.date(year, number, 1), calendar.monthrange(year, number)[1])


def year(number: int) -> Period:
    """A year."""
    return Period(dt.date(number, 1, 1), dt.date(number, 12, 31))


def season(of: int, first_month: int) -> Period:
    """A season by the year in which it begins; winter begins in December."""
    return Period(dt.date(of, first_month, 1), month(of, first_month + 2).end)


def around(today: dt.date, made: Callable[[int], Period]) -> list[Period]:
    """The span of each year around today."""
    return [made(of) for of in range(today.year - 2, today.year + 3)]


def dates(today: dt.date, number: int, day: int) -> list[Period]:
    """A day of a month in each year around today; 29 February may be up to eight years away."""
    found = []
    for of in range(max(1, today.year - 8), today.year + 9):
        with suppress(ValueError):
            found.append(days(dt.date(of, number, day)))
    return found


def weekdays(today: dt.date, weekday: int) -> list[Period]:
    """A day of the week: the last ones, today's, and the next."""
    ahead = (weekday - today.weekday()) % 7
    return [days(today + dt.timedelta(days=ahead + more)) for more in (-14, -7, 0, 7)]
