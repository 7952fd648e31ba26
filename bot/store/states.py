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
    """The state of one delivery. The first three are not final."""

    PENDING = "pending"
    SENDING = "sending"
    HELD = "held"
    """Waits with others of its tenant until one of them can be reached again."""
    DELIVERED = "delivered"
    GONE = "gone"
    """The bot was removed there, or blocked, or the channel says so: not a failure."""
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    """Not known whether it was posted, and not tried again; after a recall: a copy may stand."""
    STOPPED = "stopped"
    """Not posted, because the announcement was stopped or recalled before."""
    DELETED = "deleted"
    """Was posted, and has been taken back."""


WAITING = (Outcome.PENDING, Outcome.SENDING, Outcome.HELD)
"""The states of a delivery that has not ended."""

MOST_DOUBTS = 2
"""Copies of unknown fate that one conversation may have: what was posted once in doubt is repeated
once, since that is better than not at all, and no more."""

UNKNOWN_ID = ""
"""The `remote_id` of what is posted for sure, by an id that the channel did not tell."""
