"""Kinds of meetings in a message, by the words in community.yaml."""

from __future__ import annotations

import pytest

from bot.knowledge.library import Knowledge
from bot.understanding.kinds import KindFinder, kind_patterns
from bot.understanding.text import tokenise


@pytest.fixture(scope="module")
def finder(knowledge: Knowledge) -> KindFinder:
    return KindFinder(knowledge.community.meeting_kinds)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("milloin on seuraava verkostotapaaminen", ("network_meeting",)),
        ("missä verkostotapaamisessa", ("network_meeting",)),
        ("koska aamukahveille pääsee", ("morning_coffee",)),
        ("Kahvit milloin?", ("morning_coffee",)),
        ("nästa nätverksträff", ("network_meeting",)),
        ("natverkstraffar", ("network_meeting",)),
        ("når är morgonkaffet", ("morning_coffee",)),
        ("the next Network Meeting", ("network_meeting",)),
        ("morning coffees", ("morning_coffee",)),
        ("is there a seminar", ("seminar",)),
        ("seminaari vai aamukahvit", ("morning_coffee", "seminar")),
        ("koska on se isompi tapaaminen", ("network_meeting",)),
        ("när är det riktiga mötet", ("network_meeting",)),
        ("is it a proper meeting or coffee", ("network_meeting", "morning_coffee")),
        # Any meeting, and coffee to drink
        ("milloin on seuraava tapaaminen", ()),
        ("onko siellä kahvia", ()),
        ("serveras det kaffe", ()),
        ("is coffee served", ()),
        ("networking", ()),
    ],
)
def test_kinds_in_three_languages(finder: KindFinder, text: str, kinds: tuple[str, ...]) -> None:
    assert set(finder.find(tokenise(text))) == set(kinds)


def test_only_a_star_stands_for_endings() -> None:
    assert kind_patterns("Kahvit| aamukahv* |") == ["kahvit", "aamukahv[^ ]*"]
