"""The states that rows are in, by the words that the database keeps."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """The state of an announcement."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    SENT = "sent"
    RECALLED = "recalled"
    CANCELLED = "cancelled"
    """Stopped before all of it was posted, or a schedule called off."""
    FAILED = "failed"
    """Every post failed, or its meeting began before it could be sent."""


POSTED = (State.SENDING, State.SENT)
"""The states in which there are posts, which follow a change."""


class Task(StrEnum):
    """What is to be done in one conversation."""

    POST = "post"
    UPDATE = "update"
    DELETE = "delete"


class Outcome(StrEnum):
    """The state of one delivery. The first two are not final."""

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


WAITING = (Outcome.PENDING, Outcome.SENDING)
"""The states of a delivery that has not ended."""
