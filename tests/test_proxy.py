"""`deploy/Caddyfile` with a real Caddy over loopback, in front of an application of ours."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import shutil
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bot.channels.front_door import FrontDoor, leave_out_software
from bot.channels.front_door.checks import front_door
from bot.channels.front_door.client_address import client_address
from bot.ops.status import is_operator
from tests.end_to_end.machine import free_port

ROOT = Path(__file__).parents[1]
PATIENCE = 60.0

pytestmark = pytest.mark.slow


@dataclass
class Proxy:
    """Caddy, and what it has passed on."""

    port: int
    plain_port: int
    trust: ssl.SSLContext
    log: Path
    asked: list[web.Request] = field(default_factory=list)
    clients: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    """Those that came whole."""
    broken_off: asyncio.Event = field(default_factory=asyncio.Event)
    """Of another one, the bot was told that it ends before its end."""
    http: aiohttp.ClientSession = field(init=False)

    async def raw(self, *parts: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Sends bytes over TLS."""
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.port, ssl=self.trust, server_hostname="localhost"
        )
        for part in parts:
            writer.write(part)
            await writer.drain()
        return reader, writer

    def url(self, path: str) -> str:
        """An address behind it."""
        return f"https://localhost:{self.port}{path}"


@pytest.fixture
def caddy() -> str:
    """The program."""
    found = shutil.which("caddy")
    if found is None:
        pytest.skip("Caddy is not installed")
    return found


@pytest.fixture
async def proxy(caddy: str, tmp_path: Path) -> AsyncIterator[Proxy]:
    """Caddy with the file that is deployed, another place for its certificates and ports, and less
    patience with slow clients."""

    async def answer(request: web.Request) -> web.Response:
        made.asked.append(request)
        made.clients.append(client_address(request))
        assert not is_operator(request)
        try:
            body = await request.read()
        except Exception:
            made.broken_off.set()
            raise
        made.bodies.append(body)
        return web.Response(body=body)

    app = web.Application(
        client_max_size=10_000_000, middlewares=[front_door(this_machine_only=False)]
    )
    app.on_response_prepare.append(leave_out_software)
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await FrontDoor(runner, "127.0.0.1", 0).start()
    environment = os.environ | {
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path),
        "TAIKUBOT_HOST": "localhost",
        "TAIKUBOT_UPSTREAM": f"127.0.0.1:{runner.addresses[0][1]}",
        "TAIKUBOT_HTTP_PORT": str(free_port()),
        "TAIKUBOT_HTTPS_PORT": str(free_port()),
    }
    config = (ROOT / "deploy" / "Caddyfile").read_text("utf-8")
    for waits in ("read_header 20s", "read_body 30s"):
        assert waits in config
        config = config.replace(waits, f"{waits.split()[0]} 2s")
    (tmp_path / "Caddyfile").write_text(config, "utf-8")
    log = tmp_path / "caddy.log"
    with log.open("ab") as file:
        process = await asyncio.create_subprocess_exec(
            caddy,
            *("run", "--config", tmp_path / "Caddyfile", "--adapter", "caddyfile"),
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
    try:
        root = tmp_path / "caddy" / "pki" / "authorities" / "local" / "root.crt"
        port = int(environment["TAIKUBOT_HTTPS_PORT"])
        async with asyncio.timeout(PATIENCE):
            while not await _has_certificate(port, root):
                assert process.returncode is None, log.read_text("utf-8")
                await asyncio.sleep(0.1)
        trust = ssl.create_default_context(cafile=root)
        made = Proxy(port, int(environment["TAIKUBOT_HTTP_PORT"]), trust, log)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust)) as http:
            made.http = http
            yield made
    finally:
        if process.returncode is None:
            process.terminate()
        await runner.cleanup()
        async with asyncio.timeout(PATIENCE):
            await process.wait()


async def _has_certificate(port: int, root: Path) -> bool:
    with contextlib.suppress(OSError):
        trust = ssl.create_default_context(cafile=root)
        _, writer = await asyncio.open_connection("localhost", port, ssl=trust)
        writer.close()
        return True
    return False


async def test_it_passes_on_by_https_and_says_for_whom(proxy: Proxy) -> None:
    forged = {"X-Forwarded-For": "8.8.8.8", "X-Forwarded-Host": "evil.example"}
    body = b'{"text": "hei"}'
    async with proxy.http.post(proxy.url("/api/chat"), data=body, headers=forged) as answer:
        assert (answer.status, await answer.read()) == (200, body)
        assert {"Server", "Via"}.isdisjoint(answer.headers)
    (asked,) = proxy.asked
    assert asked.headers["Host"] == f"localhost:{proxy.port}"
    assert asked.headers["X-Forwarded-Proto"] == "https"
    assert "evil.example" not in str(asked.headers)
    assert proxy.clients == ["127.0.0.1"]


async def test_who_comes_without_https_is_sent_there(proxy: Proxy) -> None:
    url = f"http://localhost:{proxy.plain_port}/page"
    async with proxy.http.get(url, allow_redirects=False) as answer:
        assert answer.status == 308
        assert answer.headers["Location"].startswith("https://localhost")
    assert not proxy.asked


async def test_nothing_large_comes_through(proxy: Proxy) -> None:
    async with proxy.http.post(proxy.url("/api/messages"), data=b" " * 1_000_000) as answer:
        assert answer.status == 200
    with contextlib.suppress(aiohttp.ClientError):
        async with proxy.http.post(proxy.url("/"), data=io.BytesIO(bytes(3_000_000))) as answer:
            # Caddy 2.6 notices it only when the bot has asked for more than may come.
            assert answer.status in (413, 502)
    headers = {f"X-{number}": "y" * 2_000 for number in range(40)}
    async with proxy.http.get(proxy.url("/"), headers=headers) as answer:
        assert answer.status == 431
    assert [len(body) for body in proxy.bodies] == [1_000_000]


async def test_a_packed_body_is_refused_behind_it_too(proxy: Proxy) -> None:
    headers = {"Content-Encoding": "gzip"}
    async with proxy.http.post(proxy.url("/"), data=b"\x1f\x8b", headers=headers) as answer:
        assert answer.status == 415
    assert not proxy.asked


async def test_what_is_slow_ends_and_what_is_broken_does_not_reach_the_bot(proxy: Proxy) -> None:
    host = f"Host: localhost:{proxy.port}\r\n".encode()
    half_head = await proxy.raw(b"GET / HTTP/1.1\r\n" + host)
    half_body = await proxy.raw(
        b"POST /slow HTTP/1.1\r\n" + host + b"Content-Length: 100\r\n\r\n", b"half"
    )
    broken = await proxy.raw(b"GET / HTTP/1.1\r\n" + host + b"X: \0\r\n\r\n")
    async with asyncio.timeout(PATIENCE):
        assert b" 400 " in await broken[0].readline()
        assert b" 200 " not in await half_head[0].read()
        # Caddy 2.11.7 leaves the client waiting then, but no longer the bot.
        await proxy.broken_off.wait()
    for _, writer in (half_head, half_body, broken):
        writer.close()
    assert {request.path for request in proxy.asked} <= {"/slow"}
    assert not proxy.bodies


async def test_requests_reach_one_bot_over_few_connections(proxy: Proxy) -> None:
    for _ in range(20):
        async with proxy.http.get(proxy.url("/")) as answer:
            assert answer.status == 200
    assert len({id(each.protocol) for each in proxy.asked}) <= 2
