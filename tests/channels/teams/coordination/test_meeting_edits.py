"""A meeting's fields changed by forms; deleted; found by words; drafts thrown away."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from bot.announcements.model import API, Draft, Reminder, State
from bot.knowledge.models import Meeting, SomeLanguages
from bot.knowledge.values import Language
from tests.announcements.world import COFFEE, MEMBER, MONTHLY, NATIONAL, ONE_TIME, PIRKANMAA

from .chatting import Chat, TeamsFixture

DAY = "2026-12-01"


async def a_meeting(teams: TeamsFixture, body: dict[str, Any] | None = None) -> Meeting:
    return await teams.world.meetings.add(PIRKANMAA, body or ONE_TIME)


def now(teams: TeamsFixture, meeting: Meeting) -> Meeting:
    return teams.world.knowledge().meetings[meeting.key]


async def the_form(chat: Chat, text: str = "muokkaa syystapaamista") -> Chat:
    return await chat.say("fallback", text=text)


async def test_every_field_is_changed_after_a_preview(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    meeting = await a_meeting(teams)
    await the_form(coordinator)
    assert "Muuta tapaamista" in coordinator.text
    assert coordinator.fields["title.sv"] == "Höstträff"
    typed = {
        "title.fi": "Syyspäivä",
        "title.sv": "Höstdag",
        "kind": "seminar",
        "place.fi": "Kirjasto, Tampere",
        "online.url": "https://example.org/meet",
        "online.share": "true",
        "registration.url": "ilmo@example.org",
        "registration.deadline": "2026-11-27",
        "description.fi": "Puhumme.",
    }
    await coordinator.press("Esikatsele", typed)
    assert now(teams, meeting) == meeting
    assert "Kirjasto, Tampere" in coordinator.text
    await coordinator.press("Tallenna")
    assert "Tapaamista on muutettu" in coordinator.text
    changed = now(teams, meeting)
    assert (changed.title.fi, changed.title.sv, changed.kind) == ("Syyspäivä", "Höstdag", "seminar")
    assert changed.registration is not None
    assert changed.registration.url == "mailto:ilmo@example.org"
    assert str(changed.registration.deadline) == "2026-11-27"
    assert changed.online is not None
    assert changed.online.share == "public"
    await coordinator.press("Kumoa")
    assert now(teams, meeting).title == meeting.title
    assert now(teams, meeting).registration is None


async def test_all_faults_stand_at_their_fields_at_once(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    meeting = await a_meeting(teams)
    await the_form(coordinator)
    wrong = {
        "title.fi": "",
        "title.sv": "",
        "place.fi": "",
        "registration.url": "ei mikään",
        "registration.deadline": "2026-11-27",
        "description.fi": "Tämä ei katoa.",
    }
    await coordinator.press("Esikatsele", wrong)
    assert coordinator.faulty == ["title.fi", "place.fi", "registration.url"]
    assert coordinator.fields["description.fi"] == "Tämä ei katoa."
    assert "Tallenna" not in coordinator.buttons
    right = {"title.fi": "Ilta", "place.fi": "Talo", "registration.url": ""}
    await coordinator.press("Esikatsele", right)
    assert coordinator.faulty == ["registration.deadline"]
    await coordinator.press("Esikatsele", {"registration.deadline": ""})
    await coordinator.press("Tallenna")
    assert now(teams, meeting).title.fi == "Ilta"


@pytest.mark.parametrize(
    ("deadline", "said"), [("2026-12-02", "tapaamisen jälkeen"), ("2026-01-02", "jo mennyt")]
)
async def test_a_doubtful_deadline_is_asked_about(
    teams: TeamsFixture, coordinator: Chat, deadline: str, said: str
) -> None:
    await a_meeting(teams)
    await the_form(coordinator)
    link = {"registration.url": "https://example.org/f"}
    await coordinator.press("Esikatsele", {**link, "registration.deadline": deadline})
    assert said in coordinator.text
    assert "Tallenna" in coordinator.buttons


async def test_what_was_not_shown_is_shown_first(teams: TeamsFixture, coordinator: Chat) -> None:
    meeting = await a_meeting(teams)
    await the_form(coordinator)
    await coordinator.press("Esikatsele", {"place.fi": "Kirjasto"})
    await coordinator.press("Tallenna", {"place.fi": "Torni"})
    assert now(teams, meeting) == meeting
    assert "Torni" in coordinator.text
    await coordinator.press("Tallenna")
    assert now(teams, meeting).place.fi == "Torni"  # type: ignore[union-attr]
    # A second press, and one that changes nothing, write nothing.
    assert "Kumoa" in coordinator.buttons
    await the_form(coordinator)
    await coordinator.press("Esikatsele")
    await coordinator.press("Tallenna")
    assert "mitään ei muutettu" in coordinator.text
    assert "Kumoa" not in coordinator.buttons


async def test_somebody_elses_newer_change_is_shown_beside_ones_own(teams: TeamsFixture) -> None:
    meeting = await a_meeting(teams)
    mine = Chat(teams, PIRKANMAA, conversation="a:mine")
    theirs = Chat(teams, PIRKANMAA, conversation="a:theirs")
    for chat, place in ((mine, "Kirjasto"), (theirs, "Torni")):
        await the_form(chat)
        await chat.press("Esikatsele", {"place.fi": place})
    await theirs.press("Tallenna")
    await mine.press("Tallenna")
    assert now(teams, meeting).place.fi == "Torni"  # type: ignore[union-attr]
    assert "nyt: Torni; sinun: Kirjasto" in mine.text
    assert mine.fields["place.fi"] == "Kirjasto"
    await mine.press("Tallenna silti")
    assert now(teams, meeting).place.fi == "Kirjasto"  # type: ignore[union-attr]
    # The same of a new time.
    for chat in (mine, theirs):
        await chat.say("fallback", text="siirrä syystapaaminen")
    await theirs.press("Tallenna", day="2026-12-03")
    await mine.press("Tallenna", day="2026-12-04")
    assert now(teams, meeting).start.day == 3
    assert mine.fields["day"] == "2026-12-04"
    await mine.press("Tallenna")
    assert now(teams, meeting).start.day == 4


async def test_a_change_is_told_if_that_is_wished(teams: TeamsFixture, coordinator: Chat) -> None:
    world = teams.world
    meeting = await a_meeting(teams)
    await world.channel("19:a", "pirkanmaa")
    made = await world.announcements.create(API, Draft(occurrence=f"{meeting.key}@{DAY}"))
    await world.deliver_all(made.id)
    await the_form(coordinator)
    await coordinator.press("Esikatsele", {"place.fi": "Kirjasto"})
    assert "Kerrotaanko seuraajille?" in str(coordinator.card)
    await coordinator.press("Tallenna", tell="true")
    assert "Kerron siitä nyt 1 keskustelussa" in coordinator.text
    assert len(await world.deliveries()) == 2


async def test_one_date_or_all_dates_of_a_series_change(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    series = await a_meeting(teams, MONTHLY)
    await the_form(coordinator)
    await coordinator.press("Esikatsele", {"place.fi": "Kirjasto"})
    await coordinator.press("Tallenna")
    assert [str(day) for day in now(teams, series).changed_days] == [DAY]
    await the_form(coordinator, "muokkaa syystapaamista 5.1.")
    link = {"registration.url": "https://example.org/f", "registration.deadline": "2027-01-01"}
    await coordinator.press("Esikatsele", {**link, "scope": "all"})
    await coordinator.press("Tallenna")
    registration = now(teams, series).registration
    assert registration is not None
    assert registration.closes == "4 days before"


async def test_a_meeting_that_nobody_knows_of_is_deleted_and_brought_back(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    meeting = await a_meeting(teams)
    await coordinator.say("add_meeting", text="poista syystapaaminen")
    assert "Poistetaanko tämä tapaaminen?" in coordinator.text
    await coordinator.press("Poista")
    assert "Tapaaminen on poistettu" in coordinator.text
    assert meeting.key not in teams.world.knowledge().meetings
    again = {"do": "meeting.delete", "lang": "fi", "meeting": f"{meeting.key}@{DAY}"}
    await coordinator.send(again)
    assert "jo poistettu" in coordinator.text
    await coordinator.press("Kumoa")
    assert now(teams, meeting).title == meeting.title
    await teams.world.channel("19:a", "pirkanmaa")
    await teams.world.announcements.create(API, Draft(occurrence=f"{meeting.key}@{DAY}"))
    await coordinator.say("add_meeting", text="poista syystapaaminen")
    assert "Peru se" in coordinator.text
    assert "Poista" not in coordinator.buttons


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("fi", "siirrä tapaaminen", "Minkä tapaamisen haluat siirtää?"),
        ("sv", "ställ in mötet", "Vilken träff vill du ställa in?"),
        ("en", "change a meeting", "Which meeting do you want to change?"),
        ("fi", "peru toinen 2.12.", "Perutaanko tämä tapaaminen?"),
        ("sv", "flytta höstträffen", "Ny tid"),
        ("en", "delete syystapaaminen", "Delete this meeting?"),
        ("fi", "peru aamukahvit", "sisältötiedostossa"),
    ],
)
async def test_words_lead_to_a_meeting_or_to_a_short_list(
    teams: TeamsFixture, language: Language, text: str, said: str
) -> None:
    await a_meeting(teams)
    other = {"title": {"fi": "Toinen"}, "start": "2026-12-02 12:00", "end": "2026-12-02 13:00"}
    await a_meeting(teams, ONE_TIME | other)
    chat = await Chat(teams, PIRKANMAA, language).say("fallback", text=text)
    assert said in chat.text


async def test_words_of_a_member_or_for_something_else_lead_nowhere(teams: TeamsFixture) -> None:
    await a_meeting(teams)
    member = await Chat(teams, MEMBER).say("add_meeting", text="peru tapaaminen")
    assert "vain verkoston koordinaattori" in member.text
    chat = Chat(teams, PIRKANMAA)
    await chat.say("meetings", text="voiko tapaamisen perua")
    assert "Vastaus." in chat.text
    await chat.say("follow", "pirkanmaa", text="peru tapaaminen")
    assert "Minkä" not in chat.text


async def test_a_draft_is_thrown_away_from_the_list(teams: TeamsFixture, coordinator: Chat) -> None:
    made = await teams.world.announcements.draft(PIRKANMAA, Draft(occurrence=COFFEE))
    await coordinator.say("announcements")
    await coordinator.press("Heitä pois")
    assert "Luonnos on heitetty pois" in coordinator.text
    assert "Heitä pois" not in coordinator.buttons
    drop = {"do": "announce.drop", "lang": "fi", "id": made.id}
    await coordinator.send(drop)
    assert "jo heitetty pois" in coordinator.text
    sent = await teams.world.announcements.create(API, Draft(occurrence=COFFEE))
    await coordinator.send({**drop, "id": sent.id})
    found = await teams.world.announcements.report(PIRKANMAA, sent.id)
    assert found.announcement.state is not State.DRAFT


async def test_a_reminder_that_comes_too_late_and_a_time_that_there_is_not_are_said(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    body = ONE_TIME | {"start": "2026-11-20 16:00", "end": "2026-11-20 17:00"}
    meeting = await a_meeting(teams, body)
    made = await teams.world.announcements.draft(
        PIRKANMAA, Draft(occurrence=f"{meeting.key}@2026-11-20", reminders=(Reminder.DAY,))
    )
    await coordinator.say("announcements")
    await coordinator.send({"do": "announce.show", "lang": "fi", "id": made.id})
    assert "Muistutusta päivää ennen ei lähetetä" in coordinator.text
    await coordinator.press("Muokkaa")
    night = {"when": "later", "day": "2027-03-28", "clock": "03:30"}
    await coordinator.press("Esikatsele", night)
    assert "Tätä aikaa ei ole" in coordinator.text
    assert coordinator.faulty == ["clock"]
    await coordinator.press("Esikatsele", {**night, "clock": ""})
    assert "Valitse kellonaika" in coordinator.text
    assert coordinator.faulty == ["clock"]


async def test_the_list_shows_the_newest_announcements_of_a_meeting(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    meeting = await a_meeting(teams)
    await teams.world.channel("19:a", "pirkanmaa")
    for _ in range(5):
        await teams.world.announcements.create(API, Draft(occurrence=f"{meeting.key}@{DAY}"))
    await coordinator.say("add_meeting")
    await coordinator.press("Siirrä tai peru tapaaminen")
    assert coordinator.text.count("Ilmoitettu perjantaina") == 3
    assert "ja 2 aiempaa" in coordinator.text


@pytest.mark.parametrize("number", ["²", "", "9" * 10, "-1", "x"])
async def test_a_number_that_is_none_is_refused_kindly(coordinator: Chat, number: str) -> None:
    await coordinator.say("add_meeting")
    for do in ("meeting.undo", "content.undo", "question.undo", "question.answer"):
        press = {"do": do, "lang": "fi", "network": "pirkanmaa", "meeting": "x@2026-12-01"}
        pressed = await coordinator.send({**press, "what": "page", "id": number})
        assert pressed.sentence is not None


async def test_what_one_date_has_of_its_own_stays_its_own_where_all_dates_change(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    series = await a_meeting(teams, MONTHLY)
    await the_form(coordinator)
    await coordinator.press("Esikatsele", {"place.fi": "Kirjasto", "description.fi": "Tänään."})
    await coordinator.press("Tallenna")
    await the_form(coordinator)
    changed = {"title.fi": "Kahvit", "description.fi": "Aina.", "scope": "all"}
    await coordinator.press("Esikatsele", changed)
    await coordinator.press("Tallenna")
    left = now(teams, series)
    assert (left.title.fi, left.place, left.description) == ("Kahvit", series.place, texts("Aina."))
    here, later = (left.on(dt.date.fromisoformat(day)) for day in (DAY, "2027-01-05"))
    assert here.place == texts("Kirjasto")
    assert here.description == later.description == texts("Aina.")
    assert later.place == series.place


def texts(finnish: str) -> SomeLanguages:
    return SomeLanguages.model_validate({"fi": finnish})


async def test_the_last_day_for_registering_follows_a_date_that_was_moved(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    registration = {"url": "https://example.org/f", "closes": "3 days before"}
    series = await a_meeting(teams, {**MONTHLY, "registration": registration})
    key = f"{series.key}@{DAY}"
    await teams.world.meetings.move(PIRKANMAA, key, "2026-12-15 12:00", "2026-12-15 14:00")
    await coordinator.say("add_meeting")
    await coordinator.send({"do": "meeting.edit", "lang": "fi", "meeting": key})
    assert coordinator.fields["registration.deadline"] == "2026-12-12"
    await coordinator.press("Esikatsele", {"title.fi": "Kahvit", "scope": "all"})
    await coordinator.press("Tallenna")
    left = now(teams, series)
    assert (left.title.fi, left.registration) == ("Kahvit", series.registration)


async def test_what_was_typed_comes_back_whole_however_long_it_is(teams: TeamsFixture) -> None:
    both = {**ONE_TIME, "networks": ["lansi-suomi", "pirkanmaa"]}
    meeting = await teams.world.meetings.add(NATIONAL, both)
    chat = Chat(teams, NATIONAL)
    await chat.say("add_meeting", "lansi-suomi")
    await chat.send({"do": "meeting.edit", "lang": "fi", "meeting": f"{meeting.key}@{DAY}"})
    long = "\n".join(["å" * 99] * 15)
    typed = {
        **{f"title.{one}": "ä" * 200 for one in ("fi", "sv")},
        **{f"description.{one}": long for one in ("fi", "sv")},
        "online.url": f"https://example.org/{'a' * 400}",
    }
    await chat.press("Esikatsele", typed)
    assert {name: chat.fields[name] for name in typed} == typed
    other = {**both, "place": {"fi": "ö" * 200}, "description": {"fi": long[1:], "sv": long[1:]}}
    await teams.world.meetings.edit(NATIONAL, f"{meeting.key}@{DAY}", other)
    await chat.press("Tallenna")
    assert "Tallenna silti" in chat.buttons
    assert {name: chat.fields[name] for name in typed} == typed
    await chat.press("Tallenna silti")
    saved = now(teams, meeting)
    assert saved.description is not None
    assert saved.description.fi == long


async def test_a_meeting_like_another_is_asked_about_and_loses_nothing(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    await a_meeting(teams, {**ONE_TIME, "title": {"fi": "Kahvit"}})
    await coordinator.say("add_meeting")
    typed = {"day": DAY, "start": "12:00", "end": "14:00", "title.fi": "Kahvit"}
    await coordinator.press("Tallenna", {**typed, "place.fi": "Toinen talo"})
    assert "toinen tapaaminen" in coordinator.text
    await coordinator.press("Tallenna silti")
    places = {
        one.place and one.place.fi
        for one in teams.world.knowledge().meetings.values()
        if one.title.fi == "Kahvit"
    }
    assert places == {"Kulttuuritalo, Tampere", "Toinen talo"}
