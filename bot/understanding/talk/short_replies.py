"""Short replies of people to the bot: `the second`, `yes`, `and in English please`."""

from __future__ import annotations

from collections.abc import Sequence

from bot.knowledge.library import Knowledge
from bot.knowledge.values import Language
from bot.understanding.text import MASKS, words

_IN = frozenset(["pa", "till", "in", "into", "to"])
"""Words, folded, before the name of a language in which something is said."""

_POLITE = frozenset(["tack", "kiitos", "kiitti", "please", "pls", "thanks"])
MAX_LEADS = 3
"""Words before the language at the beginning of a message."""

_INTO = "ksi"
"""The ending of such a name in Finnish."""

_OTHERS = frozenset(
    word
    for line in (
        "han hanelle he onko puhutaanko pidetaanko osaako",
        "hon han dem de haller halls pratas talar",
        "she he they is are does if whether held speak",
    )
    for word in line.split()
)
"""Words, folded, of a question for the language of a person or a meeting."""

AMBIGUOUS = -1
"""What `picked_guess` gives for a yes to several guesses."""


class ShortReplies:
    """Built once per Knowledge, from the lexicons of all languages.

    A conversation may change its language at any reply, so all are known at any time.
    """

    def __init__(self, knowledge: Knowledge) -> None:
        lexicons = knowledge.lexicons
        self._names: dict[str, Language] = {
            word: language
            for language, lexicon in lexicons.items()
            if language in knowledge.languages
            for word in words(lexicon.language_names)
        }
        self._repeat: set[str] = set()
        self._yes: set[str] = set()
        self._ordinals: dict[str, int] = {}
        self._say = frozenset(
            word for lexicon in lexicons.values() for word in words(lexicon.talk.say)
        )
        for lexicon in lexicons.values():
            self._repeat.update(words(lexicon.follow_up_words), words(lexicon.repeat_words))
            self._yes.update(words(lexicon.yes))
            for place, ordinals in enumerate(lexicon.ordinals):
                self._ordinals.update(dict.fromkeys(words(ordinals), place))

    def requested_language(self, message: Sequence[str]) -> Language | None:
        """The language in which a message asks for the last answer, if it asks nothing else."""
        named = {self._names[word] for word in message if word in self._names}
        rest = [word for word in message if word not in self._names and word not in self._repeat]
        return named.pop() if len(named) == 1 and not rest else None

    def wanted_language(self, message: Sequence[str]) -> tuple[Language, frozenset[int]] | None:
        """The language in which a longer message asks for an answer, and the words that say it.

        `Can you write that in English for my boss`; not `can she write in English`.
        """
        named = [at for at, word in enumerate(message) if word in self._names]
        if len(named) != 1:
            return None
        if not self._say.intersection(message) and not self._begins_with(message, named[0]):
            return None
        if _OTHERS.intersection(message) or any(word in MASKS for word in message):
            return None
        at, before = named[0], message[named[0] - 1]
        if message[at].endswith(_INTO):
            return self._names[message[at]], frozenset((at,))
        return (self._names[message[at]], frozenset((at - 1, at))) if before in _IN else None

    def _begins_with(self, message: Sequence[str], at: int) -> bool:
        """Whether a message begins with a language and a word such as `please`."""
        near = message[max(0, at - 2) : at + 2]
        leads = all(one in self._repeat or one in _IN for one in message[:at])
        return at <= MAX_LEADS and leads and bool(_POLITE.intersection(near))

    def picked_guess(self, message: Sequence[str], count: int) -> int | None:
        """The number of the guess that a message picks, from 0.

        AMBIGUOUS for a yes to several; None for a message that picks none of the `count`.
        """
        ordinals = {self._ordinals[word] for word in message if word in self._ordinals}
        small = self._ordinals.keys() | self._yes | self._repeat
        if not message or any(word not in small for word in message):
            return None
        if len(ordinals) == 1 and (place := min(ordinals)) < count:
            return place
        if not ordinals and any(word in self._yes for word in message):
            return 0 if count == 1 else AMBIGUOUS
        return None
