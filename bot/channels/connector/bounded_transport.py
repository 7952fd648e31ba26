"""How azure-identity talks to the login server: no answer is larger or slower than stated.

By itself azure-core reads whatever comes, inflates it, and waits as long as now and then a byte
comes. It is imported only where a token is fetched: it takes a tenth of a second.
"""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
from azure.core.exceptions import ServiceResponseTimeoutError
from azure.core.pipeline.transport import AioHttpTransport

from bot.channels.answer_body import read_up_to

MAX_ANSWER = 262_144
"""Bytes of an answer, inflated: a token has some thousand, Entra's description of itself and its
errors some more."""

ANSWER_TIMEOUT = 15.0
"""Seconds until an answer must be there as a whole."""


class _BoundedResponse(aiohttp.ClientResponse):
    async def read(self) -> bytes:
        """The body; raises ClientPayloadError where it is larger than may be."""
        body, whole = await read_up_to(self.content, MAX_ANSWER)
        if not whole:
            self.close()
            raise aiohttp.ClientPayloadError("The answer is too large.")
        return body


class BoundedTransport(AioHttpTransport):  # type: ignore[misc]
    """The transport that azure-identity would take, with bounds; `options` are those of that."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._opened = False

    async def open(self) -> None:
        """Opens the session, once; it inflates by itself, so that what is read is what counts."""
        if not self._opened:
            self._opened = True
            self.session = aiohttp.ClientSession(
                trust_env=True, cookie_jar=aiohttp.DummyCookieJar(), response_class=_BoundedResponse
            )
        await super().open()

    async def send(self, request: Any, **config: Any) -> Any:
        """Sends a request; raises azure-core's errors, also for an answer that is too slow."""
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT):
                return await super().send(request, **config)
        except TimeoutError:
            raise ServiceResponseTimeoutError("The answer takes too long.") from None
