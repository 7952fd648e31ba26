"""Of what kind a question is: from the set's own field `kind`, or else by plain rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from rapidfuzz.distance import OSA

from bot.knowledge.library import FALLBACK, Knowledge
from bot.understanding.entities import EntityFinder
from bot.understanding.text import MASKS, PERSON, PLACE, words
from bot.understanding.training import vocabulary

SHORT, LONG = 2, 12
"""Words up to which a question is short, and above which it is long."""

SHORTEST_TYPO = 5
"""Letters; a change in a shorter word makes another word as often as a typo."""

ORDINARY = 0.02
"""A word of more than this share of a language's phrases is no mark of speech."""

NEAR = 0.5
"""From which share of words that stand in phrases of ours a question is near our domain."""


class Kinds:
    """Built once per Knowledge; a question may be of several kinds."""

    def __init__(self, knowledge: Knowledge) -> None:
        known = vocabulary(knowledge)
        self._finder = EntityFinder(knowledge, known)
        self._known = known
        self._ours: set[str] = set()
        for phrase in knowledge.phrases:
            if phrase.intent != FALLBACK:
                self._ours.update(words(phrase.phrase.text))
        self._spoken = {
            code: _spoken(lexicon.spoken) - _ordinary(knowledge, code)
            for code, lexicon in knowledge.lexicons.items()
        }
        self._by_letter: dict[str, list[str]] = {}
        for word in known:
            if len(word) >= SHORTEST_TYPO:
                self._by_letter.setdefault(word[0], []).append(word)

    def of(self, text: str, language: str, intent: str) -> list[str]:
        """The kinds of a question, `plain` where no rule fits."""
        masked = self._finder.mask(text)
        rest = [word for word in masked.words if word not in MASKS]
        found = []
        if intent == FALLBACK:
            near = sum(word in self._ours for word in rest) >= NEAR * max(len(rest), 1)
            named = PLACE in masked.words or PERSON in masked.words
            found.append("not ours, near" if near or named else "not ours, far")
        if any(each.how.startswith("typo") for each in masked.mentions) or any(
            self._mistyped(word) for word in rest
        ):
            found.append("typo")
        if any(each.how == "without dots" for each in masked.mentions):
            found.append("name without dots")
        if any(word in self._spoken.get(language, set()) for word in rest):  # type: ignore[call-overload]
            found.append("spoken")
        if len(masked.words) <= SHORT:
            found.append("short")
        if len(masked.words) > LONG:
            found.append("long")
        return found or ["plain"]

    def _mistyped(self, word: str) -> bool:
        """Whether one edit, not at the end where words are inflected, makes it a known word."""
        if word in self._known or len(word) < SHORTEST_TYPO:
            return False
        return any(
            other[-2:] == word[-2:] and OSA.distance(word, other, score_cutoff=1) == 1
            for other in self._by_letter.get(word[0], ())
        )


def _spoken(lists: Mapping[str, str]) -> frozenset[str]:
    """Single words that stand for another; a word that is itself written so is none."""
    written = {word for key in lists for word in words(key)}
    forms = (words(form) for text in lists.values() for form in text.split("|"))
    return frozenset(form[0] for form in forms if len(form) == 1) - written


def _ordinary(knowledge: Knowledge, language: str) -> set[str]:
    """Words of so many phrases that they are not only spoken (`on`, also for `ovat`)."""
    phrases = [each for each in knowledge.phrases if each.language == language]
    counts = Counter(word for each in phrases for word in set(words(each.phrase.text)))
    return {word for word, count in counts.items() if count > ORDINARY * len(phrases)}
