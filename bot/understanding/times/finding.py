"""Finds the times that a message names, by the rules."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.understanding.model import Period
from bot.understanding.text import Token
from bot.understanding.times.months import spelt_month
from bot.understanding.times.rules import RULES
from bot.understanding.times.spans import Now
from bot.understanding.times.tense import tense_of
from bot.understanding.word_cache import WordCache


@dataclass(frozen=True)
class TimeMatch:
    """Words that name a time."""

    period: Period
    first: int
    """The position of the first token."""
    length: int
    """In tokens."""
    rest: str = ""
    """What a word says besides the time: `traffen` of `majtraffen`."""


_COMPILED = tuple((re.compile(rf"(?:{pattern})(?= |$)"), rule) for pattern, rule in RULES)
# One expression that fits wherever a rule does: most messages name no time.
_ANY = re.compile(
    "(?:^|(?<= ))(?:"
    + "|".join(re.sub(r"\(\?P<\w+>", "(?:", pattern) for pattern, _ in RULES)
    + ")(?= |$)"
)

_SIGN = re.compile(
    r"\d|\b(?:jan|feb|mar|apr|maj|may|jun|jul|aug|sep|okt|oct|nov|dec)|ku(?:u|inen|is)|viik|veck|week"
    r"|maanantai|tiistai|torstai|perjantai|lauantai|sunnuntai|dag|day|paiva|night|helg|fortnight"
    r"|manad|month|vuo|year|fjol|joul|christmas|xmas|nyar|kevaa|kesa|syksy|talve|spring|summer"
    r"|autumn|fall|winter|sommar|somras|host|vint|tana|tanna|huom|morgon|^tom|tmrw|eil|kvall"
    r"|^lahi|narmaste|future|^(?:ar|aret|i?gar|forrgar|var|varas|varens?|kort)$"
)
"""A folded word has one of these in each time that a rule names; other words may, too."""
_has_sign: WordCache[bool] = WordCache(lambda word: _SIGN.search(word) is not None)


def has_sign(word: str) -> bool:
    """Whether a folded word is such that a time may be named where it stands."""
    return _has_sign[word]


def names_time(line: str) -> bool:
    """Whether folded words, with single spaces between, may name a time."""
    return _ANY.search(line) is not None


def find_times(tokens: Sequence[Token], today: dt.date) -> list[TimeMatch]:
    """The times that a message names, in order."""
    said = [spelt_month(token.folded) for token in tokens]
    if not any(map(has_sign, said)):
        # So it is with most messages, and the whole expression takes long.
        return []
    line = " ".join(said)
    found: list[TimeMatch] = []
    now: Now | None = None
    start = 0
    while match := _ANY.search(line, start):
        now = now or Now(today, tense_of(line))
        first = match.start()
        time = match_at(line, first, line.count(" ", 0, first), now)
        if time:
            found.append(time)
        start = first
        for _ in range(time.length if time else 1):
            start = line.find(" ", start) + 1 or len(line)
    return found


def match_at(line: str, offset: int, position: int, now: Now) -> TimeMatch | None:
    """The time whose words begin at a character, which is that of a word."""
    for pattern, rule in _COMPILED:
        if (match := pattern.match(line, offset)) and (period := rule(now, match)):
            rest = match.groupdict().get("rest") or ""
            return TimeMatch(period, position, match[0].count(" ") + 1, rest)
    return None
