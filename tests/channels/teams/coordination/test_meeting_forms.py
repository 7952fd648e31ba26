"""Meetings by forms: added, moved, cancelled; what is wrong is said in the form itself."""

from __future__ import annotations

from typing import Any

import pytest

from bot.knowledge.models import Meeting
from bot.knowledge.values import Language
from tests.announcements.world import COFFEE, MEMBER, NATIONAL, WEST

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
        ({"registration__url": "javascript:x"}, "registration.url", "verkko-osoite"),
        ({"kind": "party"}, "kind", ""),
        ({"day": "10.12.2026"}, "start", ""),
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
    # A network that was named needs no choice.
    await chat.say("add_meeting", "lappi")
    assert "title.sv" not in chat.fields
    assert "Lapin" in chat.text


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
    assert "Sisältötiedostoissa olevat tapaamiset" in coordinator.text
    assert coordinator.buttons == ["Lisää tapaaminen"]
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
    await coordinator.press("Tallenna", {**TYPED, "title__fi": "Toinen"})
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
