"""News of a meeting that has changed: told once, wherever and by whomever it was announced."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements import meeting_snapshots
from bot.announcements.errors import NotAllowed, NotFound, WrongState
from bot.announcements.model import POSTED, Action, Announcement, Changed, Identity, State
from bot.announcements.permissions import ALL
from bot.announcements.repository import announcement_of, new_values
from bot.announcements.service_base import ServiceBase
from bot.store import announcements as rows
from bot.store import coordinator_chats, deliveries
from bot.store.coordinator_chats import ChatRow
from bot.store.states import Outcome


@dataclass(frozen=True)
class Told:
    """What came of bringing the posts of a meeting up to date."""

    updated: int = 0
    """Announcements whose posts are changed in place, without reminders and older news."""
    news: tuple[str, ...] = ()
    """The ids of the news: one for each state of the meeting that was posted before."""
    conversations: int = 0
    """In how many conversations the news are posted."""


class Telling(ServiceBase):
    """Brings posts up to date with their meeting, and tells what has changed in a new post."""

    async def told_of(self, who: Identity, occurrence: str) -> int:
        """In how many conversations a meeting was announced, of what somebody may change.

        Raises NotAllowed for whoever is no coordinator.
        """
        self._require_coordinator(who)
        async with self._repository.reading() as tx:
            found = await rows.of_occurrence(tx, occurrence, POSTED, lock=False)
            mine = [row.id for row in found if self._repository.may(who, row.networks)]
            return await deliveries.standing_in(tx, mine)

    async def all_of(
        self, who: Identity, occurrences: Iterable[str]
    ) -> dict[str, tuple[Announcement, ...]]:
        """What was announced of some meetings, and what is to be, in the order of its time.

        Of each occurrence that has any: announcements, reminders and news that somebody may see,
        without drafts and what was recalled or called off. Raises NotAllowed for no coordinator.
        """
        self._require_coordinator(who)
        async with self._repository.reading() as tx:
            found = await rows.all_of_occurrences(tx, occurrences)
        seen: dict[str, tuple[Announcement, ...]] = {}
        for one in map(announcement_of, found):
            if one.state in (State.SCHEDULED, *POSTED) and self._repository.may_see(who, one):
                key = one.occurrence or ""
                seen[key] = (*seen.get(key, ()), one)
        return seen

    async def tell(self, who: Identity, occurrence: str, *, news: bool = True) -> Told:
        """Changes every post of a meeting in place, and with `news` says the change in a new one.

        The news go to the conversations in which the meeting was announced and that still follow
        something, each once: what was told is not told again. Announcements of networks that are
        not somebody's own are left as they are. Raises NotAllowed, NotFound for a meeting that
        nothing is known of, nor was announced.
        """
        self._require_coordinator(who)
        made: list[Announcement] = []
        async with self._repository.transaction() as tx:
            found = [
                announcement_of(row) for row in await rows.of_occurrence(tx, occurrence, POSTED)
            ]
            mine = [one for one in found if self._repository.may(who, one.networks)]
            if not mine:
                if not found and self._repository.knowledge().find_occurrence(occurrence) is None:
                    raise NotFound("no_meeting")
                return Told()
            now = await self._repository.now(tx)
            changed = [one for one in map(self._changed, mine) if one is not None]
            for one in changed:
                await self._update(tx, who, one.announcement, now)
            if news:
                for group in _by_state_before(changed):
                    made += await self._add_news(tx, who, group, now)
            counted = [await deliveries.counts(tx, new.id) for new in made]
        for new in made:
            self._log_and_wake("told", new)
        for one in changed:
            self._log_and_wake("updated", one.announcement)
        reached = sum(one[Outcome.PENDING] for one in counted)
        return Told(len(changed), tuple(new.id for new in made), reached)

    async def tell_of(self, who: Identity, id_: str) -> Told:
        """The same for the meeting of an announcement; raises WrongState where it has none."""
        async with self._repository.reading() as tx:
            found = await self._repository.open(tx, who, id_, *POSTED, lock=False)
        if found.occurrence is None:
            raise WrongState("not_of_meeting")
        return await self.tell(who, found.occurrence)

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

    def _require_coordinator(self, who: Identity) -> None:
        if not self._repository.coordinators.is_coordinator(who):
            raise NotAllowed

    def _changed(self, found: Announcement) -> Changed | None:
        """The announcement with its meeting before and now, where a post would differ."""
        changed = meeting_snapshots.compare(found, self._repository.knowledge())
        if changed is None or not meeting_snapshots.differ(changed.before, changed.after):
            return None
        return changed

    async def update(self, who: Identity, id_: str) -> Announcement:
        """Brings every post of an announcement, those of its reminders and news too, up to date."""
        async with self._repository.transaction() as tx:
            found = await self._repository.open(tx, who, id_, *POSTED)
            now = await self._repository.now(tx)
            await self._update(tx, who, found, now)
            updated = await self._repository.load(tx, id_)
        self._log_and_wake("updated", updated)
        return updated

    async def _update(
        self, tx: AsyncConnection, who: Identity, found: Announcement, now: float
    ) -> None:
        posted_again = False
        for one in (found, *await self._repository.children(tx, found.id, POSTED)):
            changed = self._changed(one)
            if changed is not None:
                values = meeting_snapshots.meeting_values(changed.after)
                await self._repository.put(tx, one.id, now, **values)
                await self._post_again(tx, one, now)
                posted_again = True
        if posted_again:
            await self._note(tx, now, who, Action.UPDATED, found)

    async def _post_again(self, tx: AsyncConnection, found: Announcement, now: float) -> None:
        """Has every post changed to what the announcement says now."""
        again = {"version": found.version + 1, "state": State.SENDING, "finished_at": None}
        await self._repository.put(tx, found.id, now, **again)
        await deliveries.request_update(tx, found.id, now)

    async def _add_news(
        self, tx: AsyncConnection, who: Identity, group: list[Changed], now: float
    ) -> list[Announcement]:
        """News for all conversations of some announcements; none where it would reach nobody."""
        first = group[0]
        if first.after.start.timestamp() <= now:
            return []
        networks = dict.fromkeys(key for one in group for key in one.announcement.networks)
        values = new_values(who, now) | {
            "parent": first.announcement.id,
            "state": State.SENDING,
            "version": 1,
            "networks": list(networks),
            "occurrence": first.announcement.occurrence,
            **meeting_snapshots.meeting_values(first.after),
            "previous": meeting_snapshots.snapshot_of(first.before),
            "send_at": now,
        }
        origins = [one.announcement.id for one in group]
        for one in group:
            children = await self._repository.children(tx, one.announcement.id, POSTED)
            origins += [child.id for child in children]
        await rows.add(tx, values)
        if not await deliveries.fan_out_news(tx, values["id"], origins, now):
            await rows.drop(tx, [values["id"]])
            return []
        made = await self._repository.load(tx, values["id"])
        await self._note(tx, now, who, Action.ANNOUNCED, made)
        return [made]


def _by_state_before(changed: Iterable[Changed]) -> list[list[Changed]]:
    """Announcements of one meeting, those together that posted the same of it."""
    groups: dict[str, list[Changed]] = {}
    for one in changed:
        state = meeting_snapshots.fingerprint(meeting_snapshots.snapshot_of(one.before))
        groups.setdefault(state, []).append(one)
    return list(groups.values())
