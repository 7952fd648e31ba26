"""The engine in processes of their own, against a loopback connector: killed, doubled, limited."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Iterator

import pytest

from bot.announcements.delivery import CONCURRENCY
from bot.store.database import Database

from .delivering import announce, conversations, ended, states, until
from .receiver import Receiver, busiest
from .worker import Replica

RECEIVERS = 500


@contextlib.contextmanager
def replicas(*started: Replica) -> Iterator[list[Replica]]:
    """Replicas of which those that are left in the list are killed at the end."""
    running = list(started)
    try:
        yield running
    finally:
        for replica in running:
            replica.kill()


@pytest.mark.parametrize("round", range(5))
async def test_killed_at_a_random_moment_and_started_again(
    database: Database, database_url: str, round: int
) -> None:
    async with Receiver(latency=0.02) as receiver:
        await conversations(database, RECEIVERS, service_url=receiver.url)
        await announce(database)
        moment = random.randrange(1, RECEIVERS)
        with replicas(Replica(database_url, "one")) as running:
            await until(lambda: len(receiver.arrived) >= moment)
            running.pop().kill()
            killed = time.monotonic()
            running.append(Replica(database_url, "one"))
            await ended(database)
        assert time.monotonic() - killed < 15, "its own rows are taken back at once"
    assert len(receiver.count()) == RECEIVERS, "none is missing"
    assert receiver.duplicates <= CONCURRENCY
    assert await states(database) == {"delivered": RECEIVERS}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_of_two_replicas_one_is_lost_and_the_other_finishes(
    database: Database, database_url: str
) -> None:
    async with Receiver(latency=0.02) as receiver:
        await conversations(database, RECEIVERS, service_url=receiver.url)
        await announce(database)
        with replicas(
            Replica(database_url, "one", lease=3), Replica(database_url, "two", lease=3)
        ) as running:
            await until(lambda: len(receiver.arrived) >= RECEIVERS // 3)
            running.pop().kill()
            await ended(database)
    assert len(receiver.count()) == RECEIVERS
    assert receiver.duplicates <= CONCURRENCY
    assert await states(database) == {"delivered": RECEIVERS}


async def test_limits_hold_over_all_replicas(database: Database, database_url: str) -> None:
    rate, channels, busy = 40, 120, 12
    async with Receiver(latency=0.02) as receiver:
        await conversations(database, channels, service_url=receiver.url)
        await conversations(database, 1, service_url=receiver.url, prefix="busy", network="lappi")
        for number in range(busy):
            await announce(database, f"busy{number}", "lappi")
        await announce(database)
        started = [Replica(database_url, "one", rate=rate)]
        if database.is_postgres:
            started.append(Replica(database_url, "two", rate=rate))
        with replicas(*started):
            for number in range(busy):
                await ended(database, f"busy{number}")
            await ended(database)
    assert len(receiver.arrived) == channels + busy
    assert receiver.busiest(1.0) <= rate * 1.1
    posts = [at for at, where in receiver.arrived if where == "busy0"]
    assert len(posts) == busy
    assert busiest(posts, 1.0) <= 7
    took = max(posts) - min(posts)
    assert took >= (busy - 5) * 30 / 55 - 0.2
    assert took <= (busy - 5) * 30 / 55 + 3, "nor much less than it may"
    spread = sorted(at for at, where in receiver.arrived)
    assert spread[channels // 2] - spread[0] >= (channels // 2 - 5) / rate, "evenly, not at once"
