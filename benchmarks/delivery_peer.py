"""The connector of the benchmark of deliveries, in a process of its own.

    python -m benchmarks.delivery_peer LATENCY

Takes every post on loopback and answers it after LATENCY seconds, or never where the conversation's
id holds `hangs`. Says its port as a line of JSON; answers each line that it reads with what has
arrived since the one before. It shares the machine with what is measured, so it is written on bare
asyncio. Ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

HANGS = "hangs"
"""What the ids of conversations hold in which no post is ever answered."""

HEAD_END = b"\r\n\r\n"
ANSWER = (
    b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n"
    b'{"id":"1"}'
)


class Arrived:
    """What has arrived since it was last asked for."""

    def __init__(self) -> None:
        self.paths: set[bytes] = set()
        self.posts = self.bytes = 0
        self.first = self.last = 0.0

    def note(self, path: bytes, size: int) -> None:
        """One post."""
        self.last = time.perf_counter()
        self.first = self.first or self.last
        self.paths.add(path)
        self.posts += 1
        self.bytes += size

    def as_json(self) -> dict[str, float]:
        """The figures; instants are of `time.perf_counter`, one clock for the machine."""
        return {
            "posts": self.posts,
            "conversations": len(self.paths),
            "bytes": self.bytes,
            "first": self.first,
            "last": self.last,
        }


class Connector(asyncio.Protocol):
    """A connection to it."""

    def __init__(self, arrived: Arrived, latency: float) -> None:
        self._arrived = arrived
        self._latency = latency
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the transport."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answers every post that has come in whole."""
        self._buffer += data
        while True:
            head, end, rest = self._buffer.partition(HEAD_END)
            if not end:
                return
            length = 0
            for line in head.split(b"\r\n")[1:]:
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            if len(rest) < length:
                return
            self._buffer = rest[length:]
            path = head.split(b" ", 2)[1]
            if HANGS.encode() in path:
                continue
            self._arrived.note(path, length)
            asyncio.get_running_loop().call_later(self._latency, self._answer)

    def _answer(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(ANSWER)


async def main(latency: float) -> None:
    """Serves until standard input ends."""
    arrived = Arrived()
    loop = asyncio.get_running_loop()

    def connection() -> Connector:
        return Connector(arrived, latency)

    server = await loop.create_server(connection, "127.0.0.1", 0)
    print(json.dumps(server.sockets[0].getsockname()[1]), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(arrived.as_json()), flush=True)
        if json.loads(line) == "afresh":
            # The same object stays with connections that are open.
            arrived.__init__()  # type: ignore[misc]


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))
