"""The dates of a meeting on a card: its rule in words, and the next ones."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import islice
from zoneinfo import ZoneInfo

from bot.answers.dates import day, moment
from bot.i18n import translator
from bot.knowledge.models import ONLY_START, Meeting
from bot.knowledge.recurrence import occurrences
from bot.knowledge.values import Language
from bot.understanding.series import Rule, rule_of, say

from ..cards import Json
from . import elements as e

NEXT = 5
"""Dates that a card shows of a series."""

MOST_COUNTED = 500
FAR = dt.timedelta(days=5 * 366)
YEAR = dt.timedelta(days=366)
MOST_LEFT_OUT = 20
"""Dates that are left out of a series and named."""


def date_lines(
    meeting: Meeting, now: dt.datetime, zone: ZoneInfo, language: Language
) -> list[Json]:
    """How a series repeats, its next five dates, and how it goes on; of one meeting its time."""
    _ = translator(language)
    found = (one for one in occurrences(meeting, now, now + FAR, zone) if not one.cancelled)
    coming = list(islice(found, MOST_COUNTED))
    lines: list[Json] = []
    if meeting.recurrence is not None:
        rule = rule_of(meeting.recurrence, meeting.start.date())
        if rule is not None:
            lines.append(e.subline(_capital(_said(rule, language))))
    if not coming:
        return [*lines, e.text(_("No date is to come."))]
    lines += [
        e.text(moment(one.start, one.end, language), spacing="Small") for one in coming[:NEXT]
    ]
    if len(coming) > NEXT:
        last = coming[-1]
        if not _ends(meeting):
            rest = _("and so on, without an end")
        elif len(coming) == MOST_COUNTED or last.start > now + FAR - YEAR:
            rest = _("and so on")
        else:
            rest = _(
                "and so on: {count} dates in all, the last one on {day}",
                count=len(coming),
                day=day(last.start.date(), language),
            )
        lines.append(e.subline(rest, isSubtle=True))
    return lines


def _ends(meeting: Meeting) -> bool:
    """Whether a series has a last date."""
    text = meeting.recurrence.rrule.upper() if meeting.recurrence else ""
    return text == ONLY_START or "UNTIL=" in text or "COUNT=" in text


def _said(rule: Rule, language: Language) -> str:
    """A rule in words; of very many dates that are left out only how many they are."""
    left_out = len(rule.left_out)
    if left_out <= MOST_LEFT_OUT:
        return say(rule, language)
    return translator(language).ngettext(
        "{rule}, without {count} date",
        "{rule}, without {count} dates",
        left_out,
        rule=say(replace(rule, left_out=()), language),
    )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
