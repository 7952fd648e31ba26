"""The first checks of every request, and the end of the connections of those that are refused."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, make_mocked_request
from structlog.testing import capture_logs

from bot.channels.front_door.checks import check_this_machine, front_door
from bot.channels.refusal import RequestRefused
from bot.ops.hosts import is_forwarded, is_own_name

from .raw import post, send

JSON = "Content-Type: application/json"
CHUNKED = "Transfer-Encoding: chunked"
CHUNK = b"5\r\nhello\r\n"
NO_MORE = b"0\r\n\r\n"


@dataclass
class Door:
    """A server behind the checks, and the bodies that its route has read."""

    port: int = 0
    read: list[bytes] = field(default_factory=list)


async def open_door(*, this_machine_only: bool) -> AsyncIterator[Door]:
    made = Door()

    async def read(request: web.Request) -> web.Response:
        made.read.append(await request.read())
        return web.Response(text="read")

    async def unread(_: web.Request) -> web.Response:
        return web.Response(text="unread")

    async def fail(_: web.Request) -> web.Response:
        raise web.HTTPConflict

    app = web.Application(middlewares=[front_door(this_machine_only=this_machine_only)])
    app.router.add_route("*", "/read", read)
    app.router.add_route("*", "/unread", unread)
    app.router.add_post("/fail", fail)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server(auto_decompress=False)
    try:
        assert server.port is not None
        made.port = server.port
        yield made
    finally:
        await server.close()


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    """A server of a bot with an app id."""
    async for one in open_door(this_machine_only=False):
        yield one


@pytest.fixture
async def local_door() -> AsyncIterator[Door]:
    """A server of a bot without one."""
    async for one in open_door(this_machine_only=True):
        yield one


# --- encodings


@pytest.mark.parametrize(
    "encoding", ["gzip", "deflate", "br", "zstd", "compress", "x-gzip", "GZIP", "identity, gzip"]
)
@pytest.mark.parametrize("path", ["/read", "/unread", "/nothing"])
async def test_an_encoded_body_is_refused_on_every_route(
    door: Door, encoding: str, path: str
) -> None:
    body = gzip.compress(b" " * 1_000_000)
    lines = (f"Content-Encoding: {encoding}", JSON, f"Content-Length: {len(body)}")
    told = await send(door.port, post(path, *lines), body)
    assert (told.status, told.closed) == (415, True)
    assert told.headers["connection"] == "close"
    assert door.read == []


async def test_a_second_content_encoding_counts_too(door: Door) -> None:
    lines = ("Content-Encoding: identity", "Content-Encoding: gzip", "Content-Length: 0")
    assert (await send(door.port, post("/read", *lines), wait=0)).status == 415


async def test_no_encoding_is_no_encoding(door: Door) -> None:
    for line in ("Content-Encoding: identity", "Content-Encoding:", "X: y"):
        told = await send(door.port, post("/read", line, "Content-Length: 2"), b"{}", wait=0)
        assert told.status == 200
    assert door.read == [b"{}"] * 3


async def test_a_refusal_waits_for_nothing_of_the_body(door: Door) -> None:
    """Not a byte of it comes, and the answer is there all the same."""
    told = await send(door.port, post("/read", "Content-Encoding: br", "Content-Length: 250000"))
    assert (told.status, told.closed) == (415, True)


@pytest.mark.parametrize("line", ["Transfer-Encoding: gzip, chunked", "Transfer-Encoding: deflate"])
async def test_a_body_is_sent_in_chunks_or_whole(door: Door, line: str) -> None:
    told = await send(door.port, post("/read", line), CHUNK, NO_MORE)
    # Some of it the parser refuses by itself.
    assert told.status in (400, 415)
    assert told.closed
    assert door.read == []


async def test_chunks_are_taken(door: Door) -> None:
    assert (await send(door.port, post("/read", CHUNKED), CHUNK, NO_MORE, wait=0)).status == 200
    assert door.read == [b"hello"]


async def test_chunks_in_an_older_protocol_are_refused(door: Door) -> None:
    head = post("/read", CHUNKED).replace(b"HTTP/1.1", b"HTTP/1.0")
    told = await send(door.port, head, CHUNK, NO_MORE)
    assert (told.status, told.closed) == (400, True)
    assert door.read == []


# --- what nobody reads


@pytest.mark.parametrize(("path", "status"), [("/unread", 200), ("/fail", 409), ("/nothing", 404)])
async def test_a_body_that_nobody_reads_ends_the_connection(
    door: Door, path: str, status: int
) -> None:
    """However long the client goes on sending."""
    told = await send(door.port, post(path, CHUNKED), CHUNK, then=CHUNK * 1_000)
    assert (told.status, told.closed) == (status, True)


async def test_a_connection_goes_on_where_all_was_read(door: Door) -> None:
    head = post("/read", "Content-Length: 2")
    told = await send(door.port, head, b"{}", then=head + b"{}", wait=0.3)
    assert (told.status, told.closed) == (200, False)
    assert len(door.read) > 1


# --- Host


@pytest.mark.parametrize(
    "host", ["", "evil.example, localhost", "a@b", "a b", "[::1", "a:b", "a/b", "a:1:2"]
)
async def test_a_host_that_is_none_is_refused(door: Door, host: str) -> None:
    told = await send(door.port, post("/read", "Content-Length: 2", host=host), b"{}", wait=0)
    assert told.status == 400
    assert door.read == []


@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.5:3978",
        "taikubot",
        "bot.example.org",
        "[2001:db8::1]:80",
        "my_bot.svc",
        "[fe80::1%25eth0]:80",
    ],
)
async def test_with_an_app_id_any_host_is_served(door: Door, host: str) -> None:
    """Probes ask by address, and a proxy passes on the name by which it was asked."""
    told = await send(door.port, post("/read", "Content-Length: 2", host=host), b"{}", wait=0)
    assert told.status == 200


async def test_a_probe_of_old_needs_no_host(door: Door) -> None:
    told = await send(door.port, b"GET /unread HTTP/1.0\r\n\r\n")
    assert told.status == 200


# --- without an app id


@pytest.mark.parametrize("path", ["/read", "/unread", "/nothing"])
@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:3978", "localhost.evil.example", "127.0.0.1.nip.io"),
        *("10.0.0.5", "bot.example.org", "localhost."),
    ],
)
async def test_a_name_that_was_pointed_to_this_machine(
    local_door: Door, path: str, host: str
) -> None:
    told = await send(local_door.port, post(path, "Content-Length: 2", host=host), b"{}", wait=0)
    assert told.status == 403
    assert "BOT_APP_ID" in told.body
    assert "evil" not in told.body
    assert local_door.read == []


async def test_the_name_in_the_request_line_counts_as_well(local_door: Door) -> None:
    for host in ("evil.example", "127.0.0.1"):
        head = f"GET http://{host}/unread HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
        told = await send(local_door.port, head, wait=0)
        assert told.status == (200 if host == "127.0.0.1" else 403)


async def test_without_any_host_nothing_is_served(local_door: Door) -> None:
    told = await send(local_door.port, b"GET /unread HTTP/1.0\r\n\r\n")
    assert told.status == 403


@pytest.mark.parametrize("host", ["localhost:5", "LOCALHOST", "127.0.0.1:80", "127.9.9.9", "[::1]"])
async def test_names_of_this_machine(local_door: Door, host: str) -> None:
    told = await send(local_door.port, post("/read", "Content-Length: 2", host=host), b"{}", wait=0)
    assert told.status == 200


FORWARDED = [
    *("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"),
    *("X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-Server", "X-Forwarded-Client-Cert"),
    *("X-Forwarded", "X-Real-IP", "X-Original-URL", "X-Original-Forwarded-For", "X-Original-Host"),
    *("CF-Connecting-IP", "CF-Ray", "True-Client-IP", "X-Client-IP", "Fly-Client-IP", "CDN-Loop"),
    *("X-Scheme", "Front-End-Https", "Proxy-Connection", "Remote-Addr", "Fly-Region", "Fastly-FF"),
    *("X-Envoy-Internal", "X-Railway-Edge", "X-LocalTunnel", "X-Nginx-Proxy", "Ssl-Client-Verify"),
    *("X_Forwarded_For", "x-real-ip", "X-Azure-ClientIP", "X-ARR-LOG-ID", "X-Amzn-Trace-Id"),
    *("Tailscale-User-Login", "X-Cluster-Client-IP", "X-Rewrite-URL", "X-Envoy-External-Address"),
]


@pytest.mark.parametrize("name", FORWARDED)
async def test_nothing_that_was_passed_on_is_served(local_door: Door, name: str) -> None:
    for path in ("/read", "/unread", "/nothing"):
        lines = (f"{name}: 203.0.113.9", "Content-Length: 2")
        told = await send(local_door.port, post(path, *lines), b"{}", wait=0)
        assert told.status == 403
        assert "203" not in told.body
    assert local_door.read == []


def test_what_programs_send_by_themselves_is_no_forwarding() -> None:
    usual = ("Host", "User-Agent", "Accept", "Authorization", "traceparent", "X-Request-Id")
    assert not is_forwarded((*usual, "x-ms-conversation-id", "Origin", "Content-Type", "Referer"))


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost@evil.example"]
)
async def test_no_page_of_a_stranger_is_served(local_door: Door, origin: str) -> None:
    for path in ("/read", "/unread", "/nothing"):
        lines = (f"Origin: {origin}", "Content-Length: 2")
        told = await send(local_door.port, post(path, *lines), b"{}", wait=0)
        assert told.status == 403
    lines = ("Origin: http://localhost:3978", "Content-Length: 2")
    assert (await send(local_door.port, post("/read", *lines), b"{}", wait=0)).status == 200


@pytest.mark.parametrize(
    ("peer", "served"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("127.8.8.8", True),
        ("::ffff:127.0.0.1", True),
        ("203.0.113.1", False),
        ("192.168.1.5", False),
        ("::ffff:203.0.113.1", False),
        ("", False),
    ],
)
def test_without_an_app_id_only_this_machine_is_served(peer: str, served: bool) -> None:
    made = make_mocked_request("POST", "/read", headers={"Host": "localhost"})
    request = made.clone(remote=peer)
    if served:
        check_this_machine(request)
        return
    with pytest.raises(RequestRefused) as refused:
        check_this_machine(request)
    assert refused.value.rule == "peer"


# --- what is told and kept of it


async def test_a_refusal_is_said_in_the_language_of_the_browser(local_door: Door) -> None:
    lines = ("Content-Length: 0", "Accept-Language: de, fi;q=0.5")
    told = await send(local_door.port, post("/read", *lines, host="evil.example"), wait=0)
    assert told.headers["content-type"].startswith("text/plain")
    assert told.headers["cache-control"] == "no-store"
    assert told.headers["x-content-type-options"] == "nosniff"
    assert "botti" in told.body


async def test_a_flood_of_refusals_is_a_line_without_a_word_from_outside(door: Door) -> None:
    head = post("/read", "Content-Encoding: SECRET-WORD", "Content-Length: 0")
    with capture_logs() as logs:
        for _ in range(20):
            await send(door.port, head, wait=0)
    [line] = logs
    assert line == {
        "event": "request.refused",
        "channel": "front_door",
        "status": 415,
        "rule": "content encoding",
        "log_level": "warning",
    }


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("10.1.2.3:3978", True),
        ("[fd00::5]", True),
        ("localhost", True),
        ("taikubot:3978", True),
        ("taikubot.default.svc.cluster.local", True),
        ("bot.corp.internal", True),
        ("evil.example", False),
        ("evil.example.", False),
        ("10.1.2.3.nip.io", False),
        ("", False),
        ("a@10.1.2.3", False),
    ],
)
def test_names_that_no_stranger_can_own(host: str, own: bool) -> None:
    assert is_own_name(host) is own
