"""The Teams app package: what is in it, judged by Microsoft's schemas, and what is refused."""

from __future__ import annotations

import datetime as dt
import io
import json
import runpy
import struct
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner, Result

from bot import __version__
from bot.channels.teams.package import (
    PackageError,
    checked_app_id,
    checked_domain,
    checked_version,
    localization,
    manifest,
    package,
    package_warnings,
)
from bot.cli import app
from bot.knowledge.library import Knowledge
from bot.knowledge.values import LANGUAGES
from bot.understanding.interpreter import MessageContext
from bot.understanding.reloader import Snapshot

ROOT = Path(__file__).parents[3]
ICONS = ROOT / "deploy" / "teams"
APP_ID = "12345678-90ab-cdef-1234-567890abcdef"
DOMAIN = "bot.example.fi"


def _without(knowledge: Knowledge, **changes: Any) -> Knowledge:
    """The same knowledge with another community."""
    community = knowledge.community.model_copy(update=changes)
    return replace(knowledge, community=community)


def _files(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_package_holds_what_teams_asks_for(knowledge: Knowledge) -> None:
    files = _files(package(knowledge, APP_ID, DOMAIN, "1.2.3", ICONS))
    assert list(files) == ["manifest.json", "sv.json", "en.json", "color.png", "outline.png"]
    told = json.loads(files["manifest.json"])
    assert (told["id"], told["version"], told["validDomains"]) == (APP_ID, "1.2.3", [DOMAIN])
    assert told["localizationInfo"]["defaultLanguageTag"] == "fi"
    named = {told["icons"]["color"], told["icons"]["outline"]}
    named |= {each["file"] for each in told["localizationInfo"]["additionalLanguages"]}
    assert named == set(files) - {"manifest.json"}
    (bot,) = told["bots"]
    assert bot["botId"] == APP_ID
    assert bot["scopes"] == ["personal", "team", "groupChat"]
    assert "authorization" not in told  # it reads nothing in Teams beyond what is said to it


def test_the_same_content_is_the_same_file(knowledge: Knowledge) -> None:
    first = package(knowledge, APP_ID, DOMAIN, "1.0.0", ICONS)
    assert first == package(knowledge, APP_ID.upper(), " Bot.Example.fi ", "1.0.0", ICONS)


def test_microsofts_schemas_find_nothing_wrong(knowledge: Knowledge, node_modules: Path) -> None:
    files = _files(package(knowledge, APP_ID, DOMAIN, "1.2.3", ICONS))
    told = json.loads(files["manifest.json"])
    schemas = node_modules / "@microsoft/app-manifest/build/json-schemas/teams"
    schemas /= f"v{told['manifestVersion']}"
    schema = json.loads((schemas / "MicrosoftTeams.schema.json").read_text("utf-8"))
    jsonschema.Draft4Validator(schema).validate(told)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(schema).validate(told | {"id": "no id"})
    texts = json.loads((schemas / "MicrosoftTeams.Localization.schema.json").read_text("utf-8"))
    for name in ("sv.json", "en.json"):
        told = json.loads(files[name])
        jsonschema.Draft4Validator(texts).validate(told)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft4Validator(texts).validate(told | {"bots[1].name": "x"})


def test_every_text_is_there_in_every_language(knowledge: Knowledge) -> None:
    told = manifest(knowledge, APP_ID, DOMAIN, "1.0.0")
    (commands,) = told["bots"][0]["commandLists"]
    assert commands["scopes"] == ["personal", "team", "groupChat"]
    assert 0 < len(commands["commands"]) <= 10
    for language in ("sv", "en"):
        texts = localization(knowledge, language)
        for index, command in enumerate(commands["commands"]):
            place = f"bots[0].commandLists[0].commands[{index}]"
            title = texts[f"{place}.title"]
            assert 0 < len(title) <= 32
            assert 0 < len(command["title"]) <= 32
            assert title != command["title"]
            assert texts[f"{place}.description"] != command["description"]
        kept = {"$schema", "name.short", "name.full", "description.short", "description.full"}
        assert len(texts) == len(kept) + 2 * len(commands["commands"])
        assert kept <= set(texts)


def test_a_suggested_command_is_understood_as_what_it_asks(snapshot: Snapshot) -> None:
    app = snapshot.knowledge.community.teams_app
    assert app is not None
    for command in app.commands:
        for language in LANGUAGES:
            asked = command.title or snapshot.knowledge.intents[command.intent].question
            question = asked[language]
            today = MessageContext(dt.date(2026, 11, 20))
            understood = snapshot.interpreter.understand(question, today)
            assert understood.requests[0].intent == command.intent, question


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("", "is not an app id"),
        ("taikubot", "is not an app id"),
        ("12345678-90ab-cdef-1234-567890abcde", "is not an app id"),
        ("12345678-90ab-cdef-1234-567890abcdeg", "is not an app id"),
        ("1234567890abcdef1234567890abcdef", "is not an app id"),
        ("{12345678-90ab-cdef-1234-567890abcdef}", "is not an app id"),
        ("00000000-0000-0000-0000-000000000000", "is nobody's app id"),
    ],
)
def test_a_wrong_app_id_is_refused(given: str, says: str) -> None:
    with pytest.raises(PackageError, match=says):
        checked_app_id(given)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("https://bot.example.fi", "is an address"),
        ("bot.example.fi/api", "is an address"),
        ("bot.example.fi:443", "without a port"),
        ("me@example.fi", "without a port or a user"),
        ("*.example.fi", r"without \*"),
        ("192.0.2.7", "is a number"),
        ("localhost", "cannot be reached"),
        ("bot", "cannot be reached"),
        ("printer.local", "cannot be reached"),
        ("", "cannot be reached"),
        ("bot..example.fi", "is not a host name"),
        ("-bot.example.fi", "is not a host name"),
        ("bötti.example.fi", "is not a host name"),
        ("bot_1.example.fi", "is not a host name"),
        ("a" * 64 + ".fi", "is not a host name"),
        ("bot.example.fi.", "is not a host name"),
        ("bot.example.123", "does not end like a host name"),
    ],
)
def test_a_wrong_domain_is_refused_with_the_reason(given: str, says: str) -> None:
    with pytest.raises(PackageError, match=says):
        checked_domain(given)


@pytest.mark.parametrize(
    "given", ["bot.example.fi", "a-1.b.example.org", "xn--btti-5qa.example.fi"]
)
def test_a_host_name_is_taken(given: str) -> None:
    assert checked_domain(given) == given


@pytest.mark.parametrize("given", ["", "1", "1.0", "1.0.0.0", "v1.0.0", "01.0.0", "1.0.0-rc1"])
def test_a_wrong_version_is_refused(given: str) -> None:
    with pytest.raises(PackageError, match="three numbers"):
        checked_version(given)


def test_content_without_the_apps_texts_makes_no_package(knowledge: Knowledge) -> None:
    with pytest.raises(PackageError, match="nothing under teams_app"):
        manifest(_without(knowledge, teams_app=None), APP_ID, DOMAIN, "1.0.0")
    with pytest.raises(PackageError, match="bot_name has 31 characters"):
        manifest(_without(knowledge, bot_name="x" * 31), APP_ID, DOMAIN, "1.0.0")


def test_a_missing_privacy_page_is_told(knowledge: Knowledge) -> None:
    app = knowledge.community.teams_app
    assert app is not None
    whole = app.model_copy(update={"privacy": "https://p.fi", "terms": "https://t.fi"})
    assert package_warnings(_without(knowledge, teams_app=whole)) == []
    bare = app.model_copy(update={"privacy": None, "terms": None})
    first, second = package_warnings(_without(knowledge, teams_app=bare))
    assert "teams_app.privacy" in first
    assert "teams_app.terms" in second
    developer = manifest(_without(knowledge, teams_app=whole), APP_ID, DOMAIN, "1.0.0")["developer"]
    assert developer["privacyUrl"] == "https://p.fi"
    assert developer["termsOfUseUrl"] == "https://t.fi"


def _pixels(path: Path) -> tuple[int, int, list[bytes]]:
    """Width, height and the pixels (four bytes each) of a PNG as `make_icons.py` writes them."""
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
    assert (depth, kind) == (8, 6)
    length = struct.unpack(">I", data[33:37])[0]
    assert data[37:41] == b"IDAT"
    raw = zlib.decompress(data[41 : 41 + length])
    rows = [raw[start : start + width * 4 + 1] for start in range(0, len(raw), width * 4 + 1)]
    assert len(rows) == height
    assert {row[0] for row in rows} == {0}
    return width, height, [row[i : i + 4] for row in rows for i in range(1, len(row), 4)]


def test_the_icons_have_the_sizes_and_colours_that_teams_asks_for() -> None:
    width, height, color = _pixels(ICONS / "color.png")
    assert (width, height) == (192, 192)
    assert {pixel[3] for pixel in color} == {255}
    width, height, outline = _pixels(ICONS / "outline.png")
    assert (width, height) == (32, 32)
    assert {pixel[:3] for pixel in outline} == {b"\xff\xff\xff"}
    shown = [pixel[3] for pixel in outline]
    assert {0, 255} <= set(shown)
    assert 0.2 < sum(shown) / 255 / len(shown) < 0.6


def test_the_outline_is_what_its_script_draws() -> None:
    drawn = runpy.run_path(str(ICONS / "make_icons.py"))["outline_icon"]()
    assert [bytes(pixel) for row in drawn for pixel in row] == _pixels(ICONS / "outline.png")[2]


def _command(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["teams-package", *map(str, arguments)])


def test_the_command_writes_the_package_or_nothing(
    tmp_path: Path, few_intents: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOT_INTENTS_DIR", str(few_intents))
    given = ("--app-id", APP_ID, "--domain", DOMAIN)
    done = _command(*given, "out.zip")
    assert done.exit_code == 0, done.output
    assert "warning: content/community.yaml names no teams_app.privacy" in done.stderr
    told = json.loads(_files((tmp_path / "out.zip").read_bytes())["manifest.json"])
    assert told["version"] == __version__
    for wrong, says in (
        (("--app-id", "x", "--domain", DOMAIN, "new.zip"), "is not an app id"),
        (("--app-id", APP_ID, "--domain", "localhost", "new.zip"), "cannot be reached"),
        ((*given, "new.exe"), "ends in .zip"),
        ((*given, "nowhere/new.zip"), "cannot be written: No such file"),
    ):
        done = _command(*wrong)
        assert done.exit_code == 2
        assert says in done.stderr
        assert [path.name for path in tmp_path.iterdir()] == ["out.zip"]
