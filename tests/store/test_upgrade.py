"""The schema: made by migrations, refused when it is somebody else's or of a newer program."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, inspect, select, text

from bot.store import upgrade as upgrading
from bot.store.database import Database
from bot.store.tables import announcement, metadata, revision
from bot.store.upgrade import StoreError, check, newest, upgrade

NEWEST = newest()
ADDED = f"{int(NEWEST) + 1:04}"
"""The number of a migration that a test adds."""


@pytest.fixture
async def empty(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


async def test_migrations_make_exactly_the_tables(empty: Database) -> None:
    done = await upgrade(empty)
    assert (done.before, done.after, done.backup) == (None, newest(), None)

    def differences(connection: Connection) -> list[object]:
        # SQLite writes a default of '' in its own way.
        options = {"compare_type": True, "compare_server_default": empty.is_postgres}
        return list(
            compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
        )

    async with empty.reading() as tx:
        assert await tx.run_sync(differences) == []


DROPPED = {"local_time"}
"""Columns that later versions have no use for."""

FACTS = json.dumps(
    {
        "key": "kahvit",
        "day": "2026-12-10",
        "meeting": {
            "start": "2026-12-10 08:30",
            "end": "2026-12-10 10:00",
            "recurrence": {
                "rrule": "FREQ=WEEKLY",
                "moved": {"2026-12-17": {"start": "2026-12-18 09:00", "end": "2026-12-18 11:00"}},
            },
        },
    }
)

MOVED = FACTS.replace('"2026-12-10"', '"2026-12-17"')

ROWS = (
    "INSERT INTO conversation (id, channel, kind, remote_id, service_url, created_at)"
    " VALUES (1, 'msteams', 'channel', '19:a', 'https://smba.example.org', 1),"
    " (2, 'msteams', 'personal', 'a:b', 'https://smba.example.org', 1)",
    "INSERT INTO follow (conversation_id, network, created_at)"
    " VALUES (1, 'uusimaa', 1), (1, '*', 2), (2, 'uusimaa', 3)",
    "INSERT INTO meeting (key, body, created_at, updated_at) VALUES ('kahvit', '{\"a\": 1}', 1, 2)",
    "INSERT INTO announcement (id, state, version, networks, title, text, note, facts, occurrence,"
    " send_at, reminders, author, tenant, idempotency_key, created_at, updated_at, finished_at)"
    f" VALUES ('a', 'sent', 2, '[\"uusimaa\"]', '{{}}', '{{}}', '{{}}', '{FACTS}',"
    " 'kahvit@2026-12-10', 1800000000.5, '[\"1d\"]', 'who', 't', 'key', 1, 1, 2),"
    f" ('c', 'sent', 1, '[]', '{{}}', '{{}}', '{{}}', '{MOVED}',"
    " 'kahvit@2026-12-17', null, '[]', null, null, null, 1, 1, 2),"
    " ('d', 'failed', 1, '[]', '{}', '{}', '{}', '{\"of\": \"another program\"}',"
    " 'kahvit@2026-12-24', null, '[]', null, null, null, 1, 1, 2),"
    " ('e', 'failed', 1, '[]', '{}', '{}', '{}', 'null', 'kahvit', null, '[]', null, null, null,"
    " 1, 1, 2),"
    " ('f', 'scheduled', 1, '[]', '{}', '{}', '{}', '{}', null, 1800000000.5, '[]', null, null,"
    " null, 1, 1, null)",
    "INSERT INTO announcement (id, parent, state, version, networks, title, text, note, facts,"
    " reminders, reminder, created_at, updated_at)"
    " VALUES ('b', 'a', 'scheduled', 1, '[]', '{}', '{}', '{}', '{}', '[]', '1d', 1, 1)",
    "INSERT INTO delivery (id, announcement_id, conversation_id, tenant, kind, network, task,"
    " state, attempts, due, remote_id, updated_at) VALUES"
    " (1, 'a', 1, 't', 'channel', 'uusimaa', 'post', 'delivered', 1, 1, 'post-1', 1),"
    " (2, 'a', null, 't', 'personal', '*', 'post', 'gone', 1, 1, null, 1)",
    "INSERT INTO rate (tenant, next_post, not_before) VALUES ('t', 1.5, 2.5)",
    "INSERT INTO revision (name, value) VALUES ('meetings', 3)",
    "INSERT INTO unanswered (id, text, language, day) VALUES (1, 'missä', 'fi', '2026-11-20')",
)
"""Something in every table of the first schema."""


async def contents(database: Database) -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables, as they stand there."""
    async with database.reading() as tx:
        tables = await tx.run_sync(lambda connection: inspect(connection).get_table_names())
        return {
            table: [dict(row._mapping) for row in await tx.execute(text(f"SELECT * FROM {table}"))]
            for table in tables
            if table != upgrading.VERSION_TABLE
        }


async def older(
    database: Database, schema: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database as a version with an older schema left it, with `ROWS` in it."""
    folder = tmp_path / "migrations"
    shutil.copytree(upgrading.SCRIPTS, folder)
    for later in (folder / "versions").glob("v*.py"):
        if later.name[1:5] > schema:
            later.unlink()
    with monkeypatch.context() as older_version:
        older_version.setattr(upgrading, "SCRIPTS", folder)
        assert (await upgrade(database)).after == schema
    async with database.transaction() as tx:
        for statement in ROWS:
            await tx.execute(text(statement.replace(":", "\\:")))


@pytest.mark.parametrize("schema", ["0001", "0002", "0003"])
async def test_what_an_older_version_kept_is_there_after_an_upgrade(
    schema: str, empty: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await older(empty, schema, tmp_path, monkeypatch)
    before = await contents(empty)
    assert all(before[table] for table in before if table not in {"pause", "replica"})
    done = await upgrade(empty)
    assert (done.before, done.after) == (schema, NEWEST)
    after = await contents(empty)
    (meeting,) = before.pop("meeting")
    (moved,) = after["overlay"]
    assert moved["body"] == meeting["body"]
    # A database that knows no JSON of its own gives the text.
    body = moved["body"]
    assert (json.loads(body) if isinstance(body, str) else body) == {"a": 1}
    assert {**moved, "body": None} == {
        "kind": "meeting",
        "key": "kahvit",
        "body": None,
        "over": None,
        "change": 0,
        "updated_at": 2,
    }
    before["revision"] = [{**row, "name": "overlay"} for row in before["revision"]]
    for table, rows in before.items():
        kept = [{name: value for name, value in row.items() if name not in DROPPED} for row in rows]
        for row in kept:
            assert any(row.items() <= one.items() for one in after[table]), row
        assert len(after[table]) == len(rows)


async def test_an_upgrade_tells_when_the_meetings_of_old_announcements_end(
    empty: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await older(empty, "0003", tmp_path, monkeypatch)
    await upgrade(empty)
    async with empty.reading() as tx:
        rows = (await tx.execute(select(announcement))).all()
    found = {row.id: (row.meeting_key, row.meeting_until) for row in rows}
    # Late enough wherever the community's clocks are, and not a day later.
    for id_, wall_clock in (("a", "2026-12-10 10:00"), ("c", "2026-12-18 11:00")):
        key, until = found[id_]
        end = dt.datetime.fromisoformat(wall_clock).replace(tzinfo=dt.UTC).timestamp()
        assert key == "kahvit"
        assert end + 12 * 3600 <= until < end + 24 * 3600
    # What the row does not tell is taken from the day of the occurrence.
    day = dt.datetime(2026, 12, 24, tzinfo=dt.UTC).timestamp()
    assert found["d"][0] == "kahvit"
    assert day + 86400 < found["d"][1] < day + 3 * 86400
    assert found["e"] == ("kahvit", None)
    assert found["f"] == found["b"] == (None, None)
    assert {row.forget_author for row in rows} == {False}


def test_the_newest_schema_is_told_without_alembic() -> None:
    scripts = ScriptDirectory(str(upgrading.SCRIPTS))
    assert newest() == scripts.get_current_head()


async def test_an_upgrade_that_has_been_done_changes_nothing(empty: Database) -> None:
    await upgrade(empty)
    again = await upgrade(empty)
    assert not again.changed
    assert again.backup is None
    await check(empty)


async def test_replicas_that_start_together_upgrade_once(database_url: str) -> None:
    both = [Database(database_url), Database(database_url)]
    try:
        done = await asyncio.gather(*(upgrade(one) for one in both))
        assert {one.after for one in done} == {newest()}
        assert sorted(one.changed for one in done) == [False, True]
    finally:
        for one in both:
            await one.close()


async def test_a_newer_schema_is_refused_and_left_alone(empty: Database) -> None:
    await upgrade(empty)
    async with empty.transaction() as tx:
        await tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for attempt in (upgrade, check):
        with pytest.raises(StoreError, match=r"newer Taikubot .*9999.*start that version"):
            await attempt(empty)
    async with empty.reading() as tx:
        assert await tx.scalar(text("SELECT version_num FROM alembic_version")) == "9999"


async def test_tables_of_another_program_are_left_alone(empty: Database) -> None:
    async with empty.transaction() as tx:
        await tx.execute(text("CREATE TABLE conversation (whatever integer)"))
    with pytest.raises(StoreError, match=r"another program \(conversation\)"):
        await upgrade(empty)


async def test_a_database_without_tables_is_told_to_be_upgraded(empty: Database) -> None:
    with pytest.raises(StoreError, match="taikubot db upgrade"):
        await check(empty)


@pytest.mark.parametrize(
    "url",
    ["postgresql+asyncpg://somebody:sesame@127.0.0.1:9/db", "sqlite+aiosqlite:////dev/null/x.db"],
)
async def test_a_database_that_does_not_answer_is_one_sentence_without_its_password(
    url: str,
) -> None:
    database = Database(url)
    with pytest.raises(StoreError, match="BOT_DATABASE_URL") as caught:
        await upgrade(database)
    assert "sesame" not in str(caught.value)
    await database.close()


async def test_a_sqlite_file_is_copied_before_a_migration_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "new" / "taikubot.db"
    database = Database(f"sqlite+aiosqlite:///{path}")
    await upgrade(database)
    async with database.transaction() as tx:
        await tx.execute(insert(revision).values(name="meetings", value=7))
    assert [file for file in path.parent.iterdir() if "schema" in file.name] == []

    # A program with one migration more, which fails half way at first.
    scripts = _scripts_with_one_more(tmp_path, monkeypatch, "SELECT nothing FROM nowhere")
    with pytest.raises(StoreError):
        await upgrade(database)
    async with database.reading() as tx:
        assert await tx.scalar(text("SELECT version_num FROM alembic_version")) == NEWEST
        columns = await tx.scalar(text("SELECT sql FROM sqlite_master WHERE name = 'revision'"))
        assert "added" not in str(columns), "all of a migration or nothing"
    scripts.write_text(scripts.read_text().replace("SELECT nothing FROM nowhere", "SELECT 1"))
    done = await upgrade(database)
    assert (done.before, done.after) == (NEWEST, ADDED)
    await database.close()
    assert done.backup is not None
    assert done.backup.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(done.backup)) as copy:
        assert copy.execute("SELECT name, value FROM revision").fetchall() == [("meetings", 7)]
        assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == (NEWEST,)
    with closing(sqlite3.connect(path)) as now:
        assert now.execute("SELECT value, added FROM revision").fetchall() == [(7, None)]


def _scripts_with_one_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: str) -> Path:
    """Migrations as they would be in a later version; gives the file of the added one."""
    folder = tmp_path / "migrations"
    shutil.copytree(Path(upgrading.__file__).parent / "migrations", folder)
    added = folder / "versions" / f"v{ADDED}_added.py"
    added.write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f'revision = "{ADDED}"\ndown_revision = "{NEWEST}"\n'
        "def upgrade():\n"
        '    op.add_column("revision", sa.Column("added", sa.Integer()))\n'
        f'    op.execute("{last}")\n'
    )
    monkeypatch.setattr(upgrading, "SCRIPTS", folder)
    return added


async def test_a_failed_migration_leaves_postgresql_as_it_was(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(postgres_url)
    await upgrade(database)
    _scripts_with_one_more(tmp_path, monkeypatch, "SELECT nothing FROM nowhere")
    with pytest.raises(StoreError):
        await upgrade(database)
    async with database.reading() as tx:
        assert await tx.scalar(text("SELECT version_num FROM alembic_version")) == NEWEST
        assert (await tx.execute(select(revision))).all() == []
    await database.close()
