"""`check --preview KEY`: what the bot will now say, and the next dates."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from bot.commands.preview import preview, unknown_key
from bot.knowledge.library import Knowledge
from bot.knowledge.models import Meeting
from bot.knowledge.question_pairs import Question

NOW = dt.datetime(2026, 11, 30, 10, tzinfo=dt.UTC)

COFFEE = {
    "key": "kahvit",
    "title": {"fi": "Torstaikahvit", "sv": "Torsdagskaffe"},
    "kind": "morning_coffee",
    "networks": ["kymenlaakso"],
    "start": "2026-12-10 08:30",
    "end": "2026-12-10 10:00",
    "recurrence": {
        "rrule": "FREQ=MONTHLY;BYDAY=2TH",
        "moved": {"2027-02-11": {"start": "2027-02-18 08:30", "end": "2027-02-18 10:00"}},
    },
    "cancelled_days": ["2027-01-14"],
    "place": {"fi": "Kouvola"},
    "registration": {"url": "https://kahvit.fi", "closes": "1 week before"},
}


@pytest.fixture
def ours(knowledge: Knowledge) -> Knowledge:
    return replace(knowledge, meetings={"kahvit": Meeting.model_validate(COFFEE)})


def test_of_a_meeting_the_next_five_dates_are_shown(ours: Knowledge) -> None:
    said, dates = preview(ours, "kahvit", "fi", NOW)
    assert "Torstaikahvit" in said
    assert "10.12.2026" in said
    lines = dates.splitlines()
    assert len(lines) == 6
    for line, day in zip(
        lines[1:], ("10.12.2026", "14.1.2027", "18.2.2027", "11.3.2027", "8.4.2027"), strict=True
    ):
        assert day in line
        assert line.endswith("Torstaikahvit, peruttu") == (day == "14.1.2027")
    assert "Ilmoittaudu viimeistään 3.12.2026" in lines[1]
    assert "siirretty päivästä 11.2.2027" in lines[3]
    assert "Ilmoittaudu viimeistään 11.2.2027" in lines[3]
    assert "Ilmoittaudu viimeistään 4.3.2027" in lines[4]


def test_it_speaks_the_language_of_whoever_asks(ours: Knowledge) -> None:
    said, dates = preview(ours, "kahvit", "sv", NOW)
    assert "Torsdagskaffe" in said
    assert "inställt" in dates
    said, dates = preview(ours, "uusimaa", "en", NOW)
    assert "Helsinki-Uusimaa Regional Council" in said
    assert dates.endswith("none is to come")


def test_of_a_person_the_contacts_are_shown(ours: Knowledge) -> None:
    (said,) = preview(ours, "hanna-hangasluoma", "fi", NOW)
    assert "+358 40 751 5610" in said


def test_an_unknown_key_is_named_with_those_that_are_like_it(ours: Knowledge) -> None:
    assert list(preview(ours, "uusima", "fi", NOW)) == []
    assert "uusimaa" in unknown_key(ours, "uusima")


PARKING = {
    "key": "parkki",
    "question": {"fi": ["Mihin auton voi jättää?"]},
    "answer": {"fi": "Talon pihaan."},
    "networks": ["pirkanmaa", "kymenlaakso"],
    "valid_until": "2027-06-30",
}


def test_of_a_question_the_answer_its_networks_and_its_end_are_shown(ours: Knowledge) -> None:
    parking = Question.model_validate(PARKING)
    said, about = preview(replace(ours, questions={"parkki": parking}), "parkki", "fi", NOW)
    assert "Mihin auton voi jättää?" in said
    assert "Talon pihaan." in said
    assert about.splitlines() == ["Verkostot: Pirkanmaa, Kymenlaakso", "Voimassa 30.6.2027 asti"]
    lasting = parking.model_copy(update={"networks": (), "valid_until": None})
    said, about = preview(replace(ours, questions={"parkki": lasting}), "parkki", "sv", NOW)
    assert "Det här svaret har jag bara på finska" in said
    assert "Talon pihaan." in said
    assert about.splitlines() == ["Nätverk: alla nätverk", "Gäller tills vidare"]


def test_of_a_question_that_is_over_it_says_so(ours: Knowledge) -> None:
    over = Question.model_validate({**PARKING, "valid_until": "2026-11-29"})
    said, about = preview(replace(ours, questions={"parkki": over}), "parkki", "en", NOW)
    assert "Talon pihaan." in said
    assert "Was valid until 29 November 2026: the bot no longer says this" in about
    assert "parkki" in unknown_key(replace(ours, questions={"parkki": over}), "parki").said("en")
