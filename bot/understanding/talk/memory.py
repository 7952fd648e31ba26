"""What conversations were about: in the memory of the process only, for half an hour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cachetools import TTLCache

from bot.knowledge.values import Language
from bot.understanding.model import NOTHING_SHOWN, Request, Shown

KEPT_SECONDS = 30 * 60
MAX_CONVERSATIONS = 10_000
"""Beyond this the longest silent ones are dropped, so that memory is bounded."""


@dataclass(frozen=True)
class ConversationState:
    """The last request of a conversation, and its language."""

    request: Request
    language: Language
    guesses: tuple[Request, ...] = ()
    """The guesses offered when the last message was not understood."""
    asked: Request | None = None
    """The act about which the bot has just asked whether it is wanted."""
    shown: Shown = NOTHING_SHOWN
    """What the last answer that showed anything has shown."""


def new_conversation_memory(clock: Callable[[], float]) -> TTLCache[str, ConversationState]:
    """A cache by an id of the conversation, which the channel chooses; `clock` counts seconds."""
    return TTLCache(MAX_CONVERSATIONS, KEPT_SECONDS, timer=clock)
