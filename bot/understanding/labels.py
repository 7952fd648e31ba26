"""What the bot's own buttons say, typed by hand: it leads where the button leads.

The phrases are not asked: a label of small words alone (`Hur kommer jag med?`) would be read as the
place that stands beside it.
"""

from __future__ import annotations

from bot.knowledge.library import FALLBACK, Knowledge
from bot.understanding.entities import MaskedMessage
from bot.understanding.text import MASKS, words

_BEFORE_A_PLACE = frozenset(("i", "pa", "inom", "in", "at", "for", "of"))
"""Words, folded, that join a place to a label: `Hur kommer jag med i Nyland?`."""

Words = tuple[str, ...]


class Labels:
    """Built once per Knowledge."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._intents: dict[Words, str] = {}
        for intent in knowledge.intents.values():
            if intent.key == FALLBACK:
                continue
            for label in (intent.question, intent.question_about):
                for text in (label.fi, label.sv, label.en) if label else ():
                    bare = text.replace("{network}", " ").replace("{where}", " ")
                    said = tuple(words(bare))
                    self._intents.setdefault(said, intent.key)

    def intent(self, masked: MaskedMessage) -> str | None:
        """The intent whose button says what the message does, any place aside."""
        said = masked.words
        bare = tuple(word for word in said if word not in MASKS)
        if found := self._intents.get(bare):
            return found
        joins = {
            at
            for at, word in enumerate(said[:-1])
            if word in _BEFORE_A_PLACE and said[at + 1] in MASKS
        }
        return self._intents.get(
            tuple(word for at, word in enumerate(said) if at not in joins and word not in MASKS)
        )
