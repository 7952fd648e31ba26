"""How far announcements have come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements.errors import STATE_WORDS
from bot.announcements.model import (
    Announcement,
    Counts,
    Delivery,
    Entry,
    Identity,
    Outcome,
    Reason,
    Report,
    State,
    Suspended,
    Unreachable,
)
from bot.announcements.names import Known, key
from bot.announcements.record import entry_of
from bot.announcements.report_reasons import reason_text
from bot.announcements.repository import announcement_of, instant_of, target_of
from bot.announcements.sender import Target
from bot.announcements.service_base import ServiceBase
from bot.i18n import Message, pN_
from bot.store import announcements as rows
from bot.store import conversations, deliveries, pauses, record, report_rows

MOST_NAMED = 20
"""Conversations of each kind that a report can name."""

MOST_TENANTS = 100
"""Receivers of what is not sent yet whose tenants are looked at."""


class Reporting(ServiceBase):
    """Announcements with the counts of their deliveries."""

    async def report(self, who: Identity, id_: str, limit: int = 100, offset: int = 0) -> Report:
        """How far it has come."""
        async with self._repository.reading() as tx:
            found = await self._repository.open(tx, who, id_, lock=False, acts=False)
            return self._as_seen_by(who, await _report(tx, found, limit, offset))

    def _as_seen_by(self, who: Identity, report: Report) -> Report:
        """A report without what names conversations of networks that are others' alone.

        Who coordinates one of an announcement's networks may look at it; the channels that follow
        another one, perhaps in another organisation, are none of theirs.
        """

        def own(network: str | None) -> bool:
            return network is not None and self._repository.coordinators.may(who, network)

        def seen(found: tuple[Delivery, ...]) -> tuple[Delivery, ...]:
            return tuple(one if own(one.network) else replace(one, target=None) for one in found)

        suspended = report.suspended
        first = tuple(one for one in suspended.first if any(map(own, one.target.networks)))
        return replace(
            report,
            uncertain=seen(report.uncertain),
            missing=seen(report.missing),
            waiting=seen(report.waiting),
            arrived=seen(report.arrived),
            suspended=replace(suspended, first=first),
        )

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
                        counts = await _counts(tx, found.id)
                        since = await _paused_since(tx, found) if _may_wait(found, counts) else None
                        seen.append(Report(found, counts, paused_since=since))
                    last = row.created_at
                if len(page) < 100:
                    break
            made = await _made(tx, [one.announcement for one in seen])
        return tuple(replace(one, made=made.get(one.announcement.id)) for one in seen)

    async def suspended(self, who: Identity) -> Suspended:
        """The conversations of somebody's own networks that could not be reached lately."""
        networks = self._repository.coordinators.networks_of(who, self._repository.knowledge())
        async with self._repository.reading() as tx:
            return await suspended_of(tx, networks)

    async def changes_paused_since(self, who: Identity, id_: str) -> dt.datetime | None:
        """Since when a change or a recall of what was posted would wait for the end of a pause."""
        async with self._repository.reading() as tx:
            await self._repository.open(tx, who, id_, lock=False, acts=False)
            return instant_of(await pauses.since_of(tx, id_, waiting=False))

    async def progress(self, id_: str) -> Report | None:
        """How far it has come, for its progress card: to whom that is shown was checked before."""
        async with self._repository.reading() as tx:
            row = await rows.find(tx, id_)
            if row is None:
                return None
            return await _report(tx, announcement_of(row))

    async def progress_place(self, id_: str) -> Mapping[str, object] | None:
        """Where its progress cards are, if anywhere; `places_of` gives each of them."""
        async with self._repository.reading() as tx:
            row = await rows.find(tx, id_)
            return announcement_of(row).progress if row is not None else None

    async def show_progress(self, who: Identity, id_: str, place: Mapping[str, object]) -> None:
        """Remembers where progress is shown: on the card of its author, and on that of whoever
        else acted on it last.
        """
        async with self._repository.transaction() as tx:
            made = await self._repository.open(tx, who, id_)
            known = _without_card(made.progress or {}, str(place.get("activity")))
            if made.author == who:
                acting = {rows.ACTING: known[rows.ACTING]} if rows.ACTING in known else {}
                known = {**place, **acting}
            else:
                known[rows.ACTING] = dict(place)
            await self._repository.put(tx, id_, await self._repository.now(tx), progress=known)

    async def hide_progress(self, who: Identity, id_: str, card: str) -> None:
        """Has a card left alone that shows something else now, until progress is shown again.

        The chat it is in stays known: news of the announcement still go there.
        """
        async with self._repository.transaction() as tx:
            made = await self._repository.open(tx, who, id_)
            if made.progress is None:
                return
            left = _without_card(made.progress, card)
            if left != made.progress:
                await self._repository.put(tx, id_, await self._repository.now(tx), progress=left)


def places_of(progress: Mapping[str, object] | None) -> list[Mapping[str, object]]:
    """The places in which progress is or was shown: the author's, and of whoever else acted."""
    if progress is None:
        return []
    acting = progress.get(rows.ACTING)
    return [progress, *([acting] if isinstance(acting, dict) else [])]


def _without_card(progress: Mapping[str, object], card: str) -> dict[str, object]:
    """The places without that card, in whichever it is."""
    left = {
        name: value
        for name, value in progress.items()
        if name != rows.ACTING and (name, value) != ("activity", card)
    }
    acting = progress.get(rows.ACTING)
    if isinstance(acting, dict):
        left[rows.ACTING] = _without_card(acting, card)
    return left


async def _report(
    tx: AsyncConnection, found: Announcement, limit: int = 100, offset: int = 0
) -> Report:
    listed = await deliveries.listing(tx, found.id, limit, offset)
    recalled = found.state is State.RECALLED
    uncertain, missing, waiting, arrived = await report_rows.examples(tx, found.id, MOST_NAMED)
    reasons = await report_rows.reasons(tx, found.id)
    return Report(
        found,
        await _counts(tx, found.id),
        tuple(_delivery(row) for row in listed),
        reasons=tuple(
            Reason(Outcome(row.state), row.kind, row.error, row.times, row.doubts, bool(row.posted))
            for row in reasons
        ),
        uncertain=tuple(_named(row) for row in uncertain),
        missing=() if recalled else tuple(_named(row) for row in missing),
        waiting=tuple(_named(row) for row in waiting),
        arrived=tuple(_named(row) for row in arrived),
        suspended=await suspended_of(tx, found.networks),
        paused_since=await _paused_since(tx, found),
        made=(await _made(tx, [found])).get(found.id),
    )


async def _made(tx: AsyncConnection, found: Iterable[Announcement]) -> dict[str, Entry]:
    """Who announced each; of a reminder, who announced what it reminds of."""
    origin = {one.id: (one.reminder and one.parent) or one.id for one in found}
    rows = await record.announced(tx, origin.values())
    return {id_: entry_of(rows[made]) for id_, made in origin.items() if made in rows}


async def _counts(tx: AsyncConnection, id_: str) -> Counts:
    found = await deliveries.counts(tx, id_)
    changing, undone, never = await report_rows.standing(tx, id_)
    return Counts(
        delivered=found[Outcome.DELIVERED],
        gone=found[Outcome.GONE],
        failed=found[Outcome.FAILED],
        pending=found[Outcome.PENDING],
        uncertain=found[Outcome.UNCERTAIN],
        held=found.get(Outcome.HELD, 0),
        stopped=found.get(Outcome.STOPPED, 0),
        deleted=found.get(Outcome.DELETED, 0),
        changing=changing,
        undone=undone,
        never=never,
    )


def _delivery(row: Any) -> Delivery:
    return Delivery(
        id=row.id,
        kind=row.kind,
        network=row.network,
        outcome=Outcome(row.state),
        attempts=row.attempts,
        error=row.error,
        uncertain=bool(row.uncertain),
        doubts=row.doubts,
        posted=bool(row.posted),
        suspended_at=instant_of(row.suspended_at),
    )


def _named(row: Any) -> Delivery:
    """A delivery with its conversation, unless that has been forgotten."""
    made = _delivery(row)
    if row.channel is None:
        return made
    target = Target(
        channel=row.channel,
        kind=row.kind,
        remote_id=row.place,
        service_url=row.service_url,
        tenant=row.tenant,
        team=row.team,
        bot_id=row.bot_id,
        locale=row.locale,
    )
    return replace(made, target=target)


async def suspended_of(tx: AsyncConnection, networks: Iterable[str]) -> Suspended:
    """The conversations following these networks that could not be reached lately."""
    number, first = await report_rows.suspended(tx, networks, MOST_NAMED)
    followed = await conversations.follows_of_all(tx, [row.id for row in first])
    return Suspended(number, tuple(_unreachable(row, followed.get(row.id, ())) for row in first))


def _unreachable(row: Any, networks: tuple[str, ...]) -> Unreachable:
    since = instant_of(row.suspended_at)
    assert since is not None
    return Unreachable(target_of(row, networks), since)


def _may_wait(found: Announcement, counts: Counts) -> bool:
    return bool(counts.pending) or found.state is State.SCHEDULED


async def _paused_since(tx: AsyncConnection, found: Announcement) -> dt.datetime | None:
    """Since when its sending has been paused, where something of it waits or is to come."""
    if found.state in (State.DRAFT, State.SCHEDULED):
        rows_ = await deliveries.receivers(tx, found.networks, MOST_TENANTS)
        return instant_of(await pauses.since(tx, {row.tenant for row in rows_}))
    return instant_of(await pauses.since_of(tx, found.id))


class Standing(StrEnum):
    """What can truly be said of an announcement that is in a state, by what its counts admit."""

    RECALLING = "recalling"
    PARTLY_RECALLED = "partly_recalled"
    """Not everywhere: a copy stands, or may."""
    REACHED_NOBODY = "reached_nobody"
    UNKNOWN = "unknown"
    """Whether it arrived anywhere is not known."""
    UNCHANGED = "unchanged"
    """It is there as it was before: the last change succeeded nowhere."""
    CALLED_OFF = "called_off"
    """Before anything of it was sent."""


def standing(report: Report) -> State | Standing:
    """The state of an announcement, unless its counts say that this word would claim too much."""
    state, counts = report.announcement.state, report.counts
    if state is State.RECALLED:
        if counts.pending:
            return Standing.RECALLING
        stands = counts.uncertain or counts.undone or counts.delivered
        return Standing.PARTLY_RECALLED if stands else state
    if state is State.CANCELLED and counts == Counts():
        return Standing.CALLED_OFF
    if state in (State.SENT, State.FAILED) and counts.undone and not counts.delivered:
        return Standing.UNCHANGED
    if state is State.FAILED and counts.uncertain:
        return Standing.UNKNOWN
    if state is State.SENT and not counts.delivered:
        return Standing.UNKNOWN if counts.uncertain else Standing.REACHED_NOBODY
    return state


_STANDING_WORDS: Mapping[Standing, Message] = {
    Standing.RECALLING: pN_("the announcement is …", "being recalled"),
    Standing.PARTLY_RECALLED: pN_("the announcement is …", "recalled in part"),
    Standing.REACHED_NOBODY: pN_("the announcement is …", "sent, but reached nobody"),
    Standing.UNKNOWN: pN_("the announcement is …", "sent, but it is not known whether it arrived"),
    Standing.UNCHANGED: pN_("the announcement is …", "sent, but the last change failed"),
    Standing.CALLED_OFF: pN_("the announcement is …", "called off"),
}


def standing_word(report: Report) -> Message:
    """The state of an announcement as a command lists it."""
    found = standing(report)
    return _STANDING_WORDS[found] if isinstance(found, Standing) else STATE_WORDS[found]


def counts_json(found: Counts) -> dict[str, int]:
    """How many conversations ended how."""
    return {
        "delivered": found.delivered,
        "gone": found.gone,
        "failed": found.failed,
        "pending": found.pending,
        "uncertain": found.uncertain,
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
        "send_at": iso(one.send_at),
        "reminder_of": one.parent if one.reminder else None,
        "change_of": one.parent if one.previous else None,
        "counts": counts_json(report.counts),
        "paused_since": iso(report.paused_since),
    }


def delivery_json(one: Delivery, state: State, name: str | None = None) -> dict[str, Any]:
    """One delivery of an announcement in a state as JSON.

    `name` is what people call the conversation, where that was asked.
    """
    return {
        "id": one.id,
        "kind": one.kind,
        "network": one.network,
        "state": one.outcome,
        "attempts": one.attempts,
        "error": one.error,
        "reason": reason_text(one, state, "en"),
        "uncertain": one.uncertain,
        "unreachable_since": iso(one.suspended_at),
        "name": name,
    }


def report_json(report: Report, names: Known) -> dict[str, Any]:
    """An announcement as JSON with what a report names: the first of each kind."""
    named, state = names_by_delivery(report, names), report.announcement.state

    def deliveries_json(found: Iterable[Delivery]) -> list[dict[str, Any]]:
        return [delivery_json(one, state, named.get(one.id)) for one in found]

    return {
        **listing_json(report),
        "uncertain": deliveries_json(report.uncertain),
        "missing": deliveries_json(report.missing),
        "waiting": deliveries_json(report.waiting),
        "unreachable": unreachable_json(report, names),
    }


def unreachable_json(report: Report, names: Known) -> list[dict[str, Any]]:
    """The conversations following its networks that could not be reached lately, the first."""
    return [
        {
            "kind": one.target.kind,
            "networks": list(one.target.networks),
            "since": iso(one.since),
            "name": names.get(key(one.target)),
        }
        for one in report.suspended.first
    ]


def names_by_delivery(report: Report, names: Known) -> dict[int, str]:
    """What people call the conversations of those deliveries that are named, by their ids."""
    named = (*report.uncertain, *report.missing, *report.waiting, *report.arrived)
    found = ((one.id, names.get(key(one.target))) for one in named if one.target is not None)
    return {id_: name for id_, name in found if name}


def iso(instant: dt.datetime | None) -> str | None:
    """An instant as JSON has it."""
    return instant.isoformat(timespec="seconds") if instant else None


def _title(one: Announcement) -> dict[str, str]:
    """The title of an announcement, or of its meeting."""
    meeting: Any = one.meeting_snapshot.get("meeting", {})
    found: Mapping[str, str] = meeting.get("title", {})
    return {str(code): words for code, words in (one.title or found).items()}
