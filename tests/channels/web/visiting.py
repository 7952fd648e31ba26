"""A page in a browser, with a bot behind it that answers, fails or takes its time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from aiohttp.typedefs import Handler
from yarl import URL

from bot.channels.conversation import IncomingMessage, Reply
from bot.channels.web import WebChat

from ..turning import Script
from .browser import Browser
from .scripted import ANSWER, page_app

PHONE: dict[str, Any] = {"width": 320, "height": 640, "touch": True}
DESKTOP: dict[str, Any] = {"width": 1280, "height": 800}
CONTACTS = "Kuka on Pirkanmaan yhteyshenkilö?"


@dataclass
class Moody:
    """A bot that answers, fails, or takes as long as a test wants."""

    script: Script = field(default_factory=lambda: Script(ANSWER))
    held: asyncio.Event | None = None
    forgotten: list[str] = field(default_factory=list)

    def respond(self, message: IncomingMessage) -> Reply:
        """Answers what the script says."""
        return self.script.respond(message)

    async def reply_to(self, message: IncomingMessage) -> Reply:
        """Answers what the script says."""
        return self.respond(message)

    def forget(self, conversation: str) -> None:
        """Remembers nothing but what it was told to forget."""
        self.forgotten.append(conversation)

    @web.middleware
    async def hold(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answers when it is let to."""
        response = await handler(request)
        if self.held is not None and request.path == "/api/chat" and request.method == "POST":
            await self.held.wait()
        return response

    async def wait(self, _: web.Request) -> web.Response:
        """Nothing is answered from now on, until all goes well."""
        self.held = asyncio.Event()
        return web.Response()

    async def mend(self, _: web.Request) -> web.Response:
        """All goes well from now on."""
        self.script.failure = None
        if self.held is not None:
            self.held.set()
        return web.Response()


@dataclass
class Visit:
    """A page on loopback, and what was seen there."""

    browser: Browser
    url: str
    bot: Moody

    async def __call__(self, scenario: str, quiet: bool = True, **options: Any) -> Any:
        """Runs a scenario and checks what holds in all of them; returns its result."""
        seen = await asyncio.to_thread(self.browser.run, scenario, self.url, options)
        assert seen["failures"] == [], seen["failures"]
        assert {URL(one).origin() for one in seen["requests"]} == {URL(self.url).origin()}
        if options.get("scripts", True):
            assert seen["violations"] == [], seen["violations"]
            assert seen["cookies"] == []
            assert seen["axe"] == [], seen["axe"]
            assert seen["overflow"] <= 0
        if quiet:
            assert seen["console"] == [], seen["console"]
        return seen["result"]


async def visits(chat: WebChat, bot: Moody, browser: Browser) -> AsyncIterator[Visit]:
    app = page_app(chat)
    app.middlewares.append(bot.hold)
    app.router.add_post("/mend", bot.mend)
    app.router.add_post("/hold", bot.wait)
    async with TestServer(app) as server:
        yield Visit(browser, str(server.make_url("/")), bot)
