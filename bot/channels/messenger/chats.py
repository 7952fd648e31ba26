"""What the bot keeps in mind of a chat: that it said it is a bot, and the chat's language.

In the process only, for a bounded number of chats; their keys cannot be tied to a person.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from bot.knowledge.values import Language

SILENCE = 24 * 3600.0
"""Seconds without a word after which a new conversation begins, as Messenger's window has it."""

MOST_CHATS = 10_000


@dataclass(frozen=True)
class _Chat:
    heard_at: float
    language: Language | None


class Chats:
    """The chats of late, by a key; times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Chat] = OrderedDict()

    def is_new(self, key: str, now: float) -> bool:
        """Whether nothing has been said in this chat of late."""
        self._expire(now)
        return key not in self._kept

    def language(self, key: str) -> Language | None:
        """The language that was spoken last, if any was."""
        chat = self._kept.get(key)
        return chat.language if chat else None

    def keep(self, key: str, now: float, language: Language | None) -> None:
        """Notes that the bot answers in this chat; no language leaves the one it has."""
        self._kept[key] = _Chat(now, language or self.language(key))
        self._kept.move_to_end(key)
        while len(self._kept) > MOST_CHATS:
            self._kept.popitem(last=False)

    def forget(self, key: str) -> None:
        """Drops what is kept of a chat."""
        self._kept.pop(key, None)

    def _expire(self, now: float) -> None:
        while self._kept:
            key, chat = next(iter(self._kept.items()))
            if now - chat.heard_at <= SILENCE:
                return
            del self._kept[key]

    def __len__(self) -> int:
        return len(self._kept)
