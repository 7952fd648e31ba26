"""Whatever goes wrong around the engine, all ends complete and the report is true."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from bot.announcements import attempts, wires
from bot.announcements import delivery as engine_room
from bot.announcements.sender import Target
from bot.channels.connector import ConnectorClient, RetryPolicy
from bot.channels.teams.posting import TeamsPosting
from bot.store import database as database_room
from bot.store.database import Database
from bot.store.tables import metadata
from tests import postgres as server

from .connector import HALF_JSON, HANG, ConnectorWorld, html, named, throttled
from .delivering import Channel, announce, conversations, ended, running, states, until
from .running_bot import Inside, RunningBot


@pytest.mark.slow
async def test_a_connector_that_throttles_fails_and_hangs(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "FIRST_BACKOFF", 0.05)
    monkeypatch.setattr(engine_room, "POLL_INTERVAL", 0.1)
    monkeypatch.setattr(wires, "TENANT_PAUSE_THRESHOLD", 100)
    monkeypatch.setattr(wires, "FIRST_TRIAL", 0.2)
    # Conversations are unwell by their number, most of them the first time only.
    for_good = {5: named(413, "MessageSizeTooBig"), 6: named(403, "BotNotInConversationRoster")}
    once = {0: throttled(1), 1: html(500), 2: html(503), 3: HANG, 4: HALF_JSON}
    async with ConnectorWorld() as receiver, aiohttp.ClientSession() as session:
        for kind, fault in for_good.items():
            receiver.fault(fault, place=_of_kind(kind))
        for kind, fault in once.items():
            for number in range(kind, 100, 10):
                receiver.fault(fault, place=f"c{number}", times=1)
        wire = ConnectorClient(None, lambda: session, retry_policy=RetryPolicy(attempts=1))
        await conversations(database, 100, service_url=receiver.url())
        await announce(database)
        # A post gets 2 s: what is slow on a busy machine is not taken for a hang.
        async with running(database, TeamsPosting(wire), lease=5.0):
            await ended(database)
    assert await states(database) == {"delivered": 80, "failed": 10, "gone": 10}
    for where, times in receiver.count().items():
        # What was taken without an id is posted: asking again would double it.
        assert times == (2 if int(where[1:]) % 10 <= 3 else 1), where
    asked: dict[str, list[float]] = {}
    for at, where in receiver.arrived:
        asked.setdefault(where, []).append(at)
    assert all(times[1] - times[0] >= 1.0 for where, times in asked.items() if where.endswith("0"))


def _of_kind(kind: int) -> Callable[[str], bool]:
    return lambda place: place.endswith(str(kind))


async def _slowly(task: str, target: Target) -> None:
    await asyncio.sleep(0.02)


def _said(logs: Iterable[Mapping[str, object]], begins: str) -> int:
    return len([line for line in logs if str(line["event"]).startswith(begins)])


async def test_postgresql_is_gone_for_seconds(
    postgres: server.Postgres, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(postgres_url)
    async with database.transaction() as tx:
        await tx.run_sync(metadata.create_all)
    channel = Channel()
    monkeypatch.setattr(channel, "answer", _slowly)
    await conversations(database, 300)
    await announce(database)
    with capture_logs() as logs:
        async with running(database, channel):
            await until(lambda: len(channel.deeds) > 100)
            await asyncio.to_thread(postgres.stop)
            await asyncio.sleep(0.2)
            posted = len(channel.deeds)
            await asyncio.sleep(2.8)
            assert len(channel.deeds) == posted, "nothing is posted that cannot be written down"
            await asyncio.to_thread(postgres.start)
            await ended(database)
    await _is_complete(database, channel, 300)
    assert 1 <= _said(logs, "delivery.interrupted") <= 3, "said once, not by each row"
    assert _said(logs, "delivery.recovered") == _said(logs, "delivery.interrupted")
    await database.close()


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_sqlite_file_is_locked_by_another_program(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_room, "BUSY_TIMEOUT", 0.5)
    impatient = Database(database.url.render_as_string(hide_password=False))
    channel = Channel()
    monkeypatch.setattr(channel, "answer", _slowly)
    await conversations(database, 200)
    await announce(database)
    path = database.url.database
    assert path is not None
    with capture_logs() as logs:
        async with running(impatient, channel):
            await until(lambda: len(channel.deeds) > 50)
            await asyncio.to_thread(_lock, path, 2.5)
            await ended(database)
    await _is_complete(database, channel, 200)
    assert 1 <= _said(logs, "delivery.interrupted") <= 3
    await impatient.close()


def _lock(path: str, seconds: float) -> None:
    with closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as other:
        other.execute("BEGIN EXCLUSIVE")
        time.sleep(seconds)
        other.execute("ROLLBACK")


async def _is_complete(database: Database, channel: Channel, count: int) -> None:
    posts = channel.count("post")
    assert len(posts) == count, "none is missing"
    assert posts.total() == count, "nor twice: this process knew what it had posted"
    assert await states(database) == {"delivered": count}


@pytest.mark.slow
@pytest.mark.parametrize("part", ["_begin", "_written"], ids=["claims", "completions"])
async def test_a_part_of_the_engine_that_breaks_once_ends_nothing(
    bot: RunningBot, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    places = await bot.channels(10)
    (served,) = bot.servers
    assert isinstance(served, Inside)
    where: Any = served.engine if part == "_begin" else served.engine._completions
    right = getattr(where, part)
    broken = 0

    def breaks_once(*arguments: Any) -> Any:
        nonlocal broken
        broken += 1
        if broken == 1:
            raise MemoryError
        return right(*arguments)

    monkeypatch.setattr(where, part, breaks_once)
    first = await bot.announce("Uutinen a")
    await until(lambda: broken)
    second = await bot.announce("Uutinen b")

    async def over() -> bool:
        # Nothing is at rest: what it had claimed is being sent, by what the rows say.
        bot.clock.skip(5)
        bot.wake()
        return await bot.is_over(first) and await bot.is_over(second)

    await until(over)
    assert broken > 1
    assert await bot.states(second) == {"delivered": 10}
    assert bot.world.here("Uutinen b") == Counter(places)
    assert (await bot.states(first)).total() == (await bot.states(first))["delivered"] == 10
    assert max(bot.world.here("Uutinen a").values()) <= 2
    await bot.recall(second)
    await bot.over(second)
    assert bot.world.standing(text="Uutinen b") == []
