"""The environment, read once and checked: every `BOT_…` variable the program knows.

A wrong value ends in one sentence that names the variable and says what to do. Secrets are
`SecretStr`: they appear in no repr, no log and no error.
"""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    FilePath,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from yarl import URL

PREFIX = "BOT_"


class SettingsError(Exception):
    """The environment cannot be used; the text is one sentence for each thing to mend."""


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return host is not None and ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_safe_url(url: str) -> bool:
    """Whether a URL is https, or http on this machine, and hides no user name in it."""
    try:
        parsed = URL(url)
        if not parsed.host or parsed.user or parsed.password:
            return False
        return parsed.scheme == "https" or (parsed.scheme == "http" and is_loopback(parsed.host))
    except ValueError:
        return False


def _safe_url(value: str) -> str:
    if not is_safe_url(value):
        raise ValueError("must be an https URL (http only on this machine, for trying things out)")
    return value.rstrip("/")


def _https_url(value: str) -> str:
    if not is_safe_url(value) or not value.startswith("https://"):
        raise ValueError("must be an https URL")
    return value.rstrip("/")


def _words(value: Any) -> Any:
    if isinstance(value, str):
        return tuple(word.strip() for word in value.split(",") if word.strip())
    return value


class Settings(BaseSettings):
    """What the program is told from outside; a field `app_id` is the variable `BOT_APP_ID`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        str_strip_whitespace=True,
    )

    app_id: str | None = None
    """The bot's app id in Entra. Without it the bot serves this machine only, without tokens."""

    app_tenant_id: str | None = None
    """The Entra tenant that holds the app; needed with `BOT_APP_ID`."""

    app_password: SecretStr | None = None
    """A client secret of the app. With neither secret nor certificate: a managed identity."""

    app_certificate: FilePath | None = None
    """A PEM or PKCS12 file with the app's certificate and its private key."""

    allowed_tenants: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)] = ()
    """Tenants whose Teams activities are let in, comma separated; the bot's own by default."""

    openid_metadata_url: Annotated[str, AfterValidator(_safe_url)] = (
        "https://login.botframework.com/v1/.well-known/openidconfiguration"
    )
    """Where the keys that sign incoming activities are published."""

    token_issuer: str = "https://api.botframework.com"
    """Who must have issued the tokens of incoming activities."""

    login_url: Annotated[str, AfterValidator(_https_url)] = "https://login.microsoftonline.com"
    """Where tokens for sending are fetched (https always: a secret goes there)."""

    content_dir: Path | None = None
    """The folder of what the bot knows; the one that comes with the program by default."""

    intents_dir: Path | None = None
    """The folder of what people ask; the one that comes with the program by default."""

    public_url: Annotated[str, AfterValidator(_safe_url)] | None = None
    """The address people reach this bot at, for links in its answers; no such links without."""

    web_chat: bool | None = None
    """Whether `/` shows a page to try the bot on; by default only while there is no app id."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.app_id is None:
            for name in ("app_password", "app_certificate"):
                if getattr(self, name) is not None:
                    raise ValueError(f"BOT_APP_ID is missing, yet {variable(name)} is set.")
            return self
        if self.app_tenant_id is None:
            raise ValueError(
                "BOT_APP_TENANT_ID is missing: with BOT_APP_ID, give the Entra tenant of the app."
            )
        if self.app_password is not None and self.app_certificate is not None:
            raise ValueError("BOT_APP_PASSWORD and BOT_APP_CERTIFICATE are both set: keep one.")
        return self

    @property
    def tenants(self) -> frozenset[str]:
        """The tenants, in lower case, whose Teams activities are let in."""
        own = (self.app_tenant_id,) if self.app_tenant_id else ()
        return frozenset(tenant.lower() for tenant in self.allowed_tenants or own)

    @property
    def content(self) -> Path:
        """The folder of what the bot knows."""
        return self.content_dir or _shipped("content")

    @property
    def intents(self) -> Path:
        """The folder of what people ask."""
        return self.intents_dir or _shipped("intents")

    @property
    def shows_web_chat(self) -> bool:
        """Whether `/` shows a page to try the bot on."""
        return self.app_id is None if self.web_chat is None else self.web_chat


def _shipped(name: str) -> Path:
    """A folder that comes with the program: inside the package when installed, else beside it."""
    package = Path(__file__).resolve().parent
    inside = package / "data" / name
    return inside if inside.is_dir() else package.parent / name


def variable(field: str) -> str:
    """The environment variable of a field of `Settings`."""
    return PREFIX + field.upper()


def load_settings(env_file: Path | None = None) -> Settings:
    """The settings from the environment and, below it, from `env_file` (`NAME=value` lines).

    Raises `SettingsError` with a sentence for each wrong or missing variable.
    """
    try:
        return Settings(_env_file=env_file, _env_file_encoding="utf-8")
    except ValidationError as error:
        # Neither the input nor the cause is kept: either could show a secret.
        raise SettingsError(" ".join(_sentence(item) for item in error.errors())) from None


def _sentence(item: Any) -> str:
    message = str(item["msg"]).removeprefix("Value error, ").rstrip(".")
    if not item["loc"]:
        return f"{message}."
    return f"{variable(str(item['loc'][0]))}: {message[0].lower()}{message[1:]}."
