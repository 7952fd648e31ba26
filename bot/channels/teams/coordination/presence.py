"""Where the bot is: remembers teams and groups that it is added to, and forgets what is gone."""

from __future__ import annotations

from collections import OrderedDict

from botbuilder.schema import Activity, ActivityTypes

from bot.announcements.subscriptions import Subscriptions
from bot.channels.connector.chats import chat_key

from .. import incoming
from .asking import data_id, event_of, target_of

MOST_SEEN = 10_000
"""Chats whose newest service address is kept in mind."""

GONE_WITH_TEAM = frozenset({"teamDeleted", "teamHardDeleted"})


class Presence:
    """Keeps `Subscriptions` true to where the bot is. No names, and nobody who only asks."""

    def __init__(self, subscriptions: Subscriptions) -> None:
        self._subscriptions = subscriptions
        self._seen: OrderedDict[str, str] = OrderedDict()

    async def noticed(self, activity: Activity) -> None:
        """Takes note of what an activity says of where the bot is."""
        if activity.type == ActivityTypes.installation_update:
            await self._installed(activity)
        elif activity.type == ActivityTypes.conversation_update:
            await self._updated(activity)
        else:
            await self._refresh(activity)

    async def _installed(self, activity: Activity) -> None:
        if str(activity.action or "").startswith("remove"):
            await self._removed(activity)
        else:
            await self._added(activity)

    async def _updated(self, activity: Activity) -> None:
        event, target = event_of(activity), target_of(activity)
        channel, team = data_id(activity, "channel"), data_id(activity, "team")
        if event in GONE_WITH_TEAM and team:
            await self._subscriptions.team_deleted(target.channel, team)
        elif event == "channelDeleted" and channel:
            await self._subscriptions.forget(target.channel, channel)
        elif _is_among(activity, activity.members_removed):
            await self._removed(activity)
        elif _is_among(activity, activity.members_added):
            await self._added(activity)
        else:
            await self._refresh(activity)

    async def _added(self, activity: Activity) -> None:
        await self._subscriptions.remember(target_of(activity))

    async def _removed(self, activity: Activity) -> None:
        target = target_of(activity)
        self._seen.pop(chat_key(activity), None)
        if target.team is not None:
            await self._subscriptions.team_deleted(target.channel, target.team)
        await self._subscriptions.forget(target.channel, target.remote_id)

    async def _refresh(self, activity: Activity) -> None:
        """Keeps the newest service address of a chat that is known already."""
        chat, url = chat_key(activity), str(activity.service_url)
        if self._seen.get(chat) == url:
            self._seen.move_to_end(chat)
            return
        await self._subscriptions.refresh(target_of(activity))
        self._seen[chat] = url
        if len(self._seen) > MOST_SEEN:
            self._seen.popitem(last=False)


def _is_among(activity: Activity, members: object) -> bool:
    people = members if isinstance(members, list) else []
    return any(incoming.is_bot(activity, one) for one in people)
