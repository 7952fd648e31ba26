"""`POST /api/messages`: authenticates a request, runs its turn and responds; start and shutdown.

A turn runs in a task of its own, so that it continues when the caller stops waiting: the answer to
the POST comes after the replies, or after ten seconds at the latest.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog
from aiohttp import web
from botbuilder.schema import Activity, ActivityTypes, DeliveryModes

from bot import __version__
from bot.channels.front_door.client_address import client_address
from bot.channels.json_body import invite_later
from bot.channels.refusal import Refusals, RequestRefused
from bot.channels.turns import note_failed_turn
from bot.i18n import N_
from bot.knowledge.values import Language
from bot.ops.settings import Settings

from .activity_json import dump
from .adapter import INVOKE_RESPONSE, ConnectorAdapter, Turn, TurnHandler
from .client import ConnectorClient, RetryPolicy
from .credentials import Credentials, credential_opener
from .duplicates import SeenActivities, key_of
from .errors import ConversationGone, CredentialsError, SendError, SendFailed, SendRefused
from .inbound_tokens import TokenValidator
from .requests import (
    bearer_token,
    check_activity,
    check_object,
    check_types,
    parse_json,
    read_body,
    typed_activity,
)
from .signing_keys import SigningKeys

log = structlog.get_logger(__name__)

RESPONSE_TIMEOUT = 10.0
"""Seconds until the POST is answered, done or not; Teams gives up at about 15."""

DRAIN_TIMEOUT = 9.0
"""Seconds that running turns get at shutdown; of the usual ten, one is left to close sessions."""

TURN_TIMEOUT = 60.0
"""Seconds after which a turn is given up: more than the client's retries of one call."""

CONNECTIONS = 500
"""To the connector at once; the others wait for one."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What a POST is answered with."""

    status: int = 200
    body: bytes | None = None


class Connector:
    """The Bot Framework endpoint: the handler of `POST /api/messages` and what it needs.

    `on_turn` does the bot's part. `on_error` is given a language (of the member's locale) and a
    short reference code, and returns the sentence that a member reads when our code fails.
    `client` and `adapter` also serve those who send without having been asked;
    `single_attempt_client` those who count their attempts themselves (announcements).

    Use it inside a running event loop: `await start()`, then `handle` for each request, then
    `await drain()` and `await close()`; or let `attach` tie all of it to an application.
    """

    def __init__(
        self,
        settings: Settings,
        on_turn: TurnHandler,
        on_error: Callable[[Language, str], str],
        *,
        on_sent: Callable[[str, str], None] = lambda conversation, activity: None,
        response_timeout: float = RESPONSE_TIMEOUT,
        drain_timeout: float = DRAIN_TIMEOUT,
        credentials: Credentials | None = None,
        new_code: Callable[[], str] = lambda: secrets.token_hex(3),
    ) -> None:
        self._settings = settings
        self._on_turn = on_turn
        self._on_error = on_error
        self._response_timeout = response_timeout
        self._drain_timeout = drain_timeout
        self._new_code = new_code
        self._open_session: aiohttp.ClientSession | None = None
        self._refusals = Refusals("connector")
        self._seen = SeenActivities()
        self._turns: set[asyncio.Task[HttpAnswer]] = set()
        self._running: dict[int, tuple[asyncio.Task[HttpAnswer], Turn]] = {}
        self._background: list[asyncio.Task[None]] = []
        self._closing = False
        self.credentials: Credentials | None = None
        self.keys: SigningKeys | None = None
        self._validator: TokenValidator | None = None
        if settings.app_id is not None:
            self.credentials = credentials or Credentials(credential_opener(settings))
            self.keys = SigningKeys(settings.openid_metadata_url, self.session)
            self._validator = TokenValidator(
                self.keys,
                app_id=settings.app_id,
                issuer=settings.token_issuer,
                tenants=settings.tenants,
            )
        self.client = ConnectorClient(self.credentials, self.session)
        self.single_attempt_client = ConnectorClient(
            self.credentials, self.session, retry_policy=RetryPolicy(attempts=1)
        )
        self.adapter = ConnectorAdapter(self.client, on_sent)

    def attach(self, app: web.Application, path: str = "/api/messages") -> None:
        """Adds the route to an application, and starts and stops with it."""

        async def start(_: web.Application) -> None:
            await self.start()

        async def drain(_: web.Application) -> None:
            await self.drain()

        async def close(_: web.Application) -> None:
            await self.close()

        app.router.add_post(path, self.handle, expect_handler=invite_later)
        app.on_startup.append(start)
        app.on_shutdown.append(drain)
        app.on_cleanup.append(close)

    def problems(self) -> list[str]:
        """What keeps the bot from receiving or sending, a sentence each; empty when it is ready."""
        if self._closing:
            return [N_("The bot is shutting down.")]
        parts = (self.credentials, self.keys)
        return [part.problem for part in parts if part is not None and part.problem]

    def session(self) -> aiohttp.ClientSession:
        """The pooled HTTP session for all calls."""
        if self._open_session is None:
            self._open_session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS, ttl_dns_cache=300),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": f"Taikubot/{__version__}"},
            )
        return self._open_session

    async def start(self) -> None:
        """Starts fetching keys and token in the background."""
        if self.credentials is None or self.keys is None:
            log.warning(
                "authentication.disabled",
                reason="BOT_APP_ID is not set: NO TOKEN IS CHECKED",
                effect="only this machine is served, and replies go only to this machine",
            )
            return
        for loop in (self.credentials.keep_fresh(), self.keys.keep_fresh()):
            self._background.append(asyncio.create_task(loop))

    async def drain(self) -> None:
        """Refuses new requests and waits for running turns, up to `drain_timeout` seconds."""
        self._closing = True
        if self._turns:
            _, late = await asyncio.wait(self._turns.copy(), timeout=self._drain_timeout)
            if late:
                log.error("turns.cancelled", turns=len(late))
            await _cancel(late)

    async def close(self) -> None:
        """Ends the background work and closes the sessions."""
        await self.drain()
        await _cancel(self._background)
        for part in (self.credentials, self.keys):
            if part is not None:
                await part.close()
        if self._open_session is not None:
            await self._open_session.close()

    async def handle(self, request: web.Request) -> web.Response:
        """Answers one POST; see the module's first lines and `requests` for what is refused."""
        clock = asyncio.get_running_loop().time
        answer_at = clock() + self._response_timeout
        if self._closing:
            return web.Response(status=503, headers={"Retry-After": "5"})
        try:
            data, activity = await self._let_in(request)
        except RequestRefused as refusal:
            self._refusals.note(refusal)
            return _refused(refusal)
        key = key_of(data)
        if key is None or self._seen.first_time(key):
            task, context = self._start_turn(activity, key)
        elif key in self._running:
            task, context = self._running[key]
        else:
            return web.Response()
        await asyncio.wait((task,), timeout=max(0.0, answer_at - clock()))
        if not task.done():
            answer = _response_while_running(context)
        else:
            answer = HttpAnswer(503) if task.cancelled() else task.result()
        kind = "application/json" if answer.body is not None else None
        return web.Response(status=answer.status, body=answer.body, content_type=kind)

    async def _let_in(self, request: web.Request) -> tuple[dict[str, Any], Activity]:
        """The checks, in their order; returns the activity or raises `RequestRefused`.

        Not a byte of the body is read for a caller whose token was not verified.
        """
        verified = None
        if self._validator is not None:
            token = bearer_token(request)
            verified = await self._validator.verify(token, lambda: client_address(request))
        data = check_object(parse_json(await read_body(request)))
        check_types(data)
        if self._validator is not None and verified is not None:
            self._validator.check_activity(verified, data)
        check_activity(data, loopback_only=self._validator is None)
        return data, typed_activity(data)

    def _start_turn(
        self, activity: Activity, key: int | None
    ) -> tuple[asyncio.Task[HttpAnswer], Turn]:
        context = Turn(self.adapter, activity)
        task = asyncio.create_task(self._turn(context))
        self._turns.add(task)
        if key is not None:
            self._running[key] = task, context

        def ended(_: asyncio.Task[HttpAnswer]) -> None:
            self._turns.discard(task)
            if key is not None:
                del self._running[key]

        task.add_done_callback(ended)
        return task, context

    async def _turn(self, context: Turn) -> HttpAnswer:
        # Joins all log lines of this turn.
        structlog.contextvars.bind_contextvars(turn=secrets.token_hex(4))
        try:
            async with asyncio.timeout(TURN_TIMEOUT):
                await self.adapter.run_pipeline(context, self._on_turn)
            return _http_answer(context)
        except Exception as error:
            return await self._apologise(context, error)

    async def _apologise(self, context: Turn, error: Exception) -> HttpAnswer:
        """Tells the member that something failed, and the log what."""
        code = self._new_code()
        if isinstance(error, ConversationGone | SendRefused) and error.status in (403, 404):
            log.info("conversation.gone", code=code, status=error.status)
            return _http_answer(context, failed=True)
        log.error("turn.failed", code=code, **_error_fields(error))
        activity = context.activity
        language = _language(activity.locale)
        note_failed_turn(str(activity.channel_id), language)
        if isinstance(error, SendFailed | CredentialsError):
            # The connector fails: it would not take an apology either.
            return _http_answer(context, failed=True)
        try:
            sentence = self._on_error(language, code)
            if activity.type == ActivityTypes.invoke and activity.name == "adaptiveCard/action":
                # Shown by the card itself; a message would only come on top.
                return HttpAnswer(200, dump(_card_error(sentence)))
            await context.send_activity(sentence)
        except Exception as second:
            log.error("apology.not_sent", code=code, **_error_fields(second))
        return _http_answer(context, failed=True)


def _refused(refusal: RequestRefused) -> web.Response:
    headers = {} if refusal.retry_after is None else {"Retry-After": str(refusal.retry_after)}
    return web.Response(status=refusal.status, text=refusal.text or None, headers=headers)


def _error_fields(error: Exception) -> dict[str, Any]:
    """The log fields of an error: its traceback, or only the reason where a call was refused."""
    if isinstance(error, SendError):
        return {"reason": str(error), "attempts": error.attempts}
    return {"reason": str(error)} if isinstance(error, CredentialsError) else {"exc_info": error}


def _http_answer(context: Turn, *, failed: bool = False) -> HttpAnswer:
    """What a turn that has ended answers its POST with."""
    activity = context.activity
    if activity.delivery_mode == DeliveryModes.expect_replies:
        return HttpAnswer(200, dump({"activities": context.buffered_reply_activities}))
    if activity.type != ActivityTypes.invoke:
        return HttpAnswer()
    held = context.turn_state.get(INVOKE_RESPONSE)
    response = held.value if held is not None else None
    if response is None:
        # 500: we failed. 404: nobody here answers invokes of this name.
        return HttpAnswer(500 if failed else 404)
    body = response.body
    return HttpAnswer(response.status or 200, None if body is None else dump(body))


def _response_while_running(context: Turn) -> HttpAnswer:
    """What a POST is answered with while its turn is running; later replies are sent instead."""
    activity = context.activity
    log.warning("turn.still_running", type=activity.type)
    if activity.delivery_mode != DeliveryModes.expect_replies:
        return HttpAnswer(202)
    activity.delivery_mode = None
    return HttpAnswer(200, dump({"activities": context.buffered_reply_activities}))


def _card_error(sentence: str) -> dict[str, Any]:
    """The answer to an Action.Execute that failed, as Adaptive Cards define it."""
    value = {"code": "500", "message": sentence}
    return {"statusCode": 500, "type": "application/vnd.microsoft.error", "value": value}


def _language(locale: str | None) -> Language:
    """The language to apologise in: that of the locale, English if it is another or unknown."""
    match (locale or "")[:2].lower():
        case "fi":
            return "fi"
        case "sv":
            return "sv"
        case _:
            return "en"


async def _cancel(tasks: Any) -> None:
    """Cancels tasks and waits for their end."""
    tasks = list(tasks)
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
