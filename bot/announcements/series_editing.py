"""Series that coordinators entered: a date added, an end set, the dates to come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from bot.announcements.content_editing import cleaned
from bot.announcements.errors import Invalid
from bot.announcements.meeting_changing import MeetingChanges
from bot.announcements.model import Action, Identity
from bot.knowledge.fields import fields_of
from bot.knowledge.models import ONLY_START, Meeting
from bot.knowledge.overlay import Kind
from bot.knowledge.recurrence import Occurrence, gives, occurrences
from bot.store import announcements as announcement_rows

LONGEST = dt.timedelta(days=7)
"""How long before a meeting others are looked for that may still be going on."""

FAR = dt.timedelta(days=5 * 366)
"""How far ahead dates of a series are counted."""

LOOKED_AT = 60
"""Dates of a new series whose hours are compared with those of other meetings."""


class SeriesEditor(MeetingChanges):
    """Changes when a series is held."""

    def draft(self, body: Mapping[str, Any]) -> Meeting:
        """A meeting that is to be added, checked; raises Invalid, which names the field."""
        made: Meeting = self._build(Kind.MEETING, "new", cleaned(body))
        return made

    def next_dates(self, meeting: Meeting, now: dt.datetime, most: int) -> list[Occurrence]:
        """The next dates of a meeting that are not called off, in their order."""
        found = occurrences(meeting, now, now + FAR, self.knowledge.zone)
        return list(islice((one for one in found if not one.cancelled), most))

    def beside(self, body: Mapping[str, Any], now: dt.datetime) -> tuple[Occurrence, ...]:
        """A date of a meeting that is to be added, and another meeting in the same hours.

        Of one of its networks, and not one that says all the same; empty for none.
        Raises Invalid, which names the field.
        """
        draft = self.draft(body)
        ours = self.next_dates(draft, now, LOOKED_AT)
        if not ours:
            return ()
        theirs = self.knowledge.coming(
            ours[0].start - LONGEST, ours[-1].end, networks=draft.networks
        )
        return next(_overlaps(ours, theirs), ())

    async def add_date(
        self, who: Identity, occurrence: str, start: dt.datetime, end: dt.datetime
    ) -> Occurrence:
        """Adds a date to the meeting of an occurrence; times are local, without a zone.

        A day that was left out or called off is held again. Raises as `move` does, and Invalid for
        a day that it has already.
        """
        day = start.date()
        async with self._database.transaction() as tx:
            found, fields = await self._open(tx, who, occurrence, of_series=True)
            if self._instant(end) <= await self._database.now(tx):
                raise Invalid("day", "time_past")
            there = found.meeting.recurrence
            out = {*there.skip} if there else set()
            called_off = {*found.meeting.cancelled_days}
            if day not in out | called_off and gives(found.meeting, day):
                raise Invalid("day", "series_has_date")
            recurrence = {"rrule": ONLY_START, **(fields.get("recurrence") or {})}
            recurrence["skip"] = [str(one) for one in sorted(out - {day})]
            if not gives(found.meeting, day):
                also = {*(there.also if there else ()), day}
                recurrence["also"] = [str(one) for one in sorted(also)]
            usual = dt.datetime.combine(day, found.meeting.start.time())
            length = found.meeting.end - found.meeting.start
            moved = {**recurrence.get("moved", {})}
            moved.pop(str(day), None)
            if (start, end) != (usual, usual + length):
                moved[str(day)] = {
                    "start": f"{start:%Y-%m-%d %H:%M}",
                    "end": f"{end:%Y-%m-%d %H:%M}",
                }
            recurrence["moved"] = moved
            fields["recurrence"] = recurrence
            fields["cancelled_days"] = [str(one) for one in sorted(called_off - {day})]
            changed = self._changed(found, fields)
            await self._save(tx, who, Action.MEETING_CHANGED, found, changed)
            if there is None:
                # Announcements may name a day from before it was moved.
                await announcement_rows.name_day(tx, changed.key, found.key)
        await self.refresh()
        added = self.knowledge.occurrence(f"{changed.key}@{day}")
        assert added is not None
        return added

    async def end_series(self, who: Identity, occurrence: str, last: dt.date) -> Meeting:
        """Ends the series of an occurrence with a day, which is the last that is held at most.

        Raises as `move` does, and Invalid for a day before the first date, or where a later one
        was announced, by whomever.
        """
        async with self._database.transaction() as tx:
            found, fields = await self._open(tx, who, occurrence, of_series=True)
            before = self._changed(found, fields)
            recurrence = dict(fields.get("recurrence") or {})
            if not recurrence:
                raise Invalid("last", "series_none")
            if last < found.meeting.start.date():
                raise Invalid("last", "series_no_dates")
            rule = str(recurrence.get("rrule", ONLY_START))
            if rule != ONLY_START:
                parts = rule.upper().removeprefix("RRULE:").split(";")
                kept = [one for one in parts if not one.startswith(("COUNT=", "UNTIL="))]
                recurrence["rrule"] = ";".join([*kept, f"UNTIL={last:%Y%m%d}"])
            for name in ("skip", "also"):
                recurrence[name] = [day for day in recurrence.get(name, ()) if day <= str(last)]
            recurrence["moved"] = _until(recurrence.get("moved", {}), last)
            fields["recurrence"] = recurrence
            days = fields.get("cancelled_days", ())
            fields["cancelled_days"] = [day for day in days if day <= str(last)]
            if "changed_days" in fields:
                fields["changed_days"] = _until(fields["changed_days"], last)
            changed = self._changed(found, fields)
            if changed == before:
                # A second press leaves the first one to be undone.
                return found.meeting
            now = await self._database.now(tx)
            for told in sorted(await announcement_rows.told_occurrences(tx, changed.key)):
                later = self.knowledge.occurrence(told)
                if (
                    later
                    and later.day > last
                    and not later.cancelled
                    and later.end.timestamp() > now
                ):
                    raise Invalid("last", "series_told", day=later.start.date())
            await self._save(tx, who, Action.MEETING_CHANGED, found, changed)
        await self.refresh()
        return changed


def _until(days: Mapping[str, Any], last: dt.date) -> dict[str, Any]:
    return {day: value for day, value in days.items() if day <= str(last)}


def said_of(meeting: Meeting) -> dict[str, Any]:
    """All that is said of a meeting, whatever its key and however often it changed."""
    return {name: one for name, one in fields_of(meeting).items() if name != "revision"}


def _overlaps(
    ours: list[Occurrence], theirs: list[Occurrence]
) -> Iterator[tuple[Occurrence, Occurrence]]:
    for one in ours:
        for other in theirs:
            if other.start >= one.end:
                break
            same = said_of(other.meeting) == said_of(one.meeting)
            if other.end > one.start and not other.cancelled and not same:
                yield one, other
