"""Coming meetings: periods, audiences, languages, cancelled and moved ones, summer time."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from bot.answers.compose import Context, compose
from bot.answers.dates import DASH
from bot.answers.plain import plain_text
from bot.knowledge.library import Knowledge
from bot.knowledge.models import Meeting
from bot.knowledge.values import Language
from bot.understanding.model import Entities, Manner, Period, Request, Understanding

from .asking import NOW, answer
from .test_every_answer import full_meeting


def only(knowledge: Knowledge, *meetings: Meeting) -> Knowledge:
    return replace(knowledge, meetings={meeting.key: meeting for meeting in meetings})


def once(**changes: Any) -> Meeting:
    """A meeting that is held once, with everything it can have."""
    return full_meeting(**{"recurrence": None, "cancelled_days": [], **changes})


def days(first: str, last: str) -> Period:
    return Period(dt.date.fromisoformat(first), dt.date.fromisoformat(last))


def test_everything_is_told(knowledge: Knowledge) -> None:
    there = only(knowledge, once(registration={"url": "https://example.org/register"}))
    text = plain_text(answer(there, "meetings", networks=("lappi",)))
    assert "Seuraava tapaaminen Lapissa:" in text
    assert f"Kokous\nTorstaina 26.11.2026 klo 9.00{DASH}12.00\nPaikka: Kirjasto\n" in text
    assert "Ilmoittaudu: https://example.org/register" in text
    assert "Toimisto" not in text
    picked = ("kokous@2026-11-26",)
    whole = plain_text(answer(there, "meetings", networks=("lappi",), meetings=picked))
    assert "Järjestäjä: Toimisto\nTervetuloa." in whole
    assert "esimerkki" not in text


@pytest.mark.parametrize(
    ("deadline", "said"),
    [
        ("2026-11-24", "Ilmoittaudu (https://example.org/register) viimeistään 24.11.2026"),
        ("2026-11-20", "Ilmoittaudu (https://example.org/register) viimeistään 20.11.2026"),
        ("2026-11-19", "Ilmoittautuminen päättyi 19.11.2026."),
    ],
)
def test_registration(knowledge: Knowledge, deadline: str, said: str) -> None:
    registration = {"url": "https://example.org/register", "deadline": deadline}
    text = plain_text(answer(only(knowledge, once(registration=registration)), "meetings"))
    assert said in text
    assert ("example.org/register" in text) is ("päättyi" not in said)


@pytest.mark.parametrize("intent", ["meetings", "network_info", "network_activity"])
def test_links_for_members_stay_among_members(knowledge: Knowledge, intent: str) -> None:
    there = only(knowledge, once())
    hidden = answer(there, intent, networks=("lappi",))
    assert "members-only" not in repr(hidden)
    shown = answer(there, intent, networks=("lappi",), members=True)
    assert ("members-only" in repr(shown)) is (intent == "meetings")
    if intent == "meetings":
        assert "Myös verkossa: linkin näytän jäsenille Teamsissa." in plain_text(hidden)
        assert "Osallistu verkossa: https://example.org/members-only" in plain_text(shown)


def test_public_links_are_shown_to_all(knowledge: Knowledge) -> None:
    there = only(knowledge, once(online={"url": "https://example.org/open", "share": "public"}))
    assert "https://example.org/open" in plain_text(answer(there, "meetings"))


def test_the_next_three_and_what_repeats_once(knowledge: Knowledge) -> None:
    text = plain_text(answer(only(knowledge, full_meeting()), "meetings", networks=("lappi",)))
    assert text.count("Kokous\n") == 1
    assert text.count("Paikka: Kirjasto") == 1
    assert f"- Peruttu: torstaina 3.12.2026 klo 9.00{DASH}12.00" in text
    assert f"- perjantaina 11.12.2026 klo 13.00{DASH}15.00 (uusi aika)" in text


def test_of_a_cancelled_one_and_the_next_all_is_told(knowledge: Knowledge) -> None:
    there = only(knowledge, full_meeting(cancelled_days=["2026-11-26"]))
    text = plain_text(answer(there, "meetings", networks=("lappi",)))
    assert text.index("Peruttu. Sen piti olla torstaina 26.11.2026") < text.index("Kirjasto")
    assert f"Torstaina 3.12.2026 klo 9.00{DASH}12.00\nPaikka: Kirjasto" in text


def test_a_cancelled_meeting_is_told_as_such_and_is_never_the_next(knowledge: Knowledge) -> None:
    there = only(knowledge, once(cancelled=True))
    text = plain_text(answer(there, "meetings", "sv", networks=("lappi",)))
    assert "Träffen är inställd. Den skulle ha hållits torsdag 26 november 2026" in text
    assert "example.org" not in text
    assert "Biblioteket" not in text
    info = plain_text(answer(there, "network_info", "sv", networks=("lappi",)))
    assert "Nästa träff" not in info


@pytest.mark.parametrize(
    ("period", "count"),
    [
        (days("2026-11-26", "2026-11-26"), 1),
        (days("2026-11-27", "2026-12-02"), 0),
        (days("2026-12-01", "2026-12-31"), 5),
        (days("2026-12-11", "2026-12-11"), 1),
        (days("2026-12-10", "2026-12-10"), 0),
    ],
)
def test_periods_are_respected(knowledge: Knowledge, period: Period, count: int) -> None:
    there = only(knowledge, full_meeting())
    text = plain_text(answer(there, "meetings", networks=("uusimaa",), period=period))
    if count:
        assert text.count("Kokous\n") + text.count("\n- ") == count
    else:
        assert text.startswith("Listallani ei ole verkoston tapaamisia Uudellamaalla")
        assert "Seuraava tapaaminen: Kokous, torstaina 26.11.2026" in text


@pytest.mark.parametrize(
    ("period", "language", "said"),
    [
        (days("2026-10-01", "2026-10-31"), "fi", "En tiedä, oliko Lapissa tapaamisia"),
        (days("2026-10-01", "2026-10-31"), "sv", "Jag vet inte om det var träffar i Lappland"),
        (days("2026-10-01", "2026-10-31"), "en", "I do not know whether there were meetings in"),
        (days("2026-11-02", "2026-11-08"), "fi", "Tapaamiset Lapissa 2.–8.11.2026 (jo pidetty):"),
        # Up to today: what was, and not what is to come
        (days("2026-11-01", "2026-11-20"), "fi", "- torstaina 12.11.2026"),
        (days("2026-01-01", "2026-11-20"), "sv", "torsdag 5 november 2026"),
    ],
)
def test_the_past_is_told_as_past(
    knowledge: Knowledge, period: Period, language: Language, said: str
) -> None:
    weekly = full_meeting(start="2026-11-05 09:00", end="2026-11-05 12:00")
    text = plain_text(
        answer(only(knowledge, weekly), "meetings", language, networks=("lappi",), period=period)
    )
    assert said in text
    assert not {"26.11.2026", "26 november 2026", "2027"} & set(text.split())


def test_the_kind_selects(knowledge: Knowledge) -> None:
    coffee = once(key="kahvit", kind="morning_coffee", title={"fi": "Aamukahvit"})
    there = only(knowledge, once(), coffee)
    text = plain_text(answer(there, "meetings", networks=("lappi",), kinds=("morning_coffee",)))
    assert "Aamukahvit" in text
    assert "Kokous" not in text
    none = plain_text(answer(there, "meetings", networks=("lappi",), kinds=("seminar",)))
    assert none.startswith("Listallani ei ole seminaareja.\nSeuraava tapaaminen: ")
    assert "26.11.2026" in none
    nothing = plain_text(answer(only(knowledge), "meetings", "en", kinds=("seminar",)))
    assert nothing.startswith("I have no seminars on my list.")


def test_of_many_meetings_the_rest_is_counted(knowledge: Knowledge) -> None:
    period = days("2026-11-21", "2027-02-28")
    text = plain_text(answer(only(knowledge, full_meeting()), "meetings", period=period))
    assert text.count("Kokous\n") == 1
    assert text.count("\n- ") == 4
    assert "Samalta ajalta listallani on vielä 9 tapaamista." in text


def test_a_period_beyond_a_year(knowledge: Knowledge) -> None:
    there = only(knowledge, once(start="2028-03-01 09:00", end="2028-03-01 10:00"))
    period = days("2028-03-01", "2028-03-31")
    text = plain_text(answer(there, "meetings", "en", period=period))
    assert f"Wednesday 1 March 2028, 9:00{DASH}10:00" in text
    assert "Right now I have no coming meetings" in plain_text(answer(there, "meetings", "en"))


def test_local_time_stays_over_summer_time(knowledge: Knowledge) -> None:
    weekly = once(
        start="2027-03-25 09:00",
        end="2027-03-25 10:00",
        recurrence={"rrule": "FREQ=WEEKLY;UNTIL=20270430"},
    )
    now = dt.datetime(2027, 3, 20, 12, tzinfo=dt.UTC)
    text = plain_text(answer(only(knowledge, weekly), "meetings", now=now))
    assert f"25.3.2027 klo 9.00{DASH}10.00" in text
    assert f"1.4.2027 klo 9.00{DASH}10.00" in text


def test_a_meeting_that_goes_on_is_still_told(knowledge: Knowledge) -> None:
    there = only(knowledge, once())
    for hour, told in ((8, True), (9, True), (10, False)):
        now = dt.datetime(2026, 11, 26, hour, 30, tzinfo=dt.UTC)
        assert ("Kokous" in plain_text(answer(there, "meetings", now=now))) is told


def test_titles_follow_the_language(knowledge: Knowledge) -> None:
    words = {"fi": "Tervetuloa.", "sv": "Välkommen."}
    finnish_and_swedish = once(title={"fi": "Kokous", "sv": "Möte"}, description=words)
    there = only(knowledge, finnish_and_swedish)
    assert "Kokous" in plain_text(answer(there, "meetings", "fi"))
    assert "Möte" in plain_text(answer(there, "meetings", "sv"))
    english = plain_text(answer(there, "meetings", "en"))
    assert "Kokous" in english
    assert "Tervetuloa" not in english


def test_demo_meetings_are_marked(knowledge: Knowledge) -> None:
    text = plain_text(answer(knowledge, "meetings", networks=("pirkanmaa", "lansi-suomi")))
    assert text.count("(esimerkki)") == 2
    assert text.count("Esimerkit ovat keksittyjä.") == 1
    rest = Request("network_info", Entities(networks=("pirkanmaa",)), manner=Manner.MORE)
    brief = plain_text(compose(Understanding("?", "fi", (rest,), 1.0), knowledge, Context(NOW)))
    assert "Seuraava tapaaminen (esimerkki):" in brief
    assert "Esimerkit ovat keksittyjä." in brief


def test_without_meetings_rhythm_and_contacts_are_told(no_meetings: Knowledge) -> None:
    text = plain_text(answer(no_meetings, "meetings", networks=("lansi-suomi",)))
    assert "Listallani ei ole nyt tulevia verkoston tapaamisia Länsi-Suomessa." in text
    assert "2–3 kertaa vuodessa" in text
    assert "Hanna Hangasluoma" in text
    assert "Tarja Hautamäki" in text
    nobody = plain_text(answer(no_meetings, "meetings", networks=("lappi",)))
    assert "https://taikusydan.turkuamk.fi" in nobody
    nowhere = plain_text(answer(no_meetings, "meetings"))
    assert "Listallani ei ole nyt yhtään tulevaa tapaamista." in nowhere


def test_with_meetings_the_rhythm_is_told_of_the_network_only(knowledge: Knowledge) -> None:
    assert "2–3 kertaa" not in plain_text(answer(knowledge, "meetings", networks=("lansi-suomi",)))
    text = plain_text(answer(knowledge, "network_activity", networks=("lansi-suomi",)))
    assert "2–3 kertaa" in text
    assert "Seuraava tapaaminen" in text


def test_content_of_meetings_never_becomes_markup(knowledge: Knowledge) -> None:
    attack = "**x** [y](https://evil.example)"
    texts = {"fi": attack}
    evil = once(title=texts, place=texts, host=texts, description=texts)
    picked = ("kokous@2026-11-26",)
    made = answer(only(knowledge, evil), "meetings", networks=("lappi",), meetings=picked)
    assert plain_text(made).count(attack) == 4
    assert "LinkSpan(text='y'" not in repr(made)
