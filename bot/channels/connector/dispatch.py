"""Picks the room that answers an activity by the channel that the activity came through."""

from __future__ import annotations

from collections.abc import Mapping

from botbuilder.core import TurnContext

from .adapter import TurnHandler


def by_channel(rooms: Mapping[str, TurnHandler], otherwise: TurnHandler) -> TurnHandler:
    """A turn handler that hands each turn to the room of its `channelId`, else to `otherwise`."""

    async def on_turn(context: TurnContext) -> None:
        await rooms.get(context.activity.channel_id, otherwise)(context)

    return on_turn
