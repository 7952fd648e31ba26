"""Who coordinates a network, asked of another time."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.knowledge.library import Knowledge
from bot.understanding.model import Entities, Found, Period, Request
from bot.understanding.talk.earlier import EARLIER, NOW, at_its_time

TODAY = dt.date(2026, 11, 29)


def year(number: int) -> Period:
    """A whole year."""
    return Period(dt.date(number, 1, 1), dt.date(number, 12, 31))


@pytest.mark.parametrize(
    ("intent", "topic", "period", "expected"),
    [
        ("contacts", "", year(2020), EARLIER),
        ("network_info", NOW, year(2020), EARLIER),
        ("network_info", EARLIER, year(2026), NOW),
        ("network_info", EARLIER, year(2020), EARLIER),
        ("network_info", NOW, None, NOW),
        ("contacts", "", year(2027), ""),
        # Nobody asks who was responsible on one day.
        ("contacts", "", Period(dt.date(2026, 11, 27), dt.date(2026, 11, 27)), ""),
        ("meetings", "", year(2020), ""),
    ],
)
def test_what_is_asked_depends_on_the_time(
    knowledge: Knowledge, intent: str, topic: str, period: Period | None, expected: str
) -> None:
    asked = Request(intent, Entities(networks=("lappi",), period=period), topic)
    (found,) = at_its_time(Found((asked,), 0.9), knowledge, TODAY).requests
    assert found.topic == expected
    assert found.entities.networks == ("lappi",)


def test_a_persons_past_is_another_question(knowledge: Knowledge) -> None:
    entities = Entities(persons=("pilvi-kuitu",), period=year(2020))
    asked = Found((Request("contacts", entities),), 0.9)
    assert at_its_time(asked, knowledge, TODAY) == asked
