"""Where the bot may post: the conversations it is in, and what they follow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import islice

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements import record
from bot.announcements.errors import NotAllowed, NotFound
from bot.announcements.model import Action, Identity
from bot.announcements.permissions import ALL, Coordinators
from bot.announcements.sender import Target
from bot.knowledge.library import Knowledge
from bot.store import audience, conversations
from bot.store.database import Database
from bot.store.record import RECORDED_KINDS
from bot.store.remote_ids import MAX_ID_LENGTH, usable_id

log = structlog.get_logger()

PERSONAL = "personal"
"""The kind of a chat with one person, who decides alone what comes there."""

BATCH_SIZE = 500
"""Conversations in one query, at most."""


UNDO_SECONDS = 600.0
"""How long an act can be undone."""


@dataclass(frozen=True)
class Change:
    """What a conversation followed before and after an act: each network, and since when."""

    before: Mapping[str, float]
    after: Mapping[str, float]
    at: float
    """When it was done."""

    @property
    def added(self) -> tuple[str, ...]:
        """What is followed since."""
        return tuple(one for one in self.after if one not in self.before)

    @property
    def ended(self) -> tuple[str, ...]:
        """What is followed no more."""
        return tuple(one for one in self.before if one not in self.after)


class Undo(Enum):
    """What came of undoing a change."""

    DONE = "done"
    ALREADY = "already"
    """All is as it was before."""
    LATE = "late"
    CHANGED = "changed"
    """Something else has been changed since."""


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
        self._database = database
        self._knowledge = knowledge
        self._coordinators = coordinators

    async def remember(self, target: Target) -> None:
        """Keeps a channel or group, or the newest service address of one that is known.

        A personal chat that is not known stays unknown.
        """
        if not _fits(target):
            return
        async with self._database.transaction() as tx:
            known = await conversations.find(tx, target.channel, target.remote_id)
            if known is not None or target.kind != PERSONAL:
                await self._save(tx, target)

    async def refresh(self, targets: Iterable[Target]) -> None:
        """Keeps the newest service addresses of those conversations that are known.

        Something came from them, so those that could not be reached count as reachable again.
        """
        fitting = [target for target in targets if _fits(target)]
        for some in _batches(fitting):
            async with self._database.reading() as tx:
                before = await conversations.known(tx, {one.remote_id for one in some})
            for target in some:
                known = before.get((target.channel, target.remote_id))
                if known is None or (known.service_url == target.service_url and not known.failing):
                    continue
                async with self._database.transaction() as tx:
                    await self._save(tx, target)

    async def drop_gone(self) -> int:
        """Drops what has said for days that the bot is not there (`store.audience`); how many."""
        async with self._database.transaction() as tx:
            dropped = await audience.drop_gone(tx, await self._database.now(tx))
        if dropped:
            log.warning("conversations.dropped", conversations=dropped)
        return dropped

    async def forget(self, channel: str, remote_id: str) -> None:
        """Drops a conversation from which the bot was removed, with all that it follows."""
        if usable_id(remote_id) is None:
            return
        async with self._database.transaction() as tx:
            await conversations.forget(tx, channel, remote_id, await self._database.now(tx))

    async def team_deleted(self, channel: str, team: str) -> int:
        """Drops all channels of a team that was deleted; gives how many."""
        if usable_id(team) is None:
            return 0
        async with self._database.transaction() as tx:
            return await conversations.forget_team(tx, channel, team, await self._database.now(tx))

    async def follow(self, target: Target, network: str, who: Identity | None) -> None:
        """Lets a conversation follow a network, by its key, or all (`*`); see `follow_all_of`."""
        await self.follow_all_of(target, (network,), who)

    async def follow_all_of(
        self, target: Target, networks: Iterable[str], who: Identity | None
    ) -> Change:
        """Lets a conversation follow networks, all of them or none.

        In a personal chat anybody may. Raises NotAllowed where a channel or group is asked for by
        anybody but a coordinator of each network, and NotFound for an unknown network.
        """
        wanted = tuple(networks)
        if not _fits(target):
            raise NotFound("not_found")
        for network in wanted:
            if network != ALL and network not in self._knowledge().networks:
                raise NotFound("no_network", network=network)
        self._check(target, wanted, who)
        async with self._database.transaction() as tx:
            id_, now = await self._save(tx, target), await self._database.now(tx)
            before = await conversations.follows_since(tx, id_)
            added = [one for one in wanted if await conversations.add_follow(tx, id_, one, now)]
            if added:
                await self._note(tx, now, target, who, Action.FOLLOWED, added)
            return Change(before, before | dict.fromkeys(added, now), now)

    async def unfollow(
        self, target: Target, network: str | None, who: Identity | None
    ) -> tuple[str, ...]:
        """Ends following one network, or all that may be ended; gives what is followed no more."""
        change = await self.end(target, None if network is None else (network,), who)
        return change.ended

    async def end(
        self, target: Target, networks: Iterable[str] | None, who: Identity | None
    ) -> Change:
        """Ends following networks, or all that may be ended where none are given.

        Raises NotAllowed where some of it is followed and none of it may be ended.
        """
        given = None if networks is None else frozenset(networks)
        if not await self.followed(target):
            return Change({}, {}, 0.0)
        async with self._database.transaction() as tx:
            id_ = await conversations.find(tx, target.channel, target.remote_id)
            if id_ is None:
                return Change({}, {}, 0.0)
            before = await conversations.follows_since(tx, id_)
            wanted = [one for one in before if given is None or one in given]
            ended = [one for one in wanted if self._may(target, one, who)]
            if wanted and not ended:
                raise NotAllowed
            now = await self._database.now(tx)
            await self._end(tx, now, target, id_, ended, who)
            after = {one: since for one, since in before.items() if one not in ended}
            return Change(before, after, now)

    async def undo(self, target: Target, change: Change, who: Identity | None) -> Undo:
        """Brings back what was followed before a change, if nothing else has changed since.

        Raises NotAllowed where somebody may not decide on all that it changes. `change` comes from
        a button, so it gives no right: what it brings back, its presser may follow anyway.
        """
        if not _fits(target):
            raise NotFound("not_found")
        async with self._database.transaction() as tx:
            id_ = await conversations.find(tx, target.channel, target.remote_id)
            current = {} if id_ is None else await conversations.follows_since(tx, id_)
            if current.keys() == change.before.keys():
                return Undo.ALREADY
            now = await self._database.now(tx)
            if not change.at <= now <= change.at + UNDO_SECONDS:
                return Undo.LATE
            if current.keys() != change.after.keys():
                return Undo.CHANGED
            known = {ALL, *self._knowledge().networks}
            if not known.issuperset(change.ended):
                return Undo.CHANGED
            self._check(target, (*change.ended, *change.added), who)
            if change.ended:
                id_ = await self._save(tx, target)
                brought_back = [
                    network
                    for network in change.ended
                    if await conversations.add_follow(
                        tx, id_, network, min(change.before[network], now)
                    )
                ]
                if brought_back:
                    await self._note(tx, now, target, who, Action.FOLLOWED, brought_back)
            if change.added and id_ is not None:
                await self._end(tx, now, target, id_, change.added, who)
            return Undo.DONE

    async def _end(
        self,
        tx: AsyncConnection,
        now: float,
        target: Target,
        id_: int,
        networks: Iterable[str],
        who: Identity | None,
    ) -> None:
        """Ends following networks; a personal chat that follows nothing more is not kept."""
        ended = tuple(networks)
        if not ended:
            return
        await conversations.end_follows(tx, id_, ended)
        await self._note(tx, now, target, who, Action.UNFOLLOWED, ended)
        if target.kind == PERSONAL and not await conversations.follows(tx, id_):
            await conversations.forget(tx, target.channel, target.remote_id, now)

    async def followed(self, target: Target) -> tuple[str, ...]:
        """What a conversation follows."""
        if usable_id(target.remote_id) is None:
            return ()
        async with self._database.reading() as tx:
            id_ = await conversations.find(tx, target.channel, target.remote_id)
            return () if id_ is None else tuple(await conversations.follows(tx, id_))

    async def forget_everything(self, target: Target) -> bool:
        """Drops all that is kept about a conversation; whether there was anything."""
        if usable_id(target.remote_id) is None:
            return False
        async with self._database.reading() as tx:
            if await conversations.find(tx, target.channel, target.remote_id) is None:
                return False
        async with self._database.transaction() as tx:
            now = await self._database.now(tx)
            return await conversations.forget(tx, target.channel, target.remote_id, now)

    async def keep_page(self, page: Target | None, channel: str) -> None:
        """Has the community's page get every announcement; None: no page of this channel does."""
        async with self._database.transaction() as tx:
            known, now = await conversations.of_channel(tx, channel), await self._database.now(tx)
            for remote_id in known:
                if page is None or remote_id != page.remote_id:
                    await conversations.forget(tx, channel, remote_id, now)
            if page is not None:
                id_ = await self._save(tx, page)
                await conversations.add_follow(tx, id_, ALL, now)

    @staticmethod
    async def _note(
        tx: AsyncConnection,
        now: float,
        target: Target,
        who: Identity | None,
        action: Action,
        networks: Iterable[str],
    ) -> None:
        """Records what a channel or group follows from now on, or no more."""
        if target.kind in RECORDED_KINDS and who is not None:
            await record.note(tx, now, who, action, target.kind, networks)

    async def _save(self, tx: AsyncConnection, target: Target) -> int:
        now = await self._database.now(tx)
        values = {
            "channel": target.channel,
            "kind": target.kind,
            "remote_id": target.remote_id,
            # One that an activity does not name stays as it is.
            "tenant": target.tenant or None,
            "team": target.team,
            "service_url": target.service_url,
            "bot_id": target.bot_id,
            "locale": usable_id((target.locale or "")[:16]),
            "created_at": now,
        }
        id_ = await conversations.save(tx, values)
        # It is saved when something comes from it, or a setting names it anew.
        await audience.revive(tx, now, [id_])
        return id_

    def may_decide(self, target: Target, networks: Iterable[str], who: Identity | None) -> bool:
        """Whether somebody may decide on all of these networks' announcements there."""
        return all(self._may(target, network, who) for network in networks)

    def _check(self, target: Target, networks: tuple[str, ...], who: Identity | None) -> None:
        if not self.may_decide(target, networks, who):
            raise NotAllowed

    def _may(self, target: Target, network: str, who: Identity | None) -> bool:
        if target.kind == PERSONAL:
            return True
        return who is not None and self._coordinators.may(who, network)


def _fits(target: Target) -> bool:
    """Whether the database takes a conversation: one that it does not take is not a real one."""
    texts = (
        (target.remote_id, MAX_ID_LENGTH),
        (target.service_url, MAX_ID_LENGTH),
        (target.team, MAX_ID_LENGTH),
        (target.tenant, 64),
        (target.bot_id, 256),
    )
    return bool(target.remote_id) and all(not text or usable_id(text, most) for text, most in texts)


def _batches(targets: Iterable[Target]) -> Iterator[tuple[Target, ...]]:
    """The targets in groups of at most `BATCH_SIZE`."""
    left = iter(targets)
    while some := tuple(islice(left, BATCH_SIZE)):
        yield some
