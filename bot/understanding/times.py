"""Times in a message: `ensi kuussa`, `i december`, `next week`, `10.12.` become spans of days."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from bot.understanding.model import Period
from bot.understanding.text import Token

_MONTHS = {
    "fi": [
        "tammi",
        "helmi",
        "maalis",
        "huhti",
        "touko",
        "kesa",
        "heina",
        "elo",
        "syys",
        "loka",
        "marras",
        "joulu",
    ],
    "sv": [
        "januari",
        "februari",
        "mars",
        "april",
        "maj",
        "juni",
        "juli",
        "augusti",
        "september",
        "oktober",
        "november",
        "december",
    ],
    "en": [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ],
}
_SHORT_MONTHS = ["jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec"]
_WEEKDAYS = {
    "fi": ["maanantai", "tiistai", "keskiviikko", "torstai", "perjantai", "lauantai", "sunnuntai"],
    "sv": ["mandag", "tisdag", "onsdag", "torsdag", "fredag", "lordag", "sondag"],
    "en": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
}

Rule = Callable[[dt.date, "re.Match[str]"], Period | None]


@dataclass(frozen=True)
class When:
    """Words that name a time."""

    period: Period
    first: int
    length: int


def _days(start: dt.date, count: int = 1) -> Period:
    return Period(start, start + dt.timedelta(days=count - 1))


def _week(today: dt.date, weeks: int) -> Period:
    monday = today - dt.timedelta(days=today.weekday()) + dt.timedelta(weeks=weeks)
    return _days(monday, 7)


def _month(year: int, month: int) -> Period:
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return _days(dt.date(year, month, 1), calendar.monthrange(year, month)[1])


def _coming_month(today: dt.date, month: int) -> Period:
    return _month(today.year + (month < today.month), month)


def _weekday(today: dt.date, weekday: int, at_least: int = 0) -> Period:
    ahead = (weekday - today.weekday()) % 7
    return _days(today + dt.timedelta(days=ahead + (7 if ahead < at_least else 0)))


def _season(today: dt.date, first_month: int, length: int = 3) -> Period:
    """A season, under way or coming; winter begins in December."""
    for year in (today.year - 1, today.year, today.year + 1):
        start = dt.date(year, first_month, 1)
        end = _month(year, first_month + length - 1).end
        if end >= today:
            return Period(start, end)
    raise AssertionError("a season of the next year ends after today")


def _date(today: dt.date, match: re.Match[str]) -> Period | None:
    day, month = int(match["day"]), int(match["month"])
    year = match["year"]
    try:
        if year:
            return _days(dt.date(int(year) + (2000 if len(year) == 2 else 0), month, day))
    except ValueError:
        return None
    return _coming_date(today, month, day)


def _coming_date(today: dt.date, month: int, day: int) -> Period | None:
    """The next such day; 29 February may be up to eight years away."""
    for year in range(today.year, today.year + 9):
        with suppress(ValueError):
            if (date := dt.date(year, month, day)) >= today:
                return _days(date)
    return None


def _day_of_month(today: dt.date, match: re.Match[str]) -> Period | None:
    month, day, year = _month_number(match["name"]), int(match["day"]), match["year"]
    if not year:
        return _coming_date(today, month, day)
    try:
        return _days(dt.date(int(year), month, day))
    except ValueError:
        return None


def _named_month(today: dt.date, match: re.Match[str]) -> Period:
    month, year = _month_number(match["name"]), match["year"]
    return _month(int(year), month) if year else _coming_month(today, month)


def _month_number(name: str) -> int:
    for names in _MONTHS.values():
        for number, stem in enumerate(names, 1):
            if name.startswith(stem):
                return number
    return _SHORT_MONTHS.index(name[:3]) + 1


def _weekday_number(name: str) -> int:
    for names in _WEEKDAYS.values():
        for number, stem in enumerate(names):
            if name.startswith(stem):
                return number
    raise AssertionError(name)


def _numbered_week(today: dt.date, match: re.Match[str]) -> Period | None:
    # The week of 1 January may be the last of the year before.
    this_year = today.isocalendar().year
    for year in (this_year, this_year + 1):
        with suppress(ValueError):
            week = _days(dt.date.fromisocalendar(year, int(match["number"]), 1), 7)
            if week.end >= today:
                return week
    return None


def _any(names: Sequence[str]) -> str:
    return "|".join(names)


_FI_MONTH = rf"(?P<name>(?:{_any(_MONTHS['fi'])})kuu(?:n|ssa|s|lle|hun|ta|n)?)"
_SV_EN_MONTH = rf"(?P<name>{_any(sorted({*_MONTHS['sv'], *_MONTHS['en']}))})"
_YEAR = r"(?: (?P<year>20\d\d))?"
_FI_DAY = rf"(?P<name>{_any(_WEEKDAYS['fi'])})(?:na|sin|ksi|n|lle)?"
_SV_EN_DAY = rf"(?P<name>{_any([*_WEEKDAYS['sv'], *_WEEKDAYS['en']])})(?:en|s)?"

# Matched against folded words joined by single spaces; the first rule that fits at a word wins.
_RULES: tuple[tuple[str, Rule], ...] = (
    (
        r"(?:den )?(?P<day>\d{1,2})[./](?P<month>\d{1,2})(?:[./](?P<year>\d{4}|\d\d))?",
        _date,
    ),
    (r"(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)", _date),
    (
        rf"(?:den )?(?P<day>\d{{1,2}})(?:st|nd|rd|th|:e)?(?: of)? {_SV_EN_MONTH}{_YEAR}",
        _day_of_month,
    ),
    (rf"{_SV_EN_MONTH} (?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b{_YEAR}(?! \d)", _day_of_month),
    (rf"(?P<day>\d{{1,2}}) {_FI_MONTH}{_YEAR}", _day_of_month),
    (rf"{_FI_MONTH}{_YEAR}", _named_month),
    (rf"(?:i |in |under |during ){_SV_EN_MONTH}{_YEAR}", _named_month),
    (rf"(?!may\b|mars\b|march\b){_SV_EN_MONTH}{_YEAR}", _named_month),
    (r"(?:viikolla|viikko|vecka|week|vk|v) (?P<number>\d{1,2})", _numbered_week),
    (r"tanaan|idag|i dag|today|tonight|ikvall|i kvall|tana iltana", lambda t, m: _days(t)),
    (
        r"ylihuomenna|i overmorgon|overmorgon|(?:the )?day after tomorrow",
        lambda t, m: _days(t + dt.timedelta(days=2)),
    ),
    (
        r"huomenna|huomen|imorgon|i morgon|tomorrow",
        lambda t, m: _days(t + dt.timedelta(days=1)),
    ),
    (
        r"tal(?:la|l)? viikol(?:la|l)?|denna vecka|(?:den )?har veckan|i veckan|this week",
        lambda t, m: _week(t, 0),
    ),
    (
        r"(?:ensi|seuraavalla|ens) viikol(?:la|l)?|(?:nasta|kommande) vecka"
        r"|(?:next|the coming) week",
        lambda t, m: _week(t, 1),
    ),
    (
        r"tas(?:sa|s)? kuu(?:ssa|s)|taman kuun|denna manad|(?:den )?har manaden|this month",
        lambda t, m: _month(t.year, t.month),
    ),
    (
        r"kuun lopussa|i slutet av manaden|(?:at )?(?:the )?end of (?:the|this) month",
        lambda t, m: Period(
            max(t, _month(t.year, t.month).end.replace(day=20)), _month(t.year, t.month).end
        ),
    ),
    (
        r"(?:ensi|seuraavassa|ens) kuu(?:ssa|s|n)|(?:nasta|kommande) manad|next month",
        lambda t, m: _month(t.year, t.month + 1),
    ),
    (
        r"tana vuonna|i ar|this year|loppuvuonna|loppuvuodesta",
        lambda t, m: Period(t, dt.date(t.year, 12, 31)),
    ),
    (
        r"(?:ensi|ens) vuon(?:na|n)|nasta ar|next year",
        lambda t, m: Period(dt.date(t.year + 1, 1, 1), dt.date(t.year + 1, 12, 31)),
    ),
    (r"ennen joulua|fore jul(?:en)?|before (?:christmas|xmas)", lambda t, m: _before_christmas(t)),
    (
        r"viikonloppuna|i helgen|till helgen|(?:this |at the |on the )weekend",
        lambda t, m: _days(_weekday(t, 5).start, 2),
    ),
    (
        rf"(?:ensi|nasta|next) (?:{_FI_DAY.replace('?P<name>', '?P<fi>')}|{_SV_EN_DAY})",
        lambda t, m: _weekday(t, _weekday_number(m["name"] or m["fi"]), at_least=2),
    ),
    (rf"{_FI_DAY}\b", lambda t, m: _weekday(t, _weekday_number(m["name"]))),
    (rf"(?:pa |on )?{_SV_EN_DAY}\b", lambda t, m: _weekday(t, _weekday_number(m["name"]))),
    (
        r"(?:tana |ensi )?kevaal(?:la|l)?|(?:i |pa )varen|i var|(?:in (?:the )?|this |next )spring",
        lambda t, m: _season(t, 3),
    ),
    (
        r"(?:tana |ensi )?kesal(?:la|l)?|(?:i |pa )sommaren|i sommar|(?:in (?:the )?|this )summer",
        lambda t, m: _season(t, 6),
    ),
    (
        r"(?:tana |ensi )?syksyl(?:la|l)?|(?:i |pa )hosten|i host"
        r"|(?:in (?:the )?|this )(?:autumn|fall)",
        lambda t, m: _season(t, 9),
    ),
    (
        r"(?:tana |ensi )?talvel(?:la|l)?|(?:i |pa )vintern|i vinter|(?:in (?:the )?|this )winter",
        lambda t, m: _season(t, 12),
    ),
    (
        r"lahiaikoina|lahiviikkoina|inom kort|den narmaste tiden|(?:in the )?coming weeks",
        lambda t, m: _days(t, 60),
    ),
)


def _before_christmas(today: dt.date) -> Period:
    eve = dt.date(today.year, 12, 24)
    return Period(today, eve if today <= eve else eve.replace(year=today.year + 1))


_COMPILED = tuple((re.compile(rf"(?:{pattern})(?= |$)"), rule) for pattern, rule in _RULES)
# One expression that fits wherever a rule does: most messages name no time.
_ANY = re.compile(
    "(?:^|(?<= ))(?:"
    + "|".join(re.sub(r"\(\?P<\w+>", "(?:", pattern) for pattern, _ in _RULES)
    + ")(?= |$)"
)


def names_time(line: str) -> bool:
    """Whether folded words, with single spaces between, may name a time."""
    return _ANY.search(line) is not None


def find_times(tokens: Sequence[Token], today: dt.date) -> list[When]:
    """The times that a message names, in order."""
    line = " ".join(token.folded for token in tokens)
    found: list[When] = []
    start = 0
    while match := _ANY.search(line, start):
        first = match.start()
        when = _match(line, first, line.count(" ", 0, first), today)
        if when:
            found.append(when)
        start = first
        for _ in range(when.length if when else 1):
            start = line.find(" ", start) + 1 or len(line)
    return found


def _match(line: str, offset: int, position: int, today: dt.date) -> When | None:
    for pattern, rule in _COMPILED:
        if (match := pattern.match(line, offset)) and (period := rule(today, match)):
            return When(period, position, match[0].count(" ") + 1)
    return None
