"""Rules in English: the words that are read, and the words that say them."""

from __future__ import annotations

import re
from typing import Any

from bot.understanding.series.listing import listed
from bot.understanding.series.tokens import (
    SUMMER,
    Table,
    date,
    month,
    number,
    numbers,
    said,
    weekday,
)

_MONTHS = (
    "january|february|march|april|may|june|july|august|september|october|november|december"
    "|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
)
_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_SHORT_DAYS = ("mon", "tues?", "wed", "thu(?:rs?)?", "fri", "sat", "sun")
_LIST = r"\d{1,2}(?:\s*(?:,|-|and|or|nor)\s*\d{1,2})*(?![\d.:])"
_COUNTED = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_TIME = r"(\d{1,2})(?:[.:](\d\d))?(?![\d:])(?!\.\d)\s*([ap]\.?m\b\.?)?"


def _span(match: re.Match[str]) -> tuple[tuple[int, int], tuple[int, int] | None]:
    hour, minute, half, last_hour, last_minute, last_half = match.groups()[:6]
    last = _of_day(last_hour, last_minute, last_half) if last_hour else None
    return _of_day(hour, minute, half or last_half), last


def _of_day(hour: str, minute: str | None, half: str | None) -> tuple[int, int]:
    number_ = int(hour)
    if half:
        # 13 pm is no time; 12 am is midnight.
        number_ = number_ % 12 + (12 if half.startswith("p") else 0) if number_ <= 12 else 99
    return number_, int(minute or 0)


def _interval(match: re.Match[str]) -> tuple[Any, ...]:
    return (_COUNTED.get(match["count"]) or int(match["count"]), None)


TABLE: Table = (
    (r"once a week|weekly", "Ew", said(None)),
    (r"once a month|monthly", "Em", said(None)),
    (r"fortnightly|every fortnight", "Iw", said((2, None))),
    (rf"every (?P<count>{'|'.join(_COUNTED)}|\d{{1,2}}) weeks", "Iw", _interval),
    (rf"every (?P<count>{'|'.join(_COUNTED)}|\d{{1,2}}) months", "Im", _interval),
    (rf"every (?P<count>{'|'.join(_COUNTED)}|\d{{1,2}}) days", "Id", _interval),
    (r"daily", "Ed", said(None)),
    (r"(?:every|each) year|yearly|annually", "y", said(None)),
    (r"(?:on |every )?weekdays?", "H", said(None)),
    (
        rf"(?:at|from|between) {_TIME}\s*(?:-|to|until|till|and)\s*{_TIME}(?! ?(?:{_MONTHS}))",
        "T",
        _span,
    ),
    (rf"at {_TIME}()()()", "T", _span),
    (rf"{_TIME}\s*(?:-|to)\s*(\d{{1,2}})(?:[.:](\d\d))?\s*([ap]\.?m\b\.?)", "T", _span),
    (r"(\d{1,2})(?:[.:](\d\d))?\s*([ap]\.?m\b\.?)()()()", "T", _span),
    (rf"weeks? {_LIST}", "K", numbers),
    (r"(?:the )?end of (?:the|this) year", "G", said(None)),
    (
        rf"(?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<name>{_MONTHS})\.?"
        r"(?:,?\s+(?P<year>20\d\d))?",
        "D",
        date,
    ),
    (
        rf"(?P<name>{_MONTHS})\.? (?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:.])"
        r"(?:,?\s+(?P<year>20\d\d))?",
        "D",
        date,
    ),
    (rf"(?P<name>{_MONTHS})\.?", "M", month),
    (r"(?:during |over )?(?:the )?summer", "B", said(SUMMER)),
    (rf"(?P<name>{_DAYS})s", "P", weekday),
    (rf"(?P<name>{_DAYS})", "W", weekday),
    *((rf"{short}\.?", "W", said(number_)) for number_, short in enumerate(_SHORT_DAYS)),
    (r"(?:every|each) other|alternate", "I", said(2)),
    (r"first", "O", said(1)),
    (r"second", "O", said(2)),
    (r"third", "O", said(3)),
    (r"fourth", "O", said(4)),
    (r"fifth", "O", said(5)),
    (r"sixth", "O", said(6)),
    (r"last", "O", said(-1)),
    (r"(\d{1,3}) (?:times|occasions|meetings)", "C", number),
    (r"(\d{1,2})(?:st|nd|rd|th)", "N", number),
    (r"every|each", "E", said(None)),
    (r"month(?:s|'s)?", "m", said(None)),
    (r"weeks?", "w", said(None)),
    (r"days?", "d", said(None)),
    (
        r"(?:but )?(?:not|never)|except(?: for)?|excluding|other than|apart from|skipping",
        "X",
        said(None),
    ),
    (r"nor|(?:and|or) not", "x", said(None)),
    (r"until|till|through|up to|to|ending", "U", said(None)),
    (r"from|starting(?: from| on)?|beginning|as of|since", "S", said(None)),
    (r"(?:the )?end of", "L", said(None)),
    (r"(?:and )?(?:also|additionally)", "+", said(None)),
    (r"and|or", "A", said(None)),
    (r"the|on|of|in|a|at|only|always|held|during", "F", None),
)
"""Folded words of a rule."""

ORDINALS = ("", "first", "second", "third", "fourth", "fifth", "sixth")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("", "January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


class English:
    """Says the parts of a rule in English."""

    also = "also"

    def date(self, day: int, month_: int, year: int) -> str:
        """`5 February 2027`."""
        return f"{day} {MONTHS[month_]} {year}"

    def listed(self, items: list[str]) -> str:
        """`a, b and c`."""
        return listed(items, "and")

    def none_of(self, items: list[str]) -> str:
        """`a, b or c`."""
        return listed(items, "or")

    def every(self, interval: int, unit: str) -> str:
        """`every other week`."""
        if interval < 3:
            return f"every {unit}" if interval == 1 else f"every other {unit}"
        number_ = ORDINALS[interval] if interval < len(ORDINALS) else f"{interval}th"
        return f"every {number_} {unit}"

    def days(self, interval: int) -> str:
        """`every other day`."""
        return self.every(interval, "day")

    def weekly(self, interval: int, days: list[int]) -> str:
        """`every other week on Thursdays`."""
        held = self.listed([f"{DAYS[day]}s" for day in days])
        return held if interval == 1 else f"{self.every(interval, 'week')} on {held}"

    def of_month(self, interval: int, days: list[tuple[int, int]], months: list[int]) -> str:
        """`the second Tuesday of the month`, `the second Tuesday in May and October`."""
        held = self.listed([f"the {_which(at)} {DAYS[day]}" for day, at in days])
        return self._held(interval, held, months)

    def on_days(self, interval: int, days: list[int]) -> str:
        """`the 15th of the month`."""
        held = self.listed(["the last day" if day == -1 else f"the {_th(day)}" for day in days])
        return self._held(interval, held, [])

    def in_months(self, months: list[int]) -> str:
        """`in February and October`."""
        return "in " + self.listed([MONTHS[one] for one in months])

    def not_in_months(self, months: list[int]) -> str:
        """`not in June or July`."""
        return "not in " + self.none_of([MONTHS[one] for one in months])

    def until(self, date_: str) -> str:
        """`until 30 June 2027`."""
        return f"until {date_}"

    def since(self, date_: str) -> str:
        """`from 20 January 2027`."""
        return f"from {date_}"

    def times(self, count: int) -> str:
        """`10 times`."""
        return f"{count} times"

    def not_on(self, dates: list[str]) -> str:
        """`not on 14 April 2027 or 21 April 2027`."""
        return "not on " + self.none_of(dates)

    def _held(self, interval: int, held: str, months: list[int]) -> str:
        if months:
            return f"{held} {self.in_months(months)}"
        if interval == 1:
            return f"{held} of the month"
        return f"{self.every(interval, 'month')} on {held}"


def _which(at: int) -> str:
    return "last" if at == -1 else ORDINALS[at]


def _th(day: int) -> str:
    ending = "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"
