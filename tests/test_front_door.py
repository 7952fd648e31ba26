"""The whole server: the first checks hold on each of its routes, and on those that it has not."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from bot.app import create_app
from bot.channels.front_door.security_txt import PATH as SECURITY_TXT
from bot.ops import metrics
from bot.ops.settings import Settings
from bot.understanding.reloader import ContentReloader, Folders, Snapshot
from tests.channels.front_door.raw import post, send

TOKEN = "0123456789abcdef0123456789abcdef"
APP = {"app_id": "a", "app_tenant_id": "t", "app_password": SecretStr("s")}
ACTIVITY = {
    "type": "message",
    "id": "1",
    "channelId": "msteams",
    "serviceUrl": "http://127.0.0.1:9",
    "from": {"id": "29:u", "aadObjectId": "u"},
    "recipient": {"id": "28:b"},
    "conversation": {"id": "a:1", "conversationType": "personal", "tenantId": "t"},
    "text": "hei",
    "deliveryMode": "expectReplies",
}
CHAT = {"text": "hei"}


@dataclass
class Served:
    """A running server, and what it was asked and answered."""

    client: TestClient[web.Request, web.Application]
    port: int

    def routes(self) -> list[tuple[str, str]]:
        """Each route as method and path, and some that are not there."""
        assert self.client.app is not None
        found = {
            (route.method, resource.canonical.format_map(Any_()))
            for resource in self.client.app.router.resources()
            for route in resource
        }
        assert len(found) > 20
        return sorted(found | {("GET", "/nothing"), ("POST", "/api/nothing"), ("PUT", "/healthz")})

    async def ask(self, method: str, path: str, **headers: str) -> tuple[int, str]:
        """One request, with all that its route needs."""
        body = {"/api/messages": ACTIVITY, "/api/chat": CHAT}.get(path, {"text": {"fi": "x"}})
        more: dict[str, Any] = {"json": body} if method in ("POST", "PATCH") else {}
        named = {"Authorization": f"Bearer {TOKEN}", **headers}
        async with self.client.request(
            method, path, headers=named, allow_redirects=False, **more
        ) as answer:
            return answer.status, await answer.text()


class Any_(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return {"network": "pirkanmaa", "occurrence": "x@2026-12-10", "name": "chat.js"}.get(
            name, "x"
        )


async def serve(snapshot: Snapshot, folder: Path, **more: Any) -> AsyncIterator[Served]:
    settings = Settings(
        database_url=SecretStr(f"sqlite+aiosqlite:///{folder / 'taikubot.db'}"),
        api_token=SecretStr(TOKEN),
        web_chat=True,
        public_url="https://bot.example.org",
        **more,
    )
    reloader = ContentReloader(Folders(Path("content"), Path("intents")), snapshot)
    server = TestServer(create_app(settings, reloader, demo=not more), host="127.0.0.1")
    await server.start_server(auto_decompress=False)
    async with TestClient(server) as client:
        assert server.port is not None
        yield Served(client, server.port)


@pytest.fixture
async def local(snapshot: Snapshot, tmp_path: Path) -> AsyncIterator[Served]:
    """The demo, without an app id."""
    async for one in serve(snapshot, tmp_path):
        yield one


@pytest.fixture
async def public(snapshot: Snapshot, tmp_path: Path) -> AsyncIterator[Served]:
    """A bot with an app id, whose keys are nowhere."""
    nowhere = "http://127.0.0.1:9/metadata"
    async for one in serve(snapshot, tmp_path, openid_metadata_url=nowhere, **APP):
        yield one


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example:3978", "Origin": "http://evil.example:3978"},
        {"Host": "evil.example"},
        {"Host": "bot.example.org"},
        {"Origin": "https://evil.example"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"Via": "1.1 proxy"},
        {"X-Real-IP": "127.0.0.1"},
    ],
    ids=lambda headers: " ".join(headers.values()),
)
async def test_without_an_app_id_no_route_does_anything_for_somebody_else(
    local: Served, headers: dict[str, str]
) -> None:
    """Not by a name that was pointed here, not by a page, not through a proxy."""
    for method, path in local.routes():
        status, told = await local.ask(method, path, **headers)
        assert status == 403, (method, path)
        assert method == "HEAD" or "BOT_APP_ID" in told
    listed = json.loads((await local.ask("GET", "/api/announcements"))[1])
    assert listed == {"announcements": []}


async def test_without_an_app_id_this_machine_is_served(local: Served) -> None:
    """So the test above would notice if a route did something."""
    for path in ("/", "/healthz", "/readyz", "/metrics", "/calendar.ics", SECURITY_TXT):
        assert (await local.ask("GET", path))[0] == 200, path
    status, told = await local.ask("POST", "/api/messages")
    assert (status, len(json.loads(told)["activities"])) == (200, 1)
    assert (await local.ask("POST", "/api/chat"))[0] == 200
    assert (await local.ask("GET", "/nothing"))[0] == 404


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "deflate"])
async def test_no_route_takes_an_encoded_body(public: Served, encoding: str) -> None:
    for method, path in public.routes():
        status, _ = await public.ask(method, path, **{"Content-Encoding": encoding})
        assert status == 415, (method, path)


@pytest.mark.parametrize("path", ["/api/messages", "/api/announcements", "/api/announcements/x"])
async def test_no_body_is_waited_for_before_the_token_was_looked_at(
    public: Served, path: str
) -> None:
    """A head without a single byte of the body that it promises."""
    lines = (
        "Content-Type: application/json",
        "Content-Length: 60000",
        "Authorization: Bearer x.y.z",
    )
    method = b"PATCH" if path.endswith("/x") else b"POST"
    told = await send(public.port, post(path, *lines).replace(b"POST", method, 1))
    assert (told.status, told.closed) == (401, True)


@pytest.mark.parametrize("path", ["/api/messages", "/api/announcements", "/api/announcements/x"])
async def test_no_body_is_invited_before_the_token_was_looked_at(public: Served, path: str) -> None:
    """A client that asks first is refused first; one that has the token is told to go on."""
    method = b"PATCH" if path.endswith("/x") else b"POST"
    lines = ("Content-Type: application/json", "Content-Length: 2", "Expect: 100-continue")
    for token, status in (("x.y.z", 401), (TOKEN, 100)):
        if path == "/api/messages" and status == 100:
            continue  # The key of a good token is nowhere to be had here.
        head = post(path, *lines, f"Authorization: Bearer {token}").replace(b"POST", method, 1)
        told = await send(public.port, head, wait=0)
        assert told.status == status
    odd = post(path, "Content-Length: 2", "Expect: something").replace(b"POST", method, 1)
    assert (await send(public.port, odd, wait=0)).status == 417


async def test_a_body_that_was_asked_for_is_read(public: Served) -> None:
    async with public.client.post("/api/chat", json=CHAT, expect100=True) as answer:
        assert answer.status == 200
        assert (await answer.json())["language"] == "fi"


async def test_a_proxy_is_served_by_any_name_but_shown_no_reasons(public: Served) -> None:
    """Probes ask by address, proxies pass on a name: both are answered."""
    for host in ("10.0.0.7:3978", "bot.example.org", "taikubot", "other.example.org"):
        assert (await public.ask("GET", "/healthz", Host=host))[0] == 200
        assert (await public.ask("GET", "/calendar.ics", Host=host))[0] == 200
    # A stranger's page could point its name here, and read what an operator may.
    for host, shown in (("127.0.0.1", True), ("taikubot:3978", True), ("evil.example", False)):
        _, ready = await public.ask("GET", "/readyz", Host=host)
        assert ("problems" in json.loads(ready)) is shown
        assert (await public.ask("GET", "/metrics", Host=host))[0] == (200 if shown else 404)


async def test_refusals_are_counted_under_names_of_our_own(public: Served) -> None:
    for word in ("gzip", "SECRET-1", "SECRET-2"):
        await public.ask("GET", "/healthz", **{"Content-Encoding": word})
        await public.ask("GET", "/api/announcements", Authorization=f"Bearer {word}")
        await public.ask("POST", "/api/messages", Authorization=f"Bearer {word}")
    told = metrics.exposition()[0].decode()
    for channel, rule in (
        ("front_door", "content encoding"),
        ("api", "token"),
        ("connector", "the token cannot be read"),
    ):
        assert f'taikubot_requests_refused_total{{channel="{channel}",rule="{rule}"}}' in told
    assert "SECRET" not in told
