"""The announcements in the database: for whom they are opened, and their rows as objects."""

from __future__ import annotations

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
from bot.announcements.meeting_snapshots import snapshot_of
from bot.announcements.model import API, Announcement, Draft, Identity, Reminder, State
from bot.announcements.permissions import Coordinators
from bot.announcements.sender import Target
from bot.knowledge.library import Knowledge
from bot.store import announcements as rows
from bot.store.database import Database

COMPARED_FOR = dt.timedelta(days=400)
"""How long after it was made an announcement is compared with its meeting."""

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class AnnouncementRepository:
    """Announcements in transactions; an announcement is opened only for who has the right."""

    def __init__(
        self, database: Database, knowledge: Callable[[], Knowledge], coordinators: Coordinators
    ) -> None:
        self.knowledge = knowledge
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
        if found.state is State.DRAFT and found.author is not None and who is not API:
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
        """The reminders of an announcement."""
        wanted = set(states)
        found = [announcement_of(row) for row in await rows.children(tx, id_)]
        return [child for child in found if child.state in wanted]

    async def of_meetings(self, tx: AsyncConnection, states: Iterable[State]) -> list[Announcement]:
        """Announcements of meetings that are compared with them."""
        since = await self.now(tx) - COMPARED_FOR.total_seconds()
        return [announcement_of(row) for row in await rows.of_meetings(tx, states, since)]

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
        title=found["title"],
        text=found["text"],
        note=found["note"],
        meeting_snapshot=found["facts"],
        send_at=instant_of(found["send_at"]),
        reminders=tuple(Reminder(one) for one in found["reminders"]),
        parent=found["parent"],
        reminder=Reminder(found["reminder"]) if found["reminder"] else None,
        author=Identity(found["author"], found["tenant"]) if found["author"] else None,
        reason=found["reason"],
        progress=found["progress"],
        finished_at=instant_of(found["finished_at"]),
    )


def instant_of(seconds: float | None) -> dt.datetime | None:
    """Seconds since 1970 as an instant."""
    return None if seconds is None else dt.datetime.fromtimestamp(seconds, dt.UTC)


async def read_announcement(tx: AsyncConnection, id: str) -> Announcement | None:
    """An announcement as it is now, or None."""
    row = await rows.find(tx, id)
    return announcement_of(row) if row is not None else None


def new_values(who: Identity, now: float) -> dict[str, Any]:
    """What a row says of a draft that is new and still empty."""
    by_api = who is API
    return {
        "id": str(uuid.uuid4()),
        "state": State.DRAFT,
        "version": 0,
        "title": {},
        "text": {},
        "note": {},
        "reminders": [],
        "author": None if by_api else who.id,
        "tenant": None if by_api else who.tenant,
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
        "facts": snapshot_of(checked.occurrence) if checked.occurrence else {},
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
