"""The environment: what is read, and what is said about what is wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.settings import Settings, SettingsError, is_loopback, is_safe_url, load_settings


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
    file = tmp_path / "bot.env"
    file.write_text("BOT_TOKEN_ISSUER=from-file\nBOT_WEB_CHAT=off\nOTHER=1\nBOT_LATER=2\n")
    assert load_settings(file).token_issuer == "from-file"
    assert not load_settings(file).shows_web_chat
    monkeypatch.setenv("BOT_TOKEN_ISSUER", "from-environment")
    assert load_settings(file).token_issuer == "from-environment"


def test_the_bots_own_tenant_is_the_one_let_in() -> None:
    settings = Settings(app_id="a", app_tenant_id="T-1")
    assert settings.tenants == {"t-1"}
    assert not settings.shows_web_chat


WRONG = {
    "no tenant": ({"BOT_APP_ID": "a"}, ["BOT_APP_TENANT_ID is missing"]),
    "secret without an app": ({"BOT_APP_PASSWORD": "s3cret"}, ["BOT_APP_ID is missing"]),
    "a certificate that is not there": (
        {"BOT_APP_CERTIFICATE": "/nowhere.pem"},
        ["BOT_APP_CERTIFICATE: path does not point to a file."],
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


def test_a_secret_and_a_certificate_are_one_too_many(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "app.pem").touch()
    monkeypatch.setenv("BOT_APP_ID", "a")
    monkeypatch.setenv("BOT_APP_TENANT_ID", "t")
    monkeypatch.setenv("BOT_APP_PASSWORD", "s3cret")
    monkeypatch.setenv("BOT_APP_CERTIFICATE", str(tmp_path / "app.pem"))
    with pytest.raises(SettingsError, match=r"are both set: keep one\.$"):
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
