"""How fast announcements are delivered: the program on both databases, and the stock SDK.

    python -m benchmarks.delivery [--posts N] [--stock-posts N] [--receivers N] [--watched N]
                                  [--rounds N]

`taikubot serve` delivers without a limit (`BOT_SEND_RATE=0`) to a connector in a process of its
own that answers after 20 ms; the announcement is put into the database from here, as by another
replica. Then 100,000 conversations get one: when the first post arrives, and how much memory it
takes. In the same run the same post goes out through `continue_conversation` of the SDK's own
adapter, as many at once, which writes nothing down. Last, how much longer 200 conversations take
beside a tenant in which every post hangs than alone.

Everything stays on this machine (loopback); the SDK's adapter is installed once, in the cache
folder, by the benchmark of turns' own way. Progress goes to standard error, results to standard
output; exit code 1 when a goal is missed. Linux, with PostgreSQL installed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from benchmarks.delivery_peer import HANGS
from benchmarks.environments import tell
from benchmarks.turns import stock_python
from benchmarks.turns_process import BenchmarkError, Child, environment, free_port
from bot.announcements.delivery import CONCURRENCY
from bot.announcements.model import Announcement, ByLanguage, State
from bot.announcements.post import compose_post
from bot.announcements.sender import Target
from bot.channels.connector.activity_json import dump
from bot.channels.teams.cards import card_activity
from bot.knowledge.loader import load
from bot.ops.settings import load_settings
from bot.store.database import Database
from bot.store.deliveries import fan_out
from bot.store.tables import announcement, conversation, delivery, follow
from bot.store.upgrade import upgrade
from tests import postgres

LATENCY = 0.02
NETWORK = "pirkanmaa"
TITLE: ByLanguage = {"fi": "Verkoston kahvit", "sv": "Nätverkskaffe"}
TEXT: ByLanguage = {
    "fi": "Tervetuloa keskustelemaan syksyn tapaamisista.",
    "sv": "Välkomna att diskutera.",
}
WAIT = 600.0
BATCH = 5000

GOAL_RATE = 400.0
GOAL_FIRST = 3.0
GOAL_MEMORY = 250.0
GOAL_BESIDE = 1.3

HANGING_NETWORK = "uusimaa"
GOOD, HANGING = 200, 300
"""Conversations of the tenant that answers and of the one that hangs."""
BESIDE_RATE = 100.0
"""Posts a second and tenant while these are compared."""


@dataclass(frozen=True)
class Measured:
    """What one fan-out took; seconds and MiB."""

    first: float
    rate: float
    cpu_milliseconds: float
    memory: float
    posts: int
    doubles: int
    size: float


async def prepare(
    database: Database,
    receivers: int,
    service_url: str,
    *,
    tenant: str = "t",
    network: str = NETWORK,
    name: str = "",
    first_id: int = 1,
) -> None:
    """A database in which so many more group chats follow a network."""
    await upgrade(database)
    for start in range(0, receivers, BATCH):
        async with database.transaction() as tx:
            rows = [
                {
                    "id": number + first_id,
                    "channel": "msteams",
                    "kind": "group",
                    "remote_id": f"19:{name}{number:032x}@thread.v2",
                    "tenant": tenant,
                    "service_url": service_url,
                    "created_at": 0.0,
                }
                for number in range(start, min(start + BATCH, receivers))
            ]
            await tx.execute(insert(conversation), rows)
            follows = [
                {"conversation_id": row["id"], "network": network, "created_at": 0.0}
                for row in rows
            ]
            await tx.execute(insert(follow), follows)


async def send(
    database: Database, id: str = "benchmark", networks: Sequence[str] = (NETWORK,)
) -> None:
    """Puts an announcement in, as a confirmed one stands there."""
    async with database.transaction() as tx:
        now = await database.now(tx)
        row = {"id": id, "state": "sending", "version": 1, "networks": [*networks]}
        more = {"title": TITLE, "text": TEXT, "note": {}, "facts": {}, "reminders": []}
        await tx.execute(insert(announcement).values(**row, **more, created_at=now, updated_at=now))
        await fan_out(tx, id, networks, now)


async def delivered(database: Database, id: str = "benchmark") -> int:
    """Deliveries of an announcement that are written down as done."""
    async with database.reading() as tx:
        done = select(func.count()).where(
            delivery.c.announcement_id == id, delivery.c.state == "delivered"
        )
        return int(await tx.scalar(done) or 0)


async def run(url: str, peer: Child, port: int, receivers: int, posts: int, log: Path) -> Measured:
    """One fan-out to `receivers` by the real program, watched until `posts` have arrived."""
    database = Database(url)
    await prepare(database, receivers, f"http://127.0.0.1:{port}")
    listen = free_port()
    settings = environment(BOT_DATABASE_URL=url, BOT_SEND_RATE="0", BOT_WEB_CHAT="off")
    command = [sys.executable, "-m", "bot", "serve", "--port", str(listen)]
    with Child(command, log, env=settings) as server:
        server.until_healthy(listen)
        peer.say("afresh")
        peer.hear()
        cpu = server.read().cpu
        started = time.perf_counter()
        await send(database)
        memory = 0.0
        while True:
            await asyncio.sleep(0.1)
            reading = server.read()
            memory = max(memory, reading.memory)
            peer.say("so far")
            got: dict[str, float] = peer.hear()
            if got["conversations"] >= posts:
                break
            if time.perf_counter() - started > WAIT:
                raise BenchmarkError(f"Only {got['posts']} of {posts} posts arrived.")
        cpu = server.read().cpu - cpu
        if posts == receivers:
            while await delivered(database) < posts:  # noqa: ASYNC110 - by another process
                await asyncio.sleep(0.05)
    await database.close()
    return Measured(
        first=got["first"] - started,
        rate=(got["posts"] - 1) / (got["last"] - got["first"]),
        cpu_milliseconds=cpu * 1000 / got["posts"],
        memory=memory,
        posts=int(got["posts"]),
        doubles=int(got["posts"] - got["conversations"]),
        size=got["bytes"] / got["posts"],
    )


async def run_beside(url: str, port: int, rounds: int, log: Path) -> tuple[float, float]:
    """Median seconds until those that answer have theirs: alone, and beside a tenant that hangs."""
    database = Database(url)
    service_url = f"http://127.0.0.1:{port}"
    await prepare(database, GOOD, service_url)
    await prepare(
        database,
        HANGING,
        service_url,
        tenant="hangs",
        network=HANGING_NETWORK,
        name=HANGS,
        first_id=GOOD + 1,
    )
    listen = free_port()
    settings = environment(BOT_DATABASE_URL=url, BOT_SEND_RATE=str(BESIDE_RATE), BOT_WEB_CHAT="off")
    command = [sys.executable, "-m", "bot", "serve", "--port", str(listen)]
    took: dict[tuple[str, ...], list[float]] = {}
    with Child(command, log, env=settings) as server:
        server.until_healthy(listen)
        # What hangs is tried again for long: so those that go alone come first.
        for networks in ((NETWORK,), (NETWORK, HANGING_NETWORK)):
            for number in range(rounds):
                id = f"{len(networks)}-{number}"
                started = time.perf_counter()
                await send(database, id, networks)
                while await delivered(database, id) < GOOD:
                    if time.perf_counter() - started > WAIT:
                        raise BenchmarkError(f"Only {await delivered(database, id)} arrived.")
                    await asyncio.sleep(0.02)
                took.setdefault(networks, []).append(time.perf_counter() - started)
    await database.close()
    alone, beside = (statistics.median(took[one]) for one in sorted(took, key=len))
    return alone, beside


def activity() -> dict[str, Any]:
    """The same post as an activity, for the SDK."""
    settings = load_settings()
    knowledge = load(settings.content, settings.intents)
    post = compose_post(
        Announcement("benchmark", State.SENDING, 1, (NETWORK,), None, TITLE, TEXT, {}),
        knowledge,
        Target("msteams", "group", "19:0@thread.v2", "http://127.0.0.1", "t"),
        None,
    )
    found: dict[str, Any] = json.loads(dump(card_activity(post)))
    return found


def run_stock(folder: Path, peer: Child, port: int, posts: int) -> tuple[float, float]:
    """Posts a second and processor milliseconds a post of `continue_conversation`."""
    script = Path(__file__).with_name("delivery_stock.py")
    command = [str(stock_python()), "-P", str(script)]
    with Child(command, folder / "stock.log", talks=True) as stock:
        tell("The SDK's continue_conversation …")
        peer.say("afresh")
        peer.hear()
        job = {
            "service_url": f"http://127.0.0.1:{port}",
            "posts": posts,
            "concurrency": CONCURRENCY,
            "activity": activity(),
        }
        stock.say(job)
        took = stock.hear()
    peer.say("so far")
    if peer.hear()["conversations"] < posts:
        raise BenchmarkError("The SDK did not deliver all of it.")
    return posts / took["seconds"], took["cpu"] * 1000 / posts


@contextlib.contextmanager
def databases(folder: Path) -> Iterator[dict[str, Any]]:
    """For each kind of database something that makes the URL of an empty one."""
    names = iter(range(100))
    bin = postgres.binaries()
    if bin is None:
        raise BenchmarkError("PostgreSQL is not installed on this machine.")
    with postgres.running(bin) as server:
        yield {
            "SQLite": lambda: f"sqlite+aiosqlite:///{folder / f'{next(names)}.db'}",
            "PostgreSQL": server.database,
        }


def measure(arguments: argparse.Namespace) -> bool:
    """Measures and shows everything; whether all goals were met."""
    good = True
    with tempfile.TemporaryDirectory() as made, contextlib.ExitStack() as stack:
        folder = Path(made)
        command = [sys.executable, "-m", "benchmarks.delivery_peer", str(LATENCY)]
        peer = stack.enter_context(Child(command, folder / "peer.log", talks=True))
        port: int = peer.hear()
        kinds = stack.enter_context(databases(folder))
        print(f"Python {platform.python_version()}, {os.cpu_count()} cores; latency 20 ms")
        print(f"1. {arguments.posts} deliveries without a limit, {CONCURRENCY} posts at once")
        rates = {}
        for name, url in kinds.items():
            tell(f"{name}: {arguments.posts} deliveries …")
            got = asyncio.run(
                run(url(), peer, port, arguments.posts, arguments.posts, folder / f"{name}.log")
            )
            rates[name] = got
            good &= (met := got.rate >= GOAL_RATE and not got.doubles)
            print(
                f"   {name:<11}{got.rate:>7.0f}/s   CPU {got.cpu_milliseconds:.2f} ms each   "
                f"{got.size / 1000:.1f} kB each   twice: {got.doubles}   "
                f"(at least {GOAL_RATE:.0f}/s: {_told(met)})"
            )
        if arguments.stock_posts:
            rate, cpu = run_stock(folder, peer, port, arguments.stock_posts)
            print(f"   {'stock SDK':<11}{rate:>7.0f}/s   CPU {cpu:.2f} ms each")
            for name, got in rates.items():
                print(
                    f"   {name} / stock   deliveries/s × {got.rate / rate:.1f}   "
                    f"CPU ms × {got.cpu_milliseconds / cpu:.2f}"
                )
        print(f"2. {arguments.receivers} receivers, watched for {arguments.watched} posts")
        for name, url in kinds.items():
            tell(f"{name}: {arguments.receivers} receivers …")
            got = asyncio.run(
                run(
                    url(),
                    peer,
                    port,
                    arguments.receivers,
                    min(arguments.watched, arguments.receivers),
                    folder / f"{name}-many.log",
                )
            )
            good &= (met := got.first <= GOAL_FIRST and got.memory <= GOAL_MEMORY)
            print(
                f"   {name:<11}first post after {got.first:.2f} s   memory {got.memory:.0f} MiB   "
                f"{got.rate:.0f}/s   "
                f"({GOAL_FIRST:.0f} s and {GOAL_MEMORY:.0f} MiB: {_told(met)})"
            )
        if arguments.rounds:
            print(f"3. {GOOD} receivers beside {HANGING} of a tenant that hangs, and alone")
            for name, url in kinds.items():
                tell(f"{name}: beside a tenant that hangs …")
                log = folder / f"{name}-beside.log"
                alone, beside = asyncio.run(run_beside(url(), port, arguments.rounds, log))
                good &= (met := beside / alone <= GOAL_BESIDE)
                print(
                    f"   {name:<11}{beside:.2f} s / {alone:.2f} s = × {beside / alone:.2f}   "
                    f"(at most × {GOAL_BESIDE}: {_told(met)})"
                )
    return good


def _told(met: bool) -> str:
    return "met" if met else "MISSED"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Speed and memory of deliveries.")
    parser.add_argument("--posts", type=int, default=4000, help="deliveries without a limit")
    parser.add_argument("--stock-posts", type=int, default=400, help="through the SDK; 0: not")
    parser.add_argument("--receivers", type=int, default=100_000, help="of the large fan-out")
    parser.add_argument("--watched", type=int, default=5000, help="posts of it that are awaited")
    parser.add_argument("--rounds", type=int, default=3, help="beside what hangs; 0: not")
    try:
        good = measure(parser.parse_args())
    except BenchmarkError as error:
        sys.exit(str(error))
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
