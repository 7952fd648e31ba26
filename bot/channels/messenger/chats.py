"""What the bot keeps in mind of a chat: that it said it is a bot, and the chat's language.

In the process only, for a bounded number of chats; their keys cannot be tied to a person.
"""

from __future__ import annotations

from collections.abc import Callable

from cachetools import TTLCache

from bot.knowledge.values import Language

CONVERSATION_TIMEOUT = 24 * 3600.0
"""Seconds without a word after which a new conversation begins, as Messenger's window has it."""

MAX_CHATS = 10_000


class Chats:
    """The chats of late, by a key, with their languages; `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._kept: TTLCache[str, Language | None] = TTLCache(
            MAX_CHATS, CONVERSATION_TIMEOUT, timer=clock
        )

    def is_new(self, key: str) -> bool:
        """Whether nothing has been said in this chat of late."""
        return key not in self._kept

    def language(self, key: str) -> Language | None:
        """The language that was spoken last, if any was."""
        return self._kept.get(key)

    def keep(self, key: str, language: Language | None) -> None:
        """Notes that the bot answers in this chat; no language leaves the one it has."""
        self._kept[key] = language or self.language(key)

    def forget(self, key: str) -> None:
        """Drops what is kept of a chat."""
        self._kept.pop(key, None)

    def __len__(self) -> int:
        return len(self._kept)
