"""Where an activity happened, and names for chats that are kept in memory.

An activity comes from outside. Whatever its fields hold, nothing here raises.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Literal

from botbuilder.schema import Activity

Place = Literal["personal", "group", "channel"]

_PLACES: dict[str, Place] = {"groupChat": "group", "channel": "channel"}
_HASH_KEY = secrets.token_bytes(32)
"""New in every process: what is remembered cannot be tied to a person."""


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
    return _hashed(activity.channel_id, _conversation_id(activity), sender)


def chat_key(activity: Activity) -> str:
    """Names a chat or a channel in memory, whoever writes in whichever of its threads."""
    return _hashed(activity.channel_id, _conversation_id(activity).partition(";")[0])


def _conversation_id(activity: Activity) -> str:
    return str(getattr(activity.conversation, "id", None) or "")


def _hashed(*parts: str | None) -> str:
    digest = hashlib.blake2b(key=_HASH_KEY, digest_size=16)
    for part in parts:
        raw = str(part or "").encode(errors="surrogatepass")
        digest.update(len(raw).to_bytes(4, "big") + raw)
    return digest.hexdigest()
