"""Servers that answer without end, or ever so slowly: memory and time stay bounded.

Each answer is tried plain and compressed, as success and as error, on whatever calls a server.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from azure.core.exceptions import AzureError
from azure.core.rest import HttpRequest
from botbuilder.schema import Activity
from pydantic import SecretStr

from bot.announcements.sender import Target
from bot.channels.connector import ConnectorClient, Credentials, RetryPolicy, credential_opener
from bot.channels.connector import bounded_transport as bounds
from bot.channels.connector.errors import ConnectorError
from bot.channels.connector.signing_keys import SigningKeys
from bot.channels.facebook_page import FacebookPage
from bot.commands.doctor_checks import public_address
from bot.ops.settings import Settings

WHOLE = 400_000_000
"""Bytes of an answer, inflated."""

MOST_MEMORY = 40_000_000
"""Bytes that Python may hold at once more than before: a tenth of the answer."""

CHUNK = b" " * 65_536


def _compressed() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [packer.compress(CHUNK) for _ in range(WHOLE // len(CHUNK))]
    return b"".join([*parts, packer.flush()])


class Flood:
    """A server whose every answer is 400 MB of spaces, or comes drop by drop."""

    def __init__(self) -> None:
        self.status = 200
        self.packed: bytes | None = None
        self.drip = False
        self.asked = self.sent = 0
        self.app = web.Application()
        self.app.router.add_route("*", "/{path:.*}", self._answer)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        await request.read()
        self.asked += 1
        answer = web.StreamResponse(status=self.status)
        answer.content_type = "application/json"
        if self.packed is not None:
            answer.headers["Content-Encoding"] = "gzip"
        with contextlib.suppress(ConnectionError):
            await answer.prepare(request)
            if self.drip:
                while True:
                    await answer.write(b" ")
                    await asyncio.sleep(0.05)
            elif self.packed is not None:
                self.sent += len(self.packed)
                await answer.write(self.packed)
            else:
                for _ in range(WHOLE // len(CHUNK)):
                    await answer.write(CHUNK)
                    self.sent += len(CHUNK)
        return answer


@pytest.fixture
def flood() -> Flood:
    return Flood()


@pytest.fixture
async def url(flood: Flood) -> AsyncIterator[str]:
    server = TestServer(flood.app, shutdown_timeout=0.1)
    await server.start_server()
    yield str(server.make_url("/")).rstrip("/")
    await server.close()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


Call = Callable[[str, aiohttp.ClientSession], Awaitable[object]]
TARGET = Target("facebook-page", "page", "1234", "", "facebook-page")


def _client(session: aiohttp.ClientSession) -> ConnectorClient:
    policy = RetryPolicy(attempts=1, total=3, attempt=3)
    return ConnectorClient(None, lambda: session, retry_policy=policy)


def _page(url: str, session: aiohttp.ClientSession) -> FacebookPage:
    return FacebookPage(SecretStr("page-token"), url, lambda: session)


async def _post(url: str, session: aiohttp.ClientSession) -> object:
    return await _client(session).send(url, "19:x", Activity(type="message", text="moi"))


async def _list(url: str, session: aiohttp.ClientSession) -> object:
    return await _client(session).channels(url, "19:x")


async def _keys(url: str, session: aiohttp.ClientSession) -> object:
    keys = SigningKeys(url, lambda: session)
    await keys.refresh()
    assert keys.problem
    return None


async def _page_name(url: str, session: aiohttp.ClientSession) -> object:
    return await _page(url, session).name(TARGET)


async def _doctor(url: str, _: aiohttp.ClientSession) -> object:
    found = [one async for one in public_address(Settings(public_url=url))]
    assert [one.level for one in found] == ["warning"]
    return None


def _login(settings: dict[str, Any]) -> Callable[[str, aiohttp.ClientSession], Awaitable[object]]:
    async def call(url: str, _: aiohttp.ClientSession) -> object:
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("IDENTITY_ENDPOINT", f"{url}/msi/token")
            patched.setenv("IDENTITY_HEADER", "x")
            opener = credential_opener(
                Settings(app_id="x", app_tenant_id="y", **settings), retry_total=0
            )
            credentials = Credentials(opener)
            try:
                return await credentials.token()
            finally:
                await credentials.close()

    return call


CALLS: dict[str, Call] = {
    "a post": _post,
    "a list": _list,
    "signing keys": _keys,
    "the Page": _page_name,
    "doctor": _doctor,
    "a managed identity": _login({}),
}


@pytest.fixture(scope="module")
def packed() -> bytes:
    return _compressed()


@pytest.mark.parametrize("status", [200, 400, 503])
@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "compressed"])
@pytest.mark.parametrize("call", CALLS.values(), ids=list(CALLS))
async def test_an_endless_answer_takes_little_memory(
    call: Call,
    compressed: bool,
    status: int,
    flood: Flood,
    url: str,
    session: aiohttp.ClientSession,
    packed: bytes,
) -> None:
    flood.status, flood.packed = status, packed if compressed else None
    # What is imported late, and the first connection, count for nothing.
    tracemalloc.start(1)
    try:
        before = tracemalloc.get_traced_memory()[0]
        with contextlib.suppress(Exception):
            await call(url, session)
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert flood.asked
    assert peak < MOST_MEMORY
    # It was let go long before the end.
    assert compressed or flood.sent < WHOLE / 4


@pytest.mark.parametrize("call", CALLS.values(), ids=list(CALLS))
async def test_an_answer_that_drips_is_given_up(
    call: Call,
    flood: Flood,
    url: str,
    session: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each byte comes in time, and there are ever more of them."""
    monkeypatch.setattr(bounds, "ANSWER_TIMEOUT", 2.0)
    flood.drip = True
    began = time.monotonic()
    with contextlib.suppress(Exception):
        async with asyncio.timeout(60):
            await call(url, session)
    assert flood.asked
    assert time.monotonic() - began < 45


async def test_a_token_in_an_answer_of_usual_size_is_read(flood: Flood, url: str) -> None:
    """The bounds of the login server leave good answers alone, compressed or not."""
    flood.packed = zlib.compress(b'{"access_token": "x"}' + b" " * 50_000, wbits=31)
    async with bounds.BoundedTransport() as transport:
        answer = await transport.send(HttpRequest("GET", url))
        assert answer.json() == {"access_token": "x"}
        assert answer.status_code == 200


async def test_a_larger_answer_is_refused(flood: Flood, url: str) -> None:
    flood.packed = zlib.compress(b" " * (bounds.MAX_ANSWER + 1), wbits=31)
    async with bounds.BoundedTransport() as transport:
        with pytest.raises(AzureError, match="too large"):
            await transport.send(HttpRequest("GET", url))


async def test_a_login_server_that_drips_does_not_hold_the_lock(
    flood: Flood, url: str, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.connector.credentials.FETCH_TIMEOUT", 1.0)
    flood.drip = True
    with pytest.raises(ConnectorError, match="No token"):
        await _login({})(url, session)
