"""The error of an invalid value in a file."""

from __future__ import annotations

from bot.i18n import Message


class InvalidValueError(ValueError):
    """An invalid value; `message` says why, and what to write."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message
