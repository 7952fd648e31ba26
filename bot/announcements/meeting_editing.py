"""Meetings that coordinators enter: kept in the database, used together with those of the files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements.content_editing import cleaned, exported
from bot.announcements.errors import Invalid, NotAllowed
from bot.announcements.model import Action, Identity
from bot.announcements.series_editing import SeriesEditor, said_of
from bot.knowledge.library import Knowledge
from bot.knowledge.models import Meeting
from bot.knowledge.overlay import Kind
from bot.knowledge.values import slug
from bot.store import announcements as announcement_rows
from bot.store import overlay as rows
from bot.store.database import Database

MAX_KEY_LENGTH = 50
"""Characters of a key, so that `key@2026-12-10` fits wherever an occurrence is kept."""


class MeetingEditor(SeriesEditor):
    """Adds, moves and cancels meetings, and whatever else a content editor does.

    A meeting has the fields of a file in content/meetings/, checked by the same model.
    """

    async def add(self, who: Identity, body: Mapping[str, Any]) -> Meeting:
        """Adds a meeting; `body` holds the fields of a file as texts, without `key`.

        Times are `2026-12-10 08:30`. Raises NotAllowed or Invalid, which names the field.
        """
        return (await self._add(who, body, once=False))[0]

    async def add_once(self, who: Identity, body: Mapping[str, Any]) -> tuple[Meeting, bool]:
        """The same, and whether it was added: else it is one that says all the same.

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
            taken = await self._taken(tx)
            meeting = draft.model_copy(update={"key": _free_key(draft, taken)})
            await self._keep(tx, who, Action.MEETING_ADDED, meeting, meeting.key)
        await self.refresh()
        return meeting, True

    def _same(self, draft: Meeting) -> Meeting | None:
        wanted = said_of(draft)
        found = (one for one in self.knowledge.meetings.values() if said_of(one) == wanted)
        return next(found, None)

    async def _taken(self, tx: AsyncConnection) -> set[str]:
        """The keys that no new meeting may get: what was said of another would be said of it."""
        had = await rows.keys(tx, Kind.MEETING)
        return {*self.knowledge.meetings, *had, *await announcement_rows.meetings_named(tx)}


async def exported_meetings(database: Database, of_files: Knowledge) -> dict[str, str]:
    """The database's meetings as YAML files: their text by file name."""
    files = await exported(database, of_files, [Kind.MEETING])
    return {Path(path).name: text for path, text in files.items() if text is not None}


def _free_key(meeting: Meeting, taken: Iterable[str]) -> str:
    """A key from the meeting's title and month that nothing has yet."""
    base = slug(meeting.title.best("fi"))[: MAX_KEY_LENGTH - 12].strip("-") or meeting.kind
    base = f"{base.replace('_', '-')}-{meeting.start:%Y-%m}"
    names = [base, *(f"{base}-{number}" for number in range(2, 1000))]
    used = set(taken)
    return next(name for name in names if name not in used)
