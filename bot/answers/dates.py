"""How a Finn, a Finland-Swede and an English reader write dates, times and lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from babel.dates import format_date, format_time

from bot.knowledge.models import Coordination
from bot.knowledge.values import Language, PartialDate, Source
from bot.understanding.model import Period

_LOCALES: dict[Language, str] = {"fi": "fi_FI", "sv": "sv_FI", "en": "en_GB"}
_DAYS: dict[Language, str] = {"fi": "d.M.y", "sv": "d MMMM y", "en": "d MMMM y"}
_WEEKDAYS: dict[Language, str] = {
    # Not EEEE: that leaves Sunday without its ending.
    "fi": "cccc'na' d.M.y",
    "sv": "EEEE d MMMM y",
    "en": "EEEE d MMMM y",
}
_CLOCKS: dict[Language, str] = {"fi": "H.mm", "sv": "H.mm", "en": "H:mm"}
_BEFORE_CLOCK: dict[Language, str] = {"fi": " klo ", "sv": " kl. ", "en": ", "}
_AND: dict[Language, str] = {"fi": " ja ", "sv": " och ", "en": " and "}

DASH = "\N{EN DASH}"

MOST_REMEMBERED = 2_048
"""Dates that are remembered as they are written: those of sources recur in all kinds of answers."""

YEAR = dt.timedelta(days=366)
"""How old information may be before an answer tells its age."""


@lru_cache(MOST_REMEMBERED)
def day(date: dt.date, language: Language) -> str:
    """`10.12.2026`, `10 december 2026`, `10 December 2026`."""
    return format_date(date, _DAYS[language], locale=_LOCALES[language])


def moment(start: dt.datetime, end: dt.datetime, language: Language) -> str:
    """From when to when, as `torstaina 10.12.2026 klo 8.30` up to `10.00`."""
    first = instant(start, language)
    if start.date() == end.date():
        return f"{first}{DASH}{_clock(end, language)}"
    return f"{first} {DASH} {instant(end, language)}"


def instant(time: dt.datetime, language: Language) -> str:
    """A day and a time of day, as `torstaina 10.12.2026 klo 8.30`."""
    return _weekday(time, language) + _BEFORE_CLOCK[language] + _clock(time, language)


def _weekday(date: dt.datetime, language: Language) -> str:
    return format_date(date.date(), _WEEKDAYS[language], locale=_LOCALES[language])


def _clock(time: dt.datetime, language: Language) -> str:
    return format_time(time.time(), _CLOCKS[language], locale=_LOCALES[language])


@lru_cache(MOST_REMEMBERED)
def _month(date: PartialDate, language: Language) -> str:
    first = dt.date(date.year, date.month or 1, 1)
    return format_date(first, "LLLL", locale=_LOCALES[language])


def partial(date: PartialDate, language: Language) -> str:
    """A date as far as it is known: `2017`, `tammikuu 2017`, `25.1.2017`."""
    return _written(date, language)


def _written(date: PartialDate, language: Language, year: str = "", ending: str = "") -> str:
    """A partial date; in Finnish with a word before a bare year and an ending on the month."""
    if date.month and date.day:
        return day(date.last_day(), language)
    if date.month:
        return f"{_month(date, language)}{ending} {date.year}"
    return f"{year}{date.year}"


def information_from(date: PartialDate, language: Language) -> str:
    """`tieto vuodelta 2021`, `uppgift från 2021`, `information from 2021`."""
    if language == "fi":
        return "tieto " + _written(date, "fi", "vuodelta ", "lta")
    return {"sv": "uppgift från ", "en": "information from "}[language] + partial(date, language)


def dated(source: Source, language: Language) -> str:
    """A source's date or the years it may be of: `3.10.2023`, `2019–2022`; empty if unknown."""
    if source.date is None:
        return ""
    return _years(source) or partial(source.date, language)


def source_age(source: Source, language: Language) -> str:
    """`tieto 3.10.2023`, `tieto vuosilta 2019–2022`; empty where nothing tells it."""
    if source.date is None:
        return ""
    years = _years(source)
    if not years:
        return information_from(source.date, language)
    words = {"fi": "tieto vuosilta ", "sv": "uppgift från ", "en": "information from "}
    return words[language] + years


def source_year(source: Source, language: Language) -> str:
    """The same by the year alone: `tieto vuodelta 2023`."""
    if source.date is None or _years(source):
        return source_age(source, language)
    return information_from(PartialDate(year=source.date.year), language)


def _years(source: Source) -> str:
    """`2019–2022`; empty where the source is of one year."""
    since, date = source.since, source.date
    if since is None or date is None or since.year == date.year:
        return ""
    return f"{since.year}{DASH}{date.year}"


def coordinated(coordination: Coordination, source: Source, language: Language) -> str:
    """When a coordination is known to have held; empty where nothing tells it."""
    since, until = coordination.since, coordination.until
    if since and until:
        return f"{partial(since, language)} {DASH} {partial(until, language)}"
    if since:
        return _since(since, language)
    if until:
        return _until(until, language)
    if coordination.as_of:
        return information_from(coordination.as_of, language)
    return source_age(source, language)


def _since(date: PartialDate, language: Language) -> str:
    if language == "fi":
        return _written(date, "fi", "vuodesta ", "sta") + " alkaen"
    return {"sv": "från och med ", "en": "since "}[language] + partial(date, language)


def _until(date: PartialDate, language: Language) -> str:
    if language == "fi":
        # Bare years take their case in the word before them.
        return _written(date, "fi", "vuoteen ", "hun") + " asti"
    return {"sv": "till och med ", "en": "until "}[language] + partial(date, language)


def span(period: Period, language: Language) -> str:
    """A period as it follows `meetings`: `joulukuussa 2026`, `den 10 december 2026`."""
    start, end = period.start, period.end
    before = {"fi": "", "sv": "den ", "en": "on "}[language]
    if start == end:
        return before + day(start, language)
    if (start, end) == (dt.date(start.year, 1, 1), dt.date(start.year, 12, 31)):
        return {"fi": "vuonna ", "sv": "år ", "en": "in "}[language] + str(start.year)
    if start.day == 1 and end == PartialDate(year=start.year, month=start.month).last_day():
        month = PartialDate(year=start.year, month=start.month)
        if language == "fi":
            return _written(month, "fi", ending="ssa")
        return {"sv": "i ", "en": "in "}[language] + partial(month, language)
    if (start.year, start.month) == (end.year, end.month):
        dot = "." if language == "fi" else ""
        return f"{before}{start.day}{dot}{DASH}{day(end, language)}"
    first = day(start, language)
    if start.year == end.year:
        first = first.removesuffix(str(start.year)).rstrip()
    if language == "fi":
        return f"{first}{DASH}{day(end, language)}"
    if language == "sv":
        return f"den {first} {DASH} {day(end, language)}"
    return f"from {first} to {day(end, language)}"


def joined(items: Iterable[Any], language: Language) -> str:
    """`a, b ja c`, `a, b och c`, `a, b and c`."""
    words = [str(item) for item in items]
    if len(words) < 2:
        return "".join(words)
    return ", ".join(words[:-1]) + _AND[language] + words[-1]


def over_a_year_old(source: Source, today: dt.date) -> bool:
    """Whether a source's date is known and over a year ago."""
    return source.date is not None and source.date.last_day() + YEAR <= today
