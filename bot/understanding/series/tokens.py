"""The words of a rule become tokens of a few kinds, the same in each language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.understanding.times.words import month_number, weekday_number


@dataclass(frozen=True)
class Token:
    """Some words of a rule."""

    code: str
    """What kind of words: see `CODES`."""
    value: Any = None
    text: str = ""
    """As they were written."""
    begin: int = 0
    end: int = 0


CODES = {
    "O": "which one of a month: its number, -1 for the last",
    "N": "a number of a day, or of which one: 15., 15:e, 15th",
    "W": "a day of the week",
    "P": "a day of the week that recurs: maanantaisin, måndagar, Mondays",
    "H": "the working days",
    "E": "every",
    "I": "every second, third…: the number",
    "d": "day",
    "w": "week",
    "m": "month",
    "y": "every year",
    "M": "a month",
    "B": "some months: in summer",
    "D": "a date: day, month, year or None",
    "Y": "a year",
    "K": "numbered weeks",
    "T": "from when to when, or from when",
    "C": "how often in all",
    "X": "not",
    "x": "and not",
    "U": "until what follows",
    "u": "until what stands before",
    "S": "from what follows on",
    "s": "from what stands before, or follows, on",
    "V": "a month until which it goes on",
    "Z": "a month from which on it is held",
    "L": "the end of a month",
    "G": "the end of the year",
    "A": "and, a comma",
    "R": "a dash",
    "+": "also",
    "?": "not understood",
}
"""The letters of kinds of tokens."""

Made = Callable[["re.Match[str]"], "Any"]
Table = Sequence[tuple[str, str, Made | None]]
"""Expressions on folded text, each with the codes of its tokens, one letter each, and their value.
None drops the words; the value is of the first token."""

TIME = r"(\d{1,2})(?:[.:](\d\d))?(?![\d:])(?!\.\d)"
SUMMER = (6, 7, 8)
MOST_WEEKS = 53
"""Weeks of the longest year."""
_SHORT_YEAR = 2000


def fold(text: str) -> str:
    """Lower-case letters without accents, character by character: positions stay."""
    made = []
    for char in text:
        base = unicodedata.normalize("NFKD", char)[0].lower()
        made.append("-" if char in "\u2010\u2011\u2012\u2013\u2014\u2212" else base[0])
    return "".join(made)


def number(match: re.Match[str]) -> int:
    """The first number of a match."""
    found = re.search(r"\d+", match[0])
    assert found
    return int(found[0])


def month(match: re.Match[str]) -> int:
    """The month that a match names."""
    return month_number(match["name"])


def weekday(match: re.Match[str]) -> int:
    """The day of the week that a match names, from Monday, 0."""
    return weekday_number(match["name"])


def date(match: re.Match[str]) -> tuple[int, int, int | None]:
    """Day, month and year of a match, in numbers or with the month's name."""
    named = match.groupdict()
    of = int(named["month"]) if named.get("month") else month_number(named["name"])
    year = named.get("year")
    whole = int(year) + (_SHORT_YEAR if len(year) == 2 else 0) if year else None
    return int(named["day"]), of, whole


def numbers(match: re.Match[str]) -> tuple[int, ...]:
    """All numbers of weeks of a match, with those between two that a dash joins: `51-2`."""
    found: list[int] = []
    for first, last in re.findall(r"(\d+)(?:\s*-\s*(\d+))?", match[0]):
        begin, end = int(first), int(last or first)
        if begin > end:
            # Over the turn of the year.
            found += range(begin, MOST_WEEKS + 1)
            begin = 1
        found += range(begin, end + 1)
    return tuple(found)


def span(match: re.Match[str]) -> tuple[tuple[int, int], tuple[int, int] | None]:
    """Hours and minutes of the one or two times of a match."""
    hour, minute, last_hour, last_minute = match.groups()[:4]
    first = int(hour), int(minute or 0)
    return first, (int(last_hour), int(last_minute or 0)) if last_hour else None


def said(value: Any) -> Made:
    """The same value whatever the words are."""
    return lambda match: value


COMMON: Table = (
    (r"(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)", "D", date),
    (rf"(\d{{1,2}}):(\d\d)(?:\s*-\s*{TIME})?(?![\d:])", "T", span),
    (
        r"(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\."
        # Two digits are a year right behind the dot alone: `5.2. 14`.
        r"(?:\s?(?P<year>20\d\d(?!\d)|(?<=\.)\d\d(?![\d.:])))?",
        "D",
        date,
    ),
    # Minutes that no month has as its number; others could be either.
    (rf"(\d{{1,2}})\.(00|1[3-9]|[2-5]\d)(?![\d.])(?:\s*-\s*{TIME})?", "T", span),
    (r"(?P<day>\d{1,2})\.(?P<month>[1-9])(?![\d.])", "D", date),
    (r"(?P<day>\d{1,2})\.(?P<month>1[0-2])\.?(?P<year>20\d\d)(?!\d)", "D", date),
    (r"(\d{1,2})()\s*-\s*(\d{1,2})()(?![\d.:])", "T", span),
    (r"20\d\d(?![\d.])", "Y", number),
    (r"[,;&+]", "A", said(None)),
    (r"-", "R", said(None)),
)
"""What is written alike in each language."""


def tokens_of(text: str, table: Table) -> list[Token]:
    """All tokens of a text in one language; runs of words that are none become one each."""
    folded = fold(text)
    compiled = _compiled(table)
    found: list[Token] = []
    at = 0
    while at < len(text):
        if not folded[at].isalnum() and folded[at] not in ",;&+-":
            at += 1
            continue
        for expression, codes, made in compiled:
            if match := expression.match(folded, at):
                found += _made(match, codes, made, text)
                at = match.end()
                break
        else:
            end = at + len(re.split(r"[\s,;]", folded[at:], maxsplit=1)[0])
            found.append(Token("?", None, text[at:end].rstrip(".!?:"), at, end))
            at = end
    return found


def _made(match: re.Match[str], codes: str, made: Made | None, text: str) -> list[Token]:
    if made is None:
        return []
    begin, end = match.span()
    values = made(match)
    values = values if len(codes) > 1 and isinstance(values, tuple) else (values,)
    values += (None,) * (len(codes) - len(values))
    written = text[begin:end].strip()
    return [Token(code, one, written, begin, end) for code, one in zip(codes, values, strict=True)]


_cache: dict[int, list[tuple[re.Pattern[str], str, Made | None]]] = {}


def _compiled(table: Table) -> list[tuple[re.Pattern[str], str, Made | None]]:
    key = id(table)
    if key not in _cache:
        # A word is read as a whole: what begins or ends with a letter ends where the word does.
        _cache[key] = [
            (re.compile(rf"(?:{pattern})(?:(?<![a-z])|(?![a-z]))"), codes, made)
            for pattern, codes, made in (*table, *COMMON)
        ]
    return _cache[key]
