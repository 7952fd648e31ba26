"""Whether the server of PostgreSQL is verified: by real ones, and by ones that only seem so."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from typer.testing import CliRunner

from bot.announcements.background import DatabaseOpening
from bot.cli import app
from bot.commands.doctor_checks import database as check_database
from bot.commands.doctor_checks import sending
from bot.commands.doctor_closed import verified
from bot.i18n import languages
from bot.ops.database_url import Tls, protection
from bot.ops.diagnosis import CheckResult, Level, database_ca, diagnose
from bot.ops.settings import SettingsError, inspect_settings, load_settings
from bot.store import tls
from bot.store.database import Database
from bot.store.trouble import TRANSIENT, Kind, kind_of, short_reason, trouble
from bot.store.upgrade import StoreError, upgrade
from tests import postgres as server
from tests.certificates import DAY, Authority, Pair

ROOT = Path(__file__).parents[2]
HOST = "database.example.org"
PASSWORD = "DBPASSWORDxyz"
USER = "clerk"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def authority(folder: Path) -> Authority:
    return Authority(folder)


@pytest.fixture(scope="module")
def stranger(folder: Path) -> Authority:
    return Authority(folder, "stranger")


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's name leads to this machine."""
    resolve = socket.getaddrinfo

    def here(host: Any, *rest: Any, **more: Any) -> Any:
        return resolve("127.0.0.1" if host == HOST else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", here)


@pytest.fixture(scope="module")
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def running(port: int) -> Iterator[server.Postgres]:
    binaries = server.binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed on this machine")
    with server.running(binaries, server.Tls(port, None)) as started:
        started.psql(
            *("-U", server.USER, "-d", "postgres"),
            *("-c", f"CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}'"),
            *("-c", f"CREATE DATABASE bot OWNER {USER}"),
        )
        yield started


def serve(running: server.Postgres, port: int, pair: Pair | None) -> None:
    running.stop()
    running.start(server.Tls(port, pair))


def url(port: int, options: str = "", host: str = HOST) -> str:
    return f"postgresql+asyncpg://{USER}:{PASSWORD}@{host}:{port}/bot{options}"


async def is_encrypted(url: str, ca: Path | None = None) -> bool:
    """Connects, and asks the server."""
    database = Database(url, ca=ca)
    try:
        async with database.reading() as tx:
            answer = await tx.scalar(
                text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
            )
            return bool(answer)
    finally:
        await database.close()


async def refused(url: str, ca: Path | None = None) -> StoreError:
    """The error with which an upgrade is refused; a server would go on trying."""
    database = Database(url, ca=ca)
    try:
        with pytest.raises(StoreError) as caught:
            await upgrade(database)
    finally:
        await database.close()
    for language in ("en", "fi", "sv"):
        assert PASSWORD not in caught.value.message.said(language)
    assert caught.value.transient
    assert caught.value.__cause__ is not None
    assert kind_of(caught.value.__cause__) is Kind.UNVERIFIED
    return caught.value


@pytest.mark.postgresql
@pytest.mark.parametrize("options", ["", "?ssl=require", "?ssl=prefer", "?ssl=verify-full"])
async def test_a_good_server_is_used_encrypted(
    running: server.Postgres, port: int, authority: Authority, options: str
) -> None:
    serve(running, port, authority.certificate(HOST))
    assert await is_encrypted(url(port, options), authority.file)


@pytest.mark.postgresql
async def test_the_systems_own_cas_are_trusted_where_none_is_named(
    running: server.Postgres, port: int, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(running, port, authority.certificate(HOST))
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    assert await is_encrypted(url(port))


@pytest.mark.postgresql
@pytest.mark.parametrize("options", ["", "?ssl=require", "?ssl=prefer", "?ssl=allow"])
async def test_a_server_of_an_unknown_ca_is_refused(
    running: server.Postgres, port: int, authority: Authority, stranger: Authority, options: str
) -> None:
    serve(running, port, stranger.certificate(HOST))
    for ca in (None, authority.file):
        error = await refused(url(port, options), ca)
        assert "set BOT_DATABASE_CA" in str(error.message)
        assert HOST in str(error.message)


@pytest.mark.postgresql
async def test_a_server_of_another_name_is_refused(
    running: server.Postgres, port: int, authority: Authority
) -> None:
    serve(running, port, authority.certificate("other.example.org"))
    error = await refused(url(port), authority.file)
    assert f"is not for {HOST}" in str(error.message)
    assert f"whose subjectAltName is DNS:{HOST}." in str(error.message)
    # By its own name for it, and with a CA of one's own, the name does not matter.
    assert await is_encrypted(url(port, "?ssl=verify-ca"), authority.file)


@pytest.mark.postgresql
async def test_an_expired_certificate_is_refused(
    running: server.Postgres, port: int, authority: Authority
) -> None:
    serve(running, port, authority.certificate(HOST, until=-2 * DAY))
    error = await refused(url(port), authority.file)
    assert "has expired" in str(error.message)


@pytest.mark.postgresql
async def test_a_server_without_tls_is_refused_unless_it_is_meant(
    running: server.Postgres, port: int, authority: Authority
) -> None:
    serve(running, port, None)
    for ca in (None, authority.file):
        error = await refused(url(port), ca)
        assert "offers no TLS" in str(error.message)
        assert "?ssl=unverified" in str(error.message)
    assert not await is_encrypted(url(port, "?ssl=unverified"))


@pytest.mark.postgresql
async def test_unverified_uses_tls_where_there_is_some(
    running: server.Postgres, port: int, stranger: Authority
) -> None:
    serve(running, port, stranger.certificate("other.example.org"))
    assert await is_encrypted(url(port, "?ssl=unverified"))


@pytest.mark.postgresql
async def test_this_machine_needs_no_certificate(
    running: server.Postgres, port: int, stranger: Authority, authority: Authority
) -> None:
    serve(running, port, None)
    for host in ("127.0.0.1", "localhost"):
        assert not await is_encrypted(url(port, host=host))
    serve(running, port, stranger.certificate("other.example.org"))
    assert await is_encrypted(url(port, host="127.0.0.1"))
    assert not await is_encrypted(url(port, "?ssl=disable", host="127.0.0.1"))
    assert await is_encrypted(url(port, "?ssl=require", host="127.0.0.1"))
    # But where a CA is named it is asked.
    await refused(url(port, host="127.0.0.1"), authority.file)


@pytest.mark.postgresql
async def test_a_ca_that_is_renewed_is_read_anew_and_a_broken_one_is_told(
    running: server.Postgres, port: int, authority: Authority, stranger: Authority, tmp_path: Path
) -> None:
    serve(running, port, authority.certificate(HOST))
    ca = tmp_path / "ca.pem"
    ca.write_bytes(stranger.file.read_bytes())
    verification = tls.Verification(ca)
    database = Database(url(port), ca=ca)
    with pytest.raises(ssl.SSLCertVerificationError):
        await upgrade_once(database)
    ca.write_text("no certificate")
    with pytest.raises(tls.CaUnreadable) as broken:
        await upgrade_once(database)
    assert "The file of BOT_DATABASE_CA cannot be read" in trouble(database, broken.value).text
    ca.unlink()
    with pytest.raises(tls.CaUnreadable):
        verification.argument({"host": HOST})
    ca.write_bytes(authority.file.read_bytes())
    await upgrade_once(database)
    await database.close()


async def upgrade_once(database: Database) -> None:
    async with database.reading() as tx:
        await tx.execute(text("SELECT 1"))


class Fake:
    """Takes whoever comes for a client of PostgreSQL, asks for the password, and keeps all of it.

    It takes up TLS with its own certificate, or says that it has none, or waits for no question.
    """

    def __init__(self, context: ssl.SSLContext | None, *, hasty: bool = False) -> None:
        self._context = context
        self._hasty = hasty
        self.connections = 0
        self.heard = b""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        cleartext = b"R" + (8).to_bytes(4, "big") + (3).to_bytes(4, "big")
        try:
            self.heard += await reader.read(8)
            if self._hasty:
                writer.write(cleartext)
            elif self._context is None:
                writer.write(b"N")
            else:
                writer.write(b"S")
                await writer.start_tls(self._context)
            self.heard += await reader.read(4096)
            writer.write(cleartext)
            self.heard += await reader.read(4096)
        except (OSError, ssl.SSLError):
            pass
        finally:
            writer.close()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        listener = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        async with listener:
            yield listener.sockets[0].getsockname()[1]


def _context(pair: Pair) -> ssl.SSLContext:
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.load_cert_chain(pair.certificate, pair.key)
    return made


FAKES = ("its own certificate", "no TLS", "hasty")


@pytest.mark.parametrize("kind", FAKES)
@pytest.mark.parametrize(
    "options", ["", "?ssl=require", "?ssl=prefer", "?ssl=allow", "?ssl=verify-full", "?ssl=disable"]
)
async def test_a_fake_server_never_gets_the_password(
    stranger: Authority, kind: str, options: str
) -> None:
    context = _context(stranger.certificate(HOST)) if kind == FAKES[0] else None
    fake = Fake(context, hasty=kind == "hasty")
    async with fake.listening() as port:
        database = Database(url(port, options))
        with pytest.raises((ssl.SSLError, ConnectionError)) as caught:
            await upgrade_once(database)
        await database.close()
    assert fake.connections
    assert fake.heard
    assert PASSWORD.encode() not in fake.heard
    assert USER.encode() not in fake.heard
    assert tls.failure(caught.value) is not None


async def test_the_fake_server_gets_it_where_nobody_is_to_be_verified() -> None:
    """Else the test above would see nothing."""
    fake = Fake(None)
    async with fake.listening() as port:
        database = Database(url(port, "?ssl=unverified"))
        with pytest.raises((SQLAlchemyError, OSError)):
            await asyncio.wait_for(upgrade_once(database), 30)
        await database.close()
    assert PASSWORD.encode() in fake.heard


@pytest.mark.parametrize("command", ["upgrade", "announcements", "pause", "backup"])
async def test_no_command_gives_the_password_to_a_fake_server(
    stranger: Authority, command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words = {
        "upgrade": ["db", "upgrade"],
        "announcements": ["announcements"],
        "pause": ["pause"],
        "backup": ["db", "backup", str(tmp_path / "backup")],
    }[command]
    fake = Fake(_context(stranger.certificate(HOST)))
    async with fake.listening() as port:
        monkeypatch.setenv("BOT_DATABASE_URL", url(port, "?sslmode=require"))
        done = await asyncio.to_thread(CliRunner().invoke, app, words)
    assert done.exit_code == 1
    assert "set BOT_DATABASE_CA" in done.stderr
    assert PASSWORD not in done.output
    assert fake.connections
    assert PASSWORD.encode() not in fake.heard


async def test_a_server_starts_and_tells_what_to_set(stranger: Authority) -> None:
    """It answers questions; announcements wait."""
    fake = Fake(_context(stranger.certificate(HOST)))
    async with fake.listening() as port:
        opening = DatabaseOpening(Database(url(port)))
        async with opening.begun():
            (problem,) = opening.problems()
            assert "set BOT_DATABASE_CA" in problem.said("en")
            assert not opening.done.is_set()
    assert PASSWORD.encode() not in fake.heard


async def test_doctor_tells_what_to_set(
    stranger: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = Fake(_context(stranger.certificate(HOST)))
    async with fake.listening() as port:
        monkeypatch.setenv("BOT_DATABASE_URL", url(port))
        results: list[CheckResult] = [one async for one in check_database(load_settings())]
    (told,) = results
    assert told.level is Level.ERROR
    assert "set BOT_DATABASE_CA" in told.text
    assert PASSWORD.encode() not in fake.heard


@pytest.mark.parametrize("ca", ["missing", "no certificate"])
async def test_doctor_looks_at_no_database_without_the_ca_that_is_meant(
    ca: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One thing to mend, and a word on what was left out: no other CA is asked in its place."""
    path = tmp_path / "ca.pem"
    if ca != "missing":
        path.write_text("none")
    monkeypatch.setenv("BOT_DATABASE_CA", str(path))
    async with (fake := Fake(None)).listening() as port:
        monkeypatch.setenv("BOT_DATABASE_URL", url(port))
        settings, problems = inspect_settings()
        checks = (check_database, verified, sending)
        results = [one async for one in diagnose(settings, checks, problems)]
    assert [(one.subject, one.level) for one in results] == [
        ("BOT_DATABASE_CA", Level.ERROR),
        ("BOT_DATABASE_URL", Level.NOTE),
    ]
    assert "Mend BOT_DATABASE_CA first" in results[1].remedy
    assert fake.connections == 0


@pytest.mark.parametrize(
    ("days", "beside", "told"),
    [(3, False, True), (29, False, True), (200, False, False), (3, True, False)],
)
async def test_doctor_warns_before_the_databases_certificate_ends(
    authority: Authority,
    days: int,
    beside: bool,
    told: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ca = tmp_path / "ca.pem"
    long = authority.certificate("long.example.org", until=400 * DAY).certificate
    ends = authority.certificate(HOST, until=days * DAY + DAY / 2).certificate
    ca.write_bytes(ends.read_bytes() + long.read_bytes() * beside)
    monkeypatch.setenv("BOT_DATABASE_CA", str(ca))
    monkeypatch.setenv("BOT_DATABASE_URL", url(5432))
    found = [one async for one in diagnose(load_settings(), [database_ca])]
    assert [one.level for one in found] == [Level.WARNING] * told
    assert all("ends on 2" in one.text for one in found)


async def test_doctor_says_one_thing_of_an_address_that_is_wrong_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BOT_DATABASE_URL", url(5432, "?ssl=disable"))
    settings, problems = inspect_settings()
    checks = (check_database, verified, sending)
    (only,) = [one async for one in diagnose(settings, checks, problems)]
    assert (only.subject, only.level) == ("BOT_DATABASE_URL", Level.ERROR)


@pytest.mark.postgresql
async def test_doctor_before_the_first_start_and_after_it(
    running: server.Postgres, port: int, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(running, port, authority.certificate(HOST))
    in_psql = ("-U", server.USER, "-d", "postgres", "-c")
    running.psql(*in_psql, f"CREATE DATABASE first OWNER {USER}")
    monkeypatch.setenv("BOT_DATABASE_CA", str(authority.file))
    address = url(port).replace("/bot", "/first")
    monkeypatch.setenv("BOT_DATABASE_URL", address)
    settings = load_settings()
    database = Database.of(settings)
    try:
        (told,) = [one async for one in check_database(settings)]
        # `serve` makes the tables itself, as on SQLite.
        assert told.level is Level.NOTE
        assert "the next start makes its tables" in told.text
        async with database.reading() as tx:
            count = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
            assert await tx.scalar(text(count)) == 0, "it leaves nothing"
        await upgrade(database)
        (told,) = [one async for one in check_database(settings)]
        assert told.level is Level.RIGHT
    finally:
        await database.close()
        running.psql(*in_psql, "DROP DATABASE first")


@pytest.mark.postgresql
async def test_doctor_tells_of_a_role_that_may_make_no_tables(
    running: server.Postgres, port: int, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The start would end there; so it is an error."""
    serve(running, port, authority.certificate(HOST))
    in_psql = ("-U", server.USER, "-d", "postgres", "-c")
    running.psql(*in_psql, "CREATE DATABASE closed")
    monkeypatch.setenv("BOT_DATABASE_CA", str(authority.file))
    monkeypatch.setenv("BOT_DATABASE_URL", url(port).replace("/bot", "/closed"))
    try:
        (told,) = [one async for one in check_database(load_settings())]
        assert told.level is Level.ERROR
        assert "may not start" in told.remedy
    finally:
        running.psql(*in_psql, "DROP DATABASE closed")


@pytest.mark.postgresql
async def test_doctor_warns_of_a_role_that_may_more_than_it_needs(
    running: server.Postgres, port: int, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(running, port, authority.certificate(HOST))
    in_psql = ("-U", server.USER, "-d", "postgres", "-c")
    running.psql(*in_psql, f"ALTER ROLE {USER} CREATEROLE")
    monkeypatch.setenv("BOT_DATABASE_CA", str(authority.file))
    monkeypatch.setenv("BOT_DATABASE_URL", url(port))
    try:
        told = [one async for one in check_database(load_settings())][-1]
        assert told.level is Level.WARNING
        assert f"The role {USER} may do more" in told.text
    finally:
        running.psql(*in_psql, f"ALTER ROLE {USER} NOCREATEROLE")
    found = [one async for one in check_database(load_settings())]
    assert Level.WARNING not in {one.level for one in found}


@pytest.mark.postgresql
async def test_a_user_whom_the_server_lets_in_from_nowhere_is_told_what_to_look_at(
    running: server.Postgres, port: int, authority: Authority
) -> None:
    serve(running, port, authority.certificate(HOST))
    (running.folder / "data" / "pg_hba.conf").write_text("local all all trust\n")
    running.psql("-U", server.USER, "-d", "postgres", "-c", "SELECT pg_reload_conf()")
    database = Database(url(port), ca=authority.file)
    try:
        async with asyncio.timeout(30):
            while True:
                with pytest.raises(StoreError) as caught:
                    await upgrade(database)
                if "InvalidAuthorization" in str(caught.value.message):
                    break
                await asyncio.sleep(0.1)  # Read anew at the server's leisure.
    finally:
        await database.close()
    assert "pg_hba.conf there lets that user in" in str(caught.value.message)


def test_every_failure_is_said_in_every_language_without_the_password() -> None:
    database = Database(url(5432))
    errors: dict[tls.Failure, OSError] = {
        tls.Failure.NO_TLS: ConnectionError('PostgreSQL server at "h" rejected SSL upgrade'),
        tls.Failure.CA_FILE: tls.CaUnreadable("x"),
    }
    for code, failure in (
        (10, tls.Failure.EXPIRED),
        (9, tls.Failure.EXPIRED),
        (62, tls.Failure.WRONG_NAME),
        (64, tls.Failure.WRONG_NAME),
        (18, tls.Failure.UNKNOWN_CA),
        (19, tls.Failure.UNKNOWN_CA),
        (20, tls.Failure.UNKNOWN_CA),
        (26, tls.Failure.CERTIFICATE),
    ):
        wrong = ssl.SSLCertVerificationError()
        wrong.verify_code = code
        assert tls.failure(wrong) is failure
        errors[failure] = wrong
    assert set(errors) == set(tls.Failure)
    told = set()
    for error in errors.values():
        found = trouble(database, error)
        assert found.kind is Kind.UNVERIFIED
        assert found.kind in TRANSIENT
        for language in ("en", "fi", "sv"):
            assert language in languages()
            said = found.text.said(language)
            assert HOST in said
            assert "{" not in said
            assert PASSWORD not in said
            told.add(said)
        assert "verified" in short_reason(error)
    assert len(told) >= len(errors)
    assert tls.failure(ConnectionRefusedError()) is None
    assert tls.failure(ConnectionError("connection lost")) is None


@pytest.mark.parametrize(
    ("host", "kind"),
    [("192.0.2.2", "IP:192.0.2.2"), ("2001:db8::2", "IP:2001:db8::2"), ("db.lan", "DNS:db.lan")],
)
def test_a_certificate_for_an_address_has_another_kind_of_name(host: str, kind: str) -> None:
    told = tls.text(tls.Failure.WRONG_NAME, {"host": host})
    assert f"whose subjectAltName is {kind}." in str(told)


def test_all_that_connects_goes_one_way() -> None:
    """A second engine or driver would need to be told of the CA too."""
    engines, opened = set(), set()
    for path in (ROOT / "bot").rglob("*.py"):
        code = path.read_text("utf-8")
        name = path.relative_to(ROOT).as_posix()
        if re.search(r"\b(create_(async_)?engine|asyncpg\.connect|engine_from_config)\(", code):
            engines.add(name)
        if re.search(r"(?<![\w.])Database\(", code):
            opened.add(name)
    assert engines == {"bot/store/database.py"}
    # Else by `Database.of(settings)`, which hands the CA over.
    assert opened <= {"bot/store/database.py"}


FULL, OFFERED = Tls.FULL, Tls.OFFERED


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, OFFERED),
        ({"host": "localhost"}, OFFERED),
        ({"host": "127.0.0.1"}, OFFERED),
        ({"host": "::1"}, OFFERED),
        ({"host": "/run/postgresql"}, OFFERED),
        ({"host": ["localhost", "/run/postgresql"]}, OFFERED),
        ({"host": ["localhost", "database"]}, FULL),
        ({"host": "database"}, FULL),
        ({"host": "10.0.0.7"}, FULL),
        ({"host": "localhost.example.org"}, FULL),
        ({"host": "0.0.0.0"}, FULL),  # noqa: S104 - a place to connect to
        ({"dsn": "postgresql://elsewhere/bot"}, FULL),
        ({"host": "database", "ssl": "unverified"}, OFFERED),
        ({"host": "database", "ssl": "disable"}, FULL),
        ({"host": "database", "ssl": "verify-ca"}, Tls.CHAIN),
        ({"host": "database", "ssl": ("unverified", "require")}, FULL),
        ({"host": "localhost", "ssl": "what"}, FULL),
        ({"host": "localhost", "ssl": "disable"}, Tls.OFF),
        ({"host": "localhost", "ssl": "require"}, Tls.DEMANDED),
        ({"host": "localhost", "ssl": "verify-full"}, FULL),
    ],
)
def test_who_is_verified(
    arguments: dict[str, Any], expected: Tls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PGHOST", raising=False)
    assert protection(arguments, has_ca=False) is expected
    if "host" not in arguments:
        # The driver reads it too.
        monkeypatch.setenv("PGHOST", "database")
        assert protection(arguments, has_ca=False) is FULL


@pytest.mark.parametrize(
    ("options", "ca", "says"),
    [
        ("?sslmode=disable", False, "BOT_DATABASE_URL: says disable, which would send"),
        ("?ssl=verify-ca", False, "BOT_DATABASE_URL: says verify-ca, which lets everybody in"),
        ("?ssl=true", False, "BOT_DATABASE_URL: has an ssl that means nothing"),
        ("?ssl", False, "BOT_DATABASE_URL: has an ssl that means nothing"),
        ("?ssl=require&sslmode=require", False, "BOT_DATABASE_URL: says ssl twice"),
        ("?sslrootcert=/x", False, "BOT_DATABASE_URL: names sslrootcert: give that file as"),
        ("", True, "BOT_DATABASE_CA: the file holds no certificate"),
        (
            "?ssl=unverified",
            True,
            "BOT_DATABASE_URL: says unverified, so that BOT_DATABASE_CA is not",
        ),
    ],
)
def test_words_that_would_verify_nobody_are_refused(
    options: str, ca: bool, says: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BOT_DATABASE_URL", url(5432, options))
    if ca:
        (tmp_path / "ca.pem").write_text("none")
        monkeypatch.setenv("BOT_DATABASE_CA", str(tmp_path / "ca.pem"))
    with pytest.raises(SettingsError, match=says) as caught:
        load_settings()
    assert PASSWORD not in str(caught.value)


def test_disable_is_fine_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_DATABASE_URL", url(5432, "?sslmode=disable", "localhost"))
    assert load_settings().database_ca is None
