"""`taikubot db …` as an administrator types it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app


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
    assert "0 rows are restored" in db("restore", file).stdout
    assert db("restore", tmp_path / "nowhere").exit_code == 1


def test_a_server_that_is_not_there_is_one_sentence_without_the_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BOT_DATABASE_URL", "postgresql://somebody:sesame@127.0.0.1:9/db")
    done = db("upgrade")
    assert done.exit_code == 1
    assert "cannot be used" in done.stderr
    assert "sesame" not in done.output
