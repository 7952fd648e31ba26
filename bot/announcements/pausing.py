"""The outage switch: all sending, or that into one tenant, stops and goes on at once.

A pause is a row that every replica looks at before it claims and before a post leaves. Answers to
questions go on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements import record
from bot.announcements.model import COMMAND, Action
from bot.answers import dates
from bot.i18n import own_language, translator
from bot.ops import metrics
from bot.store import deliveries, pauses
from bot.store.database import Database
from bot.store.pauses import ALL, Pause

MOST_TOLD = 100
"""Announcements whose cards are brought up to date when a pause begins or ends."""


class UnknownTenant(Exception):
    """No conversation is of this tenant; `known` are those that there are."""

    def __init__(self, tenant: str, known: tuple[str, ...]) -> None:
        super().__init__(tenant)
        self.tenant = tenant
        self.known = known


@dataclass(frozen=True)
class Paused:
    """What is paused, and how many deliveries have not ended."""

    pauses: tuple[Pause, ...]
    waiting: int


async def pause(database: Database, tenant: str | None = None) -> Paused:
    """Pauses all sending, or that into one tenant; raises UnknownTenant."""
    return await _change(database, tenant, paused=True)


async def resume(database: Database, tenant: str | None = None) -> Paused:
    """Ends that very pause: of all sending, or of that into one tenant; raises UnknownTenant."""
    return await _change(database, tenant, paused=False)


async def _change(database: Database, tenant: str | None, *, paused: bool) -> Paused:
    """The only place in which sending is paused or resumed."""
    async with database.transaction() as tx:
        now = await database.now(tx)
        if tenant is not None and tenant not in (known := await pauses.tenants(tx)):
            raise UnknownTenant(tenant, known)
        if paused:
            changed = await pauses.begin(tx, tenant or ALL, now)
        else:
            changed = await pauses.end(tx, tenant or ALL)
        if changed:
            action = Action.PAUSED if paused else Action.RESUMED
            await record.note(tx, now, COMMAND, action, tenant or ALL, ())
        waiting, _ = await deliveries.queue(tx, now)
        return Paused(await pauses.listing(tx), waiting)


def pause_text(one: Pause, zone: dt.tzinfo | None, language: str) -> str:
    """A pause as a sentence for operators, by the community's clock; by UTC where it is unknown."""
    _ = translator(language)
    since = dates.instant(dt.datetime.fromtimestamp(one.since, zone or dt.UTC), language)
    if zone is None:
        since += " UTC"
    if one.tenant == ALL:
        return _("Sending is paused for all tenants since {since}.", since=since)
    return _("Sending to tenant {tenant} is paused since {since}.", tenant=one.tenant, since=since)


class PauseWatch:
    """What a server tells about pauses, as it last saw them, by the clock of `zone`.

    `on_change` gets the ids of announcements whose sending may have been paused or resumed, so that
    their coordinators see it.
    """

    def __init__(
        self,
        zone: Callable[[], dt.tzinfo],
        on_change: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._zone = zone
        self._on_change = on_change
        self._pauses: tuple[Pause, ...] = ()

    def notes(self) -> list[str]:
        """A sentence for each pause, in the language of whoever started the program."""
        return [pause_text(one, self._zone(), own_language()) for one in self._pauses]

    async def read(self, tx: AsyncConnection) -> None:
        """Looks at the pauses."""
        before, self._pauses = self._pauses, await pauses.listing(tx)
        metrics.PAUSES.set(len(self._pauses))
        if before != self._pauses:
            for id_ in await pauses.waiting_announcements(tx, MOST_TOLD):
                self._on_change(id_)
