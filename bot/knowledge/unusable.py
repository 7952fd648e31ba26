"""The error of a value in a file that cannot be used."""

from __future__ import annotations

from bot.i18n import Message


class Unusable(ValueError):
    """A value that cannot be used; `message` tells why, and what to write."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message
