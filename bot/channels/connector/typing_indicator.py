"""Shows that the bot is writing, when an answer takes long enough for people to wonder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import structlog
from botbuilder.core import TurnContext
from botbuilder.schema import Activity, ActivityTypes

log = structlog.get_logger(__name__)

PATIENCE = 0.5
"""Seconds without an answer after which the indicator is shown."""

Sleep = Callable[[float], Awaitable[None]]


@asynccontextmanager
async def typing_indicator(context: TurnContext, sleep: Sleep) -> AsyncIterator[None]:
    """Sends the indicator once, unless the block ends before.

    When the block is left, nothing is under way any more, so that the indicator never comes after
    the answer.
    """
    task = asyncio.create_task(_show(context, sleep))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _show(context: TurnContext, sleep: Sleep) -> None:
    await sleep(PATIENCE)
    try:
        await context.send_activity(Activity(type=ActivityTypes.typing))
    except Exception as error:
        # The answer still comes; nobody misses the indicator.
        log.info("typing indicator not sent", error=type(error).__name__)
