"""Meetings that coordinators enter: kept in the database, used together with those of the files."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements import record
from bot.announcements.errors import Invalid, NotAllowed, NotFound, WrongState
from bot.announcements.model import Action, Identity
from bot.announcements.permissions import Coordinators
from bot.knowledge.database_meetings import meeting_faults
from bot.knowledge.library import Knowledge
from bot.knowledge.loader import build_meeting
from bot.knowledge.meeting_fields import meeting_fields, meeting_yaml
from bot.knowledge.models import Meeting
from bot.knowledge.recurrence import Occurrence
from bot.knowledge.values import slug
from bot.knowledge.visible import hidden_host, shows, visible
from bot.store import meetings as rows
from bot.store.database import Database
from bot.understanding.reloader import ContentReloader

log = structlog.get_logger()

MAX_KEY_LENGTH = 50
"""Characters of a key, so that `key@2026-12-10` fits wherever an occurrence is kept."""

MAX_TEXT_LENGTH = 4_000
"""Characters of one text of a meeting."""


class MeetingEditor:
    """Adds, moves and cancels meetings; whoever asks has the right to all their networks.

    A meeting has the fields of a file in content/meetings/, checked by the same model. Every
    change is used at once by this process, and within a few seconds by other replicas.
    """

    def __init__(
        self, database: Database, reloader: ContentReloader, coordinators: Coordinators
    ) -> None:
        self._database = database
        self._reloader = reloader
        self._coordinators = coordinators
        self._revision: int | None = None
        self._refreshing = asyncio.Lock()

    @property
    def _knowledge(self) -> Knowledge:
        return self._reloader.snapshot.knowledge

    def in_file(self, occurrence: str) -> bool:
        """Whether an occurrence is of a meeting that comes from a file, and is changed there."""
        return occurrence.partition("@")[0] in self._reloader.file_meetings

    async def add(self, who: Identity, body: Mapping[str, Any]) -> Meeting:
        """Adds a meeting; `body` holds the fields of a file as texts, without `key`.

        Times are `2026-12-10 08:30`. Raises NotAllowed or Invalid, which names the field.
        """
        if not self._coordinators.is_coordinator(who):
            raise NotAllowed
        draft = self._build("new", _cleaned(body))
        self._require(who, draft.networks)
        async with self._database.transaction() as tx:
            now = await self._database.now(tx)
            if draft.recurrence is None and self._instant(draft.end) <= now:
                raise Invalid("start", "time_past")
            taken = {*await rows.bodies(tx), *self._knowledge.meetings}
            meeting = draft.model_copy(update={"key": _free_key(draft, taken)})
            await rows.save(tx, meeting.key, meeting_fields(meeting), now)
            await record.note(tx, now, who, Action.MEETING_ADDED, meeting.key, meeting.networks)
        await self.refresh()
        return meeting

    async def move(self, who: Identity, occurrence: str, start: str, end: str) -> Meeting:
        """Gives one occurrence (`key@2026-12-10`) another time.

        Raises NotAllowed, NotFound or Invalid; WrongState for a meeting that comes from a file or
        is cancelled.
        """
        async with self._database.transaction() as tx:
            found, fields = await self._open(tx, who, occurrence)
            times = {"start": start.strip().replace("T", " "), "end": end.strip()}
            times["end"] = times["end"].replace("T", " ")
            recurrence = fields.get("recurrence")
            if recurrence is None:
                fields |= times
            else:
                moved = {**recurrence.get("moved", {}), found.day.isoformat(): times}
                fields["recurrence"] = {**recurrence, "moved": moved}
            changed = await self._save(tx, found.meeting.key, fields)
            await self._note(tx, who, Action.MEETING_CHANGED, found)
        await self.refresh()
        return changed

    async def cancel(self, who: Identity, occurrence: str) -> Meeting:
        """Calls one occurrence off; raises as `move` does."""
        async with self._database.transaction() as tx:
            found, fields = await self._open(tx, who, occurrence)
            if found.meeting.recurrence is None:
                fields["cancelled"] = True
            else:
                days = {*fields.get("cancelled_days", []), found.day.isoformat()}
                fields["cancelled_days"] = sorted(days)
            changed = await self._save(tx, found.meeting.key, fields)
            await self._note(tx, who, Action.MEETING_CANCELLED, found)
        await self.refresh()
        return changed

    async def _open(
        self, tx: AsyncConnection, who: Identity, key: str
    ) -> tuple[Occurrence, dict[str, Any]]:
        """An occurrence that somebody may change, and its meeting's fields."""
        if not self._coordinators.is_coordinator(who):
            raise NotAllowed
        # Read within the transaction: another replica may have changed it a moment ago.
        name = key.partition("@")[0]
        fields = await rows.find(tx, name) if len(key) <= 80 and "\0" not in key else None
        if in_file := self._reloader.file_meetings.get(name):
            self._require(who, in_file.networks)
            raise WrongState("meeting_in_file", key=name)
        meeting = None if fields is None else self._build(name, fields)
        if meeting is None or fields is None:
            raise NotFound("no_meeting")
        self._require(who, meeting.networks)
        found = _only(self._knowledge, meeting).find_occurrence(key)
        if found is None:
            raise NotFound("no_meeting")
        if found.cancelled:
            raise WrongState("already_cancelled")
        return found, dict(fields)

    async def _save(self, tx: AsyncConnection, key: str, fields: dict[str, Any]) -> Meeting:
        fields["revision"] = int(fields.get("revision", 0)) + 1
        meeting = self._build(key, fields)
        await rows.save(tx, key, meeting_fields(meeting), await self._database.now(tx))
        return meeting

    async def _note(
        self, tx: AsyncConnection, who: Identity, action: Action, found: Occurrence
    ) -> None:
        """Records what somebody does with a meeting, or with one day of a series."""
        meeting = found.meeting
        subject = meeting.key if meeting.recurrence is None else found.key
        now = await self._database.now(tx)
        await record.note(tx, now, who, action, subject, meeting.networks)

    def _build(self, key: str, fields: Mapping[str, Any]) -> Meeting:
        """A checked meeting; raises Invalid with the first thing that is wrong."""
        built = build_meeting(key, fields)
        problems = built if isinstance(built, list) else meeting_faults(built, self._knowledge)
        if isinstance(built, list) or problems:
            where, reason = problems[0]
            field = ".".join(str(part) for part in where) or "meeting"
            raise Invalid(field, "meeting_field", reason=reason)
        return built

    def _require(self, who: Identity, networks: Iterable[str]) -> None:
        if not all(self._coordinators.may(who, network) for network in networks):
            raise NotAllowed

    def _instant(self, wall_clock: dt.datetime) -> float:
        return wall_clock.replace(tzinfo=self._knowledge.zone).timestamp()

    async def refresh(self) -> bool:
        """Takes the database's meetings into use; whether they had changed."""
        async with self._database.reading() as tx:
            return await self.read(tx)

    async def read(self, tx: AsyncConnection) -> bool:
        """The same within a transaction; without a change it reads one number."""
        async with self._refreshing:
            revision = await rows.revision_of(tx)
            if revision == self._revision:
                return False
            self._reloader.use_meetings(_built(await rows.bodies(tx)))
            self._revision = revision
            return True


async def read_meetings(database: Database) -> dict[str, Meeting]:
    """The database's meetings, by key."""
    async with database.reading() as tx:
        return _built(await rows.bodies(tx))


async def exported(database: Database) -> dict[str, str]:
    """The database's meetings as YAML files: their text by file name."""
    found = await read_meetings(database)
    return {f"{key}.yaml": meeting_yaml(meeting) for key, meeting in found.items()}


def _built(bodies: Mapping[str, Mapping[str, Any]]) -> dict[str, Meeting]:
    known: dict[str, Meeting] = {}
    for key, fields in bodies.items():
        built = build_meeting(key, fields)
        if isinstance(built, list):
            # Of another version of the program; the rest serves.
            log.error("meeting.invalid", key=key, reason=built[0][1])
            continue
        known[key] = built
    return known


def _only(knowledge: Knowledge, meeting: Meeting) -> Knowledge:
    return replace(knowledge, meetings={meeting.key: meeting})


def _cleaned(value: Any) -> Any:
    """What somebody wrote, without what cannot be seen; raises Invalid for what cannot be used."""
    if isinstance(value, str):
        if len(value) > MAX_TEXT_LENGTH:
            raise Invalid("meeting", "too_long", limit=MAX_TEXT_LENGTH)
        text = visible(value.replace("\r\n", "\n")).strip()
        if host := hidden_host(text):
            raise Invalid("meeting", "hidden_host", host=host)
        return text if shows(text) else ""
    if isinstance(value, Mapping):
        return {_cleaned(key): _cleaned(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(one) for one in value]
    return value


def _free_key(meeting: Meeting, taken: Iterable[str]) -> str:
    """A key from the meeting's title and month that nothing has yet."""
    base = slug(meeting.title.best("fi"))[: MAX_KEY_LENGTH - 12].strip("-") or meeting.kind
    base = f"{base.replace('_', '-')}-{meeting.start:%Y-%m}"
    names = [base, *(f"{base}-{number}" for number in range(2, 1000))]
    used = set(taken)
    return next(name for name in names if name not in used)
