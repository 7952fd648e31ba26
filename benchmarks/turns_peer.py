"""The other side of the benchmark of turns, in a process of its own.

    python -m benchmarks.turns_peer PEM

Serves on loopback: OpenID metadata, Entra's login over TLS (its certificate is written to PEM), and
two connectors, one that takes only the tokens of that login and one that takes none. Says where, as
one line of JSON, and ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.channels.connector.fakes import (
    APP_ID,
    ISSUER,
    FakeLogin,
    FakeOpenId,
    Signer,
    self_signed,
    write_pem,
)

CARD = "application/vnd.microsoft.card.adaptive"
HEAD_END = b"\r\n\r\n"
LONGEST_HEAD = 16 * 1024
TOKEN_LIFE = 24 * 3600


class Counts:
    """What a connector was sent."""

    def __init__(self) -> None:
        self.replied: set[str] = set()
        self.replies = self.cards = self.refused = self.bytes = 0

    def as_json(self) -> dict[str, int]:
        """The figures."""
        return {
            "replied": len(self.replied),
            "replies": self.replies,
            "cards": self.cards,
            "refused": self.refused,
            "bytes": self.bytes,
        }


class LeanConnector(asyncio.Protocol):
    """A connection to the Bot Connector, with as little work a call as can be.

    It shares the machine with the bot that is measured, so it is written on bare asyncio. It takes
    a reply with a good token (or without one, if `tokens` is None) and refuses all else.
    """

    def __init__(self, tokens: Sequence[str] | None, counts: Counts) -> None:
        self._tokens = tokens
        self._counts = counts
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the transport."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answers every call that has come in whole."""
        self._buffer += data
        assert self._transport is not None  # noqa: S101
        while True:
            head, end, rest = self._buffer.partition(HEAD_END)
            if not end:
                if len(head) > LONGEST_HEAD:
                    self._transport.abort()
                return
            line, headers = head_of(head)
            length = int(headers.get("content-length", "0"))
            if len(rest) < length:
                return
            self._buffer = rest[length:]
            self._transport.write(self._answer(line, headers, rest[:length]))

    def _answer(self, line: str, headers: dict[str, str], body: bytes) -> bytes:
        counts = self._counts
        if line.startswith("GET /counts "):
            return response("200 OK", json.dumps(counts.as_json()).encode())
        status = self._refusal(line, headers)
        if status:
            counts.refused += 1
            return response(status, b'{"error": {"code": "Bad"}}')
        activity = json.loads(body)
        if activity.get("type") == "message":
            counts.replies += 1
            counts.bytes += len(body)
            counts.cards += _has_card(activity)
            counts.replied.add(line.split(" ")[1].rpartition("/")[2])
        return response("201 Created", b'{"id": "reply-%d"}' % counts.replies)

    def _refusal(self, line: str, headers: dict[str, str]) -> str:
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if self._tokens is None and token:
            return "400 Bad Request"
        if self._tokens is not None and token not in self._tokens:
            return "401 Unauthorized"
        if not line.startswith("POST /v3/conversations/") or "/activities/" not in line:
            return "405 Method Not Allowed"
        if not headers.get("content-type", "").startswith("application/json"):
            return "415 Unsupported Media Type"
        return ""


def head_of(head: bytes) -> tuple[str, dict[str, str]]:
    """The first line of a request, and its headers."""
    line, *rest = head.decode("latin-1").split("\r\n")
    pairs = (each.partition(":") for each in rest)
    return line, {name.lower(): value.strip() for name, _, value in pairs}


def response(status: str, body: bytes) -> bytes:
    """A response as it goes over the wire."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + HEAD_END + body


def _has_card(activity: dict[str, Any]) -> bool:
    return any(each.get("contentType") == CARD for each in activity.get("attachments") or ())


async def listen(app: web.Application, context: ssl.SSLContext | None = None) -> int:
    """Serves on loopback from now on; gives the port."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    return int(runner.addresses[0][1])


async def _connector(tokens: Sequence[str] | None) -> str:
    counts = Counts()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: LeanConnector(tokens, counts), "127.0.0.1", 0)
    return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def token_of(signer: Signer, service_url: str) -> str:
    """A token of the connector: one serves about an hour there, and the whole run here."""
    now = int(time.time())
    times = {"nbf": now - 60, "exp": now + TOKEN_LIFE}
    return signer.sign({"iss": ISSUER, "aud": APP_ID, "serviceurl": service_url} | times)


async def identity(pem: Path) -> tuple[Signer, FakeLogin, dict[str, str]]:
    """Starts the login and the metadata; gives who signs and lets in, and where they are."""
    signer, login = Signer("key-1"), FakeLogin()
    openid = FakeOpenId(signer)
    write_pem(pem, *self_signed(["127.0.0.1"]))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    places = {
        "login": f"https://127.0.0.1:{await listen(login.app, context)}",
        "openid": f"http://127.0.0.1:{await listen(openid.app)}/metadata",
    }
    return signer, login, places


async def serve(pem: Path) -> None:
    """Starts all of it, says where, and waits for the end of the standard input."""
    signer, login, places = await identity(pem)
    guarded, unguarded = await _connector(login.issued), await _connector(None)
    places |= {
        "guarded": guarded,
        "open": unguarded,
        "token": token_of(signer, guarded),
    }
    print(json.dumps(places), flush=True)
    await asyncio.to_thread(sys.stdin.buffer.read)


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
