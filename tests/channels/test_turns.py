"""What is kept of a turn: counts and kinds, no word, no name, no place."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from structlog.testing import capture_logs

from bot.answers.model import Answer
from bot.channels.conversation import Reply
from bot.channels.turns import note_failed_turn, note_turn
from bot.ops import metrics
from bot.understanding.model import Entities, Period, Request, Understanding

DAY = dt.date(2026, 12, 10)
ABOUT = Entities(networks=("pirkanmaa",), persons=("somebody",), period=Period(DAY, DAY))
REPLY = Reply(
    Understanding("who is it", "fi", (Request("contacts", ABOUT),), 0.912),
    Answer("fi", ("contacts",), ()),
)


def _count(*labels: str) -> float:
    return float(metrics.TURNS.labels(*labels)._value.get())


def test_a_turn_is_one_line_of_kinds_and_numbers() -> None:
    before = _count("msteams", "contacts", "fi", "answered")
    with capture_logs() as logs:
        note_turn("msteams", "channel", REPLY, 0.00123)
    assert logs == [
        {
            "event": "turn.answered",
            "log_level": "info",
            "channel": "msteams",
            "place": "channel",
            "language": "fi",
            "intent": "contacts",
            "confidence": 0.91,
            "entities": ["networks", "persons", "period"],
            "milliseconds": 1.2,
        }
    ]
    assert _count("msteams", "contacts", "fi", "answered") == before + 1


def test_what_was_not_understood_is_counted_so() -> None:
    unsure = replace(
        REPLY, understanding=replace(REPLY.understanding, requests=(Request("fallback"),))
    )
    before = _count("web", "fallback", "fi", "unsure")
    note_turn("web", "personal", unsure, 0.001)
    assert _count("web", "fallback", "fi", "unsure") == before + 1


def test_of_a_private_answer_not_even_the_subject() -> None:
    private = replace(REPLY, answer=replace(REPLY.answer, private=True))
    with capture_logs() as logs:
        note_turn("web", "personal", private, 0.001)
    assert logs[0].keys() == {"event", "log_level", "channel", "place", "language", "milliseconds"}


def test_a_turn_that_failed() -> None:
    before = _count("msteams", "unknown", "sv", "failed")
    note_failed_turn("msteams", "sv")
    assert _count("msteams", "unknown", "sv", "failed") == before + 1
