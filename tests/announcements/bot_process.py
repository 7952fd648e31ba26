"""The whole bot in a process of its own, to be killed; its clock is that of the test."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import threading
import time
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import aiohttp

from bot import app as app_module
from bot.announcements.delivery import DeliveryEngine
from bot.channels.connector import RetryPolicy, endpoint
from bot.ops.settings import Settings
from bot.server import run
from bot.understanding.reloader import Folders
from tests.forked import context

from .running_bot import Clock, RunningBot, databases
from .world import World

STARTS_WITHIN = ENDS_WITHIN = 60.0


class BotProcess:
    """A server in a process of its own; made by `start`."""

    def __init__(
        self, settings: Settings, clock: Clock, port: int, log: Path, answer_within: float
    ) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self.log = log
        self._wake, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(settings, clock, port, log, answer_within, theirs), daemon=True
        )
        self._process.start()
        theirs.close()

    @classmethod
    async def start(
        cls, bot: RunningBot, port: int = 0, answer_within: float = 10.0, **settings: Any
    ) -> BotProcess:
        """Starts one more server of a bot, and waits until it serves.

        Whoever has the port of an earlier one takes up what that left. `answer_within` is how many
        seconds it waits for the connector.
        """
        port = port or free_port()
        log = bot.folder / f"process-{port}.log"
        made = cls(bot.settings(**settings), bot.clock, port, log, answer_within)
        bot.servers.append(made)
        async with asyncio.timeout(STARTS_WITHIN), aiohttp.ClientSession() as session:
            while True:
                assert made._process.is_alive(), made.said()
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(f"{made.url}/healthz") as answer:
                        if answer.status == 200:
                            return made
                await asyncio.sleep(0.05)

    def said(self) -> str:
        """The end of what it wrote."""
        return self.log.read_text("utf-8")[-4_000:] if self.log.exists() else ""

    def wake(self) -> None:
        with contextlib.suppress(OSError):
            self._wake.send("wake")

    async def kill(self, bot: RunningBot) -> None:
        """kill -9."""
        bot.servers.remove(self)
        self._process.kill()
        await asyncio.to_thread(self._process.join, ENDS_WITHIN)
        self._wake.close()

    async def terminate(self) -> int | None:
        """SIGTERM; gives the exit code once it has ended by itself."""
        assert self._process.pid is not None
        os.kill(self._process.pid, signal.SIGTERM)
        await asyncio.to_thread(self._process.join, ENDS_WITHIN)
        return self._process.exitcode

    async def stop(self) -> None:
        if self._process.is_alive():
            await self.terminate()
        if self._process.is_alive():
            self._process.kill()
            await asyncio.to_thread(self._process.join, ENDS_WITHIN)
        self._wake.close()


def free_port() -> int:
    """A port of this machine that nobody listens at now."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def _serve(
    settings: Settings,
    clock: Clock,
    port: int,
    log: Path,
    answer_within: float,
    woken: Connection,
) -> None:
    with log.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    engines: list[_Engine] = []

    class _Engine(DeliveryEngine):
        loop: asyncio.AbstractEventLoop | None = None

        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options, monotonic=clock.monotonic)
            engines.append(self)

        async def run(self) -> None:
            self.loop = asyncio.get_running_loop()
            await super().run()

    def listen() -> None:
        try:
            while woken.recv():
                for engine in engines:
                    if engine.loop is not None:
                        engine.loop.call_soon_threadsafe(engine.wake)
        except (EOFError, OSError):
            # Whoever started it is no more, or wants nothing of it any more.
            time.sleep(ENDS_WITHIN)
            os._exit(1)

    vars(app_module)["Database"] = databases(clock)
    vars(app_module)["DeliveryEngine"] = _Engine
    vars(endpoint)["RetryPolicy"] = partial(RetryPolicy, attempt=answer_within)
    threading.Thread(target=listen, daemon=True).start()
    snapshot = World.another_reloader().snapshot
    run(settings, Folders(Path("content"), Path("intents")), snapshot, "127.0.0.1", port)
