"""The data classes of announcements, all immutable; what changes is in the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.announcements.sender import Target
from bot.i18n import N_, Message
from bot.knowledge.recurrence import Occurrence
from bot.knowledge.values import Language
from bot.store.record import Action as Action
from bot.store.record import By as By
from bot.store.states import POSTED as POSTED
from bot.store.states import Outcome as Outcome
from bot.store.states import State as State

ByLanguage = Mapping[Language, str]
"""A text in each language that has one."""


class Reminder(StrEnum):
    """A second post before a meeting begins."""

    DAY = "1d"
    HOUR = "1h"


@dataclass(frozen=True)
class Identity:
    """Who does something: from a validated activity, never from what a client says of itself."""

    id: str
    """The Entra object id."""
    tenant: str | None = None


API = Identity("api")
"""The bearer of BOT_API_TOKEN."""

COMMAND = Identity("command")
"""Whoever may run commands on the server."""


def is_server(who: Identity) -> bool:
    """Whether it is one of the two who may do everything.

    Compared by identity (`is`): nobody becomes one of them by an id of the same letters.
    """
    return who is API or who is COMMAND


@dataclass(frozen=True)
class Draft:
    """What is to be announced, before anything of it was checked."""

    occurrence: str | None = None
    """`key@2026-12-10`; None for a free announcement, which needs title and text."""
    title: ByLanguage = field(default_factory=dict)
    text: ByLanguage = field(default_factory=dict)
    note: ByLanguage = field(default_factory=dict)
    networks: tuple[str, ...] = ()
    """Empty: those of the meeting; of a free announcement, all. `*` means all as well."""
    send_at: str | None = None
    """ISO 8601, in the community's wall-clock time unless it has an offset; None: at once."""
    reminders: tuple[Reminder, ...] = ()


@dataclass(frozen=True)
class Change:
    """What is to be changed of an announcement; None leaves a field as it is."""

    title: ByLanguage | None = None
    text: ByLanguage | None = None
    note: ByLanguage | None = None
    send_at: str | None = None
    """Of one that is still scheduled."""


@dataclass(frozen=True)
class Difference:
    """One thing of a meeting that is not as it was posted, each side ready to be read."""

    field: str
    """cancelled, title, when, place, online, registration, host or description"""
    before: str
    """Empty where there was nothing; of `cancelled`, the word `cancelled` or nothing."""
    after: str


@dataclass(frozen=True)
class Announcement:
    """One announcement as it is in the database."""

    id: str
    state: State
    version: int
    networks: tuple[str, ...]
    occurrence: str | None
    """`key@2026-12-10`; None for a free announcement."""
    title: ByLanguage
    text: ByLanguage
    note: ByLanguage
    """The coordinator's own words, added to what is known of the meeting."""
    meeting_snapshot: Mapping[str, object] = field(default_factory=dict)
    """The meeting as it was when last posted."""
    send_at: dt.datetime | None = None
    """None: as soon as it is confirmed."""
    reminders: tuple[Reminder, ...] = ()
    """Those asked for; each that is still to come is an announcement of its own."""
    previous: Mapping[str, object] = field(default_factory=dict)
    """Of news of a change: the meeting as it was posted before; else empty."""
    parent: str | None = None
    """The announcement that this one is the reminder or the news of."""
    reminder: Reminder | None = None
    """Of a reminder: which one it is."""
    author: Identity | None = None
    """None for what came by the API or a command."""
    reason: str | None = None
    """Why it failed or was cancelled by itself: a code of `REASONS`."""
    progress: Mapping[str, object] | None = None
    """Where its progress cards are, as the channel that shows them wants to have it."""
    finished_at: dt.datetime | None = None
    late: bool = False
    """Whether `meeting_snapshot` is the meeting as it is now rather than as it was announced."""


REASONS: Mapping[str, Message] = {
    "begun": N_("The meeting had begun, so the announcement was not sent."),
    "meeting_cancelled": N_("The meeting had been cancelled, so the announcement was not sent."),
    "no_right": N_("Its author is no longer a coordinator of the network, so it was not sent."),
    "late": N_("The reminder was left out, because another message went out at the same time."),
    "as_before": N_("The meeting is again as it was before, so there was no news to send."),
    "past": N_("The reminder was left out: its time was past when the meeting was moved."),
}
"""Why something was not sent although it was asked for, by `Announcement.reason`."""


@dataclass(frozen=True)
class Counts:
    """How many conversations ended how; those still waiting or under way are pending."""

    delivered: int = 0
    gone: int = 0
    """Where the bot is not any more, as the channel says."""
    failed: int = 0
    pending: int = 0
    uncertain: int = 0
    """Where a copy may stand that cannot be reached; overlaps with the others."""
    held: int = 0
    """Those of the pending that wait because their tenant cannot be reached at the moment."""
    stopped: int = 0
    """Not posted, because it was stopped before, or its meeting had begun."""
    deleted: int = 0
    """Posted and taken back."""
    changing: int = 0
    """Of those pending: what is there, and is to be changed or taken back."""
    undone: int = 0
    """Of those failed: what is there, since a change or a recall of it did not succeed."""
    never: int = 0
    """Ended without anything of it ever having been there, surely."""


@dataclass(frozen=True)
class Delivery:
    """One announcement in one conversation, as the report shows it."""

    id: int
    kind: str
    """channel, group, personal or page"""
    network: str | None
    outcome: Outcome
    attempts: int
    error: str | None = None
    uncertain: bool = False
    """Whether a copy may stand that cannot be reached."""
    doubts: int = 0
    """How many copies may stand whose id is unknown."""
    posted: bool = False
    """Whether it is there for sure, or was."""
    suspended_at: dt.datetime | None = None
    """Since when its conversation could not be reached, on any occasion."""
    target: Target | None = None
    """The conversation, where it is to be named and still known."""


@dataclass(frozen=True)
class Reason:
    """What did not go smoothly, and in how many conversations; fields as of `Delivery`."""

    outcome: Outcome
    kind: str
    error: str | None
    times: int
    doubts: int = 0
    posted: bool = False


@dataclass(frozen=True)
class Unreachable:
    """A conversation that could not be reached, and since when."""

    target: Target
    since: dt.datetime


@dataclass(frozen=True)
class Suspended:
    """The conversations of some networks that could not be reached: how many, and the first."""

    number: int = 0
    first: tuple[Unreachable, ...] = ()


NONE_SUSPENDED = Suspended()


@dataclass(frozen=True)
class Entry:
    """One row of the record: who did what."""

    at: dt.datetime
    action: Action
    by: By
    who: Identity | None
    """The coordinator; None once forgotten, and where it was none."""
    subject: str
    """An announcement's id, a meeting's key, with the day where it is one of a series, a kind of
    conversation, or the tenant of a pause."""
    networks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """How far an announcement has come."""

    announcement: Announcement
    counts: Counts
    deliveries: tuple[Delivery, ...] = ()
    """A page of them."""
    reasons: tuple[Reason, ...] = ()
    """What did not go smoothly, over all deliveries: what is in doubt first, then by frequency."""
    uncertain: tuple[Delivery, ...] = ()
    """The first in which a copy may stand that cannot be reached."""
    missing: tuple[Delivery, ...] = ()
    """The first that ended without the announcement being there, surely; none after a recall."""
    waiting: tuple[Delivery, ...] = ()
    """The first that were tried and are tried again, or are held up."""
    arrived: tuple[Delivery, ...] = ()
    """The first in which it is."""
    suspended: Suspended = NONE_SUSPENDED
    """Those following its networks that could not be reached lately."""
    paused_since: dt.datetime | None = None
    """Since when an administrator has had its sending paused."""
    made: Entry | None = None
    """Who announced it and when; None where the record does not tell."""


@dataclass(frozen=True)
class Changed:
    """An announcement whose meeting is no longer as it was posted."""

    announcement: Announcement
    before: Occurrence
    after: Occurrence
    """As it is now; a meeting that is no longer known counts as cancelled."""

    @property
    def cancelled(self) -> bool:
        """Whether the meeting was called off, so that a recall is the likely wish."""
        return self.after.cancelled and not self.before.cancelled


@dataclass(frozen=True)
class Notice:
    """Something that the author is notified of."""

    announcement: Announcement
    changed: Changed | None = None
    """The meeting is no longer as posted; None: it could not be sent, `reason` says why."""


@dataclass(frozen=True)
class Forgotten:
    """What came of it that somebody asked to be forgotten; false where there was nothing."""

    cleared: int = 0
    """Rows that were deleted, or that name them no more."""
    scheduled: int = 0
    """Announcements that keep their id until they are sent or called off."""

    def __bool__(self) -> bool:
        return bool(self.cleared or self.scheduled)
