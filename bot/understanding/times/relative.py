"""Rules of times counted from today: `ensi viikolla`, `i fjol`, `in two weeks`."""

from __future__ import annotations

import datetime as dt
import re

from bot.understanding.model import Period
from bot.understanding.times import spans
from bot.understanding.times.dates import Rule
from bot.understanding.times.spans import Now
from bot.understanding.times.tense import Tense
from bot.understanding.times.words import EN_NUMBER, FI_NUMBER, NUMBERS, SV_NUMBER


def _count(match: re.Match[str]) -> int:
    written = match["count"]
    return int(written) if written.isdigit() else NUMBERS[written]


def _ahead(now: Now, match: re.Match[str]) -> Period | None:
    """`in two weeks`: that day, or the whole of that week or month."""
    return _counted(now.today, match, _count(match))


def _one_ahead(now: Now, match: re.Match[str]) -> Period | None:
    """`viikon päästä`: of one, people leave the number out."""
    return _counted(now.today, match, 1)


def _one_ago(now: Now, match: re.Match[str]) -> Period | None:
    """`kuukausi sitten`."""
    return _counted(now.today, match, -1)


def _years_ago(now: Now, match: re.Match[str]) -> Period:
    """`two years ago`."""
    written = match["count"] or match["sven"] or match["en"] or "1"
    return spans.year(now.today.year - (int(written) if written.isdigit() else NUMBERS[written]))


def _ago(now: Now, match: re.Match[str]) -> Period | None:
    """`two weeks ago`."""
    return _counted(now.today, match, -_count(match))


def _counted(today: dt.date, match: re.Match[str], count: int) -> Period:
    if match["days"]:
        return spans.days(today + dt.timedelta(days=count))
    return spans.week(today, count) if match["weeks"] else spans.month(*_month(today, count))


def _month(today: dt.date, ahead: int) -> tuple[int, int]:
    return today.year, today.month + ahead


def _day(ahead: int) -> Rule:
    return lambda now, match: spans.days(now.today + dt.timedelta(days=ahead))


def _week(ahead: int) -> Rule:
    return lambda now, match: spans.week(now.today, ahead)


def _month_ahead(ahead: int) -> Rule:
    return lambda now, match: spans.month(*_month(now.today, ahead))


def _year_ahead(ahead: int) -> Rule:
    return lambda now, match: spans.year(now.today.year + ahead)


def _this_year(now: Now, match: re.Match[str]) -> Period:
    """What is left of it, or what has been of it."""
    year = spans.year(now.today.year)
    if now.tense is Tense.COMING:
        return Period(now.today, year.end)
    return Period(year.start, now.today)


def _beginning_of_year(now: Now, match: re.Match[str]) -> Period:
    year = now.today.year + (now.tense is Tense.COMING)
    return Period(dt.date(year, 1, 1), dt.date(year, 3, 31))


def _end_of_month(now: Now, match: re.Match[str]) -> Period:
    end = spans.month(now.today.year, now.today.month).end
    return Period(max(now.today, end.replace(day=20)), end)


def _before_christmas(now: Now, match: re.Match[str]) -> Period:
    today = now.today
    eve = dt.date(today.year, 12, 24)
    return Period(today, eve if today <= eve else eve.replace(year=today.year + 1))


def _after_christmas(now: Now, match: re.Match[str]) -> Period:
    """From St Stephen's Day to the end of January."""
    year = now.today.year - (now.today.month == 1)
    return Period(max(now.today, dt.date(year, 12, 26)), dt.date(year + 1, 1, 31))


def _before_summer(now: Now, match: re.Match[str]) -> Period:
    today = now.today
    return Period(today, dt.date(today.year + (today.month > 5), 5, 31))


def _weekend(ahead: int) -> Rule:
    """Saturday and Sunday of a week."""
    return lambda now, match: spans.days(spans.week(now.today, ahead).end - dt.timedelta(days=1), 2)


def _this_weekend(now: Now, match: re.Match[str]) -> Period:
    saturday = (5 - now.today.weekday()) % 7
    return spans.days(now.today + dt.timedelta(days=saturday), 2)


RULES: tuple[tuple[str, Rule], ...] = (
    (
        rf"(?P<count>{FI_NUMBER}) (?:(?P<days>paivan)|(?P<weeks>viikon)|kuukauden|kuun)"
        r" (?:paasta|kuluttua)",
        _ahead,
    ),
    (
        r"(?:(?P<days>paivan)|(?P<weeks>viikon)|kuukauden|kuun) (?:paasta|kuluttua)",
        _one_ahead,
    ),
    (r"(?:(?P<days>paiva)|(?P<weeks>viikko)|kuukausi) sitten", _one_ago),
    (
        r"(?:(?P<count>\d{1,2}|pari|kaksi|kolme|nelja) vuotta|vuosi) sitten"
        r"|for (?P<sven>\d{1,2}|ett|ett par|tva|tre|fyra) ar sed?a?n"
        r"|(?P<en>\d{1,2}|an?|one|a couple of|two|three|four) years? ago",
        _years_ago,
    ),
    (r"vuoden (?:paasta|kuluttua)|om ett ar|in a year|a year from now", _year_ahead(1)),
    (
        rf"om (?P<count>{SV_NUMBER}) (?:(?P<days>dag(?:ar)?)|(?P<weeks>veck(?:a|or))|manad(?:er)?)",
        _ahead,
    ),
    (
        rf"in (?P<count>{EN_NUMBER}) (?:(?P<days>days?)|(?P<weeks>weeks?)|months?)(?:'s?)?"
        r"(?: time)?",
        _ahead,
    ),
    (
        rf"(?P<count>{EN_NUMBER}) (?:(?P<days>days?)|(?P<weeks>weeks?)|months?) from (?:now|today)",
        _ahead,
    ),
    (
        r"(?P<count>\d{1,2}|pari|kaksi|kolme|nelja) "
        r"(?:(?P<days>paivaa)|(?P<weeks>viikkoa)|kuukautta) sitten",
        _ago,
    ),
    (
        rf"for (?P<count>{SV_NUMBER}) (?:(?P<days>dag(?:ar)?)|(?P<weeks>veck(?:a|or))"
        r"|manad(?:er)?) sed?a?n",
        _ago,
    ),
    (
        rf"(?P<count>{EN_NUMBER}) (?:(?P<days>days?)|(?P<weeks>weeks?)|months?) ago",
        _ago,
    ),
    (
        r"(?:the )?week after next|sita seuraavalla viikolla|veckan (?:darpa|efter nasta)"
        r"|(?:in )?a fortnight|nastnasta vecka|seuraavaa seuraavalla viikolla",
        _week(2),
    ),
    (
        r"tanaan?|tannaan|ta(?:ma)?n paivan|tana iltana|idag|i dag|dagens|ikvall|i kvall"
        r"|today(?:'s)?|tonight(?:'s)?",
        _day(0),
    ),
    (r"toissapaivana|i forrgar|(?:the )?day before yesterday", _day(-2)),
    (r"eilen|eilinen|eilisen|igar|i gar|gardagens|yesterday(?:'s)?", _day(-1)),
    (r"ylihuomenna|i overmorgon|overmorgon|(?:the )?day after tomorrow", _day(2)),
    (
        r"huomenna|huomen|huomisen|huomisiin|huomiseen|imorgon|i morgon|morgondagens"
        r"|tomorrow(?:'s)?|tmrw|tommorr?ow|tomorow",
        _day(1),
    ),
    (
        r"tal(?:la|l)? viikol(?:la|l)?|ta(?:ma)?n viikon|denna vecka|(?:den )?har veckan"
        r"|i veckan|veckans|this week(?:'s)?",
        _week(0),
    ),
    (r"viime vi(?:ikol(?:la|l)?|ikon)|forra veckans?|(?:the )?last week(?:'s)?", _week(-1)),
    (
        r"(?:ensi |seuraavalla |ens ?|tulevalla )vi(?:ikol(?:la|l)?|ikon)"
        r"|(?:nasta|kommande|foljande) vecka"
        r"|(?:next|the coming) week",
        _week(1),
    ),
    (
        r"tas(?:sa|s)? kuu(?:ssa|s)|taman kuun|denna manad|(?:den )?har manaden|this month",
        _month_ahead(0),
    ),
    (r"viime kuu(?:ssa|s|n)|forra manaden|(?:the )?last month(?:'s)?", _month_ahead(-1)),
    (
        r"(?:taman )?kuun lopussa|i slutet av manaden|(?:at )?(?:the )?end of (?:the|this) month",
        _end_of_month,
    ),
    (
        r"(?:ensi |seuraavassa |ens ?)kuu(?:ssa|s|n)|(?:nasta|kommande) manad|next month",
        _month_ahead(1),
    ),
    (
        r"(?:aiemmin|aikaisemmin) tana vuonna|tidigare i ar|earlier this year",
        lambda now, match: Period(spans.year(now.today.year).start, now.today),
    ),
    (
        r"tana vuonna|taman vuoden(?: puolella)?|i ar|this year|loppuvuonna|loppuvuodesta"
        r"|vuoden lopussa|resten av aret|(?:i )?slutet av aret"
        r"|(?:(?:for )?the )?rest of the year|(?:at )?the end of the year",
        _this_year,
    ),
    (
        r"(?:ensi |ens )vuoden alussa|i borjan av nasta ar"
        r"|(?:early next year|(?:at )?the (?:beginning|start) of next year)",
        lambda now, match: Period(
            dt.date(now.today.year + 1, 1, 1), dt.date(now.today.year + 1, 3, 31)
        ),
    ),
    (
        r"alkuvuonna|alkuvuodesta|vuoden alussa|i borjan av aret"
        r"|(?:at )?the (?:beginning|start) of the year",
        _beginning_of_year,
    ),
    (
        r"viime vuonna|viime vuoden|i fjol|ifjol|fjolarets|forra aret|(?:the )?last year(?:'s)?",
        _year_ahead(-1),
    ),
    (
        r"(?:ensi |ens ?|seuraavana |tulevana )vuo(?:nna|nn|den)|nasta ar|next year",
        _year_ahead(1),
    ),
    (
        r"ennen joulua|joulun alla|(?:innan|fore) jul(?:en)?|before (?:christmas|xmas)",
        _before_christmas,
    ),
    (
        r"(?:joulun|vuodenvaihteen|uudenvuoden|uuden vuoden) jalkeen"
        r"|efter (?:jul(?:en)?|nyar(?:et)?)|after (?:christmas|xmas|(?:the )?new year)",
        _after_christmas,
    ),
    (r"ennen kesaa|fore (?:sommaren|midsommar)|before (?:the )?summer", _before_summer),
    (r"(?:ensi |ens ?)viikonloppuna|nasta (?:veckoslut|helg)|next weekend", _weekend(1)),
    (r"viime viikonloppuna|forra (?:veckoslutet|helgen)|last weekend", _weekend(-1)),
    (
        r"(?:tana |tulevana )?viikonloppuna|(?:i|till) (?:helgen|veckoslutet)"
        r"|(?:this |at the |on the )weekend",
        _this_weekend,
    ),
)
