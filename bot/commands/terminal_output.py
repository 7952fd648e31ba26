"""Writing to a terminal as it is: one that has no colours, no wide choice of signs, or is none."""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import sys
import unicodedata
from collections.abc import Iterator

from rich.console import Console

from bot.i18n import own_language, translator

READABLE = "taikubot.readable"
"""The name of the error handler that writes what comes nearest to a sign."""

NEAREST = {
    "•": "*",
    "›": ">",
    "…": "...",
    "–": "-",
    "—": "-",
    "’": "'",
    "‘": "'",
    "”": '"',
    "“": '"',
    "€": "EUR",
}
"""Signs of our texts that have no decomposition."""


def write_anything() -> None:
    """Lets each sign be written, or what comes nearest to it, whatever the output's encoding."""
    codecs.register_error(READABLE, _nearest)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=READABLE)
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")


def _nearest(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    signs = error.object[error.start : error.end]
    return "".join(NEAREST.get(sign) or _without_marks(sign) for sign in signs), error.end


def _without_marks(sign: str) -> str:
    plain = unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode()
    return plain or "?"


def speaks_unicode() -> bool:
    """Whether standard output can write every sign."""
    return codecs.lookup(sys.stdout.encoding or "ascii").name.startswith("utf")


def prompt(console: Console, edits: bool) -> str:
    """What stands before the line to be typed; `edits` says whether readline draws it."""
    if not console.is_terminal:
        return ""
    sign = "›" if speaks_unicode() else ">"
    if not edits or console.no_color or console.color_system is None:
        return f"{sign} "
    # \001 and \002 keep readline from counting the colours as characters of the prompt.
    return f"\001\033[1;36m\002{sign}\001\033[0m\002 "


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """Says on a terminal that something is loading, until it is there."""
    if not sys.stderr.isatty():
        yield
        return
    _ = translator(own_language())
    text = _("Loading …")
    lasts = os.environ.get("TERM") == "dumb"
    print(text, end="\n" if lasts else "\r", file=sys.stderr, flush=True)
    try:
        yield
    finally:
        if not lasts:
            print(" " * len(text), end="\r", file=sys.stderr, flush=True)
