"""Who coordinates a network, asked of another time: `who was it in 2019`, `and now?`."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from bot.knowledge.library import Knowledge
from bot.understanding.model import Found, Period, Request

EARLIER, NOW = "network_earlier_coordinators", "network_coordinator"
"""The details of who coordinated a network, and who does."""

A_MONTH = 28
"""Days of the shortest time of which it is known who coordinated a network then."""

NOW_WORDS = frozenset(
    word
    for line in ("nyt nykyaan nykyisin", "nu numera nufortiden", "now nowadays currently")
    for word in line.split()
)
"""Words, folded, that mean the present."""


OF_COORDINATING = (EARLIER, "community_runner")
"""Details that are asked in the words for a contact: `who was responsible`."""


def is_long(period: Period | None) -> bool:
    """Whether a time is long enough for that."""
    return period is not None and (period.end - period.start).days >= A_MONTH - 1


def at_its_time(found: Found, knowledge: Knowledge, today: dt.date) -> Found:
    """The same, where who coordinates is asked of the past, or who did of the present."""
    if not {EARLIER, NOW} <= knowledge.details.keys():
        return found
    return found._replace(requests=tuple(_at_its_time(one, today) for one in found.requests))


def _at_its_time(request: Request, today: dt.date) -> Request:
    period = request.entities.period
    of_contact = request.intent == "contacts" and not request.topic
    if period is None or not (of_contact or request.topic in (EARLIER, NOW)):
        return request
    if period.end < today:
        past = is_long(period) and not request.entities.persons
        return replace(request, intent="network_info", topic=EARLIER) if past else request
    if request.topic != EARLIER or period.start > today:
        return request
    return replace(request, entities=replace(request.entities, period=None), topic=NOW)
