"""A message that answers what the bot asked or offered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.knowledge.library import FALLBACK, Knowledge
from bot.knowledge.values import Language
from bot.understanding.acts import ActReader
from bot.understanding.entities import MaskedMessage
from bot.understanding.model import Found, Request, Wish
from bot.understanding.talk.follow_ups import RULE_CONFIDENCE, FollowUps
from bot.understanding.talk.memory import ConversationState
from bot.understanding.talk.short_replies import AMBIGUOUS, ShortReplies


class Replies:
    """Built once per Knowledge."""

    def __init__(self, knowledge: Knowledge, acts: ActReader, follow_ups: FollowUps) -> None:
        self._short = ShortReplies(knowledge)
        self._acts, self._follow_ups = acts, follow_ups

    def requested_language(self, message: Sequence[str]) -> Language | None:
        """The language in which the message asks for the last answer, if it asks nothing else."""
        return self._short.requested_language(message)

    def wanted_language(self, message: Sequence[str]) -> tuple[Language, frozenset[int]] | None:
        """The language in which a longer message asks for an answer, and the words that say it."""
        return self._short.wanted_language(message)

    def to_asked(self, message: Sequence[str], memory: ConversationState | None) -> Found | None:
        """A yes or no to whether an act is wanted."""
        if memory is None or memory.asked is None:
            return None
        wish = self._acts.answer(memory.asked, message)
        if wish is None:
            return None
        return Found((replace(memory.asked, wish=wish),), RULE_CONFIDENCE)

    def to_guesses(self, masked: MaskedMessage, memory: ConversationState | None) -> Found | None:
        """The guess that the message picks of those offered; all again where that is not clear."""
        if memory is None or not memory.guesses:
            return None
        picked_guess = self._short.picked_guess(masked.words, len(memory.guesses))
        if picked_guess is None:
            return None
        if picked_guess == AMBIGUOUS:
            return Found((Request(FALLBACK),), 0.0, memory.guesses)
        picked = self._follow_ups.completed(memory.guesses[picked_guess], masked, memory)
        if self._acts.is_act(picked.intent):
            # What the bot has guessed is asked before it is done.
            picked = replace(picked, wish=Wish.GUESSED)
        return Found((picked,), RULE_CONFIDENCE)
