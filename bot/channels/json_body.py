"""Reads the body of a request that must be JSON: its kind, its size, and the time it takes."""

from __future__ import annotations

import asyncio

import aiohttp
from aiohttp import HttpVersion11, web

from bot.channels.refusal import RequestRefused
from bot.i18n import N_

BODY_TIMEOUT = 10.0
"""Seconds in which a body must have arrived."""


async def invite_later(request: web.Request) -> None:
    """The `expect_handler` of a route that reads its body here.

    A client that asks before it sends one (`Expect: 100-continue`) is not told to before its token
    or key was looked at: aiohttp's own handler tells it at once.
    """
    if request.headers["Expect"].lower() != "100-continue":
        raise web.HTTPExpectationFailed


async def read_json_body(request: web.Request, largest: int) -> bytes:
    """The body, if it has at most `largest` bytes (413) and is called JSON (415).

    Raises `RequestRefused` with these, with 408 when it is slow and 400 when it is broken off.
    """
    if (request.content_length or 0) > largest:
        raise _too_large(largest)
    if request.content_type != "application/json":
        raise RequestRefused(415, "content type", N_("The content type must be application/json."))
    try:
        # Mostly all of it is there already, and nothing needs to be waited for.
        if request.content.is_eof():
            body = request.content.read_nowait()
        else:
            async with asyncio.timeout(BODY_TIMEOUT):
                if "Expect" in request.headers:
                    await _invite(request)
                body = await _read(request.content, largest)
    except TimeoutError:
        raise RequestRefused(408, "slow body", N_("The body did not arrive in time.")) from None
    except (aiohttp.ClientError, aiohttp.http.HttpProcessingError, web.RequestPayloadError):
        raise RequestRefused(400, "broken body", N_("The body is broken.")) from None
    if len(body) > largest:
        raise _too_large(largest)
    return body


async def _invite(request: web.Request) -> None:
    if request.version >= HttpVersion11:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # Nothing of the answer has been written yet.


async def _read(content: aiohttp.StreamReader, largest: int) -> bytes:
    """What comes, up to its end or until it is too much."""
    body = bytearray()
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > largest:
            break
    return bytes(body)


def _too_large(largest: int) -> RequestRefused:
    text = N_("The body may have at most {bytes} bytes.", bytes=largest)
    return RequestRefused(413, "size", text)
