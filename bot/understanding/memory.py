"""What a conversation was about a moment ago: in the process only, for half an hour."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from bot.knowledge.values import Language
from bot.understanding.model import Request

KEPT_SECONDS = 30 * 60
MOST_CONVERSATIONS = 10_000
"""The oldest are forgotten beyond this, so that memory is bounded."""


@dataclass(frozen=True)
class Remembered:
    """The last request of a conversation, and its language."""

    request: Request
    language: Language
    guesses: tuple[Request, ...] = ()
    """What was offered when the last message was not understood."""


class Memory:
    """Conversations by an id that the channel chooses. Times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[float, Remembered]] = OrderedDict()

    def recall(self, conversation: str, now: float) -> Remembered | None:
        """What is remembered of a conversation, unless it is too long ago."""
        self._expire(now)
        entry = self._kept.get(conversation)
        return entry[1] if entry else None

    def remember(self, conversation: str, remembered: Remembered, now: float) -> None:
        """Keeps the last request of a conversation."""
        self._kept[conversation] = (now, remembered)
        self._kept.move_to_end(conversation)
        while len(self._kept) > MOST_CONVERSATIONS:
            self._kept.popitem(last=False)

    def forget(self, conversation: str) -> None:
        """Drops what is remembered of a conversation."""
        self._kept.pop(conversation, None)

    def _expire(self, now: float) -> None:
        while self._kept:
            conversation, (kept_at, _) = next(iter(self._kept.items()))
            if now - kept_at <= KEPT_SECONDS:
                return
            del self._kept[conversation]

    def __len__(self) -> int:
        return len(self._kept)
