"""What a conversation was about a moment ago: in the process only, for half an hour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cachetools import TTLCache

from bot.knowledge.values import Language
from bot.understanding.model import Request

KEPT_SECONDS = 30 * 60
MOST_CONVERSATIONS = 10_000
"""Those that were silent for longest are forgotten beyond this, so that memory is bounded."""


@dataclass(frozen=True)
class Remembered:
    """The last request of a conversation, and its language."""

    request: Request
    language: Language
    guesses: tuple[Request, ...] = ()
    """What was offered when the last message was not understood."""


def new_memory(clock: Callable[[], float]) -> TTLCache[str, Remembered]:
    """Remembers conversations by an id that the channel chooses; `clock` counts seconds."""
    return TTLCache(MOST_CONVERSATIONS, KEPT_SECONDS, timer=clock)
