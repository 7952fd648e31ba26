"""The language in which whoever made a request reads."""

from __future__ import annotations

from aiohttp import web

from bot.i18n import spoken_languages
from bot.i18n.catalogue import SOURCE_LANGUAGE
from bot.knowledge.values import Language
from bot.understanding.language import from_locale


def wanted_language(request: web.Request) -> Language | None:
    """The first language of Accept-Language that the bot speaks; None where none is."""
    for wanted in request.headers.get("Accept-Language", "").split(","):
        language = from_locale(wanted.partition(";")[0].strip())
        if language and language in (spoken_languages() or (language,)):
            return language
    return None


def reader_language(request: web.Request) -> str:
    """The language of a refusal: English for programs, which ask for none."""
    return wanted_language(request) or SOURCE_LANGUAGE
