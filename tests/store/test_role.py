"""The role of `deploy/database/role.sql`: it owns its schema, which is all that the bot needs."""

from __future__ import annotations

import re
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot.announcements.background import DatabaseOpening
from bot.store.backup import backup, restore
from bot.store.database import Database
from bot.store.upgrade import newest, upgrade
from tests import postgres as server
from tests.certificates import Authority

from .test_upgrade import contents, older

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "deploy" / "database" / "role.sql"
PASSWORD = "it's a \\ password"

pytestmark = pytest.mark.postgresql


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("role"))


@pytest.fixture(scope="module")
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def running(authority: Authority, port: int) -> Iterator[server.Postgres]:
    """A server with TLS and two administrators: of which one may do everything, and one not."""
    binaries = server.binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed on this machine")
    tls = server.Tls(port, authority.certificate("localhost"))
    with server.running(binaries, tls, "postgres") as started:
        started.psql(
            *("-U", "postgres", "-d", "postgres"),
            *("-c", "CREATE ROLE keeper LOGIN CREATEROLE CREATEDB"),
            *("-c", "CREATE ROLE stranger LOGIN PASSWORD 'x'"),
        )
        yield started


@pytest.fixture(params=["postgres", "keeper"])
def url(
    request: pytest.FixtureRequest, running: server.Postgres, port: int, tmp_path: Path
) -> Iterator[str]:
    """The URL of a database in which an administrator ran the script; twice, as it may be."""
    admin = request.param
    password = tmp_path / "password"
    for name in ("taikubot", "restored"):
        running.psql("-U", admin, "-d", "postgres", "-c", f"CREATE DATABASE {name}")
        for text_ in ("another", PASSWORD):
            password.write_text(text_ + "\n")
            running.psql(
                *("-U", admin, "-d", name, "-v", "ON_ERROR_STOP=1", "-f", str(SCRIPT)),
                ROLE_PASSWORD_FILE=str(password),
            )
    quoted = PASSWORD.replace("'", "%27").replace("\\", "%5C").replace(" ", "%20")
    yield f"postgresql+asyncpg://taikubot:{quoted}@localhost:{port}/taikubot?ssl=verify-full"
    for name in ("taikubot", "restored"):
        running.psql("-U", admin, "-d", "postgres", "-c", f"DROP DATABASE {name}")
    running.psql("-U", admin, "-d", "postgres", "-c", "DROP ROLE taikubot")


@pytest.fixture
async def database(url: str, authority: Authority) -> AsyncIterator[Database]:
    opened = Database(url, ca=authority.file)
    yield opened
    await opened.close()


@pytest.mark.parametrize("file", [None, "", "misspelt", "empty", "blank", "folder"])
async def test_without_a_password_it_ends_and_changes_nothing(
    running: server.Postgres, url: str, database: Database, tmp_path: Path, file: str | None
) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "blank").write_text(" \r\n\n")
    (tmp_path / "folder").mkdir()
    environment = {}
    if file is not None:
        environment["ROLE_PASSWORD_FILE"] = file and str(tmp_path / file)
    stored = "SELECT rolpassword FROM pg_authid WHERE rolname = 'taikubot'"
    as_superuser = ("-U", "postgres", "-d", "postgres")
    before = running.psql(*as_superuser, "-c", stored)
    assert before.startswith("SCRAM")
    # Also where nobody says that the first error ends it.
    for stops in ((), ("-v", "ON_ERROR_STOP=1"), ("-v", "ON_ERROR_STOP=0")):
        with pytest.raises(AssertionError, match="ROLE_PASSWORD_FILE names is missing"):
            running.psql(
                *("-U", "postgres", "-d", "taikubot", *stops, "-f", str(SCRIPT)), **environment
            )
    assert running.psql(*as_superuser, "-c", stored) == before
    # The bot still gets in.
    assert await ask(database, "SELECT current_user") == "taikubot"


async def test_where_there_is_no_role_yet_none_is_made_without_a_password(
    running: server.Postgres,
) -> None:
    with pytest.raises(AssertionError, match="ROLE_PASSWORD_FILE"):
        running.psql("-U", "postgres", "-d", "postgres", "-f", str(SCRIPT))
    count = "SELECT count(*) FROM pg_roles WHERE rolname = 'taikubot'"
    assert running.psql("-U", "postgres", "-d", "postgres", "-c", count) == "0"


async def ask(database: Database, statement: str) -> object:
    async with database.transaction(opening=True) as tx:
        return await tx.scalar(text(statement))


async def test_it_upgrades_what_an_older_version_left(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await older(database, "0001", tmp_path, monkeypatch)
    assert (await upgrade(database)).after == newest()
    assert (await contents(database))["conversation"]
    owners = await ask(
        database,
        "SELECT string_agg(DISTINCT schemaname || ':' || tableowner, ',') FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')",
    )
    assert owners == "taikubot:taikubot"


async def test_it_backs_up_and_restores(
    database: Database,
    url: str,
    authority: Authority,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await older(database, "0003", tmp_path, monkeypatch)
    await upgrade(database)
    rows = await backup(database, tmp_path / "backup.jsonl")
    assert rows
    other = Database(url.replace("/taikubot?", "/restored?"), ca=authority.file)
    assert await restore(other, tmp_path / "backup.jsonl") == rows
    before, after = await contents(database), await contents(other)
    for of_one in (before, after):
        of_one.pop("pause")  # What was still to come is held back.
    assert {table: len(rows) for table, rows in after.items()} == {
        table: len(rows) for table, rows in before.items()
    }
    await other.close()


async def test_a_server_opens_it(database: Database) -> None:
    opening = DatabaseOpening(database)
    async with opening.begun():
        assert opening.problems() == []
        assert opening.done.is_set()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.t (c int)",
        "CREATE SCHEMA other",
        "CREATE TEMPORARY TABLE t (c int)",
        "CREATE ROLE other",
        "CREATE EXTENSION pg_trgm",
        "SELECT rolpassword FROM pg_authid",
        "SELECT pg_read_file('/etc/hostname')",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "ALTER ROLE taikubot SUPERUSER",
        "SET ROLE keeper",
        "SET ROLE postgres",
        "ALTER DATABASE taikubot SET work_mem = '1GB'",
    ],
)
async def test_it_may_do_nothing_else(database: Database, statement: str) -> None:
    with pytest.raises(DBAPIError, match=r"permission denied|must be|must have|InsufficientPriv"):
        await ask(database, statement)


async def test_what_the_guide_shows_makes_the_same_role(
    running: server.Postgres, port: int, authority: Authority, tmp_path: Path
) -> None:
    guide = (ROOT / "docs" / "guides" / "administrator.md").read_text()
    (shown,) = re.findall(r"^```\n(CREATE ROLE .*?)^```$", guide, re.DOTALL | re.MULTILINE)
    # Which asks for it twice on a terminal.
    assert "\\password taikubot\n" in shown
    script = tmp_path / "shown.sql"
    script.write_text(shown.replace("\\password taikubot\n", "ALTER ROLE taikubot PASSWORD 'p';\n"))
    postgres = ("-U", "postgres", "-d", "postgres")
    running.psql(*postgres, "-v", "ON_ERROR_STOP=1", "-f", str(script))
    database = Database(
        f"postgresql+asyncpg://taikubot:p@localhost:{port}/taikubot", ca=authority.file
    )
    try:
        assert (await upgrade(database)).after == newest()
        owned = "SELECT DISTINCT schemaname FROM pg_tables WHERE tableowner = 'taikubot'"
        assert await ask(database, owned) == "taikubot"
        with pytest.raises(DBAPIError, match="permission denied"):
            await ask(database, "CREATE TABLE public.t (c int)")
    finally:
        await database.close()
        running.psql(*postgres, "-c", "DROP DATABASE taikubot")
        running.psql(*postgres, "-c", "DROP ROLE taikubot")


async def test_nobody_else_gets_into_its_database(
    url: str, port: int, authority: Authority
) -> None:
    other = re.sub("//.*?@", "//stranger:x@", url)
    database = Database(other, ca=authority.file)
    with pytest.raises(Exception, match="permission denied for database"):
        await ask(database, "SELECT 1")
    await database.close()
    assert str(port) in other


async def test_it_is_no_administrators_role(database: Database) -> None:
    rights = await ask(
        database,
        "SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls"
        " FROM pg_roles WHERE rolname = current_user",
    )
    assert rights is False
    members = await ask(
        database,
        "SELECT count(*) FROM pg_auth_members WHERE roleid = 'taikubot'::regrole"
        " AND NOT admin_option OR member = 'taikubot'::regrole",
    )
    assert members == 0
