"""Small talk: `mitä kuuluu`, `how are you`, and what says that an answer was fine: `ok`, a thumb.

It counts only as the whole of a message: among other words it says nothing of what is asked.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.knowledge.library import Knowledge
from bot.understanding.model import SMALL_TALK, Found, Request
from bot.understanding.talk.follow_ups import RULE_CONFIDENCE
from bot.understanding.text import words

NOTED = "noted"
"""The topic of small talk that a message of approval has."""

HOW_ARE_YOU = "how_are_you"
"""The topic of a message that asks the bot how it is."""

_PLEASED = frozenset("👍👌🙂😊😀😃😄😁😉🙏👏💪🎉😍🤗🥰☺😎🤩✨💚💙💛🧡💜❤🌸🌞⭐")
"""Signs of approval. Others may tell of grief or anger, and get no cheerful line."""

_WITH_SIGNS = frozenset("\ufe0f\u200d🏻🏼🏽🏾🏿!. ")
"""What stands with signs: variants, colours of skin, spaces."""


class SmallTalk:
    """Built once per Knowledge."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._topics: dict[tuple[str, ...], str] = {}
        for lexicon in knowledge.lexicons.values():
            for topic, wordings in (
                (NOTED, lexicon.acknowledgements),
                (HOW_ARE_YOU, lexicon.how_are_you),
            ):
                for wording in filter(str.strip, wordings.split("|")):
                    self._topics[tuple(words(wording))] = topic

    def read(self, said: Sequence[str], text: str) -> Found | None:
        """A friendly line for a message that is small talk alone; None for any other."""
        topic = self._topics.get(tuple(said)) if said else _pleased(text) and NOTED
        return Found((Request(SMALL_TALK, topic=topic),), RULE_CONFIDENCE) if topic else None


def _pleased(text: str) -> bool:
    signs = set(text) - _WITH_SIGNS
    return bool(signs) and signs <= _PLEASED
