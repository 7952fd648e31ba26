"""A bot on loopback with everything around it faked: see `Wire`."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from blockbuster import blockbuster_ctx
from botbuilder.core import TurnContext
from pydantic import SecretStr

from bot.channels.connector import Connector, Credentials, credential_opener
from bot.channels.front_door.checks import front_door
from bot.ops.settings import Settings

from .fakes import (
    APP_ID,
    ISSUER,
    SECRET,
    TENANT,
    FakeConnector,
    FakeLogin,
    FakeOpenId,
    Signer,
    self_signed,
    write_pem,
)

Servers = Callable[..., Awaitable[TestServer]]


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy and no setting of this machine gets into a test."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def signers() -> list[Signer]:
    """Keys of the connector; making one takes a while."""
    return [Signer("key-1"), Signer("key-2"), Signer("unendorsed", endorsements=None)]


@pytest.fixture(scope="session")
def server_pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate and key of the login server."""
    return write_pem(tmp_path_factory.mktemp("tls") / "server.pem", *self_signed(["127.0.0.1"]))


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """An HTTP session."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def login(aiohttp_server: Servers, server_pem: Path) -> AsyncIterator[FakeLogin]:
    """Entra's login over TLS; `url` is its address."""
    fake = FakeLogin()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(server_pem)
    server = await aiohttp_server(fake.app, ssl=context)
    fake.url = f"https://127.0.0.1:{server.port}"
    yield fake
    # TLS says goodbye in its own time; a loop that ends before that leaves sockets open.
    fake.gate.set()
    assert server.handler is not None
    await eventually(lambda: not server.handler.connections)
    for _ in range(50):
        await asyncio.sleep(0)


@pytest.fixture
async def openid(aiohttp_server: Servers, signers: list[Signer]) -> FakeOpenId:
    """The metadata server with the first key and the one that is endorsed for nothing."""
    fake = FakeOpenId(signers[0], signers[2])
    server = await aiohttp_server(fake.app)
    fake.url = str(server.make_url("/metadata"))
    return fake


@pytest.fixture
async def service(aiohttp_server: Servers, login: FakeLogin) -> AsyncIterator[FakeConnector]:
    """The connector, which takes the tokens that the login server issued."""
    fake = FakeConnector(login.issued)
    server = await aiohttp_server(fake.app)
    fake.url = str(server.make_url("/")).rstrip("/")
    yield fake
    fake.gate.set()
    fake.released.set()


@pytest.fixture
def settings(login: FakeLogin, openid: FakeOpenId) -> Settings:
    """The settings of a bot with an app id and a secret."""
    return Settings(
        app_id=APP_ID,
        app_tenant_id=TENANT,
        app_password=SecretStr(SECRET),
        login_url=login.url,
        openid_metadata_url=openid.url,
    )


@dataclass
class Wire:
    """A running bot, and requests to it.

    `turn` is what the bot does in a turn: at first it echoes.
    """

    connector: Connector
    client: TestClient[web.Request, web.Application]
    service: FakeConnector
    signer: Signer
    openid: FakeOpenId
    turn: Callable[[TurnContext], Awaitable[Any]]
    turns: list[TurnContext] = field(default_factory=list)
    numbers: int = 0

    def activity(self, **changes: Any) -> dict[str, Any]:
        """A message from Teams with an id of its own; a change to None leaves a field out."""
        self.numbers += 1
        activity = {
            "type": "message",
            "id": f"id-{self.numbers}",
            "channelId": "msteams",
            "serviceUrl": self.service.url,
            "from": {"id": "29:u1", "name": "Member"},
            "recipient": {"id": "28:bot", "name": "Taikubot"},
            "conversation": {"id": "a:conv1", "tenantId": TENANT},
            "channelData": {"tenant": {"id": TENANT}},
            "text": f"hello {self.numbers}",
        } | changes
        return {key: value for key, value in activity.items() if value is not None}

    def claims(self, **changes: Any) -> dict[str, Any]:
        """The claims of a good token; a change to None leaves a claim out."""
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": APP_ID,
            "nbf": now - 60,
            "exp": now + 3600,
            "serviceurl": self.service.url,
        } | changes
        return {key: value for key, value in claims.items() if value is not None}

    def token(self, **changes: Any) -> str:
        """A token signed with the key in use."""
        return self.signer.sign(self.claims(**changes))

    async def post(
        self,
        activity: Any,
        *,
        token: str | None = None,
        headers: list[tuple[str, str]] | None = None,
    ) -> tuple[int, bytes]:
        """Posts an activity (bytes: as they are); returns status and body."""
        if headers is None:
            headers = [("Authorization", f"Bearer {token or self.token()}")]
        body = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
        if not any(name == "Content-Type" for name, _ in headers):
            headers = [*headers, ("Content-Type", "application/json")]
        response = await self.client.post("/api/messages", data=body, headers=headers)
        return response.status, await response.read()


async def echo(context: TurnContext) -> None:
    """Says what was said."""
    if context.activity.type == "message":
        await context.send_activity(f"echo: {context.activity.text}")


MakeWire = Callable[..., Awaitable[Wire]]


@pytest.fixture
async def make_wire(
    aiohttp_client: Any,
    settings: Settings,
    service: FakeConnector,
    openid: FakeOpenId,
    signers: list[Signer],
    server_pem: Path,
) -> MakeWire:
    """Starts bots: `await make_wire(response_timeout=…)`; other settings with `settings=`."""

    async def make(*, settings: Settings = settings, **arguments: Any) -> Wire:
        async def on_turn(context: TurnContext) -> None:
            made.turns.append(context)
            await made.turn(context)

        credentials = None
        if settings.app_id is not None:
            opener = credential_opener(settings, connection_verify=str(server_pem))
            credentials = Credentials(opener)
        connector = Connector(
            settings,
            on_turn,
            lambda language, code: f"Sorry in {language}, code {code}",
            credentials=credentials,
            **arguments,
        )
        door = front_door(this_machine_only=settings.app_id is None)
        app = web.Application(middlewares=[door])
        connector.attach(app)
        client = await aiohttp_client(app)
        made = Wire(connector, client, service, signers[0], openid, echo)
        return made

    return make


@pytest.fixture
async def wire(make_wire: MakeWire) -> Wire:
    """A bot with an app id, in its right mind."""
    return await make_wire()


@pytest.fixture
async def local_wire(make_wire: MakeWire, service: FakeConnector) -> Wire:
    """A bot without an app id."""
    service.tokens = None
    return await make_wire(settings=Settings())


@pytest.fixture
def blocking() -> Callable[[], Any]:
    """A context in which a blocking call on the event loop raises `BlockingError`."""
    return blockbuster_ctx


async def eventually(condition: Callable[[], bool]) -> None:
    """Lets the loop run until a condition holds; the test's time limit ends it otherwise."""
    while not condition():  # noqa: ASYNC110  # many conditions have no event to wait for
        await asyncio.sleep(0)
