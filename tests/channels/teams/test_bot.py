"""Turns: what is answered, where, and what is ignored quietly."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from structlog.testing import capture_logs

from bot.channels.connector import Connector
from bot.channels.teams import TeamsBot
from bot.knowledge.library import Knowledge
from bot.ops.settings import Settings

from ..turning import NOW, Room, Script, settle
from .conftest import ANSWER, BOT, activity, body_of, in_channel, in_group, mention
from .test_incoming import JSON, VEERA

EXECUTE = {"type": "invoke", "name": "adaptiveCard/action", "text": None}


def added(locale: str = "en-GB", **changes: Any) -> dict[str, Any]:
    """The update that tells of the bot being added."""
    update = {"type": "conversationUpdate", "text": None, "membersAdded": [VEERA, BOT]}
    return activity(**{**update, "locale": locale} | changes)


def installed(locale: str = "en-GB", **changes: Any) -> dict[str, Any]:
    """The update that tells of the bot being installed."""
    update = {"type": "installationUpdate", "text": None, "action": "add"}
    return activity(**{**update, "locale": locale} | changes)


def typed(sent: list[dict[str, Any]]) -> list[str]:
    """The types of what was sent."""
    return [one["type"] for one in sent]


async def test_a_personal_message_is_answered_with_a_card(room: Room) -> None:
    (sent,) = await room.turn(activity())
    assert sent["type"] == "message"
    assert "text" not in sent
    assert body_of(sent) == "An answer."
    assert sent["conversation"]["id"] == "a:1"
    assert sent["replyToId"] == "1"
    (heard,) = room.script.heard
    assert heard.text == "Who is the contact person?"
    assert heard.members
    assert heard.locale == "en-GB"
    assert heard.conversation


async def test_a_group_is_answered_when_it_mentions_the_bot(room: Room) -> None:
    (sent,) = await room.turn(in_group())
    assert room.texts == ["who is it?"]
    assert sent["conversation"]["id"] == "19:g@thread.v2"


async def test_a_channel_is_answered_in_its_thread(room: Room) -> None:
    (sent,) = await room.turn(in_channel())
    assert room.texts == ["who is it?"]
    assert sent["conversation"]["id"] == "19:c@thread.tacv2;messageid=17"


@pytest.mark.parametrize("place", [in_group, in_channel])
async def test_what_people_say_to_each_other_is_not_heard(room: Room, place: Any) -> None:
    assert await room.turn(place(text="who is it?", entities=None)) == []
    other = {"type": "mention", "mentioned": VEERA, "text": "<at>Veera</at>"}
    assert await room.turn(place(text="<at>Veera</at> who?", entities=[other])) == []
    assert room.texts == []


@pytest.mark.parametrize("place", [activity, in_group, in_channel])
async def test_a_button_asks_like_a_person(room: Room, place: Any) -> None:
    click = place(text=None, entities=None, value={"text": "How do I join?"}, replyToId="5")
    assert len(await room.turn(click)) == 1
    assert room.texts == ["How do I join?"]


@pytest.mark.parametrize("place", [activity, in_group, in_channel])
async def test_a_button_that_posts_its_question_asks_once(room: Room, place: Any) -> None:
    click = place(text="How do I join?", entities=None, value={"text": "How do I join?"})
    assert len(await room.turn(click)) == 1
    assert room.texts == ["How do I join?"]


@pytest.mark.parametrize(
    "value", [{}, [], "x", 5, False, {"text": None}, {"text": "x" * 5_000}, {"other": "x"}]
)
async def test_a_hostile_button_is_ignored(room: Room, value: Any) -> None:
    assert await room.turn(activity(text=None, value=value)) == []
    execute = activity(**EXECUTE, value={"action": {"data": value}})
    (sent,) = await room.turn(execute)
    assert sent["value"]["status"] == 200
    assert sent["value"]["body"]["statusCode"] == 400
    assert room.texts == []


@given(value=JSON)
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=30,
)
async def test_no_value_of_a_button_fails(room: Room, value: Any) -> None:
    assert len(await room.turn(activity(text=None, value=value))) <= 1
    assert len(await room.turn(activity(**EXECUTE, value=value))) == 1


async def test_an_execute_is_answered_with_a_card(room: Room) -> None:
    value = {"action": {"type": "Action.Execute", "verb": "ask", "data": {"text": "Who?"}}}
    (sent,) = await room.turn(activity(**EXECUTE, value=value))
    assert sent["type"] == "invokeResponse"
    assert sent["value"]["status"] == 200
    body = sent["value"]["body"]
    assert body["statusCode"] == 200
    assert body["type"] == "application/vnd.microsoft.card.adaptive"
    assert body["value"]["body"][0]["text"] == "An answer."
    assert room.texts == ["Who?"]


@pytest.mark.parametrize(
    ("changes", "locale", "expected"),
    [
        ({"text": None, "attachments": [{"contentType": "image/png"}]}, "fi-FI", "botti"),
        ({"text": ""}, "sv-FI", "bot"),
        ({"text": " \n&nbsp; "}, "en-GB", "bot"),
        ({"text": "<at>Taikubot</at>", "entities": [mention()]}, "en-GB", "bot"),
    ],
)
@pytest.mark.parametrize("place", [activity, in_group, in_channel])
async def test_a_message_without_words_is_answered_with_help(
    room: Room, place: Any, changes: dict[str, Any], locale: str, expected: str
) -> None:
    (sent,) = await room.turn(place(**changes, locale=locale))
    made = sent["attachments"][0]["content"]
    assert made["lang"] == locale[:2]
    assert expected in body_of(sent)
    assert room.texts == []


@pytest.mark.parametrize("update", [added, installed])
@pytest.mark.parametrize(("locale", "language"), [("fi-FI", "fi"), ("sv-FI", "sv"), ("de", "fi")])
async def test_the_bot_introduces_itself(
    room: Room, update: Any, locale: str, language: str
) -> None:
    (sent,) = await room.turn(update(locale))
    made = sent["attachments"][0]["content"]
    assert made["lang"] == language
    assert "Taikubot" in body_of(sent)
    assert "bot" in body_of(sent).replace("Taikubot", "")
    assert len(made["body"][-1]["actions"]) == 3


async def test_the_bot_introduces_itself_once_in_each_chat(room: Room) -> None:
    assert len(await room.turn(added())) == 1
    assert await room.turn(installed()) == []
    assert await room.turn(added()) == []
    channel = {"id": "19:c@thread.tacv2", "conversationType": "channel"}
    assert len(await room.turn(installed(conversation=channel))) == 1
    assert await room.turn(added(conversation=channel)) == []
    await room.clock.move(601)
    assert len(await room.turn(installed())) == 1


async def test_what_is_kept_of_welcomes_is_bounded(room: Room) -> None:
    for number in range(1_050):
        assert await room.turn(added(conversation={"id": str(number)}))
    assert isinstance(room.bot, TeamsBot)
    assert len(room.bot._welcomes) == 1_000


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "conversationUpdate", "membersAdded": [VEERA]},
        {"type": "conversationUpdate", "membersRemoved": [BOT]},
        {"type": "conversationUpdate", "channelData": {"eventType": "channelRenamed"}},
        {"type": "conversationUpdate"},
        {"type": "installationUpdate", "action": "remove"},
        {"type": "installationUpdate", "action": "add-upgrade"},
        {"type": "installationUpdate"},
        {"type": "messageUpdate", "text": "Who?"},
        {"type": "messageDelete"},
        {"type": "messageReaction", "reactionsAdded": [{"type": "like"}]},
        {"type": "typing"},
        {"type": "event", "name": "application/vnd.microsoft.meetingStart"},
        {"type": "invoke", "name": "composeExtension/query"},
        {"type": "invoke"},
        {"type": "endOfConversation"},
        {"type": "something new"},
    ],
)
async def test_other_activities_are_ignored(room: Room, changes: dict[str, Any]) -> None:
    with capture_logs() as logs:
        assert await room.turn(activity(**{"text": None} | changes)) == []
    assert room.texts == []
    assert logs == []


async def test_a_turn_that_is_cancelled_ends_where_it_is(room: Room) -> None:
    room.adapter.gate.clear()
    turn = asyncio.create_task(room.turn(activity()))
    await settle()
    turn.cancel()
    with capture_logs() as logs, pytest.raises(asyncio.CancelledError):
        await turn
    room.adapter.gate.set()
    await settle()
    assert (room.adapter.sent, logs) == ([], [])


async def test_a_turn_is_logged_without_a_word_of_it(room: Room) -> None:
    with capture_logs() as logs:
        await room.turn(in_group(text="<at>Taikubot</at> secret words"))
    assert logs == [
        {
            "event": "turn.answered",
            "log_level": "info",
            "channel": "msteams",
            "place": "group",
            "language": "en",
            "intent": "contacts",
            "confidence": 0.88,
            "milliseconds": 0.0,
        }
    ]


@pytest.mark.parametrize("place", [activity, in_channel])
async def test_of_distress_nothing_is_logged(room: Room, place: Any) -> None:
    room.script.answer = replace(ANSWER, intents=("fallback",), private=True)
    with capture_logs() as logs:
        assert len(await room.turn(place())) == 1
    (line,) = logs
    assert set(line) == {"event", "log_level", "channel", "place", "language", "milliseconds"}


async def test_over_the_wire(knowledge: Knowledge, aiohttp_server: Any) -> None:
    posts: list[tuple[str, dict[str, Any]]] = []

    async def post(request: web.Request) -> web.Response:
        posts.append((request.path, await request.json()))
        return web.json_response({"id": "a"}, status=201)

    there = web.Application()
    there.router.add_post("/{tail:.*}", post)
    service = str((await aiohttp_server(there)).make_url("/")).rstrip("/")
    script = Script(ANSWER)
    bot = TeamsBot(script, lambda: knowledge, now=lambda: NOW)
    here = web.Application()
    Connector(Settings(), bot.on_turn, lambda language, code: f"Sorry, {code}.").attach(here)
    url = (await aiohttp_server(here)).make_url("/api/messages")
    execute = {"action": {"data": {"text": "Who?"}}}
    turns = [
        activity(),
        in_channel(),
        activity(text=None, value={"text": "Who?"}),
        added("sv-FI"),
        activity(text=None, type="messageReaction"),
        activity(**EXECUTE, value=execute),
    ]
    answered = []
    async with aiohttp.ClientSession() as session:
        for number, turn in enumerate(turns):
            turn |= {"serviceUrl": service, "id": f"id-{number}"}
            async with session.post(url, json=turn) as response:
                answered.append((response.status, await response.read()))
    assert [status for status, _ in answered] == [200] * 6
    assert b"An answer." in answered[-1][1]
    assert [path for path, _ in posts] == [
        "/v3/conversations/a:1/activities/id-0",
        "/v3/conversations/19:c@thread.tacv2;messageid=17/activities/id-1",
        "/v3/conversations/a:1/activities/id-2",
        "/v3/conversations/a:1/activities",
    ]
    assert [body_of(sent) for _, sent in posts[:3]] == ["An answer."] * 3
    assert posts[3][1]["attachments"][0]["content"]["lang"] == "sv"
    assert all("text" not in sent for _, sent in posts)
