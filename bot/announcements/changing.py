"""Changing, updating, recalling, stopping and retrying what was confirmed; meetings that change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements import meeting_snapshots
from bot.announcements.draft_check import (
    check_before_start,
    check_draft,
    check_occurrence,
    clean,
    draft_of,
)
from bot.announcements.errors import Invalid, WrongState
from bot.announcements.model import (
    POSTED,
    Action,
    Announcement,
    Change,
    Changed,
    Identity,
    Notice,
    Outcome,
    State,
)
from bot.announcements.schedule import sending_time
from bot.announcements.telling import Telling
from bot.announcements.updating import STANDING
from bot.knowledge.recurrence import Occurrence
from bot.store import announcements as rows
from bot.store import deliveries


class Changing(Telling):
    """Changes announcements, also where they are posted already: the engine does the rest."""

    async def change(self, who: Identity, id_: str, change: Change) -> Announcement:
        """Changes the words of an announcement, also where it is posted already."""
        async with self._repository.transaction() as tx:
            found = await self._repository.open(tx, who, id_, State.SCHEDULED, *POSTED)
            now = await self._repository.now(tx)
            values = self._changed_words(found, change)
            if values or change.send_at is not None:
                await self._note(tx, now, who, Action.EDITED, found)
            if change.send_at is not None:
                if found.state is not State.SCHEDULED:
                    raise WrongState("not_scheduled")
                await self._reschedule(tx, found, change.send_at, now)
            if values:
                await self._repository.put(tx, id_, now, **values)
                if found.state in POSTED:
                    await self._post_again(tx, found, now)
                    for child in await self._own_children(tx, who, id_, POSTED):
                        note = values.get("note", child.note)
                        await self._repository.put(tx, child.id, now, note=note)
                        await self._post_again(tx, child, now)
            changed = await self._repository.load(tx, id_)
        self._log_and_wake("changed", changed)
        return changed

    def _changed_words(self, found: Announcement, change: Change) -> dict[str, Any]:
        given = {name: getattr(change, name) for name in ("title", "text", "note")}
        draft = draft_of(found)
        words = {
            name: clean(value, name, one_line=name == "title")
            for name, value in given.items()
            if value is not None
        }
        if not words:
            return {}
        free = replace(
            draft,
            send_at=None,
            title=words.get("title", draft.title),
            text=words.get("text", draft.text),
        )
        if found.occurrence is not None:
            if free.title or free.text:
                raise Invalid("title" if free.title else "text", "not_for_meeting")
        else:
            check_draft(free, self._repository.knowledge(), self._repository.instant(0))
        return {name: value for name, value in words.items() if value != getattr(found, name)}

    async def _reschedule(
        self, tx: AsyncConnection, found: Announcement, send_at: str, now: float
    ) -> None:
        instant = sending_time(send_at, self._repository.instant(now), self._repository.zone)
        occurrence = self._check_to_come(found, now)
        check_before_start(instant, occurrence)
        time = instant or self._repository.instant(now)
        await self._repository.put(
            tx,
            found.id,
            now,
            send_at=time.timestamp(),
        )
        if found.parent is None:
            waiting = await self._repository.children(
                tx, found.id, (State.SCHEDULED, State.CANCELLED)
            )
            await rows.drop(tx, [child.id for child in waiting])
            await self._reminders.add(tx, found.id, occurrence, now)

    def _check_to_come(self, found: Announcement, now: float) -> Occurrence | None:
        """The meeting, if it is about one; raises Invalid where that has begun or is unknown."""
        knowledge, instant = self._repository.knowledge(), self._repository.instant(now)
        meeting = meeting_snapshots.occurrence_now(found, knowledge)
        key = found.occurrence if meeting is None else meeting.key
        return check_occurrence(key, knowledge, instant)

    async def differences(self, who: Identity, id_: str) -> Changed:
        """The meeting as posted and as it is now; `meeting_snapshots.differences` compares them.

        Raises WrongState for what is not about a meeting or was not posted.
        """
        async with self._repository.reading() as tx:
            found = await self._repository.open(tx, who, id_, *POSTED, lock=False)
        changed = meeting_snapshots.compare(found, self._repository.knowledge())
        if changed is None:
            raise WrongState.of(found.state)
        return changed

    async def recall(self, who: Identity, id_: str) -> Announcement:
        """Takes all posts back, its reminders' as well; calls off one that is scheduled."""
        async with self._repository.transaction() as tx:
            found = await self._repository.open(tx, who, id_)
            now = await self._repository.now(tx)
            if not await self._take_back(tx, found, now):
                raise WrongState.of(found.state)
            for child in await self._own_children(tx, who, id_):
                await self._take_back(tx, child, now)
            await self._note(tx, now, who, Action.RECALLED, found)
            recalled = await self._repository.load(tx, id_)
        self._log_and_wake("recalled", recalled)
        return recalled

    async def _own_children(
        self, tx: AsyncConnection, who: Identity, id_: str, states: Iterable[State] = State
    ) -> list[Announcement]:
        """Reminders and news of an announcement that somebody may change: each is asked for."""
        found = await self._repository.children(tx, id_, states)
        return [one for one in found if self._repository.may(who, one.networks)]

    async def _take_back(self, tx: AsyncConnection, found: Announcement, now: float) -> bool:
        """Whether there was anything to take back or to call off."""
        if found.state in (State.DRAFT, State.SCHEDULED):
            await self._repository.put(tx, found.id, now, state=State.CANCELLED, finished_at=now)
            return True
        if found.state is State.RECALLED:
            return False
        counts = await deliveries.counts(tx, found.id)
        there = (Outcome.DELIVERED, Outcome.FAILED, Outcome.PENDING, Outcome.UNCERTAIN)
        if not any(counts[one] for one in there):
            return False
        await self._repository.put(tx, found.id, now, state=State.RECALLED, finished_at=now)
        await deliveries.request_delete(tx, found.id, now)
        return True

    async def stop(self, who: Identity, id_: str) -> Announcement:
        """Posts no further, no reminders or news either; what is posted stays."""
        async with self._repository.transaction() as tx:
            found = await self._repository.open(tx, who, id_, State.SENDING, State.SCHEDULED)
            now = await self._repository.now(tx)
            await self._note(tx, now, who, Action.STOPPED, found)
            below = (State.SENDING, State.SCHEDULED)
            waiting = await self._own_children(tx, who, id_, below)
            for one in (id_, *(child.id for child in waiting)):
                await self._repository.put(tx, one, now, state=State.CANCELLED, finished_at=now)
                await deliveries.stop(tx, one, now)
            stopped = await self._repository.load(tx, id_)
        self._log_and_wake("stopped", stopped)
        return stopped

    async def retry(self, who: Identity, id_: str) -> Announcement:
        """Tries the failed deliveries once more; of a recalled one, to take the posts back."""
        async with self._repository.transaction() as tx:
            await self._repository.hold_meetings(tx)
            found = await self._repository.open(tx, who, id_, *POSTED, State.FAILED, State.RECALLED)
            now = await self._repository.now(tx)
            values: dict[str, Any] = {}
            if found.state is not State.RECALLED:
                self._check_to_come(found, now)
                values = {"state": State.SENDING, "finished_at": None}
            await self._repository.put(tx, id_, now, **values)
            recalled = found.state is State.RECALLED
            if not await deliveries.retry_failed(tx, id_, now, posted=recalled):
                raise WrongState("nothing_failed")
            await self._note(tx, now, who, Action.RETRIED, found)
            retried = await self._repository.load(tx, id_)
        self._log_and_wake("retried", retried)
        return retried

    async def pending_changes(self) -> tuple[Changed, ...]:
        """The announcements, of meetings not yet over, that are no longer as posted."""
        found = await self._standing_of(await self._repository.of_open_meetings(STANDING))
        return tuple([changed async for changed in self._differing(found)])

    async def _standing_of(self, found: Iterable[Announcement]) -> list[Announcement]:
        """Those that are or will be posted, and those that were stopped and left posts."""
        found = list(found)
        async with self._repository.reading() as tx:
            standing = await self._standing(tx, found)
        return [one for one in found if one.state in POSTED or one.id in standing]

    async def _differing(self, found: Iterable[Announcement]) -> AsyncIterator[Changed]:
        async with self._repository.reading() as tx:
            now = await self._repository.now(tx)
        for announcement in found:
            changed = meeting_snapshots.compare(announcement, self._repository.knowledge())
            # Expanding recurrences takes time: other tasks get their turn.
            await asyncio.sleep(0)
            if changed is None or max(changed.before.end, changed.after.end).timestamp() < now:
                continue
            if meeting_snapshots.differ(changed.before, changed.after):
                yield changed

    async def meetings_changed(self) -> None:
        """Moves reminders with their meetings; notifies once of each change, from one replica."""
        found = await self._repository.of_open_meetings((State.SCHEDULED, *STANDING))
        await self._reminders.move(one for one in found if one.state is not State.CANCELLED)
        async for differing in self._differing(await self._standing_of(found)):
            id_ = differing.announcement.id
            async with self._repository.transaction() as tx:
                await rows.lock(tx, [id_])
                await self._repository.read(tx)
                # It may have been told, or taken back, in the meantime.
                changed = self._changed(await self._repository.load(tx, id_))
                if changed is None:
                    continue
                snapshot = meeting_snapshots.snapshot_of(changed.after)
                await rows.extend_meeting(tx, id_, changed.after.end.timestamp())
                fingerprint = meeting_snapshots.fingerprint(snapshot)
                new = await rows.claim_notice(tx, id_, fingerprint)
            if new:
                await self.events.send_notice(Notice(changed.announcement, changed))
