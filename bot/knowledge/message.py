"""A sentence that can say itself in each language: what `taikubot check` tells an editor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Values are checked by means of messages.
    from bot.knowledge.values import Language


@dataclass(frozen=True)
class Wording:
    """A sentence in each language, with `{names}` for what it is about; see `wording.py`."""

    en: str
    fi: str
    sv: str

    def __call__(self, **values: object) -> Message:
        """The sentence with its values: texts, numbers, messages, or lists of them."""
        return Message(self, values)


class Message(str):
    """As a text it is the English sentence: for logs, scripts, and to compare and sort by."""

    _wording: Wording
    _values: dict[str, object]

    def __new__(cls, wording: Wording, values: dict[str, object]) -> Message:
        """Fills the sentence."""
        made = super().__new__(cls, _filled(wording.en, values, "en"))
        made._wording, made._values = wording, values
        return made

    def said(self, language: Language) -> str:
        """The sentence in a language."""
        return _filled(getattr(self._wording, language), self._values, language)


def _filled(wording: str, values: dict[str, object], language: Language) -> str:
    return wording.format_map({name: said(value, language) for name, value in values.items()})


def said(value: object, language: Language) -> str:
    """A value of a sentence in a language: messages speak it, lists are joined by commas."""
    if isinstance(value, Message):
        return value.said(language)
    if isinstance(value, list | tuple):
        return ", ".join(said(one, language) for one in value)
    return str(value)


class Unusable(ValueError):
    """A value that cannot be used; `message` tells why, and what to write."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message
