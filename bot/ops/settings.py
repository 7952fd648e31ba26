"""The settings: every `BOT_…` environment variable that the program knows, read once and checked.

A wrong value is reported in one sentence that names the variable and says what to do. Secrets are
`SecretStr`: they appear in no repr, no log and no error. A variable can also stand in an env file,
and a secret in a file of its own, which `BOT_…_FILE` names.
"""

from __future__ import annotations

import datetime as dt
import difflib
import os
import re
import ssl
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    DirectoryPath,
    Field,
    FilePath,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from yarl import URL

from bot.i18n import N_, Message, nN_, os_reason
from bot.ops import database_url
from bot.ops.database_url import is_loopback as is_loopback  # Others find it here.
from bot.ops.redaction import address_secrets, know
from bot.shipped import shipped

PREFIX = "BOT_"

READ_ELSEWHERE = ("BOT_CACHE_DIR", "BOT_ENV_FILE")
"""Variables that are no fields of `Settings`: they are read before it, or without it."""

EXPIRY_WARNING_DAYS = 30
"""Days before the client secret expires from which on a warning is logged daily."""

SAFE_API_TOKEN_LENGTH = 32
"""Characters, below which `doctor` warns: `openssl rand -hex 16` writes as many."""

MOST_MONTHS = 1200
"""Months that announcements can be kept at most: a hundred years."""

APP_FIELDS = ("app_id", "app_tenant_id", "app_password", "app_password_expires", "app_certificate")
PAGE_FIELDS = ("facebook_page_id", "facebook_page_token")
DATABASE_FIELDS = ("database_url", "database_ca")
"""Settings that mean something together only."""


@dataclass(frozen=True)
class Problem:
    """What is wrong with a setting or a file of settings, as a sentence after its name."""

    subject: str
    text: Message
    """Begins in lower case and ends in a full stop; holds no value that may be a secret."""
    fields: tuple[str, ...] = ()
    """The settings that cannot be used because of it."""

    def __str__(self) -> str:
        return self.said("en")

    def said(self, language: str) -> str:
        """The name and the sentence in a language."""
        return f"{self.subject}: {self.text.said(language)}"


class SettingsError(Exception):
    """The environment cannot be used; the text is one sentence for each thing to mend."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(" ".join(map(str, problems)))
        self.problems = problems

    def said(self, language: str) -> str:
        """All sentences in a language."""
        return " ".join(problem.said(language) for problem in self.problems)


class _Conflicts(ValueError):
    """Settings that are valid each by itself, but not together."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        super().__init__()
        self.problems = tuple(problems)


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
        raise ValueError(
            N_("must be an https URL (http only on this machine, for trying things out).")
        )
    return value.rstrip("/")


def _https_url(value: str) -> str:
    if not is_safe_url(value) or not value.startswith("https://"):
        raise ValueError(N_("must be an https URL."))
    return value.rstrip("/")


def _contact(value: str) -> str:
    if not re.fullmatch(r"(?:https|mailto):[!-~]+", value) or not (
        is_safe_url(value) if value.startswith("https:") else value.count("@") == 1
    ):
        raise ValueError(N_("must be an https URL, or mailto: and an e-mail address."))
    return value


def _comma_separated(value: Any) -> Any:
    if isinstance(value, str):
        return tuple(word.strip() for word in value.split(",") if word.strip())
    return value


def _date(value: Any) -> Any:
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError(N_("must be a date such as 2027-01-31.")) from None


def _database(value: SecretStr) -> SecretStr:
    return SecretStr(database_url.checked(value.get_secret_value()))


def _default_database() -> SecretStr:
    return SecretStr(f"sqlite+aiosqlite:///{(state_folder() / 'taikubot.db').as_posix()}")


def _unusable_ca(path: Path) -> Message | None:
    """Why a file cannot be used as the certificates of CAs; None where it can."""
    try:
        found = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        found.load_verify_locations(path)
        if found.cert_store_stats()["x509"]:
            return None
    except ssl.SSLError:
        pass
    except OSError as error:
        return N_("the file cannot be read: {reason}.", reason=os_reason(error))
    return N_("the file holds no certificate: give a PEM file with that of the CA.")


def _token(value: SecretStr) -> SecretStr:
    """A token that goes into a header: one word of printable ASCII."""
    text = value.get_secret_value()
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise ValueError(N_("must be one word of letters, digits and signs."))
    return value


class Settings(BaseSettings):
    """All settings, immutable; the field `app_id` is the variable `BOT_APP_ID`."""

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

    app_password_expires: Annotated[dt.date, BeforeValidator(_date)] | None = None
    """The day on which that secret ends, as Entra shows it: the bot then warns in time."""

    app_certificate: FilePath | None = None
    """A PEM or PKCS12 file with the app's certificate and its private key."""

    allowed_tenants: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_comma_separated)] = ()
    """Tenants whose Teams activities are let in, comma separated; the bot's own by default."""

    openid_metadata_url: Annotated[str, AfterValidator(_safe_url)] = (
        "https://login.botframework.com/v1/.well-known/openidconfiguration"
    )
    """Where the keys that sign incoming activities are published."""

    token_issuer: str = "https://api.botframework.com"
    """Who must have issued the tokens of incoming activities."""

    login_url: Annotated[str, AfterValidator(_https_url)] = "https://login.microsoftonline.com"
    """Where tokens for sending are fetched (https always: a secret goes there)."""

    content_dir: DirectoryPath | None = None
    """The folder of what the bot knows; the one that comes with the program by default."""

    intents_dir: DirectoryPath | None = None
    """The folder of what people ask; the one that comes with the program by default."""

    locale_dir: DirectoryPath | None = None
    """The folder of the other texts, a file a language; the one that comes with the program by
    default."""

    public_url: Annotated[str, AfterValidator(_safe_url)] | None = None
    """The address people reach this bot at, for links in its answers; no such links without."""

    security_contact: Annotated[str, AfterValidator(_contact)] | None = None
    """Whom to tell of a weakness of this bot, for its security.txt; the community's contact point
    by default."""

    web_chat: bool | None = None
    """Whether `/` shows a page to try the bot on; by default only while there is no app id."""

    database_url: Annotated[SecretStr, AfterValidator(_database)] = Field(
        default_factory=_default_database
    )
    """Where announcements are kept: a file of SQLite, in the state folder by default, or
    PostgreSQL."""

    database_ca: FilePath | None = None
    """A PEM file with the certificate of the CA that PostgreSQL's server must have its own from;
    the CAs of the system by default."""

    coordinators_file: Path | None = None
    """A YAML file that says who may announce in which networks; nobody may without it.

    It need not be there at the start: taking everybody's right away by deleting it must not keep a
    bot that starts again from answering."""

    api_token: Annotated[SecretStr, AfterValidator(_token)] | None = None
    """What callers of `/api/announcements` must know: a long random text; closed without."""

    send_rate: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 30.0
    """Announcement posts a second in all; 0 sets no such limit."""

    keep_months: Annotated[int, Field(ge=1, le=MOST_MONTHS)] = 24
    """Months that announcements, with what the record says of them, are kept once finished."""

    ask_coordinators_months: Annotated[int, Field(ge=0, le=MOST_MONTHS)] = 6
    """Months after which a coordinator is asked whether what is told of them is right; 0: never."""

    record_unanswered: bool = False
    """Whether questions that got no answer are kept for the editors, without who asked."""

    facebook_page_id: Annotated[str, Field(pattern=r"^[0-9A-Za-z._-]+$")] | None = None
    """The number of the community's Page, where announcements may be posted."""

    facebook_page_token: Annotated[SecretStr, AfterValidator(_token)] | None = None
    """The Page's access token, with the right `pages_manage_posts`."""

    facebook_graph_url: Annotated[str, AfterValidator(_safe_url)] = (
        "https://graph.facebook.com/v24.0"
    )
    """The Graph API with its version."""

    @model_validator(mode="after")
    def _check_combinations(self) -> Self:
        if found := tuple(self._conflicts()):
            raise _Conflicts(found)
        return self

    def _conflicts(self) -> Iterator[Problem]:
        if (self.facebook_page_id is None) != (self.facebook_page_token is None):
            missing, given = PAGE_FIELDS if self.facebook_page_id is None else reversed(PAGE_FIELDS)
            yield _missing(missing, given, PAGE_FIELDS)
        yield from self._database_conflicts()
        if self.app_password_expires is not None and self.app_password is None:
            yield _missing("app_password", "app_password_expires", APP_FIELDS[2:4])
        if self.app_id is None:
            for given in ("app_password", "app_certificate"):
                if getattr(self, given) is not None:
                    yield _missing("app_id", given, APP_FIELDS)
            return
        if self.app_tenant_id is None:
            text = N_("missing: with BOT_APP_ID, give the Entra tenant of the app.")
            yield Problem("BOT_APP_TENANT_ID", text, APP_FIELDS)
        if self.app_password is not None and self.app_certificate is not None:
            text = _both_set("BOT_APP_CERTIFICATE")
            yield Problem("BOT_APP_PASSWORD", text, APP_FIELDS[2:])

    def _database_conflicts(self) -> Iterator[Problem]:
        if self.database_ca is not None and (reason := _unusable_ca(self.database_ca)):
            yield Problem(variable("database_ca"), reason, DATABASE_FIELDS)
        url = self.database_url.get_secret_value()
        word = database_url.ssl_word(url)
        if word == database_url.VERIFY_CA and self.database_ca is None:
            text = N_(
                "says verify-ca, which lets everybody in who has a certificate of any known CA: "
                "write verify-full, or set BOT_DATABASE_CA to the file of the one CA."
            )
            yield Problem(variable("database_url"), text, DATABASE_FIELDS)
        if word == database_url.UNVERIFIED and self.database_ca is not None:
            text = N_("says unverified, so that BOT_DATABASE_CA is not asked: keep one of the two.")
            yield Problem(variable("database_url"), text, DATABASE_FIELDS)
        if word == database_url.DISABLE and database_url.leads_elsewhere(url):
            text = N_(
                "says disable, which would send the password to another machine in the clear: "
                "leave it out, or write ssl=unverified where only machines of yours are on the way."
            )
            yield Problem(variable("database_url"), text, DATABASE_FIELDS)

    @property
    def tenants(self) -> frozenset[str]:
        """The tenants, in lower case, whose Teams activities are let in."""
        own = (self.app_tenant_id,) if self.app_tenant_id else ()
        return frozenset(tenant.lower() for tenant in self.allowed_tenants or own)

    @property
    def content(self) -> Path:
        """The folder of what the bot knows."""
        return self.content_dir or shipped("content")

    @property
    def intents(self) -> Path:
        """The folder of what people ask."""
        return self.intents_dir or shipped("intents")

    @property
    def locale(self) -> Path:
        """The folder of the texts that stand in neither."""
        return self.locale_dir or shipped("locale")

    @property
    def shows_web_chat(self) -> bool:
        """Whether `/` shows a page to try the bot on."""
        return self.app_id is None if self.web_chat is None else self.web_chat

    def password_days_left(self, today: dt.date) -> int | None:
        """Days until the client secret expires, below 0 afterwards; None when nobody said when."""
        expires = self.app_password_expires
        return None if expires is None else (expires - today).days

    def password_warning(self, today: dt.date) -> Message | None:
        """One sentence in the last days of the client secret, else None."""
        days = self.password_days_left(today)
        if days is None or days > EXPIRY_WARNING_DAYS:
            return None
        if days == 0:
            return N_(
                "The client secret expires today: make a new one in Entra and set "
                "BOT_APP_PASSWORD anew."
            )
        if days == 1:
            return N_(
                "The client secret expires tomorrow: make a new one in Entra and set "
                "BOT_APP_PASSWORD anew."
            )
        if days < 0:
            return N_(
                "The client secret expired on {day}: make a new one in Entra and set "
                "BOT_APP_PASSWORD anew.",
                day=self.app_password_expires,
            )
        return nN_(
            "The client secret expires on {day}, in {count} day: make a new one in Entra and set "
            "BOT_APP_PASSWORD anew.",
            "The client secret expires on {day}, in {count} days: make a new one in Entra and set "
            "BOT_APP_PASSWORD anew.",
            days,
            day=self.app_password_expires,
        )


def state_folder() -> Path:
    """Where the program keeps what must last, for the user who runs it."""
    base = os.environ.get("XDG_STATE_HOME") or os.environ.get("LOCALAPPDATA")
    return Path(base or Path.home() / ".local" / "state") / "taikubot"


def variable(field: str) -> str:
    """The environment variable of a field of `Settings`."""
    return PREFIX + field.upper()


SECRETS = tuple(
    name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)
)
"""The settings that can also be given as a file, by `BOT_…_FILE`."""


def known_variables() -> frozenset[str]:
    """Every variable that means something to the program."""
    fields = {variable(name) for name in Settings.model_fields}
    return frozenset({*fields, *(f"{variable(name)}_FILE" for name in SECRETS), *READ_ELSEWHERE})


def unknown_variables() -> dict[str, str | None]:
    """Variables that look like settings and are none, each with the one that may be meant."""
    known = known_variables()
    names = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
    return {name: next(iter(difflib.get_close_matches(name, known, 1)), None) for name in names}


def load_env_file(path: Path) -> None:
    """Puts the `NAME=value` lines of a file into the environment, where they are not set yet.

    The environment, so that subprocesses have the same settings. Raises `SettingsError`
    when the file cannot be used; nothing is set then. (python-dotenv passes over lines that it
    cannot read and a file that is not there, and puts variables into secrets that hold `${…}`.)
    """
    found = {}
    for number, line in enumerate(_read_text(path, str(path)).split("\n"), 1):
        if not (line := line.strip()) or line.startswith("#"):
            continue
        name, equals, value = line.removeprefix("export ").partition("=")
        name, value = name.strip(), value.strip()
        if not equals or not name.isidentifier():
            text = N_("write NAME=value, or # before a comment.")
            raise SettingsError(Problem(f"{path}:{number}", text))
        if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        if "\0" in value:
            text = N_("{name} holds a zero byte.", name=name)
            raise SettingsError(Problem(f"{path}:{number}", text))
        found[name] = value
    for name, value in found.items():
        if not os.environ.get(name):
            os.environ[name] = value
    _ENV_FILES[path.absolute()] = None


_ENV_FILES: dict[Path, None] = {}


def env_files() -> tuple[Path, ...]:
    """The files that this process has read into its environment."""
    return tuple(_ENV_FILES)


def load_settings() -> Settings:
    """The settings from the environment and from the files of secrets that it names.

    Raises `SettingsError` with a sentence for each wrong or missing variable.
    """
    settings, problems = inspect_settings()
    if problems:
        raise SettingsError(*problems)
    return settings


def inspect_settings() -> tuple[Settings, list[Problem]]:
    """The usable settings, as if the others were not set, and the problems of those."""
    given, problems = _secrets_in_files()
    _hide_secrets(given)
    left_out = {field for problem in problems for field in problem.fields}
    while True:
        usual = {field: Settings.model_fields[field] for field in left_out}
        defaults = {name: one.get_default(call_default_factory=True) for name, one in usual.items()}
        try:
            return Settings(**given | defaults), problems
        except ValidationError as error:
            # Neither the input nor the cause is kept: either could show a secret.
            found = [problem for item in error.errors() for problem in _problems(item)]
        # What only misses a setting that was left out is right itself.
        problems += [one for one in found if left_out.isdisjoint(one.fields)]
        left_out |= {field for problem in found for field in problem.fields}


def _hide_secrets(in_files: Mapping[str, Any]) -> None:
    """Has all that the process writes go without the secrets given, valid or not."""
    for field in SECRETS:
        # A secret may have been given in the place of its file's path.
        path = os.environ.get(f"{variable(field)}_FILE", "").strip()
        misplaced = None if not path or field in in_files else _not_there(path)
        value = os.environ.get(variable(field), "").strip() or in_files.get(field)
        if field == "database_url":
            for url in filter(None, (value, misplaced)):
                know(*address_secrets(url))
        else:
            know(value, misplaced)
    # asyncpg takes the password from here where the address has none.
    know(os.environ.get("PGPASSWORD"))


def _not_there(path: str) -> str | None:
    """What is left of a path behind the folder that exists, which stands in many other texts."""
    given = Path(path)
    if os.path.exists(given):
        return None
    there = next((one for one in given.parents if one.name and os.path.exists(one)), None)
    return path.removeprefix(f"{there}/") if there else path


def _secrets_in_files() -> tuple[dict[str, Any], list[Problem]]:
    found: dict[str, Any] = {}
    problems = []
    for field in SECRETS:
        name = variable(field)
        if not (path := os.environ.get(f"{name}_FILE", "").strip()):
            continue
        if os.environ.get(name):
            text = _both_set(f"{name}_FILE")
            problems.append(Problem(name, text, (field,)))
            continue
        # The path is not shown: the secret itself may have been put there by mistake.
        try:
            found[field] = _read_text(Path(path), f"{name}_FILE").strip()
        except SettingsError as error:
            problems += [replace(one, fields=(field,)) for one in error.problems]
            continue
        if not found[field]:
            problems.append(Problem(f"{name}_FILE", N_("the file is empty."), (field,)))
    return found, problems


def _read_text(path: Path, name: str) -> str:
    """The text of a file; raises `SettingsError`, with `name` as its subject."""
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        text = N_("the file cannot be read: {reason}.", reason=os_reason(error))
        raise SettingsError(Problem(name, text)) from None
    except ValueError:
        raise SettingsError(Problem(name, N_("the file is not UTF-8 text."))) from None


def _missing(missing: str, given: str, fields: tuple[str, ...]) -> Problem:
    text = N_("missing, yet {other} is set.", other=variable(given))
    return Problem(variable(missing), text, fields)


def _both_set(other: str) -> Message:
    return N_("set, and {other} as well: keep one.", other=other)


_PYDANTIC: Mapping[str, Message] = {
    "bool_parsing": N_("input should be a valid boolean, unable to interpret input."),
    "finite_number": N_("input should be a finite number."),
    "float_parsing": N_("input should be a valid number, unable to parse string as a number."),
    "greater_than_equal": N_("input should be greater than or equal to {minimum}."),
    "int_from_float": N_("input should be a whole number, such as 24."),
    "int_parsing": N_("input should be a whole number, such as 24."),
    "int_parsing_size": N_("input should be a whole number, such as 24."),
    "less_than_equal": N_("input should be less than or equal to {maximum}."),
    "path_not_directory": N_(
        "there is no such folder; give the path of one, or take the setting away."
    ),
    # The path is not shown: the secret itself may have been put there by mistake.
    "path_not_file": N_("there is no such file; give the path of one, or take the setting away."),
    # i18n: {pattern} is a regular expression.
    "string_pattern_mismatch": N_("string should match pattern '{pattern}'."),
}
"""What is said for the types of error that pydantic finds in our fields."""


def _problems(item: Any) -> tuple[Problem, ...]:
    """The problems in one error of pydantic: of a field, or of several in combination."""
    if not item["loc"]:
        conflicts: _Conflicts = item["ctx"]["error"]
        return conflicts.problems
    field = str(item["loc"][0])
    return (Problem(variable(field), _sentence(item), (field,)),)


def _sentence(item: Any) -> Message:
    context = item.get("ctx", {})
    if item["type"] == "value_error":
        # Our own validators raise a `Message`.
        message: Message = context["error"].args[0]
        return message
    if sentence := _PYDANTIC.get(item["type"]):
        minimum, maximum = (f"{context.get(name, 0):g}" for name in ("ge", "le"))
        return sentence.filled(minimum=minimum, maximum=maximum, pattern=context.get("pattern"))
    # Rare, such as a value that is not UTF-8: pydantic's English words, which show no value.
    text = str(item["msg"]).rstrip(".")
    return Message("{original}", {"original": f"{text[0].lower()}{text[1:]}."})
