"""The page on a server of its own, answered by a script or by the real bot: see `Room`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.conversation import Conversations
from bot.channels.web import WebChat
from bot.knowledge.library import Knowledge
from bot.understanding.reloader import Snapshot
from tests import node_packages
from tests.channels.turning import NOW, Clock, Script

from .browser import Browser, chromium
from .scripted import ANSWER, CONVERSATION, page_app
from .visiting import Moody, Visit, visits


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


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; skips where it is missing."""
    try:
        path = chromium()
    except node_packages.Missing as missing:
        pytest.skip(str(missing))
    browser = Browser.start(path)
    yield browser
    browser.close()


@pytest.fixture
async def visit(browser: Browser, knowledge: Knowledge) -> AsyncIterator[Visit]:
    """The page with a bot that answers what its script says."""
    bot = Moody()
    chat = WebChat(
        bot, lambda: knowledge, now=lambda: NOW, monotonic=Clock(), new_code=lambda: "c0de"
    )
    async for visit in visits(chat, bot, browser):
        yield visit


@pytest.fixture
async def real(browser: Browser, snapshot: Snapshot) -> AsyncIterator[Visit]:
    """The page with the real bot."""
    conversations = Conversations(lambda: snapshot, now=lambda: NOW)
    chat = WebChat(conversations, lambda: snapshot.knowledge, now=lambda: NOW)
    async for visit in visits(chat, Moody(), browser):
        yield visit
