"""What is recorded of a turn: a log line and metrics, without any text or name from it.

A turn is a message or a pressed button.
"""

from __future__ import annotations

import structlog

from bot.channels.conversation import Reply
from bot.ops import metrics
from bot.understanding.model import Entities

log = structlog.get_logger(__name__)


def note_turn(channel: str, place: str, reply: Reply, seconds: float, **more: object) -> None:
    """Notes an answered message.

    `channel` is where the message came from (msteams, facebook, web), `place` where in it
    (personal, group, channel).
    Of a private answer not even the subject is kept.
    """
    understanding, answer = reply.understanding, reply.answer
    facts: dict[str, object] = {"channel": channel, "place": place, "language": answer.language}
    intent, outcome = "private", "answered"
    if not answer.private:
        intent = understanding.intent
        outcome = "unsure" if understanding.refused else "answered"
        facts |= {"intent": intent, "confidence": round(understanding.confidence, 2)}
        if kinds := _kinds(understanding.requests[0].entities):
            facts["entities"] = kinds
    log.info("turn.answered", **facts, **more, milliseconds=round(seconds * 1000, 1))
    metrics.TURNS.labels(channel, intent, answer.language, outcome).inc()
    metrics.TURN_SECONDS.labels(channel).observe(seconds)


def note_card_action(
    channel: str, place: str, language: str, form: str, *, done: bool, seconds: float
) -> None:
    """Notes an action of a card; not `done` where it was refused with a sentence.

    `form` is the name of a known action, never what a client sent: it becomes a metric's label.
    """
    log.info(
        "turn.answered",
        channel=channel,
        place=place,
        language=language,
        intent=form,
        done=done,
        milliseconds=round(seconds * 1000, 1),
    )
    metrics.TURNS.labels(channel, form, language, "answered" if done else "refused").inc()
    metrics.TURN_SECONDS.labels(channel).observe(seconds)


def note_failed_turn(channel: str, language: str) -> None:
    """Counts a turn that could not be answered; the log has the reason already."""
    metrics.TURNS.labels(channel, "unknown", language, "failed").inc()


def _kinds(entities: Entities) -> list[str]:
    """Which kinds of things a message named, never which ones."""
    return [
        kind
        for kind in ("networks", "regions", "municipalities", "persons", "period")
        if getattr(entities, kind)
    ]
