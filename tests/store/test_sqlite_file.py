"""A SQLite file that is deleted, replaced, damaged or used by a second server."""

from __future__ import annotations

import asyncio
import errno
import os
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import OperationalError

from bot.store import server_lock
from bot.store.backup import backup, restore
from bot.store.database import Database
from bot.store.replicas import try_to_write
from bot.store.server_lock import only_server
from bot.store.sqlite_file import FileCorrupt, FileDeleted, FileReplaced, SqliteFile
from bot.store.tables import rate
from bot.store.trouble import Kind, trouble
from bot.store.upgrade import StoreError, check, upgrade


def at(path: Path) -> Database:
    return Database(f"sqlite+aiosqlite:///{path}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "taikubot.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    opened = at(path)
    await upgrade(opened)
    yield opened
    await opened.close()


async def add(database: Database, tenant: str) -> None:
    async with database.transaction() as tx:
        await tx.execute(insert(rate).values(tenant=tenant, next_post=0, not_before=0))


async def count(database: Database) -> int:
    async with database.reading() as tx:
        return int(await tx.scalar(select(func.count()).select_from(rate)) or 0)


def size(path: Path) -> int | None:
    """None for no file."""
    return path.stat().st_size if path.exists() else None


def write_at(path: Path, offset: int, what: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(what)


async def test_a_deleted_file_takes_no_writes_and_none_is_made_in_its_place(
    database: Database, path: Path
) -> None:
    await add(database, "before")
    away = path.with_name("away.db")
    os.rename(path, away)
    for work in (add(database, "lost"), count(database)):
        with pytest.raises(OperationalError) as caught:
            await work
        assert isinstance(caught.value.orig, FileDeleted)
        found = trouble(database, caught.value)
        assert found.kind is Kind.DELETED
        assert str(path) in found.text
        assert "taikubot db restore FILE" in found.text
    assert size(path) is None
    # It comes back by itself where the file does.
    os.rename(away, path)
    await add(database, "after")
    assert await count(database) == 2


async def test_a_file_that_is_deleted_within_a_transaction_is_noticed_at_its_end(
    database: Database, path: Path
) -> None:
    async def work() -> None:
        async with database.transaction() as tx:
            await tx.execute(insert(rate).values(tenant="lost", next_post=0, not_before=0))
            os.unlink(path)

    with pytest.raises(OperationalError) as caught:
        await work()
    assert isinstance(caught.value.orig, FileDeleted)


async def test_connections_that_come_later_make_no_file_either(
    database: Database, path: Path
) -> None:
    await database.close()
    os.unlink(path)
    with pytest.raises(OperationalError) as caught:
        await count(database)
    assert trouble(database, caught.value).kind is Kind.DELETED
    assert size(path) is None


async def test_nothing_is_written_into_another_file_at_the_path(
    database: Database, path: Path, tmp_path: Path
) -> None:
    other = at(tmp_path / "other.db")
    await upgrade(other)
    await other.close()
    (tmp_path / "other.db").replace(path)
    with pytest.raises(OperationalError) as caught:
        await add(database, "strayed")
    assert isinstance(caught.value.orig, FileReplaced)
    assert "start the bot anew to use it" in trouble(database, caught.value).text
    fresh = at(path)
    assert await count(fresh) == 0
    await fresh.close()


@pytest.mark.parametrize("emptied", [False, True])
async def test_a_file_that_a_server_used_is_never_made_anew_without_being_asked(
    path: Path, tmp_path: Path, emptied: bool
) -> None:
    first, file = at(path), tmp_path / "backup.jsonl"
    async with only_server(first):
        await upgrade(first)
        await add(first, "kept")
        await backup(first, file)
        # A file that is deleted while it is open leaves its log behind.
        os.unlink(path)
    assert size(path.with_name(f"{path.name}-wal"))
    await first.close()
    if emptied:
        await asyncio.to_thread(path.touch)
    for attempt in (upgrade, check):
        again = at(path)
        with pytest.raises(StoreError, match=r"taikubot\.db\.lock .*db restore FILE.*begin anew"):
            await attempt(again)
        await again.close()
    with pytest.raises(StoreError, match="gone or empty"):
        async with only_server(at(path)):
            raise AssertionError
    assert size(path) == (0 if emptied else None)

    # The way back.
    restored = at(path)
    assert await restore(restored, file) == 1
    assert await count(restored) == 1
    await restored.close()
    async with only_server(at(path)):
        pass

    # And the way to begin anew.
    os.unlink(path)
    path.with_name(f"{path.name}.lock").unlink()
    anew = at(path)
    await upgrade(anew)
    assert await count(anew) == 0
    await anew.close()


async def test_a_file_that_could_only_be_begun_is_made_whole_by_the_next_start(
    path: Path,
) -> None:
    """As when the disk was full."""
    await asyncio.to_thread(path.touch)
    with pytest.raises(StoreError, match="no tables yet"):
        await check(at(path))
    assert size(path) == 0
    database = at(path)
    async with only_server(database):
        assert size(path), "the lock tells that there was something in the file"
        await upgrade(database)
        await add(database, "one")
    await database.close()


async def test_a_file_that_is_no_database_is_named_as_that(path: Path) -> None:
    await asyncio.to_thread(path.write_bytes, b"no database, and long enough to be looked at" * 99)
    for attempt in (upgrade, check):
        opened = at(path)
        with pytest.raises(StoreError, match=r"taikubot\.db is corrupt: .*db restore FILE") as bad:
            await attempt(opened)
        assert not bad.value.transient
        await opened.close()


async def test_damage_is_noticed_while_the_file_is_open(database: Database, path: Path) -> None:
    assert database.file is not None
    database.file.look()
    database.file.verify()
    await database.close()  # All of it is in the file then.
    write_at(path, 4096 * 3, b"damage" * 2000)
    database.file.look()
    with pytest.raises(FileCorrupt) as bad:
        database.file.verify()
    assert trouble(database, bad.value).kind is Kind.CORRUPT
    write_at(path, 0, b"garbage" * 100)
    with pytest.raises(sqlite3.DatabaseError) as worse:
        database.file.look()
    assert trouble(database, worse.value).kind is Kind.CORRUPT


async def test_a_full_disk_is_named_and_ends_by_itself(database: Database) -> None:
    async with database.engine.connect() as one:
        most = (await one.exec_driver_sql("PRAGMA page_count")).scalar_one()
        await one.exec_driver_sql(f"PRAGMA max_page_count={most}")

    async def fill() -> None:
        for number in range(1_000):
            await add(database, f"{number:060}")

    with pytest.raises(OperationalError) as caught:
        await fill()
    found = trouble(database, caught.value)
    assert found.kind is Kind.FULL
    assert "make room" in found.text
    async with database.engine.connect() as one:
        await one.exec_driver_sql("PRAGMA max_page_count=1000000")
    await add(database, "room")


async def test_a_file_that_can_only_be_read_is_named_as_that(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert database.file is not None
    uri = f"{database.file.path.as_uri()}?mode=ro"
    monkeypatch.setattr(database.file, "_uri", lambda _: uri)
    await database.close()
    with pytest.raises(OperationalError) as caught:
        await try_to_write(database)
    assert trouble(database, caught.value).kind is Kind.READ_ONLY


async def test_a_lock_of_another_program_is_waited_for_patiently_or_not(
    database: Database, path: Path
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(OperationalError) as caught:
            async with database.transaction(patience=0.05):
                raise AssertionError
        other.execute("ROLLBACK")
    assert trouble(database, caught.value).kind is Kind.LOCKED
    # What waits as long as usual is not changed by it.
    async with database.transaction() as tx:
        assert await tx.scalar(select(func.count()).select_from(rate)) == 0
        assert (await tx.exec_driver_sql("PRAGMA busy_timeout")).scalar_one() == 10_000
        with pytest.raises(TimeoutError):
            async with database.transaction(patience=0.05):
                raise AssertionError
    async with database.transaction(patience=5.0):
        pass


async def test_only_one_server_runs_on_a_file_however_it_is_spelled(
    path: Path, tmp_path: Path
) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(path)
    spelled = tmp_path / "nowhere" / ".." / path.name
    (tmp_path / "nowhere").mkdir()
    first = at(path)
    async with only_server(first):
        await upgrade(first)
        for other in (path, link, spelled):
            with pytest.raises(StoreError, match=r"A server runs on .* already") as refused:
                async with only_server(at(other)):
                    raise AssertionError
            assert not refused.value.transient
        # Commands work beside it.
        beside = at(link)
        await check(beside)
        await upgrade(beside)
        await add(beside, "command")
        await backup(beside, tmp_path / "backup.jsonl")
        await beside.close()
        with pytest.raises(StoreError, match="A server runs on"):
            await restore(at(path), tmp_path / "backup.jsonl", replace=True)
        assert await count(first) == 1
    async with only_server(at(link)):
        pass
    await first.close()


async def test_the_lock_holds_though_its_file_was_deleted(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_lock, "KEEP_INTERVAL", 0.02)
    lock, first = path.with_name(f"{path.name}.lock"), at(path)
    async with only_server(first):
        await upgrade(first)
        # The lock alone, and then the database with it: nobody else may begin anew meanwhile.
        for gone, refusal in (([lock], "already"), ([lock, path], "end it first")):
            for one in gone:
                os.unlink(one)
            async with asyncio.timeout(10):
                while True:
                    await asyncio.sleep(0.05)
                    if lock.exists() and SqliteFile(path).is_served():
                        break
            with pytest.raises(StoreError, match=refusal):
                async with only_server(at(path)):
                    raise AssertionError
            for attempt in (upgrade, check) if path in gone else ():
                with pytest.raises(StoreError, match=r"still runs .* end it first") as told:
                    await attempt(at(path))
                assert "delete" not in str(told.value)
        # Nor does a backup that is refused leave a file that a start would take for the lost one.
        with pytest.raises(StoreError, match="end it first"):
            await restore(at(path), tmp_path / "backup.jsonl")
        assert size(path) is None
    await first.close()
    # Once it has ended, nothing holds the lock, and what to do then is said.
    assert not SqliteFile(path).is_served()
    with pytest.raises(StoreError, match="See first that the bot does not run"):
        await upgrade(at(path))


async def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    path = tmp_path / "taikubot.db"
    made = at(path)
    await upgrade(made)
    await made.close()
    (tmp_path / "taikubot.db.lock").mkdir()
    with pytest.raises(StoreError, match=r"Cannot lock .*\.db\.lock .*write to that folder"):
        async with only_server(at(path)):
            raise AssertionError


async def test_a_service_that_may_not_write_there_is_told_of_its_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The right to the folder, which is advised else, would not help."""

    def read_only(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr("filelock.FileLock.acquire", read_only)
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'taikubot.db'}")
    with pytest.raises(StoreError, match=r"ProtectSystem.*StateDirectory.*ReadWritePaths") as told:
        async with only_server(database):
            pass
    await database.close()
    assert "let the bot's user" not in str(told.value.message)


SERVER = """
import asyncio, sys
from bot.store.database import Database
from bot.store.server_lock import only_server

async def hold() -> None:
    async with only_server(Database(sys.argv[1])):
        print("held", flush=True)
        await asyncio.Event().wait()

asyncio.run(hold())
"""


async def test_the_lock_of_a_process_that_was_killed_is_gone(path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SERVER, f"sqlite+aiosqlite:///{path}"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"held\n"
    with pytest.raises(StoreError, match="A server runs on"):
        async with only_server(at(path)):
            raise AssertionError
    process.kill()
    await process.wait()
    async with only_server(at(path)):
        pass
