"""What `taikubot doctor` says of who else can read what the bot keeps."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from bot.cli import app
from bot.commands.doctor_closed import files, verified
from bot.ops.diagnosis import Check, CheckResult, Level
from bot.ops.settings import Settings, load_env_file, load_settings

modes = pytest.mark.skipif(os.name == "nt", reason="files have no modes there")


async def results(check: Check, settings: Settings) -> dict[str, CheckResult]:
    found = [one async for one in check(settings)]
    assert all(one.level is Level.WARNING for one in found)
    return {one.subject: one for one in found}


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with all that a bot keeps, closed."""
    for name in ("state/taikubot", "cache", "secrets"):
        (tmp_path / name).mkdir(parents=True, mode=0o700)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("BOT_CACHE_DIR", str(tmp_path / "cache"))
    for name in ("bot.env", "secrets/api_token", "state/taikubot/taikubot.db"):
        (tmp_path / name).touch(0o600)
    (tmp_path / "secrets/api_token").write_text("0123456789abcdef" * 2)
    monkeypatch.setattr("bot.ops.settings._ENV_FILES", {})
    load_env_file(tmp_path / "bot.env")
    monkeypatch.setenv("BOT_API_TOKEN_FILE", str(tmp_path / "secrets/api_token"))
    return tmp_path


@modes
async def test_nothing_is_said_of_what_is_closed(kept: Path) -> None:
    assert await results(files, load_settings()) == {}


@modes
@pytest.mark.parametrize("bit", [0o001, 0o004, 0o010, 0o040, 0o002, 0o055])
async def test_open_folders_are_told_and_left_as_they_are(kept: Path, bit: int) -> None:
    folders = [kept / "state/taikubot"]
    if bit & 0o022:
        folders.append(kept / "cache")
    (kept / "cache").chmod(0o700 | bit)
    for folder in folders:
        folder.chmod(0o700 | bit)
    found = await results(files, load_settings())
    assert set(found) == {str(folder) for folder in folders}
    for folder in folders:
        told = found[str(folder)]
        assert f"{0o700 | bit:04o}" in told.text
        assert str(folder) in told.remedy
        assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700 | bit


@modes
async def test_open_files_are_told_and_left_as_they_are(kept: Path) -> None:
    names = ("bot.env", "secrets/api_token", "state/taikubot/taikubot.db")
    for name in names:
        (kept / name).chmod(0o640)
    found = await results(files, load_settings())
    assert set(found) == {"BOT_ENV_FILE", "BOT_API_TOKEN_FILE", str(kept / names[2])}
    assert all("chmod go=" in told.remedy for told in found.values())
    # Where a secret lies is not shown: it may itself have been put there.
    assert "secrets" not in found["BOT_API_TOKEN_FILE"].text
    assert {stat.S_IMODE(os.stat(kept / name).st_mode) for name in names} == {0o640}


@modes
async def test_a_group_that_lets_this_user_in_is_needed(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a file of root's, 0640, whose group is the bot's."""
    (kept / "bot.env").chmod(0o640)
    monkeypatch.setattr("os.geteuid", lambda: 54321)
    assert "BOT_ENV_FILE" not in await results(files, load_settings())
    (kept / "bot.env").chmod(0o644)
    assert (await results(files, load_settings()))["BOT_ENV_FILE"].remedy.startswith("`chmod o=")


@modes
@pytest.mark.parametrize(
    ("file", "folder", "told"),
    [
        (0o644, 0o755, []),
        (0o664, 0o775, []),  # Whom the administrator put into the group may.
        (0o646, 0o755, ["coordinators.yaml"]),
        (0o644, 0o757, [""]),
        (0o666, 0o777, ["coordinators.yaml", ""]),
        (0o644, 0o1777, []),
    ],
)
async def test_who_could_write_into_the_list_of_coordinators_is_told(
    kept: Path, file: int, folder: int, told: list[str]
) -> None:
    place = kept / "rights"
    place.mkdir()
    path = place / "coordinators.yaml"
    path.write_text("coordinators: []")
    path.chmod(file)
    place.chmod(folder)
    settings = load_settings().model_copy(update={"coordinators_file": path})
    found = [one async for one in files(settings)]
    assert [one.remedy for one in found] == [
        f"`chmod o-w {place / name if name else place}` closes it." for name in told
    ]
    assert {one.subject for one in found} <= {"BOT_COORDINATORS_FILE"}


@modes
def test_the_command_looks_at_the_file_of_its_option(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.ops.settings._ENV_FILES", {})
    (kept / "bot.env").chmod(0o644)
    run = CliRunner().invoke(app, ["--env-file", str(kept / "bot.env"), "doctor", "--json"])
    assert '"BOT_ENV_FILE"' in run.stdout


async def test_without_modes_nothing_is_said(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (kept / "bot.env").chmod(0o644)
    monkeypatch.setattr("bot.private_files.HAS_MODES", False)
    monkeypatch.delattr("os.geteuid")
    assert await results(files, load_settings()) == {}


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://bot:sesame@database/bot?ssl=unverified", True),
        ("postgresql://bot:sesame@database/bot", False),
        ("postgresql://bot:sesame@database/bot?ssl=require", False),
        ("postgresql://bot:sesame@localhost/bot?ssl=unverified", False),
        ("postgresql://bot:sesame@localhost/bot", False),
        ("sqlite:////var/lib/bot.db", False),
    ],
)
async def test_a_server_that_nobody_verifies_is_told(url: str, told: bool) -> None:
    found = await results(verified, Settings(database_url=SecretStr(url)))
    assert ("BOT_DATABASE_URL" in found) == told
    assert "sesame" not in str(found)
