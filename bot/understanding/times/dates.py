"""Rules of days, months and weeks that are named: `10.12.`, `lokakuussa`, `vecka 48`."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from contextlib import suppress

from bot.understanding.model import Period
from bot.understanding.times import spans
from bot.understanding.times.spans import Now
from bot.understanding.times.words import (
    A_DAY,
    EARLY,
    EN_GATHERING,
    FI_MONTH,
    LATE,
    MID,
    MONTHS,
    SHORT_MONTHS,
    SV_EN_MONTH,
    SV_GATHERING,
    YEAR,
    month_number,
    one_of,
)

Rule = Callable[[Now, "re.Match[str]"], Period | None]


def _date(now: Now, match: re.Match[str]) -> Period | None:
    day, month = int(match["day"]), int(match["month"])
    year = match["year"]
    if "/" in match[0] and day <= 12 < month:
        # `12/25/2026`, as Americans write.
        day, month = month, day
    try:
        if year:
            return spans.days(dt.date(int(year) + (2000 if len(year) == 2 else 0), month, day))
    except ValueError:
        return None
    return now.choose(spans.dates(now.today, month, day))


def _day_of_month(now: Now, match: re.Match[str]) -> Period | None:
    month, day, year = month_number(match["name"]), int(match["day"]), match["year"]
    if not year:
        return now.choose(spans.dates(now.today, month, day))
    try:
        return spans.days(dt.date(int(year), month, day))
    except ValueError:
        return None


def _months(now: Now, match: re.Match[str]) -> list[Period]:
    """The months of that name around today; the one of its year where one is named."""
    number, year = month_number(match["name"]), match.groupdict().get("year")
    if year:
        return [spans.month(int(year), number)]
    return spans.around(now.today, lambda of: spans.month(of, number))


def _named_month(now: Now, match: re.Match[str]) -> Period | None:
    months = _months(now, match)
    return months[0] if len(months) == 1 else now.choose(months)


def _last_month(now: Now, match: re.Match[str]) -> Period | None:
    return now.last(_months(now, match))


def _part_of_month(now: Now, match: re.Match[str]) -> Period | None:
    """The beginning, middle or end of a month: ten days of it."""
    month = _named_month(now, match)
    if month is None:
        return None
    if match["early"]:
        return Period(month.start, month.start.replace(day=10))
    if match["mid"]:
        return Period(month.start.replace(day=10), month.start.replace(day=20))
    return Period(month.start.replace(day=20), month.end)


def _numbered_week(now: Now, match: re.Match[str]) -> Period | None:
    # The week of 1 January may be the last of the year before.
    weeks = []
    of = now.today.isocalendar().year
    for year in (of - 1, of, of + 1):
        with suppress(ValueError):
            weeks.append(spans.days(dt.date.fromisocalendar(year, int(match["number"]), 1), 7))
    return now.choose(weeks)


_ALSO_A_WORD = "may|mars|march"
_ALONE = r"^(?:(?:and|or|so|what about|how about|och|eller|men|hur ar det i) )*"
_AT_THE_END = r"(?: then| da)?$"
_COMING = r"(?:ensi |ens |tulevan? |tulevassa |nasta |next |this |tana |tan )?"

RULES: tuple[tuple[str, Rule], ...] = (
    (
        rf"{A_DAY}(?:den )?(?P<day>\d{{1,2}})[./](?P<month>\d{{1,2}})"
        r"(?:[./](?P<year>\d{4}|\d\d))?",
        _date,
    ),
    (r"(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)", _date),
    (
        rf"{A_DAY}(?:den |the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th|:e)?(?: of)? {SV_EN_MONTH}{YEAR}",
        _day_of_month,
    ),
    (rf"{SV_EN_MONTH} (?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b{YEAR}(?! \d)", _day_of_month),
    (rf"{A_DAY}(?P<day>\d{{1,2}}) {FI_MONTH}{YEAR}", _day_of_month),
    (rf"(?P<name>{one_of(MONTHS['fi'])})kuun{YEAR} (?:{EARLY}|{MID}|{LATE})", _part_of_month),
    (
        r"(?:i |till )?(?:(?P<early>borjan)|(?P<mid>mitten)|slutet) (?:av|pa) "
        rf"{SV_EN_MONTH}{YEAR}",
        _part_of_month,
    ),
    (
        r"(?:in |at |by |around )?(?:the )?(?:(?P<early>early|beginning of|start of)"
        rf"|(?P<mid>mid|middle of)|late|end of)[ -]{SV_EN_MONTH}{YEAR}",
        _part_of_month,
    ),
    (rf"(?P<name>{one_of(MONTHS['fi'])})kuun (?P<day>\d{{1,2}})(?P<year>)(?! \d)", _day_of_month),
    (
        rf"(?:viime vuoden {FI_MONTH})"
        rf"|(?:(?:i |in )?{SV_EN_MONTH.replace('name', 'sven')}"
        r" (?:i fjol|ifjol|forra aret|(?:of )?last year))",
        lambda now, match: spans.month(
            now.today.year - 1, month_number(match["name"] or match["sven"])
        ),
    ),
    (rf"(?:viime|edellisessa) {FI_MONTH}", _last_month),
    (rf"(?:(?:i |in )?(?:forra|senaste|last) ){SV_EN_MONTH}", _last_month),
    (rf"{_COMING}{FI_MONTH}{YEAR}", _named_month),
    # `I may` asks for leave.
    (rf"(?!i may\b)(?:i |in |under |during )(?:nasta |next )?{SV_EN_MONTH}{YEAR}", _named_month),
    (rf"(?:nasta|next|this) {SV_EN_MONTH}{YEAR}", _named_month),
    (rf"(?:the |in |for )?{SV_EN_MONTH}'s", _named_month),
    (rf"(?:the )?{SV_EN_MONTH} (?P<rest>{EN_GATHERING})", _named_month),
    (rf"(?P<name>{one_of(MONTHS['sv'])})-?{SV_GATHERING}", _named_month),
    # Alone they may be other words: `march?`, `what about May`, `och mars då`.
    (
        rf"{_ALONE}(?P<name>{_ALSO_A_WORD}|{one_of(SHORT_MONTHS)}|oct|dec){_AT_THE_END}",
        _named_month,
    ),
    (rf"(?!(?:{_ALSO_A_WORD})\b){SV_EN_MONTH}{YEAR}", _named_month),
    (
        rf"(?:i |in |under )(?P<name>jan|feb|mar|apr|jun|jul|aug|sept?|okt|oct|nov|dec){YEAR}",
        _named_month,
    ),
    (
        r"(?:(?:viikolla|viikon|viikko|vecka|week) |(?:vko|vk|v)[ .]?)(?P<number>\d{1,2})",
        _numbered_week,
    ),
)
