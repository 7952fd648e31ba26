"""What all channels share: a member's message goes in, an answer comes out."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bot.answers.compose import Context, compose
from bot.answers.model import Answer
from bot.knowledge.values import Language
from bot.understanding.conversation_memory import ConversationState, new_conversation_memory
from bot.understanding.interpreter import MessageContext
from bot.understanding.model import Understanding
from bot.understanding.reloader import Snapshot

FORGET_INTENTS = frozenset({"forget_me"})
INTENTS_WITHOUT_SUBJECT = frozenset({"greeting", "thanks", "help", "privacy", "whoami"})
"""Intents that do not change what a conversation is about."""


@dataclass(frozen=True)
class IncomingMessage:
    """What a member wrote, in which conversation."""

    text: str
    conversation: str | None = None
    """Identifies the conversation within its channel; with None nothing is remembered."""
    locale: str | None = None
    members: bool = False
    """Whether only members read the answer (Teams), so that their links may be shown."""


@dataclass(frozen=True)
class Reply:
    """What was understood, and the answer to it."""

    understanding: Understanding
    answer: Answer


class Responder(Protocol):
    """Answers messages, as `Conversations` does."""

    def respond(self, message: IncomingMessage) -> Reply:
        """The answer to one message."""


class Conversations:
    """Answers messages with the snapshot in use, and remembers what each conversation is about.

    `on_refused`, if given, gets the text and language of what was not understood; it must be quick.
    Of a private answer it hears nothing.
    """

    def __init__(
        self,
        snapshot: Callable[[], Snapshot],
        now: Callable[[], dt.datetime] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        public_url: str | None = None,
        on_refused: Callable[[str, Language], None] | None = None,
    ) -> None:
        self._snapshot = snapshot
        self.now = now or (lambda: dt.datetime.now(dt.UTC))
        self._public_url = public_url
        self._on_refused = on_refused
        self._memory = new_conversation_memory(monotonic)

    def respond(self, message: IncomingMessage, explain: bool = False) -> Reply:
        """Answers one message; takes about a millisecond and touches neither disk nor network."""
        snapshot = self._snapshot()
        now = self.now().astimezone(snapshot.knowledge.zone)
        memory = None
        if message.conversation is not None:
            memory = self._memory.get(message.conversation)
        circumstances = MessageContext(now.date(), memory, message.locale)
        understanding = snapshot.interpreter.understand(message.text, circumstances, explain)
        answer = compose(
            understanding, snapshot.knowledge, Context(now, message.members, self._public_url)
        )
        self._keep(message, understanding, answer, memory)
        if self._on_refused and understanding.refused and not answer.private:
            self._on_refused(understanding.text, understanding.language)
        return Reply(understanding, answer)

    def forget(self, conversation: str) -> None:
        """Drops what is remembered of a conversation."""
        self._memory.pop(conversation, None)

    def _keep(
        self,
        message: IncomingMessage,
        understanding: Understanding,
        answer: Answer,
        before: ConversationState | None,
    ) -> None:
        conversation = message.conversation
        # A question beside which there may be distress goes on in memory like any other.
        if conversation is None or (answer.private and understanding.refused):
            return
        if understanding.intent in FORGET_INTENTS:
            self.forget(conversation)
            return
        request = understanding.requests[-1]
        if before and (understanding.refused or understanding.intent in INTENTS_WITHOUT_SUBJECT):
            # `olen Pieksämäeltä` asks nothing, but the next question may be about that place.
            new_place = request.entities.place and not before.request.entities.place
            request = request if new_place else before.request
        remembered = ConversationState(request, understanding.language, understanding.guesses)
        self._memory[conversation] = remembered
