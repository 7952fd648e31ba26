"""Reads activities of Teams: text, mentions, locale, the data of a button.

Activities come from outside: whatever their fields hold, nothing here raises.
"""

from __future__ import annotations

import html
import re
from typing import Any

from botbuilder.schema import Activity

from bot.knowledge.values import Language
from bot.understanding.language import usual_language

LONGEST_SUBMIT = 1_000
"""Characters of a button's text; those of the bot's cards are far shorter."""

LONGEST_TEXT = 10_000
"""Characters of a message that are read."""

_TAG = re.compile(r"</?[A-Za-z][^<>]{0,300}>")
_AT = re.compile(r"<at\b[^<>]{0,300}>([^<>]{0,300})</at\s*>", re.IGNORECASE)


def language_of(activity: Activity) -> Language:
    """The language of the client's locale, for messages without text."""
    return usual_language(locale_of(activity))


def locale_of(activity: Activity) -> str | None:
    """The client's locale, such as `sv-FI`."""
    return activity.locale if isinstance(activity.locale, str) else None


def is_bot(activity: Activity, account: Any) -> bool:
    """Whether an account is the bot that the activity was sent to."""
    bot = getattr(activity.recipient, "id", None)
    return bot is not None and getattr(account, "id", None) == bot


def mentions_bot(activity: Activity) -> bool:
    """Whether the message mentions the bot."""
    return any(_mentioned(entity) == _bot_id(activity) for entity in _mentions(activity))


def text_of(activity: Activity) -> str:
    """The text of a message: without mentions of the bot, other mentions as plain text."""
    text = (activity.text if isinstance(activity.text, str) else "")[:LONGEST_TEXT]
    for entity in _mentions(activity):
        marked = entity.get("text")
        if _mentioned(entity) == _bot_id(activity) and isinstance(marked, str) and marked:
            text = text.replace(marked, " ")
    text = _AT.sub(r" \1 ", text)
    # Tags go first: what a person typed as `<` arrives as `&lt;` and stays.
    text = html.unescape(_TAG.sub(" ", text))
    return " ".join(text.split())


def submitted_text(value: Any) -> str | None:
    """The text of a Submit button; None if the value is not what the bot's buttons send."""
    text = value.get("text") if isinstance(value, dict) else None
    if not isinstance(text, str) or len(text) > LONGEST_SUBMIT:
        return None
    return " ".join(text.split()) or None


def executed_text(value: Any) -> str | None:
    """The text of an Execute button, whose data is one level deeper; None as above."""
    action = value.get("action") if isinstance(value, dict) else None
    return submitted_text(action.get("data")) if isinstance(action, dict) else None


def _mentions(activity: Activity) -> list[dict[str, Any]]:
    """The mentions among the entities, each as a plain dictionary."""
    entities = activity.entities if isinstance(activity.entities, list) else []
    found = []
    for entity in entities:
        if getattr(entity, "type", None) != "mention":
            continue
        more = getattr(entity, "additional_properties", None)
        found.append(dict(more) if isinstance(more, dict) else {})
        for name in ("mentioned", "text"):  # botbuilder's own Mention has them as attributes
            if name not in found[-1] and hasattr(entity, name):
                found[-1][name] = getattr(entity, name)
    return found


def _mentioned(entity: dict[str, Any]) -> str | None:
    account = entity.get("mentioned")
    found = account.get("id") if isinstance(account, dict) else getattr(account, "id", None)
    return found if isinstance(found, str) else None


def _bot_id(activity: Activity) -> str:
    """The bot's id; never equal to the missing id of a mention."""
    return getattr(activity.recipient, "id", None) or ""
