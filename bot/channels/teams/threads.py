"""Which thread of a channel an activity was written in."""

from __future__ import annotations

from collections.abc import Callable

from botbuilder.core import TurnContext
from botbuilder.schema import Activity, ActivityTypes

from bot.announcements.reconciling import Thread
from bot.channels.connector import TurnHandler
from bot.channels.connector.conversation_keys import place_of
from bot.store.remote_ids import usable_id

from .posting import CHANNEL

_TOLD_BY = (ActivityTypes.message, ActivityTypes.invoke, ActivityTypes.message_reaction)


def also_hear_threads(on_turn: TurnHandler, hear: Callable[[Thread], None]) -> TurnHandler:
    """A turn handler that afterwards tells in which thread the turn was; nothing of who wrote."""

    async def handle(context: TurnContext) -> None:
        try:
            await on_turn(context)
        finally:
            if (thread := thread_of(context.activity)) is not None:
                hear(thread)

    return handle


def thread_of(activity: Activity) -> Thread | None:
    """The thread of a channel in which somebody wrote or pressed a button.

    Its first post is named by the conversation (`CHANNEL;messageid=POST`), or else by what the
    activity replies to.
    """
    if activity.channel_id != CHANNEL or activity.type not in _TOLD_BY:
        return None
    thread = usable_id(getattr(activity.conversation, "id", None))
    if thread is None or place_of(activity) != "channel":
        return None
    conversation, _, post = thread.partition(";messageid=")
    if not post:
        post = usable_id(activity.reply_to_id) or ""
        thread = f"{conversation};messageid={post}"
    if not conversation or not post or ";" in conversation or ";" in post:
        return None
    return Thread(CHANNEL, conversation, thread, post)
