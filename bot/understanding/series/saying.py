"""Says a series in plain words, such that they can be read again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from bot.knowledge.values import Language
from bot.understanding.series.english import English
from bot.understanding.series.finnish import Finnish
from bot.understanding.series.rule import ALL_MONTHS, Every, Rule
from bot.understanding.series.swedish import Swedish

FEW = 6
"""So many months are named; of more those in which it is not held."""


Speaker = Finnish | Swedish | English
"""Says the parts of a rule in one language."""

_SPEAKERS: Mapping[Language, Speaker] = {"fi": Finnish(), "sv": Swedish(), "en": English()}


def say(rule: Rule, language: Language, since: dt.date | None = None) -> str:
    """A rule as a person would write it: `joka kuun toinen tiistai, 30.6.2027 asti`.

    `since` is said where it is given: from when on it is held.
    """
    speaker = _SPEAKERS[language]
    if rule.every is Every.CHOSEN:
        return speaker.listed([_date(day, speaker) for day in rule.dates])
    few, many = _months(rule)
    parts = [_often(rule, few, speaker)]
    if few and not (rule.days and rule.every is Every.MONTH and rule.interval == 1):
        parts.append(speaker.in_months(few))
    if many:
        parts.append(speaker.not_in_months(many))
    if since:
        parts.append(speaker.since(_date(since, speaker)))
    if rule.until:
        parts.append(speaker.until(_date(rule.until, speaker)))
    elif rule.count:
        parts.append(speaker.times(rule.count))
    if rule.left_out:
        parts.append(speaker.not_on([_date(day, speaker) for day in rule.left_out]))
    if rule.dates:
        added = speaker.listed([_date(day, speaker) for day in rule.dates])
        parts.append(f"{speaker.also} {added}")
    return ", ".join(parts)


def _months(rule: Rule) -> tuple[list[int], list[int]]:
    """The months to name, and those to name as left out."""
    if not rule.months:
        return [], []
    held = [*rule.months]
    if len(held) <= FEW:
        return held, []
    return [], [one for one in ALL_MONTHS if one not in held]


def _often(rule: Rule, few: list[int], speaker: Speaker) -> str:
    months = few if rule.interval == 1 else []
    match rule.every:
        case Every.DAY:
            return speaker.days(rule.interval)
        case Every.WEEK:
            return speaker.weekly(rule.interval, [day for day, _ in rule.days])
    if rule.days:
        return speaker.of_month(rule.interval, [*rule.days], months)
    # With a month `1. päivä` would be a date.
    return speaker.on_days(rule.interval, [*rule.month_days])


def _date(day: dt.date, speaker: Speaker) -> str:
    return speaker.date(day.day, day.month, day.year)
