"""The schema: made by migrations, refused when it is somebody else's or of a newer program."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, select, text

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


async def test_what_the_first_version_kept_is_there_after_an_upgrade(
    empty: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(upgrading.SCRIPTS, folder)
    for later in (folder / "versions").glob("v*.py"):
        if not later.name.startswith("v0001"):
            later.unlink()
    with monkeypatch.context() as first_version:
        first_version.setattr(upgrading, "SCRIPTS", folder)
        assert (await upgrade(empty)).after == "0001"
        async with empty.transaction() as tx:
            await tx.execute(
                text(
                    "INSERT INTO announcement (id, state, version, networks, title, text, note,"
                    " facts, send_at, local_time, reminders, created_at, updated_at) VALUES ("
                    " 'a', 'scheduled', 1, '[]', '{}', '{}', '{}', '{}', 1800000000.5,"
                    " '2027-01-15T10:00:00', '[]', 1, 1)"
                )
            )
    done = await upgrade(empty)
    assert (done.before, done.after) == ("0001", NEWEST)
    async with empty.reading() as tx:
        (row,) = (await tx.execute(select(announcement))).all()
    assert (row.id, row.state, row.send_at) == ("a", "scheduled", 1800000000.5)


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
