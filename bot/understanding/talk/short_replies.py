"""Short replies of people to the bot: `the second`, `yes`, `and in English please`."""

from __future__ import annotations

from collections.abc import Sequence

from bot.knowledge.library import Knowledge
from bot.knowledge.values import Language
from bot.understanding.text import words

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
            for word in words(lexicon.language_names)
        }
        self._repeat: set[str] = set()
        self._yes: set[str] = set()
        self._ordinals: dict[str, int] = {}
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
