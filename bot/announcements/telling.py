"""News of a meeting that has changed: told once, wherever and by whomever it was announced."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements import meeting_snapshots
from bot.announcements.errors import NotFound, WrongState
from bot.announcements.model import POSTED, Action, Announcement, Changed, Identity, State
from bot.announcements.permissions import ALL
from bot.announcements.repository import new_values
from bot.announcements.updating import STANDING, Posts, Updating
from bot.store import announcements as rows
from bot.store import coordinator_chats, deliveries
from bot.store.coordinator_chats import ChatRow
from bot.store.deliveries import Heard
from bot.store.states import Outcome


@dataclass(frozen=True)
class Told:
    """What came of bringing the posts of a meeting up to date."""

    updated: int = 0
    """Announcements whose posts are changed in place, without reminders and older news."""
    news: tuple[str, ...] = ()
    """The ids of the news: one for each announcement and state of the meeting that it posted."""
    conversations: int = 0
    """In how many conversations the news are posted."""


@dataclass(frozen=True)
class Settled:
    """What came of bringing the posts of a meeting up to date after an undo."""

    updated: int = 0
    """Announcements whose posts are changed in place."""
    to_tell: bool = False
    """Whether what was undone had been told in a new post: then `tell` tells the change back."""


class Telling(Updating):
    """Tells what has changed of a meeting in a new post, wherever something of it stands."""

    async def told_of(self, who: Identity, occurrence: str) -> int:
        """In how many conversations a meeting was announced, of what somebody may change.

        `occurrence` is `key@2026-12-10`, here and below, or the key alone for all of its days.
        Raises NotAllowed for whoever is no coordinator.
        """
        self._require_coordinator(who)
        async with self._repository.reading() as tx:
            await self._repository.read(tx)
            own = self._own(who, await self._posts(tx, occurrence))
            origins = [(one.ids, one.announcement.networks) for one in own]
            return await deliveries.standing_in(tx, origins)

    async def all_of(
        self, who: Identity, occurrences: Iterable[str]
    ) -> dict[str, tuple[Announcement, ...]]:
        """What was announced of some meetings, and what is to be, in the order of its time.

        Of each occurrence that has any: announcements, reminders and news that somebody may see,
        without drafts and what was recalled or called off. Raises NotAllowed for no coordinator.
        """
        self._require_coordinator(who)
        async with self._repository.reading() as tx:
            about = await self._repository.about(tx, occurrences)
            standing = await self._standing(tx, (one for some in about.values() for one in some))

        def is_shown(one: Announcement) -> bool:
            counts = one.state in (State.SCHEDULED, *POSTED) or one.id in standing
            return counts and self._repository.may_see(who, one)

        seen = {key: tuple(filter(is_shown, found)) for key, found in about.items()}
        return {key: found for key, found in seen.items() if found}

    async def tell(self, who: Identity, occurrence: str, *, news: bool = True) -> Told:
        """Changes every post of a meeting in place, and with `news` says the change in a new one.

        The news go to the conversations in which the meeting was announced and that still follow
        a network of that announcement, each once: what was told is not told again. Announcements
        of networks that are not somebody's own are left as they are. Raises NotAllowed, NotFound
        for a meeting that nothing is known of, nor was announced.
        """
        self._require_coordinator(who)
        made: list[Announcement] = []
        async with self._repository.transaction() as tx:
            found = await self._open_posts(tx, occurrence)
            own = self._own(who, found)
            if not own:
                if not found and not meeting_snapshots.is_known(
                    occurrence, self._repository.knowledge()
                ):
                    raise NotFound("no_meeting")
                return Told()
            now = await self._repository.now(tx)
            for one in own:
                await self._update(tx, who, one, now)
            if news:
                others = [old for one in found if one not in own for old in one.news]
                older = Heard(
                    to_come=[old.id for one in own for old in one.news],
                    left_out=[old.id for one in own for old in self._needless(one.news[-1:])],
                )
                for one in own:
                    heard = replace(older, posted=[new.id for new in made])
                    made += await self._add_news(tx, who, one, heard, others, now)
            for one in own:
                await self._stop_needless(tx, one, now)
            counted = [await deliveries.counts(tx, new.id) for new in made]
        for new in made:
            self._log_and_wake("told", new)
        changed = [one.announcement for one in own if one.changed]
        for updated in changed:
            self._log_and_wake("updated", updated)
        reached = sum(one[Outcome.PENDING] for one in counted)
        return Told(len(changed), tuple(new.id for new in made), reached)

    async def tell_of(self, who: Identity, id_: str) -> Told:
        """The same for the meeting of an announcement; raises WrongState where it has none."""
        async with self._repository.reading() as tx:
            found = await self._repository.open(tx, who, id_, *STANDING, lock=False)
            await self._posts_of(tx, found, [found])
        if found.occurrence is None:
            raise WrongState("not_of_meeting")
        return await self.tell(who, found.occurrence)

    async def settle(self, who: Identity, occurrence: str) -> Settled:
        """After an undo: has every post say what is so again. Raises NotAllowed."""
        self._require_coordinator(who)
        async with self._repository.transaction() as tx:
            own = self._own(who, await self._open_posts(tx, occurrence))
            now = await self._repository.now(tx)
            news = [
                one.announcement
                for posts in own
                for one in posts.changed
                if one.announcement.previous
            ]
            # Once their posts have been changed, they are not what was last told in a new one.
            told = await deliveries.standing(tx, [one.id for one in news if one.version == 1])
            for one in own:
                # What is posted is composed of the meeting as it is now, whatever is told of it.
                step = self._post_changed if told else self._update
                await step(tx, who, one, now)
                await self._stop_needless(tx, one, now)
        updated = [one.announcement for one in own if one.changed]
        for announcement in updated:
            self._log_and_wake("settled", announcement)
        return Settled(len(updated), bool(told))

    async def chats_for(self, networks: Iterable[str]) -> tuple[ChatRow, ...]:
        """The personal chats of who coordinates all of some networks by name.

        Those who coordinate everything have not to be told of each network: only where there is
        nobody else.
        """
        keys = tuple(networks)
        async with self._repository.reading() as tx:
            chats = await coordinator_chats.rows(tx)
        who = {one: Identity(one.actor, one.tenant or None) for one in chats}
        may = [one for one in chats if self._repository.may(who[one], keys)]
        named = [one for one in may if not self._repository.may(who[one], [ALL])]
        return tuple(named or may)

    async def _add_news(
        self,
        tx: AsyncConnection,
        who: Identity,
        posts: Posts,
        heard: Heard,
        others: Sequence[Announcement],
        now: float,
    ) -> list[Announcement]:
        """News of what an announcement's posts said; none where they would reach nobody.

        They are the announcement's own, with its networks: whoever may change it may change them.
        `heard` is what people hear by the same hand, `others` are news by other hands.
        """
        news: list[Announcement] = []
        for group in _by_state_before(posts.changed):
            first = group[0]
            if first.after.start.timestamp() <= now:
                continue
            values = new_values(who, now) | {
                "parent": posts.announcement.id,
                "state": State.SENDING,
                "version": 1,
                "networks": list(posts.announcement.networks),
                "occurrence": posts.announcement.occurrence,
                **meeting_snapshots.meeting_values(first.after),
                "previous": meeting_snapshots.snapshot_of(first.before),
                "send_at": now,
            }
            told = [one.id for one in (*news, *self._same(first, others))]
            hear = replace(heard, posted=[*heard.posted, *told])
            origins = [one.announcement.id for one in group]
            networks = posts.announcement.networks
            await rows.add(tx, values)
            if not await deliveries.fan_out_news(tx, values["id"], origins, networks, hear, now):
                await rows.drop(tx, [values["id"]])
                continue
            news.append(await self._repository.load(tx, values["id"]))
            await self._note(tx, now, who, Action.ANNOUNCED, news[-1])
        return news

    def _same(self, changed: Changed, news: Iterable[Announcement]) -> list[Announcement]:
        """Those news that tell of the same change."""
        zone = self._repository.zone

        def is_same(one: Announcement) -> bool:
            before = meeting_snapshots.occurrence_of(one.previous, zone)
            after = meeting_snapshots.occurrence_of(one.meeting_snapshot, zone)
            return (
                before is not None
                and after is not None
                and not meeting_snapshots.differ(before, changed.before)
                and not meeting_snapshots.differ(after, changed.after)
            )

        return [one for one in news if is_same(one)]

    def _needless(self, news: Iterable[Announcement]) -> list[Announcement]:
        knowledge = self._repository.knowledge()
        return [one for one in news if meeting_snapshots.says_nothing_new(one, knowledge)]


def _by_state_before(changed: Iterable[Changed]) -> list[list[Changed]]:
    """Posts of one meeting, those together that say the same of it."""
    groups: dict[str, list[Changed]] = {}
    for one in changed:
        state = meeting_snapshots.fingerprint(meeting_snapshots.snapshot_of(one.before))
        groups.setdefault(state, []).append(one)
    return list(groups.values())
