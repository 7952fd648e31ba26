"""Rules of days of the week, seasons and years: `torstaina`, `i våras`, `next spring`, `2028`."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from bot.understanding.model import Period
from bot.understanding.times import spans
from bot.understanding.times.dates import Rule
from bot.understanding.times.spans import Now
from bot.understanding.times.words import FI_DAY, OURS, SV_EN_DAY, YEAR, weekday_number

_DAYS_AHEAD = 2
"""`Next Monday` is at least so many days away."""

_LATE_IN_SEASON = dt.timedelta(days=60)
"""After so many days a season is spoken of as over."""


def _weekdays(now: Now, match: re.Match[str]) -> list[Period]:
    named = match.groupdict()
    return spans.weekdays(now.today, weekday_number(named.get("name") or named["fi"]))


def _weekday(now: Now, match: re.Match[str]) -> Period | None:
    return now.choose(_weekdays(now, match))


def _next_weekday(now: Now, match: re.Match[str]) -> Period | None:
    least = now.today + dt.timedelta(days=_DAYS_AHEAD)
    return next((one for one in _weekdays(now, match) if one.start >= least), None)


def _last_weekday(now: Now, match: re.Match[str]) -> Period | None:
    return now.last(_weekdays(now, match))


def _seasons(now: Now, match: re.Match[str]) -> Sequence[Period]:
    first_month = next(number for number in (3, 6, 9, 12) if match[f"s{number}"])
    if year := match.groupdict().get("year"):
        return [spans.season(int(year), first_month)]
    return spans.around(now.today, lambda of: spans.season(of, first_month))


def _season(now: Now, match: re.Match[str]) -> Period | None:
    """A season, of a year where one is named: `keväällä 2028`; else one under way or coming."""
    seasons = _seasons(now, match)
    return seasons[0] if len(seasons) == 1 else now.choose(seasons)


def _next_season(now: Now, match: re.Match[str]) -> Period | None:
    seasons = _seasons(now, match)
    coming = (one for one in seasons if one.start > now.today)
    return seasons[0] if len(seasons) == 1 else next(coming, None)


def _last_season(now: Now, match: re.Match[str]) -> Period | None:
    return now.last(_seasons(now, match))


def _season_that_was(now: Now, match: re.Match[str]) -> Period | None:
    """`i höstas`: the last season, which late in autumn is this one."""
    begun = [one for one in _seasons(now, match) if one.start + _LATE_IN_SEASON <= now.today]
    return spans.until(begun[-1], now.today) if begun else None


def _year(now: Now, match: re.Match[str]) -> Period:
    return spans.year(int(match["year"]))


_FI_SEASON = r"(?:(?P<s3>kevaa)|(?P<s6>kesa)|(?P<s9>syksy)|(?P<s12>talve))(?:lla|na|ll|l|ksi|n)"
_EN_SEASON = r"(?:(?P<s3>spring)|(?P<s6>summer)|(?P<s9>autumn|fall)|(?P<s12>winter))(?:'s)?"
_SV_THE_SEASON = r"(?:(?P<s3>varen)|(?P<s6>sommaren)|(?P<s9>hosten)|(?P<s12>vintern))s?"
# `i vår kommun` means ours, not the spring.
_SV_SEASON = rf"(?:(?P<s3>var(?! {OURS}))|(?P<s6>sommar)|(?P<s9>host)|(?P<s12>vinter))"
_ANY_DAY = f"(?:{FI_DAY.replace('?P<name>', '?P<fi>')}|{SV_EN_DAY})"

RULES: tuple[tuple[str, Rule], ...] = (
    (rf"(?:ensi|ens|nasta|next) {_ANY_DAY}", _next_weekday),
    (rf"(?:viime|viimeksi|(?:i )?forra|(?:on )?last) {_ANY_DAY}", _last_weekday),
    (rf"i {SV_EN_DAY.replace('(?:en|s)?', 's')}", _last_weekday),
    (rf"{FI_DAY}\b", _weekday),
    (rf"(?:pa |on )?{SV_EN_DAY}\b", _weekday),
    (rf"viime {_FI_SEASON}", _last_season),
    (r"i (?:(?P<s3>varas)|(?P<s6>somras)|(?P<s9>hostas)|(?P<s12>vintras))", _season_that_was),
    (rf"(?:i )?forra {_SV_THE_SEASON}", _last_season),
    (rf"(?:(?:in )?last ){_EN_SEASON}", _last_season),
    (rf"(?:ensi|ens|tulevana) {_FI_SEASON}{YEAR}", _next_season),
    (rf"(?:tana )?{_FI_SEASON.replace('|n)', ')')}{YEAR}", _season),
    (rf"(?:(?:i|pa|till|under) {_SV_THE_SEASON}){YEAR}", _season),
    (rf"{_SV_THE_SEASON} (?P<year>20\d\d)", _season),
    (rf"{_EN_SEASON} (?P<year>20\d\d)", _season),
    (rf"nasta {_SV_SEASON}{YEAR}", _next_season),
    (rf"i {_SV_SEASON}{YEAR}", _season),
    (rf"(?:next |the coming ){_EN_SEASON}{YEAR}", _next_season),
    (rf"(?:(?:in|during) (?:the )?|this (?:coming )?){_EN_SEASON}{YEAR}", _season),
    (
        r"lahiaikoina|lahiviikkoina|lahikuukausina|inom kort|(?:den|i den) narmaste tiden"
        r"|(?:de|under de) narmaste veckorna|(?:in the )?(?:coming|next few|next couple of) weeks"
        r"|in the (?:near|coming) (?:future|months)",
        lambda now, match: spans.days(now.today, 60),
    ),
    (
        r"(?:vuonna|vuoden|vuodelle|vuodeksi|ar|under|in|during|for|for ar|year|v) "
        r"(?P<year>20[0-9]\d)(?! \d)",
        _year,
    ),
    (r"(?<!\d )(?P<year>20[0-9]\d)(?! \d)", _year),
)
