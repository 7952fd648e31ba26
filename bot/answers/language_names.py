"""Languages as sentences name them: `I speak Finnish`, `in Finnish and Swedish`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.answers import dates
from bot.i18n import Message, pN_, translator
from bot.knowledge.values import Language

_SPOKEN: Mapping[Language, Message] = {
    "fi": pN_("language that is spoken", "Finnish"),
    "sv": pN_("language that is spoken", "Swedish"),
    "en": pN_("language that is spoken", "English"),
}
_WRITTEN: Mapping[Language, Message] = {
    "fi": pN_("in which language", "Finnish"),
    "sv": pN_("in which language", "Swedish"),
    "en": pN_("in which language", "English"),
}


def we_speak(languages: Iterable[Language], language: Language) -> str:
    """`I speak Swedish and English.`"""
    _ = translator(language)
    names = dates.joined((_SPOKEN[one].said(language) for one in languages), language)
    return _("I speak {languages}.", languages=names)


def all_of(languages: Iterable[Language], language: Language) -> str:
    """In which languages something is done: `suomeksi ja ruotsiksi`, `Finnish and Swedish`."""
    return dates.joined((_WRITTEN[one].said(language) for one in languages), language)


def any_of(languages: Iterable[Language], language: Language) -> str:
    """In which languages one may write, that of the sentence first: `English or Swedish`."""
    _ = translator(language)
    own_first = sorted(languages, key=lambda one: one != language)
    *others, last = (_WRITTEN[one].said(language) for one in own_first)
    return _("{others} or {last}", others=", ".join(others), last=last) if others else last
