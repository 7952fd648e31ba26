"""The checks behind `taikubot doctor`, of settings and of what they lead to.

A check does what the running bot would do: it opens the database, fetches a token and the signing
keys, asks the Page. Nothing is changed, and no result holds a secret.
"""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import aiohttp
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12

from bot.i18n import N_, nN_, said
from bot.ops.redaction import redact
from bot.ops.settings import (
    APP_FIELDS,
    DATABASE_FIELDS,
    EXPIRY_WARNING_DAYS,
    SAFE_API_TOKEN_LENGTH,
    Problem,
    Settings,
    unknown_variables,
    variable,
)

TIMEOUT = aiohttp.ClientTimeout(total=10)

TOKEN_SETTINGS = frozenset({"BOT_LOGIN_URL", *map(variable, APP_FIELDS)})
"""Where one of these cannot be used no token is fetched: no secret is sent to a wrong address."""

DATABASE_SETTINGS = frozenset(map(variable, DATABASE_FIELDS))
DATABASE_CHECKS = frozenset({"database", "verified", "sending"})
"""Where one of these settings cannot be used no database is looked at: it would be another one, or
one that is verified otherwise than meant."""

DATABASE_URL_SUBJECTS = frozenset({"BOT_DATABASE_URL", "BOT_DATABASE_URL_FILE"})


class Level(StrEnum):
    """How serious a result is; with an error the bot cannot do what it is set up for."""

    RIGHT = "right"
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class CheckResult:
    """The result for one subject (mostly a setting), and what to do about it."""

    subject: str
    level: Level
    text: str
    """A `Message`, or a value that is the same in all languages."""
    remedy: str = ""

    def translated(self, language: str) -> CheckResult:
        """The same with its texts said in a language, without secrets."""
        text, remedy = (redact(said(one, language)) for one in (self.text, self.remedy))
        return replace(self, subject=redact(self.subject), text=text, remedy=remedy)


def right(subject: str, text: str) -> CheckResult:
    """All is well."""
    return CheckResult(subject, Level.RIGHT, text)


def note(subject: str, text: str, remedy: str = "") -> CheckResult:
    """Something is not set, and need not be."""
    return CheckResult(subject, Level.NOTE, text, remedy)


def warning(subject: str, text: str, remedy: str) -> CheckResult:
    """It works now, and will not for long, or not as meant."""
    return CheckResult(subject, Level.WARNING, text, remedy)


def error(subject: str, text: str, remedy: str) -> CheckResult:
    """It does not work."""
    return CheckResult(subject, Level.ERROR, text, remedy)


Check = Callable[[Settings], AsyncIterator[CheckResult]]


async def diagnose(
    settings: Settings,
    checks: Iterable[Check],
    problems: Sequence[Problem] = (),
    language: str = "en",
) -> AsyncIterator[CheckResult]:
    """Every result of the checks, as it comes, in a language.

    `problems` are the settings that cannot be used and therefore count as not set in `settings`;
    nothing else is said of them.
    """
    for one in problems:
        text = redact(one.text.said(language))
        yield CheckResult(one.subject, Level.ERROR, text[0].upper() + text[1:])
    unusable = {variable(field) for one in problems for field in one.fields}
    named = {one.subject for one in problems}
    for check in checks:
        if check.__name__ == "token" and unusable & TOKEN_SETTINGS:
            continue
        if check.__name__ in DATABASE_CHECKS and unusable & DATABASE_SETTINGS:
            if check.__name__ == "database" and not named & DATABASE_URL_SUBJECTS:
                yield _database_left_out().translated(language)
            continue
        async for found in check(settings):
            if found.subject not in unusable:
                yield found.translated(language)


def _database_left_out() -> CheckResult:
    return note(
        "BOT_DATABASE_URL",
        N_("Not looked at while BOT_DATABASE_CA cannot be used. Nothing was sent to its server."),
        N_("Mend BOT_DATABASE_CA first: the bot does not start until then."),
    )


async def names(_: Settings) -> AsyncIterator[CheckResult]:
    """Variables that look like settings but are not."""
    for name, meant in unknown_variables().items():
        what = (
            N_("Is {meant} meant?", meant=meant)
            if meant
            else N_("docs/settings.md lists them all.")
        )
        yield warning(name, N_("No setting of this program."), what)


async def user(_: Settings) -> AsyncIterator[CheckResult]:
    """Whether the checks run as a user with more rights than the bot's."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        yield note(
            "user",
            N_("This is root, who may read and write everything: the bot's own user may not."),
            N_("Have that user run it, say `sudo -u taikubot taikubot doctor`."),
        )


async def identity(settings: Settings) -> AsyncIterator[CheckResult]:
    """The bot's app in Entra, and its credential."""
    if settings.app_id is None:
        yield note(
            "BOT_APP_ID",
            N_("Not set: the bot serves this machine only, for trying it out."),
            N_("For Teams and Messenger, register an Azure Bot and set its app id."),
        )
        return
    for name, value in (
        ("BOT_APP_ID", settings.app_id),
        ("BOT_APP_TENANT_ID", settings.app_tenant_id or ""),
    ):
        if _is_guid(value):
            yield right(name, value)
        else:
            yield warning(
                name,
                N_(
                    "`{value}` is not an id such as 12345678-90ab-cdef-1234-567890abcdef.",
                    value=value,
                ),
                N_("Copy it from the Azure portal: Azure Bot > Configuration."),
            )
    yield _secret(settings)


def _secret(settings: Settings) -> CheckResult:
    if settings.app_certificate is not None:
        return _certificate(settings.app_certificate)
    if settings.app_password is None:
        return right("BOT_APP_PASSWORD", N_("Not set, so a managed identity is used."))
    return _expiry("BOT_APP_PASSWORD_EXPIRES", settings.app_password_expires)


def _certificate(path: Path) -> CheckResult:
    subject = "BOT_APP_CERTIFICATE"
    try:
        data = path.read_bytes()
        if b"-----BEGIN" in data:
            found: x509.Certificate | None = x509.load_pem_x509_certificate(data)
        else:
            found = pkcs12.load_key_and_certificates(data, None)[1]
    except (OSError, ValueError):
        found = None
    if found is None:
        return error(
            subject,
            N_("{path} cannot be read as a certificate.", path=path),
            N_("Give a PEM or PKCS12 file with the certificate and its private key, no password."),
        )
    return _expiry(subject, found.not_valid_after_utc.date())


def _expiry(subject: str, day: dt.date | None) -> CheckResult:
    today = dt.datetime.now(dt.UTC).date()
    if day is None:
        return note(
            subject,
            N_("Not set: nobody is warned before the secret ends, and then the bot is silent."),
            N_("Set it to the day that the Azure portal shows beside the secret, as 2027-05-31."),
        )
    # i18n: the secret or certificate of the bot's app in Entra.
    renew = N_("Make a new one in the Azure portal and set it before that day.")
    days = (day - today).days
    if days <= 0:
        return error(subject, N_("Ended on {day}.", day=day), renew)
    if days <= EXPIRY_WARNING_DAYS:
        ends = nN_(
            "Ends on {day}, in {count} day.", "Ends on {day}, in {count} days.", days, day=day
        )
        return warning(subject, ends, renew)
    return right(subject, N_("Good until {day}.", day=day))


async def database_ca(settings: Settings) -> AsyncIterator[CheckResult]:
    """When the last certificate of BOT_DATABASE_CA ends, if that is near.

    Its server is refused then. One that ends earlier may have been left beside its successor.
    """
    if settings.database_ca is None:
        return
    try:
        found = x509.load_pem_x509_certificates(settings.database_ca.read_bytes())
    except (OSError, ValueError):
        return  # The check of the database tells.
    day = max(one.not_valid_after_utc.date() for one in found)
    days = (day - dt.datetime.now(dt.UTC).date()).days
    if days > EXPIRY_WARNING_DAYS:
        return
    yield warning(
        "BOT_DATABASE_CA",
        N_("The last certificate in that file ends on {day}.", day=day),
        N_(
            "Have the server's certificate renewed before, and put the new one, or its CA's, into "
            "the file beside the old one: it is read anew by itself."
        ),
    )


async def api(settings: Settings) -> AsyncIterator[CheckResult]:
    """What is open to other programs and to browsers."""
    if settings.api_token is None:
        yield note(
            "BOT_API_TOKEN",
            N_("Not set: the API of announcements is off."),
            N_("For Power Automate or another system, set a long random text and give it to them."),
        )
    elif len(settings.api_token.get_secret_value()) < SAFE_API_TOKEN_LENGTH:
        yield warning(
            "BOT_API_TOKEN",
            N_(
                "Set, but shorter than {characters} characters: it can be guessed.",
                characters=SAFE_API_TOKEN_LENGTH,
            ),
            N_("`openssl rand -hex 32` makes a long one."),
        )
    else:
        yield right("BOT_API_TOKEN", N_("Set: the API of announcements is on."))
    if settings.app_id is not None and settings.shows_web_chat:
        yield note(
            "BOT_WEB_CHAT", N_("On: whoever finds the address can ask the bot in a browser.")
        )


def _is_guid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
