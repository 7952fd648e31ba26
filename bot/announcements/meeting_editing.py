"""Meetings that coordinators enter: kept in the database, used together with those of the files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements import record
from bot.announcements.content_editing import ContentEditor, cleaned, exported
from bot.announcements.errors import Invalid, NotAllowed, NotFound, WrongState
from bot.announcements.model import Action, Identity
from bot.knowledge.fields import fields_of
from bot.knowledge.library import Knowledge
from bot.knowledge.models import Meeting
from bot.knowledge.overlay import Kind
from bot.knowledge.recurrence import Occurrence
from bot.knowledge.values import slug
from bot.store import announcements
from bot.store import overlay as rows
from bot.store.database import Database

LONGEST = dt.timedelta(days=7)
"""How long before a meeting others are looked for that may still be going on."""

MAX_KEY_LENGTH = 50
"""Characters of a key, so that `key@2026-12-10` fits wherever an occurrence is kept."""


UNDO_SECONDS = 600.0
"""How long the button under what was just done undoes it; the history undoes it later too."""


class MeetingEditor(ContentEditor):
    """Adds, moves and cancels meetings, and whatever else a content editor does.

    A meeting has the fields of a file in content/meetings/, checked by the same model.
    """

    def in_file(self, occurrence: str) -> bool:
        """Whether an occurrence is of a meeting that comes from a file, and is changed there."""
        return occurrence.partition("@")[0] in self._reloader.of_files.meetings

    async def add(self, who: Identity, body: Mapping[str, Any]) -> Meeting:
        """Adds a meeting; `body` holds the fields of a file as texts, without `key`.

        Times are `2026-12-10 08:30`. Raises NotAllowed or Invalid, which names the field.
        """
        return (await self._add(who, body, once=False))[0]

    async def add_once(self, who: Identity, body: Mapping[str, Any]) -> tuple[Meeting, bool]:
        """The same, and whether it was added: else it is one of the same title, time and networks.

        Of two presses at once, also on two replicas, one adds.
        """
        return await self._add(who, body, once=True)

    async def _add(
        self, who: Identity, body: Mapping[str, Any], *, once: bool
    ) -> tuple[Meeting, bool]:
        if not self._coordinators.is_coordinator(who):
            raise NotAllowed
        draft: Meeting = self._build(Kind.MEETING, "new", cleaned(body))
        self._require(who, draft.networks)
        async with self._database.transaction() as tx:
            now = await self._database.now(tx)
            if draft.recurrence is None and self._instant(draft.end) <= now:
                raise Invalid("start", "time_past")
            await self._begin(tx)
            if once and (same := self._same(draft)) is not None:
                return same, False
            entered = (key for kind, key in self._reloader.entries if kind is Kind.MEETING)
            # One that was announced and is gone keeps its key: its posts are not about this one.
            taken = {*entered, *self.knowledge.meetings, *await announcements.meeting_keys(tx)}
            meeting = draft.model_copy(update={"key": _free_key(draft, taken)})
            await self._keep(tx, who, Action.MEETING_ADDED, meeting, meeting.key)
        await self.refresh()
        return meeting, True

    def beside(self, body: Mapping[str, Any]) -> Occurrence | None:
        """Another meeting of one of its networks in the hours of one that is to be added.

        Not one of the same title, which is the same. Raises Invalid, which names the field.
        """
        draft: Meeting = self._build(Kind.MEETING, "new", cleaned(body))
        begins, ends = self._instant(draft.start), self._instant(draft.end)
        before = dt.datetime.fromtimestamp(begins, self.knowledge.zone) - LONGEST
        for one in self.knowledge.coming(before, networks=draft.networks):
            if one.start.timestamp() >= ends:
                return None
            same = one.meeting.title == draft.title
            if one.end.timestamp() > begins and not one.cancelled and not same:
                return one
        return None

    def _same(self, draft: Meeting) -> Meeting | None:
        def seen(one: Meeting) -> object:
            times = one.start, one.end, one.recurrence, one.cancelled
            return fields_of(one.title), sorted(one.networks), times

        found = (one for one in self.knowledge.meetings.values() if seen(one) == seen(draft))
        return next(found, None)

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
            changed = await self._save(tx, who, Action.MEETING_CHANGED, found, fields)
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
            changed = await self._save(tx, who, Action.MEETING_CANCELLED, found, fields)
        await self.refresh()
        return changed

    async def undo_lately(self, who: Identity, key: str, number: int) -> None:
        """Undoes one's own newest change of a meeting, for `UNDO_SECONDS` after it.

        Raises as `undo` does, and WrongState where it is too late or somebody else's change.
        """
        async with self._database.reading() as tx:
            found, now = await rows.change_of(tx, number), await self._database.now(tx)
        if found is None or found.kind != Kind.MEETING or found.key != key:
            raise NotFound("no_change")
        if not found.at <= now <= found.at + UNDO_SECONDS:
            raise WrongState("too_late")
        if (found.by, found.actor, found.tenant) != record.by(who):
            raise WrongState("entered_meanwhile")
        await self.undo(who, number)

    async def _open(
        self, tx: AsyncConnection, who: Identity, key: str
    ) -> tuple[Occurrence, dict[str, Any]]:
        """An occurrence that somebody may change, and its meeting's fields."""
        if not self._coordinators.is_coordinator(who):
            raise NotAllowed
        # Read within the transaction: another replica may have changed it a moment ago.
        await self._begin(tx)
        name = key.partition("@")[0]
        entry = self._reloader.entries.get((Kind.MEETING, name))
        fields = entry.body if entry is not None else None
        if in_file := self._reloader.of_files.meetings.get(name):
            self._require(who, in_file.networks)
            raise WrongState("meeting_in_file", key=name)
        meeting = None if fields is None else self._build(Kind.MEETING, name, fields)
        if meeting is None or fields is None:
            raise NotFound("no_meeting")
        self._require(who, meeting.networks)
        found = _only(self.knowledge, meeting).find_occurrence(key)
        if found is None:
            raise NotFound("no_meeting")
        if found.cancelled:
            raise WrongState("already_cancelled")
        return found, dict(fields)

    async def _save(
        self,
        tx: AsyncConnection,
        who: Identity,
        action: Action,
        found: Occurrence,
        fields: dict[str, Any],
    ) -> Meeting:
        """Keeps a meeting's new fields; recorded of one day where it is one of a series."""
        fields["revision"] = int(fields.get("revision", 0)) + 1
        key = found.meeting.key
        meeting: Meeting = self._build(Kind.MEETING, key, fields)
        subject = key if found.meeting.recurrence is None else found.key
        await self._keep(tx, who, action, meeting, subject)
        return meeting

    async def _keep(
        self, tx: AsyncConnection, who: Identity, action: Action, meeting: Meeting, subject: str
    ) -> None:
        after = {"body": fields_of(meeting), "over": None}
        place = (Kind.MEETING, meeting.key)
        await self._write(tx, who, action, place, meeting.networks, after, subject)

    def _instant(self, wall_clock: dt.datetime) -> float:
        return wall_clock.replace(tzinfo=self.knowledge.zone).timestamp()


async def exported_meetings(database: Database, of_files: Knowledge) -> dict[str, str]:
    """The database's meetings as YAML files: their text by file name."""
    files = await exported(database, of_files, [Kind.MEETING])
    return {Path(path).name: text for path, text in files.items() if text is not None}


def _only(knowledge: Knowledge, meeting: Meeting) -> Knowledge:
    return replace(knowledge, meetings={meeting.key: meeting})


def _free_key(meeting: Meeting, taken: Iterable[str]) -> str:
    """A key from the meeting's title and month that nothing has yet."""
    base = slug(meeting.title.best("fi"))[: MAX_KEY_LENGTH - 12].strip("-") or meeting.kind
    base = f"{base.replace('_', '-')}-{meeting.start:%Y-%m}"
    names = [base, *(f"{base}-{number}" for number in range(2, 1000))]
    used = set(taken)
    return next(name for name in names if name not in used)
