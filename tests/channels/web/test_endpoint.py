"""`POST /api/chat`: what is asked and answered, what is refused, and how often one may write."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.answers.model import Paragraph, Text
from bot.channels.conversation import Conversations
from bot.channels.web import WebChat
from bot.channels.web.chat import (
    ADDRESS_BURST,
    ADDRESS_INTERVAL,
    CONVERSATION_BURST,
    CONVERSATION_INTERVAL,
)
from bot.understanding.reloader import Snapshot

from ..turning import NOW
from .conftest import Room
from .scripted import ANSWER, CONVERSATION, HOSTILE

OTHER_SITE = "https://evil.example"


async def test_an_answer_comes_as_plain_data(room: Room) -> None:
    response = await room.ask("Who is\nthe  contact person?")
    assert response.status == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert response.content_type == "application/json"
    assert await response.json() == {
        "language": "en",
        "blocks": [
            {"type": "heading", "text": "Member"},
            {
                "type": "paragraph",
                "lines": [
                    [{"text": "Coordinator", "bold": True}, {"text": " in Pirkanmaa"}],
                    [{"text": "Phone: "}, {"text": "040 123", "url": "tel:+358401234"}],
                ],
            },
            {
                "type": "bullets",
                "items": [[{"text": "one"}], [{"text": "two", "url": "https://example.org/"}]],
            },
        ],
        "actions": [{"title": "Wrong information?", "url": "mailto:keeper@example.org"}],
        "suggestions": [{"title": "How do I join?", "text": "How do I join Pirkanmaa?"}],
    }


async def test_what_the_bot_hears(room: Room) -> None:
    await room.ask("Who is\nthe  contact person?", language="sv")
    await room.ask(language=None)
    await room.ask(conversation="another")
    await room.ask(conversation=None)
    first, second, third, fourth = room.script.heard
    assert first.text == "Who is the contact person?"
    assert first.locale == "sv"
    assert not first.members
    assert second.locale is None
    assert first.conversation == second.conversation
    assert first.conversation != third.conversation
    assert CONVERSATION not in (first.conversation or "")
    assert fourth.conversation is None


async def test_a_conversation_is_remembered(snapshot: Snapshot, room: Room) -> None:
    conversations = Conversations(lambda: snapshot, now=lambda: NOW)
    room.chat._conversations = conversations
    await room.ask("Kuka on Pirkanmaan yhteyshenkilö?", language="fi")
    answer = await (await room.ask("Entä Lapin?", language="fi")).json()
    assert "Lapi" in json.dumps(answer)
    other = await (await room.ask("Entä Lapin?", conversation="another")).json()
    assert other["blocks"] != answer["blocks"]


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_the_welcome(room: Room, language: str) -> None:
    response = await room.client.get("/api/chat", params={"language": language})
    answer = await response.json()
    assert answer["language"] == language
    assert "Taikubot" in json.dumps(answer)
    assert len(answer["suggestions"]) == 3
    response = await room.client.get("/api/chat", headers={"Accept-Language": f"{language},de"})
    assert await response.json() == answer
    response = await room.client.get("/api/chat", params={"language": "de"})
    assert response.status == 400


async def test_markup_comes_back_as_text_in_json_only(room: Room) -> None:
    room.script.answer = replace(ANSWER, blocks=(Paragraph(((Text(HOSTILE),),)),))
    response = await room.ask(HOSTILE)
    assert response.content_type == "application/json"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert (await response.json())["blocks"][0]["lines"][0][0]["text"] == HOSTILE


async def test_the_real_bot_never_repeats_markup(snapshot: Snapshot, room: Room) -> None:
    room.chat._conversations = Conversations(lambda: snapshot, now=lambda: NOW)
    for text in (HOSTILE, f"Kuka on {HOSTILE} yhteyshenkilö Pirkanmaalla?", "[x](javascript:1)"):
        body = await (await room.ask(text)).text()
        assert "onerror" not in body
        assert "javascript:" not in body


WRONG: list[Any] = [
    [],
    "text",
    5,
    {},
    {"text": None},
    {"text": 5},
    {"text": ""},
    {"text": " \n"},
    {"text": ["a"]},
    {"text": "a", "conversation": 5},
    {"text": "a", "conversation": ""},
    {"text": "a", "conversation": "x" * 101},
    {"text": "a", "conversation": {"id": "a"}},
    {"text": "a", "language": "de"},
    {"text": "a", "language": 5},
    {"text": "a", "language": ["fi"]},
]


@pytest.mark.parametrize("data", WRONG)
async def test_a_wrong_shape_is_told_in_one_sentence(room: Room, data: Any) -> None:
    response = await room.post(data)
    assert response.status == 400
    (sentence,) = (await response.json()).values()
    assert sentence.endswith(".")
    assert sentence.count(". ") == 0
    assert room.script.heard == []


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"[" * 60_000, b"1" * 5_000, b"NaN", b"null"]
)
async def test_a_body_that_is_no_json_object(room: Room, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    response = await room.client.post("/api/chat", data=body, headers=headers)
    assert response.status == 400
    assert room.script.heard == []


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
async def test_what_a_form_of_another_site_could_send(room: Room, kind: str) -> None:
    body = json.dumps({"text": "a"}).encode()
    response = await room.client.post("/api/chat", data=body, headers={"Content-Type": kind})
    assert response.status == 415
    assert room.script.heard == []


async def test_a_large_body_is_refused_whether_or_not_it_says_so(room: Room) -> None:
    assert (await room.ask("x" * 70_000)).status == 413

    async def parts() -> Any:
        for _ in range(20):
            yield b" " * 8_000

    headers = {"Content-Type": "application/json"}
    response = await room.client.post("/api/chat", data=parts(), headers=headers)
    assert response.status == 413


async def test_a_long_text_is_cut(room: Room) -> None:
    assert (await room.ask("ä" * 10_000 + "b")).status == 200
    assert room.script.heard[0].text == "ä" * 10_000


@given(text=st.text(min_size=1, max_size=50))
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=40,
)
async def test_no_text_fails(snapshot: Snapshot, room: Room, text: str) -> None:
    room.clock.now += 100
    room.chat._conversations = Conversations(lambda: snapshot, now=lambda: NOW)
    assert (await room.ask(text)).status == (200 if text.strip() else 400)


@pytest.mark.parametrize("text", ["\ud800", "\x00", "a\u202eb", "\U000e0041" * 30, "\u2028"])
async def test_strange_characters(snapshot: Snapshot, room: Room, text: str) -> None:
    room.chat._conversations = Conversations(lambda: snapshot, now=lambda: NOW)
    assert (await room.ask(text + "x", conversation=text + "x")).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "none"},
        {"Sec_Fetch_Site": "cross-site", "Origin": OTHER_SITE},
        {"Origin": OTHER_SITE},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://localhost@evil.example"},
        {"Origin": "http://[bad"},
    ],
)
async def test_other_pages_are_refused(room: Room, headers: dict[str, str]) -> None:
    response = await room.post({"text": "a"}, **headers)
    assert response.status == 403
    assert "own page" in (await response.json())["error"]
    assert room.script.heard == []


async def test_our_own_page_is_let_in(room: Room) -> None:
    here = f"http://127.0.0.1:{room.client.port}"
    own: list[dict[str, str]] = [
        {"Sec_Fetch_Site": "same-origin", "Origin": here},
        {"Origin": here},
        # Through a proxy that names itself as the host.
        {"Origin": "https://bot.example.org"},
        {"Sec_Fetch_Site": "same-origin", "Origin": "https://chat.example.org"},
        # A program, no browser.
        {},
    ]
    for headers in own:
        assert (await room.post({"text": "a"}, **headers)).status == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:3978", "", "a@localhost", "[x"])
@pytest.mark.parametrize("path", ["/", "/api/chat", "/static/chat.js"])
async def test_a_name_that_was_pointed_to_this_machine(room: Room, path: str, host: str) -> None:
    response = await room.client.get(path, headers={"Host": host})
    assert response.status in (400, 403)
    if response.status == 403:
        assert "BOT_PUBLIC_URL" in (await response.json())["error"]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("fi-FI,en;q=0.5", "Täällä saa kysyä vain botin oma sivu."),
        ("sv", "Här får bara botens egen sida fråga."),
        ("de, *", "Only the bot's own page may ask here."),
    ],
)
async def test_a_refusal_is_said_in_the_language_of_the_browser(
    room: Room, language: str, sentence: str
) -> None:
    response = await room.post({"text": "a"}, Origin=OTHER_SITE, Accept_Language=language)
    assert response.status == 403
    assert await response.json() == {"error": sentence}


async def test_a_page_that_is_not_there(room: Room) -> None:
    response = await room.client.get("/static/nothing.js", headers={"Accept-Language": "sv"})
    assert (response.status, await response.text()) == (404, "Det finns ingen sådan sida.")


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:5", "127.0.0.1:80", "127.1.2.3", "[::1]:9", "bot.example.org"]
)
async def test_names_of_this_machine_and_of_the_bot(room: Room, host: str) -> None:
    assert (await room.client.get("/", headers={"Host": host})).status == 200


async def test_a_conversation_has_a_limit(room: Room) -> None:
    for _ in range(CONVERSATION_BURST):
        assert (await room.ask()).status == 200
    response = await room.ask()
    assert response.status == 429
    assert response.headers["Retry-After"] == "3"
    expected = "Messages are coming too fast. Please write again in 3 seconds."
    assert (await response.json()) == {"error": expected}
    assert (await room.ask(conversation="another")).status == 200
    room.clock.now += 2.5
    response = await room.ask(language="sv")
    assert response.headers["Retry-After"] == "1"
    assert "om 1 sekund." in (await response.json())["error"]
    room.clock.now += 0.5
    assert (await room.ask()).status == 200


async def test_an_address_has_a_limit(room: Room) -> None:
    for number in range(ADDRESS_BURST):
        assert (await room.ask(conversation=str(number))).status == 200
    response = await room.post({"text": "a"}, Accept_Language="fi-FI")
    assert response.status == 429
    assert "1 sekunnin kuluttua" in (await response.json())["error"]
    assert (await room.client.get("/api/chat")).status == 429
    assert (await room.client.get("/")).status == 200
    # Somebody else, by what our proxy says; what a client claims before it does not count.
    other = {"X_Forwarded_For": "203.0.113.5, 8.8.8.8:1234"}
    assert (await room.post({"text": "a"}, **other)).status == 200
    room.clock.now += ADDRESS_INTERVAL
    assert (await room.ask(conversation="x")).status == 200
    assert (await room.ask(conversation="y")).status == 429


async def test_a_class_behind_one_address_is_not_refused(room: Room) -> None:
    """25 people who try the page out together, each with a message every two seconds."""
    for turn in range(CONVERSATION_BURST):
        for person in range(25):
            assert (await room.ask(conversation=f"{person}")).status == 200, (turn, person)
        room.clock.now += 2.0


def test_the_limits_of_the_page_are_told() -> None:
    told = " ".join((Path(__file__).parents[3] / "docs" / "commands.md").read_text("utf-8").split())
    assert f"more than {ADDRESS_BURST} messages at once" in told
    assert f"{1 / ADDRESS_INTERVAL:.0f} a second in the long run" in told
    assert f"a conversation {CONVERSATION_BURST}" in told
    assert f"one in {CONVERSATION_INTERVAL:.0f} seconds" in told


async def test_one_network_of_ipv6_is_one_address(room: Room) -> None:
    statuses = []
    for number in range(ADDRESS_BURST + 1):
        headers = {"X_Forwarded_For": f"[2001:db8:1:2::{number + 1:x}]:443"}
        statuses.append((await room.post({"text": "a"}, **headers)).status)
    assert statuses == [200] * ADDRESS_BURST + [429]
    assert (await room.post({"text": "a"}, X_Forwarded_For="2001:db8:1:3::1")).status == 200
    assert (await room.post({"text": "a"}, X_Forwarded_For="nonsense")).status == 200


async def test_a_failure_is_told_with_a_code_and_nothing_else(room: Room) -> None:
    room.script.failure = RuntimeError("secret detail")
    with capture_logs() as logs:
        response = await room.ask(language="sv")
    assert response.status == 500
    sentence = (await response.json())["error"]
    assert "c0de" in sentence
    assert "secret" not in sentence
    assert any(line.get("code") == "c0de" for line in logs)


async def test_the_log_holds_no_word_of_a_turn(room: Room) -> None:
    with capture_logs() as logs:
        await room.ask("Something confidential")
        room.script.answer = replace(ANSWER, private=True)
        await room.ask("Something confidential")
    assert "confidential" not in str(logs)
    assert CONVERSATION not in str(logs)
    first, second = (line for line in logs if line["event"] == "turn.answered")
    assert first["intent"] == "contacts"
    assert "intent" not in second


async def test_other_methods_and_paths(room: Room) -> None:
    assert (await room.client.put("/api/chat", json={})).status == 405
    assert (await room.client.options("/api/chat")).status == 405
    assert (await room.client.post("/", json={})).status == 405


async def test_it_serves_only_where_it_is_attached(snapshot: Snapshot) -> None:
    WebChat(Conversations(lambda: snapshot), lambda: snapshot.knowledge)
    assert len(web.Application().router.routes()) == 0


async def test_what_is_forgotten_is_not_remembered(snapshot: Snapshot, room: Room) -> None:
    room.chat._conversations = Conversations(lambda: snapshot, now=lambda: NOW)
    await room.ask("Kuka on Pirkanmaan yhteyshenkilö?", language="fi")
    afresh = await (await room.ask("Entä Lapin?", conversation="another", language="fi")).json()
    body = {"conversation": CONVERSATION}
    response = await room.client.post("/api/chat/forget", json=body)
    assert (response.status, await response.json()) == (200, {})
    assert response.headers["Cache-Control"] == "no-store"
    answer = await (await room.ask("Entä Lapin?", language="fi")).json()
    assert answer == afresh
    # Once more, and of one that nobody ever had.
    for conversation in (CONVERSATION, "never"):
        body = {"conversation": conversation}
        assert (await room.client.post("/api/chat/forget", json=body)).status == 200


@pytest.mark.parametrize("data", [{}, [], {"conversation": None}, {"conversation": "x" * 101}])
async def test_what_is_to_be_forgotten_must_be_named(room: Room, data: Any) -> None:
    response = await room.client.post("/api/chat/forget", json=data)
    assert response.status == 400
    assert (await response.json())["error"].endswith(".")


async def test_nobody_else_may_have_a_conversation_forgotten(room: Room) -> None:
    body = {"conversation": CONVERSATION}
    for headers in ({"Origin": OTHER_SITE}, {"Sec-Fetch-Site": "cross-site"}):
        response = await room.client.post("/api/chat/forget", json=body, headers=headers)
        assert response.status == 403
    kind = {"Content-Type": "text/plain"}
    data = json.dumps(body)
    assert (await room.client.post("/api/chat/forget", data=data, headers=kind)).status == 415


async def test_forgetting_counts_for_the_limit_of_an_address(room: Room) -> None:
    statuses = []
    for _ in range(ADDRESS_BURST + 1):
        response = await room.client.post("/api/chat/forget", json={"conversation": "x"})
        statuses.append(response.status)
    assert statuses == [200] * ADDRESS_BURST + [429]


async def test_an_answer_says_that_it_is_private_or_that_all_is_forgotten(room: Room) -> None:
    assert not {"private", "forgotten"} & set(await (await room.ask()).json())
    room.script.answer = replace(ANSWER, private=True)
    assert (await (await room.ask()).json())["private"] is True
    room.script.forgotten = True
    assert (await (await room.ask()).json())["forgotten"] is True
