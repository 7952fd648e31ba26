"""What a coordinator wants to do with a meeting that is there, by words: *siirrä tapaaminen*.

The words stand with the intent (`changes:` in `intents/add_meeting.yaml`). Nothing is done on
them: they lead to a form or to a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from bot.knowledge.library import Knowledge
from bot.knowledge.models import ChangeWords
from bot.understanding.kinds import KindFinder
from bot.understanding.text import fold, normalise, tokenise

ADD_MEETING = "add_meeting"
"""The intent to which the words belong."""

Change = Literal["edit", "move", "cancel", "delete", "copy"]

MOST_WORDS = 30
"""Longer messages tell a story."""

SHARED = 4
"""Letters at their beginning that two forms of a word have in common at least."""

_DATE = re.compile(r"(\d{1,2})[./](\d{1,2})(?:[./]\d{2,4})?", re.ASCII)


@dataclass(frozen=True)
class MeetingChange:
    """A change that is wished, and what may name the meeting."""

    change: Change
    named: tuple[str, ...]
    """The folded words that are neither the verb nor a word for any meeting."""
    dates: tuple[tuple[int, int], ...]
    """Days and months that the message has."""
    first: bool
    """Whether the message begins with the verb, so that it asks for nothing else."""
    about: bool
    """Whether a word for a meeting stands in it."""

    def fits(self, described: Iterable[str], day: int, month: int) -> int:
        """How many of its words and dates a meeting has, `described` by folded words."""
        known = tuple(described)
        found = sum(any(_same(word, one) for one in known) for word in self.named)
        return found + 2 * ((day, month) in self.dates)


def change_wished(text: str, knowledge: Knowledge) -> MeetingChange | None:
    """The change that a message asks for; None where it has no verb of one."""
    intent = knowledge.intents.get(ADD_MEETING)
    tokens = tokenise(text)
    if intent is None or not 0 < len(tokens) <= MOST_WORDS:
        return None
    folded = [token.folded for token in tokens]
    said = " ".join(folded)
    for texts in intent.changes.values():
        if _pattern(texts.unlike).search(said):
            return None
    for texts in intent.changes.values():
        for change, pattern in _verbs(texts).items():
            if verb := pattern.search(said):
                return _wish(change, verb, said, texts, intent.changes.values(), knowledge)
    return None


def _wish(
    change: Change,
    verb: re.Match[str],
    said: str,
    texts: ChangeWords,
    all_texts: Iterable[ChangeWords],
    knowledge: Knowledge,
) -> MeetingChange:
    if change == "edit" and _pattern(texts.times).search(said):
        change = "move"
    rest = said[: verb.start()] + " " + said[verb.end() :]
    any_meeting = "|".join(one.about for one in all_texts)
    # *Syystapaaminen* is a meeting, and names one: only the bare word is left out.
    bare = _pattern(any_meeting.replace("|*", "|").removeprefix("*"))
    left = _pattern(texts.times).sub(" ", bare.sub(" ", rest))
    dates = tuple((int(one[1]), int(one[2])) for one in _DATE.finditer(left))
    kinds = KindFinder(knowledge.community.meeting_kinds).find(tokenise(said))
    return MeetingChange(
        change,
        tuple(word for word in left.split() if len(word) >= SHARED and not _DATE.match(word)),
        dates,
        first=not said[: verb.start()].strip(),
        about=bool(_pattern(any_meeting).search(rest) or kinds),
    )


def _same(word: str, other: str) -> bool:
    """Whether two words are forms of one: alike but for their ends."""
    shared = 0
    for one, two in zip(word, other, strict=False):
        if one != two:
            break
        shared += 1
    return shared >= max(SHARED, 0.7 * min(len(word), len(other)), len(word) / 2)


def _verbs(texts: ChangeWords) -> Mapping[Change, re.Pattern[str]]:
    # What is done is said by the more telling verb first: *peru ja poista* is a cancellation.
    return {
        "copy": _pattern(texts.copied),
        "cancel": _pattern(texts.cancel),
        "delete": _pattern(texts.delete),
        "move": _pattern(texts.move),
        "edit": _pattern(texts.edit),
    }


@lru_cache(64)
def _pattern(alternatives: str) -> re.Pattern[str]:
    """Finds any of some words or phrases in a folded text."""
    written = [one.strip() for one in alternatives.split("|") if one.strip()]
    made = [re.escape(fold(normalise(one))).replace(r"\*", r"[\w-]*") for one in written]
    return re.compile(rf"(?<!\S)(?:{'|'.join(made)})(?!\S)" if made else r"(?!)")
