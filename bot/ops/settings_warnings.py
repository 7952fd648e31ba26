"""Warnings about settings that work today: logged at the start and once a day."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable

import structlog

from bot.i18n import N_, Message, own_language
from bot.ops.settings import Settings, unknown_variables

log = structlog.get_logger()

DAY = 86_400.0
"""Seconds between two warnings about the same thing."""


def warnings(settings: Settings, today: dt.date) -> list[Message]:
    """One sentence for each setting that works today but soon will not, or may be a mistake."""
    found: list[Message] = []
    if expiry := settings.password_warning(today):
        found.append(expiry)
    for name, near in unknown_variables().items():
        found.append(
            N_("{name} is no setting: is {meant} meant?", name=name, meant=near)
            if near
            else N_("{name} is no setting.", name=name)
        )
    return found


async def log_daily(
    warnings: Callable[[], list[Message]],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Writes the warnings to the log, and again each day, until cancelled."""
    language = own_language()
    while True:
        for warning in warnings():
            log.warning("settings.warning", warning=warning.said(language))
        await sleep(DAY)
