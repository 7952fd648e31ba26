"""What people tell of themselves in passing: `olen kirjastonhoitaja Närpiössä`."""

from __future__ import annotations

from dataclasses import replace

from bot.understanding.clauses import asks_by_word
from bot.understanding.entities import MaskedMessage
from bot.understanding.model import Entities, Found, Manner, Request
from bot.understanding.talk.follow_ups import RULE_CONFIDENCE, FollowUps
from bot.understanding.talk.memory import ConversationState
from bot.understanding.talk.wordings import Wordings
from bot.understanding.text import MASKS, PLACE

MAX_BETWEEN = 6
"""Words between `jag är` and the place at most: a whole role stands there, a story does not."""

MAX_WORDS = 25
"""Words of the longest message that is taken for an introduction."""

LIKELY = 0.3
"""How sure it must be that a question beside an introduction is one of ours."""

MAX_ROLE = 2
"""Words between a role and its place: `nurse in Närpes`."""

MAX_ANSWER = 12
"""Words of the longest message that answers the bot's question for a place."""


class Told:
    """Built once per Knowledge."""

    def __init__(self, wordings: Wordings, follow_ups: FollowUps) -> None:
        self._wordings, self._follow_ups = wordings, follow_ups

    def read(
        self,
        masked: MaskedMessage,
        text: str,
        memory: ConversationState | None,
        likely: float = 0.0,
    ) -> Found | None:
        """What is said to a place or a role that is told; None where the message tells neither.

        Where the bot has asked for the place, its question is answered with it. `likely` is how
        sure it is that the message asks something of ours, though what is not sure: then a place
        that is told answers `anything for me?`.
        """
        if len(masked.words) > MAX_WORDS or masked.entities.persons:
            return None
        if self._wordings.find(masked.words, ("passing",)):
            return None
        place = masked.names_place_exactly and not masked.doubtful
        asks = "?" in text or asks_by_word(masked.words)
        waiting = memory.open if memory else ()
        told = self._tells_place(masked) if place else self._tells_role(masked)
        open_question = place and told and self._asks_openly(masked, text)
        if place and waiting and (told or (len(masked.words) <= MAX_ANSWER and not asks)):
            there = masked.entities.only_places()
            return Found(tuple(replace(one, entities=there) for one in waiting), RULE_CONFIDENCE)
        begins = asks_by_word(masked.words[:1])
        others = asks and ("?" in text or begins) and not open_question
        if not told or (others and not (place and likely >= LIKELY)):
            return None
        entities = masked.entities.only_places()
        if not place and memory:
            entities = self._follow_ups.with_place_of(entities, memory.about)
        return Found((Request("find_network", entities, manner=Manner.TOLD),), RULE_CONFIDENCE)

    def home(self, masked: MaskedMessage) -> Entities | None:
        """Where the member tells to live or work; None where the message does not say it."""
        if not masked.names_place_exactly or masked.doubtful or masked.entities.persons:
            return None
        if len(masked.words) > MAX_WORDS or self._wordings.find(masked.words, ("passing",)):
            return None
        return masked.entities.only_places() if self._tells_place(masked) else None

    def _asks_openly(self, masked: MaskedMessage, text: str) -> bool:
        """Whether all that is asked is what there is: `what is there for us?`."""
        end = text.rstrip().rfind("?")
        begin = max(text.rfind(mark, 0, max(end, 0)) for mark in ".!?,;\n") + 1
        last = [
            word
            for word, owner in zip(masked.words, masked.owners, strict=True)
            if masked.tokens[owner].start >= begin and word not in MASKS
        ]
        return bool(last) and (self._wordings.small | self._wordings.anything).issuperset(last)

    def _tells_place(self, masked: MaskedMessage) -> bool:
        """Whether `olen`, `jag bor` stands a few words before a place, or right after it."""
        at = masked.words.index(PLACE)
        return any(
            0 <= at - one.end <= MAX_BETWEEN or one.first == at + 1
            for one in self._wordings.find(masked.words, ("told",))
        ) or any(
            0 <= at - one.end <= MAX_ROLE for one in self._wordings.find(masked.words, ("roles",))
        )

    def _tells_role(self, masked: MaskedMessage) -> bool:
        """Whether `olen`, `jag är` stands just before a role of culture or care."""
        found = self._wordings.find(masked.words, ("told", "roles"))
        begins = [one for one in found if one.operation == "told"]
        return any(
            0 <= role.first - one.end <= 2
            for role in found
            if role.operation == "roles"
            for one in begins
        )
