"""The calendars over HTTP, with caching by ETag."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import math
import re
import time
import weakref
from collections.abc import Callable
from typing import TypeGuard

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.answers.calendar_links import ALL_FEED, MEETING, NETWORK_FEED, feed_url
from bot.channels.front_door.client_address import client_address
from bot.channels.rate_limit import RateLimit
from bot.channels.refusal import Refusals, RequestRefused
from bot.i18n import translator
from bot.i18n.catalogue import SOURCE_LANGUAGE
from bot.knowledge.library import Knowledge
from bot.knowledge.values import LANGUAGES, Language

from .files import feed, single_meeting

CACHE_CONTROL = "public, max-age=600"
"""A change of content reaches everybody within ten minutes of asking."""

BURST, INTERVAL = 300, 0.5
"""Requests of one address at once, and seconds for each in the long run: the calendars of a whole
organisation may share an address, and they like to ask on the hour."""

MAX_LOOKAHEAD = dt.timedelta(days=5 * 366)
"""Occurrences further ahead are answered 404: expanding a rule that far takes long."""


def calendar_routes(
    knowledge: Callable[[], Knowledge],
    public_url: Callable[[], str | None] | str | None = None,
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    limit: RateLimit | None = None,
    monotonic: Callable[[], float] = time.monotonic,
) -> list[web.RouteDef]:
    """The routes of all calendars, for GET and HEAD.

    `public_url` is the address at which people reach the bot: feeds carry their own. `limit` is how
    often one address may ask, in seconds of `monotonic`.
    """
    by_address = RateLimit(BURST, INTERVAL) if limit is None else limit
    refusals = Refusals("calendar")

    def limited(handler: Handler) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            # What has not changed is counted too: it has to be made to be compared.
            wait = by_address.wait(client_address(request), monotonic())
            if not wait:
                return await handler(request)
            refusals.note(RequestRefused(429, "rate"))
            return _come_later(math.ceil(wait), _language(request) or SOURCE_LANGUAGE)

        return handle

    calendars = _Calendars(knowledge, public_url if callable(public_url) else lambda: public_url)

    async def of_all(request: web.Request) -> web.Response:
        language = _language(request)
        if language is None:
            return _unknown_language()
        return _calendar(request, await calendars.feed(None, language))

    async def of_network(request: web.Request) -> web.Response:
        language, network = _language(request), request.match_info["network"]
        if language is None:
            return _unknown_language()
        if network not in knowledge().networks:
            _ = translator(language)
            return _refusal(404, _("There is no such network."))
        return _calendar(request, await calendars.feed(network, language))

    async def of_meeting(request: web.Request) -> web.Response:
        language, key = _language(request), request.match_info["occurrence"]
        if language is None:
            return _unknown_language()
        body = await calendars.meeting(key, language, now())
        if body is None:
            _ = translator(language)
            return _refusal(404, _("There is no such meeting."))
        # The key is that of a meeting that exists: a slug and a date.
        return _calendar(request, body, filename=f"{key.replace('@', '-')}.ics")

    return [
        web.get(ALL_FEED, limited(of_all)),
        web.get(NETWORK_FEED, limited(of_network)),
        web.get(MEETING, limited(of_meeting)),
    ]


class _Calendars:
    """Calendars as bytes; feeds are cached until the knowledge that they were made from changes.

    They are rendered in a thread, so that a long calendar does not block the event loop. A reload
    of content or texts brings new knowledge, and so empties the cache.
    """

    def __init__(
        self, knowledge: Callable[[], Knowledge], public_url: Callable[[], str | None]
    ) -> None:
        self._knowledge = knowledge
        self._public_url = public_url
        self._made_from: weakref.ref[Knowledge] | None = None
        self._feeds: dict[tuple[str | None, Language, str | None], bytes] = {}

    async def feed(self, network: str | None, language: Language) -> bytes:
        """The feed of a network, or of all."""
        knowledge = self._knowledge()
        if self._made_from is None or self._made_from() is not knowledge:
            self._feeds.clear()
            self._made_from = weakref.ref(knowledge)
        source = feed_url(self._public_url(), network, language)
        key = (network, language, source)
        body = self._feeds.get(key)
        if body is None:
            networks = () if network is None else (network,)
            body = await asyncio.to_thread(feed, knowledge, networks, language, source)
            if self._made_from() is knowledge:
                self._feeds[key] = body
        return body

    async def meeting(self, key: str, language: Language, now: dt.datetime) -> bytes | None:
        """One meeting; None where there is none of that very name."""
        if _is_beyond_lookahead(key, now):
            return None
        return await asyncio.to_thread(_meeting, self._knowledge(), key, language)


def _meeting(knowledge: Knowledge, key: str, language: Language) -> bytes | None:
    # A meeting that is held once is found by its earlier days too: posts name those.
    occurrence = knowledge.find_occurrence(key)
    # A date can be written in more ways than the one that names an occurrence.
    if occurrence is None or not re.fullmatch(r".+@\d{4}-\d\d-\d\d", key, re.ASCII):
        return None
    return single_meeting(knowledge, occurrence, language)


def _is_beyond_lookahead(key: str, now: dt.datetime) -> bool:
    # Compared as texts, as ISO dates sort; a text that is not a date is refused later.
    return key.rpartition("@")[2] > (now + MAX_LOOKAHEAD).date().isoformat()


def _language(request: web.Request) -> Language | None:
    """The language asked for, the community's first by default; None for one that is unknown."""
    asked = request.query.get("lang", LANGUAGES[0])
    return asked if _is_language(asked) else None


def _is_language(asked: str) -> TypeGuard[Language]:
    return asked in LANGUAGES


def _calendar(request: web.Request, body: bytes, filename: str | None = None) -> web.Response:
    tag = hashlib.sha256(body).hexdigest()[:32]
    unchanged = any(etag.value in (tag, "*") for etag in request.if_none_match or ())
    response = web.Response(status=304) if unchanged else web.Response(body=body)
    response.etag = tag
    response.headers["Cache-Control"] = CACHE_CONTROL
    response.headers["X-Content-Type-Options"] = "nosniff"
    if not unchanged:
        response.headers["Content-Type"] = "text/calendar; charset=utf-8"
        if filename:
            response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def _unknown_language() -> web.Response:
    """Answers somebody who asks for a language that the bot does not speak, in English."""
    _ = translator(SOURCE_LANGUAGE)
    return _refusal(400, _("Choose the language with ?lang=fi, ?lang=sv or ?lang=en."))


def _come_later(seconds: int, language: str) -> web.Response:
    sentence = translator(language).ngettext(
        "Too many requests: ask again in {count} second.",
        "Too many requests: ask again in {count} seconds.",
        seconds,
    )
    response = _refusal(429, sentence)
    response.headers["Retry-After"] = str(seconds)
    return response


def _refusal(status: int, sentence: str) -> web.Response:
    """A sentence that repeats nothing of the request, so that nothing can be injected."""
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return web.Response(status=status, text=sentence, headers=headers)
