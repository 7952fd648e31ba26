"""The calendars over HTTP: see `Site`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from bot.channels.calendar import calendar_routes
from bot.knowledge.library import Knowledge

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)


@dataclass
class Site:
    """A running site; what it knows can be exchanged."""

    client: TestClient[web.Request, web.Application]
    knowledge: Knowledge

    async def get(
        self, path: str, method: str = "GET", **headers: str
    ) -> tuple[aiohttp.ClientResponse, bytes]:
        """The answer to a request and its body; `If_None_Match` is a header."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        response = await self.client.request(method, path, headers=named)
        return response, await response.read()


MakeSite = Callable[..., Awaitable[Site]]


@pytest.fixture
async def make_site(aiohttp_client: Any, knowledge: Knowledge) -> MakeSite:
    """Starts sites: `await make_site(public_url=…)`."""

    async def make(knows: Knowledge = knowledge, public_url: Any = None, **more: Any) -> Site:
        app = web.Application()
        routes = calendar_routes(lambda: made.knowledge, public_url, now=lambda: NOW, **more)
        app.add_routes(routes)
        made = Site(await aiohttp_client(app), knows)
        return made

    return make


@pytest.fixture
async def site(make_site: MakeSite) -> Site:
    """The site of the real content with its demo meetings."""
    return await make_site()
