"""The engine in processes of their own, against a loopback connector: killed, doubled, limited."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator
from itertools import pairwise

import pytest

from bot.announcements.delivery import CONCURRENCY
from bot.store.database import Database
from bot.store.limits import CONVERSATION_BURST, CONVERSATION_INTERVAL

from .connector import ConnectorWorld, busiest
from .delivering import announce, conversations, ended, states, until
from .worker import Replica

pytestmark = pytest.mark.slow

RECEIVERS = 5 * CONCURRENCY

HOLDS = 600.0
"""Seconds of a lease that does not end while a test waits."""


@contextlib.contextmanager
def replicas(*started: Replica) -> Iterator[list[Replica]]:
    """Replicas of which those that are left in the list are killed at the end."""
    running = list(started)
    try:
        yield running
    finally:
        for replica in running:
            replica.kill()


@pytest.mark.parametrize("round", range(4))
async def test_killed_at_a_random_moment_and_started_again(
    database: Database, database_url: str, round: int
) -> None:
    async with ConnectorWorld(latency=0.02) as receiver:
        await conversations(database, RECEIVERS, service_url=receiver.url())
        await announce(database)
        moment = random.randrange(1, RECEIVERS)
        with replicas(Replica(database_url, "one", lease=HOLDS)) as running:
            await until(lambda: len(receiver.arrived) >= moment)
            running.pop().kill()
            # Its own rows are taken back at once: nobody waits for the end of this lease.
            running.append(Replica(database_url, "one", lease=HOLDS))
            await ended(database)
    assert len(receiver.count()) == RECEIVERS, "none is missing"
    assert receiver.duplicates <= CONCURRENCY
    assert await states(database) == {"delivered": RECEIVERS}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_of_two_replicas_one_is_lost_and_the_other_finishes(
    database: Database, database_url: str
) -> None:
    async with ConnectorWorld(latency=0.02) as receiver:
        await conversations(database, RECEIVERS, service_url=receiver.url())
        await announce(database)
        # A machine that does much else must not make the other one lose its claims too.
        with replicas(
            Replica(database_url, "one"), Replica(database_url, "two", lease=3)
        ) as running:
            await until(lambda: len(receiver.arrived) >= RECEIVERS // 3)
            running.pop().kill()
            await ended(database)
    assert len(receiver.count()) == RECEIVERS
    assert receiver.duplicates <= CONCURRENCY
    assert await states(database) == {"delivered": RECEIVERS}


async def test_limits_hold_over_all_replicas(database: Database, database_url: str) -> None:
    rate, channels, busy = 40, 120, 12
    async with ConnectorWorld(latency=0.02) as receiver:
        await conversations(database, channels, service_url=receiver.url())
        await conversations(database, 1, service_url=receiver.url(), prefix="busy", network="lappi")
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
    # Each leaves at its slot or at most LATE after it; a replica's view of the clock, which it asks
    # the database for, is off by as long as the answer takes.
    assert receiver.busiest(1.0) <= rate * 1.1 + 1
    posts = [at for at, where in receiver.arrived if where == "busy0"]
    assert len(posts) == busy
    assert busiest(posts, 1.0) <= 7
    posts.sort()
    took = posts[-1] - posts[0]
    assert took >= (busy - CONVERSATION_BURST) * CONVERSATION_INTERVAL - 0.2
    # A post that a busy machine holds up waits for another slot; not all of them are held up.
    waits = sorted(later - at for at, later in pairwise(posts[CONVERSATION_BURST - 1 :]))
    assert waits[1] <= CONVERSATION_INTERVAL * 1.5, "nor much less than it may"
    spread = sorted(at for at, where in receiver.arrived)
    assert spread[channels // 2] - spread[0] >= (channels // 2 - 5) / rate, "evenly, not at once"
