"""Moving, changing, cancelling and deleting meetings that coordinators entered."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements import record
from bot.announcements.content_editing import ContentEditor, cleaned
from bot.announcements.errors import Invalid, NotAllowed, NotFound, WrongState
from bot.announcements.model import Action, Identity
from bot.knowledge.fields import fields_of
from bot.knowledge.library import Knowledge
from bot.knowledge.models import Meeting
from bot.knowledge.overlay import Fields, Kind
from bot.knowledge.recurrence import Occurrence, occurrence_or_only
from bot.store import announcements as announcement_rows
from bot.store import overlay as rows

CHANGEABLE = ("title", "kind", "place", "online", "registration", "description")
"""The fields of a meeting that `edit` changes."""

UNDO_SECONDS = 600.0
"""How long the button under what was just done undoes it; the history undoes it later too."""


class MeetingChanges(ContentEditor):
    """Changes meetings that are there; those that files hold are changed in the files."""

    def in_file(self, occurrence: str) -> bool:
        """Whether an occurrence is of a meeting that comes from a file, and is changed there."""
        return occurrence.partition("@")[0] in self._reloader.of_files.meetings

    async def move(
        self, who: Identity, occurrence: str, start: str, end: str, *, seen: int | None = None
    ) -> Meeting:
        """Gives one occurrence (`key@2026-12-10`) another time.

        `seen` is the newest change that whoever asks has seen. Nothing is written where it has that
        time already. Raises NotAllowed, NotFound or Invalid, also for a time that is past;
        WrongState for a meeting that comes from a file or is cancelled, and where another change
        came since.
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
            changed = self._changed(found, fields)
            ends = occurrence_or_only(changed, found.day, self.knowledge.zone)
            differs = ends is None or (ends.start, ends.end) != (found.start, found.end)
            if not differs:
                return changed
            if ends is not None and ends.end.timestamp() <= await self._database.now(tx):
                raise Invalid("day", "moved_to_past")
            await self._save(tx, who, Action.MEETING_CHANGED, found, changed, seen)
        await self.refresh()
        return changed

    async def edit(
        self,
        who: Identity,
        occurrence: str,
        wanted: Fields,
        *,
        one_day: bool = False,
        seen: int | None = None,
    ) -> Meeting:
        """Gives a meeting the fields of `CHANGEABLE` as `wanted` has them, without those it lacks.

        `one_day` changes one occurrence of a series alone. Nothing is written where it is so
        already. Raises as `move` does.
        """
        async with self._database.transaction() as tx:
            found, fields = await self._open(tx, who, occurrence)
            changed = self._edited(found, fields, wanted, one_day)
            if changed == self._changed(found, fields):
                return changed
            await self._save(tx, who, Action.MEETING_CHANGED, found, changed, seen)
        await self.refresh()
        return changed

    def preview_edit(
        self, who: Identity, occurrence: str, wanted: Fields, *, one_day: bool
    ) -> Occurrence:
        """The occurrence as `edit` would leave it; raises as that does, and changes nothing."""
        found, fields = self._find(who, occurrence)
        changed = self._edited(found, fields, wanted, one_day)
        there = _only(self.knowledge, changed).find_occurrence(occurrence)
        assert there is not None
        return there

    async def cancel(self, who: Identity, occurrence: str) -> Meeting:
        """Calls one occurrence off; raises as `move` does."""
        async with self._database.transaction() as tx:
            found, fields = await self._open(tx, who, occurrence)
            if found.meeting.recurrence is None:
                fields["cancelled"] = True
            else:
                days = {*fields.get("cancelled_days", []), found.day.isoformat()}
                fields["cancelled_days"] = sorted(days)
            changed = self._changed(found, fields)
            await self._save(tx, who, Action.MEETING_CANCELLED, found, changed)
        await self.refresh()
        return changed

    async def delete(self, who: Identity, occurrence: str) -> None:
        """Takes a meeting out that nobody was told of, the whole series where it is one.

        Raises as `move` does, and WrongState where it was announced or is to be.
        """
        async with self._database.transaction() as tx:
            found, _ = await self._open(tx, who, occurrence)
            key = found.meeting.key
            if await announcement_rows.told_of_meeting(tx, key):
                raise WrongState("told_already")
            networks, place = found.meeting.networks, (Kind.MEETING, key)
            await self._write(tx, who, Action.MEETING_DELETED, place, networks, None, key)
        await self.refresh()

    async def told_of(self, key: str) -> bool:
        """Whether anything of a meeting was announced, or is to be."""
        async with self._database.reading() as tx:
            return await announcement_rows.told_of_meeting(tx, key)

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

    def _edited(self, found: Occurrence, fields: Fields, wanted: Fields, one_day: bool) -> Meeting:
        kept = {name: value for name, value in fields.items() if name not in CHANGEABLE}
        given = {name: wanted[name] for name in CHANGEABLE if wanted.get(name)}
        usual: Meeting = self._build(Kind.MEETING, found.meeting.key, fields)
        if not (one_day and found.meeting.recurrence is not None):
            return self._edited_of_all(found, usual, kept | given)
        of_day = fields_of(self._changed(found, kept | given))
        of_all = fields_of(usual)
        changes = {
            name: of_day[name]
            for name in CHANGEABLE
            if name in of_day and of_day[name] != of_all.get(name)
        }
        if without := [name for name in CHANGEABLE if name in of_all and name not in of_day]:
            changes["without"] = without
        days = {**fields.get("changed_days", {}), found.day.isoformat(): changes}
        days = {day: one for day, one in days.items() if one}
        return self._changed(found, {**fields, "changed_days": days})

    def _edited_of_all(self, found: Occurrence, usual: Meeting, fields: Fields) -> Meeting:
        """A meeting with other fields for all dates: also for the one in view, which may have had
        its own; other dates keep theirs."""
        changed = self._changed(found, fields)
        own = changed.changed_days.get(found.day)
        if own is None:
            return changed
        before, after = fields_of(usual), fields_of(changed)
        same = [name for name in CHANGEABLE if before.get(name) == after.get(name)]
        left = {name: value for name, value in fields_of(own).items() if name in same}
        if without := [name for name in own.without if name in same]:
            left["without"] = without
        days = {**fields["changed_days"], found.day.isoformat(): left}
        days = {day: one for day, one in days.items() if one}
        return self._changed(found, {**fields, "changed_days": days})

    async def _open(
        self, tx: AsyncConnection, who: Identity, key: str, *, of_series: bool = False
    ) -> tuple[Occurrence, dict[str, Any]]:
        """An occurrence that somebody may change, and its meeting's fields.

        `of_series`: the whole series is meant, though that one may be called off.

        Read within the transaction: another replica may have changed it a moment ago.
        """
        if not self._coordinators.is_coordinator(who):
            raise NotAllowed
        await self._begin(tx)
        return self._find(who, key, of_series=of_series)

    def _find(
        self, who: Identity, key: str, *, of_series: bool = False
    ) -> tuple[Occurrence, dict[str, Any]]:
        if not self._coordinators.is_coordinator(who):
            raise NotAllowed
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
        if found.meeting.cancelled or (found.cancelled and not of_series):
            raise WrongState("already_cancelled")
        return found, dict(fields)

    async def _save(
        self,
        tx: AsyncConnection,
        who: Identity,
        action: Action,
        found: Occurrence,
        changed: Meeting,
        seen: int | None = None,
    ) -> None:
        """Keeps a changed meeting; recorded of one day where it is one of a series."""
        key = found.meeting.key
        if seen is not None and seen != await rows.newest(tx, Kind.MEETING, key):
            raise WrongState("entered_meanwhile")
        subject = key if found.meeting.recurrence is None else found.key
        await self._keep(tx, who, action, changed, subject)

    def _changed(self, found: Occurrence, fields: Fields) -> Meeting:
        """A meeting with its new fields, one revision on; raises Invalid."""
        revision = int(fields.get("revision", 0)) + 1
        body = {**cleaned(fields), "revision": revision}
        meeting: Meeting = self._build(Kind.MEETING, found.meeting.key, body)
        return meeting

    async def _keep(
        self, tx: AsyncConnection, who: Identity, action: Action, meeting: Meeting, subject: str
    ) -> None:
        after = {"body": fields_of(meeting), "over": None}
        place = (Kind.MEETING, meeting.key)
        await self._write(tx, who, action, place, meeting.networks, after, subject)

    def _instant(self, wall_clock: dt.datetime) -> float:
        return wall_clock.replace(tzinfo=self.knowledge.zone).timestamp()


def _only(knowledge: Knowledge, meeting: Meeting) -> Knowledge:
    return replace(knowledge, meetings={meeting.key: meeting})
