"""Who announced something, and all that was done with it, as coordinators see it on cards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.announcements.model import API, Action, Draft
from bot.announcements.record import note
from bot.i18n import translator
from bot.knowledge.values import LANGUAGES, Language
from bot.understanding.model import Wish
from tests.announcements.world import (
    COORDINATORS,
    MEMBER,
    NATIONAL,
    ONE_TIME,
    PIRKANMAA,
    WEST,
)

from .chatting import Chat, TeamsFixture

FREE = Draft(title={"fi": "Uutinen"}, text={"fi": "Teksti."}, networks=("pirkanmaa",))
AT = "perjantaina 20.11.2026 klo 12.00"


@pytest.fixture(autouse=True)
def _named(teams: TeamsFixture) -> None:
    """The coordinator of Pirkanmaa has a name in the file, the others have none."""
    named = COORDINATORS.replace("networks: [pirkanmaa]", "networks: [pirkanmaa]\n    name: Maija")
    teams.world.file.write_text(named, encoding="utf-8")
    assert teams.world.coordinators.reload()


async def test_a_report_and_the_list_say_who_announced(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    made = await teams.world.announcements.create(PIRKANMAA, FREE)
    teams.world.database.time += 60
    await teams.world.announcements.create(NATIONAL, FREE)
    await teams.world.announcements.create(API, FREE)
    await coordinator.say("announcements")
    lines = coordinator.text.split("\n")
    assert f"Ilmoittaja: Maija, {AT}" in lines
    assert f"Ilmoittaja: {NATIONAL.id}, {AT[:-2]}01" in lines
    assert f"Ilmoittaja: Toinen järjestelmä, {AT[:-2]}01" in lines
    await coordinator.send({"do": "report.show", "lang": "fi", "id": made.id})
    assert f"Ilmoittaja: Maija, {AT}" in coordinator.text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_happened_is_shown_from_the_report_and_back(
    teams: TeamsFixture, language: Language
) -> None:
    _ = translator(language)
    world, chat = teams.world, Chat(teams, PIRKANMAA, language)
    await world.channel("19:pirkanmaa@thread.tacv2", "pirkanmaa")
    meeting = await world.meetings.add(PIRKANMAA, ONE_TIME)
    key = f"{meeting.key}@2026-12-01"
    made = await world.announcements.create(PIRKANMAA, Draft(occurrence=key))
    await world.deliver_all(made.id)
    await world.meetings.move(NATIONAL, key, "2026-12-02 12:00", "2026-12-02 14:00")
    await world.announcements.update(NATIONAL, made.id)
    await chat.say("announcements")
    await chat.send({"do": "report.show", "lang": language, "id": made.id})
    await chat.press(_("What happened"))
    lines = [line for line in chat.text.split("\n") if ": " in line]
    did = {
        text: _.pgettext("somebody …", text)
        for text in (
            "brought the posts up to date",
            "changed the meeting",
            "announced",
            "added the meeting",
        )
    }
    assert lines == [
        f"{NATIONAL.id}: {did['brought the posts up to date']}",
        f"{NATIONAL.id}: {did['changed the meeting']}",
        f"Maija: {did['announced']}",
        f"Maija: {did['added the meeting']}",
    ]
    await chat.press(_("Back"))
    assert _("What happened") in chat.buttons


async def test_what_happened_is_not_replaced_by_progress(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    world = teams.world
    made = await world.announcements.create(PIRKANMAA, FREE)
    await coordinator.say("announcements")
    await coordinator.send({"do": "report.show", "lang": "fi", "id": made.id})
    place = (await world.row(made.id)).progress
    assert place["activity"] == coordinator.card_id
    await coordinator.press("Mitä on tapahtunut")
    assert "activity" not in (await world.row(made.id)).progress
    await coordinator.press("Takaisin")
    assert (await world.row(made.id)).progress == place


async def test_who_may_look_but_not_act_sees_it_too(teams: TeamsFixture) -> None:
    """An announcement of two networks is seen by the coordinators of each."""
    both = replace(FREE, networks=("pirkanmaa", "lansi-suomi"))
    made = await teams.world.announcements.create(NATIONAL, both)
    chat = Chat(teams, WEST)
    await chat.say("announcements")
    shown = await chat.send({"do": "report.record", "lang": "fi", "id": made.id})
    assert shown.sentence is None
    assert f"{NATIONAL.id}: teki ilmoituksen" in chat.text


@pytest.mark.parametrize("who", [WEST, MEMBER, replace(PIRKANMAA, tenant="another"), None])
async def test_a_coordinator_of_another_network_sees_nothing_of_it(
    teams: TeamsFixture, who: object
) -> None:
    made = await teams.world.announcements.create(PIRKANMAA, FREE)
    chat = Chat(teams, who)  # type: ignore[arg-type]
    await chat.say("help", text="apua")
    before = chat.card
    shown = await chat.send({"do": "report.record", "lang": "fi", "id": made.id})
    assert shown.sentence is not None
    assert "koordinaattori" in shown.sentence
    assert "Maija" not in shown.sentence
    assert chat.card == before


async def test_an_announcement_without_a_record_says_so(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    """One from before there was a record: who made it is not guessed."""
    made = await teams.world.announcements.draft(PIRKANMAA, FREE)
    await coordinator.say("announcements")
    assert "Ilmoittaja" not in coordinator.text
    await coordinator.send({"do": "report.record", "lang": "fi", "id": made.id})
    assert "Tästä ei ole merkintöjä." in coordinator.text


async def test_who_asked_to_be_forgotten_is_named_no_more(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    made = await teams.world.announcements.create(PIRKANMAA, FREE)
    await coordinator.say("forget_me", wish=Wish.CONFIRMED)
    chat = Chat(teams, NATIONAL)
    await chat.say("announcements")
    assert "Ilmoittaja: Koordinaattori, joka pyysi poistamaan tietonsa" in chat.text
    await chat.send({"do": "report.record", "lang": "fi", "id": made.id})
    assert "Koordinaattori, joka pyysi poistamaan tietonsa: teki ilmoituksen" in chat.text
    assert PIRKANMAA.id not in chat.text


async def test_who_did_what_lately_is_told_of_ones_own_networks(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    world = teams.world
    await world.channel("19:pirkanmaa@thread.tacv2", "pirkanmaa")
    await world.channel("19:uusimaa@thread.tacv2", "uusimaa")
    await world.channel("19:all@thread.tacv2", "*")
    meeting = await world.meetings.add(PIRKANMAA, ONE_TIME)
    await world.announcements.create(PIRKANMAA, FREE)
    everywhere = replace(FREE, title={"fi": "Kaikille"}, networks=())
    await world.announcements.create(NATIONAL, everywhere)
    other = replace(FREE, title={"fi": "Salaisuus"}, networks=("uusimaa",))
    await world.announcements.create(NATIONAL, other)
    await world.subscriptions.forget("msteams", "19:pirkanmaa@thread.tacv2")
    await coordinator.say("announcements")
    await coordinator.press("Kuka teki mitä")
    lines = [line for line in coordinator.text.split("\n")[1:] if line != AT]
    assert lines[:2] == ["Botti: poistettiin keskustelusta, joka seurasi", "kanava, Pirkanmaa"]
    assert lines[2] == f"{NATIONAL.id}: teki ilmoituksen"
    assert lines[3].startswith("Kaikille, ")
    assert lines[3].endswith(", …")
    assert lines[4:] == [
        *("Maija: teki ilmoituksen", "Uutinen, Pirkanmaa"),
        *("Maija: lisäsi tapaamisen", f"{meeting.title.best('fi')}, Pirkanmaa"),
        *(f"{NATIONAL.id}: aloitti seuraamisen", "kanava, Kaikki verkostot"),
        *(f"{NATIONAL.id}: aloitti seuraamisen", "kanava, Pirkanmaa"),
    ]
    await coordinator.press("Takaisin")
    assert "Kuka teki mitä" in coordinator.buttons


@pytest.mark.parametrize("do", ["report.recent", "report.list"])
async def test_who_is_no_coordinator_sees_nothing(teams: TeamsFixture, do: str) -> None:
    await teams.world.announcements.create(PIRKANMAA, FREE)
    for who in (MEMBER, None):
        chat = Chat(teams, who)
        await chat.say("help", text="apua")
        shown = await chat.send({"do": do, "lang": "fi"})
        assert shown.sentence is not None
        assert "koordinaattori" in shown.sentence


async def test_the_newest_are_found_among_much_of_others(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    await teams.world.announcements.create(PIRKANMAA, FREE)
    async with teams.world.database.transaction() as tx:
        for number in range(250):
            await note(tx, 1.0, API, Action.RECALLED, f"gone-{number}", ("uusimaa",))
        for number in range(12):
            await note(tx, 1.0, API, Action.RECALLED, f"gone-{number}", ("pirkanmaa",))
    await coordinator.say("announcements")
    await coordinator.press("Kuka teki mitä")
    assert coordinator.text.count("Toinen järjestelmä: perui ilmoituksen") == 10
    newest = await teams.world.announcements.recent(PIRKANMAA, 13)
    assert [one.announcement is not None for one in newest] == [False] * 12 + [True]
    assert newest[-1].entry.who == PIRKANMAA
