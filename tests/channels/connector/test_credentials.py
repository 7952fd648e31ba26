"""The outgoing token: three kinds of credential against local servers, one fetch, recovery."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.announcements.attempts import POST_TIMEOUT
from bot.announcements.sender import PostDelayed, Target
from bot.answers.model import Answer, Paragraph, Text
from bot.channels.connector import (
    ConnectorClient,
    Credentials,
    CredentialsError,
    RetryPolicy,
    SendFailed,
    SendRefused,
    credential_opener,
)
from bot.channels.connector import credentials as credentials_module
from bot.channels.connector.credentials import (
    FAILURE_PAUSE,
    LOG_INTERVAL,
    MIN_TOKEN_AGE,
    RENEW_BEFORE,
    RETRY_INTERVAL,
    TOKEN_TIMEOUT,
)
from bot.channels.teams.posting import TeamsPosting
from bot.ops.redaction import redact
from bot.ops.settings import Settings

from .conftest import MakeWire, eventually
from .fakes import SECRET, FakeConnector, FakeLogin, FakeTime, self_signed, write_pem
from .test_client import message


@pytest.fixture
def clock() -> FakeTime:
    """Starts now, because the tokens of azure-identity end by the real clock."""
    return FakeTime(time.time())


MakeCredentials = Callable[..., Credentials]


@pytest.fixture
def make(settings: Settings, server_pem: Path, clock: FakeTime) -> MakeCredentials:
    """Makes credentials that trust the fake login; arguments change the settings."""

    def make(**changes: Any) -> Credentials:
        changed = settings.model_copy(update=changes)
        opener = credential_opener(changed, connection_verify=str(server_pem), retry_total=0)
        return Credentials(opener, now=clock, sleep=clock.sleep)

    return make


@pytest.fixture
async def fresh(make: MakeCredentials, clock: FakeTime) -> AsyncIterator[Credentials]:
    """Credentials whose loop has just fetched the first token."""
    credentials = make()
    loop = asyncio.create_task(credentials.keep_fresh())
    await clock.until_asleep(1)
    yield credentials
    loop.cancel()


async def test_a_secret_gets_a_token(make: MakeCredentials, login: FakeLogin) -> None:
    credentials = make()
    assert credentials.problem is not None
    assert await credentials.token() == "outgoing-1"
    assert credentials.problem is None
    assert await credentials.token() == "outgoing-1"
    assert login.requests == 1


async def test_a_certificate_gets_a_token(
    make: MakeCredentials, login: FakeLogin, tmp_path: Path
) -> None:
    login.certificate, key = self_signed(["127.0.0.1"])
    path = write_pem(tmp_path / "app.pem", login.certificate, key)
    assert await make(app_password=None, app_certificate=path).token() == "outgoing-1"


async def test_another_certificate_does_not_and_a_mended_file_does(
    make: MakeCredentials, login: FakeLogin, tmp_path: Path, clock: FakeTime
) -> None:
    login.certificate, key = self_signed(["127.0.0.1"])
    path = write_pem(tmp_path / "app.pem", *self_signed(["127.0.0.1"]))
    credentials = make(app_password=None, app_certificate=path)
    with pytest.raises(CredentialsError, match="AADSTS700027"):
        await credentials.token()
    write_pem(path, login.certificate, key)
    clock.advance(FAILURE_PAUSE)
    assert await credentials.token() == "outgoing-1"


async def test_a_broken_certificate_file_is_said(make: MakeCredentials, tmp_path: Path) -> None:
    (tmp_path / "app.pem").write_text("no certificate")
    credentials = make(app_password=None, app_certificate=tmp_path / "app.pem")
    with pytest.raises(CredentialsError, match="No token can be fetched"):
        await credentials.token()


async def test_a_managed_identity_gets_a_token(
    make: MakeCredentials,
    login: FakeLogin,
    aiohttp_server: Callable[..., Awaitable[Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = await aiohttp_server(FakeLogin().app)
    fake = server.app
    monkeypatch.setenv("IDENTITY_ENDPOINT", str(server.make_url("/msi/token")))
    monkeypatch.setenv("IDENTITY_HEADER", "the-header")
    assert fake is not login.app
    assert await make(app_password=None).token() == "outgoing-1"
    assert login.requests == 0


async def test_a_managed_identity_that_is_not_there_is_said(
    make: MakeCredentials,
    aiohttp_server: Callable[..., Awaitable[Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = await aiohttp_server(FakeLogin().app)
    monkeypatch.setenv("IDENTITY_ENDPOINT", str(server.make_url("/msi/token")))
    monkeypatch.setenv("IDENTITY_HEADER", "another-header")
    credentials = make(app_password=None)
    with pytest.raises(CredentialsError, match="No token can be fetched"):
        await credentials.token()
    assert credentials.problem is not None


async def test_fifty_calls_at_once_are_one_fetch(make: MakeCredentials, login: FakeLogin) -> None:
    credentials = make()
    login.gate.clear()
    calls = [asyncio.create_task(credentials.token()) for _ in range(50)]
    await eventually(lambda: login.requests == 1)
    login.gate.set()
    assert set(await asyncio.gather(*calls)) == {"outgoing-1"}
    assert login.requests == 1


async def test_a_token_is_renewed_before_it_ends(
    fresh: Credentials, login: FakeLogin, clock: FakeTime
) -> None:
    assert await fresh.token() == "outgoing-1"
    assert 3600 - RENEW_BEFORE - 5 < clock.slept[0] <= 3600 - RENEW_BEFORE
    clock.advance(clock.slept[0])
    await clock.until_asleep(2)
    assert await fresh.token() == "outgoing-2"
    assert login.requests == 2


async def test_a_renewal_keeps_nobody_waiting(
    fresh: Credentials, login: FakeLogin, clock: FakeTime
) -> None:
    login.gate.clear()
    clock.advance(clock.slept[0])
    await eventually(lambda: login.requests == 2)
    assert await fresh.token() == "outgoing-1"
    login.gate.set()
    await clock.until_asleep(2)
    assert await fresh.token() == "outgoing-2"


async def test_a_token_that_lives_shortly_is_renewed_half_way(
    make: MakeCredentials, login: FakeLogin, clock: FakeTime
) -> None:
    login.lifetime = 400
    loop = asyncio.create_task(make().keep_fresh())
    await clock.until_asleep(1)
    assert 190 < clock.slept[0] <= 200
    loop.cancel()


async def test_a_failed_renewal_is_said_while_the_old_token_still_works(
    fresh: Credentials, login: FakeLogin, clock: FakeTime
) -> None:
    login.secret_expired = True
    clock.advance(clock.slept[0])
    await clock.until_asleep(2)
    assert fresh.problem is not None
    assert "BOT_APP_PASSWORD" in fresh.problem
    assert await fresh.token() == "outgoing-1"
    clock.advance(RENEW_BEFORE)
    with pytest.raises(CredentialsError, match="expired"):
        await fresh.token()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"app_password": SecretStr("wrong~secret")}, "secret is wrong"),
        ({"app_id": "00000000-0000-0000-0000-000000000000"}, "check BOT_APP_ID"),
        ({"app_tenant_id": "00000000-0000-0000-0000-000000000000"}, "check BOT_APP_TENANT_ID"),
        ({"login_url": "https://127.0.0.1:1"}, "and the network"),
    ],
)
async def test_what_is_wrong_is_said_without_the_secret(
    make: MakeCredentials, changes: dict[str, Any], says: str
) -> None:
    credentials = make(**changes)
    with capture_logs() as logs, pytest.raises(CredentialsError, match=says) as caught:
        await credentials.token()
    assert credentials.problem == str(caught.value)
    assert says in str(logs)
    for secret in (SECRET, "wrong~secret"):
        assert secret not in str(logs) + str(caught.value)
        assert secret not in repr(caught.value.__cause__) + repr(caught.value.args)


async def test_trouble_is_logged_once_a_minute_and_ends_by_itself(
    make: MakeCredentials, login: FakeLogin, clock: FakeTime
) -> None:
    login.secret = "renewed in Entra"
    credentials = make()
    with capture_logs() as logs:
        loop = asyncio.create_task(credentials.keep_fresh())
        for number in range(1, 9):
            await clock.until_asleep(number)
            clock.advance(RETRY_INTERVAL)
        await clock.until_asleep(9)
    # Tries at 0, 15 … 120 s; lines at 0, 60 and 120 s.
    assert login.requests == 9
    assert RETRY_INTERVAL * 4 == LOG_INTERVAL
    assert [line["event"] for line in logs] == ["token.not_fetched"] * 3
    login.secret = SECRET
    clock.advance(RETRY_INTERVAL)
    await clock.until_asleep(10)
    assert credentials.problem is None
    assert await credentials.token() == "outgoing-1"
    loop.cancel()


async def test_a_storm_of_replies_asks_once_while_the_login_is_down(
    make: MakeCredentials, login: FakeLogin, clock: FakeTime
) -> None:
    login.down = True
    credentials = make()
    results = await asyncio.gather(
        *(credentials.token() for _ in range(50)), return_exceptions=True
    )
    assert {type(result) for result in results} == {CredentialsError}
    assert login.requests == 1
    login.down = False
    clock.advance(FAILURE_PAUSE)
    assert await credentials.token() == "outgoing-1"


async def test_a_revoked_token_is_replaced_once(
    fresh: Credentials,
    login: FakeLogin,
    service: FakeConnector,
    http: aiohttp.ClientSession,
    clock: FakeTime,
) -> None:
    sender = ConnectorClient(fresh, lambda: http)
    login.issued.remove("outgoing-1")
    with pytest.raises(SendFailed):
        await sender.send(service.url, "c", message())
    assert len(service.calls) == 1  # The token is too young to be doubted.
    clock.advance(MIN_TOKEN_AGE)
    login.issued.append("something else")
    await sender.send(service.url, "c", message())
    assert [call.token for call in service.calls[1:]] == ["outgoing-1", "outgoing-2"]


async def test_a_connector_that_accepts_no_token_is_not_asked_for_ever(
    fresh: Credentials,
    login: FakeLogin,
    service: FakeConnector,
    http: aiohttp.ClientSession,
    clock: FakeTime,
) -> None:
    service.tokens = []
    clock.advance(MIN_TOKEN_AGE)
    with pytest.raises(SendFailed) as caught:
        await ConnectorClient(fresh, lambda: http).send(service.url, "c", message())
    assert (caught.value.status, caught.value.attempts) == (401, 2)
    assert login.requests == 2


async def test_a_client_of_one_attempt_renews_a_revoked_token_for_the_next_call(
    fresh: Credentials,
    login: FakeLogin,
    service: FakeConnector,
    http: aiohttp.ClientSession,
    clock: FakeTime,
) -> None:
    sender = ConnectorClient(fresh, lambda: http, retry_policy=RetryPolicy(attempts=1))
    login.issued.remove("outgoing-1")
    clock.advance(MIN_TOKEN_AGE)
    with pytest.raises(SendFailed) as caught:
        await sender.send(service.url, "c", message(), once=True)
    assert (caught.value.status, caught.value.uncertain) == (401, False)
    login.issued.append("something else")
    await sender.send(service.url, "c", message(), once=True)
    assert [call.token for call in service.calls] == ["outgoing-1", "outgoing-2"]


async def test_what_waits_for_a_login_that_hangs_is_known_not_to_have_left(
    make: MakeCredentials,
    login: FakeLogin,
    service: FakeConnector,
    http: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert TOKEN_TIMEOUT < POST_TIMEOUT
    monkeypatch.setattr(credentials_module, "TOKEN_TIMEOUT", 0.2)
    credentials = make()
    posting = TeamsPosting(
        ConnectorClient(credentials, lambda: http, retry_policy=RetryPolicy(attempts=1))
    )
    target = Target("msteams", "group", "a:group", service.url, "t", bot_id="28:bot")
    post = Answer("fi", ("announce",), (Paragraph(((Text("Uutinen"),),)),))
    login.gate.clear()
    waiting = [asyncio.create_task(posting.post(target, post)) for _ in range(5)]
    for ended in await asyncio.gather(*waiting, return_exceptions=True):
        assert isinstance(ended, PostDelayed)
        assert not ended.uncertain
    assert service.calls == []
    assert login.requests == 1, "one fetch, for whoever asks next as well"
    login.gate.set()
    # However busy the machine is, the fetch that was begun ends.
    monkeypatch.setattr(credentials_module, "TOKEN_TIMEOUT", 60.0)
    service.tokens = ["outgoing-1"]
    await posting.post(target, post)
    assert len(service.calls) == 1
    assert login.requests == 1
    await credentials.close()


@pytest.mark.parametrize("url", ["http://example.com", "http://127.0.0.1.example.com", "ftp://x"])
async def test_a_token_never_leaves_without_tls(
    fresh: Credentials, http: aiohttp.ClientSession, url: str
) -> None:
    with pytest.raises(SendRefused, match="may be sent to"):
        await ConnectorClient(fresh, lambda: http).send(url, "c", message())


async def test_a_token_does_not_follow_a_redirect(
    fresh: Credentials, http: aiohttp.ClientSession, aiohttp_server: Any
) -> None:
    from aiohttp import web

    elsewhere: list[str] = []

    async def redirect(request: web.Request) -> web.Response:
        if request.path == "/elsewhere":
            elsewhere.append(request.headers.get("Authorization", ""))
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", redirect)
    server = await aiohttp_server(app)
    with pytest.raises(SendFailed):
        await ConnectorClient(fresh, lambda: http).send(str(server.make_url("/")), "c", message())
    assert elsewhere == []


async def test_readiness_turns_red_and_green(
    make_wire: MakeWire, settings: Settings, login: FakeLogin
) -> None:
    wire = await make_wire()
    await eventually(lambda: wire.connector.problems() == [])
    wrong = settings.model_copy(update={"app_password": SecretStr("wrong")})
    red = await make_wire(settings=wrong)
    await eventually(lambda: len(red.connector.problems()) == 1)
    await eventually(lambda: "secret is wrong" in red.connector.problems()[0])
    assert (await red.post(red.activity()))[0] == 200
    assert red.service.calls == []


async def test_a_token_is_a_secret_from_the_moment_it_is_there(make: MakeCredentials) -> None:
    token = await make().token()
    assert token not in redact(f"it says {token}")
