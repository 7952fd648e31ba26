"""Who is let in: a table of forged and broken tokens, the good ones, and the keys behind them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jwt
import pytest
from aiohttp import ClientResponse
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from structlog.testing import capture_logs

from bot.channels.connector import signing_keys
from bot.channels.connector.inbound_tokens import TokenValidator
from bot.channels.connector.signing_keys import SigningKeys
from bot.channels.refusal import RequestRefused
from bot.ops.settings import Settings

from .conftest import MakeWire, Wire
from .fakes import APP_ID, ISSUER, TENANT, FakeOpenId, FakeTime, Signer, base64url

OTHER_TENANT = "12121212-8888-7777-6666-555555555555"
UNKNOWN_PERSON = Signer("key-1")


@dataclass
class Post:
    """A request to be refused: headers, and the activity."""

    headers: list[tuple[str, str]]
    activity: Any


def bearer(token: str, activity: Any) -> Post:
    return Post([("Authorization", f"Bearer {token}")], activity)


def claims(**changes: Any) -> Callable[[Wire], Post]:
    """A token, signed as it should be, with other claims."""
    return lambda wire: bearer(wire.token(**changes), wire.activity())


def header(text: str | None) -> Callable[[Wire], Post]:
    """Another Authorization header, or none."""
    return lambda wire: Post([] if text is None else [("Authorization", text)], wire.activity())


def signed(make: Callable[[Wire], str]) -> Callable[[Wire], Post]:
    """A token made in another way."""
    return lambda wire: bearer(make(wire), wire.activity())


def activity(**changes: Any) -> Callable[[Wire], Post]:
    """A good token with an activity that it is not for."""
    return lambda wire: bearer(wire.token(), wire.activity(**changes))


def algorithm(name: str) -> Callable[[Wire], Post]:
    """The right private key, used with another algorithm."""
    return signed(
        lambda wire: jwt.encode(
            wire.claims(), wire.signer.key, algorithm=name, headers={"kid": wire.signer.key_id}
        )
    )


def parts(token: str) -> list[str]:
    return token.split(".")


def unsigned(wire: Wire, *, signature: str = "") -> str:
    head = {"alg": "none", "typ": "JWT", "kid": wire.signer.key_id}
    claims = wire.claims()
    return ".".join([*(base64url(json.dumps(part).encode()) for part in (head, claims)), signature])


def with_public_key_as_secret(wire: Wire) -> str:
    """The old trick: HMAC with the public key, which everybody has."""
    pem = wire.signer.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    head = {"alg": "HS256", "typ": "JWT", "kid": wire.signer.key_id}
    body = ".".join(base64url(json.dumps(part).encode()) for part in (head, wire.claims()))
    mac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    return f"{body}.{base64url(mac.sign(body.encode(), pem))}"


def altered(wire: Wire) -> str:
    head, _, signature = parts(wire.token())
    payload = base64url(json.dumps(wire.claims(exp=int(time.time()) + 9999)).encode())
    return f"{head}.{payload}.{signature}"


def raw(head: bytes, payload: bytes | None = None) -> Callable[[Wire], Post]:
    """A token whose header or payload are these very bytes, signed in earnest."""

    def make(wire: Wire) -> str:
        good = [base64url(head)]
        good.append(parts(wire.token())[1] if payload is None else base64url(payload))
        algorithm = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256)
        signature = algorithm.sign(".".join(good).encode(), wire.signer.key)
        return ".".join([*good, base64url(signature)])

    return signed(make)


GOOD_HEAD = b'{"alg":"RS256","kid":"key-1"}'

FORGED: dict[str, tuple[int, Callable[[Wire], Post]]] = {
    "no Authorization": (401, header(None)),
    "an empty Authorization": (401, header("")),
    "another scheme": (401, header("Basic dTpw")),
    "no token after Bearer": (401, header("Bearer")),
    "only blanks after Bearer": (401, header("Bearer  ")),
    "garbage": (401, header("Bearer x")),
    "three empty parts": (401, header("Bearer ..")),
    "not base64": (401, header("Bearer ä.ö.å")),
    "two tokens": (
        401,
        lambda wire: Post([("Authorization", f"Bearer {wire.token()}")] * 2, wire.activity()),
    ),
    "two parts": (401, signed(lambda wire: ".".join(parts(wire.token())[:2]))),
    "four parts": (401, signed(lambda wire: f"{wire.token()}.x")),
    "a header that is no JSON": (401, raw(b"{")),
    "a header that is a list": (401, raw(b"[]")),
    "a header too deep to read": (401, raw(b"[" * 3000)),
    "a payload that is a list": (401, raw(GOOD_HEAD, b"[]")),
    "a payload that is not UTF-8": (401, raw(GOOD_HEAD, b"\xff\xfe\xfa")),
    "a payload too deep to read": (401, raw(GOOD_HEAD, b"[" * 3000)),
    "alg none": (401, signed(unsigned)),
    "alg none with a signature": (401, signed(lambda wire: unsigned(wire, signature="eHg"))),
    "alg HS256 with the public key": (401, signed(with_public_key_as_secret)),
    "alg RS384": (401, algorithm("RS384")),
    "alg RS512": (401, algorithm("RS512")),
    "alg PS256": (401, algorithm("PS256")),
    "alg ES256": (
        401,
        signed(
            lambda wire: jwt.encode(
                wire.claims(),
                ec.generate_private_key(ec.SECP256R1()),
                algorithm="ES256",
                headers={"kid": wire.signer.key_id},
            )
        ),
    ),
    "no alg": (401, raw(b'{"kid":"key-1"}')),
    "no key id": (401, raw(b'{"alg":"RS256"}')),
    "a key id that is a number": (401, raw(b'{"alg":"RS256","kid":1}')),
    "an unknown key id": (401, signed(lambda wire: wire.signer.sign(wire.claims(), kid="key-9"))),
    "the id of another key": (
        401,
        signed(lambda wire: wire.signer.sign(wire.claims(), kid="unendorsed")),
    ),
    "a stranger's key": (401, signed(lambda wire: UNKNOWN_PERSON.sign(wire.claims()))),
    "a stranger's key, brought along": (
        401,
        signed(lambda wire: UNKNOWN_PERSON.sign(wire.claims(), jwk=UNKNOWN_PERSON.jwk())),
    ),
    "a key set of the token's own": (
        401,
        signed(lambda wire: UNKNOWN_PERSON.sign(wire.claims(), jku="https://127.0.0.1/keys")),
    ),
    "a critical extension": (
        401,
        raw(b'{"alg":"RS256","kid":"key-1","crit":["exp"]}'),
    ),
    "an altered payload": (401, signed(altered)),
    "no signature": (401, signed(lambda wire: ".".join([*parts(wire.token())[:2], ""]))),
    "half a signature": (401, signed(lambda wire: wire.token()[:-100])),
    "no exp": (401, claims(exp=None)),
    "exp as a text": (401, claims(exp="2099")),
    "exp as true": (401, claims(exp=True)),
    "exp beyond all numbers": (401, raw(GOOD_HEAD, b'{"exp":1e999}')),
    "expired": (401, lambda wire: claims(exp=int(time.time()) - 301)(wire)),
    "no nbf": (401, claims(nbf=None)),
    "not valid yet": (401, lambda wire: claims(nbf=int(time.time()) + 400)(wire)),
    "no issuer": (401, claims(iss=None)),
    "the emulator's issuer": (401, claims(iss=f"https://sts.windows.net/{TENANT}/")),
    "the issuer with a slash": (401, claims(iss=f"{ISSUER}/")),
    "the issuer among others": (401, claims(iss=ISSUER.upper())),
    "no audience": (401, claims(aud=None)),
    "another bot": (401, claims(aud="66666666-2222-3333-4444-555555555555")),
    "a list of audiences": (401, claims(aud=[APP_ID])),
    "the audience of outgoing tokens": (401, claims(aud="https://api.botframework.com")),
    "no serviceurl": (401, claims(serviceurl=None)),
    "another serviceurl": (401, claims(serviceurl="https://smba.trafficmanager.net/emea/")),
    "serviceurl as a number": (401, claims(serviceurl=1)),
    "the activity goes elsewhere": (401, activity(serviceUrl="http://127.0.0.1:1")),
    "the activity goes below": (
        401,
        lambda wire: bearer(wire.token(), wire.activity(serviceUrl=f"{wire.service.url}/x")),
    ),
    "the activity has no serviceUrl": (401, activity(serviceUrl=None)),
    "neither has a serviceUrl": (
        401,
        lambda wire: bearer(wire.token(serviceurl=None), wire.activity(serviceUrl=None)),
    ),
    "both have an empty serviceUrl": (
        401,
        lambda wire: bearer(wire.token(serviceurl=""), wire.activity(serviceUrl="")),
    ),
    "the activity has no channelId": (401, activity(channelId=None)),
    "a channel that the key is not endorsed for": (401, activity(channelId="directline")),
    "the emulator's channel": (401, activity(channelId="emulator")),
    "a key endorsed for nothing": (
        401,
        signed(lambda wire: wire.openid.signers[1].sign(wire.claims())),
    ),
    "a list with a bad token": (401, lambda wire: bearer("a.b.c", [])),
    "another tenant": (
        403,
        activity(
            channelData={"tenant": {"id": OTHER_TENANT}},
            conversation={"id": "c", "tenantId": OTHER_TENANT},
        ),
    ),
    "another tenant in channelData": (403, activity(channelData={"tenant": {"id": OTHER_TENANT}})),
    "another tenant in the conversation": (
        403,
        activity(conversation={"id": "c", "tenantId": OTHER_TENANT}),
    ),
}


@pytest.mark.parametrize(("status", "make"), FORGED.values(), ids=list(FORGED))
async def test_a_bad_token_is_refused(
    wire: Wire, status: int, make: Callable[[Wire], Post]
) -> None:
    post = make(wire)
    with capture_logs() as logs:
        answer = await wire.post(post.activity, headers=post.headers)
    assert answer == (status, b"")
    assert wire.turns == []
    assert wire.service.calls == []
    [line] = [line for line in logs if line["event"] == "request.refused"]
    assert line["status"] == status
    assert line["rule"]
    token = post.headers[0][1].removeprefix("Bearer ").strip() if post.headers else ""
    assert len(token) < 10 or token not in str(logs)


def test_the_table_is_long_enough() -> None:
    assert len(FORGED) >= 30


GOOD: dict[str, Callable[[Wire], Post]] = {
    "a plain one": lambda wire: bearer(wire.token(), wire.activity()),
    "bearer in lower case": lambda wire: Post(
        [("Authorization", f"bearer {wire.token()}")], wire.activity()
    ),
    "expired within the leeway": lambda wire: claims(exp=int(time.time()) - 200)(wire),
    "not valid yet within the leeway": lambda wire: claims(nbf=int(time.time()) + 200)(wire),
    "from Facebook, which has no tenants": activity(
        channelId="facebook", channelData=None, conversation={"id": "c"}
    ),
    "from Teams without any tenant": activity(channelData=None, conversation={"id": "c"}),
    "the tenant in capitals": activity(channelData={"tenant": {"id": TENANT.upper()}}),
}


@pytest.mark.parametrize("make", GOOD.values(), ids=list(GOOD))
async def test_a_good_token_is_let_in(wire: Wire, make: Callable[[Wire], Post]) -> None:
    post = make(wire)
    assert await wire.post(post.activity, headers=post.headers) == (200, b"")
    assert wire.service.texts == [f"echo: {post.activity['text']}"]


async def test_other_tenants_can_be_allowed(make_wire: MakeWire, settings: Settings) -> None:
    wire = await make_wire(
        settings=settings.model_copy(update={"allowed_tenants": (OTHER_TENANT,)})
    )
    there = {"channelData": {"tenant": {"id": OTHER_TENANT}}, "conversation": {"id": "c"}}
    assert await wire.post(wire.activity(**there)) == (200, b"")
    assert await wire.post(wire.activity()) == (403, b"")


@pytest.fixture
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys may be fetched again sooner; how often they are is what test_signing_keys is about."""
    monkeypatch.setattr(signing_keys, "MIN_FETCH_INTERVAL", 0.1)


async def test_who_finds_no_place_to_wait_for_keys_is_told_to_come_again(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind one proxy each client has places of its own."""
    assert (await wire.post(wire.activity()))[0] == 200
    monkeypatch.setattr(signing_keys, "MAX_WAITING_EACH", 1)
    forged = wire.signer.sign(wire.claims(), kid="forged")

    async def post(address: str) -> ClientResponse:
        headers = {"Authorization": f"Bearer {forged}", "X-Forwarded-For": address}
        return await wire.client.post("/api/messages", json=wire.activity(), headers=headers)

    first = [asyncio.create_task(post(f"203.0.113.{number}")) for number in (1, 2)]
    assert wire.connector.keys is not None
    while len(wire.connector.keys._waiting) < 2:  # noqa: ASYNC110 - two requests are under way
        await asyncio.sleep(0.01)
    refused = await post("203.0.113.1")
    assert (refused.status, refused.headers["Retry-After"]) == (503, "5")
    # Whose token is known waits for nothing.
    assert (await wire.post(wire.activity()))[0] == 200
    assert [answer.status for answer in await asyncio.gather(*first)] == [401, 401]


@pytest.mark.usefixtures("_hurried")
async def test_a_rotated_key_is_found(wire: Wire, signers: list[Signer]) -> None:
    assert (await wire.post(wire.activity()))[0] == 200
    wire.openid.signers = [signers[1]]
    wire.signer = signers[1]
    assert (await wire.post(wire.activity()))[0] == 200
    wire.signer = signers[0]
    assert await wire.post(wire.activity()) == (401, b"")


@pytest.mark.usefixtures("_hurried")
async def test_a_rotation_under_load_loses_no_request(wire: Wire, signers: list[Signer]) -> None:
    statuses: list[int] = []

    async def keep_posting() -> None:
        while len(statuses) < 300:
            status, _ = await wire.post(wire.activity())
            statuses.append(status)
            if len(statuses) == 100:
                wire.openid.signers = [signers[1]]
                wire.signer = signers[1]

    await asyncio.gather(*(keep_posting() for _ in range(20)))
    assert set(statuses) == {200}
    assert len(wire.turns) == len(statuses) == len(wire.service.calls)
    assert wire.openid.fetches == 2


async def test_a_token_seen_before_is_checked_again(
    openid: FakeOpenId, signers: list[Signer], http: Any
) -> None:
    clock = FakeTime()
    keys = SigningKeys(openid.url, lambda: http, clock=clock, sleep=clock.sleep)
    validator = TokenValidator(
        keys, app_id=APP_ID, issuer=ISSUER, tenants=frozenset({TENANT}), now=clock
    )
    claims = {"iss": ISSUER, "aud": APP_ID, "serviceurl": "https://x.example"}
    token = signers[0].sign(claims | {"nbf": clock.now, "exp": clock.now + 10_000})
    short = signers[0].sign(claims | {"nbf": clock.now, "exp": clock.now + 100})
    assert await validator.verify(token) is await validator.verify(token)
    await validator.verify(short)
    clock.advance(100 + 299)
    await validator.verify(short)
    clock.advance(1)
    with pytest.raises(RequestRefused, match="expired"):
        await validator.verify(short)
    openid.signers = [signers[1]]
    await keys.refresh()
    task = asyncio.create_task(validator.verify(token))
    await clock.until_asleep(1)
    clock.advance(5)
    with pytest.raises(RequestRefused, match="unknown"):
        await task
