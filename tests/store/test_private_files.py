"""What the bot writes is its user's alone, whatever the umask; what was more open is closed."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from sqlalchemy import insert

from bot import private_files
from bot.commands import terminal_line
from bot.store import upgrade as upgrading
from bot.store.backup import backup, restore
from bot.store.database import Database
from bot.store.server_lock import only_server
from bot.store.tables import rate
from bot.store.upgrade import upgrade
from bot.understanding.array_file import write_arrays

pytestmark = pytest.mark.skipif(os.name == "nt", reason="files have no modes there")


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o277], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    """The mode of each file and folder in a folder, by name."""
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*")}


def at(path: Path) -> Database:
    return Database(f"sqlite+aiosqlite:///{path}")


async def write(database: Database, tenant: str = "t") -> None:
    async with database.transaction() as tx:
        await tx.execute(insert(rate).values(tenant=tenant, next_post=0, not_before=0))


async def test_a_new_database_with_all_that_lies_beside_it(tmp_path: Path, umask: int) -> None:
    folder = tmp_path / "state" / "taikubot"
    if umask == 0o277:
        folder.mkdir(parents=True, mode=0o777)  # Nobody could make something in one it made.
        folder.parent.chmod(0o700)
        folder.chmod(0o700)
    database = at(folder / "taikubot.db")
    async with only_server(database):
        await upgrade(database)
        await write(database)
        await backup(database, folder / "backup.jsonl")
        found = modes(folder)
        assert set(found) >= {
            *("taikubot.db", "taikubot.db-wal", "taikubot.db-shm", "taikubot.db.lock"),
            "backup.jsonl",
        }
        assert set(found.values()) == {0o600}, {name: oct(mode) for name, mode in found.items()}
        assert modes(tmp_path)["state"] == modes(tmp_path)["taikubot"] == 0o700
    await database.close()


async def test_a_database_that_is_used_without_being_opened_first(
    tmp_path: Path, umask: int
) -> None:
    database = at(tmp_path / "taikubot.db")
    async with database.transaction() as tx:
        await tx.exec_driver_sql("CREATE TABLE t (c)")
    assert set(modes(tmp_path).values()) == {0o600}
    await database.close()


async def test_a_restored_one_and_the_copy_before_an_upgrade(
    tmp_path: Path, umask: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = at(tmp_path / "taikubot.db")
    await upgrade(database)
    await backup(database, tmp_path / "backup.jsonl")
    other = at(tmp_path / "restored.db")
    await restore(other, tmp_path / "backup.jsonl")
    # A copy that was begun and left is not written into.
    upgrading._copy(tmp_path / "taikubot.db", "0001")
    assert [name for name in modes(tmp_path) if ".schema-0001." in name]
    assert set(modes(tmp_path).values()) == {0o600}
    for one in (database, other):
        await one.close()


@pytest.mark.parametrize("left", ["file", "link"])
async def test_a_backup_is_not_written_into_what_lies_there(tmp_path: Path, left: str) -> None:
    """Somebody else may hold it open, or may have made it lead elsewhere."""
    database = at(tmp_path / "taikubot.db")
    await upgrade(database)
    partial = tmp_path / ".backup.jsonl.partial"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("untouched")
    if left == "file":
        partial.write_text("")
        partial.chmod(0o666)
    else:
        partial.symlink_to(elsewhere)
    await backup(database, tmp_path / "backup.jsonl")
    assert modes(tmp_path)["backup.jsonl"] == 0o600
    assert elsewhere.read_text() == "untouched"
    await database.close()


def test_there_is_no_moment_in_which_it_is_open(tmp_path: Path) -> None:
    """Another thread looks all the time while files are made."""
    seen: set[int] = set()
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            for path in tmp_path.rglob("*"):
                try:
                    found = path.stat()
                except FileNotFoundError:
                    continue
                if stat.S_ISREG(found.st_mode):
                    seen.add(stat.S_IMODE(found.st_mode))

    async def work(number: int) -> None:
        database = at(tmp_path / str(number) / "taikubot.db")
        async with only_server(database):
            await upgrade(database)
            await write(database)
            await asyncio.to_thread(upgrading._copy, tmp_path / str(number) / "taikubot.db", "0001")
            await backup(database, tmp_path / str(number) / "backup.jsonl")
        await database.close()

    looking = threading.Thread(target=look)
    before = os.umask(0)
    looking.start()
    try:
        for number in range(5):
            asyncio.run(work(number))
    finally:
        ended.set()
        looking.join()
        os.umask(before)
    assert seen == {0o600}


async def test_an_open_database_is_closed_at_the_start_and_that_is_told_once(
    tmp_path: Path,
) -> None:
    path = tmp_path / "taikubot.db"
    before = at(path)
    await upgrade(before)
    await before.close()
    copy = tmp_path / "taikubot.db.schema-0001.20260101T000000Z"
    for one in (path, copy, tmp_path / "taikubot.db.lock"):
        one.touch()
        one.chmod(0o644)
    os.chmod(tmp_path, 0o755)  # noqa: S103 - that it stays so is what is looked at
    (tmp_path / "other").touch(0o644)
    for told in (1, 0):
        with structlog.testing.capture_logs() as lines:
            database = at(path)
            async with only_server(database):
                await upgrade(database)
                await write(database, str(told))
            await database.close()
        found = [line for line in lines if line["event"] == "database.closed_to_others"]
        assert len(found) == told
        if told:
            assert {str(path), str(copy)} <= set(found[0]["files"])
    found_modes = modes(tmp_path)
    # What is not ours, and a folder that was there, stay as they are.
    assert found_modes.pop("other") == 0o644
    assert set(found_modes.values()) == {0o600}
    assert stat.S_IMODE(os.stat(tmp_path).st_mode) == 0o755


def test_a_file_of_somebody_else_is_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "taikubot.db"
    path.touch(0o644)

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "chmod", refuse)
    assert not private_files.close_to_others(path)
    assert not private_files.close_to_others(tmp_path / "nowhere")
    assert private_files.open_to(path) == 0o044


def test_learned_models_and_their_folder(tmp_path: Path, umask: int) -> None:
    folder = tmp_path / "cache" / "taikubot"
    if umask == 0o277:
        folder.mkdir(parents=True)
        for one in (folder.parent, folder):
            one.chmod(0o700)
    write_arrays(folder / "model-1.npz", {}, keep=1)
    found = modes(tmp_path)
    assert found.pop("cache") == found.pop("taikubot") == 0o700
    expected = 0o400 if umask == 0o277 else 0o600
    assert found == {"model-1.npz": expected}


def test_what_was_typed_in_the_terminal(tmp_path: Path, umask: int) -> None:
    pytest.importorskip("readline")
    folder = tmp_path / "state"
    if umask == 0o277:
        folder.mkdir()
        folder.chmod(0o700)
    terminal_line.write_history(folder / "history")
    found = modes(tmp_path)
    assert found["state"] == 0o700
    # readline puts another file in its place, from which the umask may take more.
    assert found["history"] in (0o600, 0o600 & ~umask)


def test_folders_that_exist_are_left_and_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o755)
    private_files.make_folder(tmp_path / "open" / "new" / "newer")
    assert modes(tmp_path) == {"open": 0o755, "new": 0o700, "newer": 0o700}
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        private_files.make_folder(tmp_path / "file")


def test_a_link_to_nowhere_is_followed_as_sqlite_does(tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "target.db")
    database = at(tmp_path / "link.db")
    asyncio.run(_use(database))
    assert modes(tmp_path)["target.db"] == 0o600


async def _use(database: Database) -> None:
    await upgrade(database)
    await database.close()


def test_without_modes_nothing_breaks(tmp_path: Path) -> None:
    """As on Windows, where `os` has no `fchmod` before Python 3.13."""
    script = (
        "import os, sys, pathlib\n"
        "del os.fchmod\n"
        "from bot import private_files\n"
        "private_files.HAS_MODES = False\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "private_files.make_folder(path.parent)\n"
        "private_files.touch(path)\n"
        "path.chmod(0o644)\n"
        "assert not private_files.close_to_others(path)\n"
        "assert private_files.open_to(path) == 0\n"
    )
    path = tmp_path / "folder" / "file"
    subprocess.run([sys.executable, "-c", script, path], check=True)
    assert path.exists()
