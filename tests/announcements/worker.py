"""A replica for the tests: the real engine with the real sender to Teams, as a process to kill."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace

import aiohttp
from aiohttp import TraceConfig, TraceRequestStartParams

from bot.announcements.delivery import DeliveryEngine
from bot.channels.connector import ConnectorClient, RetryPolicy
from bot.channels.teams.posting import TeamsPosting
from bot.store.database import Database
from tests.forked import context

from .connector import LEFT
from .delivering import compose


class Replica:
    """A process that delivers until it is killed."""

    def __init__(
        self, database_url: str, owner: str, *, rate: float = 0.0, lease: float = 30.0
    ) -> None:
        self._process = context.Process(
            target=_run, args=(database_url, owner, rate, lease), daemon=True
        )
        self._process.start()

    def kill(self) -> None:
        """kill -9."""
        self._process.kill()
        self._process.join(10)
        self._process.close()


def _run(database_url: str, owner: str, rate: float, lease: float) -> None:
    asyncio.run(_deliver(database_url, owner, rate, lease))


async def _say_when_it_left(
    _: aiohttp.ClientSession, __: SimpleNamespace, request: TraceRequestStartParams
) -> None:
    request.headers[LEFT] = repr(time.monotonic())


async def _deliver(database_url: str, owner: str, rate: float, lease: float) -> None:
    tracing = TraceConfig()
    tracing.on_request_start.append(_say_when_it_left)
    async with aiohttp.ClientSession(trace_configs=[tracing]) as session:
        wire = ConnectorClient(None, lambda: session, retry_policy=RetryPolicy(attempts=1))
        senders = {"msteams": TeamsPosting(wire)}
        database = Database(database_url)
        await DeliveryEngine(database, senders, compose, rate=rate, owner=owner, lease=lease).run()
