"""What the page itself says besides the bot's answers; chat.js gets it as `/static/texts.js`."""

from __future__ import annotations

import json
from typing import Any

from babel import Locale

from bot.i18n import N_, Message, pN_, translator
from bot.knowledge.library import Knowledge
from bot.knowledge.values import Language
from bot.understanding.text import MAX_CHARACTERS

TEXTS: dict[str, Message] = {
    "languages": N_("Language of the page"),
    "log": pN_("web page", "Conversation"),
    "suggestions": N_("Suggestions for the next question"),
    # i18n: names the field in which one writes.
    "label": pN_("web page", "Message"),
    "placeholder": N_("Write a question…"),
    # i18n: a button.
    "send": pN_("web page", "Send"),
    # i18n: a button that removes the conversation from the page and begins a new one.
    "startOver": N_("Start over"),
    "disclosure": N_("{bot} is a bot, not a person, and can be wrong."),
    # i18n: a link to the privacy statement.
    "privacy": pN_("web page", "Privacy"),
    # i18n: a link to the accessibility statement.
    "accessibility": pN_("web page", "Accessibility"),
    # i18n: names a group of links: privacy and accessibility.
    "statements": N_("About this page"),
    # i18n: said before what somebody has written, to those who listen to the page or print it.
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
    "tooLong": N_(
        "The message is too long: I read {most} characters at most. Shorten it in the field, then "
        "send it."
    ),
}
"""By the names that page.html and chat.js have for them."""


def texts_script(knowledge: Knowledge) -> str:
    """The module of JavaScript that holds the texts in each language, and where links lead."""
    bot_name = knowledge.community.bot_name
    texts = {
        language: {
            key: text.filled(bot=bot_name, most=MAX_CHARACTERS).said(language)
            for key, text in TEXTS.items()
        }
        for language in knowledge.languages
    }
    statements = {language: _statements(knowledge, language) for language in knowledge.languages}
    return (
        f"export const LANGUAGES = {json.dumps(knowledge.languages)};\n"
        f"export const LIMIT = {MAX_CHARACTERS};\n"
        f"export const STATEMENTS = {json.dumps(statements, indent=2)};\n"
        f"export const TEXTS = {json.dumps(texts, indent=2)};\n"
    )


def _statements(knowledge: Knowledge, language: Language) -> dict[str, Any]:
    """Where a language's links to statements lead: to a page, or to a question of the bot's own.

    Without an address the bot itself says what it stores, if its content has that question.
    """
    community = knowledge.community
    privacy, accessibility = community.privacy_statement, community.accessibility_statement
    intent = knowledge.intents.get("privacy")
    return {
        "privacy": privacy[language] if privacy else None,
        "privacyQuestion": intent.question[language] if intent else None,
        "accessibility": accessibility[language]
        if accessibility
        else f"/accessibility?language={language}",
    }


def language_name(language: str) -> str:
    """What a language calls itself."""
    return str(Locale(language).get_language_name(language)).capitalize()


def scripts_needed(language: str) -> str:
    """What a browser shows that runs no scripts."""
    _ = translator(language)
    return _("This page needs JavaScript.")
