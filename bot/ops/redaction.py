"""Takes secrets out of what is written: logs, errors, reasons, whatever a command prints.

Two things are hidden. What the settings call a secret, and the tokens made of them, wherever they
stand, also as they travel (percent-encoded, in base64, escaped), and parts of them where a text
was cut. And what looks like a secret by its form or by the name before it, whoever wrote it: the
header of a caller, the answer of a server, the message of a library.

All patterns take linear time, for the texts come from outside.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus

HIDDEN = "[hidden]"
"""What stands in the place of a secret."""

MIN_LENGTH = 4
"""Characters below which a secret is not looked for by itself: it would be found in every word."""

MIN_LENGTH_INSIDE = 8
"""Characters from which on a secret is also found within a word."""

MIN_PART = 12
"""Characters of a part of a secret that are hidden too."""

MOST_KNOWN = 50
"""Secrets that are remembered; tokens are renewed, and the oldest make way."""

_MOST_LEVELS = 6
"""Levels of lists in lists that are looked through; what lies deeper is taken as its `repr`."""

_SPACE = r"(?:\s|\\{1,4}[rnt]|%20|\+)"
_ASSIGNED = r"\\{0,4}[\"']?\s{0,4}(?:=|%3D)\s{0,4}"
_PAIRED = r"\\{0,4}[\"']\s{0,4}[:,]\s{0,4}"
_NAMES = (
    r"(?:password|passwd|passphrase|(?<![a-z])pwd|secret|assertion|api[_-]?key|"
    r"(?<![a-z])(?:(?:access|refresh|id|api|page|verify|auth|bearer)[_-]?)?token|"
    r"appsecret[_-]?proof|(?<![a-z0-9])sig(?:nature)?)"
)
"""What names end with whose values are secrets, in an address, a form, an object, a header."""

_SECRET_NAME = re.compile(rf"(?i)(?:[\w.-]*[_.-])?(?:{_NAMES}|authorization|(?:set-)?cookie)")

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----.*?"
            r"(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|\Z)",
            re.DOTALL,
        ),
        HIDDEN,
    ),
    # A header to the end of its line, whatever the scheme, also folded and escaped.
    (
        re.compile(
            r"(?i)((?:authorization|x-api-key|cookie)\\{0,4}[\"']?\s{0,4}[:=,]"
            rf"{_SPACE}{{0,8}})[\[(]?b?\\{{0,4}}[\"']?(?:[a-z][\w-]{{1,30}}{_SPACE}{{1,8}})?[^\r\n]+"
        ),
        rf"\1{HIDDEN}",
    ),
    (
        re.compile(rf"(?i)(bearer{_SPACE}{{1,8}})(?!tokens?\b)(?:\[hidden\]|[^\s\"',;)\]}}]+)"),
        rf"\1{HIDDEN}",
    ),
    # What aiohttp quotes of a bad request on a line of its own: any part of a header, no name.
    (re.compile(r"(?m)(^ {1,8})b(?:'[^\n]*'|\"[^\n]*\")$"), rf"\1{HIDDEN}"),
    # A JSON web token; the look behind keeps one word from being tried at each of its letters.
    (re.compile(r"(?<![\w-]{4})eyJ[\w-]{10,}\.[\w-]{2,}(?:\.[\w-]*)?"), HIDDEN),
    (
        re.compile(
            rf"(?i)({_NAMES}(?:{_ASSIGNED}|{_PAIRED})b?)\\{{0,4}}([\"'])(?:\\.|(?!\2)[^\\])*"
        ),
        rf"\1\2{HIDDEN}",
    ),
    (re.compile(rf"(?i)({_NAMES}{_ASSIGNED})(?:\[hidden\]|[^\s\"'&;,<>)\]}}|]+)"), rf"\1{HIDDEN}"),
    # In small letters only: `BOT_APP_PASSWORD: the file is empty.` is a sentence of ours.
    (
        re.compile(
            r"((?:[Pp]assword|[Pp]asswd|client_secret|app_secret|client_assertion|"
            r"api_key|(?:access|refresh|id|api|page|verify)_token): ?)[^\s\"',;]+"
        ),
        rf"\1{HIDDEN}",
    ),
    # The password of an address: `scheme://user:password@host`.
    (re.compile(r"(://[^\s/:@\"'?#]{0,200}:)[^\s/\"'<>]{1,500}@"), rf"\1{HIDDEN}@"),
    # As Entra and Facebook make them.
    (re.compile(r"(?<![\w~.-]{4})[\w~.-]{3}\dQ~[\w~.-]{31,34}"), HIDDEN),
    (re.compile(r"(?<![A-Za-z0-9]{4})EAA[A-Za-z0-9]{30,}"), HIDDEN),
)

_HINTS = (
    *("bearer", "authorization", "eyj", "passw", "passp", "pwd", "secret", "token", "assertion"),
    *("sig=", "sig%3d", "signature", "proof", "://", "private key", "q~", "eaa", "cookie"),
    *("api_key", "apikey", "api-key", " b'", ' b"'),
)
"""One of these, in small letters, stands in each text in which a pattern finds something."""

_WORDS = re.compile(rf"[^\s\"'\\,;:=()<>\[\]{{}}&?@]{{{MIN_PART},}}")


class Redactor:
    """Hides the secrets that it knows, and what looks like one."""

    def __init__(self) -> None:
        self._known: dict[str, None] = {}
        self._forms: tuple[str, ...] = ()
        self._shortest = 0
        self._whole = ""
        self._pattern = re.compile(r"(?!)")

    def know(self, *secrets: str | None) -> None:
        """Hides these from now on; what was known before stays hidden too."""
        given = [one for one in secrets if one and len(one) >= MIN_LENGTH]
        if not given or all(one in self._known for one in given):
            return
        for one in given:
            self._known.pop(one, None)
            self._known[one] = None
        for old in list(self._known)[:-MOST_KNOWN]:
            del self._known[old]
        bounded = {form for one in self._known if len(one) < MIN_LENGTH_INSIDE for form in (one,)}
        inside = {form for one in self._known if one not in bounded for form in _forms(one)}
        forms = sorted(bounded | inside, key=len, reverse=True)
        self._pattern = re.compile(
            "|".join(
                rf"(?<!\w){re.escape(form)}(?!\w)" if form in bounded else re.escape(form)
                for form in forms
            )
        )
        self._forms, self._shortest = tuple(forms), len(forms[-1])
        # One text of all, in which a part of one is looked for; no part goes over a line's end.
        self._whole = "\n".join(form for form in forms if len(form) >= MIN_PART)

    def known_hidden(self, text: str) -> str:
        """The text without the secrets that are known; what only looks like one stays."""
        if len(text) < self._shortest or not self._forms:
            return text
        if any(form in text for form in self._forms):
            text = self._pattern.sub(HIDDEN, text)
        if self._whole and any(word in self._whole for word in _WORDS.findall(text)):
            text = _WORDS.sub(lambda word: HIDDEN if word[0] in self._whole else word[0], text)
        return text

    def redact(self, text: str) -> str:
        """The text without secrets; the very same where it holds none."""
        text = self.known_hidden(text)
        low = text.lower()
        if any(hint in low for hint in _HINTS):
            for pattern, instead in _PATTERNS:
                text = pattern.sub(instead, text)
        return text

    def process(self, _: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """A processor of structlog: hides secrets in all values of an event, before it is written.

        Values are looked at one by one, so whatever is written of them stays well-formed. Most
        events hold none, which is seen at once where they hold nothing but texts and numbers.
        """
        texts = [value for value in event.values() if isinstance(value, str)]
        plain = all(
            isinstance(value, _PLAIN) and not (is_secret_name(key) and type(value) is str)
            for key, value in event.items()
        )
        if plain and not self._suspects("\n".join(texts)):
            return event
        return {key: self._value(value, key) for key, value in event.items()}

    def _suspects(self, text: str) -> bool:
        """Whether a text may hold a secret; False where it holds none."""
        low = text.lower()
        if any(hint in low for hint in _HINTS) or any(form in text for form in self._forms):
            return True
        return bool(self._whole) and any(word in self._whole for word in _WORDS.findall(text))

    def _value(self, value: Any, name: str = "", level: int = 0) -> Any:
        if isinstance(value, str):
            return HIDDEN if value and is_secret_name(name) else self.redact(value)
        if isinstance(value, _PLAIN):
            return value
        if level < _MOST_LEVELS:
            if isinstance(value, Mapping):
                return {
                    self.redact(str(key)): self._value(one, str(key), level + 1)
                    for key, one in value.items()
                }
            if isinstance(value, (list, tuple, set, frozenset)):
                return [self._value(one, name, level + 1) for one in value]
        return HIDDEN if is_secret_name(name) else self.redact(_repr(value))


_PLAIN = (str, bool, int, float, type(None))


@lru_cache(maxsize=1024)
def is_secret_name(name: str) -> bool:
    """Whether what goes by a name is a secret, whatever it looks like."""
    return len(name) < 100 and _SECRET_NAME.fullmatch(name) is not None


def _repr(value: object) -> str:
    try:
        return repr(value)
    except Exception as error:  # A library's object that cannot tell what it is.
        return f"<{type(value).__name__}: {type(error).__name__}>"


def _forms(secret: str) -> Iterator[str]:
    """The ways in which a secret is written in an address, a header, JSON, HTML or a `repr`."""
    encoded = quote(secret, safe="")
    yield from (secret, encoded, quote(secret), quote_plus(secret))
    yield re.sub("%..", lambda code: code[0].lower(), encoded)
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield repr(secret)[1:-1]
    yield html.escape(secret)
    data = secret.encode(errors="surrogatepass")
    for before in range(3):
        # In base64, the letters that do not depend on what stands before or after.
        text = base64.b64encode(b"\0" * before + data).decode()
        whole = text[(0, 2, 3)[before] : (before + len(data)) * 8 // 6]
        yield from (whole, whole.replace("+", "-").replace("/", "_"))


def address_secrets(url: str) -> Iterator[str]:
    """The passwords in an address: before the host, and in the query; as written and decoded."""
    _, separator, rest = url.partition("://")
    if not separator:
        return
    place, _, query = rest.partition("?")
    # A password may hold what ought to be encoded: it ends at the last @.
    credentials, at, _ = place.rpartition("@")
    if at and ":" in credentials:
        password = credentials.partition(":")[2]
        yield from (password, unquote(password))
    for option in query.split("&"):
        name, _, value = option.partition("=")
        if is_secret_name(unquote_plus(name)):
            yield from (value, unquote_plus(value))


REDACTOR = Redactor()
"""The one of this process."""


def know(*secrets: str | None) -> None:
    """Hides these from now on, in all that the process writes."""
    REDACTOR.know(*secrets)


def redact(text: str) -> str:
    """The text without secrets."""
    return REDACTOR.redact(text)


def redacted(texts: Iterable[str]) -> list[str]:
    """The texts without secrets."""
    return [REDACTOR.redact(text) for text in texts]
