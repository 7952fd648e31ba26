"""Attacks on a server of this machine, in a process of their own: a closed loop, bounded in time.

    python -m tests.outage.attacks

Reads one line of JSON (see `Job`), says `{}` when the attack is under way, goes on until its
standard input ends, at most `LONGEST` seconds, and then says what it has done: counts as JSON.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import sys
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

LONGEST = 60.0
"""Seconds after which an attack ends whatever happens."""

HALF_SENT, IDLE, HALF_BODIES, HELD = 500, 300, 300, 140
BOMB = 250_000
"""Bytes of a packed body, just below the size that a route takes."""

PLANTED = "planted-token-0815"
"""What no log may show; it is in whatever an attack sends as a token or a path."""

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True)
class Job:
    """What to do; `tokens` are good ones, a header each, `bad` others."""

    attack: str
    port: int
    good: dict[str, str]
    bad: list[str]


class Attacker:
    """Sends bytes to the port; counts what became of it."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.counts: Counter[str] = Counter()
        self.begun = asyncio.Event()

    async def connect(self) -> Connection:
        """A new connection."""
        while True:
            try:
                made = await asyncio.open_connection("127.0.0.1", self.job.port)
            except OSError:
                self.counts["not connected"] += 1
                await asyncio.sleep(0.1)
            else:
                self.counts["connected"] += 1
                return made

    async def ask(self, request: bytes) -> None:
        """Sends a request on a connection of its own, and reads the answer's first line."""
        reader, writer = await self.connect()
        try:
            writer.write(request)
            self.counts["sent"] += 1
            async with asyncio.timeout(10):
                await writer.drain()
                await self.read(reader)
        except TimeoutError:
            self.counts["no answer"] += 1
        except OSError:
            self.counts["cut"] += 1
        finally:
            writer.close()

    async def read(self, reader: asyncio.StreamReader) -> None:
        """Reads the status of an answer."""
        line = await reader.readline()
        self.counts[line.decode("latin-1").split(" ")[1] if line else "closed"] += 1

    async def hold(self, *parts: bytes, every: float = 2.0) -> None:
        """Sends parts one after the other, the last one again and again; anew once it is closed."""
        while True:
            reader, writer = await self.connect()
            try:
                for part in parts:
                    writer.write(part)
                    await writer.drain()
                self.counts["sent"] += 1
                while not reader.at_eof():
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(every):
                            await reader.read(65_536)
                    if parts:
                        writer.write(parts[-1])
                        await writer.drain()
            except OSError:
                self.counts["cut"] += 1
            finally:
                writer.close()
            await asyncio.sleep(0.5)

    async def run(self) -> None:
        """The attack, until it is cancelled."""
        await ATTACKS[self.job.attack](self)

    async def many(self, number: int, one: Callable[[int], Awaitable[None]]) -> None:
        """The same by so many at once; it is under way when each has sent something."""

        async def again(which: int) -> None:
            while True:
                await one(which)
                await asyncio.sleep(0)

        async with asyncio.TaskGroup() as group:
            for which in range(number):
                group.create_task(again(which))
            tried = 0
            while tried < number:  # many ways lead to it
                tried = self.counts["sent"] + self.counts["not connected"]
                await asyncio.sleep(0.05)
            self.begun.set()

    # Requests

    def post(self, path: str, body: bytes, *headers: str, length: int | None = None) -> bytes:
        """A POST of JSON."""
        lines = [
            f"POST {path} HTTP/1.1",
            f"Host: 127.0.0.1:{self.job.port}",
            "Content-Type: application/json",
            f"Content-Length: {len(body) if length is None else length}",
            *headers,
        ]
        return "\r\n".join([*lines, "", ""]).encode() + body

    def get(self, path: str, *headers: str) -> bytes:
        """A GET."""
        lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{self.job.port}", *headers]
        return "\r\n".join([*lines, "", ""]).encode()


PATHS = ("/api/messages", "/api/chat", "/api/announcements")
"""The routes that take a body."""

NO_TOKEN = f"X-Nothing: {PLANTED}"


async def bombs(attacker: Attacker) -> None:
    """Small bodies that unpack to hundreds of megabytes; on every route, with and without token."""
    bodies = packed()
    requests = [
        attacker.post(path, body, f"Content-Encoding: {encoding}", token)
        for encoding, body in bodies.items()
        for path in PATHS
        for token in (
            NO_TOKEN,
            f"Authorization: Bearer {PLANTED}",
            attacker.job.good.get(path, NO_TOKEN),
        )
    ]

    async def one(which: int) -> None:
        await attacker.ask(requests[(attacker.counts["sent"] * 7 + which) % len(requests)])

    await attacker.many(12, one)


def packed() -> dict[str, bytes]:
    """What unpacks to much, by the name of its encoding. Brotli can't be made here: it is noise."""
    spaces = bytes(1_000_000).replace(b"\0", b" ")
    found = {}
    for name, bits in (("gzip", 31), ("deflate", 15)):
        packer = zlib.compressobj(9, zlib.DEFLATED, bits)
        found[name] = b"".join(packer.compress(spaces) for _ in range(300))[:BOMB]
    # A frame of Zstandard: its header, then blocks that repeat one byte 131,072 times each.
    block = struct.pack("<I", (131_072 << 3) | (1 << 1))[:3] + b" "
    found["zstd"] = (b"\x28\xb5\x2f\xfd\x00\x58" + block * (BOMB // len(block)))[:BOMB]
    found["br"] = found["gzip"]
    return found


async def slow_headers(attacker: Attacker) -> None:
    """500 requests whose headers never end."""
    half = attacker.get("/healthz", f"Authorization: Bearer {PLANTED}")[:-2]
    await attacker.many(HALF_SENT, lambda _: attacker.hold(half, b"X-More: y\r\n"))


async def half_bodies(attacker: Attacker) -> None:
    """300 bodies of which the second half never comes."""

    async def one(which: int) -> None:
        path = PATHS[which % len(PATHS)]
        length = 60_000 if path == "/api/chat" else 200_000
        head = attacker.post(path, b"", f"Authorization: Bearer {PLANTED}", length=length)
        await attacker.hold(head + b"[" * (length // 2), b"[")

    await attacker.many(HALF_BODIES, one)


async def idle(attacker: Attacker) -> None:
    """300 connections that say nothing."""
    await attacker.many(IDLE, lambda _: attacker.hold())


async def bad_tokens(attacker: Attacker) -> None:
    """Requests with tokens that are forged or nonsense, to every route."""
    tokens = [*attacker.job.bad, PLANTED]
    body = b'{"type": "message"}'

    async def one(which: int) -> None:
        number = attacker.counts["sent"] + which
        token = f"Authorization: Bearer {tokens[number % len(tokens)]}"
        await attacker.ask(attacker.post(PATHS[number % len(PATHS)], body, token))

    await attacker.many(16, one)


async def broken_requests(attacker: Attacker) -> None:
    """What is no HTTP, with a token or a query in it."""
    host = f"Host: 127.0.0.1:{attacker.job.port}\r\n"
    token = f"Authorization: Bearer {PLANTED}"
    texts = [
        f"GET /healthz HTTP/1.1\r\n{host}{token}\r\r\n\r\n",
        f"GET /healthz HTTP/1.1\r\n{host}{token}\0\r\n\r\n",
        f"GET /healthz HTTP/1.1\r\n{host}Authorization: Bearer\r\n {PLANTED}\r\n\r\n",
        f"GE T /api/chat?token={PLANTED} HTTP/1.1\r\n{host}\r\n",
        f"GET /api/chat?token={PLANTED} HTTP/7.7\r\n{host}\r\n",
        f"{PLANTED}\r\n\r\n",
        f"GET /healthz HTTP/1.1\r\n{host}Content-Length: {PLANTED}\r\n\r\n",
        f"GET /{PLANTED * 1_000} HTTP/1.1\r\n{host}\r\n",
        f"POST /api/chat HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n{PLANTED}\r\n",
    ]

    async def one(which: int) -> None:
        await attacker.ask(texts[(attacker.counts["sent"] + which) % len(texts)].encode())

    await attacker.many(16, one)


async def deep_json(attacker: Attacker) -> None:
    """256 kB of JSON that is slow to parse, with no token or a bad one."""
    bodies = [b"[[]," * 64_000 + b"[]]", b"[" * 250_000, b'{"a":' * 50_000 + b"1" + b"}" * 50_000]
    tokens = [NO_TOKEN, *(f"Authorization: Bearer {bad}" for bad in attacker.job.bad)]
    requests = [
        attacker.post(path, body, token) for path in PATHS for body in bodies for token in tokens
    ]

    async def one(which: int) -> None:
        await attacker.ask(requests[(attacker.counts["sent"] * 5 + which) % len(requests)])

    await attacker.many(16, one)


async def pipelined(attacker: Attacker) -> None:
    """Thousands of requests on each connection, the answers of which nobody reads."""
    asked = attacker.get("/healthz") * 200 + attacker.get(f"/{PLANTED}") * 200

    async def one(which: int) -> None:
        _, writer = await attacker.connect()
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        try:
            for _ in range(500):
                writer.write(asked)
                attacker.counts["sent"] += 1
                async with asyncio.timeout(20):
                    await writer.drain()
        except (TimeoutError, OSError):
            attacker.counts["cut"] += 1
        finally:
            writer.transport.abort()

    await attacker.many(20, one)


async def resets(attacker: Attacker) -> None:
    """A thousand connections a second that are reset at once, some with a part of a request."""
    half = attacker.get("/healthz", f"Authorization: Bearer {PLANTED}")[:-2]

    async def one(which: int) -> None:
        _, writer = await attacker.connect()
        if which % 2:
            writer.write(half)
        attacker.counts["sent"] += 1
        # On closing: no farewell, a reset.
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()
        await asyncio.sleep(0.02)

    await attacker.many(32, one)


async def unread(attacker: Attacker) -> None:
    """300 connections that ask for something large and do not read it."""
    asked = attacker.get("/calendar.ics") * 20

    async def one(which: int) -> None:
        _, writer = await attacker.connect()
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        try:
            writer.write(asked)
            await writer.drain()
            attacker.counts["sent"] += 1
            await asyncio.sleep(LONGEST)
        except OSError:
            attacker.counts["cut"] += 1
        finally:
            writer.transport.abort()

    await attacker.many(IDLE, one)


async def held_places(attacker: Attacker) -> None:
    """Places held by answers that nobody reads, and empty connections that ask for more of them."""
    asked = attacker.get("/static/chat.js") * 400

    async def one(which: int) -> None:
        with socket.socket() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
            connection.setblocking(False)
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(3):
                    await loop.sock_connect(connection, ("127.0.0.1", attacker.job.port))
                    if which < HELD:
                        await loop.sock_sendall(connection, asked)
            attacker.counts["sent"] += 1
            await asyncio.sleep(0.3)
            with contextlib.suppress(ConnectionError):
                while which < HELD:  # until it is cut, and then anew
                    await asyncio.sleep(0.1)
                    with contextlib.suppress(BlockingIOError):
                        if not connection.recv(1, socket.MSG_PEEK):
                            return

    loop = asyncio.get_running_loop()
    await attacker.many(HELD + IDLE // 2, one)


async def small_requests(attacker: Attacker) -> None:
    """Thousands of small requests a second, several at once on each of 120 connections."""
    asked = attacker.get("/x") * 64

    async def one(which: int) -> None:
        reader, writer = await attacker.connect()
        try:
            while not reader.at_eof():
                writer.write(asked)
                attacker.counts["sent"] += 1
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.5):
                        while await reader.read(65_536):
                            pass
        except OSError:
            attacker.counts["cut"] += 1
        finally:
            writer.close()

    await attacker.many(120, one)


ATTACKS: dict[str, Callable[[Attacker], Awaitable[None]]] = {
    "bombs": bombs,
    "slow headers": slow_headers,
    "half bodies": half_bodies,
    "idle": idle,
    "bad tokens": bad_tokens,
    "unknown keys": bad_tokens,
    "broken requests": broken_requests,
    "deep JSON": deep_json,
    "pipelined": pipelined,
    "resets": resets,
    "unread": unread,
    "held places": held_places,
    "small requests": small_requests,
}
"""By name; with `unknown keys` the bad tokens name keys that nobody knows."""


async def main() -> None:
    """Does one job."""
    loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    attacker = Attacker(Job(**json.loads(await reader.readline())))
    attack = asyncio.create_task(attacker.run())
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LONGEST):
            begun = asyncio.create_task(attacker.begun.wait())
            await asyncio.wait([begun, attack], return_when=asyncio.FIRST_COMPLETED)
            if attack.done():
                await attack
            print("{}", flush=True)
            await reader.read()
    attack.cancel()
    await asyncio.wait([attack])
    print(json.dumps(attacker.counts), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
