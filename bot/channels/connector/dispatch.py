"""Dispatches turns to handlers by the channel of the activity."""

from __future__ import annotations

from collections.abc import Mapping

from botbuilder.core import TurnContext

from .adapter import TurnHandler


def by_channel(handlers: Mapping[str, TurnHandler], otherwise: TurnHandler) -> TurnHandler:
    """A turn handler that calls the handler of the turn's `channelId`, else `otherwise`."""

    async def on_turn(context: TurnContext) -> None:
        await handlers.get(context.activity.channel_id, otherwise)(context)

    return on_turn
