"""Answers to questions for one detail of a meeting: short, yes or no first, honest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from bot.answers.compose import Context, compose
from bot.answers.model import Answer
from bot.answers.plain import plain_text
from bot.knowledge.library import Knowledge
from bot.knowledge.models import Detail, Meeting
from bot.knowledge.values import LANGUAGES, Language
from bot.understanding.model import Entities, Period, Request, Understanding

from .asking import NOW
from .test_every_answer import check
from .test_meetings import once, only

MOST_CHARACTERS = 350
"""Of all that a turn about a detail shows."""

PLACES = ("lappi", "pirkanmaa")
"""A network without contact persons, and one with."""


def details_of_meetings(knowledge: Knowledge) -> list[Detail]:
    return [one for one in knowledge.details.values() if one.of == "meeting"]


def ask(
    knowledge: Knowledge, key: str, language: Language = "fi", *, yes_no: bool = False, **of: object
) -> Answer:
    entities = Entities(**{"networks": ("lappi",), **of})  # type: ignore[arg-type]
    request = Request("meetings", entities, topic=key, yes_no=yes_no)
    asked = Understanding("?", language, (request,), 1.0)
    return compose(asked, knowledge, Context(NOW))


def said(knowledge: Knowledge, key: str, *, yes_no: bool = False, **of: Any) -> str:
    return plain_text(ask(knowledge, key, yes_no=yes_no, **of))


def meetings(network: str) -> Iterator[Meeting]:
    """A meeting with everything, and such that lack something or are called off."""
    there = [network]
    yield once(networks=there, price={"fi": "10 €"}, languages=["fi", "sv", "en"])
    yield once(networks=there, registration={"url": "https://example.org/r"}, online=None)
    yield once(networks=there, registration=None, host=None, description=None)
    yield once(networks=there, place=None, online={"url": "https://e.org/o", "share": "public"})
    yield once(networks=there, audience={"fi": "Kaikki.", "sv": "Alla.", "en": "All."})
    yield once(networks=there, cancelled=True)
    yield once(
        networks=there,
        registration={"url": "https://example.org/r", "deadline": "2026-11-01"},
        end="2026-11-26 10:45",
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("network", PLACES)
def test_each_is_short_and_whole(knowledge: Knowledge, network: str, language: Language) -> None:
    for meeting in meetings(network):
        there = only(knowledge, meeting)
        for detail in details_of_meetings(knowledge):
            for yes_no in (False, True):
                made = ask(there, detail.key, language, yes_no=yes_no, networks=(network,))
                check(made, language, there)
                assert len(plain_text(made)) <= MOST_CHARACTERS, detail.key
                # Of the last one nothing is known here.
                told = () if detail.key == "meeting_last" else ("kokous@2026-11-26",)
                assert made.shown.meetings == told


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_the_demo_meetings_too(knowledge: Knowledge, language: Language) -> None:
    for network in ("pirkanmaa", "lansi-suomi"):
        for detail in details_of_meetings(knowledge):
            made = ask(knowledge, detail.key, language, networks=(network,))
            check(made, language, knowledge)
            assert len(plain_text(made)) <= MOST_CHARACTERS, detail.key


def test_yes_and_no_come_first(knowledge: Knowledge) -> None:
    everything = only(knowledge, once(online={"url": "https://example.org/o", "share": "public"}))
    on_site = only(knowledge, once(online=None))
    online = only(knowledge, once(place=None))
    assert said(everything, "meeting_online", yes_no=True).startswith("Kyllä, verkossa: ")
    assert said(everything, "meeting_online").startswith("Verkossa: ")
    assert said(on_site, "meeting_online", yes_no=True).startswith("Ei, ")
    assert said(online, "meeting_place", yes_no=True).startswith("Ei, vain verkossa")
    assert said(everything, "meeting_registration", yes_no=True).startswith("Kyllä, ilmoittaudu")
    late = once(registration={"url": "https://example.org/r", "deadline": "2026-11-01"})
    assert said(only(knowledge, late), "meeting_deadline", yes_no=True).startswith("Ei enää")


def test_registration_closes_so_long_before_each_date(knowledge: Knowledge) -> None:
    series = {"rrule": "FREQ=WEEKLY;INTERVAL=2"}
    for closes, told in (("5 days before", "21.11.2026"), ("1 week before", "19.11.2026")):
        registration = {"url": "https://example.org/r", "closes": closes}
        there = only(knowledge, once(recurrence=series, registration=registration))
        assert told in said(there, "meeting_deadline")


def test_what_is_not_known_is_said_with_who_may_know(knowledge: Knowledge) -> None:
    here = only(knowledge, once(networks=["pirkanmaa"]))
    assert "Kysy yhteyshenkilöltä: " in said(here, "meeting_price", networks=("pirkanmaa",))
    assert "Kysy järjestäjältä: Toimisto." in said(only(knowledge, once()), "meeting_price")
    nobody = said(only(knowledge, once(host=None)), "meeting_price")
    assert "Maksusta minulla ei ole tietoa" in nobody
    assert "ysy" in nobody


def test_what_is_known_is_said(knowledge: Knowledge) -> None:
    there = only(knowledge, once(price={"fi": "maksuton"}, languages=["sv", "en"]))
    assert said(there, "meeting_price").startswith("Hinta: maksuton (Kokous, ")
    assert said(there, "meeting_language").startswith("Kieli: ruotsi ja englanti ")
    assert "kestää 3 tuntia (kello 9.00–12.00)" in said(there, "meeting_length")


def test_a_cancelled_one_is_said_to_be_cancelled(knowledge: Knowledge) -> None:
    there = only(knowledge, once(cancelled=True))
    for detail in details_of_meetings(knowledge):
        assert said(there, detail.key).startswith("Tapaaminen on peruttu."), detail.key


def test_of_what_was_shown_and_of_the_kind(knowledge: Knowledge) -> None:
    coffee = once(key="kahvit", kind="morning_coffee", title={"fi": "Aamukahvit"})
    there = only(knowledge, once(), coffee)
    assert "Kokous" in said(there, "meeting_time", kinds=("network_meeting",))
    assert "Aamukahvit" in said(there, "meeting_time", kinds=("morning_coffee",))
    shown = said(there, "meeting_time", networks=(), meetings=("kahvit@2026-11-26",))
    assert shown.startswith("Aamukahvit, torstaina 26.11.2026")
    # Of a kind that is not there the list is told, and that there is none of it.
    none = said(there, "meeting_time", kinds=("seminar",))
    assert none.startswith("Listallani ei ole seminaareja.")


def test_the_last_one_is_told_as_far_as_it_is_known(knowledge: Knowledge) -> None:
    there = only(knowledge, once())
    assert said(there, "meeting_last").startswith("Edellisestä tapaamisesta minulla ei ole tietoa")
    before = once(key="ennen", start="2026-10-01 09:00", end="2026-10-01 10:00")
    told = said(only(knowledge, before, once()), "meeting_last")
    assert "torstaina 1.10.2026" in told
    assert "Seuraava on torstaina 26.11.2026" in told


def test_without_any_meeting_that_is_said(no_meetings: Knowledge) -> None:
    for detail in details_of_meetings(no_meetings):
        last = detail.key == "meeting_last"
        none = "Edellisestä tapaamisesta minulla ei ole" if last else "Listallani ei ole nyt"
        assert none in said(no_meetings, detail.key)


def test_a_meeting_that_was_is_found_by_its_period(knowledge: Knowledge) -> None:
    there = only(knowledge, once(start="2026-10-01 09:00", end="2026-10-01 10:00"))
    october = Period(dt.date(2026, 10, 1), dt.date(2026, 10, 31))
    text = said(there, "meeting_place", period=october)
    assert text.startswith("Paikka: Kirjasto (Kokous, torstaina 1.10.2026)")
