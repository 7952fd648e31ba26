"""What the bot tells of a network and its people, changed by forms."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

import pytest

from bot.announcements.model import Identity
from bot.channels.connector import ConnectorClient
from bot.channels.connector.activity_json import dump, parse
from bot.channels.teams.coordination.asking import ask
from bot.knowledge.values import Language
from bot.understanding.model import Shown
from tests.announcements.world import COORDINATORS, MEMBER, NATIONAL, PIRKANMAA, WEST

from .chatting import CHANNEL, Chat, TeamsFixture

pytestmark = pytest.mark.usefixtures("deaf")

WHO = "pilvi-kuitu"
NEW = {
    "name": "Uuno Uusikumpu",
    "role__fi": "koordinaattori",
    "role__sv": "koordinator",
    "role__en": "coordinator",
    "organisation__fi": "Yhdistys",
    "organisation__sv": "Förening",
    "organisation__en": "Association",
    "phone": "0400 123 456",
    "email": "uuno@example.org",
}
MEETS = {"meets.fi": "Joka tiistai.", "meets.sv": "Varje tisdag.", "meets.en": "On Tuesdays."}


async def opened(chat: Chat, what: str = "", network: str = "pirkanmaa") -> Chat:
    """The form of a part, or what is told of all."""
    await chat.say("whoami")
    await chat.send({"do": "content.show", "lang": chat.language, "network": network})
    if what:
        await chat.send(
            {"do": "content.pick", "lang": chat.language, "network": network, "what": what}
        )
    return chat


def people(teams: TeamsFixture) -> Any:
    return teams.world.knowledge().people


async def test_from_a_question_to_a_changed_phone_and_back(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    await coordinator.say("whoami")
    await coordinator.press("Verkostosi tiedot")
    assert "Pirkanmaan Taikusydän-alueverkosto" in coordinator.text
    assert "Pilvi Kuitu, Pilvi Nissilä" in coordinator.text
    await coordinator.press("Muuta", what=f"person:{WHO}")
    assert coordinator.fields["phone"] == "0400 433 722"
    assert coordinator.fields["role.sv"] == "verksamhetsledare"
    # Not saved before it was shown.
    assert "Tallenna" not in coordinator.buttons
    await coordinator.press("Esikatsele", phone="0400 111 222")
    assert "0400 111 222" in coordinator.text
    assert people(teams)[WHO].phone == "0400 433 722"
    await coordinator.press("Tallenna")
    assert "0400 111 222" in coordinator.text
    person = people(teams)[WHO]
    assert person.phone == "0400 111 222"
    assert person.source.date.iso() == "2026-11-20"
    assert person.source.title.sv == "Nätverkets koordinator, i chatten"
    assert person.source.url is None
    await coordinator.press("Kumoa")
    assert "0400 433 722" in coordinator.text
    assert people(teams)[WHO].source.url is not None


async def test_what_was_typed_after_the_preview_is_shown_before_it_is_saved(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    await opened(coordinator, f"person:{WHO}")
    await coordinator.press("Esikatsele", phone="0400 111 222")
    await coordinator.press("Tallenna", phone="0400 999 999")
    assert "0400 999 999" in coordinator.text
    assert people(teams)[WHO].phone == "0400 433 722"
    await coordinator.press("Tallenna")
    assert people(teams)[WHO].phone == "0400 999 999"


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_a_new_contact_person_and_one_who_leaves(
    teams: TeamsFixture, language: Language
) -> None:
    words = {
        "fi": ("Esikatsele", "Tallenna", "Poistuu tehtävästä", "Poista", "Kumoa"),
        "sv": ("Förhandsgranska", "Spara", "Slutar", "Ta bort", "Ångra"),
        "en": ("Preview", "Save", "Leaves", "Take out", "Undo"),
    }
    preview, save, leaves, out, undo = words[language]
    chat = await opened(Chat(teams, PIRKANMAA, language), "person")
    await chat.press(preview, NEW)
    assert "Uuno Uusikumpu" in chat.text
    await chat.press(save)
    new = people(teams)["uuno-uusikumpu"]
    assert (new.networks, new.email) == (("pirkanmaa",), "uuno@example.org")
    # Another of the same name is another.
    await opened(chat, "person")
    await chat.press(preview, NEW)
    await chat.press(save)
    assert "uuno-uusikumpu-2" in people(teams)
    await opened(chat, f"person:{WHO}")
    await chat.press(leaves)
    assert WHO in people(teams)
    assert "Pilvi Nissilä" in chat.text
    await chat.press(out)
    assert WHO not in people(teams)
    await chat.press(undo)
    assert WHO in people(teams)


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"name": ""}, "name", "Tämä puuttuu."),
        ({"role__sv": ""}, "role.sv", "Tämä puuttuu."),
        ({"phone": "soita"}, "phone", "soitaˋ ei ole puhelinnumero"),
        ({"email": "a(at)example.org"}, "email", "a(at)example.orgˋ ei ole"),
        ({"email": "https://good.example@evil.example/"}, "email", ""),
    ],
)
async def test_what_is_wrong_is_said_above_its_field_and_nothing_is_lost(
    wrong: dict[str, str], field: str, words: str, teams: TeamsFixture, coordinator: Chat
) -> None:
    await opened(coordinator, "person")
    await coordinator.press("Esikatsele", {**NEW, **wrong})
    assert words in coordinator.text
    assert coordinator.faulty in ([field], ["name"])
    assert "Tallenna" not in coordinator.buttons
    kept = {name.replace("__", "."): text for name, text in {**NEW, **wrong}.items()}
    assert {name: coordinator.fields[name] for name in kept} == kept
    assert "uuno-uusikumpu" not in people(teams)


@pytest.mark.parametrize(
    ("what", "typed"),
    [
        ("meets", MEETS),
        ("members", {f"members.{one}": f"{one}: 40" for one in ("fi", "sv", "en")}),
        ("mailing_list", {f"mailing_list.{one}": f"{one}: lista" for one in ("fi", "sv", "en")}),
        ("joining.how", {f"joining.how.{one}": f"{one}: soita" for one in ("fi", "sv", "en")}),
        ("page", {"url": "https://example.org/verkosto"}),
        ("group", {"url": "https://www.facebook.com/groups/example"}),
    ],
)
async def test_each_part_of_a_network_can_be_written_and_taken_out(
    what: str, typed: dict[str, str], teams: TeamsFixture, coordinator: Chat
) -> None:
    before = teams.world.knowledge().networks["pirkanmaa"]
    await opened(coordinator, what)
    await coordinator.press("Esikatsele", typed)
    said = typed.get("url") or typed.get(f"{what}.fi") or ""
    assert said in str(_frame(coordinator.card)), "the preview shows what was typed"
    await coordinator.press("Tallenna")
    assert said in str(_frame(coordinator.card))
    network = teams.world.knowledge().networks["pirkanmaa"]
    changed = {name for name, value in network if value != getattr(before, name)}
    assert changed == {"sources", "links" if "url" in typed else what.partition(".")[0]}
    assert "coordinator-2026-11-20" in network.sources
    assert (typed.get("url") or "fi: ") in str(network) or "Joka tiistai." in str(network)
    await opened(coordinator, what)
    assert {name: coordinator.fields[name] for name in typed} == typed
    await coordinator.press("Esikatsele", dict.fromkeys(typed, ""))
    await coordinator.press("Tallenna")
    network = teams.world.knowledge().networks["pirkanmaa"]
    assert not any(text in str(network.model_dump(exclude={"sources"})) for text in typed.values())


async def test_a_sentence_in_one_language_only_is_refused(coordinator: Chat) -> None:
    await opened(coordinator, "meets")
    await coordinator.press("Esikatsele", {**MEETS, "meets.sv": ""})
    assert coordinator.faulty == ["meets.sv"]


async def test_only_coordinators_of_the_network_may_whatever_they_press(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    await opened(coordinator, f"person:{WHO}")
    await coordinator.press("Esikatsele", phone="0400 111 222")
    (save,) = [
        one["data"] for one in _buttons(coordinator.card) if one["data"]["do"] == "content.save"
    ]
    typed = coordinator.fields
    await coordinator.press("Tallenna")
    number = await teams.world.meetings.newest("person", WHO)  # type: ignore[arg-type]
    before = people(teams)
    for who in (WEST, MEMBER, None, Identity(PIRKANMAA.id, "another-tenant")):
        chat = Chat(teams, who)
        await chat.say("whoami")
        assert "Verkostosi tiedot" not in chat.buttons or who == WEST
        for do in ("show", "pick", "preview", "leave", "remove", "undo", "history", "save"):
            for network in ("pirkanmaa", "lansi-suomi"):
                data = {**typed, **save, "do": f"content.{do}", "network": network}
                await chat.send({**data, "id": str(number), "what": f"person:{WHO}"})
                assert people(teams) == before, (who, do, network)


async def test_a_network_that_is_not_one_s_own_has_no_button(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    await coordinator.say("contacts", shown=Shown(networks=("pirkanmaa",)))
    assert "Muuta näitä tietoja" in coordinator.buttons
    await coordinator.press("Muuta näitä tietoja")
    assert "Pirkanmaan Taikusydän-alueverkosto" in coordinator.text
    for chat, network in (
        (coordinator, "uusimaa"),
        (Chat(teams, MEMBER), "pirkanmaa"),
        (Chat(teams, None), "pirkanmaa"),
    ):
        await chat.say("contacts", shown=Shown(networks=(network,)))
        assert chat.buttons == []


async def test_of_two_at_once_the_second_is_told_and_overwrites_nothing(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    other = await opened(Chat(teams, NATIONAL, conversation="a:other"), f"person:{WHO}")
    await other.press("Esikatsele", phone="0400 777 777")
    await opened(coordinator, f"person:{WHO}")
    await coordinator.press("Esikatsele", phone="0400 111 222")
    await coordinator.press("Tallenna")
    said = await other.press("Tallenna")
    assert said.sentence is not None
    assert "Joku on muuttanut tätä" in said.sentence
    assert people(teams)[WHO].phone == "0400 111 222"


async def test_the_history_says_who_what_and_when_and_can_be_undone(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    named = COORDINATORS.replace("networks: [pirkanmaa]", "networks: [pirkanmaa]\n    name: Piia")
    teams.world.file.write_text(named)
    teams.world.coordinators.reload()
    await opened(coordinator, f"person:{WHO}")
    await coordinator.press("Esikatsele", phone="0400 111 222")
    await coordinator.press("Tallenna")
    await opened(coordinator, "meets")
    await coordinator.press("Esikatsele", MEETS)
    await coordinator.press("Tallenna")
    await opened(coordinator)
    await coordinator.press("Kuka muutti mitä")
    text = coordinator.text
    assert text.count("Piia: muutti tietoja") == 2
    assert "Pilvi Kuitu, perjantaina 20.11.2026 klo 12.00" in text
    assert "Puhelin: 0400 433 722 → 0400 111 222" in text
    assert "→ Joka tiistai." in text
    # The newest first: of the network.
    undo = [one for one in _buttons(coordinator.card) if one["title"] == "Kumoa"]
    assert len(undo) == 2
    await coordinator.send(undo[1]["data"])
    assert people(teams)[WHO].phone == "0400 433 722"
    assert "Joka tiistai." in str(teams.world.knowledge().networks["pirkanmaa"].meets)
    said = await coordinator.send(undo[1]["data"])
    assert said.sentence is not None


async def test_whoever_has_several_networks_is_asked_which(teams: TeamsFixture) -> None:
    chat = Chat(teams, NATIONAL)
    await chat.say("whoami")
    await chat.press("Verkostosi tiedot")
    assert "network" in chat.fields
    await chat.press("Näytä", network="uusimaa")
    assert "Uudenmaan" in chat.text


def _frame(card: dict[str, Any]) -> dict[str, Any]:
    """What the bot says, as a card shows it."""
    frames: list[dict[str, Any]] = [
        part for part in card["body"] if part.get("style") == "emphasis"
    ]
    return frames[0]


def _buttons(card: dict[str, Any]) -> list[dict[str, Any]]:
    sets = (part for part in card["body"] if part["type"] == "ActionSet")
    return [one for part in sets for one in part["actions"]]


@pytest.mark.parametrize(
    ("language", "right", "change"),
    [
        ("fi", "Pitää paikkansa", "Muuta"),
        ("sv", "Stämmer", "Ändra"),
        ("en", "Still right", "Change"),
    ],
)
async def test_a_coordinator_is_asked_in_their_own_chat_and_answers_with_a_press(
    language: Language, right: str, change: str, teams: TeamsFixture
) -> None:
    listed = COORDINATORS.replace(
        "networks: [pirkanmaa]", f"networks: [pirkanmaa]\n    person: {WHO}"
    )
    teams.world.file.write_text(listed)
    teams.world.coordinators.reload()
    chat = Chat(teams, PIRKANMAA, language)
    sent: list[tuple[str, str, Any]] = []

    class Wire:
        async def send(self, service_url: str, conversation: str, activity: Any) -> str:
            sent.append((service_url, conversation, activity))
            return "asked"

    asking = partial(ask, cast(ConnectorClient, Wire()), teams.router.question)
    # Nobody is asked before they have written, nor for what was written in a channel.
    await Chat(teams, PIRKANMAA, language, "channel", CHANNEL).say("whoami")
    assert await teams.freshness.ask_due(asking) == 0
    await chat.say("whoami")
    assert await teams.freshness.ask_due(asking) == 1
    ((service_url, conversation, activity),) = sent
    assert (service_url, conversation) == ("https://smba.example/emea/", "a:chat")
    teams.adapter.cards["asked"] = parse(dump(activity))["attachments"][0]["content"]
    chat.card_id = "asked"
    assert "Pilvi Kuitu" in chat.text
    assert chat.buttons == [right, change]
    await chat.press(right)
    source = people(teams)[WHO].source
    assert source.date.iso() == "2026-11-20"
    assert "2026" in chat.text
    await chat.press(change)
    assert chat.fields["phone"] == "0400 433 722"
