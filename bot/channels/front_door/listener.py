"""Listens, with as many connections at once as the system has files for."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from bot.ops.summed_log import SummedLog

from .connections import Connections, Limits, most_connections, open_files
from .protocol import FewWords, FrontDoorProtocol
from .turnstile import Turnstile

LOOKS_EVERY = 1.0
"""Seconds between two looks for connections that have taken too long."""

WAITING = 1_024
"""Connections that the system holds until they are accepted. They are none of our files; a client
that finds no place there tries again after a second, so there had better be one."""

MOST_AT_ONCE = 128
NO_FILES = "socket.accept() out of system resource"
"""What asyncio calls it when no connection can be accepted for want of files."""


def at_once(files: int | None) -> int:
    """How many connections may be accepted before the first of them is looked at.

    They are files before another connection is ended for them, for about four rounds of the event
    loop; so few enough for the files that connections do not have.
    """
    return MOST_AT_ONCE if files is None else min(MOST_AT_ONCE, max(1, files // 16))


class FrontDoor(web.BaseSite):
    """Where an application is reached: a site of its runner, which must have been set up."""

    __slots__ = (
        "_host",
        "_look",
        "_loop",
        "_made_room",
        "_no_files",
        "_port",
        "connections",
        "words",
    )

    def __init__(
        self, runner: web.BaseRunner, host: str, port: int, *, limits: Limits | None = None
    ) -> None:
        files = open_files()
        super().__init__(runner, backlog=at_once(files))
        self._host = host
        self._port = port
        self.connections = Connections(limits or Limits(most=most_connections(files)))
        self.words = FewWords()
        self._no_files = SummedLog("connections.no_files")
        self._loop = asyncio.get_running_loop()
        self._made_room = -LOOKS_EVERY
        self._look: asyncio.TimerHandle | None = None

    @property
    def name(self) -> str:
        """Where it listens, as a URL."""
        place = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{place}:{self._port}"

    async def start(self) -> None:
        """Begins to listen."""
        await super().start()
        server = self._runner.server
        assert server is not None
        self._loop.set_exception_handler(self._on_loop_error)
        turnstile = Turnstile(self._loop)
        self._server = listening = await self._loop.create_server(
            lambda: FrontDoorProtocol(
                server, self.connections, self.words, turnstile, loop=self._loop
            ),
            self._host,
            self._port,
            backlog=self._backlog,
        )
        for each in listening.sockets:
            # asyncio knows one number for how many wait and how many are accepted at once.
            with each.dup() as same:
                same.listen(WAITING)
        self._look_round()

    async def stop(self) -> None:
        """Accepts nothing more; what is open is for the runner to end."""
        await super().stop()
        if self._look is not None:
            self._look.cancel()
        self._loop.set_exception_handler(None)

    def _look_round(self) -> None:
        self.connections.end_overdue(self._loop.time())
        self._look = self._loop.call_later(LOOKS_EVERY, self._look_round)

    def _on_loop_error(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if context.get("message") == NO_FILES:
            # Others of us have used up the files that are left for them. asyncio says so often.
            self._no_files.warning()
            if (now := loop.time()) - self._made_room >= LOOKS_EVERY:
                self._made_room = now
                self.connections.make_room(now)
        else:
            loop.default_exception_handler(context)
