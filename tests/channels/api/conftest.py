"""The API on a server of its own, with a database in a file and the demo meetings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from bot.announcements.names import Names
from bot.announcements.sender import Target
from bot.channels.api import Api
from bot.channels.rate_limit import RateLimit
from bot.store.tables import metadata
from tests.announcements.world import ClockedDatabase, World

TOKEN = "0123456789abcdef0123456789abcdef"


@dataclass
class Room:
    """The server, and the services behind it."""

    world: World
    client: TestClient[web.Request, web.Application]
    limit: RateLimit
    names: dict[str, str]
    """What channels are called, by their ids; another one's name never comes."""

    async def call(
        self, method: str, path: str = "", token: str | None = TOKEN, **more: Any
    ) -> ClientResponse:
        """One request under /api/announcements."""
        headers = dict(more.pop("headers", {}))
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return await self.client.request(
            method, f"/api/announcements{path}", headers=headers, **more
        )

    async def announce(self, **body: Any) -> str:
        """Posts an announcement that is taken; gives its id."""
        answer = await self.call("POST", json=body)
        assert answer.status == 202, await answer.text()
        made = await answer.json()
        assert set(made) == {"id"}
        return str(made["id"])


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """The API with three channels that follow networks."""
    database = ClockedDatabase(f"sqlite+aiosqlite:///{tmp_path / 'taikubot.db'}")
    async with database.transaction() as tx:
        await tx.run_sync(metadata.create_all)
    world = World(database, tmp_path)
    for name, network in (("19:a", "pirkanmaa"), ("19:b", "uusimaa"), ("19:c", "*")):
        await world.channel(name, network)
    limit = RateLimit(1_000_000, 0.001)
    app = web.Application()
    called: dict[str, str] = {}

    async def name_of(target: Target) -> str | None:
        if target.remote_id not in called:
            await asyncio.Event().wait()
        return called[target.remote_id]

    names = Names(name_of)
    url = "https://bot.example.org/chat"
    Api(world.announcements, SecretStr(TOKEN), url, names=names, limit=limit).attach(app)
    async with TestClient(TestServer(app)) as client:
        yield Room(world, client, limit, called)
    await names.close()
    await database.close()
