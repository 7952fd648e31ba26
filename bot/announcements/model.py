"""The nouns of this room. Everything is immutable; the database is where things change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.knowledge.values import Language

ByLanguage = Mapping[Language, str]
"""A text in each language that has one."""


class State(StrEnum):
    """Where an announcement is."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    SENT = "sent"
    RECALLED = "recalled"
    CANCELLED = "cancelled"
    """Stopped before all of it was posted, or a schedule called off."""
    FAILED = "failed"
    """Nobody got it, or its meeting began before it could be sent."""


class Task(StrEnum):
    """What is to be done in one conversation."""

    POST = "post"
    UPDATE = "update"
    DELETE = "delete"


class Outcome(StrEnum):
    """The state of one delivery. The first two are not over yet."""

    PENDING = "pending"
    SENDING = "sending"
    DELIVERED = "delivered"
    GONE = "gone"
    """The bot was removed there, or blocked: not a failure."""
    FAILED = "failed"
    STOPPED = "stopped"
    """Not posted, because the announcement was stopped or recalled before."""
    DELETED = "deleted"
    """Was posted, and has been taken back."""


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
"""The bearer of BOT_API_TOKEN, and whoever may run commands on the server."""


@dataclass(frozen=True)
class Announcement:
    """One announcement as it stands in the database."""

    id: str
    state: State
    version: int
    networks: tuple[str, ...]
    occurrence: str | None
    """`key@2026-12-10`; None for a free announcement."""
    title: ByLanguage
    text: ByLanguage
    note: ByLanguage
    """The coordinator's own words beside what is known of the meeting."""
    facts: Mapping[str, object] = field(default_factory=dict)
    """The meeting as it was when last posted."""
    send_at: dt.datetime | None = None
    reminders: tuple[Reminder, ...] = ()
    parent: str | None = None
    """The announcement that this one is the reminder of."""
    author: Identity | None = None


@dataclass(frozen=True)
class Counts:
    """How many conversations ended how; those still waiting or under way are pending."""

    delivered: int = 0
    gone: int = 0
    failed: int = 0
    pending: int = 0


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


@dataclass(frozen=True)
class Report:
    """How far an announcement has come."""

    announcement: Announcement
    counts: Counts
    deliveries: tuple[Delivery, ...] = ()
