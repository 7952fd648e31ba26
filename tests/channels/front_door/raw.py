"""HTTP as bytes on a socket: what no library would send."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

PATIENCE = 30.0
"""Seconds in which an answer must have come."""


@dataclass(frozen=True)
class Told:
    """What came back until the server closed the connection, or for a while."""

    status: int
    headers: dict[str, str]
    body: str
    closed: bool


async def send(port: int, *parts: bytes, wait: float = PATIENCE, then: bytes = b"") -> Told:
    """Sends bytes and reads what is answered, up to the end of its body.

    `then` goes on being sent, again and again, until the server closes the connection or `wait`
    seconds are over.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(PATIENCE):
            for part in parts:
                writer.write(part)
                await writer.drain()
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.strip().split("\r\n")
            headers = {
                name.strip().lower(): value.strip()
                for name, _, value in (line.partition(":") for line in lines)
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
        closed = await _is_closed(reader, writer, then, wait)
        return Told(int(first.split()[1]), headers, body.decode(), closed)
    finally:
        writer.close()


async def _is_closed(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, then: bytes, wait: float
) -> bool:
    async def go_on() -> None:
        while then:
            writer.write(then)
            await writer.drain()
            await asyncio.sleep(0.01)

    sending = asyncio.create_task(go_on())
    try:
        async with asyncio.timeout(wait):
            return await reader.read(1) == b""
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    finally:
        sending.cancel()
        await asyncio.wait([sending])
        if not sending.cancelled():
            sending.exception()  # The connection ended under it, as it should.


def post(path: str, *lines: str, host: str = "127.0.0.1") -> bytes:
    """The head of a POST."""
    return "\r\n".join((f"POST {path} HTTP/1.1", f"Host: {host}", *lines, "", "")).encode()
