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
_NUMBERS = {
    **{"a": 1, "yhden": 1, "en": 1, "one": 1},
    **{"parin": 2, "kahden": 2, "ett par": 2, "tva": 2, "a couple of": 2, "two": 2},
    **{"kolmen": 3, "tre": 3, "three": 3, "neljan": 4, "fyra": 4, "four": 4},
    **{"viiden": 5, "fem": 5, "five": 5, "kuuden": 6, "sex": 6, "six": 6},
}
"""How many days, weeks or months ahead, as written between `in` and `weeks`."""
_WEEKDAYS = {
    "fi": ["maanantai", "tiistai", "keskiviikko", "torstai", "perjantai", "lauantai", "sunnuntai"],
    "sv": ["mandag", "tisdag", "onsdag", "torsdag", "fredag", "lordag", "sondag"],
    "en": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
}

Rule = Callable[[dt.date, "re.Match[str]"], Period | None]


@dataclass(frozen=True)
class TimeMatch:
    """Words that name a time."""

    period: Period
    first: int
    """The position of the first token."""
    length: int
    """In tokens."""


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


def _season_named(today: dt.date, match: re.Match[str]) -> Period:
    """A season, of a year where one is named: `keväällä 2028`."""
    first_month = next(month for month in (3, 6, 9, 12) if match[f"s{month}"])
    if not match["year"]:
        return _season(today, first_month)
    start = dt.date(int(match["year"]), first_month, 1)
    return Period(start, _month(start.year, first_month + 2).end)


def _part_of_month(today: dt.date, match: re.Match[str]) -> Period:
    """The beginning, middle or end of a month: ten days of it."""
    name, year = match["name"], match["year"]
    month = _month(int(year), _month_number(name)) if year else None
    month = month or _coming_month(today, _month_number(name))
    if match["early"]:
        return Period(month.start, month.start.replace(day=10))
    if match["mid"]:
        return Period(month.start.replace(day=10), month.start.replace(day=20))
    return Period(month.start.replace(day=20), month.end)


def _year(today: dt.date, match: re.Match[str]) -> Period:
    year = int(match["year"])
    return Period(dt.date(year, 1, 1), dt.date(year, 12, 31))


def _ahead(today: dt.date, match: re.Match[str]) -> Period | None:
    """`in two weeks`: that day, or the whole of that week or month."""
    written = match["count"]
    count = int(written) if written.isdigit() else _NUMBERS[written]
    if match["days"]:
        return _days(today + dt.timedelta(days=count))
    return _week(today, count) if match["weeks"] else _month(today.year, today.month + count)


def _date(today: dt.date, match: re.Match[str]) -> Period | None:
    day, month = int(match["day"]), int(match["month"])
    year = match["year"]
    if "/" in match[0] and day <= 12 < month:
        # `12/25/2026`, as Americans write.
        day, month = month, day
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
    return _SHORT_MONTHS.index({"oct": "okt", "may": "maj"}.get(name[:3], name[:3])) + 1


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
_FI_DAY = rf"(?P<name>{_any(_WEEKDAYS['fi'])})(?:na|sin|ksi|ks|nen|n|lle)?"
_SV_EN_DAY = rf"(?P<name>{_any([*_WEEKDAYS['sv'], *_WEEKDAYS['en']])})(?:en|s)?"

_A_DAY = rf"(?:(?:{_any([day for days in _WEEKDAYS.values() for day in days])})\w{{0,4}} )?"
"""The day of the week before a date, which says no more than the date."""
_EARLY = r"(?P<early>alussa|alkupuolella|alkuun|alkupuolelle)"
_MID = r"(?P<mid>puolivalissa|puolessavalissa|puolivaliin)"
_LATE = r"lopussa|loppupuolella|loppuun|loppupuolelle"
_FI_NUMBER = r"\d{1,2}|yhden|parin|kahden|kolmen|neljan|viiden|kuuden"
_SV_NUMBER = r"\d{1,2}|en|ett par|tva|tre|fyra|fem|sex"
_EN_NUMBER = r"\d{1,2}|a couple of|a|one|two|three|four|five|six"

# What `i vår` is no spring before: `i vår kommun`.
_OURS = (
    r"(?:kommun|forening|region|grupp|trakt|stad|by\b|anda|del|kor|natverk|landskap|bygd|organisation"
    r"|klubb|skol|forsamling|avdelning|enhet|teater|orkester|verksamhet)"
)

# Matched against folded words joined by single spaces; the first rule that fits at a word wins.
_RULES: tuple[tuple[str, Rule], ...] = (
    (
        rf"{_A_DAY}(?:den )?(?P<day>\d{{1,2}})[./](?P<month>\d{{1,2}})"
        r"(?:[./](?P<year>\d{4}|\d\d))?",
        _date,
    ),
    (r"(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)", _date),
    (
        rf"{_A_DAY}(?:den |the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th|:e)?(?: of)? "
        rf"{_SV_EN_MONTH}{_YEAR}",
        _day_of_month,
    ),
    (rf"{_SV_EN_MONTH} (?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b{_YEAR}(?! \d)", _day_of_month),
    (rf"{_A_DAY}(?P<day>\d{{1,2}}) {_FI_MONTH}{_YEAR}", _day_of_month),
    (rf"(?P<name>{_any(_MONTHS['fi'])})kuun{_YEAR} (?:{_EARLY}|{_MID}|{_LATE})", _part_of_month),
    (
        r"(?:i |till )?(?:(?P<early>borjan)|(?P<mid>mitten)|slutet) (?:av|pa) "
        rf"{_SV_EN_MONTH}{_YEAR}",
        _part_of_month,
    ),
    (
        r"(?:in |at |by |around )?(?:the )?(?:(?P<early>early|beginning of|start of)"
        rf"|(?P<mid>mid|middle of)|late|end of)[ -]{_SV_EN_MONTH}{_YEAR}",
        _part_of_month,
    ),
    (rf"(?P<name>{_any(_MONTHS['fi'])})kuun (?P<day>\d{{1,2}})(?P<year>)(?! \d)", _day_of_month),
    (rf"{_FI_MONTH}{_YEAR}", _named_month),
    (rf"(?:i |in |under |during ){_SV_EN_MONTH}{_YEAR}", _named_month),
    (rf"(?!may\b|mars\b|march\b){_SV_EN_MONTH}{_YEAR}", _named_month),
    (
        r"(?:i |in |under )(?P<name>jan|feb|mar|apr|jun|jul|aug|sept?|okt|oct|nov|dec)" + _YEAR,
        _named_month,
    ),
    (
        r"(?:(?:viikolla|viikon|viikko|vecka|week) |(?:vko|vk|v)[ .]?)(?P<number>\d{1,2})",
        _numbered_week,
    ),
    (
        rf"(?P<count>{_FI_NUMBER}) (?:(?P<days>paivan)|(?P<weeks>viikon)|kuukauden|kuun)"
        r" (?:paasta|kuluttua)",
        _ahead,
    ),
    (
        rf"om (?P<count>{_SV_NUMBER}) (?:(?P<days>dag(?:ar)?)|(?P<weeks>veck(?:a|or))"
        r"|manad(?:er)?)",
        _ahead,
    ),
    (
        rf"in (?P<count>{_EN_NUMBER}) (?:(?P<days>days?)|(?P<weeks>weeks?)|months?)(?:'s?)?"
        r"(?: time)?",
        _ahead,
    ),
    (
        r"(?:the )?week after next|sita seuraavalla viikolla|veckan (?:darpa|efter nasta)"
        r"|(?:in )?a fortnight|nastnasta vecka|seuraavaa seuraavalla viikolla",
        lambda t, m: _week(t, 2),
    ),
    (
        r"tanaan?|tannaan|ta(?:ma)?n paivan|tana iltana|idag|i dag|dagens|ikvall|i kvall"
        r"|today(?:'s)?|tonight(?:'s)?",
        lambda t, m: _days(t),
    ),
    (
        r"ylihuomenna|i overmorgon|overmorgon|(?:the )?day after tomorrow",
        lambda t, m: _days(t + dt.timedelta(days=2)),
    ),
    (
        r"huomenna|huomen|huomisen|huomisiin|huomiseen|imorgon|i morgon|morgondagens"
        r"|tomorrow(?:'s)?|tmrw|tommorr?ow|tomorow",
        lambda t, m: _days(t + dt.timedelta(days=1)),
    ),
    (
        r"tal(?:la|l)? viikol(?:la|l)?|ta(?:ma)?n viikon|denna vecka|(?:den )?har veckan"
        r"|i veckan|veckans|this week(?:'s)?",
        lambda t, m: _week(t, 0),
    ),
    (
        r"(?:ensi |seuraavalla |ens ?|tulevalla )vi(?:ikol(?:la|l)?|ikon)"
        r"|(?:nasta|kommande|foljande) vecka"
        r"|(?:next|the coming) week",
        lambda t, m: _week(t, 1),
    ),
    (
        r"tas(?:sa|s)? kuu(?:ssa|s)|taman kuun|denna manad|(?:den )?har manaden|this month",
        lambda t, m: _month(t.year, t.month),
    ),
    (
        r"(?:taman )?kuun lopussa|i slutet av manaden|(?:at )?(?:the )?end of (?:the|this) month",
        lambda t, m: Period(
            max(t, _month(t.year, t.month).end.replace(day=20)), _month(t.year, t.month).end
        ),
    ),
    (
        r"(?:ensi |seuraavassa |ens ?)kuu(?:ssa|s|n)|(?:nasta|kommande) manad|next month",
        lambda t, m: _month(t.year, t.month + 1),
    ),
    (
        r"tana vuonna|taman vuoden(?: puolella)?|i ar|this year|loppuvuonna|loppuvuodesta"
        r"|vuoden lopussa|resten av aret|(?:i )?slutet av aret"
        r"|(?:(?:for )?the )?rest of the year|(?:at )?the end of the year",
        lambda t, m: Period(t, dt.date(t.year, 12, 31)),
    ),
    (
        r"alkuvuonna|alkuvuodesta|(?:ensi |ens )?vuoden alussa|i borjan av (?:aret|nasta ar)"
        r"|(?:early next year|(?:at )?the (?:beginning|start) of (?:the|next) year)",
        lambda t, m: Period(dt.date(t.year + 1, 1, 1), dt.date(t.year + 1, 3, 31)),
    ),
    (
        r"(?:ensi |ens ?|seuraavana |tulevana )vuo(?:nna|nn|den)|nasta ar|next year",
        lambda t, m: Period(dt.date(t.year + 1, 1, 1), dt.date(t.year + 1, 12, 31)),
    ),
    (
        r"ennen joulua|joulun alla|(?:innan|fore) jul(?:en)?|before (?:christmas|xmas)",
        lambda t, m: _before_christmas(t),
    ),
    (
        r"(?:joulun|vuodenvaihteen|uudenvuoden|uuden vuoden) jalkeen"
        r"|efter (?:jul(?:en)?|nyar(?:et)?)|after (?:christmas|xmas|(?:the )?new year)",
        lambda t, m: _after_christmas(t),
    ),
    (
        r"ennen kesaa|fore (?:sommaren|midsommar)|before (?:the )?summer",
        lambda t, m: Period(t, _coming_month(t, 5).end),
    ),
    (
        r"(?:ensi |ens ?)viikonloppuna|nasta (?:veckoslut|helg)|next weekend",
        lambda t, m: _days(_week(t, 1).end - dt.timedelta(days=1), 2),
    ),
    (
        r"(?:tana |tulevana )?viikonloppuna|(?:i|till) (?:helgen|veckoslutet)"
        r"|(?:this |at the |on the )weekend",
        lambda t, m: _days(_weekday(t, 5).start, 2),
    ),
    (
        rf"(?:ensi|ens|nasta|next) (?:{_FI_DAY.replace('?P<name>', '?P<fi>')}|{_SV_EN_DAY})",
        lambda t, m: _weekday(t, _weekday_number(m["name"] or m["fi"]), at_least=2),
    ),
    (rf"{_FI_DAY}\b", lambda t, m: _weekday(t, _weekday_number(m["name"]))),
    (rf"(?:pa |on )?{_SV_EN_DAY}\b", lambda t, m: _weekday(t, _weekday_number(m["name"]))),
    (
        r"(?:(?:tana|ensi|ens|tulevana) )?(?:(?P<s3>kevaa)|(?P<s6>kesa)|(?P<s9>syksy)"
        rf"|(?P<s12>talve))(?:lla|na|ll|l|ksi){_YEAR}",
        _season_named,
    ),
    (
        r"(?:(?:i|pa|till|under) (?:(?P<s3>varen)|(?P<s6>sommaren)|(?P<s9>hosten)"
        rf"|(?P<s12>vintern))){_YEAR}",
        _season_named,
    ),
    (
        # `i vår kommun` means ours, not the spring.
        rf"(?:i|nasta) (?:(?P<s3>var(?! {_OURS}))"
        r"|(?P<s6>sommar)|(?P<s9>host)|(?P<s12>vinter))"
        rf"{_YEAR}",
        _season_named,
    ),
    (
        r"(?:(?:in|during) (?:the )?|this (?:coming )?|next |the coming )"
        r"(?:(?P<s3>spring)|(?P<s6>summer)|(?P<s9>autumn|fall)|(?P<s12>winter))"
        rf"{_YEAR}",
        _season_named,
    ),
    (
        r"lahiaikoina|lahiviikkoina|lahikuukausina|inom kort|(?:den|i den) narmaste tiden"
        r"|(?:de|under de) narmaste veckorna|(?:in the )?(?:coming|next few|next couple of) weeks"
        r"|in the (?:near|coming) (?:future|months)",
        lambda t, m: _days(t, 60),
    ),
    (
        r"(?:vuonna|vuoden|vuodelle|vuodeksi|ar|under|in|during|for|for ar|year|v) "
        r"(?P<year>20[2-9]\d)(?! \d)",
        _year,
    ),
    (r"(?<!\d )(?P<year>20[2-9]\d)(?! \d)", _year),
)


def _before_christmas(today: dt.date) -> Period:
    eve = dt.date(today.year, 12, 24)
    return Period(today, eve if today <= eve else eve.replace(year=today.year + 1))


def _after_christmas(today: dt.date) -> Period:
    """From St Stephen's Day to the end of January."""
    year = today.year - (today.month == 1)
    return Period(max(today, dt.date(year, 12, 26)), dt.date(year + 1, 1, 31))


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


def find_times(tokens: Sequence[Token], today: dt.date) -> list[TimeMatch]:
    """The times that a message names, in order."""
    line = " ".join(token.folded for token in tokens)
    found: list[TimeMatch] = []
    start = 0
    while match := _ANY.search(line, start):
        first = match.start()
        time = _match(line, first, line.count(" ", 0, first), today)
        if time:
            found.append(time)
        start = first
        for _ in range(time.length if time else 1):
            start = line.find(" ", start) + 1 or len(line)
    return found


def _match(line: str, offset: int, position: int, today: dt.date) -> TimeMatch | None:
    for pattern, rule in _COMPILED:
        if (match := pattern.match(line, offset)) and (period := rule(today, match)):
            return TimeMatch(period, position, match[0].count(" ") + 1)
    return None
