"""Where an activity happened, and names for chats that are kept in memory.

An activity comes from outside. Whatever its fields hold, nothing here raises.
"""

from __future__ import annotations

from typing import Literal
from urllib.parse import unquote

from botbuilder.schema import Activity

from bot.channels.keyed_hash import keyed_hash
from bot.knowledge.visible import visible

from .requests import TEAMS

Place = Literal["personal", "group", "channel"]

_THREAD_BEGINS = "19:"
_CHANNEL_ENDS = ("@thread.tacv2", "@thread.skype")
"""What the ids of channels and groups in Teams begin with, and those of channels end with. A chat
with the bot has another, such as `a:1…`."""

_TIMES_ENCODED = 3

_PLACES: dict[str, Place] = {"groupChat": "group", "channel": "channel"}


def place_of(activity: Activity) -> Place:
    """Where the activity happened; whatever is not said to be a group is a personal chat.

    Nor is what Teams itself would not name like one, whatever it is said to be.
    """
    conversation = activity.conversation
    kind = getattr(conversation, "conversation_type", None)
    if kind in _PLACES:
        return _PLACES[kind]
    if _is_thread(activity):
        id_ = _conversation_id(activity).partition(";")[0]
        return "channel" if id_.endswith(_CHANNEL_ENDS) else "group"
    if kind is None and getattr(conversation, "is_group", None):
        return "group"
    return "personal"


def is_place_sure(activity: Activity) -> bool:
    """Whether what the activity says of its place fits its id.

    Where it does not, or is not said, nobody has a right by it: what a channel follows, its
    coordinators decide, and what a chat follows, whoever writes in it.
    """
    kind = getattr(activity.conversation, "conversation_type", None)
    return kind in _PLACES or not _is_thread(activity)


def _is_thread(activity: Activity) -> bool:
    """Whether the id is one that Teams gives to what several people write in.

    Also where it only becomes one on its way into an address: encoded, or with space before it.
    """
    id_ = _conversation_id(activity)
    for _ in range(_TIMES_ENCODED):
        id_ = unquote(visible(id_).strip())
    return bool(activity.channel_id == TEAMS and visible(id_).strip().startswith(_THREAD_BEGINS))


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
