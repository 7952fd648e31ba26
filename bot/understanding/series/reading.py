"""Reads a series in plain words: `joka kuun toinen tiistai klo 8.30, ei heinäkuussa`."""

from __future__ import annotations

import calendar
import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice, takewhile

from bot.knowledge.values import LANGUAGES, Language
from bot.understanding.series import english, finnish, swedish
from bot.understanding.series.grammar import Date, Item, Said, read_tokens
from bot.understanding.series.rule import ALL_MONTHS, MOST_DATES, Every, Rule
from bot.understanding.series.tokens import Table, tokens_of

TABLES: Mapping[Language, Table] = {
    "fi": finnish.TABLE,
    "sv": swedish.TABLE,
    "en": english.TABLE,
}

MAX_LENGTH = 500
"""Characters of a rule."""

_LEAP_YEAR = 2028
LATEST = dt.date(2199, 12, 31)


class Missing(StrEnum):
    """What a rule leaves out, so that it cannot be used."""

    HOW_OFTEN = "series_how_often"
    """How often."""
    DAY_OF_MONTH = "series_day_of_month"
    """Every month on which day."""
    DATES = "series_no_dates"
    """It gives no date at all: the end is before the first one, or every month is left out."""


@dataclass(frozen=True)
class Reading:
    """What was read of a text."""

    rule: Rule | None = None
    """The whole rule; None where the text has none, or not all of it was understood."""
    first: dt.date | None = None
    """The first date."""
    start: dt.time | None = None
    end: dt.time | None = None
    not_understood: tuple[str, ...] = ()
    """The words that were not understood, as they were written."""
    missing: Missing | None = None
    begin: int | None = None
    """Where in the text the rule begins; None where there is nothing of one."""
    series: bool = False
    """Whether the text is about a series, though perhaps not all of it was understood."""
    excepts: bool = False
    """Whether it leaves something out."""

    @property
    def recurs(self) -> bool:
        """Whether the text says anything of a series, understood or not."""
        return self.rule is not None or self.missing is not None


def read(text: str, language: Language, today: dt.date, since: dt.date | None = None) -> Reading:
    """The series that a text states, in any of the languages, `language` first.

    `since` is the day from which on it is held where the text does not say it; dates without a year
    are those that come next. Nothing is guessed: what is not understood is named.
    """
    found: Reading | None = None
    for one in (language, *(other for other in LANGUAGES if other != language)):
        said = read_tokens(tokens_of(text[:MAX_LENGTH], TABLES[one]))
        reading = _resolved(said, text, today, since)
        if not reading.not_understood and reading.recurs:
            return reading
        if found is None or _worth(reading) > _worth(found):
            found = reading
    assert found
    return found


def _worth(reading: Reading) -> tuple[bool, int]:
    length = sum(len(words) for words in reading.not_understood)
    return reading.begin is not None, -length


def _resolved(said: Said, text: str, today: dt.date, since: dt.date | None) -> Reading:
    start = dt.time(*said.start) if said.start else None
    end = dt.time(*said.end) if said.end else None
    wrong = list(said.not_understood)
    if said.yearly and not said.months:
        wrong.append((said.yearly.begin, said.yearly.end))
    if text[MAX_LENGTH:].strip():
        # Nobody knows what it leaves out.
        wrong.append((MAX_LENGTH, len(text)))
    series = bool(said.every or said.days or len(said.dates) > 1)
    reading = Reading(None, None, start, end, (), None, said.begin, series, said.excepts)
    dates = [_next(one, today) for one in (*said.dates, *said.added)]
    limits = [one for one in (said.since, said.until) if one]
    exist = all(_next(_whole(one), today) for one in limits) and _can_be(said.left_out, today)
    if None in dates or not exist:
        # 31.2. is no date; the whole of it is named, since it isn't kept where it stood.
        wrong.append((said.begin or 0, len(text)))
    if wrong:
        words = tuple(_words(text, wrong))
        return replace(reading, not_understood=words)
    begin = _next(said.since, today) if said.since else since
    begin = begin or today
    made = _rule(said, begin, today)
    if isinstance(made, Missing):
        return replace(reading, missing=made)
    if made is None:
        if said.left_out or limits or said.count or said.months:
            # An end or an exception alone says nothing of how often.
            return replace(reading, missing=Missing.HOW_OFTEN)
        return reading
    rule, first = made
    return replace(reading, rule=rule, first=first)


def _words(text: str, places: Iterable[tuple[int, int]]) -> Iterator[str]:
    """The words at some places; those that stand together as one."""
    merged: list[list[int]] = []
    for begin, end in sorted(places):
        if merged and begin <= merged[-1][1] + 1:
            merged[-1][1] = max(end, merged[-1][1])
        else:
            merged.append([begin, end])
    for begin, end in merged:
        if words := text[begin:end].strip(" .,;:!?"):
            yield words


def _rule(said: Said, begin: dt.date, today: dt.date) -> tuple[Rule, dt.date] | Missing | None:
    if said.dates:
        if said.every or said.left_out or said.since or said.until or said.count or said.months:
            return Missing.HOW_OFTEN
        known = sorted({day for one in said.dates if (day := _next(one, today))})
        return Rule(Every.CHOSEN, dates=tuple(known)), known[0]
    if not said.every:
        return None
    rule = Rule(
        {"d": Every.DAY, "w": Every.WEEK, "m": Every.MONTH}[said.every],
        said.interval,
        tuple(sorted({*said.days}, key=lambda one: (one[1] < 0, one[1], one[0]))),
        tuple(said.month_days),
    )
    if rule.every is Every.WEEK:
        rule = replace(rule, days=tuple(sorted(rule.days)) or ((begin.weekday(), 0),))
    if rule.every is Every.MONTH and not (rule.days or rule.month_days):
        return Missing.DAY_OF_MONTH
    out = {month for kind, months in said.left_out if kind == "months" for month in _ints(months)}
    months = tuple(one for one in said.months or ALL_MONTHS if one not in out)
    if not months or not _exists(rule.month_days, months):
        return Missing.DATES
    rule = replace(rule, months=() if len(months) == len(ALL_MONTHS) else months)
    return _limited(rule, said, begin)


def _exists(days: Iterable[int], months: Iterable[int]) -> bool:
    """Whether any of the months has any of the days; a search for one would never end."""
    longest = max(calendar.monthrange(_LEAP_YEAR, month)[1] for month in months)
    known = list(days)
    return not known or any(day <= longest for day in known)


def _ints(value: object) -> Iterable[int]:
    assert isinstance(value, list | tuple)
    return value


def _limited(rule: Rule, said: Said, begin: dt.date) -> tuple[Rule, dt.date] | Missing:
    """The rule with its end and what is left out, and its first date."""
    until = None
    if said.until:
        until = _end_of(said.until, begin)
        rule = replace(rule, until=until)
    first = rule.first(begin)
    if first is None:
        return Missing.DATES
    # Looked at as far as what is left out may be; without an end only the next ones are.
    dates = list(islice(takewhile(lambda day: day <= LATEST, rule.by_rule(first)), MOST_DATES))
    out = _days_out(said.left_out, dates, endless=until is None and not said.count)
    held = [day for day in dates if day not in out]
    if said.count:
        held = held[: said.count]
        rule = replace(rule, until=held[-1] if held else None)
    if not held:
        return Missing.DATES
    last = rule.until or LATEST
    added = {day for one in said.added if (day := _next(one, begin))}
    rule = replace(
        rule,
        left_out=tuple(day for day in sorted(out) if held[0] < day <= last),
        dates=tuple(sorted(added - {*held})),
    )
    return rule, held[0]


def _days_out(items: Iterable[Item], dates: list[dt.date], *, endless: bool) -> set[dt.date]:
    """The dates of a rule that are left out.

    What has no year is left out in each year up to the end; of a series without one the next time.
    """
    out: set[dt.date] = set()
    for kind, value in _one_by_one(items):
        for first, last in _spans(kind, value, dates):
            found = dates[bisect_left(dates, first) : bisect_right(dates, last)]
            out.update(found)
            if found and endless:
                break
    return out


def _one_by_one(items: Iterable[Item]) -> Iterator[Item]:
    """What is left out, each date and week by itself; months are no dates."""
    for kind, value in items:
        if kind in ("weeks", "dates"):
            yield from ((kind, [one]) for one in value)
        elif kind != "months":
            yield kind, value


def _can_be(items: Iterable[Item], today: dt.date) -> bool:
    """Whether each date that is left out exists, and each span begins before it ends."""
    for kind, value in _one_by_one(items):
        if kind not in ("dates", "span"):
            continue
        ends = [_next(one, today) for one in value]
        if None in ends:
            return False
        if kind == "span" and value[0][2] and value[1][2] and ends != sorted(filter(None, ends)):
            return False
    return True


def _spans(kind: str, value: object, dates: list[dt.date]) -> Iterator[tuple[dt.date, dt.date]]:
    """The first and last days that something left out can mean, in order."""
    assert isinstance(value, tuple | list)
    years = range(dates[0].year - 1, dates[-1].year + 2) if dates else ()
    if kind == "month_of":
        month, year = value
        yield dt.date(year, month, 1), _last_of_month(year, month)
    elif kind == "weeks":
        for year in years:
            for number in value:
                with suppress(ValueError):
                    monday = dt.date.fromisocalendar(year, number, 1)
                    yield monday, monday + dt.timedelta(days=6)
    elif kind == "span":
        first, last = value
        for year in years:
            with suppress(ValueError):
                begin = dt.date(first[2] or (last[2] or year), first[1], first[0])
                if not first[2] and last[2] and (first[1], first[0]) > (last[1], last[0]):
                    begin = begin.replace(year=last[2] - 1)
                of = last[2] or (begin.year + ((last[1], last[0]) < (first[1], first[0])))
                yield begin, dt.date(of, last[1], last[0])
    else:
        for year in years:
            for day, month, own in value:
                with suppress(ValueError):
                    yield (date := dt.date(own or year, month, day)), date


def _whole(limit: Date) -> Date:
    """A limit with a day: any, for one that stands for the end of a month."""
    return limit if limit[0] else (1, limit[1], limit[2])


def _end_of(limit: Date, begin: dt.date) -> dt.date:
    """The last day that an end means; it is never before `begin` where it has no year."""
    day, month, year = limit
    if day:
        found = _next(limit, begin)
        assert found
        return found
    if year is None:
        year = begin.year if month >= begin.month else begin.year + 1
    return _last_of_month(year, month)


def _next(date: Date, since: dt.date) -> dt.date | None:
    """A date; without a year the next one from a day on; None for none that exists."""
    day, month, year = date
    for of in (year,) if year else range(since.year, since.year + 9):
        with suppress(ValueError):
            found = dt.date(of, month, day)
            if year or found >= since:
                return found
    return None


def _last_of_month(year: int, month: int) -> dt.date:
    return dt.date(year, month, calendar.monthrange(year, month)[1])
