"""Where the bot may post: the conversations it is in, and what they follow."""

from __future__ import annotations

from collections.abc import Callable

from bot.announcements.model import Identity
from bot.announcements.rights import Coordinators
from bot.announcements.sender import Target
from bot.knowledge.library import Knowledge
from bot.store.database import Database


class Subscriptions:
    """Remembers conversations and what they follow; no names, and nobody who only asks.

    A team's channel or a group is remembered when the bot is added, a personal chat only while it
    follows something.
    """

    def __init__(
        self,
        database: Database,
        knowledge: Callable[[], Knowledge],
        coordinators: Coordinators,
    ) -> None:
        raise NotImplementedError

    async def remember(self, target: Target, team: str | None = None) -> None:
        """Keeps a channel or group, or the newest service address of one that is known.

        A personal chat that is not known stays unknown.
        """
        raise NotImplementedError

    async def forget(self, channel: str, remote_id: str) -> None:
        """Drops a conversation from which the bot was removed, with all that it follows."""
        raise NotImplementedError

    async def team_deleted(self, channel: str, team: str) -> int:
        """Drops all channels of a team that was deleted; gives how many."""
        raise NotImplementedError

    async def follow(
        self, target: Target, network: str, who: Identity | None, team: str | None = None
    ) -> None:
        """Lets a conversation follow a network, by its key, or all (`*`).

        In a personal chat anybody may. Raises NotAllowed where a channel or group is asked for by
        anybody but a coordinator of the network, and NotFound for an unknown network.
        """
        raise NotImplementedError

    async def unfollow(
        self, target: Target, network: str | None, who: Identity | None
    ) -> tuple[str, ...]:
        """Ends following one network, or all; gives what it followed and does no more.

        Raises NotAllowed as `follow` does.
        """
        raise NotImplementedError

    async def followed(self, target: Target) -> tuple[str, ...]:
        """What a conversation follows."""
        raise NotImplementedError

    async def forget_everything(self, target: Target) -> bool:
        """Drops all that is kept about a conversation; whether there was anything."""
        raise NotImplementedError
