"""Dates and times of meetings that are valid and are probably mistakes."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from itertools import combinations

from bot.i18n import N_, Message, languages, pN_
from bot.knowledge.doubts import Doubt, Doubts
from bot.knowledge.library import Knowledge
from bot.knowledge.models import Meeting
from bot.knowledge.recurrence import SEARCH_DAYS, occurrences, parse_rule

LONGEST = dt.timedelta(days=3)
"""A longer meeting is doubted: the month or year of its end is wrong."""

FAR_AHEAD = dt.timedelta(days=3 * 365)
LONG_BEFORE = dt.timedelta(days=180)
"""How long before a meeting its registration may end."""

FAR_MOVED = dt.timedelta(days=60)
MORNING = dt.time(5)
TWIN_DAYS = dt.timedelta(days=400)
"""How far ahead two meetings are compared."""

CALLED_OFF = pN_("words of titles, | between", "cancelled|canceled|called off")


def meeting_doubts(knowledge: Knowledge, now: dt.datetime) -> Doubts:
    """What looks wrong in the meetings; `now` is in the community's time zone."""
    for meeting in knowledge.meetings.values():
        wrong_time = [*_over(meeting, knowledge, now), *_time_doubts(meeting, now)]
        yield from wrong_time
        yield from _rule_doubts(meeting)
        yield from _single_days(meeting)
        if not wrong_time:
            yield from _registration_doubts(meeting)
        yield from _title_doubts(meeting)
    yield from _twins(knowledge, now)


def _time_doubts(meeting: Meeting, now: dt.datetime) -> Doubts:
    length = meeting.end - meeting.start
    if length > LONGEST:
        message = N_(
            "this meeting would last {days} days: is the day, month or year of `end` right?",
            days=length.days,
        )
        yield Doubt(meeting, ("end",), message)
    if meeting.start.time() < MORNING:
        message = N_("{time} is at night: is the time right?", time=f"{meeting.start:%H:%M}")
        yield Doubt(meeting, ("start",), message)
    if meeting.start - now.replace(tzinfo=None) > FAR_AHEAD:
        message = N_("{day} is years ahead: is the year right?", day=meeting.start.date())
        yield Doubt(meeting, ("start",), message)


def _rule_doubts(meeting: Meeting) -> Doubts:
    rule = parse_rule(meeting)
    if rule is None or meeting.recurrence is None:
        return
    first = next(iter(rule)).date()
    if first != meeting.start.date():
        message = N_(
            "by its own rule the meeting does not fall on {day}, so that day is never told; the "
            "first is {first}: mend `start`, or the rule",
            day=meeting.start.date(),
            first=first,
        )
        yield Doubt(meeting, ("start",), message)
    for fault in _odd_rule(meeting.recurrence.rrule.upper(), meeting.start):
        yield Doubt(meeting, ("recurrence", "rrule"), fault)
    both = {*meeting.recurrence.skip} & {*meeting.cancelled_days}
    for index, day in enumerate(meeting.cancelled_days):
        if day in both:
            message = N_(
                "{day} stands under `skip` too, so nobody is told that it is cancelled: take it "
                "out there",
                day=day,
            )
            yield Doubt(meeting, ("cancelled_days", index), message)
    for day, moved in meeting.recurrence.moved.items():
        if abs(moved.start.date() - day) > FAR_MOVED:
            message = N_(
                "{day} would be moved to {to}, months away: is the date right?",
                day=day,
                to=moved.start.date(),
            )
            yield Doubt(meeting, ("recurrence", "moved", day.isoformat(), "start"), message)
        if moved.end - moved.start > LONGEST:
            message = N_(
                "this meeting would last {days} days: is the day, month or year of `end` right?",
                days=(moved.end - moved.start).days,
            )
            yield Doubt(meeting, ("recurrence", "moved", day.isoformat(), "end"), message)


def _odd_rule(rule: str, start: dt.datetime) -> Iterator[Message]:
    parts = dict(part.split("=", 1) for part in rule.removeprefix("RRULE:").split(";"))
    often, days = parts["FREQ"], parts.get("BYDAY", "")
    narrowed = {"BYSETPOS", "BYMONTHDAY"} & parts.keys()
    if often == "DAILY" and not days and parts.get("COUNT") != "1":
        yield N_("this is every day, Saturdays and Sundays too: write FREQ=WEEKLY for once a week")
    elif often in ("MONTHLY", "YEARLY") and re.search(r"(^|,)[A-Z]", days) and not narrowed:
        yield N_(
            "`{days}` is every such day: write for example 2{day} for the second one of the month",
            days=f"BYDAY={days}",
            day=days[-2:],
        )
    elif often == "YEARLY" and days and not {"BYMONTH", *narrowed} & parts.keys():
        yield N_(
            "`{days}` counts from the beginning of the year: add BYMONTH, or write FREQ=MONTHLY",
            days=f"BYDAY={days}",
        )
    elif often == "MONTHLY" and not days and not narrowed and start.day > 28:
        yield N_(
            "a month without a day {number} has no meeting: write for example BYDAY=-1{weekday} "
            "for the last one",
            number=start.day,
            weekday=("MO", "TU", "WE", "TH", "FR", "SA", "SU")[start.weekday()],
        )


def _single_days(meeting: Meeting) -> Doubts:
    """Days called off of a meeting that is held once."""
    if meeting.recurrence is not None:
        return
    for index, day in enumerate(meeting.cancelled_days):
        if day != meeting.start.date():
            message = N_(
                "this meeting has no rule and is only on {start}, so nothing is called off on "
                "{day}: write `cancelled: true`, or mend the day",
                start=meeting.start.date(),
                day=day,
            )
            yield Doubt(meeting, ("cancelled_days", index), message)


def _registration_doubts(meeting: Meeting) -> Doubts:
    registration = meeting.registration
    if registration is None or registration.deadline is None:
        return
    day, start = registration.deadline, meeting.start.date()
    if meeting.recurrence is not None:
        message = N_(
            "this day would hold for every date of the series: write `closes: 7 days before` in "
            "place of `deadline`"
        )
    elif day > start:
        message = N_("registration would end on {day}, after the meeting: mend the day", day=day)
    elif start - day > LONG_BEFORE:
        message = N_(
            "registration would end on {day}, long before the meeting: is the year right?", day=day
        )
    else:
        return
    yield Doubt(meeting, ("registration", "deadline"), message)


def _over(meeting: Meeting, knowledge: Knowledge, now: dt.datetime) -> Doubts:
    far = now + dt.timedelta(days=SEARCH_DAYS)
    last = meeting.start.replace(tzinfo=now.tzinfo)
    if next(occurrences(meeting, now, max(far, last + FAR_AHEAD), knowledge.zone), None):
        return
    if meeting.recurrence is None:
        message = N_(
            "this meeting is over since {day}: mend the year, or remove the file when nobody asks "
            "about it any more",
            day=meeting.end.date(),
        )
        yield Doubt(meeting, ("start",), message)
    else:
        message = N_(
            "by this rule no meeting is to come: mend it, or remove the file when nobody asks "
            "about it any more"
        )
        yield Doubt(meeting, ("recurrence", "rrule"), message)


def _title_doubts(meeting: Meeting) -> Doubts:
    if meeting.cancelled or meeting.cancelled_days:
        return
    words = {word for code in languages() for word in CALLED_OFF.said(code).split("|")}
    for language in meeting.title.languages():
        title = getattr(meeting.title, language).casefold()
        if any(re.search(rf"\b{re.escape(word)}", title) for word in words):
            message = N_(
                "the title says that the meeting is cancelled, and the bot does not know it: write "
                "`cancelled: true`"
            )
            yield Doubt(meeting, ("title", language), message)


def _twins(knowledge: Knowledge, now: dt.datetime) -> Doubts:
    """Meetings of one network and kind, or title, that begin at the same time."""
    begin = min([now, *(one.start.replace(tzinfo=now.tzinfo) for one in _all(knowledge))])
    starts = {
        one.key: {each.start for each in occurrences(one, begin, now + TWIN_DAYS, knowledge.zone)}
        for one in _all(knowledge)
    }
    for first, second in combinations(_all(knowledge), 2):
        titles = [{*_titles(one)} for one in (first, second)]
        alike = first.kind == second.kind or titles[0] & titles[1]
        same_networks = {*first.networks} & {*second.networks}
        if alike and same_networks and starts[first.key] & starts[second.key]:
            message = N_(
                "this meeting stands in {other} too, at the same time, and is told twice: keep one",
                other=f"{first.key}.yaml",
            )
            yield Doubt(second, ("start",), message)


def _all(knowledge: Knowledge) -> list[Meeting]:
    return [one for _, one in sorted(knowledge.meetings.items())]


def _titles(meeting: Meeting) -> Iterator[str]:
    for language in meeting.title.languages():
        yield " ".join(getattr(meeting.title, language).casefold().split())
