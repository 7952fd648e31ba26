"""The posts of a meeting: which there are, and that they say what is so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements import meeting_snapshots
from bot.announcements.errors import NotAllowed, WrongState
from bot.announcements.model import POSTED, Action, Announcement, Changed, Identity, State
from bot.announcements.service_base import ServiceBase
from bot.store import announcements as rows
from bot.store import deliveries

STANDING = (*POSTED, State.CANCELLED)
"""The states in which posts may stand: those of what was stopped follow their meeting too."""


@dataclass(frozen=True)
class Posts:
    """An announcement, with what of it, its reminders and its news is or will be posted."""

    announcement: Announcement
    posted: tuple[Announcement, ...]
    changed: tuple[Changed, ...]
    """Those of `posted` that no longer say what is so, in the same order."""

    @property
    def ids(self) -> list[str]:
        """What is posted, by id."""
        return [one.id for one in self.posted]

    @property
    def news(self) -> list[Announcement]:
        """The news of earlier changes, the newest last."""
        return [one for one in self.posted if one.previous]


class Updating(ServiceBase):
    """Finds the posts of a meeting, and has them changed in place."""

    async def update(self, who: Identity, id_: str) -> Announcement:
        """Brings every post of an announcement, those of its reminders and news too, up to date."""
        async with self._repository.transaction() as tx:
            found = await self._repository.open(tx, who, id_, *STANDING)
            family = [found, *await self._repository.children(tx, id_)]
            await self._repository.read(tx)
            posts = await self._posts_of(tx, found, family)
            now = await self._repository.now(tx)
            await self._update(tx, who, posts, now)
            await self._stop_needless(tx, posts, now)
            updated = await self._repository.load(tx, id_)
        self._log_and_wake("updated", updated)
        return updated

    def _require_coordinator(self, who: Identity) -> None:
        if not self._repository.coordinators.is_coordinator(who):
            raise NotAllowed

    def _own(self, who: Identity, posts: Iterable[Posts]) -> list[Posts]:
        """The posts of announcements that somebody may change."""
        return [one for one in posts if self._repository.may(who, one.announcement.networks)]

    async def _open_posts(self, tx: AsyncConnection, occurrence: str) -> list[Posts]:
        """The posts of a meeting, whoever announced it: nobody else changes them from here on.

        The meeting is known as it is by now, and which posts leave at this moment is stored.
        """
        await self._repository.read(tx)
        found = (await self._repository.about(tx, [occurrence]))[occurrence]
        # As at every other place, announcements are locked before their reminders.
        await rows.lock(tx, [one.id for one in found if one.parent is None])
        await rows.lock(tx, [one.id for one in found if one.parent is not None])
        await deliveries.wait_for_departures(tx, [one.id for one in found])
        await self._repository.read(tx)
        return await self._posts(tx, occurrence)

    async def _posts(self, tx: AsyncConnection, occurrence: str) -> list[Posts]:
        """The posts of a meeting, by announcement in the order of their time."""
        found = (await self._repository.about(tx, [occurrence]))[occurrence]
        standing = await self._standing(tx, found)
        families: dict[str, list[Announcement]] = {}
        for one in found:
            families.setdefault(one.parent or one.id, []).append(one)
        every = [
            self._posts_in(one, families[one.id], standing) for one in found if one.parent is None
        ]
        return [one for one in every if one.posted]

    async def _posts_of(
        self, tx: AsyncConnection, found: Announcement, family: Iterable[Announcement]
    ) -> Posts:
        """Those of one announcement; raises WrongState where there are none."""
        family = list(family)
        posts = self._posts_in(found, family, await self._standing(tx, family))
        if found not in posts.posted:
            raise WrongState.of(found.state)
        return posts

    async def _standing(self, tx: AsyncConnection, found: Iterable[Announcement]) -> set[str]:
        """The ids of what was stopped and left posts."""
        stopped = [one.id for one in found if one.state is State.CANCELLED]
        return await deliveries.standing(tx, stopped) if stopped else set()

    def _posts_in(
        self, found: Announcement, family: Iterable[Announcement], standing: set[str]
    ) -> Posts:
        posted = [one for one in family if one.state in POSTED or one.id in standing]
        changed = (self._changed(one) for one in posted)
        return Posts(found, tuple(posted), tuple(one for one in changed if one is not None))

    def _changed(self, found: Announcement) -> Changed | None:
        """The announcement with its meeting before and now, where a post would differ."""
        changed = meeting_snapshots.compare(found, self._repository.knowledge())
        if changed is None or not meeting_snapshots.differ(changed.before, changed.after):
            return None
        return changed

    async def _update(self, tx: AsyncConnection, who: Identity, posts: Posts, now: float) -> None:
        for one in posts.changed:
            values = meeting_snapshots.meeting_values(one.after)
            await self._repository.put(tx, one.announcement.id, now, **values)
        await self._post_changed(tx, who, posts, now)

    async def _post_changed(
        self, tx: AsyncConnection, who: Identity, posts: Posts, now: float
    ) -> None:
        for one in posts.changed:
            await self._post_again(tx, one.announcement, now)
        for stopped in posts.posted:
            if stopped.state is State.CANCELLED:
                # Its posts may have been left behind in the middle of a change.
                await deliveries.request_outdated(tx, stopped.id, now)
        if posts.changed:
            await self._note(tx, now, who, Action.UPDATED, posts.announcement)

    async def _post_again(self, tx: AsyncConnection, found: Announcement, now: float) -> None:
        """Has every post changed to what the announcement says now; what was stopped stays so."""
        state = State.SENDING if found.state in POSTED else found.state
        again = {"version": found.version + 1, "state": state, "finished_at": None}
        await self._repository.put(tx, found.id, now, **again)
        await deliveries.request_update(tx, found.id, now)

    async def _stop_needless(self, tx: AsyncConnection, posts: Posts, now: float) -> None:
        """Stops news that have not left yet of what is again as it was before them."""
        knowledge = self._repository.knowledge()
        for one in posts.news:
            if one.state not in POSTED or not meeting_snapshots.says_nothing_new(one, knowledge):
                continue
            await deliveries.stop_unsent(tx, one.id, now)
            if not await deliveries.standing(tx, [one.id]):
                ended = {"state": State.CANCELLED, "reason": "as_before", "finished_at": now}
                await self._repository.put(tx, one.id, now, **ended)
