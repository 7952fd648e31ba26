"""The page on a server of its own, answered by a script or by the real bot: see `Room`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from bot.answers.model import (
    Action,
    Answer,
    Bullets,
    Heading,
    LinkSpan,
    Paragraph,
    Suggestion,
    Text,
)
from bot.channels.web import WebChat
from bot.knowledge.library import Knowledge
from tests.channels.turning import NOW, Clock, Script

CONVERSATION = "0123456789abcdef0123456789abcdef"
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"

ANSWER = Answer(
    "en",
    ("contacts",),
    (
        Heading("Member"),
        Paragraph(
            (
                (Text("Coordinator", bold=True), Text(" in Pirkanmaa")),
                (Text("Phone: "), LinkSpan("040 123", "tel:+358401234")),
            )
        ),
        Bullets(((Text("one"),), (LinkSpan("two", "https://example.org/"),))),
    ),
    (Action("Wrong information?", "mailto:keeper@example.org"),),
    (Suggestion("How do I join?", "How do I join Pirkanmaa?", "join", ("pirkanmaa",)),),
)


@dataclass
class Room:
    """The page's server, what the bot behind it was asked, and its clock."""

    client: TestClient[web.Request, web.Application]
    script: Script
    clock: Clock
    chat: WebChat

    async def post(self, data: Any, **headers: str) -> ClientResponse:
        """Posts a message; `Sec_Fetch_Site` is the header Sec-Fetch-Site."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post("/api/chat", json=data, headers=named)

    async def ask(self, text: str = "Who?", **changes: Any) -> ClientResponse:
        """Posts a message of the right shape."""
        data = {"text": text, "conversation": CONVERSATION, "language": "en"} | changes
        return await self.post(data)


def page_app(chat: WebChat) -> web.Application:
    """An application with nothing but the page."""
    app = web.Application()
    chat.attach(app)
    return app


@pytest.fixture
async def room(knowledge: Knowledge) -> AsyncIterator[Room]:
    """A page whose bot answers what its script says."""
    script, clock = Script(ANSWER), Clock()
    chat = WebChat(
        script,
        lambda: knowledge,
        public_url="https://bot.example.org",
        now=lambda: NOW,
        monotonic=clock,
        new_code=lambda: "c0de",
    )
    async with TestClient(TestServer(page_app(chat))) as client:
        yield Room(client, script, clock, chat)
