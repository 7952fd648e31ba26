"""Reading the record of who did what."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.announcements.errors import Invalid, NotAllowed
from bot.announcements.model import Announcement, By, Entry, Identity
from bot.announcements.permissions import ALL
from bot.announcements.record import entry_of
from bot.announcements.repository import announcement_of
from bot.announcements.service_base import ServiceBase
from bot.store import announcements, record
from bot.store.record import RecordRow

MOST_READ = 200
"""Rows about one announcement that are looked at, the newest first."""

MOST_SEARCHED = 1_000
"""Rows in which the newest that somebody may see are searched."""


@dataclass(frozen=True)
class Recent:
    """A row of the record, with the announcement that it is about, if it is about one."""

    entry: Entry
    announcement: Announcement | None


class Recording(ServiceBase):
    """The record, of which everybody sees what concerns a network of their own."""

    async def recorded(
        self, who: Identity, since: dt.datetime | None = None, network: str | None = None
    ) -> AsyncIterator[Entry]:
        """All that somebody may see, the oldest first; of one network, or since an instant.

        Raises NotAllowed for who is no coordinator, and Invalid for an unknown network.
        """
        if not self._repository.coordinators.is_coordinator(who):
            raise NotAllowed
        if network is not None and network not in self._repository.knowledge().networks:
            raise Invalid("network", "no_network", network=network[:64])
        start, last = since.timestamp() if since else None, 0
        while True:
            # In transactions of their own: whoever reads may take a long time over a page.
            async with self._repository.reading() as tx:
                rows = await record.page(tx, after=last, since=start, network=network)
            for row in rows:
                last = row.id
                if self._may_see(who, row):
                    yield entry_of(row)
            if not rows:
                return

    async def record_of(self, who: Identity, id_: str, limit: int = 20) -> tuple[Entry, ...]:
        """What was done with an announcement and with its meeting, the newest first.

        Of a reminder, with the announcement that it reminds of. Raises NotAllowed or NotFound.
        """
        async with self._repository.reading() as tx:
            found = await self._repository.open(tx, who, id_, lock=False, acts=False)
            occurrence = found.occurrence or ""
            named = (id_, found.parent, occurrence, occurrence.partition("@")[0])
            rows = await record.of_subjects(tx, [one for one in named if one], MOST_READ)
        return tuple(entry_of(row) for row in rows if self._may_see(who, row))[:limit]

    async def recent(self, who: Identity, limit: int) -> tuple[Recent, ...]:
        """The newest of what somebody may see, newest first; raises NotAllowed for no coordinator.

        Not more than `MOST_SEARCHED` rows are searched for it.
        """
        if not self._repository.coordinators.is_coordinator(who):
            raise NotAllowed
        entries: list[Entry] = []
        last: int | None = None
        searched = 0
        async with self._repository.reading() as tx:
            while len(entries) < limit and searched < MOST_SEARCHED:
                rows = await record.newest(tx, last)
                if not rows:
                    break
                entries += [entry_of(row) for row in rows if self._may_see(who, row)]
                last, searched = rows[-1].id, searched + len(rows)
            entries = entries[:limit]
            found = await announcements.by_ids(tx, {one.subject for one in entries})
        told = {row.id: announcement_of(row) for row in found}
        return tuple(Recent(one, told.get(one.subject)) for one in entries)

    @property
    def zone(self) -> ZoneInfo:
        """The community's time zone, in which times are told."""
        return self._repository.zone

    def name_of(self, entry: Entry) -> str | None:
        """What a coordinator is called: by name, else by id; None for nobody and once forgotten."""
        if entry.by is not By.COORDINATOR or entry.who is None:
            return None
        return self._repository.coordinators.name_of(entry.who) or entry.who.id

    def _may_see(self, who: Identity, row: RecordRow) -> bool:
        may = self._repository.coordinators.may
        if not row.networks:
            return may(who, ALL)  # Such as a pause of all sending.
        return ALL in row.networks or any(may(who, network) for network in row.networks)
