"""Who asks, and where, as a validated activity tells it; nothing that a card says counts here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botbuilder.schema import Activity

from bot.announcements.errors import NotAllowed
from bot.announcements.model import Identity
from bot.announcements.sender import Target
from bot.channels.connector.conversation_keys import place_of
from bot.knowledge.values import Language

from ..posting import CHANNEL

LONGEST_ID = 64


@dataclass(frozen=True)
class Actor:
    """Somebody in a chat; `who` is None where the channel does not vouch for anybody."""

    who: Identity | None
    target: Target
    language: Language
    conversation: str
    """Where to answer: of a channel, the thread."""
    card: str | None = None
    """The activity whose button was pressed."""

    @property
    def identity(self) -> Identity:
        """Who asks; raises NotAllowed where nobody is vouched for."""
        if self.who is None:
            raise NotAllowed
        return self.who


def actor_of(activity: Activity, language: Language) -> Actor:
    """Who an activity comes from."""
    return Actor(
        identity_of(activity),
        target_of(activity),
        language,
        str(activity.conversation.id),
        activity.reply_to_id if isinstance(activity.reply_to_id, str) else None,
    )


def identity_of(activity: Activity) -> Identity | None:
    """The Entra object id of the sender and the tenant of the conversation, as Teams gives them."""
    id_ = getattr(activity.from_property, "aad_object_id", None)
    if activity.channel_id != CHANNEL or not isinstance(id_, str) or not 0 < len(id_) <= LONGEST_ID:
        return None
    return Identity(id_, _tenant(activity) or None)


def target_of(activity: Activity) -> Target:
    """The conversation as one to post in: a channel, not the thread that somebody writes in."""
    bot = getattr(activity.recipient, "id", None)
    return Target(
        channel=CHANNEL,
        kind=place_of(activity),
        remote_id=str(activity.conversation.id).partition(";")[0],
        service_url=str(activity.service_url),
        tenant=_tenant(activity),
        team=data_id(activity, "team"),
        bot_id=bot if isinstance(bot, str) else None,
        locale=activity.locale if isinstance(activity.locale, str) else None,
    )


def data_id(activity: Activity, name: str) -> str | None:
    """The id of something in the activity's channel data: `team`, `channel`, `tenant`."""
    found: Any = activity.channel_data
    for key in (name, "id"):
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, str) and found else None


def event_of(activity: Activity) -> str | None:
    """What happened to a team: `teamDeleted`, `channelDeleted` and so on."""
    data = activity.channel_data
    event = data.get("eventType") if isinstance(data, dict) else None
    return event if isinstance(event, str) else None


def _tenant(activity: Activity) -> str:
    tenant = getattr(activity.conversation, "tenant_id", None) or data_id(activity, "tenant")
    return tenant if isinstance(tenant, str) and len(tenant) <= LONGEST_ID else ""
