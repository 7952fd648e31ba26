"""What a sentence says of a meeting that is to be added: `lisää tapaaminen joka kuun toinen…`."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.knowledge.values import Language
from bot.understanding.series import MAX_LENGTH, Every, Reading, read, say
from bot.understanding.series.tokens import fold

MIN_NAME = 4
"""Letters of a name that a word must begin with; endings follow: `Oulu`, `Oulussa`."""

OTHER_NETWORK = re.compile(
    r"\b(?:toiselle|toisen|muulle|eri) (?:alue)?verkosto\w*|\bett? anna(?:t|n) natverk\w*"
    r"|\b(?:another|other|different) network\w*"
)
"""That it is for another network than the one that was talked about."""


ADD = re.compile(
    r"\b(?:lisaa|lisata|lisaan|lisaisin|luo|luoda|kirjaa|lagg till|lagga till|lagg in|skapa|add"
    r"|create)\b"
)
MEETING = re.compile(
    r"\b(?:tapaami|kokou|kokoontumi|tilaisuu|tapahtum|aamukahv|kahvi|seminaar|traff|mote|evenemang"
    r"|morgonkaff|seminari|meeting|event|gathering|coffee|seminar)"
)


@dataclass(frozen=True)
class NewMeeting:
    """What was said of a new meeting, as the fields of its form."""

    day: str = ""
    start: str = ""
    end: str = ""
    repeats: str = ""
    left_out: tuple[str, ...] = ()
    """Words beside the rule that were not understood, and are not in the form."""
    other_network: bool = False


def read_new_meeting(
    text: str,
    language: Language,
    today: dt.date,
    names: Iterable[str] = (),
    day: dt.date | None = None,
) -> NewMeeting:
    """Reads a message; `names` are those that it names, `day` is one that was found in it."""
    folded = fold(text)
    other = bool(OTHER_NETWORK.search(folded))
    rest = _without(OTHER_NETWORK.sub(lambda match: " " * len(match[0]), folded), text, names)
    whole = read(rest, language, today)
    if whole.begin is None:
        return _with_times(whole, day, other)
    ours = rest[whole.begin :]
    reading = read(ours, language, today)
    left_out: tuple[str, ...] = ()
    if reading.not_understood:
        # What stands beside a rule is left out and named; an exception never is left out.
        bare = ours
        for words in reading.not_understood:
            bare = bare.replace(words, " ", 1)
        again = read(bare, language, today)
        if again.rule is not None and not _excepts(reading.not_understood, language, today):
            left_out, reading, ours = reading.not_understood, again, bare
    rule, first = reading.rule, reading.first
    if rule is None and not whole.series:
        return _with_times(whole, day, other)
    if rule is None or first is None:
        return NewMeeting(repeats=" ".join(ours.split()), other_network=other)
    once = rule.every is Every.CHOSEN and len(rule.dates) == 1
    repeats = "" if once else say(rule, language)
    if len(repeats) > MAX_LENGTH:
        # Each date that is left out is said by itself; it has to be read again as a whole.
        repeats = " ".join(ours.split())
    return NewMeeting(
        day=first.isoformat(),
        start=_clock(reading.start),
        end=_clock(reading.end),
        repeats=repeats,
        left_out=left_out,
        other_network=other,
    )


def adds_series(text: str, language: Language, today: dt.date) -> bool:
    """Whether a message asks to add a series of meetings, whatever else it was understood as."""
    folded = fold(text)
    asked = ADD.search(folded) and MEETING.search(folded)
    return bool(asked) and read(text, language, today).series


def _with_times(found: Reading, day: dt.date | None, other: bool) -> NewMeeting:
    return NewMeeting(
        day=day.isoformat() if day else "",
        start=_clock(found.start),
        end=_clock(found.end),
        other_network=other,
    )


def _clock(time: dt.time | None) -> str:
    return f"{time:%H:%M}" if time else ""


def _excepts(words: Iterable[str], language: Language, today: dt.date) -> bool:
    """Whether some of the words leave something out of a rule: `paitsi juhannuksena`."""
    return any(read(f"{one} ", language, today).excepts for one in words)


def _without(folded: str, text: str, names: Iterable[str]) -> str:
    """The text without words that begin with a name; as long as before."""
    known = [fold(name) for name in names]
    kept = list(text)
    for match in re.finditer(r"[^\s,;]+", folded):
        word = match[0]
        if any(_is_name(word, name) for name in known):
            kept[match.start() : match.end()] = " " * len(word)
    for at, char in enumerate(folded):
        if char == " ":
            kept[at] = " "
    return "".join(kept)


def _is_name(word: str, name: str) -> bool:
    """Whether a word is a name, perhaps inflected: `Helsingissä` of `Helsinki`."""
    same = 0
    for one, other in zip(word, name, strict=False):
        if one != other:
            break
        same += 1
    return same >= min(len(name), max(MIN_NAME, len(name) - 3))
