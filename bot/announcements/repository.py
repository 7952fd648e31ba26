"""The announcements in the database: for whom they are opened, and their rows as objects."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import uuid
from collections.abc import Callable, Iterable
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements.draft_check import Checked, check_draft
from bot.announcements.errors import NotAllowed, NotFound, WrongState
from bot.announcements.meeting_snapshots import meeting_key, meeting_values, names_for, names_of
from bot.announcements.model import (
    Announcement,
    ByLanguage,
    Draft,
    Identity,
    Reminder,
    State,
    is_server,
)
from bot.announcements.permissions import Coordinators
from bot.announcements.read_along import ReadAlong, read_along
from bot.announcements.sender import Target
from bot.knowledge.library import Knowledge
from bot.knowledge.recurrence import occurrence_or_only, occurrences, occurrences_moved
from bot.knowledge.visible import visible
from bot.store import announcements as rows
from bot.store import overlay
from bot.store.database import Database

LOOKED_AHEAD = dt.timedelta(days=400)
"""How far ahead a series is looked at for announcements of what had been held already."""

BATCH_SIZE = 50
"""Announcements that are read at once, so that other tasks get their turn in between."""

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class AnnouncementRepository:
    """Announcements in transactions; an announcement is opened only for who has the right."""

    def __init__(
        self,
        database: Database,
        knowledge: Callable[[], Knowledge],
        coordinators: Coordinators,
        read: ReadAlong | None = None,
    ) -> None:
        self.knowledge = knowledge
        self._read = read
        self.coordinators = coordinators
        self.transaction = database.transaction
        self.reading = database.reading
        self.now = database.now

    # Rights

    def may(self, who: Identity, networks: Iterable[str]) -> bool:
        """Whether somebody coordinates all of the networks."""
        return all(self.coordinators.may(who, network) for network in networks)

    def require(self, who: Identity, networks: Iterable[str]) -> None:
        """Raises NotAllowed unless somebody coordinates all of the networks."""
        if not self.coordinators.is_coordinator(who) or not self.may(who, networks):
            raise NotAllowed

    def may_see(self, who: Identity, found: Announcement) -> bool:
        """Whether somebody may look at an announcement: a draft is its author's alone."""
        if found.state is State.DRAFT and found.author is not None and not is_server(who):
            return found.author == who and self.may(who, found.networks)
        return any(self.coordinators.may(who, network) for network in found.networks)

    def check(self, who: Identity, draft: Draft, now: float) -> Checked:
        """A draft that fits and that somebody may announce; raises NotAllowed or Invalid.

        Whoever is no coordinator learns nothing from the errors of a draft.
        """
        if not self.coordinators.is_coordinator(who):
            raise NotAllowed
        checked = check_draft(draft, self.knowledge(), self.instant(now))
        self.require(who, checked.draft.networks)
        return checked

    async def open(
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
        if not self.coordinators.is_coordinator(who):
            raise NotAllowed
        row = await rows.find(tx, id_, lock=lock) if _ID.fullmatch(id_) else None
        if row is None:
            raise NotFound
        found = announcement_of(row)
        if not self.may_see(who, found) or (acts and not self.may(who, found.networks)):
            raise NotAllowed
        if states and found.state not in states:
            raise WrongState.of(found.state)
        return found

    # Rows

    async def read(self, tx: AsyncConnection) -> None:
        """Takes into use what other replicas have changed of meetings until now."""
        await read_along(self._read, tx)

    async def hold_meetings(self, tx: AsyncConnection) -> None:
        """The same, and until the transaction ends nobody changes a meeting or deletes it.

        Before anything else is locked: whoever changes a meeting may write to what announces it.
        """
        await overlay.hold(tx)
        await self.read(tx)

    async def about(
        self, tx: AsyncConnection, occurrences: Iterable[str]
    ) -> dict[str, list[Announcement]]:
        """All announcements of some meetings, reminders and news too, in the order of their time.

        Whatever names a meeting's announcements asks here: by its key of now or from before it was
        moved. Each of `occurrences` has a list.
        """
        knowledge = self.knowledge()
        wanted = {key: names_for(key, knowledge) for key in occurrences}
        rows_ = await rows.of_meetings(tx, {meeting_key(key) for key in wanted})
        found = [(one, names_of(one, knowledge)) for one in map(announcement_of, rows_)]
        return {key: [one for one, own in found if own & names] for key, names in wanted.items()}

    @property
    def zone(self) -> ZoneInfo:
        """The community's time zone."""
        return self.knowledge().zone

    def instant(self, seconds: float) -> dt.datetime:
        """Seconds since 1970 as an instant in the community's time."""
        return dt.datetime.fromtimestamp(seconds, self.zone)

    async def load(self, tx: AsyncConnection, id_: str) -> Announcement:
        """An announcement that is there."""
        row = await rows.find(tx, id_)
        assert row is not None
        return announcement_of(row)

    async def children(
        self, tx: AsyncConnection, id_: str, states: Iterable[State] = State
    ) -> list[Announcement]:
        """The reminders of an announcement, and the news of its meeting."""
        wanted = set(states)
        found = [announcement_of(row) for row in await rows.children(tx, id_)]
        return [child for child in found if child.state in wanted]

    async def of_open_meetings(self, states: Iterable[State]) -> list[Announcement]:
        """Announcements, no reminders, of meetings that are not over: as posted or as they are now.

        What this costs depends on the meetings to come, not on how much was ever announced.
        """
        async with self.reading() as tx:
            now = await self.now(tx)
        keys, occurrences = await self._open_meetings(self.instant(now))
        async with self.reading() as tx:
            ids = await rows.of_open_meetings(tx, states, now, keys, occurrences)
        found: list[Announcement] = []
        for start in range(0, len(ids), BATCH_SIZE):
            async with self.reading() as tx:
                some = await rows.by_ids(tx, ids[start : start + BATCH_SIZE])
            found += map(announcement_of, some)
        return found

    async def _open_meetings(self, now: dt.datetime) -> tuple[set[str], set[str]]:
        """Keys of meetings held once that are not over, and of such occurrences of series."""
        keys, found = set(), set()
        for meeting in self.knowledge().meetings.values():
            # Expanding recurrences takes time: other tasks get their turn.
            await asyncio.sleep(0)
            if meeting.recurrence is None:
                only = occurrence_or_only(meeting, meeting.start.date(), self.zone)
                if only is not None and only.end > now:
                    keys.add(meeting.key)
                continue
            coming = occurrences(meeting, now, now + LOOKED_AHEAD, self.zone)
            found |= {occurrence.key for occurrence in coming}
            far = occurrences_moved(meeting, self.zone)
            found |= {occurrence.key for occurrence in far if occurrence.end > now}
        return keys, found

    async def put(self, tx: AsyncConnection, id_: str, now: float, **values: Any) -> None:
        """Changes columns of an announcement."""
        await rows.put(tx, id_, {**values, "updated_at": now})


def announcement_of(row: Row[tuple[object, ...]]) -> Announcement:
    """An announcement from all columns of its row."""
    found = row._mapping
    return Announcement(
        id=found["id"],
        state=State(found["state"]),
        version=found["version"],
        networks=tuple(found["networks"]),
        occurrence=found["occurrence"],
        title=_seen(found["title"]),
        text=_seen(found["text"]),
        note=_seen(found["note"]),
        meeting_snapshot=found["facts"],
        previous=found["previous"] or {},
        send_at=instant_of(found["send_at"]),
        reminders=tuple(Reminder(one) for one in found["reminders"]),
        parent=found["parent"],
        reminder=Reminder(found["reminder"]) if found["reminder"] else None,
        author=Identity(found["author"], found["tenant"]) if found["author"] else None,
        reason=found["reason"],
        progress=found["progress"],
        finished_at=instant_of(found["finished_at"]),
    )


def _seen(words: ByLanguage) -> ByLanguage:
    """Words without what cannot be seen: rows may be older than the check that takes it out."""
    return {language: visible(text) for language, text in words.items()}


def instant_of(seconds: float | None) -> dt.datetime | None:
    """Seconds since 1970 as an instant."""
    return None if seconds is None else dt.datetime.fromtimestamp(seconds, dt.UTC)


async def read_announcement(tx: AsyncConnection, id: str) -> Announcement | None:
    """An announcement as it is now, or None."""
    row = await rows.find(tx, id)
    return announcement_of(row) if row is not None else None


def new_values(who: Identity, now: float) -> dict[str, Any]:
    """What a row says of a draft that is new and still empty."""
    by_server = is_server(who)
    return {
        "id": str(uuid.uuid4()),
        "state": State.DRAFT,
        "version": 0,
        "title": {},
        "text": {},
        "note": {},
        "reminders": [],
        "author": None if by_server else who.id,
        "tenant": None if by_server else who.tenant,
        "created_at": now,
        "updated_at": now,
    }


def values_of(checked: Checked) -> dict[str, Any]:
    """What a row says of a draft that was checked."""
    draft = checked.draft
    send_at = checked.send_at
    return {
        "networks": list(draft.networks),
        "occurrence": draft.occurrence,
        "title": dict(draft.title),
        "text": dict(draft.text),
        "note": dict(draft.note),
        **meeting_values(checked.occurrence),
        "send_at": send_at.timestamp() if send_at else None,
        "reminders": list(draft.reminders),
    }


def target_of(place: Row[Any], networks: Iterable[str]) -> Target:
    """A conversation from its row, with those networks it follows that matter."""
    return Target(
        channel=place.channel,
        kind=place.kind,
        remote_id=place.remote_id,
        service_url=place.service_url,
        tenant=place.tenant,
        team=place.team,
        bot_id=place.bot_id,
        locale=place.locale,
        networks=tuple(networks),
    )
