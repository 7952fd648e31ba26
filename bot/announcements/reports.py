"""How far announcements have come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements.model import (
    Announcement,
    Counts,
    Delivery,
    Entry,
    Identity,
    Outcome,
    Report,
)
from bot.announcements.record import entry_of
from bot.announcements.repository import announcement_of
from bot.announcements.service_base import ServiceBase
from bot.store import announcements as rows
from bot.store import deliveries, record


class Reporting(ServiceBase):
    """Announcements with the counts of their deliveries."""

    async def report(self, who: Identity, id_: str, limit: int = 100, offset: int = 0) -> Report:
        """How far it has come."""
        async with self._repository.reading() as tx:
            found = await self._repository.open(tx, who, id_, lock=False, acts=False)
            return await _report(tx, found, limit, offset)

    async def listing(
        self, who: Identity, limit: int = 20, before: dt.datetime | None = None
    ) -> tuple[Report, ...]:
        """The newest announcements that somebody may see, with their counts."""
        seen: list[Report] = []
        last = before.timestamp() if before else None
        async with self._repository.reading() as tx:
            while len(seen) < limit:
                page = await rows.newest(tx, 100, last)
                for row in page:
                    found = announcement_of(row)
                    if len(seen) < limit and self._repository.may_see(who, found):
                        seen.append(Report(found, await _counts(tx, found.id)))
                    last = row.created_at
                if len(page) < 100:
                    break
            made = await _made(tx, [one.announcement for one in seen])
        return tuple(replace(one, made=made.get(one.announcement.id)) for one in seen)

    async def progress(self, id_: str) -> Report | None:
        """How far it has come, for its progress card: to whom that is shown was checked before."""
        async with self._repository.reading() as tx:
            row = await rows.find(tx, id_)
            if row is None:
                return None
            return await _report(tx, announcement_of(row))

    async def show_progress(self, who: Identity, id_: str, place: Mapping[str, object]) -> None:
        """Remembers where the progress card is."""
        async with self._repository.transaction() as tx:
            await self._repository.open(tx, who, id_)
            await self._repository.put(
                tx, id_, await self._repository.now(tx), progress=dict(place)
            )

    async def hide_progress(self, who: Identity, id_: str, card: str) -> None:
        """Has a card left alone that shows something else now, until progress is shown again.

        The chat it is in stays known: news of the announcement still go there.
        """
        async with self._repository.transaction() as tx:
            made = await self._repository.open(tx, who, id_)
            if made.progress is not None and made.progress.get("activity") == card:
                place = {name: value for name, value in made.progress.items() if name != "activity"}
                await self._repository.put(tx, id_, await self._repository.now(tx), progress=place)


async def _report(
    tx: AsyncConnection, found: Announcement, limit: int = 100, offset: int = 0
) -> Report:
    listed = await deliveries.listing(tx, found.id, limit, offset)
    return Report(
        found,
        await _counts(tx, found.id),
        tuple(_delivery(row) for row in listed),
        (await _made(tx, [found])).get(found.id),
    )


async def _made(tx: AsyncConnection, found: Iterable[Announcement]) -> dict[str, Entry]:
    """Who announced each; of a reminder, who announced what it reminds of."""
    origin = {one.id: one.parent or one.id for one in found}
    rows = await record.announced(tx, origin.values())
    return {id_: entry_of(rows[made]) for id_, made in origin.items() if made in rows}


async def _counts(tx: AsyncConnection, id_: str) -> Counts:
    found = await deliveries.counts(tx, id_)
    return Counts(
        found[Outcome.DELIVERED],
        found[Outcome.GONE],
        found[Outcome.FAILED],
        found[Outcome.PENDING],
    )


def _delivery(row: Any) -> Delivery:
    return Delivery(
        id=row.id,
        kind=row.kind,
        network=row.network,
        outcome=Outcome(row.state),
        attempts=row.attempts,
        error=row.error,
    )


def counts_json(found: Counts) -> dict[str, int]:
    """How many conversations ended how."""
    return {
        "delivered": found.delivered,
        "gone": found.gone,
        "failed": found.failed,
        "pending": found.pending,
    }


def listing_json(report: Report) -> dict[str, Any]:
    """An announcement as JSON, as the API and the commands list it."""
    one: Announcement = report.announcement
    return {
        "id": one.id,
        "state": one.state,
        "reason": one.reason,
        "meeting": one.occurrence,
        "title": _title(one),
        "networks": list(one.networks),
        "send_at": one.send_at.isoformat(timespec="seconds") if one.send_at else None,
        "reminder_of": one.parent,
        "counts": counts_json(report.counts),
    }


def _title(one: Announcement) -> dict[str, str]:
    """The title of an announcement, or of its meeting."""
    meeting: Any = one.meeting_snapshot.get("meeting", {})
    found: Mapping[str, str] = meeting.get("title", {})
    return {str(code): words for code, words in (one.title or found).items()}
