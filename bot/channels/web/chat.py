"""The page's handlers: what is served, and what happens to a message. Nothing is stored."""

from __future__ import annotations

import datetime as dt
import math
import secrets
import time
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from bot.answers.compose import Context, apology, welcome
from bot.channels.conversation import IncomingMessage, Responder
from bot.channels.front_door.client_address import client_address
from bot.channels.front_door.reader_language import reader_language, wanted_language
from bot.channels.json_body import invite_later
from bot.channels.keyed_hash import keyed_hash
from bot.channels.rate_limit import RateLimit, slow_down
from bot.channels.refusal import Refusals, RequestRefused
from bot.channels.turns import note_failed_turn, note_turn
from bot.i18n import said, translator
from bot.knowledge.library import Knowledge
from bot.knowledge.values import Language
from bot.understanding.language import usual_language

from .answer_json import as_json
from .documents import SECURITY_HEADERS, Documents
from .requests import (
    check_host,
    check_same_origin,
    checked_language,
    read_conversation,
    read_question,
)

log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.Response]]

ADDRESS_BURST, ADDRESS_INTERVAL = 300, 0.05
"""Messages at once and seconds for each in the long run: a whole school shares an address, and asks
all at once where somebody shows the page to it."""

CONVERSATION_BURST, CONVERSATION_INTERVAL = 10, 3.0
"""The same for one conversation: faster than anybody reads."""


class WebChat:
    """The page and its endpoint; `attach` adds them to an application.

    `conversations` answers what people write; `knowledge` gives what the bot knows at the moment.
    `public_url` is the address people use, where it is not the one that the requests name. Times
    come from `now` (aware) and `monotonic` (seconds); `new_code` names a failure in the log.
    """

    def __init__(
        self,
        conversations: Responder,
        knowledge: Callable[[], Knowledge],
        *,
        public_url: str | None = None,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        monotonic: Callable[[], float] = time.monotonic,
        new_code: Callable[[], str] = lambda: secrets.token_hex(3),
    ) -> None:
        self._conversations = conversations
        self._knowledge = knowledge
        self._public_url = public_url
        self._now = now
        self._monotonic = monotonic
        self._new_code = new_code
        self._documents = Documents()
        self._refusals = Refusals("web")
        self._by_address = RateLimit(ADDRESS_BURST, ADDRESS_INTERVAL)
        self._by_conversation = RateLimit(CONVERSATION_BURST, CONVERSATION_INTERVAL)

    def attach(self, app: web.Application) -> None:
        """Adds the routes to an application."""
        app.router.add_get("/", self._guarded(self._page))
        app.router.add_get("/accessibility", self._guarded(self._accessibility))
        app.router.add_get("/static/{name}", self._guarded(self._file))
        app.router.add_get("/api/chat", self._guarded(self._welcome))
        for path, handler in (("/api/chat", self._answer), ("/api/chat/forget", self._forget)):
            app.router.add_post(path, self._guarded(handler), expect_handler=invite_later)

    def _guarded(self, handler: Handler) -> Handler:
        """The handler, with the checks that all requests pass and the headers that all get."""

        async def handle(request: web.Request) -> web.Response:
            try:
                check_host(request, self._public_url)
                response = await handler(request)
            except RequestRefused as refusal:
                self._refusals.note(refusal)
                response = _refused(refusal, reader_language(request))
            except web.HTTPNotFound:
                _ = translator(reader_language(request))
                response = web.Response(status=404, text=_("There is no such page."))
            response.headers.update(SECURITY_HEADERS)
            return response

        return handle

    async def _page(self, request: web.Request) -> web.Response:
        return self._documents.page(request, self._knowledge())

    async def _accessibility(self, request: web.Request) -> web.Response:
        language = checked_language(request.query.get("language")) or _language(request)
        return self._documents.accessibility(request, self._knowledge(), language)

    async def _file(self, request: web.Request) -> web.Response:
        return self._documents.file(request, request.match_info["name"], self._knowledge())

    async def _welcome(self, request: web.Request) -> web.Response:
        """What the bot says before it is asked anything."""
        check_same_origin(request, self._public_url)
        self._check_rate(self._by_address, client_address(request), _language(request))
        language = checked_language(request.query.get("language")) or _language(request)
        knowledge = self._knowledge()
        context = Context(self._now().astimezone(knowledge.zone), members=False)
        return _answered(as_json(welcome(language, knowledge, context)))

    async def _answer(self, request: web.Request) -> web.Response:
        started = self._monotonic()
        check_same_origin(request, self._public_url)
        self._check_rate(self._by_address, client_address(request), _language(request))
        question = await read_question(request)
        language = question.language or _language(request)
        conversation = None
        if question.conversation is not None:
            conversation = keyed_hash("web", question.conversation)
            self._check_rate(self._by_conversation, conversation, language)
        try:
            message = IncomingMessage(question.text, conversation, question.language, members=False)
            reply = await self._conversations.reply_to(message)
        except Exception as error:
            code = self._new_code()
            log.error("turn.failed", channel="web", code=code, exc_info=error)
            note_failed_turn("web", language)
            sentence = apology(language, code, self._knowledge())
            return _answered({"error": sentence}, status=500)
        note_turn("web", "personal", reply, self._monotonic() - started)
        return _answered(as_json(reply.answer, reply.forgotten))

    async def _forget(self, request: web.Request) -> web.Response:
        """Drops what is remembered of a conversation, whether or not there is any."""
        check_same_origin(request, self._public_url)
        self._check_rate(self._by_address, client_address(request), _language(request))
        conversation = await read_conversation(request)
        self._conversations.forget(keyed_hash("web", conversation))
        return _answered({})

    def _check_rate(self, limit: RateLimit, key: str, language: Language) -> None:
        wait = limit.wait(key, self._monotonic())
        if wait > 0:
            text = slow_down(language, wait)
            raise RequestRefused(429, "rate", text, retry_after=math.ceil(wait))


def _language(request: web.Request) -> Language:
    """The bot's language that the browser asks for first."""
    return wanted_language(request) or usual_language()


def _answered(data: dict[str, object], status: int = 200) -> web.Response:
    return web.json_response(data, status=status, headers={"Cache-Control": "no-store"})


def _refused(refusal: RequestRefused, language: str) -> web.Response:
    response = _answered({"error": said(refusal.text, language)}, refusal.status)
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response
