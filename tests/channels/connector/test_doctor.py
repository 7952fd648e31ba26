"""`taikubot doctor`: it really fetches tokens and keys, so it needs the faked servers."""

from __future__ import annotations

import datetime as dt
import functools
import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from typer.testing import CliRunner

from bot.channels.connector import credential_opener
from bot.cli import app
from bot.commands.doctor_checks import CHECKS
from bot.ops.diagnosis import CheckResult, Level, diagnose
from bot.ops.settings import Settings
from bot.shipped import shipped
from bot.store import replicas
from bot.store.database import Database
from bot.store.server_lock import only_server
from bot.store.sqlite_file import SqliteFile
from bot.store.tables import replica
from bot.store.upgrade import upgrade

from .conftest import Servers
from .fakes import SECRET, FakeLogin, FakeOpenId, self_signed, write_pem

pytestmark = pytest.mark.slow


@pytest.fixture
def settings(
    settings: Settings,
    server_pem: Path,
    few_intents: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Settings:
    """Settings with which everything is right, and trust in the faked login server."""
    trusting = functools.partial(credential_opener, connection_verify=str(server_pem))
    monkeypatch.setattr("bot.commands.doctor_checks.credential_opener", trusting)
    database = SecretStr(f"sqlite+aiosqlite:///{tmp_path / 'taikubot.db'}")
    return settings.model_copy(
        update={
            "database_url": database,
            "intents": few_intents,
            "app_password_expires": dt.date.today() + dt.timedelta(days=200),
        }
    )


async def _results(settings: Settings, **changes: Any) -> dict[str, CheckResult]:
    """The findings by subject; of two, the worse one."""
    order = list(Level)
    found: dict[str, CheckResult] = {}
    async for one in diagnose(settings.model_copy(update=changes), CHECKS):
        assert SECRET not in f"{one.text}{one.remedy}"
        before = found.get(one.subject)
        if before is None or order.index(one.level) > order.index(before.level):
            found[one.subject] = one
    return found


async def test_all_is_well(settings: Settings, login: FakeLogin) -> None:
    results = await _results(settings)
    assert not [one for one in results.values() if one.level in (Level.WARNING, Level.ERROR)]
    assert results["token"].level is Level.RIGHT
    assert results["BOT_OPENID_METADATA_URL"].level is Level.RIGHT
    assert results["content"].text.startswith("14 networks, 4 contact persons")
    assert login.requests == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"app_password": SecretStr("wrong")}, "AADSTS7000215"),
        ({"app_id": "00000000-0000-0000-0000-000000000009"}, "AADSTS700016"),
        ({"app_tenant_id": "00000000-0000-0000-0000-000000000009"}, "AADSTS90002"),
    ],
)
async def test_what_entra_does_not_accept(
    settings: Settings, changes: dict[str, Any], code: str
) -> None:
    results = await _results(settings, **changes)
    assert results["token"].level is Level.ERROR
    assert code in results["token"].text


async def test_keys_that_cannot_be_fetched(settings: Settings, openid: FakeOpenId) -> None:
    openid.status = 503
    results = await _results(settings)
    assert results["BOT_OPENID_METADATA_URL"].level is Level.ERROR


@pytest.mark.parametrize(
    ("days", "level"), [(-1, Level.ERROR), (0, Level.ERROR), (9, Level.WARNING), (31, Level.RIGHT)]
)
async def test_when_the_secret_ends(settings: Settings, days: int, level: Level) -> None:
    day = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=days)
    results = await _results(settings, app_password_expires=day)
    assert results["BOT_APP_PASSWORD_EXPIRES"].level is level
    assert str(day) in results["BOT_APP_PASSWORD_EXPIRES"].text


async def test_when_the_certificate_ends(
    settings: Settings, login: FakeLogin, tmp_path: Path
) -> None:
    certificate, key = self_signed(["127.0.0.1"])
    login.certificate = certificate
    path = write_pem(tmp_path / "app.pem", certificate, key)
    results = await _results(
        settings, app_password=None, app_password_expires=None, app_certificate=path
    )
    assert str(certificate.not_valid_after_utc.date()) in results["BOT_APP_CERTIFICATE"].text
    assert results["token"].level is Level.RIGHT
    path.write_text("no certificate")
    results = await _results(
        settings, app_password=None, app_password_expires=None, app_certificate=path
    )
    assert results["BOT_APP_CERTIFICATE"].level is Level.ERROR


async def test_nobody_at_the_public_address(settings: Settings, aiohttp_server: Servers) -> None:
    results = await _results(settings, public_url="http://127.0.0.1:9")
    assert results["BOT_PUBLIC_URL"].level is Level.WARNING
    login = FakeLogin()
    stranger = await aiohttp_server(login.app)
    results = await _results(settings, public_url=str(stranger.make_url("")).rstrip("/"))
    assert "answers 404" in results["BOT_PUBLIC_URL"].text


async def test_broken_content_is_told_with_what_finds_it(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "community.yaml").write_text("name: [")
    results = await _results(settings, content_dir=tmp_path)
    assert results["content"].level is Level.ERROR
    assert "taikubot check" in results["content"].remedy


async def test_texts_that_can_be_used_and_that_cannot(settings: Settings, tmp_path: Path) -> None:
    results = await _results(settings, locale_dir=shipped("locale"))
    assert results["BOT_LOCALE_DIR"].text.endswith("holds texts in en, fi, sv.")
    results = await _results(settings, locale_dir=tmp_path / "nowhere")
    assert results["BOT_LOCALE_DIR"].level is Level.ERROR
    assert "nowhere:1: error: there is no file of texts" in results["BOT_LOCALE_DIR"].text
    (tmp_path / "fi.po").write_text('msgid "All is well."\nmsgstr "Kaikki on kunnossa.\n')
    results = await _results(settings, locale_dir=tmp_path)
    assert "fi.po:2: error: " in results["BOT_LOCALE_DIR"].text


async def test_a_short_token_and_a_page_that_is_away(settings: Settings) -> None:
    results = await _results(
        settings,
        api_token=SecretStr("short"),
        facebook_page_id="1234",
        facebook_page_token=SecretStr(SECRET),
        facebook_graph_url="http://127.0.0.1:9/v24.0",
    )
    assert results["BOT_API_TOKEN"].level is Level.WARNING
    assert results["BOT_FACEBOOK_PAGE_TOKEN"].level is Level.ERROR


def test_the_command_ends_with_1_where_something_does_not_work(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("BOT_NO_SUCH", "1")
    good = CliRunner().invoke(app, ["doctor", "--json"])
    lines = [json.loads(line) for line in good.stdout.splitlines()]
    assert good.exit_code == 0, good.output
    assert {"subject", "level", "text", "remedy"} == set(lines[0])
    assert lines[0]["subject"] == "BOT_NO_SUCH"
    assert lines[0]["level"] == "warning"
    (tmp_path / "community.yaml").write_text("name: [")
    monkeypatch.setenv("BOT_CONTENT_DIR", str(tmp_path))
    bad = CliRunner().invoke(app, ["doctor"])
    assert bad.exit_code == 1
    assert "✗ content:" in bad.stdout
    assert "One thing does not work." in bad.stdout


def test_every_malformed_setting_is_told_and_the_rest_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    for name, value in {
        "BOT_APP_ID": "00000000-0000-0000-0000-000000000009",
        "BOT_APP_TENANT_ID": "00000000-0000-0000-0000-000000000009",
        "BOT_APP_PASSWORD_FILE": str(tmp_path / SECRET),
        "BOT_APP_PASSWORD_EXPIRES": "2027-01-31",
        "BOT_LOGIN_URL": "http://login.example",
        "BOT_OPENID_METADATA_URL": "http://127.0.0.1:9/metadata",
        "BOT_COORDINATORS_FILE": str(tmp_path / "nobody.yaml"),
        "BOT_FACEBOOK_PAGE_ID": "1234",
        "BOT_PUBLIC_URL": "bot.example.org",
        "BOT_SEND_RATE": "fast",
        "BOT_API_TOKEN": "0123456789abcdef" * 2,
    }.items():
        monkeypatch.setenv(name, value)
    run = CliRunner().invoke(app, ["doctor", "--json"])
    assert SECRET not in run.output
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    wrong = {one["subject"]: one["text"] for one in lines if one["level"] == "error"}
    expected = {
        "BOT_APP_PASSWORD_FILE": "The file cannot be read: No such file or directory.",
        "BOT_LOGIN_URL": "Must be an https URL.",
        # The bot starts without it, and then nobody may announce.
        "BOT_COORDINATORS_FILE": f"{tmp_path / 'nobody.yaml'}:1: error: there is no such file",
        "BOT_FACEBOOK_PAGE_TOKEN": "Missing, yet BOT_FACEBOOK_PAGE_ID is set.",
        "BOT_PUBLIC_URL": "Must be an https URL (http only",
        "BOT_SEND_RATE": "Input should be a valid number",
        # Not malformed, and looked at like all that is right.
        "BOT_OPENID_METADATA_URL": "",
    }
    assert wrong.keys() == expected.keys()
    assert all(wrong[name].startswith(text) for name, text in expected.items()), wrong
    # Each is named once, and no secret is sent to another login than the one that was meant.
    rest = {one["subject"]: one["level"] for one in lines if one["level"] != "error"}
    assert {"content", "BOT_APP_ID", "BOT_DATABASE_URL", "BOT_API_TOKEN"} <= rest.keys()
    assert rest.keys().isdisjoint({*expected, "token", "BOT_APP_PASSWORD"})
    assert run.exit_code == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "content", "summary"),
    [
        ("fi", "✓ content: 14 verkostoa, 4 yhteyshenkilöä", "2 asiaa ei toimi."),
        ("sv", "✓ content: 14 nätverk, 4 kontaktpersoner", "2 saker fungerar inte."),
    ],
)
def test_the_command_speaks_the_language_of_the_terminal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, language: str, content: str, summary: str
) -> None:
    def run() -> tuple[str, list[dict[str, str]]]:
        lines = CliRunner().invoke(app, ["doctor", "--json"]).stdout.splitlines()
        return CliRunner().invoke(app, ["doctor"]).stdout, [json.loads(line) for line in lines]

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("BOT_SEND_RATE", "fast")
    monkeypatch.setenv("BOT_PUBLIC_URL", "bot.example.org")
    monkeypatch.setenv("BOT_NO_SUCH", "1")
    _, in_english = run()
    monkeypatch.setenv("LANG", f"{language}_FI.UTF-8")
    shown, lines = run()
    assert content in shown
    assert summary in shown
    # The same objects, but for what people read.
    for one, other in zip(in_english, lines, strict=True):
        assert (one["subject"], one["level"]) == (other["subject"], other["level"])
        assert one["text"] != other["text"]
        assert (one["remedy"] != other["remedy"]) == bool(one["remedy"])
        assert other["text"][0].isupper() or other["level"] != "error"


@pytest.mark.parametrize(("uid", "notes"), [(0, 1), (1000, 0)])
async def test_root_is_told_that_it_sees_more_than_the_bot(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, uid: int, notes: int
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: uid)
    results = await _results(settings)
    assert [one.level for one in results.values() if one.subject == "user"] == [Level.NOTE] * notes


async def test_the_database_before_and_after_its_first_start(
    settings: Settings, tmp_path: Path
) -> None:
    before = await _results(settings)
    assert before["BOT_DATABASE_URL"].level is Level.NOTE
    database = Database(settings.database_url.get_secret_value())
    await upgrade(database)
    await database.close()
    after = await _results(settings)
    assert after["BOT_DATABASE_URL"].level is Level.RIGHT
    (tmp_path / "taikubot.db").write_text("no database at all, and long enough to be looked at")
    broken = await _results(settings)
    assert broken["BOT_DATABASE_URL"].level is Level.ERROR


def _overwrite(path: Path, offset: int, what: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(what)


async def _of_the_database(settings: Settings) -> CheckResult:
    return (await _results(settings))["BOT_DATABASE_URL"]


async def test_a_database_that_cannot_be_written_is_an_error(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "taikubot.db"
    database = Database(settings.database_url.get_secret_value())
    await upgrade(database)
    await database.close()
    with monkeypatch.context() as read_only:
        read_only.setattr(SqliteFile, "_uri", lambda file, _: f"{file.path.as_uri()}?mode=ro")
        told = await _of_the_database(settings)
    assert told.level is Level.ERROR
    assert "can only be read: let the bot's user write" in told.text
    assert "Until then the bot starts and answers questions" in told.remedy
    monkeypatch.setattr(replicas, "TRIAL_PATIENCE", 0.1)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        told = await _of_the_database(settings)
        assert told.level is Level.ERROR
        assert "Another program keeps the database" in told.text
        assert "Until then the bot starts and answers questions" in told.remedy
        other.execute("ROLLBACK")
    # The trial leaves nothing behind, also beside a server.
    async with only_server(database):
        assert (await _of_the_database(settings)).level is Level.RIGHT
    async with database.reading() as tx:
        assert (await tx.execute(select(replica))).all() == []
    await database.close()
    _overwrite(path, 4096 * 2, b"damage" * 2000)
    told = await _of_the_database(settings)
    assert "is corrupt: stop the bot, move the file away" in told.text
    assert "the bot may not start" in told.remedy
    os.unlink(path)
    told = await _of_the_database(settings)
    assert told.level is Level.ERROR
    assert "is gone or empty, although there was one" in told.text
    assert told.remedy == "Until then the bot does not start."


async def test_what_works_until_the_database_is_mended_depends_on_the_server(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "taikubot.db"
    database = Database(settings.database_url.get_secret_value())
    async with only_server(database):
        await upgrade(database)
        await database.close()
        os.rename(path, tmp_path / "away.db")
        told = await _of_the_database(settings)
        assert "a server that used it still runs" in told.text
        assert "end it first" in told.text
        assert "delete" not in told.text
        assert told.remedy.startswith("Until then the bot that runs answers questions")
        os.rename(tmp_path / "away.db", path)
    # As on a disk that can only be read: no lock can be taken.
    with monkeypatch.context() as read_only:
        read_only.setattr(SqliteFile, "_uri", lambda file, _: f"{file.path.as_uri()}?mode=ro")
        read_only.setattr("bot.commands.doctor_checks.os.access", lambda *_: False)
        told = await _of_the_database(settings)
    assert told.remedy == "Until then the bot does not start."


async def test_a_variable_is_named_once(settings: Settings) -> None:
    nobody = SecretStr("postgresql+asyncpg://bot@127.0.0.1:1/bot")
    told = (await _results(settings, database_url=nobody))["BOT_DATABASE_URL"]
    assert told.level is Level.ERROR
    assert not told.text.startswith("BOT_DATABASE_URL")
    assert "cannot be used" in told.text
    assert "Until then the bot starts and answers questions" in told.remedy


async def test_a_database_that_is_away_is_told_without_its_password(settings: Settings) -> None:
    url = f"postgresql+asyncpg://bot:{SECRET}@127.0.0.1:9/bot"
    results = await _results(settings, database_url=SecretStr(url))
    assert results["BOT_DATABASE_URL"].level is Level.ERROR


async def test_coordinators_who_are_read_and_who_are_not(
    settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "coordinators.yaml"
    path.write_text("coordinators:\n  - id: one\n    name: Maija\n    networks: [pirkanmaa]\n")
    results = await _results(settings, coordinators_file=path)
    assert results["BOT_COORDINATORS_FILE"].text.endswith("names 1.")
    path.write_text("coordinators:\n  - id: one\n    networks: [pirkanmaa]\n")
    results = await _results(settings, coordinators_file=path)
    assert "names 1; 1 without a `name`" in results["BOT_COORDINATORS_FILE"].text
    # The bot does the same: it goes on with the file's other networks.
    path.write_text("coordinators:\n  - id: one\n    networks: [atlantis]\n")
    results = await _results(settings, coordinators_file=path)
    assert results["BOT_COORDINATORS_FILE"].level is Level.WARNING
    assert "coordinators.yaml:3" in results["BOT_COORDINATORS_FILE"].text
    path.write_text("coordinators: []\n")
    results = await _results(settings, coordinators_file=path)
    assert results["BOT_COORDINATORS_FILE"].level is Level.NOTE
    assert "names nobody: nobody may announce" in results["BOT_COORDINATORS_FILE"].text
    for broken in ("", "coordinators: ["):
        path.write_text(broken)
        told = (await _results(settings, coordinators_file=path))["BOT_COORDINATORS_FILE"]
        assert told.level is Level.ERROR
        assert told.remedy == "Until then nobody may announce in the chat."
        assert "remove" not in told.text
