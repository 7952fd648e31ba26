"""The flow of an announcement, from choosing to recall, by what a coordinator sees and presses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.announcements.model import Identity
from bot.channels.teams.coordination import CoordinatorRouter
from bot.knowledge.values import LANGUAGES, Language
from bot.ops import metrics
from bot.understanding.model import Shown
from tests.announcements.world import (
    COFFEE,
    GUEST,
    MEMBER,
    NATIONAL,
    NOW,
    ONE_TIME,
    PIRKANMAA,
    TENANT,
    WEST,
)

from .chatting import ActionResult, Chat, TeamsFixture

WESTERN = "lansi-suomi"


async def drafted(chat: Chat, meeting: str = COFFEE) -> str:
    """Begins an announcement about a meeting; gives its id."""
    await chat.say("announce")
    await chat.press(START[chat.language], meeting=meeting)
    id_: str = [one for one in _data(chat) if "id" in one][-1]["id"]
    return id_


START: dict[Language, str] = {
    "fi": "Ilmoita tästä tapaamisesta",
    "sv": "Meddela om den här träffen",
    "en": "Announce this meeting",
}


def _data(chat: Chat) -> list[dict[str, Any]]:
    sets = [part for part in chat.card["body"] if part["type"] == "ActionSet"]
    return [action["data"] for one in sets for action in one["actions"]]


async def sent(chat: Chat) -> str:
    """Sends an announcement about the coffee; gives its id."""
    id_ = await drafted(chat)
    await chat.press("Esikatsele", note__fi="Tervetuloa!")
    await chat.press("Lähetä")
    return id_


async def test_the_whole_way(teams: TeamsFixture, coordinator: Chat) -> None:
    target = await teams.world.channel("19:pirkanmaa@thread.tacv2", "pirkanmaa")
    teams.names[target.remote_id] = "Pirkanmaa › Aamukahvit"
    await coordinator.say("announce")
    (choice,) = [one for one in coordinator.card["body"] if one["type"] == "Input.ChoiceSet"]
    assert all("pirkanmaa" in one["value"] for one in choice["choices"])
    await coordinator.press("Ilmoita tästä tapaamisesta", meeting=COFFEE)
    assert "torstaina 10.12.2026 klo 8.30–10.00" in coordinator.text
    assert "Minne: 1 kanava tai keskustelu: Pirkanmaa › Aamukahvit" in coordinator.text
    assert await teams.world.deliveries() == []

    typed = {"note__fi": "Tervetuloa!\n\nTarjolla **pullaa**.", "remind__day": "true"}
    await coordinator.press("Esikatsele", typed)
    assert "Tervetuloa!" in coordinator.text
    assert "**pullaa**" in coordinator.text
    assert "Minne: 1 kanava tai keskustelu: Pirkanmaa › Aamukahvit" in coordinator.text
    assert "Lähetetään: heti, kun hyväksyt" in coordinator.text
    assert "Muistutus: keskiviikkona 9.12.2026 klo 8.30" in coordinator.text
    assert await teams.world.deliveries() == []

    # Back to the form, which holds what was typed.
    await coordinator.press("Muokkaa")
    assert coordinator.fields["note.fi"] == typed["note__fi"]
    assert coordinator.fields["remind.day"] == "true"
    await coordinator.press("Esikatsele", remind__day="false")
    assert "Muistutus" not in coordinator.text

    await coordinator.press("Lähetä")
    assert coordinator.text.startswith("Lähetetään")
    assert "Odottaa: 1" in coordinator.text
    (delivery,) = await teams.world.deliveries()
    await teams.world.deliver_all(delivery.announcement_id)
    await coordinator.press("Päivitä tämä näkymä")
    assert coordinator.text.startswith("Lähetetty")
    assert "Perillä: 1" in coordinator.text

    await coordinator.press("Muuta tekstiä")
    assert coordinator.fields["note.fi"] == typed["note__fi"]
    await coordinator.press("Tallenna muutos", note__fi="Huone on vaihtunut.")
    (delivery,) = await teams.world.deliveries()
    assert (delivery.task, delivery.state) == ("update", "pending")

    await coordinator.press("Peru ilmoitus")
    assert "Perutaanko" in coordinator.text
    assert (await teams.world.deliveries())[0].task == "update"
    await coordinator.press("Kyllä, peru")
    (delivery,) = await teams.world.deliveries()
    assert delivery.task == "delete"
    assert "Vielä poistamatta: 1" in coordinator.text
    await teams.world.deliver_all(delivery.announcement_id, "deleted")
    await coordinator.press("Päivitä tämä näkymä")
    assert "poistettu tai merkitty perutuksi kaikkialla" in coordinator.text


@pytest.mark.parametrize("submit", [False, True])
async def test_a_pressed_button_is_a_turn_in_log_and_numbers(
    teams: TeamsFixture, coordinator: Chat, submit: bool
) -> None:
    def count(form: str, outcome: str) -> float:
        return float(metrics.TURNS.labels("msteams", form, "fi", outcome)._value.get())

    counted = [
        ("announce.meeting", "answered"),
        ("announce.confirm", "refused"),
        ("unknown", "refused"),
    ]
    before = [count(*one) for one in counted]
    await coordinator.say("announce")
    with capture_logs() as logs:
        await coordinator.press("Ilmoita tästä tapaamisesta", submit=submit, meeting=COFFEE)
        await coordinator.send({"do": "announce.confirm", "lang": "fi", "id": "x"}, submit=submit)
        # A name that a client made up is no label: each would be a series of its own.
        await coordinator.send({"do": "made.up.by.whomever", "lang": "fi"}, submit=submit)
    turns = [line for line in logs if line["event"] == "turn.answered"]
    assert [(turn["intent"], turn["done"]) for turn in turns] == [
        ("announce.meeting", True),
        ("announce.confirm", False),
        ("unknown", False),
    ]
    assert turns[0].keys() == {
        *("event", "log_level", "channel", "place", "language", "intent", "done", "milliseconds")
    }
    assert (turns[0]["channel"], turns[0]["place"]) == ("msteams", "personal")
    assert [count(*one) for one in counted] == [number + 1 for number in before]


@pytest.mark.parametrize("submit", [False, True])
async def test_old_clients_submit_the_same(
    teams: TeamsFixture, coordinator: Chat, submit: bool
) -> None:
    await teams.world.channel("19:pirkanmaa@thread.tacv2", "pirkanmaa")
    await coordinator.say("announce")
    card = coordinator.card_id
    await coordinator.press("Ilmoita tästä tapaamisesta", submit=submit, meeting=COFFEE)
    await coordinator.press("Esikatsele", submit=submit)
    await coordinator.press("Lähetä", submit=submit)
    assert len(await teams.world.deliveries()) == 1
    assert coordinator.card_id == card, "one card from beginning to end"


@pytest.mark.parametrize("title", ["Muuta tekstiä", "Peru ilmoitus", "Teksti Facebook-ryhmiin"])
async def test_progress_does_not_replace_what_is_opened_on_its_card(
    teams: TeamsFixture, coordinator: Chat, title: str
) -> None:
    await teams.world.channel("19:pirkanmaa@thread.tacv2", "pirkanmaa")
    id_ = await sent(coordinator)
    row = await teams.world.row(id_)
    assert row.progress["activity"] == coordinator.card_id
    other = Chat(teams, coordinator.who)
    await other.say("announcements")
    teams.adapter.cards["elsewhere"] = teams.adapter.cards[coordinator.card_id]
    other.card_id = "elsewhere"
    await other.press(title)
    assert (await teams.world.row(id_)).progress == row.progress, "another card was pressed"
    await coordinator.press(title)
    left = {name: value for name, value in row.progress.items() if name != "activity"}
    assert (await teams.world.row(id_)).progress == left, "news still find the chat"
    await coordinator.press("Takaisin")
    assert (await teams.world.row(id_)).progress == row.progress


async def test_where_a_card_cannot_be_changed_a_new_one_comes(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    await teams.world.channel("19:pirkanmaa@thread.tacv2", "pirkanmaa")
    teams.adapter.can_update = False
    await coordinator.say("announce")
    first = coordinator.card_id
    await coordinator.press("Ilmoita tästä tapaamisesta", submit=True, meeting=COFFEE)
    assert coordinator.card_id != first
    await coordinator.press("Esikatsele", submit=True)
    await coordinator.press("Lähetä", submit=True)
    (delivery,) = await teams.world.deliveries()
    row = await teams.world.row(delivery.announcement_id)
    assert row.progress["activity"] == coordinator.card_id


@pytest.mark.parametrize("language", LANGUAGES)
async def test_two_languages_in_one_post_and_every_form_in_each(
    teams: TeamsFixture, language: Language
) -> None:
    await teams.world.channel("19:lansi@thread.tacv2", WESTERN)
    meeting = await teams.world.meetings.add(
        WEST, {**ONE_TIME, "networks": [WESTERN], "place": {"fi": "Vaasa", "sv": "Vasa"}}
    )
    chat = Chat(teams, WEST, language)
    await drafted(chat, f"{meeting.key}@2026-12-01")
    notes = [name for name in chat.fields if name.startswith("note")]
    assert notes == ["note.fi", "note.sv"]
    preview = {"fi": "Esikatsele", "sv": "Förhandsgranska", "en": "Preview"}[language]
    await chat.press(preview, note__fi="Tervetuloa!", note__sv="Välkommen!")
    for words in ("Syystapaaminen", "Tervetuloa!", "Höstträff", "Välkommen!", "Vasa"):
        assert words in chat.text
    await chat.press({"fi": "Lähetä", "sv": "Skicka", "en": "Send"}[language])
    state = {"fi": "Lähetetään", "sv": "Skickas", "en": "Being sent"}[language]
    assert chat.text.startswith(state)


async def test_a_free_announcement(teams: TeamsFixture) -> None:
    chat = Chat(teams, NATIONAL, "en")
    await teams.world.channel("19:pirkanmaa@thread.tacv2", "pirkanmaa")
    await chat.say("announce")
    await chat.press("Write a free announcement")
    await chat.press("Preview", title__fi="Kysely")
    assert "This is missing." in chat.text
    await chat.press("Preview", networks="pirkanmaa", title__fi="Kysely")
    assert chat.fields["title.fi"] == "Kysely"
    assert "This is missing." in chat.text
    await chat.press("Preview", text__fi="Vastaa *heti*: https://example.org/kysely")
    assert "Vastaa" in chat.text
    assert "[https://example.org/kysely](https://example.org/kysely)" in chat.text
    await chat.press("Edit")
    assert chat.fields["networks"] == "pirkanmaa"
    await chat.press("Preview")
    await chat.press("Send")
    assert len(await teams.world.deliveries()) == 1


async def test_a_time_is_written_out_and_can_be_changed(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    await teams.world.channel("19:pirkanmaa@thread.tacv2", "pirkanmaa")
    id_ = await drafted(coordinator)
    await coordinator.press("Esikatsele", when="later")
    assert "Valitse päivä." in coordinator.text
    await coordinator.press("Esikatsele", when="later", day="2026-11-01", clock="08:00")
    assert "Tämä aika on jo mennyt." in coordinator.text
    assert coordinator.fields["when"] == "later"
    await coordinator.press("Esikatsele", day="2026-12-01", clock="08:00")
    assert "Lähetetään: tiistaina 1.12.2026 klo 8.00" in coordinator.text
    await coordinator.press("Muokkaa")
    assert (coordinator.fields["day"], coordinator.fields["clock"]) == ("2026-12-01", "08:00")
    await coordinator.press("Esikatsele")
    await coordinator.press("Ajasta")
    assert coordinator.text.startswith("Ajastettu, tiistaina 1.12.2026 klo 8.00")
    await coordinator.press("Muuta tekstiä")
    await coordinator.press("Tallenna muutos", clock="09:15")
    assert coordinator.text.startswith("Ajastettu, tiistaina 1.12.2026 klo 9.15")
    await coordinator.press("Peru ajastus")
    assert "Sitä ei silloin lähetetä." in coordinator.text
    await coordinator.press("Kyllä, peru")
    teams.world.set_clock("2026-12-02 12:00")
    assert await teams.world.fire() == 0
    assert (await teams.world.row(id_)).state == "cancelled"


async def test_a_draft_survives_a_restart(teams: TeamsFixture, coordinator: Chat) -> None:
    await teams.world.channel("19:pirkanmaa@thread.tacv2", "pirkanmaa")
    await drafted(coordinator)
    await coordinator.press("Esikatsele", note__fi="Ennen uutta alkua")
    world = teams.world
    teams.router = CoordinatorRouter(
        world.announcements,
        world.meetings,
        world.subscriptions,
        world.coordinators,
        world.knowledge,
        names=teams.named,
        freshness=teams.freshness,
        now=lambda: NOW,
    )
    teams.start()
    await coordinator.press("Lähetä")
    assert len(await world.deliveries()) == 1
    await coordinator.say("announcements")
    assert "Lähetetään" in coordinator.text
    await coordinator.press("Avaa")
    assert "Keskeytä" in coordinator.buttons


async def test_a_draft_is_found_again_in_the_list(teams: TeamsFixture, coordinator: Chat) -> None:
    await drafted(coordinator)
    await coordinator.press("Esikatsele", note__fi="Kesken")
    await coordinator.say("announcements")
    assert "Luonnos" in coordinator.text
    await coordinator.press("Avaa")
    assert "Kesken" in coordinator.text
    assert "Lähetä" in coordinator.buttons


async def test_nobody_follows_yet(coordinator: Chat) -> None:
    await drafted(coordinator)
    assert "Yksikään kanava tai keskustelu ei vielä seuraa" in coordinator.text


async def test_many_receivers_some_of_them_named(teams: TeamsFixture, coordinator: Chat) -> None:
    for number in range(12):
        target = await teams.world.channel(f"19:{number}@thread.tacv2", "pirkanmaa")
        if number % 2:
            teams.names[target.remote_id] = f"Tiimi › Kanava {number}"
    asked: list[str] = []
    original = teams._name

    async def counted(target: Any) -> str | None:
        asked.append(target.remote_id)
        if len(asked) == 2:
            raise RuntimeError("the connector is not well")
        return await original(target)

    teams.named._name_of = counted
    await drafted(coordinator)
    assert "12 kanavaa tai keskustelua, muun muassa Tiimi › Kanava" in coordinator.text
    assert len(asked) == 10


async def test_stopping_and_trying_again(teams: TeamsFixture, coordinator: Chat) -> None:
    for number in range(3):
        await teams.world.channel(f"19:{number}@thread.tacv2", "pirkanmaa")
    await sent(coordinator)
    await coordinator.press("Keskeytä")
    assert coordinator.text.startswith("Keskeytetty")
    assert {one.state for one in await teams.world.deliveries()} == {"stopped"}
    # An old card that still says it is being sent.
    pressed = await coordinator.send(
        {
            "do": "report.stop",
            "lang": "fi",
            "id": (await teams.world.deliveries())[0].announcement_id,
        }
    )
    assert pressed.card is not None
    assert "Tämä on jo keskeytetty." in coordinator.text
    assert "Lähettämättä: 3" in coordinator.text

    id_ = await sent(coordinator)
    await teams.world.deliver_all(id_, "failed")
    await coordinator.press("Päivitä tämä näkymä")
    assert "Epäonnistui: 3" in coordinator.text
    assert "3 × kanava" in coordinator.text
    await coordinator.press("Yritä uudelleen")
    assert "Odottaa: 3" in coordinator.text


async def test_the_text_for_groups_leaves_out_what_members_alone_may_see(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    body = {**ONE_TIME, "online": {"url": "https://meet.example.org/secret", "share": "members"}}
    meeting = await teams.world.meetings.add(PIRKANMAA, body)
    await teams.world.channel("19:pirkanmaa@thread.tacv2", "pirkanmaa")
    await drafted(coordinator, f"{meeting.key}@2026-12-01")
    await coordinator.press("Esikatsele", note__fi="Tervetuloa!")
    assert "https://meet.example.org/secret" in json.dumps(coordinator.card)
    await coordinator.press("Lähetä")
    await coordinator.press("Teksti Facebook-ryhmiin")
    text = coordinator.fields["paste"]
    assert "Tervetuloa!" in text
    assert "Syystapaaminen" in text
    assert "https://bot.example.org/calendar/meetings/" in text
    assert "secret" not in text
    await coordinator.press("Takaisin")
    assert coordinator.text.startswith("Lähetetään")


STRANGERS = [
    MEMBER,
    GUEST,
    Identity(PIRKANMAA.id, "f0f0f0f0-0000-4000-8000-000000000001"),
    None,
]
ACTS = [
    "announce.edit",
    "announce.preview",
    "announce.confirm",
    "announce.show",
    "report.show",
    "report.stop",
    "report.retry",
    "report.edit",
    "report.change",
    "report.update",
    "report.ask",
    "report.recall",
    "report.paste",
]


@pytest.mark.parametrize("who", STRANGERS)
@pytest.mark.parametrize("submit", [False, True])
async def test_a_click_of_somebody_else_does_nothing_and_is_answered_politely(
    teams: TeamsFixture, coordinator: Chat, who: Identity | None, submit: bool
) -> None:
    await teams.world.channel("19:pirkanmaa@thread.tacv2", "pirkanmaa")
    running = await sent(coordinator)
    draft = await drafted(coordinator)
    before = [await teams.world.row(one) for one in (running, draft)]
    deliveries = await teams.world.deliveries()
    stranger = Chat(teams, who, card_id=coordinator.card_id)
    shown = json.dumps(stranger.card)
    for id_ in (running, draft):
        for do in ACTS:
            pressed = await stranger.send({"do": do, "lang": "fi", "id": id_}, submit=submit)
            assert pressed.sentence is not None, do
            assert "koordinaattori" in pressed.sentence
    for do in ("announce.meeting", "announce.preview"):
        data = {"do": do, "lang": "fi", "meeting": COFFEE, "networks": "pirkanmaa"}
        pressed = await stranger.send({**data, "title.fi": "T", "text.fi": "T"}, submit=submit)
        assert pressed.sentence is not None
    assert [await teams.world.row(one) for one in (running, draft)] == before
    assert await teams.world.deliveries() == deliveries
    assert json.dumps(coordinator.card) == shown, "the coordinator's card stays as it is"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_may_not_is_told_in_their_language(
    teams: TeamsFixture, language: Language
) -> None:
    for intent in ("announce", "announcements", "add_meeting"):
        chat = Chat(teams, MEMBER, language)
        await chat.say(intent)
        words = {"fi": "Tämän voi tehdä vain", "sv": "Det här kan bara", "en": "Only a network’s"}
        assert chat.text.startswith(words[language])


async def test_while_the_list_cannot_be_used_its_people_are_not_told_to_ask_for_a_place_in_it(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    await drafted(coordinator)
    listed = teams.world.file.read_text("utf-8")
    teams.world.file.write_text("coordinators: [", "utf-8")
    assert not teams.world.coordinators.reload()
    for intent in ("announce", "announcements", "add_meeting", "whoami"):
        await coordinator.say(intent)
        assert "luetteloa" in json.dumps(teams.adapter.sent[-1], ensure_ascii=False)
    teams.world.file.write_text(listed, "utf-8")
    assert teams.world.coordinators.reload()
    await coordinator.say("announce")
    assert "luetteloa" not in json.dumps(teams.adapter.sent[-1], ensure_ascii=False)


async def test_rights_come_from_the_activity_and_not_from_a_card(teams: TeamsFixture) -> None:
    chat = Chat(teams, MEMBER)
    await chat.say("help")
    forged = {"do": "announce.meeting", "lang": "fi", "meeting": COFFEE, "who": PIRKANMAA.id}
    more = {"aadObjectId": PIRKANMAA.id, "tenant": TENANT, "networks": "*", "from": PIRKANMAA.id}
    pressed = await chat.send({**forged, **more})
    assert pressed.sentence is not None
    assert "koordinaattori" in pressed.sentence


async def test_a_forged_network_is_refused(teams: TeamsFixture, coordinator: Chat) -> None:
    await teams.world.channel("19:lappi@thread.tacv2", "lappi")
    await drafted(coordinator)
    id_ = next(one["id"] for one in _data(coordinator) if "id" in one)
    for networks in ("lappi", "*", "pirkanmaa,lappi"):
        pressed = await coordinator.send(
            {"do": "announce.preview", "lang": "fi", "id": id_, "networks": networks}
        )
        assert pressed.sentence is not None
        assert "koordinaattori" in pressed.sentence
    assert list((await teams.world.row(id_)).networks) == ["pirkanmaa"]


async def test_a_replayed_card_sends_nothing_twice(teams: TeamsFixture, coordinator: Chat) -> None:
    await teams.world.channel("19:pirkanmaa@thread.tacv2", "pirkanmaa")
    id_ = await drafted(coordinator)
    await coordinator.press("Esikatsele")
    old = next(one for one in _data(coordinator) if one["do"] == "announce.confirm")
    await coordinator.press("Lähetä")
    for submit in (False, True):
        await coordinator.send(old, submit=submit)
        assert "Tämä on jo lähetetty, eikä mitään lähetetä kahdesti." in coordinator.text
        assert "Odottaa: 1" in coordinator.text
    await coordinator.send({"do": "announce.preview", "lang": "fi", "id": id_, "note.fi": "X"})
    assert "ei voi enää tehdä" in coordinator.text
    (delivery,) = await teams.world.deliveries()
    assert delivery.posted_version is None
    assert (await teams.world.row(id_)).note == {}


async def test_a_meeting_that_changed_under_the_preview_is_shown_again(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    await teams.world.channel("19:pirkanmaa@thread.tacv2", "pirkanmaa")
    meeting = await teams.world.meetings.add(PIRKANMAA, ONE_TIME)
    await drafted(coordinator, f"{meeting.key}@2026-12-01")
    await coordinator.press("Esikatsele")
    await teams.world.meetings.move(
        PIRKANMAA, f"{meeting.key}@2026-12-01", "2026-12-02 12:00", "2026-12-02 13:00"
    )
    await coordinator.press("Lähetä")
    assert "keskiviikkona 2.12.2026 klo 12.00–13.00" in coordinator.text
    assert await teams.world.deliveries() == []
    await coordinator.press("Lähetä")
    assert len(await teams.world.deliveries()) == 1


@pytest.mark.parametrize(
    "data",
    [
        {"do": "announce.confirm"},
        {"do": "announce.confirm", "id": "1' OR '1'='1"},
        {"do": "announce.confirm", "id": "00000000-0000-4000-8000-000000000000"},
        {"do": "announce.confirm", "id": ["x"]},
        {"do": "report.show", "id": "x" * 5_000},
        {"do": "unheard.of"},
    ],
)
async def test_a_press_without_sense_is_answered(coordinator: Chat, data: Any) -> None:
    await coordinator.say("help")
    pressed: ActionResult = await coordinator.send({**data, "lang": "xx"})
    assert pressed.sentence


async def test_a_meeting_that_is_over_begins_anew(coordinator: Chat) -> None:
    await coordinator.say("announce")
    for meeting in ("nothing@2026-12-10", "pirkanmaa-aamukahvit@2020-01-09", ""):
        await coordinator.send({"do": "announce.meeting", "lang": "fi", "meeting": meeting})
        assert "Mistä ilmoitetaan?" in coordinator.text


OFFER = "Ilmoita tapaamisesta"


@pytest.mark.parametrize(
    ("who", "offered"),
    [(PIRKANMAA, True), (NATIONAL, True), (WEST, False), (MEMBER, False), (None, False)],
)
async def test_the_button_under_a_meeting_is_for_its_coordinators(
    teams: TeamsFixture, who: Identity | None, offered: bool
) -> None:
    chat = Chat(teams, who)
    await chat.say("meetings", shown=Shown(meetings=(COFFEE,)))
    assert (OFFER in chat.buttons) is offered
    if offered:
        await chat.press(OFFER)
        assert "Aamukahvit" in chat.text or "aamukahvit" in chat.text
        assert "Esikatsele" in chat.buttons


async def test_of_several_meetings_one_is_chosen(coordinator: Chat) -> None:
    later = "pirkanmaa-aamukahvit@2027-01-14"
    await coordinator.say("meetings", shown=Shown(meetings=(COFFEE, later, "gone@2026-12-10")))
    await coordinator.press(OFFER)
    assert "Mistä ilmoitetaan?" in coordinator.text
    await coordinator.say("meetings", shown=Shown(meetings=("gone@2026-12-10",)))
    assert OFFER not in coordinator.buttons
