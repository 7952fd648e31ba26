"""The Bot Connector of the tests, as far as announcements need it; keeps what arrives and when."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

LEFT = "X-Left"
"""When the sender's process let a post go, by the clock that all processes of a machine share: the
receiver itself may come to it late where the machine is busy."""

Answer = Callable[[str], Awaitable[web.Response | None]]


class Receiver:
    """Takes posts for `http://127.0.0.1:PORT`; `latency` in seconds, `answer` may answer itself."""

    def __init__(self, latency: float = 0.0) -> None:
        self.arrived: list[tuple[float, str]] = []
        """Every post: when it left (arrived, if nobody says) and for which conversation."""
        self.answer: Answer | None = None
        self.latency = latency
        app = web.Application()
        app.router.add_post("/v3/conversations", self._new_thread)
        self._server = TestServer(app)

    async def __aenter__(self) -> Receiver:
        await self._server.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.close()

    @property
    def url(self) -> str:
        """The service URL."""
        return str(self._server.make_url("")).rstrip("/")

    @property
    def duplicates(self) -> int:
        """Posts beyond the first of each conversation."""
        return len(self.arrived) - len({where for _, where in self.arrived})

    def busiest(self, seconds: float) -> int:
        """The most posts that left within any such span."""
        return busiest([at for at, _ in self.arrived], seconds)

    async def _new_thread(self, request: web.Request) -> web.Response:
        body: dict[str, Any] = await request.json()
        where = body["channelData"]["channel"]["id"]
        self.arrived.append((float(request.headers.get(LEFT, time.monotonic())), where))
        if self.latency:
            await asyncio.sleep(self.latency)
        if self.answer is not None and (answer := await self.answer(where)) is not None:
            return answer
        return web.json_response({"id": f"{where};messageid=1", "activityId": "1"}, status=201)

    def count(self) -> Counter[str]:
        """Posts by conversation."""
        return Counter(where for _, where in self.arrived)


def busiest(instants: list[float], seconds: float) -> int:
    """The most of these instants that lie within any span of so many seconds."""
    instants = sorted(instants)
    most = first = 0
    for last, at in enumerate(instants):
        while at - instants[first] >= seconds:
            first += 1
        most = max(most, last - first + 1)
    return most
