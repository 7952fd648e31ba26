"""The POST: the order of checks, turns, duplicates, time limits, errors, invokes, shutdown."""

from __future__ import annotations

import asyncio
import gc
import json
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from botbuilder.core import InvokeResponse, TurnContext
from botbuilder.core.teams import TeamsActivityHandler
from botbuilder.schema import (
    Activity,
    AdaptiveCardInvokeResponse,
    Attachment,
    HeroCard,
)
from structlog.testing import capture_logs

from bot.channels.connector import SendFailed
from bot.channels.connector.client import is_local_service_url
from bot.channels.connector.requests import MAX_BODY
from bot.ops.settings import Settings

from ..front_door.raw import post, send
from .conftest import MakeWire, Wire, eventually
from .fakes import TENANT, FakeConnector, FakeLogin, Signer, Status

JSON = ("Content-Type", "application/json")
TEXT = ("Content-Type", "text/plain")


# --- the order of checks


async def test_each_check_comes_before_the_next(wire: Wire) -> None:
    good = ("Authorization", f"Bearer {wire.token()}")
    bad = ("Authorization", "Bearer x")
    large, broken = b"x" * (MAX_BODY + 1), b"{"
    shapeless = json.dumps({"serviceUrl": wire.service.url, "channelId": "msteams"}).encode()
    statuses = [
        (await wire.post(body, headers=headers))[0]
        for body, headers in [
            (large, [TEXT, ("Content-Encoding", "gzip")]),
            (large, [TEXT]),
            (large, [TEXT, bad]),
            (large, [TEXT, good]),
            (broken, [TEXT, good]),
            (broken, [JSON, good]),
            (shapeless, [JSON, good]),
        ]
    ]
    assert statuses == [415, 401, 401, 413, 415, 400, 400]
    assert wire.turns == []


@pytest.mark.parametrize("token", ["x", "forged", "none"])
async def test_a_caller_without_a_token_is_answered_before_the_body_comes(
    wire: Wire, token: str
) -> None:
    """Not a byte of it is sent; only the token has come."""
    given = {"forged": Signer("key-1").sign(wire.claims())}.get(token, token)
    lines = ["Content-Type: application/json", f"Content-Length: {MAX_BODY}"]
    if token != "none":
        lines.append(f"Authorization: Bearer {given}")
    assert wire.client.port is not None
    told = await send(wire.client.port, post("/api/messages", *lines))
    assert (told.status, told.body, told.closed) == (401, "", True)


async def test_a_401_says_nothing_of_the_body(wire: Wire) -> None:
    bodies = [b"", b"{", b"[" * 100_000, b"\xff", b"x" * (MAX_BODY + 1), b'{"serviceUrl":"x"}']
    answers = {await wire.post(body, headers=[("Authorization", "Bearer x")]) for body in bodies}
    assert answers == {(401, b"")}


async def test_a_body_that_grows_too_large_on_the_way_is_refused(wire: Wire) -> None:
    async def chunks() -> Any:
        for _ in range(MAX_BODY // 1000 + 1):
            yield b"x" * 1000

    headers = dict([JSON]) | {"Authorization": f"Bearer {wire.token()}"}
    response = await wire.client.post("/api/messages", data=chunks(), headers=headers)
    assert response.status == 413


async def test_a_flood_of_bad_tokens_is_a_line_and_slows_no_turn(wire: Wire) -> None:
    with capture_logs() as logs:
        for _ in range(50):
            assert (await wire.post(b"{", headers=[("Authorization", "Bearer x")]))[0] == 401
        assert (await wire.post(wire.activity()))[0] == 200
    assert [line["event"] for line in logs].count("request.refused") == 1


SHAPES: dict[str, Any] = {
    "a list": [],
    "a text": "hello",
    "null": None,
    "no type": {"type": None},
    "an empty type": {"type": ""},
    "a type that is a number": {"type": 1},
    "no conversation": {"conversation": None},
    "a conversation that is a text": {"conversation": "c"},
    "a conversation without id": {"conversation": {"isGroup": False}},
    "a conversation id that is a list": {"conversation": {"id": ["c"]}},
    "no recipient": {"recipient": None},
    "no sender of a message": {"from": None},
    "a bad timestamp": {"timestamp": "yesterday"},
    "a timestamp that is a number": {"timestamp": 12},
    "a text that is an object": {"text": {}},
    "attachments that are no list": {"attachments": {"0": 1}},
    "an entity that is a text": {"entities": ["mention"]},
    "half a surrogate pair in an id": {"conversation": {"id": "\ud800"}},
}


@pytest.mark.parametrize("change", SHAPES.values(), ids=list(SHAPES))
async def test_a_wrong_shape_is_a_400_with_one_sentence(wire: Wire, change: Any) -> None:
    activity = wire.activity(**change) if isinstance(change, dict) else change
    status, body = await wire.post(activity)
    text = body.decode()
    assert status == 400
    assert text.endswith(".")
    assert len(text) < 120
    assert "Traceback" not in text
    assert wire.turns == []


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b'{"a":NaN}', b"[" * 100_000, b"1" * 5000, b'{"a":1}x'],
    ids=["empty", "half", "no UTF-8", "NaN", "deep", "long number", "more"],
)
async def test_what_is_no_json_is_a_400(wire: Wire, body: bytes) -> None:
    assert await wire.post(body) == (400, b"The body is not JSON.")


async def test_a_service_url_without_tls_is_refused(wire: Wire) -> None:
    url = "http://smba.example.com/"
    status, body = await wire.post(wire.activity(serviceUrl=url), token=wire.token(serviceurl=url))
    assert (status, body) == (400, b"The serviceUrl must be an https URL without a query.")


# --- a turn


async def test_a_reply_goes_where_the_message_came_from(wire: Wire) -> None:
    activity = wire.activity(id="a 1", locale="sv-FI", text="hej")
    assert await wire.post(activity) == (200, b"")
    [call] = wire.service.calls
    assert (call.method, call.path) == ("POST", "/v3/conversations/a%3Aconv1/activities/a%201")
    assert call.token == "outgoing-1"
    assert call.body == {
        "type": "message",
        "text": "echo: hej",
        "channelId": "msteams",
        "serviceUrl": wire.service.url,
        "conversation": {"id": "a:conv1", "tenantId": TENANT},
        "from": {"id": "28:bot", "name": "Taikubot"},
        "recipient": {"id": "29:u1", "name": "Member"},
        "replyToId": "a 1",
        "locale": "sv-FI",
        "inputHint": "acceptingInput",
    }


async def test_the_answer_to_the_post_comes_after_the_replies(wire: Wire) -> None:
    wire.service.gate.clear()
    post = asyncio.create_task(wire.post(wire.activity()))
    await wire.service.until_called(1)
    assert not post.done()
    wire.service.gate.set()
    assert await post == (200, b"")


async def test_what_a_turn_sends_is_not_changed_by_sending(wire: Wire) -> None:
    card = Attachment(content_type="application/x", content=HeroCard(title="T", text="x"))
    reply = Activity(type="message", text="here", attachments=[card])

    async def turn(context: TurnContext) -> None:
        sent = await context.send_activities([reply, Activity(text="and"), Activity(type="trace")])
        assert [each.id for each in sent] == ["act-1", "act-2", None]
        assert context.responded

    wire.turn = turn
    assert (await wire.post(wire.activity()))[0] == 200
    assert wire.service.texts == ["here", "and"]
    assert wire.service.calls[0].body["attachments"] == [
        {"contentType": "application/x", "content": {"title": "T", "text": "x"}}
    ]
    assert (reply.conversation, reply.reply_to_id) == (None, None)


async def test_handlers_on_sending_see_and_change_activities(wire: Wire) -> None:
    async def louder(context: TurnContext, activities: list[Activity], go_on: Any) -> None:
        for activity in activities:
            activity.text = activity.text.upper()
        await go_on()

    async def turn(context: TurnContext) -> None:
        context.on_send_activities(louder)
        await context.send_activity("quiet")

    wire.turn = turn
    await wire.post(wire.activity())
    assert wire.service.texts == ["QUIET"]


async def test_a_turn_that_has_ended_is_freed_at_once(wire: Wire) -> None:
    """Without the garbage collector, which would find the turns of a minute all at once."""
    turns: list[weakref.ref[TurnContext]] = []

    async def turn(context: TurnContext) -> None:
        turns.append(weakref.ref(context))
        sent = await context.send_activity("first")
        await context.update_activity(Activity(id=sent.id, type="message", text="second"))
        await context.delete_activity(sent.id)

    wire.turn = turn
    gc.disable()
    try:
        assert (await wire.post(wire.activity()))[0] == 200
        wire.turns.clear()
        assert [each() for each in turns] == [None]
    finally:
        gc.enable()


async def test_a_turn_can_update_and_delete(wire: Wire) -> None:
    async def turn(context: TurnContext) -> None:
        sent = await context.send_activity("first")
        await context.update_activity(Activity(id=sent.id, type="message", text="second"))
        await context.delete_activity(sent.id)

    wire.turn = turn
    assert (await wire.post(wire.activity()))[0] == 200
    assert [(call.method, call.path.rpartition("/")[2]) for call in wire.service.calls] == [
        ("POST", wire.turns[0].activity.id),
        ("PUT", "act-1"),
        ("DELETE", "act-1"),
    ]


# --- duplicates


async def test_an_activity_sent_twice_is_answered_once(wire: Wire) -> None:
    activity = wire.activity()
    assert [await wire.post(activity) for _ in range(3)] == [(200, b"")] * 3
    assert len(wire.turns) == len(wire.service.calls) == 1


async def test_a_duplicate_waits_for_the_turn_under_way(wire: Wire) -> None:
    activity = wire.activity(type="invoke", name="n")
    ask, done = asyncio.Event(), asyncio.Event()

    async def turn(context: TurnContext) -> None:
        ask.set()
        await done.wait()
        answer = InvokeResponse(status=200, body={"a": 1})
        await context.send_activity(Activity(type="invokeResponse", value=answer))

    wire.turn = turn
    first = asyncio.create_task(wire.post(activity))
    await ask.wait()
    second = asyncio.create_task(wire.post(activity))
    await asyncio.wait({second}, timeout=0.05)
    assert not second.done()
    done.set()
    assert await first == await second == (200, b'{"a":1}')
    assert len(wire.turns) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"id": "another"},
        {"conversation": {"id": "another"}},
        {"channelId": "facebook"},
        {"type": "messageUpdate"},
    ],
    ids=lambda change: next(iter(change)),
)
async def test_what_differs_is_no_duplicate(wire: Wire, change: dict[str, Any]) -> None:
    activity = wire.activity()
    await wire.post(activity)
    await wire.post(activity | change)
    assert len(wire.turns) == 2


async def test_two_edits_of_a_message_are_two(wire: Wire) -> None:
    edit = wire.activity(type="messageUpdate", timestamp="2026-11-21T12:00:00Z")
    for activity in (edit, edit, edit | {"timestamp": "2026-11-21T12:00:01.1234567Z"}):
        assert (await wire.post(activity))[0] == 200
    assert len(wire.turns) == 2


async def test_without_an_id_nothing_is_a_duplicate(wire: Wire) -> None:
    activity = wire.activity(id=None)
    await wire.post(activity)
    await wire.post(activity)
    assert len(wire.turns) == 2


# --- the time limit


async def test_a_slow_turn_is_answered_in_time_and_goes_on(make_wire: MakeWire) -> None:
    wire = await make_wire(response_timeout=0.05)
    go_on = asyncio.Event()

    async def turn(context: TurnContext) -> None:
        await go_on.wait()
        await context.send_activity("at last")

    wire.turn = turn
    activity = wire.activity()
    assert await wire.post(activity) == (202, b"")
    assert wire.service.calls == []
    assert await wire.post(activity) == (202, b"")
    go_on.set()
    await wire.service.until_called(1)
    assert wire.service.texts == ["at last"]
    assert len(wire.turns) == 1


async def test_the_time_limit_counts_from_the_arrival(make_wire: MakeWire) -> None:
    wire = await make_wire(response_timeout=0.0)
    wire.service.gate.clear()
    assert await wire.post(wire.activity()) == (202, b"")
    wire.service.gate.set()
    await wire.service.until_called(1)
    assert len(wire.turns) == 1


async def test_a_slow_turn_with_expected_replies_sends_the_rest(make_wire: MakeWire) -> None:
    wire = await make_wire(response_timeout=0.05)
    go_on = asyncio.Event()

    async def turn(context: TurnContext) -> None:
        await context.send_activity("at once")
        await go_on.wait()
        await context.send_activity("later")

    wire.turn = turn
    status, body = await wire.post(wire.activity(deliveryMode="expectReplies"))
    assert status == 200
    assert [each["text"] for each in json.loads(body)["activities"]] == ["at once"]
    go_on.set()
    await wire.service.until_called(1)
    assert wire.service.texts == ["later"]


async def test_a_caller_that_hangs_up_does_not_stop_the_turn(wire: Wire) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def turn(context: TurnContext) -> None:
        begun.set()
        await go_on.wait()
        await context.send_activity("still here")

    wire.turn = turn
    post = asyncio.create_task(wire.post(wire.activity()))
    await begun.wait()
    post.cancel()
    go_on.set()
    await wire.service.until_called(1)
    assert wire.service.texts == ["still here"]


# --- errors


async def fail(context: TurnContext) -> None:
    raise RuntimeError("the database is on fire")


@pytest.mark.parametrize(
    ("locale", "language"),
    [("fi-FI", "fi"), ("sv", "sv"), ("en-GB", "en"), ("de-DE", "en"), (None, "en")],
)
async def test_an_error_is_said_politely_and_logged_with_its_trace(
    make_wire: MakeWire, locale: str | None, language: str
) -> None:
    wire = await make_wire(new_code=lambda: "abc123")
    wire.turn = fail
    with capture_logs() as logs:
        assert await wire.post(wire.activity(locale=locale)) == (200, b"")
    assert wire.service.texts == [f"Sorry in {language}, code abc123"]
    [line] = [line for line in logs if line["event"] == "turn.failed"]
    assert line["code"] == "abc123"
    assert "on fire" in str(line["exc_info"])
    assert line["exc_info"].__traceback__ is not None


async def test_codes_are_short_and_differ(wire: Wire) -> None:
    wire.turn = fail
    for _ in range(3):
        await wire.post(wire.activity())
    codes = {text.rpartition(" ")[2] for text in wire.service.texts}
    assert len(codes) == 3
    assert {len(code) for code in codes} == {6}


async def test_a_refused_card_is_our_error(wire: Wire) -> None:
    wire.service.script.append(Status(413))
    with capture_logs() as logs:
        assert (await wire.post(wire.activity()))[0] == 200
    [line] = [line for line in logs if line["event"] == "turn.failed"]
    # What the connector said, and not where in our code it was heard.
    assert line["reason"] == "The connector answered 413 (Scripted)."
    assert line["attempts"] == 1
    assert "exc_info" not in line
    assert len(wire.service.calls) == 2
    assert wire.service.texts[1].startswith("Sorry in en")


@pytest.mark.parametrize("status", [403, 404])
async def test_nobody_is_told_in_a_conversation_that_is_gone(wire: Wire, status: int) -> None:
    wire.service.script.append(Status(status))
    with capture_logs() as logs:
        assert (await wire.post(wire.activity()))[0] == 200
    assert len(wire.service.calls) == 1
    assert "turn.failed" not in [line["event"] for line in logs]


async def test_an_apology_that_fails_too_is_only_logged(wire: Wire) -> None:
    wire.turn = fail
    wire.service.script.append(Status(500))
    with capture_logs() as logs:
        assert (await wire.post(wire.activity()))[0] == 200
    events = [line["event"] for line in logs]
    assert events.count("turn.failed") == events.count("apology.not_sent") == 1
    [line] = [line for line in logs if line["event"] == "apology.not_sent"]
    assert line["reason"] == "The connector answered 500 (Scripted)."
    assert len(wire.service.calls) == 1


async def test_a_failed_action_shows_the_apology_in_the_card(wire: Wire) -> None:
    wire.turn = fail
    activity = wire.activity(type="invoke", name="adaptiveCard/action", locale="fi")
    status, body = await wire.post(activity)
    answer = json.loads(body)
    assert (status, answer["statusCode"]) == (200, 500)
    assert answer["type"] == "application/vnd.microsoft.error"
    assert answer["value"]["message"].startswith("Sorry in fi, code ")
    assert wire.service.calls == []


async def test_another_failed_invoke_says_so_both_ways(wire: Wire) -> None:
    wire.turn = fail
    assert await wire.post(wire.activity(type="invoke", name="task/fetch")) == (500, b"")
    assert wire.service.texts[0].startswith("Sorry in en")


async def test_an_invoke_that_fails_on_the_connector_has_failed(wire: Wire) -> None:
    async def turn(context: TurnContext) -> None:
        await context.send_activity("hello")

    wire.turn = turn
    wire.service.script.append(Status(404))
    assert await wire.post(wire.activity(type="invoke", name="n")) == (500, b"")
    assert len(wire.service.calls) == 1


async def test_a_busy_connector_is_asked_again_in_a_turn(wire: Wire) -> None:
    wire.service.script.extend([Status(429, "0"), Status(503, "0")])
    assert (await wire.post(wire.activity()))[0] == 200
    assert len(wire.service.calls) == 3


# --- invokes and expected replies


class CardBot(TeamsActivityHandler):  # type: ignore[misc]
    """Answers Action.Execute with a refreshed card, through botbuilder's own handler."""

    async def on_adaptive_card_invoke(
        self, turn_context: TurnContext, invoke_value: Any
    ) -> AdaptiveCardInvokeResponse:
        text = {"type": "TextBlock", **invoke_value.action["data"]}
        card = {"type": "AdaptiveCard", "version": "1.4", "body": [text]}
        return AdaptiveCardInvokeResponse(
            status_code=200, type="application/vnd.microsoft.card.adaptive", value=card
        )


BLOCK = {"type": "TextBlock", "text": "1"}
EXECUTE = {
    "type": "invoke",
    "name": "adaptiveCard/action",
    "value": {"action": {"type": "Action.Execute", "verb": "v", "data": BLOCK}},
}
REFRESHED = {
    "statusCode": 200,
    "type": "application/vnd.microsoft.card.adaptive",
    "value": {"type": "AdaptiveCard", "version": "1.4", "body": [BLOCK]},
}


async def test_an_action_is_answered_with_the_refreshed_card(wire: Wire) -> None:
    wire.turn = CardBot().on_turn
    status, body = await wire.post(wire.activity(**EXECUTE))
    assert (status, json.loads(body)) == (200, REFRESHED)
    assert wire.service.calls == []


async def test_an_invoke_may_be_answered_without_a_body(wire: Wire) -> None:
    async def turn(context: TurnContext) -> None:
        answer = InvokeResponse(status=201)
        await context.send_activity(Activity(type="invokeResponse", value=answer))

    wire.turn = turn
    assert await wire.post(wire.activity(type="invoke", name="n")) == (201, b"")


async def test_an_invoke_that_nobody_answers_is_not_found(wire: Wire) -> None:
    assert await wire.post(wire.activity(type="invoke", name="n")) == (404, b"")


async def test_expected_replies_come_in_the_answer(wire: Wire) -> None:
    activity = wire.activity(deliveryMode="expectReplies", id="1", text="hello")
    status, body = await wire.post(activity)
    [reply] = json.loads(body)["activities"]
    assert status == 200
    assert (reply["text"], reply["replyToId"]) == ("echo: hello", "1")
    assert reply["conversation"]["tenantId"] == TENANT
    assert wire.service.calls == []


async def test_expected_replies_hold_the_answer_to_an_invoke(wire: Wire) -> None:
    wire.turn = CardBot().on_turn
    status, body = await wire.post(wire.activity(**EXECUTE, deliveryMode="expectReplies"))
    [reply] = json.loads(body)["activities"]
    assert status == 200
    assert reply["type"] == "invokeResponse"
    assert reply["value"] == {"status": 200, "body": REFRESHED}


async def test_expected_replies_hold_the_apology(wire: Wire) -> None:
    wire.turn = fail
    _, body = await wire.post(wire.activity(deliveryMode="expectReplies"))
    [reply] = json.loads(body)["activities"]
    assert reply["text"].startswith("Sorry in en")


# --- without an app id


async def test_without_an_app_id_no_token_is_needed_or_sent(local_wire: Wire) -> None:
    assert await local_wire.post(local_wire.activity(), headers=[]) == (200, b"")
    assert [call.token for call in local_wire.service.calls] == [None]
    assert local_wire.connector.problems() == []


async def test_without_an_app_id_that_is_said_loudly(
    make_wire: MakeWire, service: FakeConnector
) -> None:
    with capture_logs() as logs:
        await make_wire(settings=Settings())
    [line] = [line for line in logs if line["event"] == "authentication.disabled"]
    assert line["log_level"] == "warning"


@pytest.mark.parametrize(
    "url",
    [
        *("https://smba.trafficmanager.net/emea/", "http://10.0.0.1", "http://127.0.0.1@x.fi"),
        *("http://127.0.0.1:1/admin/delete?x=", "http://127.0.0.1:1?x=", "http://127.0.0.1:1/#x"),
        *("http://127.0.0.1:1/?", "http://u@127.0.0.1:1", "http://u:p@localhost:1/_connector"),
        *("http://127.0.0.1:1/admin", "http://127.0.0.1:1/_connector/admin", "http://[::2]:1"),
        *("http://127.0.0.1:1/x/../_connector", "http://127.0.0.1:1/_connector/../x"),
        *("http://127.0.0.1:1/%5fconnector", "http://127.0.0.1:1//_connector", "ftp://127.0.0.1:1"),
        *("http://127.0.0.1.evil.example", "http://localhost.evil.example", "http://127.0.0.1:x"),
        *("http://127.0.0.1:1/_connector\\..", "http://127.0.0.1:1 /", "http://127.999.0.1:1"),
        *("HTTP://evil.example", "//127.0.0.1:1", "file:///etc/passwd", "http://127.0.0.1\n:1"),
    ],
)
async def test_without_an_app_id_replies_stay_on_this_machine(local_wire: Wire, url: str) -> None:
    status, body = await local_wire.post(local_wire.activity(serviceUrl=url), headers=[])
    assert status == 400
    assert b"the Agents Playground or the Emulator on this machine" in body
    assert local_wire.turns == []


@pytest.mark.parametrize("path", ["", "/", "/_connector", "/_connector/"])
async def test_without_an_app_id_the_playground_and_the_emulator_are_answered(
    make_wire: MakeWire, service: FakeConnector, path: str
) -> None:
    for url in (
        "http://localhost:56150",
        "http://127.0.0.1:5",
        "https://[::1]:443",
        "http://localhost",
    ):
        assert is_local_service_url(f"{url}{path}")
    service.tokens = None
    wire = await make_wire(settings=Settings())
    status, _ = await wire.post(wire.activity(serviceUrl=f"{service.url}{path}"), headers=[])
    assert status == 200
    call = service.calls[0]
    assert call.path.startswith(f"{path.rstrip('/')}/v3/conversations/")


@pytest.mark.parametrize(
    ("header", "value"),
    [("X-Forwarded-For", "203.0.113.1"), ("Via", "1.1 x"), ("Origin", "https://evil.example")],
)
async def test_without_an_app_id_nothing_forwarded_is_served(
    local_wire: Wire, header: str, value: str
) -> None:
    status, _ = await local_wire.post(local_wire.activity(), headers=[(header, value)])
    assert status == 403
    assert local_wire.turns == []


# --- shutdown


async def test_shutdown_lets_turns_end_and_takes_no_more(wire: Wire) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def turn(context: TurnContext) -> None:
        begun.set()
        await go_on.wait()
        await context.send_activity("done properly")

    wire.turn = turn
    post = asyncio.create_task(wire.post(wire.activity()))
    await begun.wait()
    drain = asyncio.create_task(wire.connector.drain())
    await eventually(lambda: wire.connector.problems() == ["The bot is shutting down."])
    assert (await wire.post(wire.activity()))[0] == 503
    assert not drain.done()
    go_on.set()
    await drain
    assert await post == (200, b"")
    assert wire.service.texts == ["done properly"]


async def test_shutdown_does_not_wait_for_ever(make_wire: MakeWire) -> None:
    wire = await make_wire(drain_timeout=0.05)
    begun = asyncio.Event()

    async def turn(context: TurnContext) -> None:
        begun.set()
        await asyncio.Event().wait()

    wire.turn = turn
    post = asyncio.create_task(wire.post(wire.activity()))
    await begun.wait()
    with capture_logs() as logs:
        async with asyncio.timeout(5):
            await wire.connector.close()
    assert await post == (503, b"")
    assert {"event": "turns.cancelled", "turns": 1, "log_level": "error"} in logs


async def test_the_end_leaves_no_task_and_no_session(make_wire: MakeWire, login: FakeLogin) -> None:
    wire = await make_wire()
    await wire.post(wire.activity())
    session = wire.connector.session()
    await wire.connector.close()
    assert session.closed
    running = {task.get_coro().__qualname__ for task in asyncio.all_tasks()}  # type: ignore[union-attr]
    assert not any("keep_fresh" in name or "_fetch_when_allowed" in name for name in running)


# --- nothing blocks


async def test_no_turn_blocks_the_loop(
    make_wire: MakeWire, blocking: Callable[[], Any], login: FakeLogin
) -> None:
    """Keys, token, turn, retry, invoke and refusal, all from cold, under the detector."""
    with blocking():
        wire = await make_wire()
        wire.service.script.append(Status(429, "0"))
        assert (await wire.post(wire.activity()))[0] == 200
        assert (await wire.post(wire.activity(deliveryMode="expectReplies")))[0] == 200
        assert (await wire.post(wire.activity(type="invoke", name="n")))[0] == 404
        assert (await wire.post(wire.activity(), headers=[]))[0] == 401
        await wire.connector.drain()
    assert len(wire.service.calls) == 2
    assert login.requests == 1


async def test_the_detector_would_notice(wire: Wire, blocking: Callable[[], Any]) -> None:
    import time

    async def turn(context: TurnContext) -> None:
        time.sleep(0.001)  # noqa: ASYNC251  # what the detector is for

    wire.turn = turn
    with blocking(), capture_logs() as logs:
        await wire.post(wire.activity())
    assert "BlockingError" in str([line.get("exc_info") for line in logs])


async def test_attach_serves_and_stops_with_the_application(
    settings: Settings, aiohttp_client: Any, wire: Wire
) -> None:
    app = wire.client.app
    assert app is not None
    assert [route.method for route in app.router.routes()] == ["POST"]
    response = await wire.client.get("/api/messages")
    assert response.status == 405
    await wire.client.close()
    assert wire.connector.problems() == ["The bot is shutting down."]
    with pytest.raises(SendFailed, match="shutting down"):
        await wire.connector.client.send(wire.service.url, "c", Activity(type="message"))
