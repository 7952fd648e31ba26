"""Texts that are said in a language: at once by a `Translator`, or later by a `Message`."""

from __future__ import annotations

from collections.abc import Mapping

from .catalogue import translations
from .own_words import in_own_words

Values = Mapping[str, object]


class Message(str):
    """A text with its values that can be said in each language.

    As a `str` it is the English text of the code, whatever `en.po` says: for logs, and to compare
    and sort by. Values are texts, numbers, other messages, or lists of them.
    """

    _ids: tuple[str, str | None, str | None]
    _values: Values

    def __new__(
        cls,
        text: str,
        values: Values | None = None,
        *,
        plural: str | None = None,
        context: str | None = None,
    ) -> Message:
        """`plural` is the text for several; then `values["count"]` is how many."""
        values = values or {}
        ids = (text, plural, context)
        one_or_many = plural if plural is not None and values["count"] != 1 else text
        made = super().__new__(cls, _fill(one_or_many, values, None))
        made._ids, made._values = ids, values
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str, Values], dict[str, str | None]]:
        """What a copy is made of: the text as it was before it was filled."""
        text, plural, context = self._ids
        return (text, self._values), {"plural": plural, "context": context}

    def said(self, language: str, /, **values: object) -> str:
        """The text in a language; `values` fill in what it was not given yet."""
        return _translated(self._ids, {**self._values, **values}, language)

    def filled(self, **values: object) -> Message:
        """The same text with (other) values, for texts that stand in a table."""
        text, plural, context = self._ids
        return Message(text, {**self._values, **values}, plural=plural, context=context)


def N_(text: str, /, **values: object) -> Message:
    """A text that is said later."""
    return Message(text, values)


def pN_(context: str, text: str, /, **values: object) -> Message:
    """The same for a word that has several meanings; `context` tells which."""
    return Message(text, values, context=context)


def nN_(one: str, many: str, count: int, /, **values: object) -> Message:
    """The same for a number of things, filled in as `{count}`."""
    return Message(one, {"count": count, **values}, plural=many)


class Translator:
    """Says texts in one language; by custom it is called `_`."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, text: str, /, **values: object) -> str:
        """A text."""
        return _translated((text, None, None), values, self.language)

    def pgettext(self, context: str, text: str, /, **values: object) -> str:
        """A word that has several meanings; `context` tells which."""
        return _translated((text, None, context), values, self.language)

    def ngettext(self, one: str, many: str, count: int, /, **values: object) -> str:
        """A number of things, filled in as `{count}`."""
        return _translated((one, many, None), {"count": count, **values}, self.language)


def translator(language: str) -> Translator:
    """What says texts in a language."""
    return Translator(language)


def said(value: object, language: str | None) -> str:
    """A value of a text: messages speak the language, lists are joined by commas.

    Without a language, messages are as in the code.
    """
    if isinstance(value, list | tuple):
        return ", ".join(said(one, language) for one in value)
    return value.said(language) if isinstance(value, Message) and language else str(value)


def error_message(error: Exception) -> Message:
    """What an error says: the message it was raised with, else its English text as it is."""
    text = error.args[0] if error.args else None
    return text if isinstance(text, Message) else Message("{original}", {"original": str(error)})


def _translated(ids: tuple[str, str | None, str | None], values: Values, language: str) -> str:
    text, plural, context = ids
    known = translations(language)
    if plural is not None:
        count = values["count"]
        assert isinstance(count, int)
        text = (
            known.ngettext(text, plural, count)
            if context is None
            else known.npgettext(context, text, plural, count)
        )
    else:
        text = known.gettext(text) if context is None else known.pgettext(context, text)
    return _fill(in_own_words(text, language), values, language)


def _fill(text: str, values: Values, language: str | None) -> str:
    return text.format_map(_Values({name: said(value, language) for name, value in values.items()}))


class _Values(dict[str, str]):
    """A placeholder without a value stays as it is: of a text in a table, until it is filled."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"
