"""The buttons of acts: a yes, a no and an undo, and the check of what they carry.

A card stays in a chat for ever and can be forwarded, so its buttons name the conversation, and
where it matters the person, that they were made for. They give no right: who presses one is looked
at as if they had asked for it in words.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping

from bot.announcements.subscriptions import Change

from ..cards import Json
from .actor import Actor
from .card_actions import CardAction, button

DO, DECLINE, UNDO = "act.do", "act.no", "act.undo"


def do_button(
    title: str, actor: Actor, act: str, networks: Iterable[str] = (), *, style: str = "positive"
) -> Json:
    """Does what was asked about; no networks stand for all that can be meant."""
    return button(
        title,
        DO,
        actor.language,
        style=style,
        act=act,
        network=",".join(networks),
        chat=chat_mark(actor),
        person=person_mark(actor),
    )


def decline_button(title: str, actor: Actor, act: str) -> Json:
    """Leaves everything as it is."""
    return button(title, DECLINE, actor.language, act=act)


def undo_button(title: str, actor: Actor, change: Change) -> Json:
    """Brings back what was before; it carries that itself, so it works after a restart."""
    return button(
        title,
        UNDO,
        actor.language,
        chat=chat_mark(actor),
        at=repr(change.at),
        before=_written(change.before),
        after=_written(change.after),
    )


def networks_of(action: CardAction) -> tuple[str, ...]:
    """The networks that a button carries."""
    return tuple(one for one in action.get("network").split(",") if one)


def change_of(action: CardAction) -> Change | None:
    """The change that a button undoes; None where it holds none."""
    at = _number(action.get("at"))
    before, after = _read(action.get("before")), _read(action.get("after"))
    if at is None or before is None or after is None:
        return None
    return Change(before, after, at)


def chat_mark(actor: Actor) -> str:
    """Names a conversation on a card without telling its id; the same after a restart."""
    return _mark(actor.target.channel, actor.target.remote_id)


def person_mark(actor: Actor) -> str:
    """Names who asked, for this conversation only."""
    who = actor.who.id if actor.who is not None else ""
    return _mark(actor.target.channel, actor.target.remote_id, who)


def _mark(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:20]


def _written(follows: Mapping[str, float]) -> str:
    return ",".join(f"{network}={since!r}" for network, since in follows.items())


def _read(text: str) -> dict[str, float] | None:
    found: dict[str, float] = {}
    for part in text.split(","):
        if not part:
            continue
        network, _, since = part.partition("=")
        number = _number(since)
        if number is None or not network:
            return None
        found[network] = number
    return found


def _number(text: str) -> float | None:
    """A finite instant; None for anything else."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None
