"""The checks of a request, one a function, in the order in which they are made.

The host it was sent to, the page it comes from, then content type, size and shape of its body.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.channels.json_body import read_json_body
from bot.channels.refusal import RequestRefused
from bot.i18n import N_, Message
from bot.knowledge.values import LANGUAGES, Language
from bot.ops.hosts import host_and_port
from bot.ops.settings import is_loopback

MAX_BODY = 64 * 1024
"""Bytes: enough for the longest text, however its characters are written in JSON."""

MAX_TEXT = 10_000
"""Characters of a message that are looked at; understanding reads fewer still."""

MAX_CONVERSATION_ID = 100
"""Characters of a conversation's id; the page's own have 32."""


@dataclass(frozen=True)
class ChatRequest:
    """What somebody wrote on the page."""

    text: str
    conversation: str | None
    language: Language | None


def check_host(request: web.Request, public_url: str | None) -> None:
    """On a loopback address, refuses requests for any host but this machine or `public_url` (403).

    Another site could have its own name point to 127.0.0.1 and so read what this machine alone may
    read (DNS rebinding); the Host header then still holds that name.
    """
    socket = request.transport.get_extra_info("sockname") if request.transport else None
    if not isinstance(socket, tuple) or not is_loopback(socket[0]):
        return
    place = host_and_port(request.headers.get("Host", ""))
    if place is None or not (is_loopback(place[0]) or place == host_and_port(public_url)):
        raise RequestRefused(
            403,
            "host",
            N_(
                "This page is for this machine only: open it as localhost, or set BOT_PUBLIC_URL "
                "to the address that people use."
            ),
        )


def check_same_origin(request: web.Request, public_url: str | None) -> None:
    """Refuses what the page of another site sends (403).

    Browsers say where a request comes from, and no page can change that. Requests
    without these headers come from programs, which act for nobody else, and are accepted.
    """
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None:
        # `none`: somebody typed the address.
        same = site == "same-origin" or (site == "none" and request.method == "GET")
    elif origin is not None:
        places = (host_and_port(request.headers.get("Host", "")), host_and_port(public_url))
        same = host_and_port(origin) is not None and host_and_port(origin) in places
    else:
        same = True
    if not same:
        raise RequestRefused(403, "origin", N_("Only the bot's own page may ask here."))


async def read_question(request: web.Request) -> ChatRequest:
    """The body, checked: 415, 413, 408 or 400, with the sentence that says what is wrong."""
    return _question(_parsed(await read_json_body(request, MAX_BODY)))


async def read_conversation(request: web.Request) -> str:
    """The conversation that a body names: {"conversation": …}; refuses as `read_question` does."""
    data = _parsed(await read_json_body(request, MAX_BODY))
    conversation = _conversation(data.get("conversation"))
    if conversation is None:
        raise _no_conversation()
    return conversation


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise _malformed(N_("The body is not JSON.")) from None
    if not isinstance(value, dict):
        raise _malformed(N_("The body must be a JSON object."))
    return value


def _question(data: dict[str, Any]) -> ChatRequest:
    text = data.get("text")
    if not isinstance(text, str) or not text.strip():
        raise _malformed(N_("`text` must be a text that is not empty."))
    conversation = _conversation(data.get("conversation"))
    return ChatRequest(
        " ".join(text[:MAX_TEXT].split()), conversation, checked_language(data.get("language"))
    )


def _conversation(value: object) -> str | None:
    """The id of a conversation, or None where none is given."""
    if value is None:
        return None
    if not (isinstance(value, str) and 0 < len(value) <= MAX_CONVERSATION_ID):
        raise _no_conversation()
    return value


def _no_conversation() -> RequestRefused:
    return _malformed(
        N_("`conversation` must be a text of 1 to {most} characters.", most=MAX_CONVERSATION_ID)
    )


def checked_language(value: object) -> Language | None:
    """One of the bot's languages, or None where none is given (400 for anything else)."""
    if value is None:
        return None
    for language in LANGUAGES:
        if value == language:
            return language
    raise _malformed(N_("`language` must be one of {languages}.", languages=LANGUAGES))


def _malformed(text: Message) -> RequestRefused:
    return RequestRefused(400, "shape", text)
