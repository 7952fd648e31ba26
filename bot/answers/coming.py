"""The coming meetings, cached for a day so that recurrences are not expanded for each answer."""

from __future__ import annotations

import datetime as dt
import weakref
from collections.abc import Iterable

from bot.answers.builder import AnswerBuilder
from bot.answers.meeting_views import MeetingView
from bot.answers.model import Block
from bot.answers.scope import Scope
from bot.knowledge.library import Knowledge
from bot.knowledge.models import Network
from bot.knowledge.recurrence import Occurrence
from bot.understanding.model import Period

AHEAD = dt.timedelta(days=366)
"""How far ahead occurrences are cached."""

_cache: dict[int, tuple[weakref.ref[Knowledge], dt.date, list[Occurrence]]] = {}


def _year(scope: Scope) -> list[Occurrence]:
    """All occurrences from the start of today on, for AHEAD."""
    knowledge, today = scope.knowledge, scope.today
    key = id(knowledge)
    found = _cache.get(key)
    if found is None or found[1] != today:
        midnight = dt.datetime.combine(today, dt.time(), knowledge.zone)
        coming = knowledge.coming(midnight, midnight + AHEAD)
        forget = weakref.ref(knowledge, lambda _: _cache.pop(key, None))
        found = _cache[key] = (forget, today, coming)
    return found[2]


def coming(
    scope: Scope,
    networks: Iterable[str] = (),
    first: dt.date | None = None,
    last: dt.date | None = None,
) -> list[Occurrence]:
    """The occurrences not yet over, soonest first; those that begin on the given days, if any."""
    wanted = set(networks)
    return [
        occurrence
        for occurrence in _until(scope, last)
        if occurrence.end > scope.now
        and (not wanted or wanted & set(occurrence.meeting.networks))
        and (first is None or first <= occurrence.end.date())
        and (last is None or occurrence.start.date() <= last)
    ]


def is_past(period: Period, today: dt.date) -> bool:
    """Whether a period is over, or was asked for up to today: `aiemmin tänä vuonna`."""
    return period.end < today or period.start < period.end == today


def asked_for(scope: Scope, networks: Iterable[str], period: Period | None) -> list[Occurrence]:
    """The occurrences not yet over, or those of a period; of a past one those that are over."""
    if period is None:
        return coming(scope, networks)
    if not is_past(period, scope.today):
        return coming(scope, networks, period.start, period.end)
    zone = scope.knowledge.zone
    first = dt.datetime.combine(period.start, dt.time(), zone)
    last = dt.datetime.combine(period.end + dt.timedelta(days=1), dt.time(), zone)
    found = scope.knowledge.coming(first, min(last, scope.now), networks)
    return [one for one in found if one.start >= first and one.end <= scope.now]


def _until(scope: Scope, last: dt.date | None) -> list[Occurrence]:
    if last is None or last < scope.today + AHEAD:
        return _year(scope)
    midnight = dt.datetime.combine(last, dt.time(), scope.knowledge.zone)
    return scope.knowledge.coming(scope.now, midnight + dt.timedelta(days=1))


def next_meeting(scope: Scope, network: Network) -> MeetingView | None:
    """The next meeting of a network that is held."""
    held = (one for one in coming(scope, [network.key]) if not one.cancelled)
    found = next(held, None)
    return MeetingView.of(found, scope) if found else None


def demo_note(builder: AnswerBuilder, *meetings: MeetingView | None) -> tuple[Block, ...]:
    """A note on demo meetings, where one of these is one."""
    return builder.render("meetings.demo") if any(one and one.demo for one in meetings) else ()
