"""The other side, on loopback: OpenID metadata, Entra's login, the connector, and time itself.

Each fake refuses what the real one refuses, so that a test cannot pass by being let off.
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import ipaddress
import json
import re
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

APP_ID = "11111111-2222-3333-4444-555555555555"
TENANT = "99999999-8888-7777-6666-555555555555"
SECRET = "a-right-secret~1"
ISSUER = "https://api.botframework.com"


class FakeTime:
    """A clock that stands still until it is advanced, and a sleep that obeys it."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now
        self.slept: list[float] = []
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []
        self._asleep = asyncio.Condition()

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.get_running_loop().create_future()
        async with self._asleep:
            self.slept.append(seconds)
            self._sleepers.append((self.now + seconds, woken))
            self._asleep.notify_all()
        await woken

    async def until_asleep(self, times: int) -> None:
        """Waits until `times` sleeps have begun since the start."""
        async with self._asleep:
            await self._asleep.wait_for(lambda: len(self.slept) >= times)

    def advance(self, seconds: float) -> None:
        """Lets time pass and wakes whoever has slept long enough."""
        self.now += seconds
        for due, woken in self._sleepers:
            if due <= self.now and not woken.done():
                woken.set_result(None)


@dataclass
class Signer:
    """A private key of the connector, as its tokens and the key set know it."""

    key_id: str
    endorsements: list[str] | None = field(default_factory=lambda: ["msteams", "facebook"])
    key: rsa.RSAPrivateKey = field(
        default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )

    def jwk(self) -> dict[str, Any]:
        jwk = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        jwk |= {"kid": self.key_id, "use": "sig"}
        if self.endorsements is not None:
            jwk["endorsements"] = self.endorsements
        return jwk

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        header = {"kid": self.key_id} | header
        return jwt.encode(claims, self.key, algorithm="RS256", headers=header)


class FakeOpenId:
    """Metadata and key set, as login.botframework.com publishes them."""

    def __init__(self, *signers: Signer) -> None:
        self.url = ""
        self.signers = list(signers)
        self.extra_keys: list[Any] = []
        self.cache_control: str | None = "max-age=3600"
        self.status = 200
        self.body: bytes | None = None
        self.jwks_uri: str | None = None
        self.fetches = 0
        self.key_fetches = 0
        self.app = web.Application()
        self.app.router.add_get("/metadata", self._metadata)
        self.app.router.add_get("/keys", self._keys)

    async def _metadata(self, request: web.Request) -> web.Response:
        self.fetches += 1
        if self.body is not None:
            return web.Response(body=self.body, content_type="application/json")
        uri = self.jwks_uri or str(request.url.origin() / "keys")
        return self._answer({"issuer": ISSUER, "jwks_uri": uri})

    async def _keys(self, request: web.Request) -> web.Response:
        self.key_fetches += 1
        return self._answer({"keys": self.extra_keys + [each.jwk() for each in self.signers]})

    def _answer(self, value: Any) -> web.Response:
        headers = {"Cache-Control": self.cache_control} if self.cache_control else {}
        if 300 <= self.status < 400:
            headers["Location"] = "/metadata"
        return web.json_response(value, status=self.status, headers=headers)


class FakeLogin:
    """Entra's token endpoint: client credentials with a secret or a signed assertion."""

    def __init__(self) -> None:
        self.url = ""
        self.secret = SECRET
        self.secret_expired = False
        self.certificate: x509.Certificate | None = None
        self.lifetime = 3600
        self.requests = 0
        self.issued: list[str] = []
        self.down = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.app = web.Application()
        self.app.router.add_post("/{tenant}/oauth2/v2.0/token", self._token)
        self.app.router.add_get("/msi/token", self._managed_identity)

    def issue(self) -> str:
        self.issued.append(f"outgoing-{len(self.issued) + 1}")
        return self.issued[-1]

    async def _token(self, request: web.Request) -> web.Response:
        self.requests += 1
        await self.gate.wait()
        form = await request.post()
        if self.down:
            return web.Response(status=503)
        if request.match_info["tenant"] != TENANT:
            return self._error(90002, "invalid_request")
        if form["grant_type"] != "client_credentials":
            return self._error(70003, "unsupported_grant_type")
        if form["scope"] != "https://api.botframework.com/.default":
            return self._error(1002012, "invalid_scope")
        if form["client_id"] != APP_ID:
            return self._error(700016, "unauthorized_client")
        if "client_assertion" in form:
            return self._certificate(request, str(form["client_assertion"]))
        if self.secret_expired:
            return self._error(7000222, "invalid_client", 401)
        if form["client_secret"] != self.secret:
            # The real one does not say the secret; a careless one might.
            return self._error(7000215, f"invalid_client {form['client_secret']!s}", 401)
        return self._good()

    def _certificate(self, request: web.Request, assertion: str) -> web.Response:
        assert self.certificate is not None
        try:
            audience = str(request.url.with_query(None))
            public_key: Any = self.certificate.public_key()
            claims = jwt.decode(assertion, public_key, algorithms=["PS256"], audience=audience)
        except jwt.PyJWTError:
            return self._error(700027, "invalid_client", 401)
        thumbprint = base64.urlsafe_b64encode(self.certificate.fingerprint(hashes.SHA256()))
        header = jwt.get_unverified_header(assertion)
        if header.get("x5t#S256") != thumbprint.decode() or claims["iss"] != APP_ID:
            return self._error(700027, "invalid_client", 401)
        return self._good()

    async def _managed_identity(self, request: web.Request) -> web.Response:
        self.requests += 1
        good = (
            request.headers.get("X-IDENTITY-HEADER") == "the-header"
            and request.query.get("resource") == "https://api.botframework.com"
            and request.query.get("client_id") == APP_ID
            and request.query.get("api-version") == "2019-08-01"
        )
        if not good:
            return web.json_response({"statusCode": 400, "message": "No identity"}, status=400)
        ends = str(int(time.time()) + self.lifetime)
        answer = {"access_token": self.issue(), "expires_on": ends, "token_type": "Bearer"}
        return web.json_response(answer | {"resource": request.query["resource"]})

    def _good(self) -> web.Response:
        token = {"token_type": "Bearer", "access_token": self.issue()}
        return web.json_response(token | {"expires_in": self.lifetime})

    def _error(self, code: int, error: str, status: int = 400) -> web.Response:
        text = f"AADSTS{code}: something about {error}. Trace ID: 1"
        answer = {"error": error.split()[0], "error_description": text, "error_codes": [code]}
        return web.json_response(answer, status=status)


@dataclass
class Call:
    """A call that the connector got."""

    method: str
    path: str
    token: str | None
    body: Any


@dataclass(frozen=True)
class Status:
    """A scripted refusal of the connector."""

    status: int
    retry_after: str | None = None
    code: str = "Scripted"
    message: str = "scripted"


@dataclass(frozen=True)
class Raw:
    """A scripted answer, byte by byte."""

    status: int
    body: bytes = b""
    content_type: str | None = "application/json; charset=utf-8"


NOT_FOUND_PAGE = b"<!DOCTYPE html><html><body>Web Site not found</body></html>"

HANG, RESET, HALF, HALF_HEAD = "hang", "reset", "half", "half head"

PATHS = {
    "POST": r"/v3/conversations|/v3/conversations/[^/]+/activities(/[^/]+)?",
    "PUT": r"/v3/conversations/[^/]+/activities/[^/]+",
    "DELETE": r"/v3/conversations/[^/]+/activities/[^/]+",
    "GET": r"/v3/teams/[^/]+(/conversations)?|/v3/conversations/[^/]+/pagedmembers",
}


class FakeConnector:
    """The Bot Connector. `script` holds what the next calls end in; then all goes well.

    `tokens` None means that a call must come without a token.
    """

    def __init__(self, tokens: list[str] | None = None) -> None:
        self.url = ""
        self.tokens = tokens
        self.calls: list[Call] = []
        self.script: deque[Status | Raw | str] = deque()
        self.released = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self._arrived = asyncio.Condition()
        self.app = web.Application()
        self.app.router.add_route("*", "/{tail:.*}", self._handle)

    @property
    def texts(self) -> list[str]:
        """The texts of the messages posted, in their order."""
        return [call.body["text"] for call in self.calls if call.method == "POST"]

    async def until_called(self, times: int) -> None:
        """Waits until `times` calls have come since the start."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.calls) >= times)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        raw = await request.read()
        body = json.loads(raw) if raw else None
        call = Call(request.method, request.raw_path, token or None, body)
        async with self._arrived:
            self.calls.append(call)
            self._arrived.notify_all()
        await self.gate.wait()
        if refusal := self._refusal(request, scheme, call):
            return web.json_response(
                {"error": {"code": "Bad", "message": refusal[1]}}, **refusal[0]
            )
        if self.script:
            action = self.script.popleft()
            if isinstance(action, Status):
                headers = {"Retry-After": action.retry_after} if action.retry_after else {}
                error = {"error": {"code": action.code, "message": action.message}}
                return web.json_response(error, status=action.status, headers=headers)
            if isinstance(action, Raw):
                return _raw(action)
            return await self._break(request, action)
        return self._good(request, call)

    def _refusal(
        self, request: web.Request, scheme: str, call: Call
    ) -> tuple[dict[str, Any], str] | None:
        if self.tokens is None and call.token is not None:
            return {"status": 400}, "a token was sent to a stranger"
        if self.tokens is not None and (scheme != "Bearer" or call.token not in self.tokens):
            return {"status": 401}, "no good token"
        path = call.path.partition("?")[0]
        if not re.fullmatch(PATHS.get(call.method, "-"), path):
            return {"status": 405}, "no such call"
        if call.method in ("POST", "PUT"):
            if request.content_type != "application/json":
                return {"status": 415}, "not JSON"
            activity = call.body.get("activity") if path == "/v3/conversations" else call.body
            if not isinstance(activity, dict) or not activity.get("type"):
                return {"status": 400}, "no activity"
            if path == "/v3/conversations" and not call.body["channelData"]["channel"]["id"]:
                return {"status": 400}, "no channel"
        elif call.body is not None:
            return {"status": 400}, "a body nobody needs"
        return None

    async def _break(self, request: web.Request, action: str) -> web.StreamResponse:
        assert request.transport is not None
        if action == HANG:
            await self.released.wait()
        elif action == HALF:
            response = web.StreamResponse(status=201, headers={"Content-Length": "100"})
            await response.prepare(request)
            await response.write(b'{"id": "ha')
        elif action == HALF_HEAD:
            request.transport.write(b"HTTP/1.1 20")
        request.transport.abort()
        return web.Response()

    def _good(self, request: web.Request, call: Call) -> web.Response:
        number = len(self.calls)
        path = call.path.partition("?")[0]
        if path == "/v3/conversations":
            channel = call.body["channelData"]["channel"]["id"]
            thread = {"id": f"{channel};messageid={number}", "activityId": str(number)}
            return web.json_response(thread, status=201)
        if path.startswith("/v3/teams/"):
            if not path.endswith("/conversations"):
                return web.json_response({"id": "19:t@thread.tacv2", "name": "Culture team"})
            channels = [{"id": "19:t@thread.tacv2"}, {"id": "19:c@thread.tacv2", "name": "Dance"}]
            return web.json_response({"conversations": channels})
        if path.endswith("/pagedmembers"):
            return web.json_response({"members": [{"id": "29:u1", "name": "Member"}]})
        if call.method == "DELETE":
            return web.Response()
        return web.json_response({"id": f"act-{number}"}, status=201)


def _raw(answer: Raw) -> web.Response:
    response = web.Response(status=answer.status, body=answer.body)
    # aiohttp gives every body a type; a gateway may not.
    response.headers.pop("Content-Type", None)
    if answer.content_type is not None:
        response.headers["Content-Type"] = answer.content_type
    return response


def self_signed(names: list[str]) -> tuple[x509.Certificate, rsa.RSAPrivateKey]:
    """A certificate that vouches for itself, with its private key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "taikubot test")])
    now = dt.datetime.now(dt.UTC)
    addresses = [x509.IPAddress(ipaddress.ip_address(each)) for each in names]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(addresses), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate, key


def write_pem(path: Path, certificate: x509.Certificate, key: rsa.RSAPrivateKey) -> Path:
    """Writes a certificate and its key to one file."""
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path


def base64url(data: bytes) -> str:
    """Base64 as tokens use it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
