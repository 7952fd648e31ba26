"""How a Finn, a Finland-Swede and an English reader write dates, times and lists.

Patterns are those of Unicode's CLDR (https://unicode.org/reports/tr35/tr35-dates.html), and stand
in the catalogues like the words around them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from babel.dates import format_date, format_time

from bot.i18n import Message, pN_, translator
from bot.knowledge.models import Coordination
from bot.knowledge.values import PartialDate, Source
from bot.understanding.model import Period

_LOCALES = {"fi": "fi_FI", "sv": "sv_FI", "en": "en_GB"}

DASH = "\N{EN DASH}"

MAX_CACHED_DATES = 2_048
"""Dates of sources recur in all kinds of answers."""

YEAR = dt.timedelta(days=366)
"""How old information may be before an answer tells its age."""


def day(date: dt.date, language: str) -> str:
    """`10.12.2026`, `10 december 2026`, `10 December 2026`."""
    _ = translator(language)
    return _format_date(date, _.pgettext("date pattern", "d MMMM y"), language)


@lru_cache(MAX_CACHED_DATES)
def _format_date(date: dt.date, pattern: str, language: str) -> str:
    return format_date(date, pattern, locale=_LOCALES.get(language, language))


def moment(start: dt.datetime, end: dt.datetime, language: str) -> str:
    """From when to when, as `torstaina 10.12.2026 klo 8.30` up to `10.00`."""
    first = instant(start, language)
    if start.date() == end.date():
        return f"{first}{DASH}{clock(end, language)}"
    return f"{first} {DASH} {instant(end, language)}"


def instant(time: dt.datetime, language: str) -> str:
    """A day and a time of day, as `torstaina 10.12.2026 klo 8.30`."""
    _ = translator(language)
    that_day = weekday(time.date(), language)
    return _.pgettext("instant", "{day}, {time}", day=that_day, time=clock(time, language))


def weekday(date: dt.date, language: str) -> str:
    """A day with its day of the week, as `torstaina 10.12.2026`."""
    # i18n: EEEE is the day of the week. Finnish takes cccc: EEEE leaves Sunday without its ending.
    pattern = translator(language).pgettext("date pattern", "EEEE d MMMM y")
    return format_date(date, pattern, locale=_LOCALES.get(language, language))


def clock(time: dt.datetime, language: str) -> str:
    """A time of day, as `8.30`."""
    pattern = translator(language).pgettext("time pattern", "H:mm")
    return format_time(time.time(), pattern, locale=_LOCALES.get(language, language))


def _month(date: PartialDate, language: str) -> str:
    """The month's name in its base form."""
    return _format_date(date.first_day(), "LLLL", language)


def partial(date: PartialDate, language: str) -> str:
    """A date as far as it is known: `2017`, `tammikuu 2017`, `25.1.2017`."""
    return _PLAIN.said(date, language)


@dataclass(frozen=True)
class _DateTexts:
    """What is said with a date, by how much of it is known: Finnish inflects months and years."""

    day: Message
    """With `{date}`."""
    month: Message
    """With `{month}`, the name in its base form, and `{year}`."""
    year: Message
    """With `{year}`."""

    def said(self, date: PartialDate, language: str) -> str:
        if date.month and date.day:
            return self.day.said(language, date=day(date.last_day(), language))
        if date.month:
            return self.month.said(language, month=_month(date, language), year=date.year)
        return self.year.said(language, year=date.year)


_PLAIN = _DateTexts(
    pN_("date", "{date}"),
    pN_("date", "{month} {year}"),
    pN_("date", "{year}"),
)
_INFORMATION = _DateTexts(
    pN_("age of information", "information from {date}"),
    pN_("age of information", "information from {month} {year}"),
    pN_("age of information", "information from {year}"),
)
_SINCE = _DateTexts(
    pN_("coordination", "since {date}"),
    pN_("coordination", "since {month} {year}"),
    pN_("coordination", "since {year}"),
)
_UNTIL = _DateTexts(
    pN_("coordination", "until {date}"),
    pN_("coordination", "until {month} {year}"),
    pN_("coordination", "until {year}"),
)


def information_from(date: PartialDate, language: str) -> str:
    """`tieto vuodelta 2021`, `uppgift från 2021`, `information from 2021`."""
    return _INFORMATION.said(date, language)


def dated(source: Source, language: str) -> str:
    """A source's date or the years it may be of: `3.10.2023`, `2019–2022`; empty if unknown."""
    if source.date is None:
        return ""
    return _years(source) or partial(source.date, language)


def source_age(source: Source, language: str) -> str:
    """`tieto 3.10.2023`, `tieto vuosilta 2019–2022`; empty where nothing tells it."""
    if source.date is None:
        return ""
    years = _years(source)
    if not years:
        return information_from(source.date, language)
    # i18n: {years} is a range such as 2019–2022
    return translator(language).pgettext(
        "age of information", "information from {years}", years=years
    )


def source_year(source: Source, language: str) -> str:
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


def coordinated(coordination: Coordination, source: Source, language: str) -> str:
    """When a coordination is known to have held; empty where nothing tells it."""
    since, until = coordination.since, coordination.until
    if since and until:
        return f"{partial(since, language)} {DASH} {partial(until, language)}"
    if since:
        return _SINCE.said(since, language)
    if until:
        return _UNTIL.said(until, language)
    if coordination.as_of:
        return information_from(coordination.as_of, language)
    return source_age(source, language)


def span(period: Period, language: str) -> str:
    """A period as it follows `meetings`: `joulukuussa 2026`, `den 10 december 2026`."""
    _ = translator(language)
    start, end = period.start, period.end
    if start == end:
        return _.pgettext("period", "on {day}", day=day(start, language))
    if (start, end) == (dt.date(start.year, 1, 1), dt.date(start.year, 12, 31)):
        return _.pgettext("period", "in {year}", year=start.year)
    month = PartialDate(year=start.year, month=start.month)
    if start.day == 1 and end == month.last_day():
        name = _month(month, language)
        # i18n: {month} is the name in its base form
        return _.pgettext("period", "in {month} {year}", month=name, year=start.year)
    last = day(end, language)
    if (start.year, start.month) == (end.year, end.month):
        # i18n: {first} is the number of a day, {last} a whole date
        return _.pgettext("period", "on {first}–{last}", first=start.day, last=last)
    first = day(start, language)
    if start.year == end.year:
        first = first.removesuffix(str(start.year)).rstrip()
    return _.pgettext("period", "from {first} to {last}", first=first, last=last)


def joined(items: Iterable[Any], language: str) -> str:
    """`a, b ja c`, `a, b och c`, `a, b and c`."""
    words = [str(item) for item in items]
    if len(words) < 2:
        return "".join(words)
    _ = translator(language)
    return _.pgettext("list", "{others} and {last}", others=", ".join(words[:-1]), last=words[-1])


def over_a_year_old(source: Source, today: dt.date) -> bool:
    """Whether a source's date is known and over a year ago."""
    return source.date is not None and source.date.last_day() + YEAR <= today
