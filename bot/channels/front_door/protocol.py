"""HTTP on one connection: aiohttp's own protocol, with time limits and few words of bad requests.

aiohttp limits only how long a connection may be idle: headers and bodies may take for ever, and
what it cannot parse it logs and sends back, tokens included.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from aiohttp import web
from aiohttp.http import HttpProcessingError
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader
from aiohttp.web_request import BaseRequest

from bot.channels.rate_limit import RateLimit
from bot.ops import metrics
from bot.ops.summed_log import SummedLog

from .client_address import client_name
from .connections import Connection, Connections, Reason, State
from .turnstile import Turnstile

log = structlog.get_logger(__name__)

MAX_HEAD = 32 * 1024
"""Bytes of a request's line and headers together; a token has some two thousand."""

LINGERING = 2.0
"""Seconds in which the rest of a body is thrown away that nobody wanted: a client that is still
sending would not read its answer if the connection were closed at once."""

TRACEBACKS, TRACEBACK_EVERY = 5, 60.0
"""Of each kind of error, tracebacks that are written at once; then one in so many seconds."""

_END = "\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
SLOW_HEAD = f"HTTP/1.1 408 Request Timeout{_END}".encode()
LONG_HEAD = f"HTTP/1.1 431 Request Header Fields Too Large{_END}".encode()

MALFORMED = "This is not well-formed HTTP.\n"
FAILED = "The server failed.\n"


class FewWords:
    """What the front door writes to the log, little however often strangers cause it."""

    def __init__(self) -> None:
        self._malformed = SummedLog("request.malformed")
        self._ended = SummedLog("connection.ended")
        self._failed = SummedLog("request.failed")
        self._tracebacks = RateLimit(TRACEBACKS, TRACEBACK_EVERY)

    def malformed(self, reason: str) -> None:
        """A request that is no HTTP; `reason` is a word of ours or of the parser."""
        metrics.REFUSED.labels("front_door", "malformed").inc()
        self._malformed.warning(reason=reason)

    def ended(self, reason: Reason) -> None:
        """A connection was ended, because of its slowness or for want of room."""
        metrics.REFUSED.labels("front_door", reason.value).inc()
        if reason is not Reason.IDLE:
            self._ended.warning(reason=reason.value)

    def failed(self, error: object, now: float) -> None:
        """The program failed: with the traceback, unless that has stood there often enough."""
        name = type(error).__name__
        if isinstance(error, BaseException) and not self._tracebacks.wait(name, now):
            log.error("request.failed", exc_info=error)
        else:
            self._failed.warning(error=name)


class FrontDoorProtocol(web.RequestHandler):
    """One connection. `connections` is told what it is waited for, and ends it."""

    __slots__ = (
        "_answers",
        "_connection",
        "_connections",
        "_hasty",
        "_head_bytes",
        "_payload",
        "_turnstile",
        "_words",
    )

    def __init__(
        self,
        server: web.Server,
        connections: Connections,
        words: FewWords,
        turnstile: Turnstile,
        *,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(
            server,
            loop=loop,
            keepalive_timeout=connections.limits.idle,
            # Everything has a time limit here, so nobody needs to be asked whether they live.
            tcp_keepalive=False,
            access_log=None,  # type: ignore[arg-type]  # aiohttp: none is written then
            lingering_time=LINGERING,
            auto_decompress=False,
        )
        self._connections = connections
        self._words = words
        self._turnstile = turnstile
        self._connection: Connection | None = None
        self._payload: StreamReader = EMPTY_PAYLOAD
        """The body of the request that was parsed last."""
        self._head_bytes = 0
        """What came since that body ended: a part of the next request's headers."""
        self._answers = 0
        self._hasty = False
        """Whether, since all was answered, a request has come before the answer to another one."""

    # What happens to the connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected; another one may have to go for it."""
        client = client_of(transport.get_extra_info("peername"))
        self._connection = Connection(self._end, client, self._loop.time())
        self._connections.add(self._connection)
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """The connection is gone, whoever ended it."""
        if self._connection is not None:
            self._connections.discard(self._connection)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client does not read what it is sent."""
        super().pause_writing()
        self._leave_unread(True)

    def resume_writing(self) -> None:
        """It reads again."""
        super().resume_writing()
        self._leave_unread(False)

    def data_received(self, data: bytes) -> None:
        """Something has come: a part of a request, or several of them."""
        requests = self._request_count
        super().data_received(data)
        if self._connection is None:
            return
        state = self._connection.state
        if self._request_count != requests:
            self._parsed()
        elif not self._payload.is_eof() or not data:
            return
        elif state is State.BODY:
            self._put(State.ANSWERING)
        elif state is State.OVER:
            # The rest of a body that nobody wanted has come in time after all.
            self._put(State.IDLE)
        else:
            self._head_bytes += len(data)
            if state is State.IDLE:
                self._put(State.HEAD)
            if self._head_bytes > MAX_HEAD:
                self._too_long()

    async def start(self) -> None:
        """Handles one request after the other; in the end, the connection closes."""
        try:
            await super().start()
        finally:
            self._put(State.OVER)

    async def _handle_request(
        self,
        request: BaseRequest,
        start_time: float | None,
        request_handler: Callable[[BaseRequest], Awaitable[web.StreamResponse]],
    ) -> tuple[web.StreamResponse, bool]:
        if self.writing_paused:
            # Short answers are written without waiting: they would pile up.
            await self._drain_helper()
        try:
            await self._turnstile.enter(last=self._hasty)
            if self.transport is None:
                raise ConnectionResetError("The client has gone while it waited.")
            return await super()._handle_request(request, start_time, request_handler)
        finally:
            self._answered()

    # What it is waited for

    def _parsed(self) -> None:
        """A request's headers are complete, or cannot be parsed."""
        if not self._payload.is_eof() and self._payload.exception() is None:
            # No request begins before the body of another one has ended, so that body is broken.
            self._payload.set_exception(web.RequestPayloadError("The body is broken."))
        self._payload = self._messages[-1][1]
        self._head_bytes = 0
        self._put(State.ANSWERING if self._payload.is_eof() else State.BODY)

    def _answered(self) -> None:
        """A request was answered; a further one may have come meanwhile, or a part of it."""
        self._answers += 1
        if not self._payload.is_eof():
            self._put(State.BODY if self._messages else State.OVER)
        elif self._messages:
            self._put(State.ANSWERING)
        else:
            self._payload = EMPTY_PAYLOAD
            self._put(State.HEAD if self._head_bytes else State.IDLE)

    def _put(self, state: State) -> None:
        if self._connection is not None:
            waiting = self._request_count - self._answers
            self._hasty = waiting > 1 or (self._hasty and waiting == 1)
            now = self._loop.time()
            self._connections.put(self._connection, state, now, queued=self._hasty)

    def _leave_unread(self, unread: bool) -> None:
        if self._connection is not None:
            self._connections.leave_unread(self._connection, unread, self._loop.time())

    # How it ends

    def _end(self, reason: Reason) -> None:
        """Ends the connection, because of its slowness or for want of room."""
        self._words.ended(reason)
        if reason is Reason.SLOW_HEAD:
            self._close_saying(SLOW_HEAD)
        elif self.transport is not None:
            self.transport.abort()

    def _too_long(self) -> None:
        """Ends the connection, since headers have become too long."""
        self._words.malformed("long headers")
        if self._connection is not None:
            self._connections.discard(self._connection)
        self._close_saying(LONG_HEAD)

    def _close_saying(self, answer: bytes) -> None:
        """Closes the connection with an answer; at once, if that cannot be sent at once."""
        transport = self.transport
        if transport is None:
            return
        if self._current_request is None and transport.get_write_buffer_size() == 0:
            transport.write(answer)
        if self._current_request is None and transport.get_write_buffer_size() == 0:
            transport.close()
        else:
            transport.abort()

    # What is said of errors

    def handle_error(
        self,
        request: BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The answer to a request that cannot be parsed, or whose handler failed.

        What was sent stands in neither the answer nor the log.
        """
        of_client = exc is not None and exc is request.content.exception()
        if of_client and self.transport is None:
            raise ConnectionResetError("The client has gone.")
        if of_client or isinstance(exc, HttpProcessingError):
            status = 400
            self._words.malformed(type(exc).__name__)
        else:
            self._words.failed(exc, self._loop.time())
        if request.writer.output_size > 0:
            raise ConnectionError("An answer has begun, so another one cannot be given.")
        answer = _Plain(status=status, text=MALFORMED if status == 400 else FAILED)
        answer.force_close()
        return answer

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """What else aiohttp has to say: that a handler gave no answer, or that ours failed here."""
        self._words.failed(kw.get("exc_info"), self._loop.time())


class _Plain(web.Response):
    """An answer outside the application, whose signals do not see it: without `Server` too."""

    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        self.headers.pop("Server", None)


async def leave_out_software(_: web.BaseRequest, response: web.StreamResponse) -> None:
    """For `on_response_prepare`: no answer says which versions of what it comes from."""
    response.headers.pop("Server", None)


def client_of(peer: object) -> str | None:
    """Who is at the other end: an IPv4 address, or the /64 network of an IPv6 one.

    None where it is not one that the internet routes: a proxy of ours may be there, for many.
    """
    try:
        address = ipaddress.ip_address(peer[0] if isinstance(peer, tuple) else "")
    except ValueError:
        return None
    address = getattr(address, "ipv4_mapped", None) or address
    return client_name(address) if address.is_global else None
