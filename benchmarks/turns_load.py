"""The load generator of the benchmark of turns, in a process of its own.

    python -m benchmarks.turns_load

Reads a job a line of standard input (see `Job`, as JSON), answers each with a line of JSON (see
`Outcome`) and ends with its input. A closed loop: so many connections, each with one turn under
way. No two turns of a process have the same question or id. The client is written on bare asyncio
streams, since it shares the machine with the bot that is measured.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice

from benchmarks.turns_questions import Questions, activities
from bot.knowledge.loader import load
from bot.ops.settings import load_settings

TURN_TIMEOUT = 30.0
"""Seconds after which a turn counts as failed."""

LONGEST_JOB = 3600.0


@dataclass(frozen=True)
class Job:
    """So many turns to a bot on this machine."""

    port: int
    turns: int
    concurrency: int
    service_url: str
    token: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of a job; times in milliseconds, but for `seconds`."""

    turns: int
    seconds: float
    p50: float
    p99: float
    longest: float
    statuses: dict[str, int]


class Turns:
    """The turns of one job, shared by its connections."""

    def __init__(self, job: Job, bodies: list[bytes]) -> None:
        self._job = job
        self._requests: Iterator[bytes] = iter([request_of(job, body) for body in bodies])
        self.milliseconds: list[float] = []
        self.statuses: Counter[str] = Counter()

    async def one_connection(self) -> None:
        """Makes turns, one after the other, until none is left."""
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        for request in self._requests:
            started = time.perf_counter()
            try:
                async with asyncio.timeout(TURN_TIMEOUT):
                    if streams is None:
                        streams = await asyncio.open_connection("127.0.0.1", self._job.port)
                    status = await turn(*streams, request)
            except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
                status = type(error).__name__
                if streams:
                    streams[1].close()
                streams = None
            self.milliseconds.append((time.perf_counter() - started) * 1000)
            self.statuses[status] += 1
        if streams:
            streams[1].close()
            await streams[1].wait_closed()


def request_of(job: Job, body: bytes) -> bytes:
    """A turn as it goes over the wire."""
    authorization = f"Authorization: Bearer {job.token}\r\n" if job.token else ""
    head = (
        f"POST /api/messages HTTP/1.1\r\nHost: 127.0.0.1:{job.port}\r\n{authorization}"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def turn(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> str:
    """Sends one request and reads its answer; returns the status."""
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    for line in head.split("\r\n")[1:]:
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            await reader.readexactly(int(value))
    return head[9:12]


async def run(job: Job, questions: Questions, number: int) -> Outcome:
    """Runs a job; the bodies are made before the clock starts."""
    bodies = list(islice(activities(questions, job.service_url, f"job-{number}"), job.turns))
    turns = Turns(job, bodies)
    started = time.perf_counter()
    async with asyncio.timeout(LONGEST_JOB):
        await asyncio.gather(*(turns.one_connection() for _ in range(job.concurrency)))
    seconds = time.perf_counter() - started
    p50, p99 = percentiles(turns.milliseconds)
    longest = max(turns.milliseconds)
    return Outcome(job.turns, seconds, p50, p99, longest, dict(turns.statuses))


def percentiles(values: list[float]) -> tuple[float, float]:
    """The 50th and the 99th."""
    if len(values) < 2:
        return values[0], values[0]
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return cuts[49], cuts[98]


def main() -> None:
    """Job after job."""
    settings = load_settings()
    questions = Questions(load(settings.content, settings.intents))
    for number, line in enumerate(sys.stdin):
        outcome = asyncio.run(run(Job(**json.loads(line)), questions, number))
        print(json.dumps(asdict(outcome)), flush=True)


if __name__ == "__main__":
    main()
