"""Tracks the teams and chats in which the bot is installed, and their service addresses."""

from __future__ import annotations

import asyncio

import structlog
from botbuilder.schema import Activity, ActivityTypes
from cachetools import TTLCache

from bot.announcements.sender import Target
from bot.announcements.subscriptions import Subscriptions
from bot.channels.connector.conversation_keys import chat_key
from bot.store.database import DATABASE_GONE

from .. import incoming
from .actor import channel_data_id, is_trusted, target_of, team_event

log = structlog.get_logger(__name__)

MOST_SEEN = 10_000
"""Chats whose newest service address is cached."""

SEEN_TTL = 60.0
"""Seconds for which it is: then it is asked anew whether a chat counts as unreachable, which it is
no more when something comes from it."""

REFRESH_DELAY = 0.5
"""Seconds for which changed addresses are collected before they are saved in one go."""

GONE_WITH_TEAM = frozenset({"teamDeleted", "teamHardDeleted"})


class InstallationTracker:
    """Keeps `Subscriptions` in step with where the bot is; no names and no users are stored."""

    def __init__(self, subscriptions: Subscriptions) -> None:
        self._subscriptions = subscriptions
        self._seen: TTLCache[str, str] = TTLCache(MOST_SEEN, SEEN_TTL)
        self._waiting: dict[str, Target] = {}
        self._refreshing: asyncio.Task[None] | None = None

    async def on_activity(self, activity: Activity) -> None:
        """Handles what an activity tells of installations."""
        if not is_trusted(activity):
            return
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
        event, target = team_event(activity), target_of(activity)
        channel, team = channel_data_id(activity, "channel"), channel_data_id(activity, "team")
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
        """Has the changed service address of a chat saved soon; no turn waits for that."""
        chat, url = chat_key(activity), str(activity.service_url)
        if self._seen.get(chat) == url:
            return
        self._seen[chat] = url
        self._waiting[chat] = target_of(activity)
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self._flush_later())

    async def _flush_later(self) -> None:
        while self._waiting:
            await asyncio.sleep(REFRESH_DELAY)
            await self.flush()

    async def flush(self) -> None:
        """Saves the collected addresses; those that cannot be saved come with the next activity."""
        waiting, self._waiting = self._waiting, {}
        try:
            await self._subscriptions.refresh(waiting.values())
        except DATABASE_GONE as error:
            for chat in waiting:
                self._seen.pop(chat, None)
            log.warning("service_urls.not_saved", error=type(error).__name__)

    async def close(self) -> None:
        """Saves what is still collected, at shutdown."""
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.wait({self._refreshing})
        if self._waiting:
            await self.flush()


def _is_among(activity: Activity, members: object) -> bool:
    people = members if isinstance(members, list) else []
    return any(incoming.is_bot(activity, one) for one in people)
