"""The gate of acts in Teams: what is done, what is asked, what is left; and undoing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from bot.announcements.sender import Target
from bot.announcements.subscriptions import UNDO_SECONDS
from bot.channels.conversation import Conversations
from bot.channels.teams import TeamsBot
from bot.knowledge.values import Language
from bot.store.tables import conversation, follow, record
from bot.understanding.model import Entities, Request, Wish
from bot.understanding.reloader import Snapshot
from tests.announcements.world import MEMBER, NATIONAL, NOW, PIRKANMAA

from .chatting import CHANNEL, Chat, TeamsFixture

NOTHING_DONE = (Wish.NONE, Wish.ALONE, Wish.QUESTION, Wish.DENIED, Wish.DECLINED, Wish.GUESSED)


async def followed(teams: TeamsFixture, remote_id: str = "a:chat") -> tuple[str, ...]:
    """What a conversation follows."""
    target = Target("msteams", "channel", remote_id, "", "")
    return await teams.world.subscriptions.followed(target)


async def stored(teams: TeamsFixture) -> list[tuple[Any, ...]]:
    """All follows with their conversations and instants."""
    rows = select(conversation.c.remote_id, follow.c.network, follow.c.created_at).join(
        follow, follow.c.conversation_id == conversation.c.id
    )
    async with teams.world.database.reading() as tx:
        return sorted(tuple(row) for row in await tx.execute(rows))


async def say_of_all(chat: Chat, intent: str, wish: Wish) -> Chat:
    """Says something about all networks."""
    await chat.say(intent, wish=wish)
    understanding = chat.teams.conversations.understanding
    request = Request(intent, Entities(), wish=wish, everything=True)
    chat.teams.conversations.understanding = replace(understanding, requests=(request,))
    return chat


@pytest.mark.parametrize("wish", NOTHING_DONE)
@pytest.mark.parametrize("intent", ["follow", "unfollow", "forget_me", "following"])
async def test_only_a_clear_wish_changes_anything(
    teams: TeamsFixture, intent: str, wish: Wish
) -> None:
    chat = Chat(teams, MEMBER)
    await chat.say("follow", "lappi")
    before = await stored(teams)
    for networks in ((), ("lappi",), ("pirkanmaa",)):
        await chat.say(intent, *networks, wish=wish)
        assert await stored(teams) == before
    assert teams.conversations.forgotten == []


@pytest.mark.parametrize(
    ("language", "undo", "undone"),
    [
        ("fi", "Kumoa", "Kumottu"),
        ("sv", "Ångra", "Ångrat"),
        ("en", "Undo", "Undone"),
    ],
)
async def test_what_is_done_can_be_undone(
    teams: TeamsFixture, language: Language, undo: str, undone: str
) -> None:
    chat = Chat(teams, MEMBER, language)
    await chat.say("follow", "lappi")
    await chat.say("follow", "pirkanmaa", "lansi-suomi")
    before = await stored(teams)
    await chat.say("unfollow")
    assert chat.buttons == [undo]
    assert await stored(teams) == []
    await chat.press(undo)
    assert undone in chat.text
    assert chat.buttons == [] or undo not in chat.buttons
    assert await stored(teams) == before
    # And so is following, down to a chat that is not known any more.
    await chat.say("unfollow")
    await chat.say("follow", "lappi")
    await chat.press(undo)
    assert undone in chat.text
    async with teams.world.database.reading() as tx:
        assert (await tx.execute(conversation.select())).all() == []


async def test_one_of_several_is_brought_back_as_it_was(teams: TeamsFixture) -> None:
    chat = Chat(teams, MEMBER)
    for network in ("lappi", "pirkanmaa"):
        await chat.say("follow", network)
    before = await stored(teams)
    await chat.say("unfollow", "lappi")
    assert await followed(teams) == ("pirkanmaa",)
    await chat.press("Kumoa")
    assert await stored(teams) == before


async def test_an_undo_pressed_twice_does_nothing_more(teams: TeamsFixture) -> None:
    chat = Chat(teams, MEMBER)
    await chat.say("follow", "lappi")
    await chat.say("unfollow")
    card = chat.card
    await chat.press("Kumoa")
    before = await stored(teams)
    pressed = await chat.send(card["body"][-1]["actions"][0]["data"])
    assert pressed.sentence is not None
    assert "kumottiin jo" in pressed.sentence
    assert await stored(teams) == before


async def test_an_undo_works_after_a_restart(teams: TeamsFixture) -> None:
    chat = Chat(teams, MEMBER)
    await chat.say("follow", "lappi")
    before = await stored(teams)
    await chat.say("unfollow")
    teams.start()
    await chat.press("Kumoa")
    assert await stored(teams) == before


async def test_an_undo_ends_after_ten_minutes(teams: TeamsFixture) -> None:
    chat = Chat(teams, MEMBER)
    await chat.say("follow", "lappi")
    before = await stored(teams)
    await chat.say("unfollow")
    teams.world.database.time += UNDO_SECONDS - 1
    await chat.press("Kumoa")
    assert await stored(teams) == before
    await chat.say("unfollow")
    teams.world.database.time += UNDO_SECONDS + 1
    pressed = await chat.press("Kumoa")
    assert pressed.sentence is not None
    assert "kymmenen minuutin" in pressed.sentence
    assert await stored(teams) == []


async def test_an_undo_leaves_what_was_changed_since(teams: TeamsFixture) -> None:
    chat = Chat(teams, MEMBER)
    await chat.say("follow", "lappi")
    await chat.say("unfollow")
    data = chat.card["body"][-1]["actions"][0]["data"]
    await chat.say("follow", "pirkanmaa")
    pressed = await chat.send(data)
    assert pressed.sentence is not None
    assert "muutettu" in pressed.sentence
    assert await followed(teams) == ("pirkanmaa",)


async def test_an_undo_in_another_conversation_changes_nothing(teams: TeamsFixture) -> None:
    chat, other = Chat(teams, MEMBER), Chat(teams, MEMBER, conversation="a:other")
    for one in (chat, other):
        await one.say("follow", "lappi")
        await one.say("unfollow")
    data = chat.card["body"][-1]["actions"][0]["data"]
    pressed = await other.send(data)
    assert pressed.sentence is not None
    assert "toista keskustelua" in pressed.sentence
    assert await stored(teams) == []
    asked = await chat.say("follow", "lappi", wish=Wish.GUESSED)
    pressed = await other.send(asked.card["body"][-1]["actions"][0]["data"])
    assert pressed.sentence is not None
    assert await stored(teams) == []


async def test_in_a_channel_the_right_of_who_presses_counts(
    teams: TeamsFixture, channel: Chat
) -> None:
    await channel.say("follow", "pirkanmaa")
    before = await stored(teams)
    await channel.say("unfollow")
    member = Chat(teams, MEMBER, kind="channel", conversation=CHANNEL, card_id=channel.card_id)
    pressed = await member.press("Kumoa")
    assert pressed.sentence is not None
    assert "koordinaattori" in pressed.sentence
    assert await stored(teams) == []
    colleague = Chat(teams, NATIONAL, kind="channel", conversation=CHANNEL, card_id=channel.card_id)
    await colleague.press("Kumoa")
    assert await stored(teams) == before
    async with teams.world.database.reading() as tx:
        rows = (await tx.execute(record.select().order_by(record.c.id))).all()
    assert [row.action for row in rows] == ["followed", "unfollowed", "followed"]
    assert rows[-1].actor == NATIONAL.id
    # A guess is asked of those alone who may decide.
    await member.say("follow", "pirkanmaa", wish=Wish.GUESSED)
    assert "en muuttanut mitään" in member.text
    await channel.say("unfollow", wish=Wish.GUESSED)
    member.card_id = channel.card_id
    await member.press("Lopeta")
    assert "en muuttanut mitään" in member.text
    assert await stored(teams) == before


async def test_a_forged_undo_gives_no_right(teams: TeamsFixture, channel: Chat) -> None:
    await channel.say("follow", "pirkanmaa")
    await channel.say("unfollow")
    data = channel.card["body"][-1]["actions"][0]["data"]
    before = await stored(teams)
    for change in (
        {"before": "lappi=1.0"},
        {"before": "*=1.0"},
        {"before": "moomin-valley=1.0"},
        {"before": "pirkanmaa=nan"},
        {"before": "pirkanmaa"},
        {"before": "=1"},
        {"at": "inf"},
        {"at": "-1"},
        {"at": "soon"},
        {"at": "1e400"},
        {"after": "x=y"},
        {"chat": ""},
        {"before": "pirkanmaa=1.0", "after": "lappi=1.0"},
    ):
        pressed = await channel.send(data | change)
        assert pressed.sentence is not None, change
        assert await stored(teams) == before, change
    # Since when something is followed never lies ahead.
    await channel.send(data | {"before": "pirkanmaa=9999999999.0"})
    ((_, network, since),) = await stored(teams)
    assert network == "pirkanmaa"
    assert since <= teams.world.database.time


async def test_a_guessed_wish_is_asked(teams: TeamsFixture) -> None:
    chat = Chat(teams, MEMBER)
    await chat.say("follow", "lappi", wish=Wish.GUESSED)
    assert chat.text == "Lähetänkö tänne nämä ilmoitukset: Lappi?"
    assert chat.buttons == ["Seuraa", "Valitse toinen", "En"]
    asked = chat.card_id
    await chat.press("En")
    assert "en muuttanut mitään" in chat.text
    assert await stored(teams) == []
    await chat.say("follow", "lappi", wish=Wish.GUESSED)
    await chat.press("Valitse toinen")
    assert chat.fields["network"] == "*"
    await chat.say("follow", "lappi", wish=Wish.GUESSED)
    assert chat.card_id != asked
    await chat.press("Seuraa")
    assert await followed(teams) == ("lappi",)
    assert chat.buttons == ["Kumoa"]
    await chat.say("follow", "pirkanmaa")
    await chat.say("unfollow", "lappi", wish=Wish.GUESSED)
    assert chat.text == "Lopetanko näiden ilmoitusten lähettämisen tänne: Lappi?"
    assert chat.buttons == ["Lopeta", "Lopeta kaikki", "En"]
    await chat.press("En")
    assert await followed(teams) == ("lappi", "pirkanmaa")
    await chat.say("unfollow", "lappi", wish=Wish.GUESSED)
    await chat.press("Lopeta")
    assert await followed(teams) == ("pirkanmaa",)
    await chat.say("unfollow", wish=Wish.ALONE)
    await chat.press("Lopeta")
    assert await followed(teams) == ()


async def test_all_networks_are_followed_by_a_clear_wish(teams: TeamsFixture) -> None:
    chat = await say_of_all(Chat(teams, MEMBER), "follow", Wish.CLEAR)
    before = set(teams.adapter.cards)
    await teams.turn(chat.activity(text="seuraa kaikkia"))
    (chat.card_id,) = teams.adapter.cards.keys() - before
    assert "kaikkien verkostojen" in chat.text
    assert await followed(teams) == ("*",)


async def test_a_network_that_was_talked_about_is_offered(teams: TeamsFixture) -> None:
    chat = Chat(teams, MEMBER)
    await chat.say("follow", "lappi", wish=Wish.ALONE)
    assert chat.fields["network"] == "lappi"
    assert await stored(teams) == []


@pytest.mark.parametrize("word", ["lopeta", "Sluta!", "stop", "mute", "STOP."])
async def test_one_word_never_ends_anything(teams: TeamsFixture, word: str) -> None:
    chat = Chat(teams, MEMBER)
    await chat.say("follow", "lappi")
    for intent in ("fallback", "goodbye"):
        await chat.say(intent, text=word)
        assert "Lopetanko" in chat.text
        assert await followed(teams) == ("lappi",)


async def test_what_is_followed_is_listed_and_stays(teams: TeamsFixture) -> None:
    chat = Chat(teams, MEMBER)
    await chat.say("following")
    assert chat.text == "Et seuraa vielä yhtään verkostoa."
    await chat.say("follow", "lappi", "pirkanmaa")
    before = await stored(teams)
    await chat.say("following")
    assert chat.text == "Saat tähän keskusteluun ilmoitukset: **Lappi ja Pirkanmaa**."
    assert await stored(teams) == before


async def test_only_who_asked_to_be_forgotten_is(teams: TeamsFixture, channel: Chat) -> None:
    member = Chat(teams, MEMBER, kind="channel", conversation=CHANNEL)
    await member.say("forget_me")
    asked = member.card_id
    channel.card_id = asked
    pressed = await channel.press("Poista")
    assert pressed.sentence is not None
    assert "vain se, joka pyysi" in pressed.sentence
    assert teams.conversations.forgotten == []
    await member.press("Poista")
    assert "unohdettu" in member.text
    assert len(teams.conversations.forgotten) == 1


async def test_a_no_forgets_nothing(teams: TeamsFixture) -> None:
    chat = Chat(teams, MEMBER)
    await chat.say("follow", "lappi")
    await chat.say("forget_me")
    assert chat.buttons == ["Poista", "En"]
    await chat.press("En")
    assert "en poistanut mitään" in chat.text
    assert await followed(teams) == ("lappi",)
    assert teams.conversations.forgotten == []


async def test_a_button_of_an_unknown_act_does_nothing(teams: TeamsFixture) -> None:
    chat = Chat(teams, MEMBER)
    await chat.say("follow", "lappi", wish=Wish.GUESSED)
    data = chat.card["body"][-1]["actions"][0]["data"]
    for act in ("", "announce", "drop"):
        assert (await chat.send(data | {"act": act})).sentence is not None
        assert (await chat.send(data | {"act": act, "do": "act.no"})).sentence is not None
    assert await stored(teams) == []


async def test_a_text_in_a_button_passes_the_same_gate(teams: TeamsFixture) -> None:
    """Also where a client executes a button that sends a text."""
    chat = Chat(teams, MEMBER)
    await chat.say("follow", "lappi")
    conversations = teams.conversations
    asked = Request("forget_me", wish=Wish.CLEAR)
    conversations.understanding = replace(conversations.understanding, requests=(asked,))
    await chat.teams.turn(
        chat.activity(
            type="invoke",
            name="adaptiveCard/action",
            text=None,
            value={"action": {"type": "Action.Execute", "data": {"text": "poista tietoni"}}},
        )
    )
    body = teams.adapter.sent[-1]["value"]["body"]
    assert "Poistanko" in str(body)
    assert await followed(teams) == ("lappi",)


async def test_following_is_asked_of_understanding_only_where_it_is_possible(
    teams: TeamsFixture,
) -> None:
    chat = Chat(teams, PIRKANMAA)
    await chat.say("help")
    assert teams.conversations.messages[-1].follows
    await teams.turn(chat.activity(channelId="webchat", text="seuraa"))
    assert not teams.conversations.messages[-1].follows


async def talk(teams: TeamsFixture, chat: Chat, text: str) -> str:
    """What the bot says to a message that it really has to understand."""
    before = set(teams.adapter.cards)
    await teams.turn(chat.activity(text=text))
    (chat.card_id,) = teams.adapter.cards.keys() - before
    teams.check(chat.card)
    return chat.text


@pytest.fixture
def understanding(teams: TeamsFixture, snapshot: Snapshot) -> TeamsFixture:
    """The bot with its real understanding."""
    conversations = Conversations(lambda: snapshot, now=lambda: NOW)
    teams.bot = TeamsBot(
        conversations, teams.world.knowledge, teams.router, teams.updates, now=lambda: NOW
    )
    return teams


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("en", ("don't forget me", "forget it", "delete that", "mute", "stop", "what do I follow")),
        ("en", ("stop, i changed my mind", "how do I stop following?", "please dont forget me")),
        ("fi", ("älä unohda minua", "unohda", "älä poista minua", "lopeta", "mitä seuraan")),
        (
            "fi",
            ("voiko seuraamisen lopettaa?", "en halua lopettaa ilmoituksia", "unohda koko juttu"),
        ),
        ("sv", ("glöm inte mig", "glöm det", "shoppa", "sluta inte", "vilka nätverk följer jag")),
        ("sv", ("hur slutar jag följa?", "sluta", "stopp")),
    ],
)
async def test_what_is_no_wish_leaves_what_is_followed(
    understanding: TeamsFixture, language: Language, texts: tuple[str, ...]
) -> None:
    chat = Chat(understanding, MEMBER, language)
    await talk(understanding, chat, "Seuraa Lappia")
    before = await stored(understanding)
    assert [network for _, network, _ in before] == ["lappi"]
    for text in texts:
        await talk(understanding, chat, text)
        assert await stored(understanding) == before, text


async def test_a_talk_of_following_ending_and_forgetting(understanding: TeamsFixture) -> None:
    chat = Chat(understanding, MEMBER, "en")
    said = await talk(understanding, chat, "follow Lapland and Pirkanmaa")
    assert "Lapland and Pirkanmaa" in said
    assert await followed(understanding) == ("lappi", "pirkanmaa")
    said = await talk(understanding, chat, "who is the contact in Tampere?")
    said = await talk(understanding, chat, "stop")
    assert "Shall I stop" in said
    assert "nothing" in await talk(understanding, chat, "no")
    assert await followed(understanding) == ("lappi", "pirkanmaa")
    await talk(understanding, chat, "unsubscribe")
    await talk(understanding, chat, "stop following Lapland")
    assert await followed(understanding) == ("pirkanmaa",)
    assert "Shall I delete" in await talk(understanding, chat, "delete my data")
    assert await followed(understanding) == ("pirkanmaa",)
    assert "forgotten" in await talk(understanding, chat, "yes")
    assert await stored(understanding) == []
    assert "do not follow any" in await talk(understanding, chat, "what do I follow")
