"""Why a delivery has not ended well: while it waits, when it has ended, and after a recall."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from bot.announcements.model import Delivery, Outcome, Reason, State
from bot.announcements.sender import FAILURES
from bot.i18n import N_, Message
from bot.store.completions import BEGUN
from bot.store.states import MOST_DOUBTS, WAITING

_NOT_YET = N_("This has not worked yet. The bot tries again by itself for a day.")

_WAITS: Mapping[str, Message] = {
    "no_answer": N_(
        "Teams or Facebook has not taken this yet. The bot tries again by itself for a day."
    ),
    "no_token": N_(
        "The bot could not sign in to Microsoft: tell the administrator. It tries again by itself "
        "for a day."
    ),
    "not_written": N_(
        "The message could not be put together because of an error in the program: tell the "
        "administrator. The bot tries again by itself for a day."
    ),
    "gone": N_(
        "Teams or Facebook says that the bot is not there. The bot tries again by itself for a day."
    ),
}
"""Of what waits after an attempt, by the code of its error."""

_HELD = N_(
    "Many channels and chats answer at once that the bot is not there, so this waits. The bot "
    "tries again by itself for up to three days."
)

_REPEATED = N_(
    "No answer told whether the message arrived. The bot repeats it once by itself, as soon as "
    "Teams or Facebook answers: then it may be there twice."
)

_TWO_IN_DOUBT = N_(
    "The message was sent twice, and neither time did an answer tell whether it arrived. It may "
    "be there once, twice or not at all: look there, and delete a second one by hand."
)

_FOR_GOOD: Mapping[str, Message] = {
    "no_answer": N_(
        "Teams or Facebook did not take the message, though it was tried again and again."
    ),
    "too_large": N_("The message is too long for Teams."),
}
"""Of an announcement that was stopped, which can neither be changed nor tried again."""

_NOT_DELETED = N_("Teams or Facebook did not let the bot delete the message. Delete it by hand.")

_RECALL: Mapping[str, Message] = {
    "no_answer": N_(
        "Teams or Facebook did not delete the message, though it was tried again and again. Try "
        "once more later, or delete it by hand."
    ),
    "gone": N_(
        "Teams or Facebook says that the bot is not there, so it cannot delete the message. "
        "Delete it by hand."
    ),
    "refused": _NOT_DELETED,
    "too_large": _NOT_DELETED,
}
"""Of a post that was to be taken back."""

_NEVER_THERE = N_("It never arrived there, so there is nothing to take back.")

_DOUBT_RECALLED = N_(
    "No answer told whether the message arrived, so the bot cannot delete it: look there, and "
    "delete every copy by hand."
)

_UNKNOWN_RECALLED = N_(
    "The message arrived, but the answer did not tell which one it is, so the bot cannot delete "
    "it: look there, and delete it by hand."
)


class Trouble(StrEnum):
    """Under what a report tells of a delivery that has not ended well."""

    WAITS = "waits"
    """It was tried, and is tried again by itself."""
    NOT_THERE = "not_there"
    """Surely."""
    NOT_DONE = "not_done"
    """A change or a recall of what is there did not succeed, nor did a repeat."""


class Copies(StrEnum):
    """What may stand in a conversation although the bot cannot reach it."""

    ONE = "one"
    """One or none: nobody knows."""
    TWO = "two"
    """None, one or two: nobody knows."""
    OUT_OF_REACH = "out_of_reach"
    """What is known to be there, or one beside it."""


def trouble_of(one: Reason | Delivery, state: State) -> Trouble | None:
    """Under what it is told; `state` is the announcement's. None where nothing went wrong.

    After a recall only what concerns the recall did: what was never posted is gone already.
    """
    if one.outcome in WAITING:
        return None if reason_of(one, state) is None else Trouble.WAITS
    ended_badly = one.outcome in (Outcome.FAILED, Outcome.GONE)
    if ended_badly and one.posted:
        return Trouble.NOT_DONE
    if state is State.RECALLED:
        return None
    if one.doubts:
        return Trouble.NOT_DONE if ended_badly and _code(one) != "in_doubt" else None
    late = one.outcome is Outcome.STOPPED and one.error == BEGUN
    return Trouble.NOT_THERE if ended_badly or late else None


def copies_of(one: Reason | Delivery) -> Copies | None:
    """What may stand out of reach, once it does not wait for its repeat any more."""
    if one.posted:
        ended = (Outcome.FAILED, Outcome.GONE, Outcome.UNCERTAIN)
        stands = one.outcome in ended and _code(one) != "post_missing"
        return Copies.OUT_OF_REACH if one.doubts or stands else None
    if not one.doubts or one.outcome in WAITING:
        return None
    return Copies.TWO if one.doubts >= MOST_DOUBTS else Copies.ONE


def reason_of(one: Reason | Delivery, state: State) -> Message | str | None:
    """Why it has not ended well, with what is to be done; `state` is the announcement's.

    None where nothing is to be told. An error that an older version wrote is told as it stands.
    """
    if one.outcome in WAITING:
        return _waiting(one)
    if one.outcome in (Outcome.DELIVERED, Outcome.DELETED):
        return None
    if state is State.RECALLED:
        return _recalled(one)
    code = _code(one)
    if one.outcome is Outcome.UNCERTAIN or code == "in_doubt" or _stopped_in_doubt(one):
        return _TWO_IN_DOUBT if one.doubts >= MOST_DOUBTS else FAILURES["in_doubt"]
    if one.outcome is Outcome.STOPPED and one.error != BEGUN:
        # It was stopped; what an attempt before had come to no longer matters.
        return None
    if state is State.CANCELLED and code in _FOR_GOOD:
        return _FOR_GOOD[code]
    return FAILURES.get(code, one.error)


def reason_text(one: Reason | Delivery, state: State, language: str) -> str | None:
    """The same in a language."""
    found = reason_of(one, state)
    return found.said(language) if isinstance(found, Message) else found or None


def _waiting(one: Reason | Delivery) -> Message | None:
    code = _code(one)
    # A first post that was answered so waits as a try of an outage.
    if one.outcome is Outcome.HELD or (code == "gone" and not one.posted):
        return _HELD
    if one.doubts and not one.posted:
        return _REPEATED
    return _WAITS.get(code, _NOT_YET) if one.error else None


def _recalled(one: Reason | Delivery) -> Message | str | None:
    if one.posted:
        if one.outcome is Outcome.UNCERTAIN:
            return _UNKNOWN_RECALLED
        code = _code(one)
        return _RECALL.get(code) or FAILURES.get(code, one.error)
    if one.doubts or one.outcome is Outcome.UNCERTAIN:
        return _DOUBT_RECALLED
    return None if one.outcome is Outcome.STOPPED else _NEVER_THERE


def _stopped_in_doubt(one: Reason | Delivery) -> bool:
    return one.outcome is Outcome.STOPPED and bool(one.doubts) and not one.posted


def _code(one: Reason | Delivery) -> str:
    """The code of its error; a conversation that was forgotten left none."""
    if not one.error and one.outcome is Outcome.GONE:
        return "gone"
    return (one.error or "").partition(":")[0]
