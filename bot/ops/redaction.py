"""Takes secrets out of what is written: logs, errors, reasons, whatever a command prints.

Two things are hidden. What the settings call a secret, and the tokens made of them, wherever they
stand, also as they travel (percent-encoded, in base64, in hexadecimals, escaped), and parts of them
where a text was cut, whatever is written around them. And what looks like a secret by its form or
by the name before it, whoever wrote it: the header of a caller, the answer of a server, the message
of a library.
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

_STEP = MIN_PART - _PIECE + 1
"""Of a part that is long enough, a piece is met by who looks at every so many characters."""

MOST_SPELT = 200
"""Characters of a secret, up to which it is also looked for in one case and as hexadecimals: tokens
that are made of it are longer, many, and not written so."""

MOST_KNOWN = 50
"""Secrets that are remembered; tokens are renewed, and the oldest make way."""

_MOST_LEVELS = 6
"""Levels of lists in lists that are looked through; what lies deeper is taken as its `repr`."""


class Redactor:
    """Hides the secrets that it knows, and what looks like one."""

    def __init__(self) -> None:
        self._known: dict[str, None] = {}
        self._short: tuple[str, ...] = ()
        self._pieces: frozenset[str] = frozenset()
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

    def known_hidden(self, text: str) -> str:
        """The text without the secrets that are known; what only looks like one stays."""
        spans = self._spans(text) if self._may_be_known(text) else []
        for view, begins in decodings(text):
            if self._may_be_known(view):
                spans += ((begins[begin], begins[end]) for begin, end in self._spans(view))
        hidden, done = list[str](), 0
        for begin, end in sorted(spans):
            if begin >= done and hidden and begin == done:
                done = end  # Two that touch are written as one.
            elif begin >= done:
                hidden += (text[done:begin], HIDDEN)
            done = max(done, end)
        return "".join((*hidden, text[done:])) if hidden else text

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
            if not (
                may_look_like_one(whole) or self._may_be_known(whole) or _may_be_encoded(whole)
            ):
                return event
        return {key: self._value(value, key) for key, value in event.items()}

    def _may_be_known(self, text: str) -> bool:
        """Whether a text may hold a known secret or a part of one; False where it holds none.

        Each part that is long enough holds one of the pieces that are looked up.
        """
        return any(form in text for form in self._short) or not self._pieces.isdisjoint(
            text[at : at + _PIECE] for at in range(0, len(text) - _PIECE + 1, _STEP)
        )

    def _spans(self, text: str) -> list[tuple[int, int]]:
        """Where known secrets stand, and parts of them, whatever is written before and after."""
        return [match.span() for match in self._pattern.finditer(text)] + list(self._parts(text))

    def _parts(self, text: str) -> Iterator[tuple[int, int]]:
        pieces, last = self._pieces, len(text) - _PIECE
        at, done = 0, 0
        while at <= last:
            if text[at : at + _PIECE] not in pieces:
                at += _STEP
                continue
            begin = end = at
            while begin > done and text[begin - 1 : begin - 1 + _PIECE] in pieces:
                begin -= 1
            while end < last and text[end + 1 : end + 1 + _PIECE] in pieces:
                end += 1
            done = end + _PIECE
            if done - begin >= MIN_PART:
                yield begin, done
            at += _STEP * ((end - at) // _STEP + 1)

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


_ENCODED = re.compile(r"(?:%[0-9A-Fa-f]{2})+|\\{1,4}(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})")
"""Characters in an address, and in what Python and JSON write of bytes and of foreign letters."""

_MOST_TIMES = 3
"""How often a text is decoded that is encoded over and over."""


def _may_be_encoded(text: str) -> bool:
    return ("%" in text or "\\" in text) and _ENCODED.search(text) is not None


def decodings(text: str) -> Iterator[tuple[str, list[int]]]:
    """What a text is once decoded, and once more; and where in it each character begins."""
    begins = list[int]()
    for _ in range(_MOST_TIMES):
        if not _may_be_encoded(text):
            return
        decoded, own, done = list[str](), list[int](), 0
        for match in _ENCODED.finditer(text):
            decoded.append(text[done : match.start()])
            own += range(done, match.start())
            if match[0][0] == "%":
                data = bytes.fromhex(match[0].replace("%", ""))
                at = match.start()
                for character in data.decode(errors="surrogateescape"):
                    own.append(at)
                    at += 3 * len(character.encode(errors="surrogateescape"))
                decoded.append(data.decode(errors="surrogateescape"))
            else:
                decoded.append(chr(int(match[0].lstrip("\\")[1:], 16)))
                own.append(match.start())
            done = match.end()
        decoded.append(text[done:])
        own += range(done, len(text) + 1)
        begins = [begins[at] for at in own] if begins else own
        text = "".join(decoded)
        yield text, begins


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
    if MIN_PART <= len(secret) <= MOST_SPELT:
        # As what is written in one case only, such as a host; and as who looks at bytes sees it.
        yield from (secret.lower(), secret.upper(), data.hex(), data.hex().upper())
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
