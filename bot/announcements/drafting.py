"""From a draft to a confirmed announcement, which is sent at once or scheduled."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import asdict

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements import meeting_snapshots
from bot.announcements.draft_check import Checked, kept_draft
from bot.announcements.errors import Conflict, WrongState
from bot.announcements.model import Announcement, Draft, Identity, State
from bot.announcements.previews import Preview
from bot.announcements.row_mapping import announcement_of, new_values, values_of
from bot.announcements.service_base import ServiceBase
from bot.knowledge.values import Language
from bot.store import announcements as rows
from bot.store import deliveries

log = structlog.get_logger()


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

    async def preview(self, who: Identity, id_: str) -> Preview:
        """What will be posted, where and when; of a draft, with the meeting as it is now."""
        async with self._repository.transaction() as tx:
            found = await self._repository.open(tx, who, id_)
            now = await self._repository.now(tx)
            if found.state is State.DRAFT:
                checked = self._repository.check(who, kept_draft(found), now)
                await self._repository.put(tx, id_, now, **values_of(checked))
                found = await self._repository.load(tx, id_)
            receivers, targets = await self._previews.reach(tx, found.networks)
        return self._previews.of(found, receivers, targets, now)

    async def dry_run(self, who: Identity, draft: Draft) -> Preview:
        """What a draft would post, where and when, without keeping it."""
        async with self._repository.reading() as tx:
            now = await self._repository.now(tx)
            checked = self._repository.check(who, draft, now)
            values = values_of(checked)
            receivers, targets = await self._previews.reach(tx, checked.draft.networks)
        made = Announcement(
            id="",
            state=State.DRAFT,
            version=0,
            networks=checked.draft.networks,
            occurrence=checked.draft.occurrence,
            title=checked.draft.title,
            text=checked.draft.text,
            note=checked.draft.note,
            facts=values["facts"],
            send_at=checked.send_at,
            reminders=checked.draft.reminders,
        )
        return self._previews.of(made, receivers, targets, now)

    async def confirm(self, who: Identity, id_: str) -> Announcement:
        """Sends a draft now, or schedules it with its reminders.

        Raises WrongState for one that was confirmed before, and where the meeting is no longer
        what the preview showed.
        """
        async with self._repository.transaction() as tx:
            found = await self._repository.open(tx, who, id_, State.DRAFT)
            now = await self._repository.now(tx)
            checked = self._repository.check(who, kept_draft(found), now)
            before = meeting_snapshots.occurrence_of(found.facts, self._repository.zone)
            if (
                before
                and checked.occurrence
                and meeting_snapshots.differ(before, checked.occurrence)
            ):
                raise WrongState("changed_meanwhile")
            await self._repository.put(tx, id_, now, **values_of(checked))
            await self._begin(tx, id_, checked, now)
            confirmed = await self._repository.load(tx, id_)
        self._taken(confirmed)
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
        self._taken(created)
        return created

    def written(self, instant: dt.datetime) -> dict[Language, str]:
        """An instant as the community's clocks show it, in each language."""
        return self._previews.written(instant)

    def _taken(self, announcement: Announcement) -> None:
        """Has it delivered; the line ties the turn or request it came from to its deliveries."""
        standing = {"state": announcement.state.value, "version": announcement.version}
        log.info("announcement.taken", announcement=announcement.id, **standing)
        self.events.wake()

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
