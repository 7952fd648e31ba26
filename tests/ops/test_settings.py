"""The environment: what is read, and what is said about what is wrong."""

from __future__ import annotations

import datetime as dt
import os
import re
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from bot.ops.redaction import Redactor, redact
from bot.ops.settings import (
    READ_ELSEWHERE,
    SECRETS,
    Settings,
    SettingsError,
    inspect_settings,
    is_loopback,
    is_safe_url,
    known_variables,
    load_env_file,
    load_settings,
    unknown_variables,
    variable,
)

ROOT = Path(__file__).parents[2]
TOKEN = "0123456789abcdef" * 2


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("BOT_"):
            monkeypatch.delenv(name)


def test_nothing_set_is_a_bot_for_this_machine() -> None:
    settings = load_settings()
    assert settings.app_id is None
    assert settings.tenants == frozenset()
    assert settings.token_issuer == "https://api.botframework.com"
    assert settings.login_url == "https://login.microsoftonline.com"
    assert settings.shows_web_chat


def test_everything_is_read_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in {
        "BOT_APP_ID": " app ",
        "BOT_APP_TENANT_ID": "Own-Tenant",
        "BOT_APP_PASSWORD": "s3cret",
        "BOT_APP_CERTIFICATE": "",
        "BOT_ALLOWED_TENANTS": "Own-Tenant, other,",
        "BOT_OPENID_METADATA_URL": "http://127.0.0.1:9/metadata",
        "BOT_TOKEN_ISSUER": "https://issuer",
        "BOT_LOGIN_URL": "https://127.0.0.1:8/",
        "BOT_CONTENT_DIR": str(tmp_path),
        "BOT_PUBLIC_URL": "https://bot.example.fi/",
        "BOT_WEB_CHAT": "yes",
        "BOT_SOMETHING_ELSE": "x",
    }.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert settings.app_id == "app"
    assert settings.app_password is not None
    assert settings.app_password.get_secret_value() == "s3cret"
    assert settings.app_certificate is None
    assert settings.tenants == {"own-tenant", "other"}
    assert settings.login_url == "https://127.0.0.1:8"
    assert settings.content_dir == tmp_path
    assert settings.public_url == "https://bot.example.fi"
    assert settings.shows_web_chat
    assert "s3cret" not in repr(settings) + str(settings) + settings.model_dump_json()


def test_a_file_may_hold_settings_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("BOT_TOKEN_ISSUER", "BOT_WEB_CHAT", "BOT_PUBLIC_URL", "BOT_APP_ID"):
        monkeypatch.setenv(name, "")  # so that it is taken out again after the test
    monkeypatch.setenv("BOT_TOKEN_ISSUER", "from-environment")
    file = tmp_path / "bot.env"
    file.write_text(
        "\ufeff# The bot\r\n\nBOT_TOKEN_ISSUER=from-file\n export BOT_WEB_CHAT = 'off'\n"
        'BOT_PUBLIC_URL="https://bot.example.fi/#a"\nBOT_APP_ID=\n'
    )
    load_env_file(file)
    settings = load_settings()
    assert settings.token_issuer == "from-environment"
    assert not settings.shows_web_chat
    assert settings.public_url == "https://bot.example.fi/#a"
    assert settings.app_id is None


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"BOT_WEB_CHAT=off\nBOT_API_TOKEN s3cret\n", r"bot\.env:2: write NAME=value"),
        (b"s3cret", r"bot\.env:1: write NAME=value"),
        (b"BOT_API_TOKEN=s3\0cret", r"bot\.env:1: BOT_API_TOKEN holds a zero byte"),
        (b"BOT_API_TOKEN=s3cret\xff", r"bot\.env: the file is not UTF-8 text"),
        (None, r"bot\.env: the file cannot be read: No such file or directory\.$"),
    ],
)
def test_an_env_file_that_cannot_be_used_sets_nothing(
    tmp_path: Path, content: bytes | None, says: str
) -> None:
    if content is not None:
        (tmp_path / "bot.env").write_bytes(content)
    with pytest.raises(SettingsError, match=says) as caught:
        load_env_file(tmp_path / "bot.env")
    assert "cret" not in str(caught.value)
    assert not [name for name in os.environ if name.startswith("BOT_")]


def test_secrets_can_be_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    values = {
        "BOT_APP_PASSWORD": "pass word",
        "BOT_DATABASE_URL": "postgres://bot:word@db/bot?sslmode=require",
        "BOT_API_TOKEN": TOKEN,
        "BOT_FACEBOOK_PAGE_TOKEN": "EAAB",
    }
    assert set(values) == {variable(name) for name in SECRETS}
    for name, value in values.items():
        (tmp_path / name).write_text(f"{value}\n")
        monkeypatch.setenv(f"{name}_FILE", str(tmp_path / name))
    for name in ("BOT_APP_ID", "BOT_APP_TENANT_ID", "BOT_FACEBOOK_PAGE_ID"):
        monkeypatch.setenv(name, "1")
    settings = load_settings()
    shown = [getattr(settings, name).get_secret_value() for name in SECRETS]
    assert shown == [
        "pass word",
        "postgresql+asyncpg://bot:word@db/bot?ssl=require",
        TOKEN,
        "EAAB",
    ]
    assert not [secret for secret in shown if secret in repr(settings) + settings.model_dump_json()]
    assert unknown_variables() == {}


@pytest.mark.parametrize("name", [variable(name) for name in SECRETS])
def test_a_secret_and_its_file_are_one_too_many(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    (tmp_path / "secret").write_text("s3cret")
    monkeypatch.setenv(name, "s3cret")
    monkeypatch.setenv(f"{name}_FILE", str(tmp_path / "secret"))
    with pytest.raises(SettingsError, match=f"^{name}: set, and {name}_FILE as well: keep one.$"):
        load_settings()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "the file cannot be read: No such file or directory."),
        (b" \n", "the file is empty."),
        (b"s3cret\xff", "the file is not UTF-8 text."),
    ],
)
def test_a_secrets_file_that_cannot_be_used_is_named_by_its_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None, says: str
) -> None:
    if content is not None:
        (tmp_path / "s3cret").write_bytes(content)
    monkeypatch.setenv("BOT_API_TOKEN_FILE", str(tmp_path / "s3cret"))
    with pytest.raises(SettingsError) as caught:
        load_settings()
    # Neither content nor path: somebody may have put the secret itself in the path's place.
    assert str(caught.value) == f"BOT_API_TOKEN_FILE: {says}"
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("sqlite:////srv/bot.db", "sqlite+aiosqlite:////srv/bot.db"),
        ("sqlite+aiosqlite:///bot.db", "sqlite+aiosqlite:///bot.db"),
        ("postgresql://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        (
            "postgresql+asyncpg://u:p@h:1/d?ssl=require",
            "postgresql+asyncpg://u:p@h:1/d?ssl=require",
        ),
        (
            "postgresql://u:p%40@a:1,[::1]:2,c/d?p%61ssword=x&target_session_attrs=any",
            "postgresql+asyncpg://u:p%40@a:1,[::1]:2,c/d?p%61ssword=x&target_session_attrs=any",
        ),
        ("postgres://u:a/b:c?d&e@h/d?port=1", "postgresql+asyncpg://u:a/b:c?d&e@h/d?port=1"),
        ("postgres://h/d?user=b&sslmode=require", "postgresql+asyncpg://h/d?user=b&ssl=require"),
    ],
)
def test_a_database_is_reached_by_the_driver_that_the_store_uses(given: str, used: str) -> None:
    assert Settings(database_url=SecretStr(given)).database_url.get_secret_value() == used


def test_the_default_database_lies_in_the_state_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    url = load_settings().database_url.get_secret_value()
    assert url == f"sqlite+aiosqlite:///{tmp_path}/taikubot/taikubot.db"


@pytest.mark.parametrize(
    ("day", "says"),
    [
        ("2026-12-01", None),
        ("2026-12-02", "The client secret expires on 2027-01-01, in 30 days: make a new one"),
        ("2026-12-31", "The client secret expires tomorrow: make"),
        ("2027-01-01", "The client secret expires today: make"),
        ("2027-01-02", "The client secret expired on 2027-01-01: make"),
    ],
)
def test_the_secrets_end_is_told_in_time(
    monkeypatch: pytest.MonkeyPatch, day: str, says: str | None
) -> None:
    for name in ("BOT_APP_ID", "BOT_APP_TENANT_ID", "BOT_APP_PASSWORD"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("BOT_APP_PASSWORD_EXPIRES", "2027-01-01")
    warning = load_settings().password_warning(dt.date.fromisoformat(day))
    assert (warning is None) if says is None else (warning or "").startswith(says)


def test_nobody_said_when_the_secret_ends() -> None:
    assert load_settings().password_days_left(dt.date(2026, 1, 1)) is None


def test_a_misspelt_variable_is_told_with_the_one_that_may_be_meant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BOT_APPID", "1")
    monkeypatch.setenv("BOT_XYZ", "1")
    monkeypatch.setenv("BOT_CACHE_DIR", "/x")
    monkeypatch.setenv("BOT_SEND_RATE", "0")
    assert unknown_variables() == {"BOT_APPID": "BOT_APP_ID", "BOT_XYZ": None}


def _documented() -> dict[str, str]:
    """Variable -> the column "Default" of the guide's tables."""
    text = (ROOT / "docs" / "settings.md").read_text()
    return dict(re.findall(r"^\| `(BOT_\w+)` \| (.+?) \| .+ \|$", text, re.MULTILINE))


def test_the_guide_lists_every_setting_and_no_other() -> None:
    fields = {variable(name) for name in Settings.model_fields}
    assert set(_documented()) == fields | set(READ_ELSEWHERE) - {"BOT_ENV_FILE"}
    text = (ROOT / "docs" / "settings.md").read_text()
    assert set(re.findall(r"BOT_[A-Z_]+", text)) - {"BOT_"} == known_variables()


def test_the_guide_gives_the_defaults() -> None:
    documented = _documented()
    given_in_words = {
        *("content_dir", "intents_dir", "locale_dir"),
        *("allowed_tenants", "web_chat", "database_url"),
    }
    for name, field in Settings.model_fields.items():
        if name in given_in_words:
            assert not documented[variable(name)].startswith("–")
        elif field.default is None:
            assert documented[variable(name)] == "–"
        elif isinstance(field.default, bool):
            assert documented[variable(name)] == ("`on`" if field.default else "`off`")
        else:
            shown = f"{field.default:g}" if isinstance(field.default, float) else field.default
            assert documented[variable(name)] == f"`{shown}`"


def test_the_bots_own_tenant_is_the_one_let_in() -> None:
    settings = Settings(app_id="a", app_tenant_id="T-1")
    assert settings.tenants == {"t-1"}
    assert not settings.shows_web_chat


@pytest.mark.parametrize("missing", ["app_password", "not/there/app_password", "a/b+c/d=="])
def test_where_a_secret_is_missing_the_folder_of_others_is_still_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, missing: str
) -> None:
    monkeypatch.setattr("bot.ops.redaction.REDACTOR", Redactor())
    monkeypatch.setenv("BOT_APP_PASSWORD_FILE", str(tmp_path / missing))
    with pytest.raises(SettingsError):
        load_settings()
    assert redact(f"{tmp_path}/content: {missing}.") == f"{tmp_path}/content: [hidden]."


WRONG = {
    "no tenant": ({"BOT_APP_ID": "a"}, ["BOT_APP_TENANT_ID: missing"]),
    "secret without an app": ({"BOT_APP_PASSWORD": "s3cret"}, ["BOT_APP_ID: missing"]),
    "a certificate that is not there": (
        {"BOT_APP_CERTIFICATE": "/nowhere.pem"},
        ["BOT_APP_CERTIFICATE: there is no such file; give the path of one"],
    ),
    "a login without TLS": (
        {"BOT_LOGIN_URL": "http://127.0.0.1", "BOT_APP_PASSWORD": "s3cret"},
        ["BOT_LOGIN_URL: must be an https URL."],
    ),
    "metadata without TLS": (
        {"BOT_OPENID_METADATA_URL": "http://example.com"},
        ["BOT_OPENID_METADATA_URL: must be an https URL (http only on this machine"],
    ),
    "no yes or no": ({"BOT_WEB_CHAT": "perhaps"}, ["BOT_WEB_CHAT: "]),
    "a driver that is not there": (
        {"BOT_DATABASE_URL": "mysql://u:s3cret@h/d"},
        ["BOT_DATABASE_URL: must begin with sqlite+aiosqlite:/// or postgresql+asyncpg://."],
    ),
    "no URL": ({"BOT_DATABASE_URL": "s3cret"}, ["BOT_DATABASE_URL: must begin with"]),
    "a database without a file": (
        {"BOT_DATABASE_URL": "sqlite://s3cret.db"},
        ["BOT_DATABASE_URL: must name a file"],
    ),
    "a database without a name": (
        {"BOT_DATABASE_URL": "postgresql://u:s3cret@h"},
        ["BOT_DATABASE_URL: must name a database"],
    ),
    "a port that is a word": (
        {"BOT_DATABASE_URL": "postgresql://u:s3cret@h:s3cret/d"},
        ["BOT_DATABASE_URL: has a port that is no number"],
    ),
    "a port for one of two hosts": (
        {"BOT_DATABASE_URL": "postgresql://u:s3cret@[::1]:5432,h:70000/d"},
        ["BOT_DATABASE_URL: has a port that is no number"],
    ),
    "an option of other drivers": (
        {"BOT_DATABASE_URL": "postgresql://u:s3cret@h/d?ssl=require&channel_binding=require"},
        ["BOT_DATABASE_URL: has channel_binding after the ?"],
    ),
    "an option that nobody knows": (
        {"BOT_DATABASE_URL": "postgresql://u:s3cret@h/d?s3cret=s3cret"},
        ["BOT_DATABASE_URL: has an option after the ? that the driver does not know. It knows dsn"],
    ),
    "an option that SQLite does not know": (
        {"BOT_DATABASE_URL": "sqlite:////x.db?s3cret=1"},
        ["BOT_DATABASE_URL: has an option that SQLite does not know"],
    ),
    "a token of two lines": (
        {"BOT_API_TOKEN": f"s3cret\n{TOKEN}"},
        ["BOT_API_TOKEN: must be one word of letters, digits and signs."],
    ),
    "a rate below nothing": ({"BOT_SEND_RATE": "-1"}, ["BOT_SEND_RATE: input should be greater"]),
    "keeping for half a month": (
        {"BOT_KEEP_MONTHS": "0.5"},
        ["BOT_KEEP_MONTHS: input should be a whole number, such as 24."],
    ),
    "keeping for a word": (
        {"BOT_KEEP_MONTHS": "ever"},
        ["BOT_KEEP_MONTHS: input should be a whole"],
    ),
    "keeping for a number without end": (
        {"BOT_KEEP_MONTHS": "9" * 5000},
        ["BOT_KEEP_MONTHS: input should be a whole"],
    ),
    "keeping for no time": (
        {"BOT_KEEP_MONTHS": "0"},
        ["BOT_KEEP_MONTHS: input should be greater than or equal to 1."],
    ),
    "keeping for ever": (
        {"BOT_KEEP_MONTHS": "1201"},
        ["BOT_KEEP_MONTHS: input should be less than or equal to 1200."],
    ),
    "an endless rate": ({"BOT_SEND_RATE": "inf"}, ["BOT_SEND_RATE: input should be a finite"]),
    "a day as people write it": (
        {"BOT_APP_PASSWORD_EXPIRES": "31.1.2027"},
        ["BOT_APP_PASSWORD_EXPIRES: must be a date such as 2027-01-31."],
    ),
    "an end without a secret": (
        {"BOT_APP_PASSWORD_EXPIRES": "2027-01-31"},
        ["BOT_APP_PASSWORD: missing, yet BOT_APP_PASSWORD_EXPIRES is set."],
    ),
    "no certificate": (
        {"BOT_APP_ID": "1", "BOT_APP_TENANT_ID": "2", "BOT_APP_CERTIFICATE": "/nowhere.pem"},
        ["BOT_APP_CERTIFICATE: there is no such file; give the path of one"],
    ),
    "a Page without a token": (
        {"BOT_FACEBOOK_PAGE_ID": "1234"},
        ["BOT_FACEBOOK_PAGE_TOKEN: missing, yet BOT_FACEBOOK_PAGE_ID is set."],
    ),
    "a token without a Page": (
        {"BOT_FACEBOOK_PAGE_TOKEN": "s3cret"},
        ["BOT_FACEBOOK_PAGE_ID: missing, yet BOT_FACEBOOK_PAGE_TOKEN is set."],
    ),
    "a Graph without TLS": (
        {"BOT_FACEBOOK_GRAPH_URL": "http://example.com"},
        ["BOT_FACEBOOK_GRAPH_URL: must be an https URL (http only"],
    ),
    "two at once": (
        {"BOT_WEB_CHAT": "perhaps", "BOT_PUBLIC_URL": "s3cret"},
        ["BOT_WEB_CHAT: ", "BOT_PUBLIC_URL: must be"],
    ),
}


@pytest.mark.parametrize(("environment", "says"), WRONG.values(), ids=list(WRONG))
def test_what_is_wrong_is_said_by_name_and_without_values(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], says: list[str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    text = str(caught.value)
    for sentence in says:
        assert sentence in text
    assert text.endswith(".")
    assert "s3cret" not in text + repr(caught.value.__cause__)


@pytest.mark.parametrize(("environment", "says"), WRONG.values(), ids=list(WRONG))
def test_what_is_wrong_is_said_in_each_language(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], says: list[str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    english = caught.value.said("en")
    assert english == str(caught.value)
    for language in ("fi", "sv"):
        text = caught.value.said(language)
        assert "s3cret" not in text
        assert not re.search(r"\b(must|input|missing|yet|there is)\b", text), text
        for sentence in says:
            assert f"{sentence.partition(':')[0]}: " in text


def test_a_reason_of_the_operating_system_is_said_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BOT_API_TOKEN_FILE", str(tmp_path / "nothing"))
    with pytest.raises(SettingsError) as caught:
        load_settings()
    name = "BOT_API_TOKEN_FILE"
    assert caught.value.said("en") == f"{name}: the file cannot be read: No such file or directory."
    assert caught.value.said("sv") == (
        f"{name}: filen kan inte läsas: filen eller mappen finns inte."
    )


def test_what_pydantic_says_of_a_rare_fault_shows_no_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BOT_API_TOKEN", "s3cret\udcff")
    with pytest.raises(SettingsError, match=r"^BOT_API_TOKEN: input should be a valid string\.$"):
        load_settings()


def test_a_secret_and_a_certificate_are_one_too_many(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "app.pem").touch()
    monkeypatch.setenv("BOT_APP_ID", "a")
    monkeypatch.setenv("BOT_APP_TENANT_ID", "t")
    monkeypatch.setenv("BOT_APP_PASSWORD", "s3cret")
    monkeypatch.setenv("BOT_APP_CERTIFICATE", str(tmp_path / "app.pem"))
    with pytest.raises(SettingsError, match=r"BOT_APP_CERTIFICATE as well: keep one\.$"):
        load_settings()


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Settings().app_id = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("0.0.0.0", False),  # noqa: S104
        ("localhost.example.com", False),
        ("127.0.0.1.example.com", False),
        ("", False),
        (None, False),
    ],
)
def test_what_counts_as_this_machine(host: str | None, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.com/x", True),
        ("http://127.0.0.1:3978", True),
        ("http://[::1]:1", True),
        ("http://example.com", False),
        ("http://127.0.0.1@example.com", False),
        ("https://user:word@example.com", False),
        ("example.com", False),
        ("https://", False),
        ("file:///etc/passwd", False),
        ("https://exa mple.com:x", False),
    ],
)
def test_which_addresses_are_safe(url: str, expected: bool) -> None:
    assert is_safe_url(url) is expected


def test_what_is_read_as_a_secret_is_hidden_from_then_on_and_so_is_what_comes_after_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    monkeypatch.setenv("BOT_API_TOKEN_FILE", str(file))
    monkeypatch.setenv("BOT_APP_PASSWORD", "not valid without an app id")
    monkeypatch.setenv("BOT_DATABASE_URL", "postgresql://u:pass%2Fword1@h/d?password=in-the-query")
    monkeypatch.setenv("PGPASSWORD", "of-the-environment")
    for token in ("the-first-token-of-all", "the-second-one-of-all"):
        file.write_text(f"{token}\n")
        inspect_settings()
        assert redact(f"a {token}.") == "a [hidden]."
    for secret in (
        *("the-first-token-of-all", "not valid without an app id", "pass%2Fword1", "pass/word1"),
        *("in-the-query", "of-the-environment"),
    ):
        assert redact(f"a {secret}.") == "a [hidden]."
