"""Takes secrets out of what is written: logs, errors, reasons, whatever a command prints.

Two things are hidden. What the settings call a secret, and the tokens made of them, wherever they
stand, also as they travel (percent-encoded, in base64, escaped), and parts of them where a text
was cut. And what looks like a secret by its form or by the name before it, whoever wrote it: the
header of a caller, the answer of a server, the message of a library.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from bot.ops.secret_patterns import (
    HIDDEN,
    hide_what_looks_like_one,
    is_secret_name,
    may_look_like_one,
)

MIN_LENGTH = 4
"""Characters below which a secret is not looked for by itself: it would be found in every word."""

MIN_LENGTH_INSIDE = 8
"""Characters from which on a secret is also found within a word."""

MIN_PART = 12
"""Characters of a part of a secret that are hidden too."""

_PIECE = 8
"""Characters of a piece that is looked up."""

MOST_KNOWN = 50
"""Secrets that are remembered; tokens are renewed, and the oldest make way."""

_MOST_LEVELS = 6
"""Levels of lists in lists that are looked through; what lies deeper is taken as its `repr`."""

_WORDS = re.compile(rf"[^\s\"'\\,;:=()<>\[\]{{}}&?@]{{{MIN_PART},}}")


class Redactor:
    """Hides the secrets that it knows, and what looks like one."""

    def __init__(self) -> None:
        self._known: dict[str, None] = {}
        self._short: tuple[str, ...] = ()
        self._pieces: frozenset[str] = frozenset()
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
        self._short = tuple(form for form in forms if len(form) < MIN_PART)
        self._pieces = frozenset(
            form[at : at + _PIECE]
            for form in forms
            if len(form) >= MIN_PART
            for at in range(len(form) - _PIECE + 1)
        )
        # One text of all, in which a part of one is looked for; no part goes over a line's end.
        self._whole = "\n".join(form for form in forms if len(form) >= MIN_PART)

    def known_hidden(self, text: str) -> str:
        """The text without the secrets that are known; what only looks like one stays."""
        if not self._may_be_known(text):
            return text
        text = self._pattern.sub(HIDDEN, text)
        if self._whole and any(word in self._whole for word in _WORDS.findall(text)):
            text = _WORDS.sub(lambda word: HIDDEN if word[0] in self._whole else word[0], text)
        return text

    def redact(self, text: str) -> str:
        """The text without secrets; the very same where it holds none."""
        return hide_what_looks_like_one(self.known_hidden(text))

    def process(self, _: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """A processor of structlog: hides secrets in all values of an event, before it is written.

        Values are looked at one by one, so whatever is written of them stays well-formed. Most
        events hold none, which is seen at once where they hold nothing but texts and numbers.
        """
        texts: list[str] = []
        for key, value in event.items():
            if isinstance(value, str) and not is_secret_name(key):
                texts.append(value)
            elif type(value) is list and all(type(one) is str for one in value):
                texts += (key, *value)
            elif value and (isinstance(value, str) or not isinstance(value, _PLAIN)):
                break
        else:
            whole = "\n".join(texts)
            if not (may_look_like_one(whole) or self._may_be_known(whole)):
                return event
        return {key: self._value(value, key) for key, value in event.items()}

    def _may_be_known(self, text: str) -> bool:
        """Whether a text may hold a known secret or a part of one; False where it holds none.

        Each part that is long enough holds one of the pieces that are looked up.
        """
        return any(form in text for form in self._short) or not self._pieces.isdisjoint(
            text[at : at + _PIECE] for at in range(0, len(text) - _PIECE + 1, MIN_PART - _PIECE + 1)
        )

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
