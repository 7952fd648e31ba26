"""What the page itself says besides the bot's answers; chat.js gets it as `/static/texts.js`."""

from __future__ import annotations

import json

from babel import Locale

from bot.i18n import N_, Message, pN_, translator
from bot.knowledge.values import LANGUAGES

TEXTS: dict[str, Message] = {
    "languages": N_("Language of the page"),
    "log": pN_("web page", "Conversation"),
    "suggestions": N_("Suggestions for the next question"),
    # i18n: names the field in which one writes.
    "label": pN_("web page", "Message"),
    "placeholder": N_("Write a question…"),
    # i18n: a button.
    "send": pN_("web page", "Send"),
    "disclosure": N_("{bot} is a bot, not a person, and can be wrong."),
    # i18n: said before what somebody has written, to those who listen to the page.
    "you": N_("You:"),
    "bot": N_("{bot}:"),
    "pending": N_("{bot} is answering…"),
    # i18n: said after a link, to those who listen to the page.
    "newTab": N_("(opens in a new tab)"),
    "unreachable": N_(
        "There is no connection right now. Your message is kept in the field: send it again in a "
        "moment."
    ),
    "failed": N_("Answering failed. Your message is kept in the field: send it again in a moment."),
    "noWelcome": N_("There is no connection to the bot right now. Reload the page in a moment."),
}
"""By the names that page.html and chat.js have for them."""


def texts_script(bot_name: str) -> str:
    """The module of JavaScript that holds the texts in each language."""
    texts = {
        language: {key: text.filled(bot=bot_name).said(language) for key, text in TEXTS.items()}
        for language in LANGUAGES
    }
    return (
        f"export const LANGUAGES = {json.dumps(LANGUAGES)};\n"
        f"export const TEXTS = {json.dumps(texts, indent=2)};\n"
    )


def language_name(language: str) -> str:
    """What a language calls itself."""
    return str(Locale(language).get_language_name(language)).capitalize()


def scripts_needed(language: str) -> str:
    """What a browser shows that runs no scripts."""
    _ = translator(language)
    return _("This page needs JavaScript.")
