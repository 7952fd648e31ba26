"""The first checks of every request, whatever its route, and the end of those that are refused.

In this order: how the body is encoded, the Host, and, where no app id is set and so no token is
checked, that this machine itself asks. A route then makes its own: the token or key, the size that
is announced, and only then the body (`json_body`). What nobody has read of a body is not read to
its end either: the connection is closed.
"""

from __future__ import annotations

import asyncio
import re

from aiohttp import HttpVersion11, web
from aiohttp.typedefs import Handler, Middleware

from bot.channels.refusal import Refusals, RequestRefused
from bot.i18n import N_, said
from bot.ops.hosts import is_forwarded, names_this_machine
from bot.ops.settings import is_loopback

from .reader_language import reader_language

CHANNEL = "front_door"
"""What refusals of these checks are counted under."""

LINGER = 1.0
"""Seconds in which a client that is still sending can read that it was refused."""

HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

_HOST = re.compile(r"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._~-]+)?\])(?::[0-9]{1,5})?")


def front_door(*, this_machine_only: bool) -> Middleware:
    """The middleware; `this_machine_only` where no app id is set."""
    refusals = Refusals(CHANNEL)

    @web.middleware
    async def checked(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            check_encoding(request)
            check_host(request)
            if this_machine_only:
                check_this_machine(request)
            response = await handler(request)
        except RequestRefused as refusal:
            refusals.note(refusal)
            text = said(refusal.text, reader_language(request))
            response = web.Response(status=refusal.status, text=text, headers=HEADERS)
            response.force_close()
        except web.HTTPException as error:
            end_unread(request, error)
            raise
        except Exception:
            end_unread(request)
            raise
        end_unread(request, response)
        return response

    return checked


def check_encoding(request: web.Request) -> None:
    """Refuses a body that would have to be unpacked (415): a small one may hold a huge one."""
    headers = request.headers
    if "Content-Encoding" in headers:
        for value in headers.getall("Content-Encoding"):
            if value.strip().lower() not in ("", "identity"):
                raise RequestRefused(
                    415, "content encoding", N_("Send the body as it is, without Content-Encoding.")
                )
    if "Transfer-Encoding" in headers:
        encodings = headers.getall("Transfer-Encoding")
        if len(encodings) != 1 or encodings[0].strip().lower() != "chunked":
            raise RequestRefused(
                415, "transfer encoding", N_("The only Transfer-Encoding taken is chunked.")
            )
        if request.version < HttpVersion11:
            # Proxies disagree about where such a body ends.
            raise RequestRefused(
                400, "chunks in HTTP/1.0", N_("HTTP/1.0 has no Transfer-Encoding.")
            )


def check_host(request: web.Request) -> None:
    """Refuses a Host header that names no host (400).

    That there is one, and only one, the parser has seen to. Which one it is decides nothing where
    tokens are checked: probes ask by address, proxies pass on names that we need not know.
    """
    host = request.headers.get("Host")
    if host is not None and not _HOST.fullmatch(host):
        raise RequestRefused(400, "no host", N_("The Host header names no host."))


def check_this_machine(request: web.Request) -> None:
    """Refuses whatever this machine does not ask for itself (403).

    No token is checked then, so a tunnel, a proxy, or a page whose name was pointed to this machine
    (DNS rebinding) must not get further than here. `BOT_PUBLIC_URL` does not count: what comes by
    that name comes from elsewhere.
    """
    if not is_loopback(_plain(request.remote)):
        raise _not_this_machine("peer")
    # `host` is that of a request line with a whole URL, where there is one.
    if not all(map(names_this_machine, (request.headers.get("Host"), request.host))):
        raise RequestRefused(
            403,
            "host",
            N_(
                "Without BOT_APP_ID this bot is for this machine only: ask it as localhost, or set "
                "BOT_APP_ID."
            ),
        )
    if is_forwarded(request.headers):
        raise _not_this_machine("forwarded")
    if any(not names_this_machine(one) for one in request.headers.getall("Origin", [])):
        raise _not_this_machine("origin")


def _not_this_machine(rule: str) -> RequestRefused:
    text = N_(
        "Without BOT_APP_ID this bot is for this machine only, and serves nothing that a proxy or "
        "a tunnel passes on: set BOT_APP_ID."
    )
    return RequestRefused(403, rule, text)


def _plain(address: str | None) -> str | None:
    """An address of IPv4 without the prefix that it has on a socket of both versions."""
    return address.removeprefix("::ffff:") if address else None


def end_unread(request: web.Request, response: web.StreamResponse | None = None) -> None:
    """Has the connection end after the response where the body has not come to its end.

    Else the server would go on reading it, for whoever sends without end. What still comes is
    dropped as it comes, unparsed, for a moment: a connection that is closed under a client which
    is sending takes the response with it.
    """
    if request.content.is_eof():
        return
    if response is not None:
        response.force_close()
    request.protocol.close()
    asyncio.get_running_loop().call_later(LINGER, request.content.feed_eof)
