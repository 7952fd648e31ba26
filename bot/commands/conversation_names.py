"""What people call conversations, for a command: asked for as the server does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.ops.settings import Settings

if TYPE_CHECKING:
    from bot.announcements.names import Known
    from bot.announcements.sender import Target


async def known_names(settings: Settings, targets: Sequence[Target]) -> Known:
    """The names that come within a few seconds; none where the bot cannot sign in."""
    # Imported here: without anything to name a command starts faster.
    from bot.announcements.names import LATER, NOBODY, Names
    from bot.channels.connector import Connector
    from bot.channels.senders import make_senders

    if not targets:
        return NOBODY

    async def no_turn(_: object) -> None:
        raise AssertionError("a command answers no turns")

    connector = Connector(settings, no_turn, lambda _language, code: code)
    senders = make_senders(settings, connector)

    async def name_of(target: Target) -> str | None:
        sender = senders.get(target.channel)
        return await sender.name(target) if sender else None

    names = Names(name_of)
    try:
        return await names.of(targets, LATER)
    finally:
        await names.close()
        await connector.close()
