"""What the forms of meetings hold, and the fields of content/meetings/ that they become."""

from __future__ import annotations

import re
from typing import Any

from bot.announcements.errors import Invalid
from bot.i18n import Translator
from bot.knowledge.visible import hidden_host

from ..cards import Json
from . import elements as e
from .card_actions import CardAction

WEB_ADDRESS = re.compile(r"https?://[^\s<>()\[\]\"']+")
"""An address as files of `content/` may have it."""


def time_inputs(_: Translator, day: str, start: str, end: str) -> list[Json]:
    """The fields of a day with its hours."""
    return [
        e.date_input("day", _("Day"), day),
        e.columns(e.time_input("start", _("Starts"), start), e.time_input("end", _("Ends"), end)),
    ]


def check_meeting(action: CardAction) -> None:
    """Raises Invalid with codes that have texts for people, before the model of a meeting would."""
    if not action.texts("title"):
        raise Invalid("title", "missing")
    check_time(action)
    if not action.texts("place") and not action.get("online.url"):
        raise Invalid("place", "place_or_online")
    for field in ("online.url", "registration.url"):
        url = action.get(field)
        if url and not WEB_ADDRESS.fullmatch(url):
            raise Invalid(field, "web_address")
        if host := hidden_host(url):
            raise Invalid(field, "hidden_host", host=host)


def check_time(action: CardAction) -> None:
    """Raises Invalid for a time that is not whole, or ends before it begins."""
    for field in ("day", "start", "end"):
        if not action.get(field):
            raise Invalid(field, "missing")
    if action.get("end") <= action.get("start"):
        raise Invalid("end", "end_before_start")


def meeting_data(action: CardAction) -> dict[str, Any]:
    """What was typed, in the shape of a file of `content/meetings/`."""
    body: dict[str, Any] = {"networks": [action.get("network")], "kind": action.get("kind")}
    for name in ("title", "place", "description"):
        if texts := action.texts(name):
            body[name] = texts
    day = action.get("day")
    for name in ("start", "end"):
        if day and action.get(name):
            body[name] = f"{day} {action.get(name)}"
    if url := action.get("online.url"):
        share = "public" if action.is_on("online.share") else "members"
        body["online"] = {"url": url, "share": share}
    if url := action.get("registration.url"):
        body["registration"] = {"url": url}
        if deadline := action.get("registration.deadline"):
            body["registration"]["deadline"] = deadline
    return body
