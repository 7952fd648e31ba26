"""Turns: what is answered, the disclosure, what is ignored; real questions over the wire."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from structlog.testing import capture_logs

from bot.answers.compose import Context, compose
from bot.answers.plain import plain_text
from bot.channels.connector import Connector, by_channel
from bot.channels.connector.activity_json import MalformedJson
from bot.channels.conversation import Conversations, Reply
from bot.channels.messenger import CHANNEL, MessengerBot
from bot.channels.messenger.bot import SELF_INTRODUCING_INTENTS
from bot.channels.messenger.chats import MAX_CHATS, Chats
from bot.channels.teams import TeamsBot
from bot.knowledge.library import Knowledge
from bot.knowledge.values import LANGUAGES, Language
from bot.ops.settings import Settings
from bot.understanding.model import Request, Understanding
from bot.understanding.reloader import Snapshot

from ..turning import NOW, Clock, FakeAdapter, Room, Script, settle
from .conftest import ANSWER, WIRE, said, shape
from .test_incoming import EXPECTED, JSON

HELLO = "Hei! Olen Taikubot, botti enkä ihminen."
LOCALES = {"fi": "fi_FI", "sv": "sv_SE", "en": "en_GB"}
BOT_WORDS = {"fi": "botti", "sv": "bot", "en": "bot"}
QUIET = [name for name, expected in EXPECTED.items() if expected is None]


def chats_of(room: Room) -> Chats:
    """What the bot keeps of its chats."""
    assert isinstance(room.bot, MessengerBot)
    return room.bot._chats


def chat(number: int) -> dict[str, Any]:
    """A conversation of its own."""
    return {"conversation": {"isGroup": False, "id": f"{number}-42"}}


async def test_who_wants_announcements_is_told_why_none_can_come(room: Room) -> None:
    room.script.answer = replace(ANSWER, intents=("follow",))
    (sent,) = await room.turn(shape("text"))
    assert "Facebook antaa minun kirjoittaa vain vuorokauden" in sent["text"]
    room.script.answer = replace(ANSWER, intents=("meetings", "follow"))
    (sent,) = await room.turn(shape("text"))
    assert sent["text"] == "Vastaus."


async def test_a_question_is_answered_with_text_and_quick_replies(room: Room) -> None:
    (sent,) = await room.turn(shape("text"))
    assert sent["type"] == "message"
    assert sent["text"] == f"{HELLO}\n\nVastaus."
    assert sent["textFormat"] == "plain"
    assert sent["channelData"] == {
        "quick_replies": [
            {
                "content_type": "text",
                "title": "Miten pääsen mukaan?",
                "payload": "Miten pääsen mukaan Pirkanmaalla?",
            }
        ]
    }
    assert sent["conversation"]["id"] == "4000000000000017-100000000000042"
    assert sent["replyToId"] == "m_example-text"
    (heard,) = room.script.heard
    assert heard.text == "Kuka on yhteyshenkilö Pirkanmaalla?"
    assert heard.members is False
    assert heard.conversation
    assert "4000000000000017" not in heard.conversation


async def test_a_button_asks_like_a_person(room: Room) -> None:
    for name in ("quick_reply", "postback", "postback_event", "card_button"):
        assert len(await room.turn(shape(name))) == 1
    assert room.texts == [
        "Miten pääsen mukaan Pirkanmaalla?",
        "Milloin on seuraava tapaaminen?",
        "Mitä osaat?",
        "Miten pääsen mukaan?",
    ]
    assert len({message.conversation for message in room.script.heard}) == 1
    assert not any(message.members for message in room.script.heard)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "name", ["get_started", "get_started_referral", "referral", "referral_message"]
)
async def test_who_opens_the_chat_is_welcomed_by_a_bot(
    room: Room, name: str, language: Language
) -> None:
    (sent,) = await room.turn(shape(name, locale=LOCALES[language]))
    assert BOT_WORDS[language] in sent["text"].replace("Taikubot", "")
    assert sent["locale"] == language
    assert len(sent["channelData"]["quick_replies"]) == 3
    assert room.texts == []
    # The first question is then answered without more ado.
    (sent,) = await room.turn(shape("text"))
    assert sent["text"] == "Vastaus."


async def test_a_second_press_is_answered_as_well(room: Room) -> None:
    """Who deletes the chat and starts it anew must not be met with silence."""
    for _ in range(2):
        assert len(await room.turn(shape("get_started"))) == 1


async def test_the_bot_says_what_it_is_once_a_conversation(room: Room) -> None:
    first = await room.turn(said("Kuka?"))
    second = await room.turn(said("Milloin?"))
    assert [one["text"] for one in (*first, *second)] == [f"{HELLO}\n\nVastaus.", "Vastaus."]
    (other,) = await room.turn(said("Kuka?", **chat(7)))
    assert other["text"].startswith(HELLO)
    await room.clock.move(24 * 3600 - 1)
    assert "botti" not in (await room.turn(said("Kuka?")))[0]["text"]
    await room.clock.move(24 * 3600 + 1)
    assert (await room.turn(said("Kuka?")))[0]["text"].startswith(HELLO)


async def test_two_questions_at_once_are_introduced_once(room: Room) -> None:
    sent = await asyncio.gather(room.turn(said("Kuka?")), room.turn(said("Milloin?")))
    assert sum(HELLO in one["text"] for one in room.adapter.sent) == 1
    assert sent


async def test_an_introduction_that_did_not_arrive_is_made_again(room: Room) -> None:
    room.adapter.broken = True
    with pytest.raises(ConnectionError):
        await room.turn(said("Kuka?"))
    room.adapter.broken = False
    assert (await room.turn(said("Kuka?")))[0]["text"].startswith(HELLO)


@pytest.mark.parametrize("intent", ["greeting", "help"])
async def test_answers_that_introduce_the_bot_do_it_once(room: Room, intent: str) -> None:
    room.script.answer = replace(ANSWER, intents=(intent,))
    assert (await room.turn(said("Hei")))[0]["text"] == "Vastaus."
    assert (await room.turn(said("Kuka?")))[0]["text"] == "Vastaus."


@pytest.mark.parametrize("language", LANGUAGES)
def test_those_answers_do_introduce_it(knowledge: Knowledge, language: Language) -> None:
    distress = Request("fallback", topic="distress")
    for request in (*map(Request, sorted(SELF_INTRODUCING_INTENTS)), distress):
        understanding = Understanding("?", language, (request,), 1.0)
        text = plain_text(compose(understanding, knowledge, Context(NOW)))
        assert re.search(rf"\b{BOT_WORDS[language]}\b", text), f"{request}: {text}"


async def test_who_asks_to_be_forgotten_is(room: Room) -> None:
    room.script.answer = replace(ANSWER, intents=("forget_me",), language="sv")
    await room.turn(said("Glöm mig"))
    assert len(chats_of(room)) == 1, "it was asked first"
    room.script.forgotten = True
    await room.turn(said("Radera"))
    assert len(chats_of(room)) == 0


async def test_of_distress_no_language_is_kept(room: Room) -> None:
    room.script.answer = replace(ANSWER, language="sv", private=True, suggestions=())
    (sent,) = await room.turn(said("…"))
    assert sent["text"] == "Vastaus."
    (sent,) = await room.turn(shape("sticker"))
    assert sent["locale"] == "fi"


def test_what_is_kept_of_chats_is_bounded() -> None:
    clock = Clock()
    chats = Chats(clock)
    for number in range(MAX_CHATS + 50):
        chats.keep(str(number), "fi")
    assert len(chats) == MAX_CHATS
    assert chats.is_new("0")
    assert not chats.is_new(str(MAX_CHATS))
    clock.now += 24 * 3600 + 1
    assert chats.is_new(str(MAX_CHATS))
    assert len(chats) == 0


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "name", ["sticker", "image", "audio", "video", "file", "location", "shared_post", "empty"]
)
async def test_what_is_no_words_is_answered_in_the_conversations_language(
    room: Room, name: str, language: Language
) -> None:
    room.script.answer = replace(ANSWER, language=language)
    await room.turn(said("Kuka?"))
    (sent,) = await room.turn(shape(name))
    assert sent["locale"] == language
    assert {"fi": "Kirjoita", "sv": "Skriv", "en": "Write"}[language] in sent["text"]
    assert len(sent["channelData"]["quick_replies"]) == 3
    assert len(room.script.heard) == 1


async def test_the_locale_counts_before_a_word_was_said(room: Room) -> None:
    (sent,) = await room.turn(shape("image", locale="sv_SE"))
    assert sent["text"].startswith("Hej! Jag heter Taikubot och är en bot, ingen människa.\n\nTack")
    data = {"sender": {"id": "1", "locale": "en_GB"}, "message": {"text": "Who?"}}
    await room.turn(said("Who?", channelData=data, **chat(2)))
    assert room.script.heard[-1].locale == "en_GB"


async def test_a_thumb_is_a_thank_you(room: Room) -> None:
    await room.turn(said("Kuka?"))
    (sent,) = await room.turn(shape("like"))
    assert sent["text"].startswith("Ole hyvä")
    assert "sanoin" not in sent["text"]


@pytest.mark.parametrize("name", QUIET)
async def test_events_are_ignored_quietly(room: Room, name: str) -> None:
    with capture_logs() as logs:
        assert await room.turn(shape(name)) == []
    assert room.texts == []
    assert logs == []
    assert len(chats_of(room)) == 0


@given(data=JSON, value=JSON)
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=30,
)
async def test_no_shape_fails(room: Room, data: Any, value: Any) -> None:
    for kind in ("message", "event"):
        for text in ("Kuka?", None):
            try:
                changes = {"type": kind, "text": text, "channelData": data, "value": value}
                assert len(await room.turn(shape("text", **changes))) <= 1
            except MalformedJson:
                continue


async def test_a_turn_that_is_cancelled_ends_where_it_is(room: Room) -> None:
    room.adapter.gate.clear()
    turn = asyncio.create_task(room.turn(said("Kuka?")))
    await settle()
    turn.cancel()
    with capture_logs() as logs, pytest.raises(asyncio.CancelledError):
        await turn
    room.adapter.gate.set()
    await settle()
    assert (room.adapter.sent, logs) == ([], [])


async def test_a_turn_is_logged_without_a_word_of_it(room: Room) -> None:
    with capture_logs() as logs:
        await room.turn(said("secret words"))
        await room.turn(shape("get_started"))
        await room.turn(shape("image"))
    assert logs[0] == {
        "event": "turn.answered",
        "log_level": "info",
        "channel": "facebook",
        "place": "personal",
        "heard": "question",
        "language": "fi",
        "intent": "contacts",
        "confidence": 0.88,
        "milliseconds": 0.0,
    }
    assert [line["heard"] for line in logs] == ["question", "start", "unreadable"]
    for word in ("secret", "4000000000000017", "Member", "m_example"):
        assert word not in str(logs)


async def test_of_distress_nothing_is_logged(room: Room) -> None:
    room.script.answer = replace(ANSWER, intents=("fallback",), private=True)
    with capture_logs() as logs:
        await room.turn(said("…"))
    (line,) = logs
    assert set(line) == {
        *("event", "log_level", "channel", "heard", "language", "milliseconds", "place"),
    }


class Wire:
    """Both rooms behind the real connector over HTTP, and what they post to the channel."""

    def __init__(self, url: Any, service: str, posts: list[tuple[str, dict[str, Any]]]) -> None:
        self.url, self.service, self.posts = url, service, posts

    async def post(self, *turns: dict[str, Any]) -> list[int]:
        """Posts activities one after the other; returns the status of each."""
        statuses = []
        async with aiohttp.ClientSession() as session:
            for turn in turns:
                async with session.post(
                    self.url, json=turn | {"serviceUrl": self.service}
                ) as response:
                    statuses.append(response.status)
        return statuses

    @property
    def texts(self) -> list[str]:
        """The texts posted so far."""
        return [post["text"] for _, post in self.posts]


@pytest.fixture
async def wire(snapshot: Snapshot, aiohttp_server: Any) -> Wire:
    """The bot with its real content and understanding."""
    posts: list[tuple[str, dict[str, Any]]] = []

    async def post(request: web.Request) -> web.Response:
        posts.append((request.path, await request.json()))
        return web.json_response({"id": "a"}, status=201)

    there = web.Application()
    there.router.add_post("/{tail:.*}", post)
    service = str((await aiohttp_server(there)).make_url("/")).rstrip("/")
    conversations = Conversations(lambda: snapshot, lambda: NOW)
    messenger = MessengerBot(conversations, lambda: snapshot.knowledge, now=lambda: NOW)
    teams = TeamsBot(conversations, lambda: snapshot.knowledge, now=lambda: NOW)
    on_turn = by_channel({CHANNEL: messenger.on_turn}, otherwise=teams.on_turn)
    here = web.Application()
    Connector(Settings(), on_turn, lambda language, code: f"Sorry, {code}.").attach(here)
    url = (await aiohttp_server(here)).make_url("/api/messages")
    return Wire(url, service, posts)


async def test_a_conversation_over_the_wire(wire: Wire) -> None:
    turns = [shape(name) for name in ("conversation_update", "text", "read", "quick_reply", "like")]
    assert await wire.post(*turns) == [200] * 5
    answer, join, thanks = wire.posts
    chat_path = "/v3/conversations/4000000000000017-100000000000042/activities/m_example-"
    assert [path for path, _ in wire.posts] == [
        chat_path + name for name in ("text", "quick_reply", "like")
    ]
    assert answer[1]["text"].startswith(HELLO)
    assert "Pilvi Kuitu" in answer[1]["text"]
    assert answer[1]["channelData"]["quick_replies"]
    assert "Pirkanmaa" in join[1]["text"]
    assert thanks[1]["text"].startswith("Ole hyvä!")
    assert all(post["channelId"] == "facebook" for _, post in wire.posts)


async def test_every_recorded_shape_over_the_wire(wire: Wire) -> None:
    for number, name in enumerate(WIRE):
        assert await wire.post(shape(name, **chat(number))) == [200], name
    expected = [name for name, heard in EXPECTED.items() if heard is not None]
    assert len(wire.posts) == len(expected)
    assert all("bot" in text for text in wire.texts), "each conversation begins with who answers"


async def test_what_is_sent_again_is_answered_once(wire: Wire) -> None:
    assert await wire.post(shape("text"), shape("text")) == [200, 200]
    assert len(wire.posts) == 1


async def test_distress_is_answered_with_help_first(wire: Wire) -> None:
    await wire.post(said("en jaksa enää"))
    (text,) = wire.texts
    assert "112" in text
    assert not text.startswith("Hei!")
    assert "botti" in text


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Milloin on seuraava tapaaminen Pirkanmaalla?", "fi"),
        ("När är nästa träff i nätverket Birkaland?", "sv"),
        ("When is the next meeting of the Pirkanmaa network?", "en"),
    ],
)
async def test_meetings_without_their_members_links(
    wire: Wire, knowledge: Knowledge, question: str, language: str
) -> None:
    await wire.post(said(question))
    assert {post["locale"] for _, post in wire.posts} == {language}
    hidden = [
        meeting.online.url
        for meeting in knowledge.meetings.values()
        if meeting.online and meeting.online.share == "members"
    ]
    assert hidden
    assert not any(url in text for url in hidden for text in wire.texts)


async def test_teams_goes_on_as_before(wire: Wire) -> None:
    await wire.post(shape("text", channelId="msteams", channelData=None))
    ((_, post),) = wire.posts
    assert post["attachments"][0]["contentType"] == "application/vnd.microsoft.card.adaptive"


async def test_an_apology_comes_in_the_conversations_language(
    knowledge: Knowledge, aiohttp_server: Any
) -> None:
    class Broken(Script):
        def respond(self, message: Any) -> Reply:
            if len(self.heard) == 1:
                raise ValueError("broken")
            reply = super().respond(message)
            assert isinstance(reply, Reply)
            return reply

    posts: list[dict[str, Any]] = []

    async def post(request: web.Request) -> web.Response:
        posts.append(await request.json())
        return web.json_response({"id": "a"}, status=201)

    there = web.Application()
    there.router.add_post("/{tail:.*}", post)
    service = str((await aiohttp_server(there)).make_url("/")).rstrip("/")
    broken = Broken(ANSWER)
    broken.answer = replace(ANSWER, language="sv")
    bot = MessengerBot(broken, lambda: knowledge, now=lambda: dt.datetime.now(dt.UTC))
    here = web.Application()
    Connector(Settings(), bot.on_turn, lambda language, code: f"{language}!").attach(here)
    url = (await aiohttp_server(here)).make_url("/api/messages")
    turns = Wire(url, service, [])
    await turns.post(said("Vem?", id="1"), said("När?", id="2"))
    assert posts[-1]["text"] == "sv!"


async def test_forgetting_is_asked_with_two_quick_replies(
    knowledge: Knowledge, snapshot: Snapshot
) -> None:
    clock = Clock()
    bot = MessengerBot(
        Conversations(lambda: snapshot, now=lambda: NOW, monotonic=clock),
        lambda: knowledge,
        now=lambda: NOW,
        monotonic=clock,
    )
    room = Room(bot, Script(ANSWER), FakeAdapter(), clock)
    (asked,) = await room.turn(said("Poista tietoni"))
    replies = asked["channelData"]["quick_replies"]
    assert [one["title"] for one in replies] == ["Poista", "En"]
    assert len(bot._chats) == 1
    (kept,) = await room.turn(said(replies[1]["payload"]))
    assert "en poistanut mitään" in kept["text"]
    assert len(bot._chats) == 1
    for text in ("älä unohda minua", "unohda", "voinko poistaa tietoni jotenkin?"):
        await room.turn(said(text))
        assert len(bot._chats) == 1, text
    await room.turn(said("Poista tietoni"))
    (forgotten,) = await room.turn(said(replies[0]["payload"]))
    assert "nyt unohdettu" in forgotten["text"]
    assert len(bot._chats) == 0
