"""Listening: where, for how many, and what happens when the process has no files left."""

from __future__ import annotations

import asyncio
import os
import resource
import socket

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bot.channels.front_door import FrontDoor

from .conftest import House
from .test_protocol import GET


def _next_file() -> int:
    """The number that the next file gets: with that as their limit, there is none."""
    number = os.dup(0)
    os.close(number)
    return number


async def test_without_files_one_line_is_written_and_one_connection_makes_room(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    oldest, younger = await house.client(b"GET /fa"), await house.client(b"GET /fa")
    # Made before there are no more files: to connect, a socket needs no further one.
    waiting = [socket.socket() for _ in range(3)]
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (_next_file(), before[1]))
    try:
        with capture_logs() as lines:
            for each in waiting:
                each.connect(house.runner.addresses[0])
            assert await oldest.ended()
            await asyncio.sleep(0.2)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    events = [line["event"] for line in lines]
    assert events.count("connections.no_files") == 1
    assert len(events) <= 3
    assert not caplog.records
    # And afterwards, all is as before.
    await younger.send(b"st HTTP/1.1\r\nHost: a\r\n\r\n")
    assert (await younger.answer())[0] == 200
    assert (await (await house.client(GET)).answer())[0] == 200
    for each in waiting:
        each.close()


async def test_a_port_that_is_taken_is_an_error(house: House) -> None:
    port = house.runner.addresses[0][1]
    runner = web.AppRunner(web.Application())
    await runner.setup()
    with pytest.raises(OSError, match="in use"):
        await FrontDoor(runner, "127.0.0.1", port).start()
    await runner.cleanup()


async def test_it_says_where_it_listens() -> None:
    runner = web.AppRunner(web.Application())
    await runner.setup()
    site = FrontDoor(runner, "::1", 0)
    assert site.name == "http://[::1]:0"
    await runner.cleanup()


async def test_what_else_goes_wrong_in_the_loop_is_told_as_ever(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    asyncio.get_running_loop().call_exception_handler({"message": "something else"})
    assert "something else" in caplog.text
    assert house.door.connections is not None
