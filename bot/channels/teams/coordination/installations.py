"""Where the bot is: remembers teams and groups that it is added to, and forgets what is gone."""

from __future__ import annotations

import asyncio

import structlog
from botbuilder.schema import Activity, ActivityTypes
from cachetools import LRUCache

from bot.announcements.sender import Target
from bot.announcements.subscriptions import Subscriptions
from bot.channels.connector.conversation_keys import chat_key
from bot.store.database import DATABASE_GONE

from .. import incoming
from .actor import data_id, event_of, target_of

log = structlog.get_logger(__name__)

MOST_SEEN = 10_000
"""Chats whose newest service address is kept in mind."""

GATHERED = 0.5
"""Seconds for which addresses are gathered before the database is asked: no turn waits for it."""

GONE_WITH_TEAM = frozenset({"teamDeleted", "teamHardDeleted"})


class InstallationTracker:
    """Keeps `Subscriptions` true to where the bot is. No names, and nobody who only asks."""

    def __init__(self, subscriptions: Subscriptions) -> None:
        self._subscriptions = subscriptions
        self._seen: LRUCache[str, str] = LRUCache(MOST_SEEN)
        self._to_refresh: dict[str, Target] = {}
        self._refreshing: asyncio.Task[None] | None = None

    async def noticed(self, activity: Activity) -> None:
        """Takes note of what an activity says of where the bot is."""
        if activity.type == ActivityTypes.installation_update:
            await self._installed(activity)
        elif activity.type == ActivityTypes.conversation_update:
            await self._updated(activity)
        else:
            self._refresh(activity)

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
            self._refresh(activity)

    async def _added(self, activity: Activity) -> None:
        await self._subscriptions.remember(target_of(activity))

    async def _removed(self, activity: Activity) -> None:
        target = target_of(activity)
        self._seen.pop(chat_key(activity), None)
        if target.team is not None:
            await self._subscriptions.team_deleted(target.channel, target.team)
        await self._subscriptions.forget(target.channel, target.remote_id)

    def _refresh(self, activity: Activity) -> None:
        """Keeps the newest service address of a chat that is known already, in a moment."""
        chat, url = chat_key(activity), str(activity.service_url)
        if self._seen.get(chat) == url:
            return
        self._seen[chat] = url
        self._to_refresh[chat] = target_of(activity)
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self._refresh_all())

    async def _refresh_all(self) -> None:
        while self._to_refresh:
            await asyncio.sleep(GATHERED)
            await self.settle()

    async def settle(self) -> None:
        """Writes down the addresses gathered so far."""
        gathered, self._to_refresh = self._to_refresh, {}
        try:
            await self._subscriptions.refresh(gathered.values())
        except DATABASE_GONE as error:
            # The chats are asked about again when they next write.
            for chat in gathered:
                self._seen.pop(chat, None)
            log.warning("addresses not kept", error=type(error).__name__)

    async def close(self) -> None:
        """Writes down what is left."""
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.wait({self._refreshing})
        if self._to_refresh:
            await self.settle()


def _is_among(activity: Activity, members: object) -> bool:
    people = members if isinstance(members, list) else []
    return any(incoming.is_bot(activity, one) for one in people)
