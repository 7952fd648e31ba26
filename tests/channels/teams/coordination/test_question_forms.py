"""Questions with their answers, kept by coordinators by forms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.announcements.model import Identity
from bot.knowledge.overlay import Kind
from bot.knowledge.values import Language
from bot.store import unanswered
from bot.understanding.interpreter import MessageContext
from bot.understanding.reloader import ContentReloader, Folders, Snapshot
from tests.announcements.world import MEMBER, NATIONAL, NOW, PIRKANMAA, WEST, World

from .chatting import Chat, TeamsFixture

PIANO = {
    "question__fi": "Missä kokoontumistilan flyygeli on?\nOnko talossa pianoa?\n\n"
    "- Saako flyygelillä harjoitella?",
    "answer__fi": "Flyygeli on salissa.\n\n- Se on vireessä.",
}
KEY = "missa-kokoontumistilan-flyygeli-on"


@pytest.fixture(autouse=True)
def hearing(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot understands what is asked."""

    def reloader() -> ContentReloader:
        return ContentReloader(Folders(Path("content"), Path("intents")), snapshot)

    monkeypatch.setattr(World, "another_reloader", staticmethod(reloader))


def questions(teams: TeamsFixture) -> Any:
    return teams.world.knowledge().questions


def asked(teams: TeamsFixture, text: str) -> tuple[str, ...]:
    """The keys of the questions as which a message is understood."""
    found = teams.world.reloader.snapshot.interpreter.understand(text, MessageContext(NOW.date()))
    return found.requests[0].entities.questions


async def opened(chat: Chat, what: str = "question", network: str = "pirkanmaa") -> Chat:
    """The form of a question, by way of what is told of the network."""
    await chat.say("change_details", network)
    if "what" not in chat.fields:
        await chat.send({"do": "content.show", "lang": chat.language, "network": network})
    await chat.send({"do": "content.pick", "lang": chat.language, "network": network, "what": what})
    return chat


async def saved(chat: Chat, typed: dict[str, str] | None = None, what: str = "question") -> Chat:
    await opened(chat, what)
    await chat.press("Esikatsele", typed or PIANO)
    await chat.press("Tallenna")
    return chat


@pytest.mark.parametrize(
    ("language", "preview", "save", "undo"),
    [
        ("fi", "Esikatsele", "Tallenna", "Kumoa"),
        ("sv", "Förhandsgranska", "Spara", "Ångra"),
        ("en", "Preview", "Save", "Undo"),
    ],
)
async def test_what_is_added_is_answered_at_once_and_can_be_undone(
    teams: TeamsFixture, language: Language, preview: str, save: str, undo: str
) -> None:
    chat = await opened(Chat(teams, PIRKANMAA, language))
    assert save not in chat.buttons, "nothing is saved that was not shown"
    await chat.press(preview, PIANO)
    for shown in ("Flyygeli on salissa.", "– Onko talossa pianoa?", "– Saako flyygelillä"):
        assert shown in chat.text
    assert questions(teams) == {}
    await chat.press(save)
    question = questions(teams)[KEY]
    assert question.networks == ("pirkanmaa",)
    assert question.question.fi[2] == "Saako flyygelillä harjoitella?"
    assert question.source.date.iso() == "2026-11-20"
    assert "Flyygeli on salissa." in chat.text
    assert asked(teams, "onko talossa pianoa") == (KEY,)
    assert asked(teams, "missä se talon flyygeli oikein on?") == (KEY,)
    await chat.press(undo)
    assert questions(teams) == {}
    assert asked(teams, "onko talossa pianoa") == ()


async def test_it_is_changed_taken_out_and_brought_back(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    await saved(coordinator)
    await opened(coordinator, f"question:{KEY}")
    assert coordinator.fields["question.fi"].splitlines()[1] == "Onko talossa pianoa?"
    await coordinator.press("Esikatsele", answer__fi="Varastossa.", valid_until="2026-12-31")
    assert "Varastossa." in coordinator.text
    await coordinator.press("Tallenna")
    assert questions(teams)[KEY].answer.fi == "Varastossa."
    assert str(questions(teams)[KEY].valid_until) == "2026-12-31"
    await opened(coordinator, f"question:{KEY}")
    await coordinator.press("Poista")
    assert KEY in questions(teams)
    await coordinator.press("Poista")
    assert questions(teams) == {}
    await coordinator.press("Kumoa")
    assert questions(teams)[KEY].answer.fi == "Varastossa."
    await coordinator.press("Muut tiedot")
    await coordinator.press("Kuka muutti mitä")
    assert "Missä kokoontumistilan flyygeli on?" in coordinator.text
    assert "Vastaus suomeksi: Flyygeli on salissa." in coordinator.text
    assert "→ Varastossa." in coordinator.text
    await coordinator.press("Kumoa")
    assert questions(teams) == {}


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"question__fi": " \n- "}, "question.fi", "Tämä puuttuu."),
        ({"answer__fi": ""}, "answer.fi", "Tämä puuttuu."),
        ({"valid_until": "2026-11-19"}, "valid_until", "Tämä aika on jo mennyt."),
        ({"answer__fi": "https://good.example@evil.example/"}, "answer.fi", "evil.example"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    wrong: dict[str, str], field: str, words: str, teams: TeamsFixture, coordinator: Chat
) -> None:
    await opened(coordinator)
    await coordinator.press("Esikatsele", {**PIANO, **wrong})
    assert words in coordinator.text
    assert "Tallenna" not in coordinator.buttons
    assert coordinator.faulty, field
    kept = {name.replace("__", "."): text.strip() for name, text in {**PIANO, **wrong}.items()}
    assert {name: coordinator.fields[name] for name in kept} == kept
    assert questions(teams) == {}


async def test_a_second_press_saves_once_and_the_same_wording_is_refused(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    await opened(coordinator)
    await coordinator.press("Esikatsele", PIANO)
    (data,) = [one["data"] for one in _buttons(coordinator) if one["data"]["do"] == "question.save"]
    typed = coordinator.fields
    for _ in range(2):
        await coordinator.send({**{name: text for name, text in typed.items() if text}, **data})
    assert list(questions(teams)) == [KEY]
    assert "tallessa" in coordinator.text
    await opened(coordinator)
    await coordinator.press("Esikatsele", question__fi="onko talossa pianoa", answer__fi="Ei.")
    assert "onko talossa pianoa" in coordinator.text
    assert coordinator.faulty == ["question.fi"]
    assert "Tallenna" not in coordinator.buttons


async def test_the_doubts_of_check_stand_above_the_form(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    await saved(coordinator)
    await opened(coordinator)
    typed = {
        "question__fi": "lisää tapaaminen\nMissä talon flyygeli on?",
        "answer__fi": "Pian.",
    }
    await coordinator.press("Esikatsele", typed)
    assert "2 sanamuotoa" in coordinator.text or "sanamuo" in coordinator.text
    assert "on jo oma vastaus" in coordinator.text
    assert "kysyy lähes samaa kuin ”Missä kokoontumistilan flyygeli on?”" in coordinator.text
    # They are warnings: it can be saved all the same.
    await coordinator.press("Tallenna")
    assert len(questions(teams)) == 2


async def test_whoever_keeps_several_networks_chooses_and_all_takes_the_right_to_all(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    national = await opened(Chat(teams, NATIONAL))
    await national.press("Esikatsele", {**PIANO, "networks": "*"})
    await national.press("Tallenna")
    assert questions(teams)[KEY].networks == ()
    # It is nobody's who keeps one network.
    await coordinator.say("change_details", "pirkanmaa")
    assert f"question:{KEY}" not in str(coordinator.card)
    for do in ("question.pick", "question.leave", "question.remove"):
        await coordinator.send({"do": do, "network": "pirkanmaa", "what": f"question:{KEY}"})
        assert KEY in questions(teams)
    for networks in ("*", "pirkanmaa,uusimaa"):
        await opened(coordinator)
        assert "networks" not in coordinator.fields
        data = {"do": "question.save", "network": "pirkanmaa", "what": "question"}
        typed = {name.replace("__", "."): text for name, text in PIANO.items()}
        typed |= {"question.fi": "Missä on sahti?", "networks": networks}
        shown = await coordinator.send({**data, **typed, "do": "question.preview"})
        assert shown.sentence is not None
        assert "verkoston koordinaattori" in shown.sentence
    national = await opened(national, f"question:{KEY}")
    await national.press("Esikatsele", {"networks": "pirkanmaa,uusimaa"})
    await national.press("Tallenna")
    assert questions(teams)[KEY].networks == ("pirkanmaa", "uusimaa")
    assert list(questions(teams)) == [KEY]


async def test_nobody_else_may_whatever_they_press(teams: TeamsFixture, coordinator: Chat) -> None:
    await opened(coordinator)
    await coordinator.press("Esikatsele", PIANO)
    (data,) = [one["data"] for one in _buttons(coordinator) if one["data"]["do"] == "question.save"]
    await coordinator.press("Tallenna")
    number = await teams.world.meetings.newest(Kind.QUESTION, KEY)
    before = questions(teams)
    typed = {"question.fi": "Uusi", "answer.fi": "Uusi", "networks": "pirkanmaa"}
    for who in (WEST, MEMBER, None, Identity(PIRKANMAA.id, "another-tenant")):
        chat = await Chat(teams, who).say("whoami")
        for do in ("pick", "preview", "save", "leave", "remove", "undo", "vain", "answer"):
            for network in ("pirkanmaa", "lansi-suomi"):
                sent = {**data, **typed, "do": f"question.{do}", "network": network}
                await chat.send({**sent, "id": str(number), "what": f"question:{KEY}"})
                assert questions(teams) == before, (who, do, network)


async def test_of_two_at_once_the_second_is_told(teams: TeamsFixture, coordinator: Chat) -> None:
    await saved(coordinator)
    other = await opened(
        Chat(teams, NATIONAL, conversation="a:other"), f"question:{KEY}", "pirkanmaa"
    )
    await other.press("Esikatsele", answer__fi="Muualla.")
    await opened(coordinator, f"question:{KEY}")
    await coordinator.press("Esikatsele", answer__fi="Täällä.")
    await coordinator.press("Tallenna")
    said = await other.press("Tallenna")
    assert said.sentence is not None
    assert "Joku on muuttanut tätä" in said.sentence
    assert other.fields["answer.fi"] == "Muualla.", "what was typed is still there"
    assert questions(teams)[KEY].answer.fi == "Täällä."


async def test_what_was_asked_in_vain_is_answered_from_the_list(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    rows = [
        ("missä {place} voi soutaa kajakilla", ["pirkanmaa"]),
        ("missä {place} voi soutaa kajakilla", ["pirkanmaa"]),
        ("missä {place} voi hiihtää", ["uusimaa"]),
        ("missä {place} voi laulaa", []),
        ("saako koiran tuoda mukaan", []),
        ("missä {person} asuu", []),
        ("kenen numero on {number}", []),
        ("hur åker man katamaran i {place}", ["pirkanmaa"]),
    ]
    async with teams.world.database.transaction() as tx:
        kept = [
            unanswered.Question(text, "sv" if "hur" in text else "fi", "2026-11-19", there)
            for text, there in rows
        ]
        await unanswered.add(tx, kept)
    await coordinator.say("change_details")
    await coordinator.press("Vailla vastausta kysytty")
    assert "Missä voi soutaa kajakilla?" in coordinator.text
    assert "Saako koiran tuoda mukaan?" in coordinator.text
    assert "Hur åker man katamaran i Birkaland?" in coordinator.text
    for other in ("hiihtää", "laulaa", "asuu", "numero", "{"):
        assert other not in coordinator.text
    await coordinator.press("Vastaa tähän")
    assert coordinator.fields["question.fi"] == "Missä voi soutaa kajakilla?"
    await coordinator.press("Esikatsele", answer__fi="Järvellä.")
    await coordinator.press("Tallenna")
    assert [one.networks for one in questions(teams).values()] == [("pirkanmaa",)]
    await coordinator.press("Muut tiedot")
    await coordinator.press("Vailla vastausta kysytty")
    assert "soutaa" not in coordinator.text, "it has an answer by now"
    assert "Saako koiran tuoda mukaan?" in coordinator.text


async def test_a_member_is_not_led_to_a_form(teams: TeamsFixture) -> None:
    chat = await Chat(teams, MEMBER).say("change_details", "pirkanmaa")
    assert chat.buttons == []
    assert chat.text == "Vastaus."


def _buttons(chat: Chat) -> list[dict[str, Any]]:
    sets = (part for part in chat.card["body"] if part["type"] == "ActionSet")
    return [one for part in sets for one in part["actions"]]
