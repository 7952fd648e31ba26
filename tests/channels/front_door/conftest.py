"""A small application behind the front door, and clients that send it bytes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from bot.channels.front_door import FrontDoor, Limits, leave_out_software
from bot.channels.json_body import read_json_body
from bot.channels.refusal import RequestRefused

PATIENCE = 30.0
LARGE = 8 * 1024 * 1024


class Client:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, *parts: bytes) -> None:
        """Sends each part in a packet of its own, as far as the server takes them."""
        with contextlib.suppress(ConnectionError):
            for part in parts:
                self.writer.write(part)
                await self.writer.drain()
                await asyncio.sleep(0.01)

    async def answer(self) -> tuple[int, bytes, bytes]:
        """Status, headers and body of the next answer."""
        async with asyncio.timeout(PATIENCE):
            head = await self.reader.readuntil(b"\r\n\r\n")
            (length,) = (
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            )
            return int(head.split()[1]), head, await self.reader.readexactly(length)

    async def rest(self) -> bytes:
        """What comes until the server ends the connection."""
        async with asyncio.timeout(PATIENCE):
            try:
                return await self.reader.read()
            except ConnectionError:
                return b""

    async def ended(self) -> bool:
        """Whether the server ends the connection, and says nothing."""
        return await self.rest() == b""


@dataclass
class House:
    """The application, its front door, and the clients that have come."""

    door: FrontDoor
    runner: web.AppRunner
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    clients: list[Client] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def client(self, *parts: bytes) -> Client:
        """Connects, and sends something."""
        port = self.runner.addresses[0][1]
        client = Client(*await asyncio.open_connection("127.0.0.1", port))
        self.clients.append(client)
        await client.send(*parts)
        return client

    async def after(self, seconds: float) -> None:
        """Looks for what has taken too long, as it will so many seconds from now."""
        await asyncio.sleep(0.05)
        self.door.connections.end_overdue(asyncio.get_running_loop().time() + seconds)
        await asyncio.sleep(0.05)


MakeHouse = Callable[..., Awaitable[House]]


@pytest.fixture
async def make_house() -> AsyncIterator[MakeHouse]:
    """Opens a house; with limits, if they are others than usual."""
    made: list[House] = []

    async def make(limits: Limits = Limits()) -> House:  # noqa: B008  # it never changes
        async def fast(request: web.Request) -> web.Response:
            house.asked.append(request.path)
            return web.Response(text="fast")

        async def body(request: web.Request) -> web.Response:
            house.asked.append(request.path)
            try:
                return web.Response(body=await read_json_body(request, 1_000_000))
            except RequestRefused as refusal:
                return web.Response(status=refusal.status, text=refusal.rule)

        async def wait(_: web.Request) -> web.Response:
            await house.go_on.wait()
            return web.Response(text="waited")

        async def large(_: web.Request) -> web.Response:
            return web.Response(body=bytes(LARGE))

        async def fail(request: web.Request) -> web.Response:
            raise ValueError("a mistake of ours")

        async def read(request: web.Request) -> web.Response:
            return web.Response(body=await request.read())

        app = web.Application()
        app.on_response_prepare.append(leave_out_software)
        app.router.add_get("/fast", fast)
        app.router.add_post("/unread", fast)
        app.router.add_post("/body", body)
        app.router.add_post("/read", read)
        app.router.add_get("/wait", wait)
        app.router.add_get("/large", large)
        app.router.add_get("/fail", fail)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        house = House(FrontDoor(runner, "127.0.0.1", 0, limits=limits), runner)
        await house.door.start()
        made.append(house)
        return house

    yield make
    for house in made:
        house.go_on.set()
        for client in house.clients:
            client.writer.close()
        await house.runner.cleanup()
        assert len(house.door.connections) == 0


@pytest.fixture(name="house")
async def usual_house(make_house: MakeHouse) -> House:
    """One with the usual limits."""
    return await make_house()
