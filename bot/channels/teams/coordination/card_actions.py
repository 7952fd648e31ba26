"""The actions of forms: the buttons that carry them, and their validation when they come back.

A card stays in a chat for ever, and a client may send any data as its action. So an action carries
ids and typed text only, never a permission; who sent it is read from the activity (`actor`).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.announcements.model import Report
from bot.knowledge.values import LANGUAGES, Language
from bot.knowledge.visible import shows, visible

from ..cards import Json

LONGEST_FIELD = 4_000
"""Characters of a typed field; the forms allow fewer."""

MOST_FIELDS = 60

LONGEST_NUMBER = 9
"""Digits of a number that a button carries."""

_DO = re.compile(r"[a-z]+(\.[a-z]+)*")
_NAME = re.compile(r"[a-z_]+(\.[a-z_]+)*")


@dataclass(frozen=True)
class CardAction:
    """A pressed button: what to do, the card's language, and the fields of its form."""

    do: str
    language: Language | None = None
    fields: Mapping[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """A field, without space around it; empty where it is missing."""
        return self.fields.get(name, "")

    def number(self, name: str) -> int | None:
        """A field that is a number, such as that of a change; None for anything else."""
        given = self.get(name)
        return int(given) if given.isdecimal() and len(given) <= LONGEST_NUMBER else None

    def texts(self, name: str) -> dict[Language, str]:
        """What was typed in the fields `name.fi`, `name.sv` and `name.en`."""
        return {one: text for one in LANGUAGES if (text := self.get(f"{name}.{one}"))}

    def is_on(self, name: str) -> bool:
        """Whether a toggle is on."""
        return self.get(name) == "true"


def read_action(value: Any) -> CardAction | None:
    """The action in the value of a Submit or Execute activity; None if it has no valid one."""
    if not isinstance(value, dict):
        return None
    action = value.get("action")
    data = action.get("data") if isinstance(action, dict) else value
    if not isinstance(data, dict):
        return None
    do, language = data.get("do"), data.get("lang")
    if not isinstance(do, str) or len(do) > 40 or not _DO.fullmatch(do):
        return None
    fields = {
        name: _seen(text)
        for name, text in list(data.items())[:MOST_FIELDS]
        if isinstance(name, str)
        and len(name) <= 40
        and _NAME.fullmatch(name)
        and isinstance(text, str)
        and len(text) <= LONGEST_FIELD
    }
    return CardAction(do, language if language in LANGUAGES else None, fields)


def _seen(typed: str) -> str:
    text = visible(typed).strip()
    return text if shows(text) else ""


def button(
    title: str,
    do: str,
    language: Language,
    *,
    style: str | None = None,
    inputs: bool = False,
    **data: str,
) -> Json:
    """A button whose action is `do`; with `inputs` it sends the fields of the card as well.

    Execute changes the card in place; clients without it fall back to Submit with the same data.
    """
    carried = {**data, "do": do, "lang": language}
    common: Json = {"title": title, "data": carried}
    if style:
        common["style"] = style
    if not inputs:
        common["associatedInputs"] = "none"
    return {
        "type": "Action.Execute",
        "verb": do,
        **common,
        "fallback": {"type": "Action.Submit", **common},
    }


@dataclass(frozen=True)
class CardReply:
    """A form as the reply to a message or an action; it replaces the card of the action."""

    card: Json
    progress_of: str | None = None
    """The id of the announcement whose progress this card shows from now on."""
    report: Report | None = None
    """What the card reports."""
    later: Callable[[], Awaitable[Json | None]] | None = None
    """Makes the card anew when its message is updated, with what took too long for the answer;
    None where the message shows something else by then."""
