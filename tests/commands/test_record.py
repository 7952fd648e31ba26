"""`taikubot record` and `taikubot db purge`, as an administrator types them."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from typer.testing import CliRunner, Result

from bot.announcements.model import API, COMMAND, Action, Identity
from bot.announcements.record import note
from bot.cli import app
from bot.store.database import Database
from bot.store.tables import announcement
from bot.store.upgrade import upgrade

pytestmark = pytest.mark.slow

MAIJA = Identity("11111111-0000-4000-8000-000000000001", "t")
NOBODY = Identity("22222222-0000-4000-8000-000000000002", "t")
NOON = dt.datetime(2026, 11, 20, 10, 0, tzinfo=dt.UTC).timestamp()
"""In Helsinki."""


@pytest.fixture
def database(tmp_path: Path, few_intents: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database with something in the record."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'taikubot.db'}"
    file = tmp_path / "coordinators.yaml"
    file.write_text(
        f"coordinators:\n  - id: {MAIJA.id}\n    name: Maija Malli\n    networks: ['*']\n"
    )
    monkeypatch.setenv("BOT_DATABASE_URL", url)
    monkeypatch.setenv("BOT_INTENTS_DIR", str(few_intents))
    monkeypatch.setenv("BOT_COORDINATORS_FILE", str(file))

    async def fill() -> None:
        database = Database(url)
        await upgrade(database)
        async with database.transaction() as tx:
            await note(tx, NOON, MAIJA, Action.FOLLOWED, "channel", ("pirkanmaa",))
            await note(tx, NOON + 60, NOBODY, Action.ANNOUNCED, "an-id", ("pirkanmaa", "lappi"))
            await note(tx, NOON + 43_200, API, Action.RECALLED, "an-id", ("lappi",))
            await note(tx, NOON + 43_260, COMMAND, Action.PAUSED, "*", ())
            await note(tx, NOON + 43_320, COMMAND, Action.RESUMED, "tenant-1", ())
        await database.close()

    asyncio.run(fill())
    return url


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_it_is_told_in_lines_with_names_and_local_times(database: str) -> None:
    done = run("record")
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [
        "2026-11-20 12:00  Maija Malli  made a conversation follow  channel  pirkanmaa",
        f"2026-11-20 12:01  {NOBODY.id}  announced  an-id  pirkanmaa, lappi",
        "2026-11-21 00:00  Another system  recalled the announcement  an-id  lappi",
        "2026-11-21 00:01  A command on the server  paused all sending  *",
        "2026-11-21 00:02  A command on the server  resumed sending to the tenant  tenant-1",
    ]


def test_it_is_told_as_json(database: str) -> None:
    found = [json.loads(line) for line in run("record", "--json").stdout.splitlines()]
    assert found[0] == {
        "at": "2026-11-20T10:00:00+00:00",
        "by": "coordinator",
        "id": MAIJA.id,
        "name": "Maija Malli",
        "action": "followed",
        "subject": "channel",
        "networks": ["pirkanmaa"],
    }
    told = [(one["by"], one["id"], one["name"]) for one in found[1:]]
    assert told == [
        ("coordinator", NOBODY.id, None),
        ("api", None, None),
        ("command", None, None),
        ("command", None, None),
    ]
    pauses = [(one["subject"], one["networks"]) for one in found[3:]]
    assert pauses == [("*", []), ("tenant-1", [])]


def test_since_a_day_and_of_a_network(database: str) -> None:
    since = run("record", "--since", "2026-11-21", "--json").stdout.splitlines()
    assert [json.loads(line)["action"] for line in since] == ["recalled", "paused", "resumed"]
    network = run("record", "--network", "lappi", "--json").stdout.splitlines()
    assert [json.loads(line)["action"] for line in network] == ["announced", "recalled"]
    assert run("record", "--network", "lappi", "--since", "2026-11-22").stdout == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--since", "2026-13-01"), "--since: this is not a date: write 2026-12-10."),
        (("--since", "0001-01-01"), "--since: this is not a date: write 2026-12-10."),
        (("--since", "20261101"), "--since: this is not a date: write 2026-12-10."),
        (("--since", ""), "--since: this is not a date: write 2026-12-10."),
        (("--network", "uusima"), "--network: There is no such network: uusima."),
        (("--network", "*"), "--network: There is no such network: *."),
    ],
)
def test_a_wrong_option_is_named(database: str, arguments: tuple[str, ...], said: str) -> None:
    done = run("record", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


def purged(*arguments: str) -> dict[str, Any]:
    done = run("db", "purge", "--json", *arguments)
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_what_is_old_is_counted_and_purged(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = run("announce", "--title", "fi=Uutinen", "--text", "fi=Hei", "--network", "lappi")
    id_ = made.stdout.strip()

    async def make_old() -> None:
        opened = Database(database)
        async with opened.transaction() as tx:
            long_ago = {"state": "sent", "created_at": 1.0, "finished_at": 1.0}
            of_it = announcement.c.id == id_
            await tx.execute(update(announcement).where(of_it).values(**long_ago))
        await opened.close()

    asyncio.run(make_old())
    kept = {"announcements": 1, "deliveries": 0, "drafts": 0, "record": 0, "history": 0}
    assert purged("--dry-run") == {"months": 24, "dry_run": True, **kept}
    assert purged("--dry-run", "--older-than", "1200")["announcements"] == 0
    monkeypatch.setenv("BOT_KEEP_MONTHS", "36")
    assert purged("--dry-run") == {"months": 36, "dry_run": True, **kept}
    done = run("db", "purge", "--dry-run")
    assert "Announcements, reminders included: 1\nDeliveries: 0\nDrafts: 0\n" in done.stdout
    assert "Nothing was deleted (--dry-run)." in done.stderr
    assert id_ in run("announcements").stdout
    assert purged("--older-than", "3") == {"months": 3, "dry_run": False, **kept}
    assert run("announcements").stdout == ""
    done = run("db", "purge")
    assert "reminders included: 0\n" in done.stdout
    assert "This was deleted." in done.stderr


@pytest.mark.parametrize("months", ["0", "-1", "1201", "x", "1.5"])
def test_a_wrong_age_is_refused_by_the_options_name(database: str, months: str) -> None:
    done = run("db", "purge", "--older-than", months)
    assert done.exit_code == 2
    assert "'--older-than'" in done.stderr
    assert done.stdout == ""


def test_a_wrong_setting_is_refused_by_its_name(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_KEEP_MONTHS", "two")
    done = run("db", "purge")
    assert done.exit_code == 2
    assert "BOT_KEEP_MONTHS: input should be a whole number, such as 24." in done.stderr


def test_a_database_without_tables_is_told_to_be_upgraded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")
    done = run("db", "purge", "--dry-run")
    assert done.exit_code == 1
    assert "taikubot db upgrade" in done.stderr
    assert not (tmp_path / "none.db").exists()
