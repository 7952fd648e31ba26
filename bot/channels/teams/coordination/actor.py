"""Who acts, and where: read from the validated activity, never from the data of a card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botbuilder.schema import Activity

from bot.announcements.errors import NotAllowed
from bot.announcements.model import Identity
from bot.announcements.sender import Target
from bot.channels.connector.conversation_keys import is_place_sure, place_of
from bot.knowledge.values import Language

from ..posting import CHANNEL

LONGEST_ID = 64


@dataclass(frozen=True)
class Actor:
    """Somebody in a chat; `who` is None where the channel does not authenticate its users."""

    who: Identity | None
    target: Target
    language: Language
    conversation: str
    """The id of the conversation to answer in: in a channel, of the thread."""
    card: str | None = None
    """The id of the activity whose button was pressed."""

    @property
    def identity(self) -> Identity:
        """The authenticated identity; raises NotAllowed where there is none."""
        if self.who is None:
            raise NotAllowed
        return self.who


def actor_of(activity: Activity, language: Language) -> Actor:
    """The actor of an activity; `language` is the one to answer in."""
    return Actor(
        identity_of(activity),
        target_of(activity),
        language,
        str(activity.conversation.id),
        activity.reply_to_id if isinstance(activity.reply_to_id, str) else None,
    )


def identity_of(activity: Activity) -> Identity | None:
    """The Entra object id of the sender and the tenant of the conversation, as Teams gives them.

    None where one of them is missing, or where the activity contradicts itself: it gives no rights.
    """
    id_ = getattr(activity.from_property, "aad_object_id", None)
    if not is_trusted(activity) or not isinstance(id_, str) or not 0 < len(id_) <= LONGEST_ID:
        return None
    return Identity(id_, _tenant(activity))


def is_trusted(activity: Activity) -> bool:
    """Whether an activity says whose it is and where, as each one of Teams does.

    One that does not is answered like any other, but nothing is decided or kept by it.
    """
    return activity.channel_id == CHANNEL and bool(_tenant(activity)) and is_place_sure(activity)


def target_of(activity: Activity) -> Target:
    """The conversation as a target of posts: the channel, not the thread of the activity."""
    bot = getattr(activity.recipient, "id", None)
    return Target(
        channel=CHANNEL,
        kind=place_of(activity),
        remote_id=str(activity.conversation.id).partition(";")[0],
        service_url=str(activity.service_url),
        tenant=_tenant(activity),
        team=channel_data_id(activity, "team"),
        bot_id=bot if isinstance(bot, str) else None,
        locale=activity.locale if isinstance(activity.locale, str) else None,
    )


def channel_data_id(activity: Activity, name: str) -> str | None:
    """The id of something in the activity's channel data: `team`, `channel`, `tenant`."""
    found: Any = activity.channel_data
    for key in (name, "id"):
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, str) and found else None


def team_event(activity: Activity) -> str | None:
    """The event type of a conversation update of a team, such as `channelDeleted`."""
    data = activity.channel_data
    event = data.get("eventType") if isinstance(data, dict) else None
    return event if isinstance(event, str) else None


def _tenant(activity: Activity) -> str:
    tenant = getattr(activity.conversation, "tenant_id", None) or channel_data_id(
        activity, "tenant"
    )
    return tenant if isinstance(tenant, str) and len(tenant) <= LONGEST_ID else ""
