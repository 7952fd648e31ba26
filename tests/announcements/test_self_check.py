"""Whether the database takes what is written, as the running server tells it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update
from structlog.testing import capture_logs

from bot.announcements import self_check
from bot.announcements.self_check import ENGINE_STALE_AFTER, STALE_AFTER, SelfCheck
from bot.ops import metrics
from bot.store.database import Database
from bot.store.health import RECENT, STUCK_AFTER, Fare
from bot.store.replicas import ALIVE
from bot.store.tables import announcement, conversation, delivery, replica
from bot.store.upgrade import upgrade
from tests import postgres as server

from .delivering import announce, conversations


class Clock:
    """A monotonic clock that the test turns."""

    def __init__(self) -> None:
        self.time = 1_000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """As a server has it: a SQLite file is the one that was opened."""
    opened = Database(database_url)
    await upgrade(opened)
    yield opened
    await opened.close()


@pytest.fixture
def check(database: Database, clock: Clock) -> SelfCheck:
    return SelfCheck(database, "one/run", monotonic=clock)


async def owners(database: Database) -> list[str]:
    async with database.reading() as tx:
        return list((await tx.scalars(select(replica.c.owner).order_by(replica.c.owner))).all())


async def seen(database: Database, owner: str, ago: float) -> None:
    async with database.transaction() as tx:
        now = await database.now(tx)
        await tx.execute(insert(replica).values(owner=owner, seen_at=now - ago))


async def test_a_server_has_a_row_while_it_runs(database: Database, check: SelfCheck) -> None:
    await seen(database, "dead", 2 * ALIVE)
    assert await check.attempt()
    assert await check.attempt()
    assert await owners(database) == ["one/run"]
    assert check.problems() == []
    await check.leave()
    assert await owners(database) == []


async def test_it_is_told_by_how_long_ago_a_write_succeeded(
    database: Database, check: SelfCheck, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await check.attempt()
    with monkeypatch.context() as away:
        away.setattr(database, "ready", False)
        clock.time += STALE_AFTER - 1
        with capture_logs() as logs:
            assert not await check.attempt()
            assert not await check.attempt()
        assert [line["event"] for line in logs] == ["database.unwritable"], "once, not each time"
        assert check.problems() == [], "a moment without it is no alarm"
        clock.time += 2
        assert "has not been brought up to this version" in check.problems()[0]
    with capture_logs() as logs:
        assert await check.attempt()
    assert [line["event"] for line in logs] == ["database.writable"]
    assert check.problems() == []


async def test_an_attempt_that_has_not_ended_is_told_of_too(
    database: Database, check: SelfCheck, clock: Clock
) -> None:
    assert await check.attempt()
    clock.time += STALE_AFTER + 1
    (told,) = check.problems()
    assert ("does not answer" if database.is_postgres else "locked") in told


async def test_a_lock_of_somebody_else_is_named_and_ends_by_itself(
    database: Database, check: SelfCheck, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(self_check, "PATIENCE", 0.1)
    assert await check.attempt()
    async with _locked(database, "replica"):
        assert not await check.attempt()
        clock.time += STALE_AFTER + 1
        (told,) = check.problems()
        assert "locked: end" in told
    assert await check.attempt()
    assert check.problems() == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_lock_on_the_deliveries_is_noticed(
    database: Database, check: SelfCheck, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(self_check, "TIMEOUT", 1.0)
    async with _locked(database, "delivery"):
        assert not await check.attempt()
        clock.time += STALE_AFTER + 1
        assert "locked: end that transaction" in check.problems()[0]
    assert await check.attempt()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_while_the_engine_is_stuck_the_lock_that_keeps_it_is_looked_for(
    database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = 0.0
    check = SelfCheck(database, "one/run", engine=lambda: stuck, monotonic=clock)
    assert await check.attempt()
    monkeypatch.setattr(self_check, "PATIENCE", 0.3)
    async with _locked(database, "delivery"):
        assert await check.attempt(), "they were counted a moment ago"
        stuck = ENGINE_STALE_AFTER + 1
        assert not await check.attempt()
        (told,) = check.problems()
        assert "locked: end that transaction" in told
    assert await check.attempt()


@contextlib.asynccontextmanager
async def _locked(database: Database, table: str) -> AsyncIterator[None]:
    if database.file is not None:
        with closing(sqlite3.connect(database.file.path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            yield
            other.execute("ROLLBACK")
        return
    other_view = Database(database.url.render_as_string(hide_password=False))
    async with other_view.transaction() as tx:
        await tx.execute(text(f"LOCK TABLE {table}"))
        yield
    await other_view.close()


async def test_postgresql_that_can_only_be_read_is_named(postgres_url: str, clock: Clock) -> None:
    database = Database(postgres_url)
    await upgrade(database)
    check = SelfCheck(database, "one/run", monotonic=clock)
    assert await check.attempt()
    name = database.url.database
    async with database.transaction() as tx:
        await tx.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
    await database.engine.dispose()
    assert not await check.attempt()
    clock.time += STALE_AFTER + 1
    (told,) = check.problems()
    assert "can only be read, as a standby after a failover" in told
    async with database.engine.connect() as again:
        await again.execute(text("SET TRANSACTION READ WRITE"))
        await again.execute(text(f"ALTER DATABASE {name} RESET default_transaction_read_only"))
        await again.commit()
    await database.engine.dispose()
    assert await check.attempt()
    assert check.problems() == []
    await database.close()


async def test_postgresql_that_is_away_is_named(
    postgres: server.Postgres, postgres_url: str, clock: Clock
) -> None:
    database = Database(postgres_url)
    await upgrade(database)
    check = SelfCheck(database, "one/run", monotonic=clock)
    assert await check.attempt()
    await asyncio.to_thread(postgres.stop)
    try:
        assert not await check.attempt()
        clock.time += STALE_AFTER + 1
        (told,) = check.problems()
        assert "does not answer" in told
        assert "BOT_DATABASE_URL is right" in told
        await check.leave()  # A shutdown does not fail for it.
    finally:
        await asyncio.to_thread(postgres.start)
    assert await check.attempt()
    assert check.problems() == []
    await database.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_deleted_and_a_damaged_file_are_named(
    database: Database, check: SelfCheck, clock: Clock, tmp_path: Path
) -> None:
    assert await check.attempt()
    assert database.file is not None
    away = tmp_path / "away.db"
    os.rename(database.file.path, away)
    clock.time += STALE_AFTER + 1
    assert not await check.attempt()
    assert "is gone, and nothing is written until it is back" in check.problems()[0]
    os.rename(away, database.file.path)
    assert await check.attempt()
    assert check.problems() == []
    await asyncio.to_thread(_spoil, database.file.path)
    with capture_logs() as logs:
        assert not await check.attempt()
    assert [(line["kind"], line["exc_info"]) for line in logs] == [("corrupt", False)]
    clock.time += STALE_AFTER + 1
    assert "is corrupt: stop the bot" in check.problems()[0]


def _spoil(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        # Until then its head is read from the log beside it.
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.write(b"garbage" * 100)


async def test_a_second_server_is_a_problem_on_sqlite_alone(
    database: Database, check: SelfCheck
) -> None:
    assert await check.attempt()
    await seen(database, "two/run", 1.0)
    assert await check.attempt()
    expected = [] if database.is_postgres else ["Another server uses the database"]
    assert [text[:32] for text in check.problems()] == expected
    async with database.transaction() as tx:
        await tx.execute(update(replica).where(replica.c.owner == "two/run").values(seen_at=0))
    assert await check.attempt()
    assert check.problems() == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_engine_that_commits_nothing_although_it_has_work_is_a_problem(
    database: Database,
) -> None:
    stuck = 0.0
    check = SelfCheck(database, "one/run", engine=lambda: stuck)
    assert check.problems() == []
    stuck = ENGINE_STALE_AFTER + 1
    assert "none has been taken up or written down for 13 seconds" in check.problems()[0]
    stuck = 1.0
    assert check.problems() == []


async def test_what_is_stuck_given_up_in_doubt_or_suspended_is_counted(
    database: Database, check: SelfCheck
) -> None:
    await conversations(database, 8)
    await announce(database, "old")
    await announce(database, "a")
    async with database.transaction() as tx:
        now = await database.now(tx)
        ids = (
            await tx.scalars(select(delivery.c.id).where(delivery.c.announcement_id == "a"))
        ).all()

        async def put(number: int, **values: Any) -> None:
            await tx.execute(update(delivery).where(delivery.c.id == ids[number]).values(**values))

        await tx.execute(update(delivery).values(state="delivered", doubts=0))
        # Of an announcement that ended long ago nothing counts.
        await tx.execute(
            update(delivery)
            .where(delivery.c.announcement_id == "old")
            .values(state="failed", doubts=1, updated_at=now - 2 * RECENT)
        )
        ended = {"finished_at": now - 2 * RECENT, "state": "sent"}
        await tx.execute(update(announcement).where(announcement.c.id == "old").values(**ended))
        await put(0, state="pending", due=now - STUCK_AFTER - 1)
        await put(1, state="held", first_attempt=now - STUCK_AFTER - 1, due=now + 60)
        await put(2, state="pending", due=now - 60)
        await put(3, state="failed", updated_at=now - 60)
        await put(4, state="failed", updated_at=now - 2 * RECENT)
        await put(5, doubts=1)
        await put(6, state="uncertain", doubts=2)
        first = conversation.c.id == select(conversation.c.id).limit(1).scalar_subquery()
        await tx.execute(update(conversation).where(first).values(suspended_at=now))
    assert check.notes() == []
    await check.count()
    assert check.fare == Fare(stuck=2, given_up=1, in_doubt=2, suspended=1)
    for gauge, value in (
        (metrics.DELIVERIES_STUCK, 2),
        (metrics.DELIVERIES_GIVEN_UP, 1),
        (metrics.DELIVERIES_IN_DOUBT, 2),
        (metrics.CONVERSATIONS_SUSPENDED, 1),
    ):
        assert gauge._value.get() == value
    assert [text[:12] for text in check.notes()] == [
        "2 deliveries",
        "1 delivery f",
        "2 deliveries",
        "1 conversati",
    ]
    assert check.problems() == [], "the bot does its work all the same"


async def test_it_runs_until_it_is_cancelled_and_ends_what_it_has_begun(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(self_check, "INTERVAL", 0.01)
    begun, go_on, ended = asyncio.Event(), asyncio.Event(), False

    async def read_along(_: object) -> None:
        nonlocal ended
        begun.set()
        await go_on.wait()
        ended = True

    check = SelfCheck(database, "one/run", on_beat=read_along)
    running = asyncio.create_task(check.run())
    await asyncio.wait_for(begun.wait(), 60)
    running.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert ended
    assert await owners(database) == ["one/run"]


async def test_what_cannot_be_read_along_is_no_fault_of_the_database(database: Database) -> None:
    async def read_along(_: object) -> None:
        raise ValueError("no meeting")

    check = SelfCheck(database, "one/run", on_beat=read_along)
    with capture_logs() as logs:
        assert await check.attempt()
    assert [line["event"] for line in logs] == ["database.not_read_along"]
