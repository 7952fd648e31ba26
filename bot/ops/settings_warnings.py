"""What an operator should mend while the bot goes on: said at the start and once a day."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable

import structlog

from bot.ops.settings import Settings, unknown_variables

log = structlog.get_logger()

DAY = 86_400.0
"""Seconds between two reminders of the same thing."""


def warnings(settings: Settings, today: dt.date) -> list[str]:
    """One sentence for each thing in the settings that works today and may not be meant so."""
    found = []
    if expiry := settings.password_warning(today):
        found.append(expiry)
    for name, near in unknown_variables().items():
        found.append(f"{name} is no setting" + (f": is {near} meant?" if near else "."))
    return found


async def remind(
    warnings: Callable[[], list[str]], sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> None:
    """Writes the warnings to the log, and again each day, until cancelled."""
    while True:
        for warning in warnings():
            log.warning("settings", warning=warning)
        await sleep(DAY)
