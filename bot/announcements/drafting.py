"""From a draft to a confirmed announcement, which is sent at once or scheduled."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements import meeting_snapshots
from bot.announcements.draft_check import Checked, draft_of
from bot.announcements.errors import Conflict, WrongState
from bot.announcements.model import (
    NONE_SUSPENDED,
    Action,
    Announcement,
    Draft,
    Identity,
    Reminder,
    State,
    Suspended,
)
from bot.announcements.post import MEMBER_CHANNELS
from bot.announcements.reports import suspended_of
from bot.announcements.repository import (
    announcement_of,
    instant_of,
    new_values,
    target_of,
    values_of,
)
from bot.announcements.sender import Target
from bot.announcements.service_base import ServiceBase
from bot.answers import dates
from bot.answers.model import Answer
from bot.knowledge.values import LANGUAGES, Language
from bot.store import announcements as rows
from bot.store import conversations, deliveries, pauses

MAX_TARGETS = 20
"""How many conversations a preview names."""


@dataclass(frozen=True)
class Preview:
    """What will be posted, where and when."""

    announcement: Announcement
    post: Answer
    """As it looks in a team's channel."""
    receivers: int
    targets: tuple[Target, ...]
    """The first of them, as many as names are worth asking for."""
    when: Mapping[Language, str]
    """When it is sent, written out in the community's time; empty: at once."""
    reminders: tuple[Mapping[Language, str], ...]
    """The same of each reminder that will be sent."""
    late: tuple[Reminder, ...] = ()
    """Reminders that were asked for and whose time is past."""
    suspended: Suspended = NONE_SUSPENDED
    """Those of the receivers that could not be reached lately."""
    paused_since: dt.datetime | None = None
    """Since when an administrator has had the sending to them paused."""


class _Receivers(NamedTuple):
    """The conversations that follow the networks of a draft."""

    number: int
    first: tuple[Target, ...]
    suspended: Suspended
    paused_since: dt.datetime | None


class Drafting(ServiceBase):
    """Keeps drafts, shows what they would post, and confirms them."""

    async def draft(self, who: Identity, draft: Draft) -> Announcement:
        """Checks and keeps a draft, which its author alone sees."""
        async with self._repository.transaction() as tx:
            now = await self._repository.now(tx)
            checked = self._repository.check(who, draft, now)
            values = new_values(who, now) | values_of(checked)
            await rows.add(tx, values)
            return await self._repository.load(tx, values["id"])

    async def edit(self, who: Identity, id_: str, draft: Draft) -> Announcement:
        """Puts another draft in the place of one that was not confirmed yet."""
        async with self._repository.transaction() as tx:
            await self._repository.open(tx, who, id_, State.DRAFT)
            now = await self._repository.now(tx)
            checked = self._repository.check(who, draft, now)
            await self._repository.put(tx, id_, now, **values_of(checked))
            return await self._repository.load(tx, id_)

    async def discard(self, who: Identity, id_: str) -> None:
        """Throws a draft away; raises WrongState for what was confirmed, NotFound without one."""
        async with self._repository.transaction() as tx:
            found = await self._repository.open(tx, who, id_, State.DRAFT)
            await rows.drop(tx, [found.id])

    async def preview(self, who: Identity, id_: str) -> Preview:
        """What will be posted, where and when; of a draft, with the meeting as it is now."""
        async with self._repository.transaction() as tx:
            found = await self._repository.open(tx, who, id_)
            now = await self._repository.now(tx)
            if found.state is State.DRAFT:
                checked = self._repository.check(who, draft_of(found), now)
                await self._repository.put(tx, id_, now, **values_of(checked))
                found = await self._repository.load(tx, id_)
            receivers = await self._receivers(tx, found.networks)
        return self._preview(found, receivers, now)

    async def dry_run(self, who: Identity, draft: Draft) -> Preview:
        """What a draft would post, where and when, without keeping it."""
        async with self._repository.reading() as tx:
            now = await self._repository.now(tx)
            checked = self._repository.check(who, draft, now)
            values = values_of(checked)
            receivers = await self._receivers(tx, checked.draft.networks)
        made = Announcement(
            id="",
            state=State.DRAFT,
            version=0,
            networks=checked.draft.networks,
            occurrence=checked.draft.occurrence,
            title=checked.draft.title,
            text=checked.draft.text,
            note=checked.draft.note,
            meeting_snapshot=values["facts"],
            send_at=checked.send_at,
            reminders=checked.draft.reminders,
        )
        return self._preview(made, receivers, now)

    async def confirm(self, who: Identity, id_: str) -> Announcement:
        """Sends a draft now, or schedules it with its reminders.

        Raises WrongState for one that was confirmed before, and where the meeting is no longer
        what the preview showed.
        """
        async with self._repository.transaction() as tx:
            await self._repository.hold_meetings(tx)
            found = await self._repository.open(tx, who, id_, State.DRAFT)
            now = await self._repository.now(tx)
            checked = self._repository.check(who, draft_of(found), now)
            before = meeting_snapshots.occurrence_of(found.meeting_snapshot, self._repository.zone)
            if (
                before
                and checked.occurrence
                and meeting_snapshots.differ(before, checked.occurrence)
            ):
                raise WrongState("changed_meanwhile")
            await self._repository.put(tx, id_, now, **values_of(checked))
            await self._begin(tx, id_, checked, now)
            confirmed = await self._repository.load(tx, id_)
            await self._note(tx, now, who, Action.ANNOUNCED, confirmed)
        self._log_and_wake("confirmed", confirmed)
        return confirmed

    async def create(
        self, who: Identity, draft: Draft, idempotency_key: str | None = None
    ) -> Announcement:
        """Drafts and confirms in one step.

        The same key with the same draft gives the announcement made before; with another one,
        Conflict.
        """
        asked = json.dumps(asdict(draft), sort_keys=True)
        request_hash = hashlib.sha256(asked.encode()).hexdigest()
        async with self._repository.transaction() as tx:
            if idempotency_key is not None:
                made = await self._made_before(tx, who, idempotency_key, request_hash)
                if made is not None:
                    return made
            await self._repository.hold_meetings(tx)
            now = await self._repository.now(tx)
            checked = self._repository.check(who, draft, now)
            values = new_values(who, now) | values_of(checked)
            values |= {"idempotency_key": idempotency_key, "request_hash": request_hash}
            if not await rows.add(tx, values):
                # Another replica was faster by a moment.
                again = await self._made_before(tx, who, idempotency_key or "", request_hash)
                assert again is not None
                return again
            await self._begin(tx, values["id"], checked, now)
            created = await self._repository.load(tx, values["id"])
            await self._note(tx, now, who, Action.ANNOUNCED, created)
        self._log_and_wake("confirmed", created)
        return created

    async def _made_before(
        self, tx: AsyncConnection, who: Identity, key: str, request_hash: str
    ) -> Announcement | None:
        row = await rows.find_by_key(tx, key)
        if row is None:
            return None
        found = announcement_of(row)
        self._repository.require(who, found.networks)
        if row.request_hash != request_hash:
            raise Conflict("key_used")
        return found

    async def _begin(self, tx: AsyncConnection, id_: str, checked: Checked, now: float) -> None:
        """Sends or schedules, and schedules the reminders."""
        if checked.send_at is None:
            await self._repository.put(tx, id_, now, state=State.SENDING, version=1, send_at=now)
            await deliveries.fan_out(tx, id_, checked.draft.networks, now)
        else:
            await self._repository.put(tx, id_, now, state=State.SCHEDULED, version=1)
        await self._reminders.add(tx, id_, checked.occurrence, now)

    def _preview(self, found: Announcement, receivers: _Receivers, now: float) -> Preview:
        sample = Target(
            next(iter(MEMBER_CHANNELS)), "channel", "", "", "", networks=tuple(found.networks)
        )
        occurrence = meeting_snapshots.occurrence_of(found.meeting_snapshot, self._repository.zone)
        waits = found.state in (State.DRAFT, State.SCHEDULED) and found.send_at is not None
        coming: dict[Reminder, dt.datetime] = {}
        if occurrence is not None and not occurrence.cancelled:
            coming = self._reminders.coming(found, occurrence, now)
        return Preview(
            announcement=found,
            post=self.compose(found, sample),
            receivers=receivers.number,
            targets=receivers.first,
            when=self.written(found.send_at) if waits and found.send_at else {},
            reminders=tuple(self.written(time) for time in coming.values()),
            late=tuple(one for one in found.reminders if occurrence and one not in coming),
            suspended=receivers.suspended,
            paused_since=receivers.paused_since,
        )

    async def _receivers(self, tx: AsyncConnection, networks: Sequence[str]) -> _Receivers:
        found = await deliveries.receivers(tx, networks, MAX_TARGETS)
        followed = await conversations.follows_of_all(tx, [row.id for row in found])
        return _Receivers(
            await conversations.count_receivers(tx, networks),
            tuple(target_of(row, followed.get(row.id, ())) for row in found),
            await suspended_of(tx, networks),
            instant_of(await pauses.since(tx, {row.tenant for row in found})),
        )

    def written(self, instant: dt.datetime) -> dict[Language, str]:
        """An instant as the community's clocks show it, in each language."""
        local = instant.astimezone(self._repository.zone)
        return {language: dates.instant(local, language) for language in LANGUAGES}
