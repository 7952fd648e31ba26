"""Meetings by forms: added, moved, cancelled; what is wrong is said in the form itself."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from bot.announcements.meeting_editing import MeetingEditor
from bot.announcements.model import API, Draft, Reminder
from bot.knowledge.models import Meeting
from bot.knowledge.values import Language
from tests.announcements.world import COFFEE, MEMBER, NATIONAL, ONE_TIME, PIRKANMAA, WEST

from .chatting import Chat, TeamsFixture

TYPED = {
    "title__fi": "Kulttuuri & hyvinvointi *nyt*",
    "kind": "seminar",
    "day": "2026-12-15",
    "start": "12:00",
    "end": "14:30",
    "place__fi": "Kulttuuritalo, Tampere",
    "online__url": "https://example.org/meet",
    "registration__url": "https://example.org/form",
    "registration__deadline": "2026-12-11",
    "description__fi": "Puhumme siitä, mikä toimii.",
}
ADD: dict[Language, str] = {"fi": "Tallenna", "sv": "Spara", "en": "Save"}


def added(teams: TeamsFixture) -> list[Meeting]:
    """The meetings that were added."""
    known = teams.world.knowledge().meetings.values()
    return [one for one in known if one.title.fi == TYPED["title__fi"]]


async def test_a_meeting_is_added_and_told_at_once(teams: TeamsFixture, coordinator: Chat) -> None:
    await coordinator.say("add_meeting")
    assert "Pirkanmaa" in coordinator.text
    await coordinator.press("Tallenna", TYPED)
    assert "tallennettu" in coordinator.text
    assert "tiistaina 15.12.2026 klo 12.00–14.30" in coordinator.text
    (meeting,) = [
        one
        for one in teams.world.knowledge().meetings.values()
        if one.title.fi == TYPED["title__fi"]
    ]
    assert meeting.kind == "seminar"
    assert meeting.networks == ("pirkanmaa",)
    assert meeting.online is not None
    assert meeting.online.share == "members"
    assert meeting.registration is not None
    assert str(meeting.registration.deadline) == "2026-12-11"
    assert meeting.place is not None
    assert meeting.description is not None
    # And it can be announced from there.
    await coordinator.press("Ilmoita tapaamisesta")
    assert "tiistaina 15.12.2026" in coordinator.text
    assert "Esikatsele" in coordinator.buttons


@pytest.mark.parametrize("language", ADD)
async def test_the_form_has_a_field_for_each_language_of_the_network(
    teams: TeamsFixture, language: Language
) -> None:
    chat = Chat(teams, WEST, language)
    await chat.say("add_meeting")
    titles = [name for name in chat.fields if name.startswith("title")]
    assert titles == ["title.fi", "title.sv"]
    typed = {**TYPED, "title__sv": "Kultur & välfärd", "place__sv": "Kulturhuset, Vasa"}
    await chat.press(ADD[language], typed, submit=language == "sv")
    assert "15" in chat.text
    assert [one.title.sv for one in added(teams)] == ["Kultur & välfärd"]


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"title__fi": ""}, "title.fi", "Tämä puuttuu."),
        ({"day": ""}, "day", "Tämä puuttuu."),
        ({"start": ""}, "start", "Tämä puuttuu."),
        ({"end": ""}, "end", "Tämä puuttuu."),
        ({"end": "11:00"}, "end", "Lopun pitää olla alun jälkeen."),
        ({"day": "2026-10-01"}, "start", "Tämä aika on jo mennyt."),
        ({"place__fi": "", "online__url": ""}, "place.fi", "Anna paikka"),
        ({"online__url": "meet.example.org"}, "online.url", "verkko-osoite"),
        ({"registration__url": "javascript:x"}, "registration.url", "sähköpostiosoite"),
        ({"registration__url": ""}, "registration.deadline", "Mihin ilmoittaudutaan?"),
        ({"kind": "party"}, "kind", ""),
        ({"day": "10.12.2026"}, "day", "Valitse päivä."),
        ({"day": "2026-13-12"}, "day", "Valitse päivä."),
    ],
)
async def test_what_is_wrong_stands_above_its_field_and_what_was_typed_stays(
    teams: TeamsFixture, coordinator: Chat, wrong: dict[str, str], field: str, words: str
) -> None:
    before = teams.world.knowledge().meetings.keys()
    await coordinator.say("add_meeting")
    typed = TYPED | wrong
    await coordinator.press("Tallenna", typed)
    assert words in coordinator.text
    kept = {name.replace("__", "."): text for name, text in typed.items() if text}
    assert kept.items() <= coordinator.fields.items()
    assert coordinator.faulty == [field]
    assert teams.world.knowledge().meetings.keys() == before


async def test_with_several_networks_one_is_chosen_first(teams: TeamsFixture) -> None:
    chat = Chat(teams, NATIONAL)
    await chat.say("add_meeting")
    assert "Minkä verkoston tapaaminen?" in chat.text
    await chat.press("Lisää tapaaminen", network="lansi-suomi")
    assert "title.sv" in chat.fields
    # A network that was named needs no choice, and stands where it can be changed.
    await chat.say("add_meeting", "lappi")
    assert "title.sv" not in chat.fields
    assert chat.fields["network"] == "lappi"
    await chat.press("Tallenna", {**TYPED, "network": "uusimaa"})
    assert [one.networks for one in added(teams)] == [("uusimaa",)]


async def test_a_meeting_is_moved_and_cancelled(teams: TeamsFixture, coordinator: Chat) -> None:
    await coordinator.say("add_meeting")
    await coordinator.press("Tallenna", TYPED)
    await coordinator.say("add_meeting")
    await coordinator.press("Siirrä tai peru tapaaminen")
    assert "tiistaina 15.12.2026" in coordinator.text
    await coordinator.press("Siirrä")
    assert coordinator.fields == {"day": "2026-12-15", "start": "12:00", "end": "14:30"}
    await coordinator.press("Tallenna", end="11:00")
    assert "Lopun pitää olla alun jälkeen." in coordinator.text
    assert coordinator.faulty == ["end"]
    await coordinator.press("Tallenna", start="")
    assert coordinator.faulty == ["start"]
    assert coordinator.fields == {"day": "2026-12-15", "start": "", "end": "11:00"}
    await coordinator.press("Tallenna", day="2026-12-16", start="09:00", end="10:00")
    assert "siirretty" in coordinator.text
    assert "keskiviikkona 16.12.2026 klo 9.00–10.00" in coordinator.text
    await coordinator.press("Siirrä tai peru tapaaminen")
    await coordinator.press("Peru")
    assert "Perutaanko" in coordinator.text
    await coordinator.press("Peru tapaaminen")
    assert "Tapaaminen on peruttu." in coordinator.text
    (meeting,) = [
        one
        for one in teams.world.knowledge().meetings.values()
        if one.title.fi == TYPED["title__fi"]
    ]
    assert meeting.cancelled


async def test_a_meeting_of_a_file_is_changed_in_its_file(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    await coordinator.say("add_meeting")
    await coordinator.press("Siirrä tai peru tapaaminen")
    assert "Se on sisältötiedostossa" in coordinator.text
    assert not {"Siirrä", "Peru"} & set(coordinator.buttons)
    for do in ("meeting.cancel", "meeting.move"):
        times = {"day": "2026-12-10", "start": "09:00", "end": "10:00"}
        pressed = await coordinator.send({"do": do, "lang": "fi", "meeting": COFFEE, **times})
        assert pressed.sentence is not None
        assert "content/meetings/" in pressed.sentence


async def test_a_member_is_told_who_can(teams: TeamsFixture) -> None:
    chat = Chat(teams, MEMBER)
    await chat.say("add_meeting")
    assert "vain verkoston koordinaattori" in chat.text


@pytest.mark.parametrize("submit", [False, True])
@pytest.mark.parametrize(
    "data",
    [
        {"do": "meeting.save", "network": "pirkanmaa", **{"title.fi": "X"}},
        {"do": "meeting.form", "network": "pirkanmaa"},
        {"do": "meeting.list"},
        {"do": "meeting.cancel", "meeting": "pirkanmaa-aamukahvit@2026-12-10"},
        {"do": "meeting.move", "meeting": "x", "day": "2026-12-10", "start": "1", "end": "2"},
    ],
)
async def test_a_forged_press_of_a_member_changes_nothing(
    teams: TeamsFixture, data: dict[str, Any], submit: bool
) -> None:
    before = teams.world.knowledge().meetings
    chat = Chat(teams, MEMBER)
    await chat.say("help")
    pressed = await chat.send({**data, "lang": "fi"}, submit=submit)
    assert pressed.sentence is not None
    assert "koordinaattori" in pressed.sentence
    assert teams.world.knowledge().meetings == before


async def test_a_coordinator_adds_no_meeting_of_another_network(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    await coordinator.say("add_meeting")
    typed = {name.replace("__", "."): text for name, text in TYPED.items()}
    pressed = await coordinator.send(
        {"do": "meeting.save", "lang": "fi", "network": "lappi", **typed}
    )
    assert pressed.sentence is not None
    assert "koordinaattori" in pressed.sentence
    assert all(
        one.title.fi != typed["title.fi"] for one in teams.world.knowledge().meetings.values()
    )


async def test_a_network_that_does_not_exist_begins_anew(coordinator: Chat) -> None:
    await coordinator.say("add_meeting")
    for do in ("meeting.save", "meeting.form"):
        pressed = await coordinator.send({"do": do, "lang": "fi", "network": "moomin-valley"})
        assert pressed.card is not None
        assert "Uusi tapaaminen" in coordinator.text


async def test_a_change_is_told_from_the_same_card(teams: TeamsFixture, coordinator: Chat) -> None:
    world = teams.world
    meeting = await world.meetings.add(PIRKANMAA, ONE_TIME)
    await world.channel("19:a", "pirkanmaa")
    made = await world.announcements.create(API, Draft(occurrence=f"{meeting.key}@2026-12-01"))
    await world.deliver_all(made.id)
    await coordinator.say("add_meeting")
    await coordinator.press("Siirrä tai peru tapaaminen")
    await coordinator.press("Siirrä")
    assert "Kerrotaanko seuraajille? (1 keskustelu" in str(coordinator.card)
    moved = {"day": "2026-12-02", "start": "13:00", "end": "15:00"}
    # A fault keeps what was chosen.
    await coordinator.press("Tallenna", {**moved, "end": "12:00", "tell": "false"})
    assert toggle(coordinator) == "false"
    await coordinator.press("Tallenna", {**moved, "tell": "true"})
    assert "Kerron siitä nyt 1 keskustelussa" in coordinator.text
    await coordinator.press("Missä se on?")
    assert "Muutosilmoitus: Syystapaaminen" in coordinator.text
    assert len(await world.deliveries()) == 2


@pytest.mark.parametrize(("tell", "posts"), [("true", 2), ("false", 1)])
async def test_a_cancelled_meeting_is_told_if_that_is_wished(
    teams: TeamsFixture, coordinator: Chat, tell: str, posts: int
) -> None:
    world = teams.world
    meeting = await world.meetings.add(PIRKANMAA, ONE_TIME)
    await world.channel("19:a", "pirkanmaa")
    made = await world.announcements.create(API, Draft(occurrence=f"{meeting.key}@2026-12-01"))
    await world.deliver_all(made.id)
    await coordinator.say("add_meeting")
    await coordinator.press("Siirrä tai peru tapaaminen")
    await coordinator.press("Peru")
    assert toggle(coordinator) == "true"
    await coordinator.press("Peru tapaaminen", {"tell": tell})
    assert "peruttu" in coordinator.text
    rows = await world.deliveries()
    assert len(rows) == posts
    assert rows[0].task == "update"


async def test_nothing_is_asked_of_a_meeting_that_nobody_was_told_of(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    await teams.world.meetings.add(PIRKANMAA, ONE_TIME)
    await coordinator.say("add_meeting")
    await coordinator.press("Siirrä tai peru tapaaminen")
    await coordinator.press("Peru")
    assert "Kerrotaanko" not in str(coordinator.card)
    await coordinator.press("Peru tapaaminen")
    assert "Mitään ei ole enää kerrottavana" in coordinator.text


async def test_every_coming_meeting_can_be_reached_and_found(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    world = teams.world
    for day in range(1, 22):
        body = {
            **ONE_TIME,
            "title": {"fi": f"Kokous {day:02}"},
            "start": f"2026-12-{day:02} 12:00",
            "end": f"2026-12-{day:02} 14:00",
        }
        await world.meetings.add(PIRKANMAA, body)
    await coordinator.say("add_meeting")
    await coordinator.press("Siirrä tai peru tapaaminen")
    seen = set(re.findall(r"Kokous \d\d", coordinator.text))
    pages = 1
    while "Myöhemmät" in coordinator.buttons:
        await coordinator.press("Myöhemmät")
        assert pages < 10
        pages += 1
        seen |= set(re.findall(r"Kokous \d\d", coordinator.text))
    assert seen == {f"Kokous {day:02}" for day in range(1, 22)}
    await coordinator.press("Aiemmat")
    await coordinator.press("Hae", {"search": "kokous 17.12.2026"})
    assert re.findall(r"Kokous \d\d", coordinator.text) == ["Kokous 17"]
    await coordinator.press("Hae", {"search": "tätä ei ole"})
    assert "Mitään ei löytynyt" in coordinator.text
    await coordinator.press("Hae", {"search": ""})
    assert "Kokous 01" in coordinator.text


async def test_the_list_says_when_each_was_announced_and_marks_reminders(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    world = teams.world
    meeting = await world.meetings.add(PIRKANMAA, ONE_TIME)
    await world.channel("19:a", "pirkanmaa")
    draft = Draft(occurrence=f"{meeting.key}@2026-12-01", reminders=(Reminder.DAY,))
    await world.announcements.create(PIRKANMAA, draft)
    await coordinator.say("add_meeting")
    await coordinator.press("Siirrä tai peru tapaaminen")
    assert "Ilmoitettu perjantaina 20.11.2026 klo 12.00" in coordinator.text
    assert "Muistutus tulossa maanantaina 30.11.2026 klo 12.00" in coordinator.text


async def test_a_double_press_saves_one(teams: TeamsFixture) -> None:
    editor = teams.world.meetings
    other = MeetingEditor(
        teams.world.database, teams.world.another_reloader(), teams.world.coordinators
    )
    added = await asyncio.gather(
        *(one.add_once(PIRKANMAA, ONE_TIME) for one in (editor, other, editor, editor))
    )
    assert sorted(new for _, new in added) == [False, False, False, True]
    assert len({meeting.key for meeting, _ in added}) == 1


async def test_a_meeting_in_the_same_hours_is_asked_about(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    await teams.world.meetings.add(PIRKANMAA, ONE_TIME)
    typed = {**TYPED, "day": "2026-12-01", "start": "13:00", "end": "15:00"}
    del typed["registration__deadline"]
    await coordinator.say("add_meeting")
    await coordinator.press("Tallenna", typed)
    assert "Samaan aikaan on toinen tapaaminen" in coordinator.text
    assert "Syystapaaminen" in coordinator.text
    assert coordinator.fields["title.fi"] == TYPED["title__fi"]
    assert added(teams) == []
    await coordinator.press("Tallenna silti", typed)
    assert len(added(teams)) == 1
    # One that begins when the other ends is beside nothing.
    await coordinator.say("add_meeting")
    await coordinator.press(
        "Tallenna", {**typed, "title__fi": "Ilta", "start": "15:00", "end": "17:00"}
    )
    assert "tallennettu" in coordinator.text


def toggle(chat: Chat) -> str:
    """What the toggle says that asks whether a change is told."""
    return next(str(one["value"]) for one in chat.card["body"] if one.get("id") == "tell")


async def test_what_was_just_done_with_a_meeting_can_be_undone(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    await coordinator.say("add_meeting")
    await coordinator.press("Tallenna", TYPED)
    first = coordinator.card
    await coordinator.say("add_meeting")
    await coordinator.press("Siirrä tai peru tapaaminen")
    await coordinator.press("Siirrä")
    await coordinator.press("Tallenna", day="2026-12-16", start="09:00", end="10:00")
    assert added(teams)[0].start.day == 16
    await coordinator.press("Kumoa")
    assert "tiistaina 15.12.2026 klo 12.00–14.30" in coordinator.text
    assert added(teams)[0].start.day == 15
    await coordinator.press("Siirrä tai peru tapaaminen")
    await coordinator.press("Peru")
    await coordinator.press("Peru tapaaminen")
    assert added(teams)[0].cancelled
    (undo,) = (one for one in _buttons(coordinator.card) if one["title"] == "Kumoa")
    # The button gives no right, and it does not last.
    other = await Chat(teams, NATIONAL, conversation="a:other").say("add_meeting")
    await other.send(undo["data"])
    assert added(teams)[0].cancelled
    await coordinator.press("Kumoa")
    assert not added(teams)[0].cancelled
    # What was saved first was changed since.
    (undo,) = (one for one in _buttons(first) if one["title"] == "Kumoa")
    said = await coordinator.send(undo["data"])
    assert said.sentence is not None
    assert added(teams)
    await coordinator.say("add_meeting")
    later = {**TYPED, "title__fi": "Toinen", "start": "15:00", "end": "16:00"}
    await coordinator.press("Tallenna", later)
    titles = [one.title.fi for one in teams.world.knowledge().meetings.values()]
    assert "Toinen" in titles
    (undo,) = (one for one in _buttons(coordinator.card) if one["title"] == "Kumoa")
    await coordinator.press("Kumoa")
    titles = [one.title.fi for one in teams.world.knowledge().meetings.values()]
    assert "Toinen" not in titles
    teams.world.database.time += 601
    said = await coordinator.send(undo["data"])
    assert said.sentence is not None
    assert "kymmenen minuutin" in said.sentence


def _buttons(card: dict[str, Any]) -> list[dict[str, Any]]:
    sets = (part for part in card["body"] if part["type"] == "ActionSet")
    return [one for part in sets for one in part["actions"]]
