"""Announcements from draft to recall. Each step checks by itself who asks for it."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
import re
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements import facts as facts_
from bot.announcements.draft_check import (
    Checked,
    check_before_start,
    check_draft,
    check_occurrence,
    clean,
    reminders_to_come,
)
from bot.announcements.errors import Conflict, Invalid, NotAllowed, NotFound, WrongState
from bot.announcements.model import (
    API,
    Announcement,
    Change,
    Changed,
    Counts,
    Delivery,
    Draft,
    Identity,
    Notice,
    Outcome,
    Reminder,
    Report,
    State,
)
from bot.announcements.post import MEMBERS, Composer
from bot.announcements.rights import Coordinators
from bot.announcements.rows import announcement_of
from bot.announcements.schedule import reminder_time, sending_time, wall_clock_text
from bot.announcements.sender import Target
from bot.answers import dates
from bot.answers.model import Answer
from bot.knowledge.library import Knowledge
from bot.knowledge.recurrence import Occurrence
from bot.knowledge.values import LANGUAGES, Language
from bot.store import announcements as rows
from bot.store import conversations, deliveries
from bot.store.database import DATABASE_GONE, Database

log = structlog.get_logger()

MOST_TARGETS = 20
"""How many conversations a preview names."""

POSTED = (State.SENDING, State.SENT)
"""The states in which posts stand in conversations and follow a change."""

MOVABLE_REASONS = frozenset({"past", "meeting_cancelled"})
"""Why a reminder was called off that another change of the meeting can bring back."""

DRAFTS_KEPT = dt.timedelta(days=30)
WATCHED = dt.timedelta(days=400)
"""How long after it was made an announcement is compared with its meeting."""

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

NoticeTaker = Callable[[Notice], Awaitable[None]]


@dataclass(frozen=True)
class Preview:
    """What will be posted, where and when."""

    announcement: Announcement
    post: Answer
    """As it looks in a team's channel."""
    receivers: int
    targets: tuple[Target, ...]
    """The first of them, as many as names are worth asking for."""
    when: Mapping[Language, str]
    """When it is sent, written out in the community's time; empty: at once."""
    reminders: tuple[Mapping[Language, str], ...]
    """The same of each reminder that will be sent."""


async def _only_log(notice: Notice) -> None:
    log.info("announcement.notice", announcement=notice.announcement.id)


class Announcements:
    """All that can be done with announcements.

    Every method checks the rights of `who` and raises NotAllowed, NotFound, WrongState, Conflict
    or Invalid (`errors`); then nothing was changed. `wake` tells the engine that there is work.
    `notify` takes what a coordinator should hear unasked; it may be set later.
    """

    def __init__(
        self,
        database: Database,
        knowledge: Callable[[], Knowledge],
        coordinators: Coordinators,
        *,
        public_url: str | None = None,
        wake: Callable[[], None] = lambda: None,
        notify: NoticeTaker = _only_log,
    ) -> None:
        self._database = database
        self._knowledge = knowledge
        self._coordinators = coordinators
        self.wake = wake
        self.notify = notify
        self.compose = Composer(knowledge, public_url)

    # Drafting

    async def draft(self, who: Identity, draft: Draft) -> Announcement:
        """Checks and keeps a draft, which its author alone sees."""
        async with self._database.transaction() as tx:
            now = await self._now(tx)
            checked = self._check(who, draft, now)
            values = _new(who, now) | self._values(checked) | {"state": State.DRAFT, "version": 0}
            await rows.add(tx, values)
            return await self._load(tx, values["id"])

    async def edit(self, who: Identity, id_: str, draft: Draft) -> Announcement:
        """Puts another draft in the place of one that was not confirmed yet."""
        async with self._database.transaction() as tx:
            await self._open(tx, who, id_, State.DRAFT)
            now = await self._now(tx)
            checked = self._check(who, draft, now)
            await self._put(tx, id_, now, **self._values(checked))
            return await self._load(tx, id_)

    async def preview(self, who: Identity, id_: str) -> Preview:
        """What will be posted, where and when; of a draft, with the meeting as it is now."""
        async with self._database.transaction() as tx:
            found = await self._open(tx, who, id_)
            now = await self._now(tx)
            if found.state is State.DRAFT:
                checked = self._check(who, _as_draft(found), now)
                await self._put(tx, id_, now, **self._values(checked))
                found = await self._load(tx, id_)
            receivers = await conversations.count_receivers(tx, found.networks)
            targets = await self._targets(tx, found.networks)
        return self._preview(found, receivers, targets, now)

    async def rehearse(self, who: Identity, draft: Draft) -> Preview:
        """What a draft would post, where and when, without keeping it."""
        async with self._database.reading() as tx:
            now = await self._now(tx)
            checked = self._check(who, draft, now)
            values = self._values(checked)
            receivers = await conversations.count_receivers(tx, checked.draft.networks)
            targets = await self._targets(tx, checked.draft.networks)
        made = Announcement(
            id="",
            state=State.DRAFT,
            version=0,
            networks=checked.draft.networks,
            occurrence=checked.draft.occurrence,
            title=checked.draft.title,
            text=checked.draft.text,
            note=checked.draft.note,
            facts=values["facts"],
            send_at=checked.send_at,
            reminders=checked.draft.reminders,
        )
        return self._preview(made, receivers, targets, now)

    async def confirm(self, who: Identity, id_: str) -> Announcement:
        """Sends a draft now, or schedules it with its reminders.

        Raises WrongState for one that was confirmed before, and where the meeting is no longer
        what the preview showed.
        """
        async with self._database.transaction() as tx:
            found = await self._open(tx, who, id_, State.DRAFT)
            now = await self._now(tx)
            checked = self._check(who, _as_draft(found), now)
            before = facts_.occurrence_of(found.facts, self._zone)
            if before and checked.occurrence and _differ(before, checked.occurrence):
                raise WrongState("changed_meanwhile")
            await self._put(tx, id_, now, **self._values(checked))
            await self._begin(tx, id_, checked, now)
            confirmed = await self._load(tx, id_)
        self._taken(confirmed)
        return confirmed

    async def create(
        self, who: Identity, draft: Draft, idempotency_key: str | None = None
    ) -> Announcement:
        """Drafts and confirms in one step.

        The same key with the same draft gives the announcement made before; with another one,
        Conflict.
        """
        asked = json.dumps(asdict(draft), sort_keys=True)
        request_hash = hashlib.sha256(asked.encode()).hexdigest()
        async with self._database.transaction() as tx:
            if idempotency_key is not None:
                made = await self._made_before(tx, who, idempotency_key, request_hash)
                if made is not None:
                    return made
            now = await self._now(tx)
            checked = self._check(who, draft, now)
            values = _new(who, now) | self._values(checked) | {"state": State.DRAFT, "version": 0}
            values |= {"idempotency_key": idempotency_key, "request_hash": request_hash}
            if not await rows.add(tx, values):
                # Another replica was faster by a moment.
                again = await self._made_before(tx, who, idempotency_key or "", request_hash)
                assert again is not None
                return again
            await self._begin(tx, values["id"], checked, now)
            created = await self._load(tx, values["id"])
        self._taken(created)
        return created

    def _taken(self, announcement: Announcement) -> None:
        """Has it delivered; the line ties the turn it came from to its deliveries."""
        log.info("announcement.taken", announcement=announcement.id, state=announcement.state.value)
        self.wake()

    async def _made_before(
        self, tx: AsyncConnection, who: Identity, key: str, request_hash: str
    ) -> Announcement | None:
        row = await rows.find_by_key(tx, key)
        if row is None:
            return None
        found = announcement_of(row)
        self._require(who, found.networks)
        if row.request_hash != request_hash:
            raise Conflict("key_used")
        return found

    async def _begin(self, tx: AsyncConnection, id_: str, checked: Checked, now: float) -> None:
        """Sends or schedules, and schedules the reminders."""
        if checked.send_at is None:
            await self._put(tx, id_, now, state=State.SENDING, version=1, send_at=now)
            await deliveries.fan_out(tx, id_, checked.draft.networks, now)
        else:
            await self._put(tx, id_, now, state=State.SCHEDULED, version=1)
        await self._add_reminders(tx, id_, checked.occurrence, now)

    async def _add_reminders(
        self, tx: AsyncConnection, id_: str, occurrence: Occurrence | None, now: float
    ) -> None:
        parent = await self._load(tx, id_)
        if occurrence is None or occurrence.cancelled:
            return
        for reminder, time in self._reminders(parent, occurrence, now).items():
            values = _new(parent.author or API, now) | {
                "parent": id_,
                "state": State.SCHEDULED,
                "version": 1,
                "networks": list(parent.networks),
                "occurrence": parent.occurrence,
                "facts": dict(parent.facts),
                "send_at": time.timestamp(),
                "local_time": wall_clock_text(time, self._zone),
                "reminder": reminder,
            }
            await rows.add(tx, values)

    def _reminders(
        self, announcement: Announcement, occurrence: Occurrence, now: float
    ) -> dict[Reminder, dt.datetime]:
        after = max(now, announcement.send_at.timestamp() if announcement.send_at else now)
        return reminders_to_come(
            announcement.reminders, occurrence.start, self._instant(after), self._knowledge()
        )

    # Changing what was sent

    async def change(self, who: Identity, id_: str, change: Change) -> Announcement:
        """Changes the words of an announcement, also where it is posted already."""
        async with self._database.transaction() as tx:
            found = await self._open(tx, who, id_, State.SCHEDULED, *POSTED)
            now = await self._now(tx)
            values = self._changed_words(found, change)
            if change.send_at is not None:
                if found.state is not State.SCHEDULED:
                    raise WrongState("not_scheduled")
                await self._reschedule(tx, found, change.send_at, now)
            if values:
                await self._put(tx, id_, now, **values)
                if found.state in POSTED:
                    await self._post_again(tx, found, now)
                    for child in await self._children(tx, id_, POSTED):
                        await self._put(tx, child.id, now, note=values.get("note", child.note))
                        await self._post_again(tx, child, now)
            changed = await self._load(tx, id_)
        self.wake()
        return changed

    def _changed_words(self, found: Announcement, change: Change) -> dict[str, Any]:
        given = {name: getattr(change, name) for name in ("title", "text", "note")}
        draft = _as_draft(found)
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
            check_draft(free, self._knowledge(), self._instant(0))
        return {name: value for name, value in words.items() if value != getattr(found, name)}

    async def _reschedule(
        self, tx: AsyncConnection, found: Announcement, send_at: str, now: float
    ) -> None:
        instant = sending_time(send_at, self._instant(now), self._zone)
        occurrence = None
        if found.occurrence is not None:
            occurrence = check_occurrence(found.occurrence, self._knowledge(), self._instant(now))
            check_before_start(instant, occurrence)
        time = instant or self._instant(now)
        await self._put(
            tx,
            found.id,
            now,
            send_at=time.timestamp(),
            local_time=wall_clock_text(time, self._zone),
        )
        if found.parent is None:
            waiting = await self._children(tx, found.id, (State.SCHEDULED, State.CANCELLED))
            await rows.drop(tx, [child.id for child in waiting])
            await self._add_reminders(tx, found.id, occurrence, now)

    async def _post_again(self, tx: AsyncConnection, found: Announcement, now: float) -> None:
        """Has every post changed to what the announcement says now."""
        await self._put(
            tx,
            found.id,
            now,
            version=found.version + 1,
            state=State.SENDING,
            finished_at=None,
        )
        await deliveries.ask_update(tx, found.id, now)

    async def differences(self, who: Identity, id_: str) -> Changed:
        """The meeting as it was posted and as it is now; `facts.differences` tells them apart.

        Raises WrongState for what is not about a meeting or was not posted.
        """
        async with self._database.reading() as tx:
            found = await self._open(tx, who, id_, *POSTED, lock=False)
        changed = self._compare(found)
        if changed is None:
            raise WrongState("wrong_state", state=found.state)
        return changed

    async def update(self, who: Identity, id_: str) -> Announcement:
        """Brings every post, those of reminders too, up to date with the meeting as it is now."""
        async with self._database.transaction() as tx:
            found = await self._open(tx, who, id_, *POSTED)
            now = await self._now(tx)
            for one in (found, *await self._children(tx, id_, POSTED)):
                changed = self._compare(one)
                if changed is not None and _differ(changed.before, changed.after):
                    await self._put(tx, one.id, now, facts=facts_.facts_of(changed.after))
                    await self._post_again(tx, one, now)
            updated = await self._load(tx, id_)
        self.wake()
        return updated

    def _compare(self, found: Announcement) -> Changed | None:
        before = facts_.occurrence_of(found.facts, self._zone)
        if before is None or found.occurrence is None:
            return None
        after = facts_.as_now(before, found.occurrence, self._knowledge())
        return Changed(found, before, after)

    async def pending_changes(self) -> tuple[Changed, ...]:
        """The announcements, of meetings not yet over, that are no longer as posted."""
        async with self._database.reading() as tx:
            now = await self._now(tx)
            since = now - WATCHED.total_seconds()
            found = [announcement_of(row) for row in await rows.of_meetings(tx, POSTED, since)]
        pending = []
        for announcement in found:
            changed = self._compare(announcement)
            # Recurrences take their time: turns are let in between.
            await asyncio.sleep(0)
            if changed is None or max(changed.before.end, changed.after.end).timestamp() < now:
                continue
            if _differ(changed.before, changed.after):
                pending.append(changed)
        return tuple(pending)

    async def meetings_changed(self) -> None:
        """Moves reminders with their meetings, and tells of each change once, in one replica."""
        await self._move_reminders()
        for changed in await self.pending_changes():
            told = facts_.fingerprint(facts_.facts_of(changed.after))
            async with self._database.transaction() as tx:
                new = await rows.claim_notice(tx, changed.announcement.id, told)
            if new:
                await self._notify(Notice(changed.announcement, changed))

    async def _move_reminders(self) -> None:
        async with self._database.reading() as tx:
            since = await self._now(tx) - WATCHED.total_seconds()
            states = (State.SCHEDULED, *POSTED)
            found = [announcement_of(row) for row in await rows.of_meetings(tx, states, since)]
        for parent in found:
            if not parent.reminders or parent.occurrence is None:
                continue
            occurrence = facts_.find_occurrence(parent.occurrence, self._knowledge())
            await asyncio.sleep(0)
            async with self._database.transaction() as tx:
                # As at every other place, the announcement is locked before its reminders.
                await rows.find(tx, parent.id, lock=True)
                now = await self._now(tx)
                for child in await self._children(tx, parent.id):
                    await self._move_reminder(tx, child, occurrence, now)

    async def _move_reminder(
        self, tx: AsyncConnection, child: Announcement, occurrence: Occurrence | None, now: float
    ) -> None:
        waits = child.state is State.SCHEDULED
        called_off = child.state is State.CANCELLED and child.reason in MOVABLE_REASONS
        if child.reminder is None or not (waits or called_off):
            return
        if occurrence is None or occurrence.cancelled:
            await self._put(tx, child.id, now, state=State.CANCELLED, reason="meeting_cancelled")
            return
        time = reminder_time(child.reminder, occurrence.start, self._zone)
        if waits and child.send_at is not None and time == child.send_at:
            return
        if time.timestamp() <= now:
            await self._put(tx, child.id, now, state=State.CANCELLED, reason="past")
            return
        await self._put(
            tx,
            child.id,
            now,
            state=State.SCHEDULED,
            reason=None,
            send_at=time.timestamp(),
            local_time=wall_clock_text(time, self._zone),
            facts=facts_.facts_of(occurrence),
        )

    # Taking back, stopping, trying again

    async def recall(self, who: Identity, id_: str) -> Announcement:
        """Takes all posts back, its reminders' as well; calls off one that is scheduled."""
        async with self._database.transaction() as tx:
            found = await self._open(tx, who, id_)
            now = await self._now(tx)
            if not await self._take_back(tx, found, now):
                raise WrongState("wrong_state", state=found.state)
            for child in await self._children(tx, id_):
                await self._take_back(tx, child, now)
            recalled = await self._load(tx, id_)
        self.wake()
        return recalled

    async def _take_back(self, tx: AsyncConnection, found: Announcement, now: float) -> bool:
        """Whether there was anything to take back or to call off."""
        if found.state in (State.DRAFT, State.SCHEDULED):
            await self._put(tx, found.id, now, state=State.CANCELLED, finished_at=now)
            return True
        if found.state is State.RECALLED:
            return False
        counts = await deliveries.counts(tx, found.id)
        if not any(counts[one] for one in ("delivered", "failed", "pending")):
            return False
        await self._put(tx, found.id, now, state=State.RECALLED, finished_at=now)
        await deliveries.ask_delete(tx, found.id, now)
        return True

    async def stop(self, who: Identity, id_: str) -> Announcement:
        """Posts no further, no reminders either; what is posted stays."""
        async with self._database.transaction() as tx:
            await self._open(tx, who, id_, State.SENDING, State.SCHEDULED)
            now = await self._now(tx)
            waiting = await self._children(tx, id_, (State.SCHEDULED,))
            for one in (id_, *(child.id for child in waiting)):
                await self._put(tx, one, now, state=State.CANCELLED, finished_at=now)
                await deliveries.stop(tx, one, now)
            return await self._load(tx, id_)

    async def retry(self, who: Identity, id_: str) -> Announcement:
        """Tries the failed deliveries once more; of a recalled one, to take the posts back."""
        async with self._database.transaction() as tx:
            found = await self._open(tx, who, id_, *POSTED, State.FAILED, State.RECALLED)
            now = await self._now(tx)
            values: dict[str, Any] = {}
            if found.state is not State.RECALLED:
                check_occurrence(found.occurrence, self._knowledge(), self._instant(now))
                values = {"state": State.SENDING, "finished_at": None}
            await self._put(tx, id_, now, **values)
            if not await deliveries.retry_failed(tx, id_, now):
                raise WrongState("nothing_failed")
            retried = await self._load(tx, id_)
        self.wake()
        return retried

    # Looking

    async def report(self, who: Identity, id_: str, limit: int = 100, offset: int = 0) -> Report:
        """How far it has come."""
        async with self._database.reading() as tx:
            found = await self._open(tx, who, id_, lock=False, acts=False)
            counts = await _counts(tx, id_)
            listed = await deliveries.listing(tx, id_, limit, offset)
        return Report(found, counts, tuple(_delivery(row) for row in listed))

    async def listing(
        self, who: Identity, limit: int = 20, before: dt.datetime | None = None
    ) -> tuple[Report, ...]:
        """The newest announcements that somebody may see, with their counts."""
        seen: list[Report] = []
        last = before.timestamp() if before else None
        async with self._database.reading() as tx:
            while len(seen) < limit:
                page = await rows.newest(tx, 100, last)
                for row in page:
                    found = announcement_of(row)
                    if len(seen) < limit and self._sees(who, found):
                        seen.append(Report(found, await _counts(tx, found.id)))
                    last = row.created_at
                if len(page) < 100:
                    break
        return tuple(seen)

    async def progress(self, id_: str) -> Report | None:
        """How far it has come, for its progress card: to whom that is shown was checked before."""
        async with self._database.reading() as tx:
            row = await rows.find(tx, id_)
            if row is None:
                return None
            listed = await deliveries.listing(tx, id_, 100)
            return Report(
                announcement_of(row),
                await _counts(tx, id_),
                tuple(_delivery(one) for one in listed),
            )

    async def show_progress(self, who: Identity, id_: str, place: Mapping[str, object]) -> None:
        """Remembers where the progress card is."""
        async with self._database.transaction() as tx:
            await self._open(tx, who, id_)
            await self._put(tx, id_, await self._now(tx), progress=dict(place))

    # What happens by itself

    async def fire_due(self, now: float) -> int:
        """Sends what is due at an instant (seconds since 1970); gives how many were begun.

        What was missed while nothing ran is sent late, once; of several reminders that are due
        together, the last. Nothing is sent of a meeting that has begun or was called off.
        """
        async with self._database.reading() as tx:
            ids = await rows.due(tx, now)
        begun = 0
        for id_ in ids:
            try:
                begun += await self._fire_one(id_, now)
            except DATABASE_GONE:
                raise
            except Exception:
                # One that is broken must not hold up the others.
                log.exception("announcement.not_fired", announcement=id_)
        if begun:
            self.wake()
        return begun

    async def _fire_one(self, id_: str, now: float) -> bool:
        notice = None
        async with self._database.transaction() as tx:
            row = await rows.find(tx, id_)
            if row is not None and row.parent is not None:
                # As at every other place, the announcement is locked before its reminders.
                await rows.find(tx, row.parent, lock=True)
            row = await rows.find(tx, id_, lock=True)
            # Another replica, or a coordinator, may have been faster.
            if row is None or row.state != State.SCHEDULED or row.send_at > now:
                return False
            found = announcement_of(row)
            if found.author is not None and not self._coordinators.known:
                return False
            reason = await self._hindrance(tx, found, now)
            if reason is None:
                await self._fire(tx, found, now)
            else:
                state = State.CANCELLED if found.parent else State.FAILED
                await self._put(tx, id_, now, state=state, reason=reason, finished_at=now)
                notice = None if found.parent else Notice(await self._load(tx, id_))
        if notice is not None:
            await self._notify(notice)
        return reason is None

    async def _hindrance(self, tx: AsyncConnection, found: Announcement, now: float) -> str | None:
        """Why something due is not sent after all: a code of `wording.REASONS`."""
        author = found.author
        if author is not None and not self._may(author, found.networks):
            return "no_right"
        if found.occurrence is None:
            return None
        before = facts_.occurrence_of(found.facts, self._zone)
        occurrence = facts_.find_occurrence(found.occurrence, self._knowledge())
        known_cancelled = before is not None and before.cancelled
        if occurrence is None or (occurrence.cancelled and not known_cancelled):
            return "meeting_cancelled"
        if occurrence.start.timestamp() <= now:
            return "begun"
        if found.parent is not None:
            # After a downtime, one message is enough.
            parent = await rows.find(tx, found.parent)
            if parent is not None and parent.send_at == now:
                return "late"
            for sibling in await self._children(tx, found.parent, (State.SCHEDULED,)):
                if sibling.id != found.id and _later_and_due(sibling, found, now):
                    return "late"
        return None

    async def _fire(self, tx: AsyncConnection, found: Announcement, now: float) -> None:
        values: dict[str, Any] = {"state": State.SENDING, "send_at": now}
        if found.occurrence is not None:
            occurrence = facts_.find_occurrence(found.occurrence, self._knowledge())
            assert occurrence is not None
            values["facts"] = facts_.facts_of(occurrence)
        if found.parent is not None:
            parent = await self._load(tx, found.parent)
            values["note"] = dict(parent.note)
        await self._put(tx, found.id, now, **values)
        await deliveries.fan_out(tx, found.id, found.networks, now)
        log.info("announcement.fired", announcement=found.id)

    async def drop_old_drafts(self) -> int:
        """Deletes drafts that nobody touched for a month; gives how many."""
        async with self._database.transaction() as tx:
            before = await self._now(tx) - DRAFTS_KEPT.total_seconds()
            return await rows.drop_drafts(tx, before)

    async def forget(self, who: Identity) -> bool:
        """Forgets who wrote somebody's announcements; whether there was anything to forget."""
        async with self._database.reading() as tx:
            if not await rows.has_author(tx, who.id, who.tenant):
                return False
        async with self._database.transaction() as tx:
            return bool(await rows.forget_author(tx, who.id, who.tenant))

    async def _notify(self, notice: Notice) -> None:
        try:
            await self.notify(notice)
        except Exception:
            # Whoever could not be told sees it in the report all the same.
            log.exception("announcement.notice_failed", announcement=notice.announcement.id)

    # Rights

    def _may(self, who: Identity, networks: Iterable[str]) -> bool:
        return all(self._coordinators.may(who, network) for network in networks)

    def _require(self, who: Identity, networks: Iterable[str]) -> None:
        if not self._coordinators.is_coordinator(who) or not self._may(who, networks):
            raise NotAllowed

    def _sees(self, who: Identity, found: Announcement) -> bool:
        if found.state is State.DRAFT and found.author is not None and who is not API:
            return found.author == who and self._may(who, found.networks)
        return any(self._coordinators.may(who, network) for network in found.networks)

    def _check(self, who: Identity, draft: Draft, now: float) -> Checked:
        """Whoever is no coordinator learns nothing from the errors of a draft."""
        if not self._coordinators.is_coordinator(who):
            raise NotAllowed
        checked = check_draft(draft, self._knowledge(), self._instant(now))
        self._require(who, checked.draft.networks)
        return checked

    async def _open(
        self,
        tx: AsyncConnection,
        who: Identity,
        id_: str,
        *states: State,
        lock: bool = True,
        acts: bool = True,
    ) -> Announcement:
        """An announcement on which somebody may act (or look), in one of the states if given.

        Raises NotAllowed, NotFound, or WrongState.
        """
        if not self._coordinators.is_coordinator(who):
            raise NotAllowed
        row = await rows.find(tx, id_, lock=lock) if _ID.fullmatch(id_) else None
        if row is None:
            raise NotFound
        found = announcement_of(row)
        if not self._sees(who, found) or (acts and not self._may(who, found.networks)):
            raise NotAllowed
        if states and found.state not in states:
            raise WrongState("wrong_state", state=found.state)
        return found

    # Rows

    @property
    def _zone(self) -> ZoneInfo:
        return self._knowledge().zone

    def _instant(self, seconds: float) -> dt.datetime:
        return dt.datetime.fromtimestamp(seconds, self._zone)

    async def _now(self, tx: AsyncConnection) -> float:
        return await self._database.now(tx)

    async def _load(self, tx: AsyncConnection, id_: str) -> Announcement:
        row = await rows.find(tx, id_)
        assert row is not None
        return announcement_of(row)

    async def _children(
        self, tx: AsyncConnection, id_: str, states: Iterable[State] = State
    ) -> list[Announcement]:
        wanted = set(states)
        found = [announcement_of(row) for row in await rows.children(tx, id_)]
        return [child for child in found if child.state in wanted]

    async def _put(self, tx: AsyncConnection, id_: str, now: float, **values: Any) -> None:
        await rows.put(tx, id_, {**values, "updated_at": now})

    def _values(self, checked: Checked) -> dict[str, Any]:
        draft = checked.draft
        send_at = checked.send_at
        return {
            "networks": list(draft.networks),
            "occurrence": draft.occurrence,
            "title": dict(draft.title),
            "text": dict(draft.text),
            "note": dict(draft.note),
            "facts": facts_.facts_of(checked.occurrence) if checked.occurrence else {},
            "send_at": send_at.timestamp() if send_at else None,
            "local_time": wall_clock_text(send_at, self._zone) if send_at else None,
            "reminders": list(draft.reminders),
        }

    async def _targets(self, tx: AsyncConnection, networks: Sequence[str]) -> tuple[Target, ...]:
        found = await deliveries.receivers(tx, networks, MOST_TARGETS)
        followed = await conversations.follows_of_all(tx, [row.id for row in found])
        return tuple(
            Target(
                channel=row.channel,
                kind=row.kind,
                remote_id=row.remote_id,
                service_url=row.service_url,
                tenant=row.tenant,
                team=row.team,
                bot_id=row.bot_id,
                locale=row.locale,
                networks=followed.get(row.id, ()),
            )
            for row in found
        )

    def _preview(
        self, found: Announcement, receivers: int, targets: tuple[Target, ...], now: float
    ) -> Preview:
        sample = Target(next(iter(MEMBERS)), "channel", "", "", "", networks=tuple(found.networks))
        occurrence = facts_.occurrence_of(found.facts, self._zone)
        waits = found.state in (State.DRAFT, State.SCHEDULED) and found.send_at is not None
        coming: dict[Reminder, dt.datetime] = {}
        if occurrence is not None and not occurrence.cancelled:
            coming = self._reminders(found, occurrence, now)
        return Preview(
            announcement=found,
            post=self.compose(found, sample),
            receivers=receivers,
            targets=targets,
            when=self.written(found.send_at) if waits and found.send_at else {},
            reminders=tuple(self.written(time) for time in coming.values()),
        )

    def written(self, instant: dt.datetime) -> dict[Language, str]:
        """An instant as the community's clocks show it, in each language."""
        local = instant.astimezone(self._zone)
        return {language: dates.instant(local, language) for language in LANGUAGES}


def _new(who: Identity, now: float) -> dict[str, Any]:
    by_api = who is API
    return {
        "id": str(uuid.uuid4()),
        "title": {},
        "text": {},
        "note": {},
        "reminders": [],
        "author": None if by_api else who.id,
        "tenant": None if by_api else who.tenant,
        "created_at": now,
        "updated_at": now,
    }


def _as_draft(found: Announcement) -> Draft:
    """A kept draft as it was asked for."""
    return Draft(
        occurrence=found.occurrence,
        title=found.title,
        text=found.text,
        note=found.note,
        networks=found.networks,
        send_at=found.send_at.isoformat() if found.send_at else None,
        reminders=found.reminders,
    )


def _later_and_due(sibling: Announcement, found: Announcement, now: float) -> bool:
    if sibling.send_at is None or found.send_at is None:
        return False
    return sibling.send_at.timestamp() <= now and sibling.send_at > found.send_at


def _differ(before: Occurrence, after: Occurrence) -> bool:
    return any(facts_.differences(before, after, language) for language in LANGUAGES)


async def _counts(tx: AsyncConnection, id_: str) -> Counts:
    found = await deliveries.counts(tx, id_)
    return Counts(found["delivered"], found["gone"], found["failed"], found["pending"])


def _delivery(row: Any) -> Delivery:
    return Delivery(
        id=row.id,
        kind=row.kind,
        network=row.network,
        outcome=Outcome(row.state),
        attempts=row.attempts,
        error=row.error,
    )
