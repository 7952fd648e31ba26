"""Turns of the soak: first as many as go, then so many a second, whatever becomes of them.

A paced turn has its time; how long it took is counted from then, so that a bot which is late pays
for every turn that had to wait. All of them are kept, to be compared with what should have been
answered.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.turns_load import TURN_TIMEOUT, Job, request_of, turn
from benchmarks.turns_questions import Questions, activities

MOST_AT_ONCE = 400
"""Turns under way; beyond that the next ones wait, and their time runs."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(slots=True)
class Turn:
    """One turn: what was asked where and when (seconds since 1970), and what became of it."""

    id: str
    text: str
    chat: str
    locale: str
    at: float
    trouble: str
    milliseconds: float = 0.0
    status: str = ""


class Load:
    """Turns to a bot on this machine; `trouble` is what the connector is told to do just now."""

    def __init__(self, port: int, url: str, token: str, questions: Questions) -> None:
        self.url = url
        self._job = Job(port, 0, 0, url, token)
        self._bodies: Iterator[bytes] = activities(questions, url, "soak")
        self._idle: list[Streams] = []
        self.trouble = ""
        self.turns: list[Turn] = []

    async def as_many_as_go(self, seconds: float, connections: int) -> float:
        """A closed loop; gives the turns a second."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        before, started = len(self.turns), loop.time()

        async def one_connection() -> None:
            while loop.time() < end:
                await self._one(loop.time())

        await asyncio.gather(*(one_connection() for _ in range(connections)))
        return (len(self.turns) - before) / (loop.time() - started)

    async def paced(self, rate: float, seconds: float) -> None:
        """So many turns a second; ends when each has its answer."""
        loop = asyncio.get_running_loop()
        room = asyncio.Semaphore(MOST_AT_ONCE)
        started = loop.time()
        async with asyncio.TaskGroup() as group:
            for number in range(int(rate * seconds)):
                due = started + number / rate
                await asyncio.sleep(max(0.0, due - loop.time()))
                await room.acquire()
                group.create_task(self._one(due)).add_done_callback(lambda _: room.release())

    async def say(self, body: bytes) -> str:
        """One more turn, that is not counted; gives its status."""
        streams = await self._streams()
        status = await turn(*streams, request_of(self._job, body))
        self._idle.append(streams)
        return status

    async def _one(self, due: float) -> None:
        body = next(self._bodies)
        asked = json.loads(body)
        kept = Turn(
            asked["id"],
            asked["text"],
            asked["conversation"]["id"],
            asked["locale"],
            time.time(),
            self.trouble,
        )
        self.turns.append(kept)
        streams = None
        try:
            async with asyncio.timeout(TURN_TIMEOUT):
                streams = await self._streams()
                kept.status = await turn(*streams, request_of(self._job, body))
            self._idle.append(streams)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            kept.status = type(error).__name__
            if streams:
                streams[1].close()
        kept.milliseconds = (asyncio.get_running_loop().time() - due) * 1000

    async def _streams(self) -> Streams:
        while self._idle:
            streams = self._idle.pop()
            if not streams[0].at_eof():
                return streams
            streams[1].close()
        return await asyncio.open_connection("127.0.0.1", self._job.port)

    def close(self) -> None:
        """Closes the connections; the next turns open new ones."""
        while self._idle:
            self._idle.pop()[1].close()
