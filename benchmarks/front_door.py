"""What attacks cost those who ask properly, and what the front door costs everybody.

    python -m benchmarks.front_door [--seconds N] [--rounds N] [--attacks NAME ...]

Ratios, in one run on one machine: turns a second of one person who writes on a new
connection each time, while an attack of `tests/outage` goes on, to those without it right before;
and the processor time that a request to a small application takes behind the front door, to that
behind plain aiohttp. These take turns in every round, and medians are shown, so that noise hits all
alike.

Everything stays on this machine (loopback). Progress goes to standard error, results to standard
output. Linux or macOS.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
from aiohttp import web

from benchmarks.environments import tell
from bot.channels.front_door import FrontDoor, leave_out_software
from tests.outage.attacks import ATTACKS
from tests.outage.siege import Siege, siege

ROOT = Path(__file__).resolve().parent.parent
CONNECTIONS = 8
"""Of the load on the small application."""
KINDS = ("plain", "behind the door")
REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer something\r\n\r\n"


async def turns_a_second(besieged: Siege, seconds: float) -> float:
    """How many turns one person gets, one after the other."""
    began, turns = time.perf_counter(), 0
    while (taken := time.perf_counter() - began) < seconds:
        await besieged.turn()
        turns += 1
    return turns / taken


async def attacks(names: Sequence[str], seconds: float, rounds: int) -> dict[str, float]:
    """For each attack, the share of turns that are left."""
    left: dict[str, list[float]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as folder:
        async with siege(Path(folder)) as besieged:
            for number in range(rounds):
                for name in names:
                    quiet = await turns_a_second(besieged, seconds)
                    async with besieged.attacked(name):
                        attacked = await turns_a_second(besieged, seconds)
                    left[name].append(attacked / quiet)
                    tell(f"round {number + 1}: {name}: {quiet:.0f} turns/s, then {attacked:.0f}")
    return {name: statistics.median(found) for name, found in left.items()}


async def serve(kind: str) -> None:
    """A small application; says its port and ends with its input."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    app = web.Application()
    app.router.add_get("/", answer)
    if kind != "plain":
        app.on_response_prepare.append(leave_out_software)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite if kind == "plain" else FrontDoor
    await site(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


@asynccontextmanager
async def serving(kind: str) -> AsyncIterator[tuple[int, psutil.Process]]:
    """That application in a process of its own; gives its port, and what watches it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "benchmarks.front_door", "--serve", kind),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None  # noqa: S101
    assert process.stdout is not None  # noqa: S101
    try:
        yield int(await process.stdout.readline()), psutil.Process(process.pid)
    finally:
        process.stdin.close()
        await process.wait()


async def time_a_request(served: tuple[int, psutil.Process], seconds: float, keep: bool) -> float:
    """The server's processor time for a request; `keep`: over connections that stay open."""
    port, process = served
    ends = time.perf_counter() + seconds
    done = 0

    async def one() -> None:
        nonlocal done
        while time.perf_counter() < ends:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            while time.perf_counter() < ends:
                writer.write(REQUEST)
                await reader.readuntil(b"\r\n\r\nok")
                done += 1
                if not keep:
                    break
            writer.close()

    before = process.cpu_times()
    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
    after = process.cpu_times()
    return (after.user + after.system - before.user - before.system) / done


async def cost(seconds: float, rounds: int) -> dict[str, float]:
    """How many times the processor time of plain aiohttp a request takes behind the front door."""
    found: dict[str, list[float]] = {"open connections": [], "new connections": []}
    async with serving(KINDS[0]) as plain, serving(KINDS[1]) as ours:
        for number in range(rounds):
            for name, ratios in found.items():
                without, behind = [
                    await time_a_request(served, seconds, keep=name == "open connections")
                    for served in (plain, ours)
                ]
                ratios.append(behind / without)
                times = f"{without * 1e6:.0f} µs plain, {behind * 1e6:.0f} µs behind"
                tell(f"round {number + 1}: {name}: {times}")
    return {name: statistics.median(ratios) for name, ratios in found.items()}


async def main() -> None:
    """Measures, and prints the ratios as a table and as a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--attacks", nargs="*", choices=list(ATTACKS), default=list(ATTACKS))
    parser.add_argument("--serve", choices=KINDS, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.serve:
        await serve(wanted.serve)
        return
    behind = await cost(wanted.seconds, wanted.rounds)
    left = await attacks(wanted.attacks, wanted.seconds, wanted.rounds)
    print("Processor time of a request behind the front door, of that of plain aiohttp:")
    for name, ratio in behind.items():
        print(f"  {name:20} {ratio:6.1%}")
    print("Turns of one person during an attack, of those without it:")
    for name, share in left.items():
        print(f"  {name:20} {share:6.1%}")
    print(json.dumps({"behind": behind, "left": left}))


if __name__ == "__main__":
    asyncio.run(main())
