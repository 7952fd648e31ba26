"""Who did what: written with what it tells of, read by those whose networks it concerns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements.model import API, COMMAND, Action, By, Entry, Identity
from bot.i18n import N_, Message, pN_
from bot.store import overlay, pauses, record
from bot.store.record import RecordRow

ACTION_WORDS: Mapping[Action, Message] = {
    Action.ANNOUNCED: pN_("somebody …", "announced"),
    Action.EDITED: pN_("somebody …", "changed the words or the time"),
    Action.UPDATED: pN_("somebody …", "brought the posts up to date"),
    Action.RECALLED: pN_("somebody …", "recalled the announcement"),
    Action.STOPPED: pN_("somebody …", "stopped the announcement"),
    Action.RETRIED: pN_("somebody …", "tried again what had failed"),
    Action.MEETING_ADDED: pN_("somebody …", "added the meeting"),
    Action.MEETING_CHANGED: pN_("somebody …", "changed the meeting"),
    Action.MEETING_CANCELLED: pN_("somebody …", "cancelled the meeting"),
    Action.MEETING_DELETED: pN_("somebody …", "deleted the meeting"),
    Action.CONTENT_ADDED: pN_("somebody …", "added what I tell"),
    Action.CONTENT_CHANGED: pN_("somebody …", "changed what I tell"),
    Action.CONTENT_CONFIRMED: pN_("somebody …", "confirmed what I tell"),
    Action.CONTENT_REMOVED: pN_("somebody …", "removed what I tell"),
    Action.CONTENT_RESTORED: pN_("somebody …", "undid a change of what I tell"),
    Action.FOLLOWED: pN_("somebody …", "made a conversation follow"),
    Action.UNFOLLOWED: pN_("somebody …", "made a conversation stop following"),
    Action.REMOVED: pN_("somebody …", "was removed from a conversation that followed"),
    Action.GIVEN_UP: pN_("somebody …", "gave up a conversation that could not be reached"),
    Action.PAUSED: pN_("somebody …", "paused all sending"),
    Action.RESUMED: pN_("somebody …", "resumed all sending"),
}
"""What was done, as words that follow who did it."""

_OF_ONE_TENANT: Mapping[Action, Message] = {
    Action.PAUSED: pN_("somebody …", "paused sending to the tenant"),
    Action.RESUMED: pN_("somebody …", "resumed sending to the tenant"),
}


def action_words(entry: Entry) -> Message:
    """What was done, as words that follow who did it."""
    of_one = _OF_ONE_TENANT.get(entry.action) if entry.subject != pauses.ALL else None
    return of_one or ACTION_WORDS[entry.action]


ACTOR_WORDS: Mapping[By, Message] = {
    By.COORDINATOR: N_("A coordinator who asked to be forgotten"),
    By.API: N_("Another system"),
    By.COMMAND: N_("A command on the server"),
    By.BOT: N_("The bot"),
}
"""Who did it, where nobody can be named."""


async def note(
    tx: AsyncConnection,
    now: float,
    who: Identity,
    action: Action,
    subject: str,
    networks: Iterable[str],
) -> None:
    """Records that somebody did something, in the transaction that does it.

    `subject` is the id of an announcement, the key of a meeting, with the day where it is one of a
    series, what kind of content it was (`person`, `network`, `question`), the kind of a
    conversation, or the tenant of a pause (`*` for all).
    """
    one = by(who)
    await record.add(tx, now, action, one.by, subject, networks, actor=one.actor, tenant=one.tenant)


class WrittenBy(NamedTuple):
    """Who did something, as rows name them."""

    by: By
    actor: str | None = None
    tenant: str | None = None


def by(who: Identity) -> WrittenBy:
    """Who does something, as rows name them: of a server, which way it came."""
    if who is API or who is COMMAND:
        return WrittenBy(By.API if who is API else By.COMMAND)
    who = _written(who)
    return WrittenBy(By.COORDINATOR, who.id, who.tenant)


async def names(tx: AsyncConnection, who: Identity) -> bool:
    """Whether any row names somebody."""
    who = _written(who)
    of_content = await overlay.has_actor(tx, who.id, who.tenant)
    return of_content or await record.has_actor(tx, who.id, who.tenant)


async def blank(tx: AsyncConnection, who: Identity) -> int:
    """Takes somebody's id out of all rows, those of what was entered too; gives how many."""
    who = _written(who)
    of_content = await overlay.blank(tx, who.id, who.tenant)
    return of_content + await record.blank(tx, who.id, who.tenant)


def _written(who: Identity) -> Identity:
    """Somebody as rows name them: ids of Entra are the same in capitals."""
    return Identity(who.id.lower(), who.tenant.lower() if who.tenant else None)


def entry_of(row: RecordRow) -> Entry:
    """A row of the record."""
    return Entry(
        at=dt.datetime.fromtimestamp(row.at, dt.UTC),
        action=Action(row.action),
        by=By(row.by),
        who=Identity(row.actor, row.tenant) if row.actor else None,
        subject=row.subject,
        networks=tuple(row.networks),
    )
