"""Following and ending it; where the bot is; who somebody is; being forgotten."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, select
from structlog.testing import capture_logs

from bot.announcements.model import API, Draft
from bot.announcements.sender import Target
from bot.knowledge.values import Language
from bot.store.sqlite_file import FileDeleted
from bot.store.tables import announcement, conversation
from bot.understanding.model import Wish
from tests.announcements.world import GUEST, MEMBER, NATIONAL, PIRKANMAA, TENANT

from .chatting import BOT, CHANNEL, TEAM, Chat, TeamsFixture

FREE = Draft(title={"fi": "Uutinen"}, text={"fi": "Rivi"}, networks=("pirkanmaa",))


async def rows(teams: TeamsFixture) -> list[Any]:
    """The conversations that are remembered."""
    async with teams.world.database.reading() as tx:
        return list((await tx.execute(conversation.select())).all())


async def followed(teams: TeamsFixture, remote_id: str) -> tuple[str, ...]:
    """What a conversation follows."""
    target = Target("msteams", "channel", remote_id, "", "")
    return await teams.world.subscriptions.followed(target)


@pytest.mark.parametrize(
    ("language", "follows", "word", "asked", "button", "ends"),
    [
        ("fi", "ilmoitukset: **Länsi-Suomi**", "lopeta", "Lopetanko", "Lopeta", "en lähetä tänne"),
        (
            "sv",
            "meddelanden i den här chatten: **Västra Finland**",
            "Sluta!",
            "Ska jag sluta",
            "Sluta",
            "inga fler",
        ),
        (
            "en",
            "announcements in this chat: **Western Finland**",
            "stop",
            "Shall I stop",
            "Stop them",
            "no more",
        ),
    ],
)
async def test_anybody_follows_for_themselves_and_one_word_offers_to_stop(
    teams: TeamsFixture,
    language: Language,
    follows: str,
    word: str,
    asked: str,
    button: str,
    ends: str,
) -> None:
    chat = Chat(teams, MEMBER, language)
    await chat.say("follow", "lansi-suomi")
    assert follows in chat.text
    assert word.strip("!").casefold() in chat.text
    assert await followed(teams, "a:chat") == ("lansi-suomi",)
    # Whatever else the word may mean to the understanding.
    await chat.say("fallback", text=word)
    assert asked in chat.text
    assert await followed(teams, "a:chat") == ("lansi-suomi",)
    await chat.press(button)
    assert ends in chat.text
    assert await rows(teams) == []


async def test_one_word_means_nothing_special_where_nothing_is_followed(
    teams: TeamsFixture,
) -> None:
    chat = Chat(teams, MEMBER)
    await chat.say("goodbye", text="lopeta")
    assert chat.text == "Vastaus."
    await chat.say("unfollow", text="lopeta tilaus")
    assert "ei tule minulta ilmoituksia" in chat.text


async def test_one_of_several_is_ended(teams: TeamsFixture) -> None:
    chat = Chat(teams, MEMBER)
    await chat.say("follow", "lansi-suomi", "pirkanmaa")
    assert "Länsi-Suomi ja Pirkanmaa" in chat.text
    await chat.say("unfollow", "pirkanmaa")
    assert "Pirkanmaa" in chat.text
    assert "Tänne tulevat yhä: Länsi-Suomi." in chat.text
    await chat.say("unfollow", "pirkanmaa")
    assert "Tänne ei tule näitä ilmoituksia: Pirkanmaa" in chat.text
    assert await followed(teams, "a:chat") == ("lansi-suomi",)


async def test_without_a_network_there_is_a_choice(teams: TeamsFixture) -> None:
    chat = Chat(teams, MEMBER)
    await chat.say("follow")
    (choice,) = [part for part in chat.card["body"] if part["type"] == "Input.ChoiceSet"]
    assert len(choice["choices"]) == 15
    assert choice["choices"][0] == {"title": "Kaikki verkostot", "value": "*"}
    await chat.press("Seuraa", network="lappi")
    assert "**Lappi**" in chat.text
    await chat.say("follow")
    assert "Nyt tänne tulevat: Lappi." in chat.text
    await chat.press("Lopeta ilmoitukset")
    assert await rows(teams) == []
    await chat.say("follow")
    await chat.press("Seuraa", network="*")
    assert "kaikkien verkostojen" in chat.text
    assert await followed(teams, "a:chat") == ("*",)


async def test_a_forged_choice_asks_again(teams: TeamsFixture) -> None:
    chat = Chat(teams, MEMBER)
    await chat.say("follow")
    await chat.press("Seuraa", network="moomin-valley")
    assert "Minkä verkoston" in chat.text
    assert await rows(teams) == []


@pytest.mark.parametrize("kind", ["channel", "group"])
@pytest.mark.parametrize("who", [MEMBER, GUEST, None])
async def test_a_channel_is_decided_on_by_its_coordinator(
    teams: TeamsFixture, kind: str, who: Any
) -> None:
    chat = Chat(teams, who, kind=kind, conversation=CHANNEL)
    await chat.say("follow", "pirkanmaa")
    assert "koordinaattori" in chat.text
    assert "en muuttanut mitään" in chat.text
    await chat.say("follow")
    if who is not GUEST:
        assert "en muuttanut mitään" in chat.text
    assert await followed(teams, CHANNEL) == ()


async def test_a_channel_other_than_general_follows(teams: TeamsFixture, channel: Chat) -> None:
    await channel.say("follow", "pirkanmaa")
    assert "Tälle kanavalle tulevat nyt ilmoitukset: **Pirkanmaa**." in channel.text
    assert "mainitsemalla minut" in channel.text
    (row,) = await rows(teams)
    assert (row.kind, row.remote_id, row.team, row.tenant) == ("channel", CHANNEL, TEAM, TENANT)
    assert row.bot_id == BOT["id"]
    member = Chat(teams, MEMBER, kind="channel", conversation=CHANNEL)
    await member.say("unfollow", text="lopeta")
    assert "en muuttanut mitään" in member.text
    await member.say("unfollow", text="lopeta ilmoitukset")
    assert "en muuttanut mitään" in member.text
    assert await followed(teams, CHANNEL) == ("pirkanmaa",)
    await channel.say("unfollow", text="lopeta ilmoitukset")
    assert await followed(teams, CHANNEL) == ()


async def test_a_coordinator_chooses_among_their_own_networks(channel: Chat) -> None:
    await channel.say("follow")
    (choice,) = [part for part in channel.card["body"] if part["type"] == "Input.ChoiceSet"]
    assert [one["value"] for one in choice["choices"]] == ["pirkanmaa"]


def installed(chat: Chat, action: str = "add", **changes: Any) -> dict[str, Any]:
    """The activity of an installation."""
    return chat.activity(type="installationUpdate", action=action, text=None, **changes)


def updated(chat: Chat, **changes: Any) -> dict[str, Any]:
    """The activity of a change in a chat or team."""
    return chat.activity(type="conversationUpdate", text=None, **changes)


async def test_a_team_or_group_is_remembered_without_names_and_a_person_is_not(
    teams: TeamsFixture, channel: Chat
) -> None:
    await teams.turn(installed(channel))
    group = Chat(teams, MEMBER, kind="group", conversation="19:g@thread.v2")
    await teams.turn(updated(group, membersAdded=[BOT]))
    await teams.turn(installed(Chat(teams, MEMBER)))
    kept = {row.remote_id: row for row in await rows(teams)}
    assert kept.keys() == {CHANNEL, "19:g@thread.v2"}
    assert "omeone" not in str(kept)
    assert PIRKANMAA.id not in str(kept)


@pytest.mark.parametrize("how", ["uninstalled", "removed", "team deleted", "channel deleted"])
async def test_what_is_gone_is_forgotten(teams: TeamsFixture, channel: Chat, how: str) -> None:
    await channel.say("follow", "pirkanmaa")
    other = Chat(teams, PIRKANMAA, kind="group", conversation="19:g@thread.v2")
    await other.say("follow", "pirkanmaa")
    data = {"team": {"id": TEAM}, "channel": {"id": CHANNEL}}
    general = {"id": TEAM, "conversationType": "channel", "tenantId": TENANT}
    activities = {
        "uninstalled": installed(channel, "remove", conversation=general),
        "removed": updated(channel, membersRemoved=[BOT], conversation=general),
        "team deleted": updated(channel, channelData={**data, "eventType": "teamDeleted"}),
        "channel deleted": updated(
            channel, conversation=general, channelData={**data, "eventType": "channelDeleted"}
        ),
    }
    await teams.turn(activities[how])
    assert [row.remote_id for row in await rows(teams)] == ["19:g@thread.v2"]


async def test_a_renamed_channel_or_a_member_who_leaves_changes_nothing(
    teams: TeamsFixture, channel: Chat
) -> None:
    await channel.say("follow", "pirkanmaa")
    data = {"team": {"id": TEAM}, "channel": {"id": CHANNEL}, "eventType": "channelRenamed"}
    await teams.turn(updated(channel, channelData=data))
    await teams.turn(updated(channel, membersRemoved=[{"id": "29:someone"}]))
    assert len(await rows(teams)) == 1


async def test_a_new_service_address_is_taken_and_an_old_one_costs_no_write(
    teams: TeamsFixture, channel: Chat
) -> None:
    await channel.say("follow", "pirkanmaa")
    moved = "https://smba.example/amer/"
    await teams.turn(channel.activity(serviceUrl=moved, text="nobody is spoken to"))
    await teams.router.installations.flush()
    (row,) = await rows(teams)
    assert row.service_url == moved
    statements: list[str] = []
    engine = teams.world.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    for _ in range(3):
        await teams.turn(channel.activity(serviceUrl=moved, text="again"))
        await teams.router.installations.flush()
    assert statements == []
    # Nor is a chat kept because somebody asks something in it.
    stranger = Chat(teams, MEMBER, kind="group", conversation="19:other@thread.v2")
    await stranger.say("help")
    assert statements == []
    await teams.router.installations.flush()
    assert not [one for one in statements if not one.startswith(("SELECT", "PRAGMA", "BEGIN"))]
    assert len(await rows(teams)) == 1


async def test_without_the_database_nobody_is_bothered(
    teams: TeamsFixture, channel: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: Any) -> None:
        raise OSError("the database is away")

    monkeypatch.setattr(teams.world.subscriptions, "remember", away)
    monkeypatch.setattr(teams.world.subscriptions, "refresh", away)
    with capture_logs() as logs:
        await teams.turn(installed(channel))
        chat = Chat(teams, MEMBER)
        await chat.say("help")
        await teams.router.installations.flush()
    assert chat.text == "Vastaus."
    events = [line["event"] for line in logs]
    assert "installation.not_tracked" in events
    assert "service_urls.not_saved" in events
    assert len(teams.adapter.cards) == 2, "a welcome and an answer"


@pytest.mark.parametrize(
    ("who", "told"),
    [
        (PIRKANMAA, "Olet koordinaattori: **Pirkanmaa**"),
        (NATIONAL, "Olet kaikkien verkostojen koordinaattori"),
        (MEMBER, "Et ole listallani koordinaattorina"),
    ],
)
async def test_who_somebody_is(teams: TeamsFixture, who: Any, told: str) -> None:
    chat = Chat(teams, who)
    await chat.say("whoami")
    assert who.id in chat.text
    assert TENANT in chat.text
    assert told in chat.text


async def test_where_nobody_is_vouched_for_the_usual_answer_is_given(teams: TeamsFixture) -> None:
    chat = Chat(teams, None)
    await chat.say("whoami")
    assert chat.text == "Vastaus."


async def test_in_another_channel_of_azure_an_identity_counts_for_nothing(
    teams: TeamsFixture,
) -> None:
    chat = Chat(teams, NATIONAL)
    sent = chat.activity(channelId="webchat", text="kuka olen")
    chat.teams.conversations.understanding = chat.teams.conversations.understanding
    await teams.turn(sent)
    press = {"do": "announce.new", "lang": "fi"}
    await teams.turn(chat.activity(channelId="webchat", text=None, value=press))
    await teams.settled()
    assert all(NATIONAL.id not in str(card) for card in teams.adapter.cards.values())
    (_, refused) = teams.adapter.cards.values()
    assert "koordinaattori" in str(refused)


async def test_being_forgotten_ends_what_one_follows(teams: TeamsFixture) -> None:
    chat = Chat(teams, MEMBER)
    await chat.say("forget_me", wish=Wish.CONFIRMED)
    assert chat.text == "Vastaus."
    await chat.say("follow", "lappi")
    await chat.say("forget_me")
    assert "Poistanko tietosi?" in chat.text
    assert await followed(teams, "a:chat") == ("lappi",)
    await chat.press("Poista")
    assert "ilmoituksia ei enää tule" in chat.text
    assert await rows(teams) == []
    assert len(teams.conversations.forgotten) == 1


async def test_a_coordinator_is_told_what_is_cleared_and_what_stays(teams: TeamsFixture) -> None:
    service = teams.world.announcements
    chat = Chat(teams, PIRKANMAA, "en")
    listed = "Your id stands in the list of coordinators too"
    await chat.say("forget_me", wish=Wish.CONFIRMED)
    assert listed in chat.text
    assert "no longer" not in chat.text
    assert "scheduled" not in chat.text
    await chat.say("follow", "lappi")
    await service.create(PIRKANMAA, FREE)
    later = await service.create(PIRKANMAA, replace(FREE, send_at="2026-12-24T08:00"))
    await chat.say("forget_me", wish=Wish.CONFIRMED)
    assert "which networks you followed: no more announcements will come" in chat.text
    assert "Your id is no longer with the announcements that were sent" in chat.text
    assert "1 scheduled announcement keeps your id until it is sent or called off" in chat.text
    assert listed in chat.text
    assert "nothing else" not in chat.text
    assert "Vastaus." not in chat.text
    # Who is no coordinator any more: what is said of the list goes, and what stays is still told.
    teams.world.file.write_text("coordinators: []\n")
    assert teams.world.coordinators.reload()
    await chat.say("forget_me", wish=Wish.CONFIRMED)
    assert listed not in chat.text
    assert "1 scheduled announcement keeps your id" in chat.text
    assert "nothing else" not in chat.text
    await service.recall(API, later.id)
    await chat.say("forget_me", wish=Wish.CONFIRMED)
    assert "no longer with the announcements" in chat.text
    assert "I have stored nothing else about you." in chat.text
    async with teams.world.database.reading() as tx:
        assert (await tx.scalars(select(announcement.c.author))).all() == [None, None]
    await chat.say("forget_me", wish=Wish.CONFIRMED)
    assert chat.text == "Vastaus."


async def test_nobody_has_a_channel_forgotten(teams: TeamsFixture, channel: Chat) -> None:
    await channel.say("follow", "pirkanmaa")
    await channel.say("forget_me", wish=Wish.CONFIRMED)
    assert "Vastaus." not in channel.text
    assert await followed(teams, CHANNEL) == ("pirkanmaa",)


async def test_what_needs_the_database_says_why_it_cannot_be_done(
    teams: TeamsFixture,
) -> None:
    chat, coordinator = Chat(teams, MEMBER, "en"), Chat(teams, NATIONAL, "en")
    await chat.say("follow")
    database = teams.world.database
    database.ready, database.not_ready_because = False, FileDeleted()
    told = (await Chat(teams, MEMBER, "en", conversation="a:third").say("unfollow")).text
    assert told == (
        "This cannot be done now: something in the bot is broken. Please tell a contact person of "
        "your network."
    )
    assert (await coordinator.say("announcements")).text == (
        "This cannot be done now. The database's file is gone. Tell the administrator: it does not "
        "end by itself."
    )
    database.not_ready_because = ConnectionRefusedError()
    assert (await coordinator.say("announcements")).text == (
        "This cannot be done now. The database does not answer. Try again in a moment."
    )
    away = "This cannot be done now. Try again in a moment."
    with capture_logs() as logs:
        pressed = await chat.send({"do": "follow", "lang": "en", "networks": "pirkanmaa"})
        asked = await Chat(teams, MEMBER, "en", conversation="a:other").say("unfollow")
    assert pressed.sentence == away
    assert asked.text == away
    lines = [one for one in logs if one["log_level"] == "error"]
    assert {one["event"] for one in lines} == {"coordination.database_unreachable"}
    # Who only asks gets an answer.
    assert (await chat.say("help")).text == "Vastaus."
    database.ready = True
    assert await followed(teams, "a:chat") == ()
