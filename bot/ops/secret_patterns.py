"""What looks like a secret, by its form or by the name before it.

All patterns take linear time, for the texts come from outside.
"""

from __future__ import annotations

import re
from functools import lru_cache

HIDDEN = "[hidden]"
"""What stands in the place of a secret."""

_SPACE = r"(?:\s|\\{1,4}[rnt]|%20|\+)"
_ASSIGNED = r"\\{0,4}[\"']?\s{0,4}(?:=|%3D)\s{0,4}"
_PAIRED = r"\\{0,4}[\"']\s{0,4}[:,]\s{0,4}"
_NAMES = (
    r"(?:password|passwd|passphrase|(?<![a-z])pwd|secret|assertion|api[_-]?key|"
    r"(?<![a-z])(?:(?:access|refresh|id|api|page|verify|auth|bearer)[_-]?)?token|"
    r"appsecret[_-]?proof|(?<![a-z0-9])sig(?:nature)?)"
)
"""What names end with whose values are secrets, in an address, a form, an object, a header."""

_NAME_HINTS = (
    *("passw", "passp", "pwd", "secret", "assertion", "token", "proof", "sig"),
    *("api_key", "apikey", "api-key"),
)

_SECRET_NAME = re.compile(rf"(?i)(?:[\w.-]*[_.-])?(?:{_NAMES}|authorization|(?:set-)?cookie)")

_PATTERNS: tuple[tuple[tuple[str, ...], re.Pattern[str], str], ...] = (
    (
        ("private key",),
        re.compile(
            r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----.*?"
            r"(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|\Z)",
            re.DOTALL,
        ),
        HIDDEN,
    ),
    # A header to the end of its line, whatever the scheme, also folded and escaped.
    (
        ("authorization", "x-api-key", "cookie"),
        re.compile(
            r"(?i)((?:authorization|x-api-key|cookie)\\{0,4}[\"']?\s{0,4}[:=,]"
            rf"{_SPACE}{{0,8}})[\[(]?b?\\{{0,4}}[\"']?(?:[a-z][\w-]{{1,30}}{_SPACE}{{1,8}})?[^\r\n]+"
        ),
        rf"\1{HIDDEN}",
    ),
    (
        ("bearer",),
        re.compile(rf"(?i)(bearer{_SPACE}{{1,8}})(?!tokens?\b)(?:\[hidden\]|[^\s\"',;)\]}}]+)"),
        rf"\1{HIDDEN}",
    ),
    # What aiohttp quotes of a bad request on a line of its own: any part of a header, no name.
    (
        (" b'", ' b"'),
        re.compile(r"(?m)(^ {1,8})b(?:'[^\n]*'|\"[^\n]*\")$"),
        rf"\1{HIDDEN}",
    ),
    # A JSON web token; the look behind keeps one word from being tried at each of its letters.
    (("eyj",), re.compile(r"(?<![\w-]{4})eyJ[\w-]{10,}\.[\w-]{2,}(?:\.[\w-]*)?"), HIDDEN),
    (
        _NAME_HINTS,
        re.compile(
            rf"(?i)({_NAMES}(?:{_ASSIGNED}|{_PAIRED})b?)\\{{0,4}}([\"'])(?:\\.|(?!\2)[^\\])*"
        ),
        rf"\1\2{HIDDEN}",
    ),
    (
        _NAME_HINTS,
        re.compile(rf"(?i)({_NAMES}{_ASSIGNED})(?:\[hidden\]|[^\s\"'&;,<>)\]}}|]+)"),
        rf"\1{HIDDEN}",
    ),
    # In small letters only: `BOT_APP_PASSWORD: the file is empty.` is a sentence of ours.
    (
        _NAME_HINTS,
        re.compile(
            r"((?:[Pp]assword|[Pp]asswd|client_secret|app_secret|client_assertion|"
            r"api_key|(?:access|refresh|id|api|page|verify)_token): ?)[^\s\"',;]+"
        ),
        rf"\1{HIDDEN}",
    ),
    # The password of an address: `scheme://user:password@host`.
    (
        ("://",),
        re.compile(r"(://[^\s/:@\"'?#]{0,200}:)[^\s/\"'<>]{1,500}@"),
        rf"\1{HIDDEN}@",
    ),
    # As Entra and Facebook make them.
    (("q~",), re.compile(r"(?<![\w~.-]{4})[\w~.-]{3}\dQ~[\w~.-]{31,34}"), HIDDEN),
    (("eaa",), re.compile(r"(?<![A-Za-z0-9]{4})EAA[A-Za-z0-9]{30,}"), HIDDEN),
)
"""What looks like a secret and what is written instead; before it what stands, in small letters, in
each text in which the pattern finds something: to look for that is much faster."""

_HINTS = tuple(dict.fromkeys(hint for hints, _, _ in _PATTERNS for hint in hints))


def may_look_like_one(text: str) -> bool:
    """Whether a text may hold what looks like a secret; False where it holds none."""
    low = text.lower()
    return any(hint in low for hint in _HINTS)


def hide_what_looks_like_one(text: str) -> str:
    """The text without what looks like a secret."""
    low = text.lower()
    for hints, pattern, instead in _PATTERNS:
        if any(hint in low for hint in hints):
            text = pattern.sub(instead, text)
    return text


@lru_cache(maxsize=1024)
def is_secret_name(name: str) -> bool:
    """Whether what goes by a name is a secret, whatever it looks like."""
    return len(name) < 100 and _SECRET_NAME.fullmatch(name) is not None
