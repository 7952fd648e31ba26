"""Where an activity happened, and names for chats that are kept in memory.

An activity comes from outside. Whatever its fields hold, nothing here raises.
"""

from __future__ import annotations

from typing import Literal

from botbuilder.schema import Activity

from bot.channels.keyed_hash import keyed_hash

Place = Literal["personal", "group", "channel"]

_PLACES: dict[str, Place] = {"groupChat": "group", "channel": "channel"}


def place_of(activity: Activity) -> Place:
    """Where the activity happened; whatever is not said to be a group is a personal chat."""
    conversation = activity.conversation
    kind = getattr(conversation, "conversation_type", None)
    if kind in _PLACES:
        return _PLACES[kind]
    if kind is None and getattr(conversation, "is_group", None):
        return "group"
    return "personal"


def conversation_key(activity: Activity) -> str:
    """Names a conversation in memory: in groups and channels, each person has one of their own."""
    sender = None
    if place_of(activity) != "personal":
        sender = getattr(activity.from_property, "id", None)
    return keyed_hash(activity.channel_id, _conversation_id(activity), sender)


def chat_key(activity: Activity) -> str:
    """Names a chat or a channel in memory, whoever writes in whichever of its threads."""
    return keyed_hash(activity.channel_id, _conversation_id(activity).partition(";")[0])


def _conversation_id(activity: Activity) -> str:
    return str(getattr(activity.conversation, "id", None) or "")
