"""`taikubot db …` as an administrator types it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import insert
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.store.database import Database
from bot.store.tables import announcement


@pytest.fixture(autouse=True)
def _database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BOT_DATABASE_URL", f"sqlite:///{tmp_path / 'state' / 'taikubot.db'}")


def db(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["db", *map(str, arguments)])


def test_upgrade_backup_and_restore(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "backup.jsonl"
    missing = db("backup", file)
    assert missing.exit_code == 1
    assert "taikubot db upgrade" in missing.stderr
    assert not file.exists()

    assert "upgraded to schema" in db("upgrade").stdout
    assert "Nothing to do" in db("upgrade").stdout
    assert "0 rows" in db("backup", file).stdout
    again = db("backup", file)
    assert (again.exit_code, again.stdout) == (1, "")
    assert f"{file} is already there: name a new file." in again.stderr

    monkeypatch.setenv("BOT_DATABASE_URL", f"sqlite:///{tmp_path / 'other.db'}")
    done = db("restore", file)
    assert "0 rows are restored" in done.stdout
    assert done.stderr == ""
    assert db("restore", tmp_path / "nowhere").exit_code == 1


def test_a_restore_says_that_sending_is_paused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "backup.jsonl"
    db("upgrade")
    asyncio.run(_schedule(tmp_path / "state" / "taikubot.db"))
    assert db("backup", file).exit_code == 0
    monkeypatch.setenv("BOT_DATABASE_URL", f"sqlite:///{tmp_path / 'other.db'}")
    done = db("restore", file)
    assert "1 row is restored" in done.stdout
    assert "sending is paused" in done.stderr
    assert "taikubot resume" in done.stderr


async def _schedule(path: Path) -> None:
    """Puts an announcement in that is overdue."""
    database = Database(f"sqlite+aiosqlite:///{path}")
    async with database.transaction() as tx:
        await tx.execute(
            insert(announcement).values(
                id="a",
                state="scheduled",
                send_at=1.0,
                version=1,
                networks=["uusimaa"],
                title={},
                text={},
                note={},
                facts={},
                reminders=[],
                created_at=1.0,
                updated_at=1.0,
            )
        )
    await database.close()


def test_a_server_that_is_not_there_is_one_sentence_without_the_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BOT_DATABASE_URL", "postgresql://somebody:sesame@127.0.0.1:9/db")
    done = db("upgrade")
    assert done.exit_code == 1
    assert "cannot be used" in done.stderr
    assert "sesame" not in done.output
