"""The running server while its database is in trouble: it answers, says why, and recovers."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr
from sqlalchemy import Connection, Engine, event
from structlog.testing import capture_logs

from bot.announcements import background, self_check
from bot.announcements.background import DatabaseUnusable
from bot.announcements.delivery import DeliveryEngine
from bot.app import create_app
from bot.channels.connector import endpoint
from bot.ops.settings import Settings
from bot.store import database as database_room
from bot.store.database import Database
from bot.store.server_lock import only_server
from bot.store.upgrade import upgrade
from bot.understanding.reloader import ContentReloader, Folders, Snapshot
from tests import postgres as server

pytestmark = pytest.mark.slow

PATIENCE = 60.0
TOKEN = "a token that is long enough for the API"
NEWS = {"title": {"fi": "Uutinen"}, "text": {"fi": "Teksti."}}


class Bot:
    """A running server, asked over HTTP."""

    def __init__(self, client: TestClient[web.Request, web.Application]) -> None:
        self._client = client

    async def ready(self) -> tuple[int, dict[str, Any]]:
        answer = await self._client.get("/readyz")
        return answer.status, await answer.json()

    async def until(self, status: int) -> list[str]:
        """The problems once `/readyz` answers so."""
        async with asyncio.timeout(PATIENCE):
            while True:
                found, told = await self.ready()
                assert (await self._client.get("/healthz")).status == 200
                if found == status:
                    return list(told["problems"])
                await asyncio.sleep(0.05)

    async def announce(self) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {TOKEN.replace(' ', '-')}"}
        answer = await self._client.post("/api/announcements", json=NEWS, headers=headers)
        told = await answer.json()
        return answer.status, told.get("message", "")

    async def ask(self) -> int:
        """Whether somebody who asks gets an answer."""
        answer = await self._client.post("/api/chat", json={"text": "moi"})
        return answer.status

    async def metrics(self) -> str:
        return await (await self._client.get("/metrics")).text()


async def until(bot: Bot, problem: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while problem not in (await bot.until(503))[0]:  # noqa: ASYNC110 - asked over HTTP
            await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def running(url: str, snapshot: Snapshot, **given: Any) -> AsyncIterator[Bot]:
    token = SecretStr(TOKEN.replace(" ", "-"))
    settings = Settings(database_url=SecretStr(url), api_token=token, **given)
    reloader = ContentReloader(Folders(Path("content"), Path("intents")), replace(snapshot))
    served = TestServer(create_app(settings, reloader))
    try:
        await served.start_server()
        async with TestClient(served) as client:
            yield Bot(client)
    finally:
        await served.close()


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes seconds takes tenths."""
    monkeypatch.setattr(self_check, "INTERVAL", 0.1)
    monkeypatch.setattr(self_check, "RETRY_INTERVAL", 0.1)
    monkeypatch.setattr(self_check, "STALE_AFTER", 0.6)
    monkeypatch.setattr(self_check, "PATIENCE", 0.2)
    monkeypatch.setattr(background, "FIRST_RETRY", 0.1)
    monkeypatch.setattr(background, "MAX_RETRY", 0.4)


def test_an_alarm_comes_within_15_seconds() -> None:
    assert self_check.STALE_AFTER + self_check.RETRY_INTERVAL <= 15
    # By then an attempt has failed and told why; one slow one is no alarm.
    assert self_check.INTERVAL + self_check.TIMEOUT <= 15
    assert self_check.INTERVAL + self_check.PATIENCE < self_check.STALE_AFTER
    assert self_check.ENGINE_STALE_AFTER <= 15


@pytest.mark.usefixtures("soon")
async def test_a_deleted_sqlite_file(tmp_path: Path, snapshot: Snapshot) -> None:
    path = tmp_path / "taikubot.db"
    async with running(f"sqlite+aiosqlite:///{path}", snapshot) as bot:
        assert await bot.until(200) == []
        assert (await bot.announce())[0] == 202
        os.rename(path, tmp_path / "away.db")
        (told,) = await bot.until(503)
        assert f"file {path} is gone" in told
        assert "`taikubot db restore FILE`" in told
        assert await bot.announce() == (
            503,
            "The database's file is gone. Tell the administrator: this does not end by itself.",
        )
        assert await bot.ask() == 200
        assert "taikubot_database_ok 0.0" in await bot.metrics()
        os.rename(tmp_path / "away.db", path)
        assert await bot.until(200) == []
        assert (await bot.announce())[0] == 202
        assert "taikubot_database_ok 1.0" in await bot.metrics()
        assert "taikubot_deliveries_in_doubt 0.0" in await bot.metrics()
        assert (await bot.ready())[1]["deliveries"] == []


async def test_a_list_of_coordinators_that_is_lost_is_named_and_keeps_nothing_from_working(
    tmp_path: Path, snapshot: Snapshot
) -> None:
    """It need not be there at the start, either."""
    file = tmp_path / "coordinators.yaml"

    async def named(bot: Bot, *, wanted: bool) -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                told = (await bot.ready())[1]["announcements"]
                if any(str(file) in one for one in told) == bool(told) == wanted:
                    return
                await asyncio.sleep(0.05)

    url = f"sqlite+aiosqlite:///{tmp_path / 'taikubot.db'}"
    async with running(url, snapshot, coordinators_file=file) as bot:
        assert await bot.until(200) == []
        for _ in range(2):
            await named(bot, wanted=True)
            assert await bot.until(200) == []
            assert await bot.ask() == 200
            file.write_text("coordinators: [{id: x, networks: ['*']}]", "utf-8")
            await named(bot, wanted=False)
            file.unlink()


@pytest.mark.usefixtures("soon")
async def test_postgresql_is_away_at_the_start_and_later(
    postgres: server.Postgres, postgres_url: str, snapshot: Snapshot
) -> None:
    await asyncio.to_thread(postgres.stop)
    try:
        async with running(postgres_url, snapshot) as bot:
            (told,) = await bot.until(503)
            assert "cannot be used" in told
            assert await bot.ask() == 200
            assert await bot.announce() == (
                503,
                "The database does not answer. Try again in a moment.",
            )
            for _ in range(2):
                await asyncio.to_thread(postgres.start)
                assert await bot.until(200) == []
                assert (await bot.announce())[0] == 202
                await asyncio.to_thread(postgres.stop)
                (told,) = await bot.until(503)
                assert "does not answer" in told
                assert await bot.ask() == 200
    finally:
        await asyncio.to_thread(postgres.start)


@pytest.mark.usefixtures("soon")
async def test_a_sqlite_file_is_locked_at_the_start(
    tmp_path: Path, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_room, "BUSY_TIMEOUT", 0.2)
    path = tmp_path / "taikubot.db"
    made = Database(f"sqlite+aiosqlite:///{path}")
    await upgrade(made)
    await made.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=DELETE")  # Then nobody can even read.
        other.execute("BEGIN EXCLUSIVE")
        async with running(f"sqlite+aiosqlite:///{path}", snapshot) as bot:
            (told,) = await bot.until(503)
            assert f"Another program keeps the database {path} locked" in told
            assert await bot.ask() == 200
            assert await bot.announce() == (
                503,
                "The database is locked by another program. Try again in a moment.",
            )
            other.execute("ROLLBACK")
            assert await bot.until(200) == []
            assert (await bot.announce())[0] == 202


async def test_what_does_not_end_by_itself_ends_the_start(
    database_url: str, snapshot: Snapshot
) -> None:
    database = Database(database_url)
    await upgrade(database)
    async with database.transaction() as tx:
        await tx.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    await database.close()
    with pytest.raises(DatabaseUnusable, match="newer Taikubot"):
        async with running(database_url, snapshot):
            raise AssertionError


@pytest.mark.usefixtures("soon")
async def test_a_newer_schema_that_turns_up_later_is_not_touched(
    postgres: server.Postgres, postgres_url: str, snapshot: Snapshot
) -> None:
    database = Database(postgres_url)
    await upgrade(database)
    async with database.transaction() as tx:
        await tx.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    await database.close()
    await asyncio.to_thread(postgres.stop)
    with capture_logs() as logs:
        try:
            async with running(postgres_url, snapshot) as bot:
                await bot.until(503)
                await asyncio.to_thread(postgres.start)
                await until(bot, "newer Taikubot")
                assert await bot.announce() == (
                    503,
                    "The database is not ready yet. Tell the administrator: this does not end by "
                    "itself.",
                )
        finally:
            await asyncio.to_thread(postgres.start)
    reasons = [line["reason"] for line in logs if line["event"] == "database.not_opened"]
    assert len(reasons) == len(set(reasons)) > 1, "each is said once, however often it is tried"


async def test_a_second_server_on_a_sqlite_file_does_not_start(
    tmp_path: Path, snapshot: Snapshot
) -> None:
    path = tmp_path / "taikubot.db"
    (tmp_path / "link.db").symlink_to(path)
    url, other = (f"sqlite+aiosqlite:///{tmp_path / name}" for name in ("taikubot.db", "link.db"))
    async with running(url, snapshot) as bot:
        with pytest.raises(DatabaseUnusable, match=r"A server runs on the database .* already"):
            async with running(other, snapshot):
                raise AssertionError
        assert (await bot.announce())[0] == 202
    async with running(other, snapshot) as bot:
        assert (await bot.announce())[0] == 202
    async with only_server(Database(url)):
        pass


async def test_an_idle_server_seldom_asks_its_database(
    tmp_path: Path, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All but the engine, which has a measure of its own."""

    async def idle(_: DeliveryEngine) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(DeliveryEngine, "run", idle)
    begun = 0

    def count(_: Connection) -> None:
        nonlocal begun
        begun += 1

    seconds = 6
    async with running(f"sqlite+aiosqlite:///{tmp_path / 'taikubot.db'}", snapshot) as bot:
        await bot.until(200)
        await asyncio.sleep(1)
        event.listen(Engine, "begin", count)
        try:
            await asyncio.sleep(seconds)
        finally:
            event.remove(Engine, "begin", count)
    # One more than so many a second: it may begin with one.
    assert 0 < begun <= 0.35 * seconds + 1


@pytest.mark.usefixtures("soon")
async def test_turns_and_posts_share_the_time_of_a_shutdown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What turns have used up is not given to posts again."""
    monkeypatch.setattr(background, "SHUTDOWN_TIMEOUT", 0.5)

    async def hang() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.sleep(PATIENCE)

    jobs = background.BackgroundJobs([hang])
    loop = asyncio.get_running_loop()
    with capture_logs() as logs:
        async with jobs.running():
            await asyncio.sleep(0)
            await jobs.begin_shutdown()
            await asyncio.sleep(0.5)
            ending = loop.time()
        assert loop.time() - ending < 0.4
    assert [line["event"] for line in logs] == ["background.shutdown_timed_out"]
    assert endpoint.DRAIN_TIMEOUT <= 20
    (task,) = jobs._tasks
    task.cancel()
    await asyncio.wait([task])
