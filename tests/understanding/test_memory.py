"""What a conversation was about: for half an hour, and for a bounded number of them."""

from __future__ import annotations

import pytest

from bot.understanding import memory
from bot.understanding.memory import KEPT_SECONDS, Memory, Remembered
from bot.understanding.model import Entities, Request

ABOUT_PIRKANMAA = Remembered(Request("contacts", Entities(networks=("pirkanmaa",))), "fi")
ABOUT_LAPLAND = Remembered(Request("meetings", Entities(networks=("lappi",))), "en")


def test_a_conversation_is_remembered_for_half_an_hour() -> None:
    kept = Memory()
    kept.remember("a", ABOUT_PIRKANMAA, now=100.0)
    assert KEPT_SECONDS == 30 * 60
    assert kept.recall("a", 100.0 + KEPT_SECONDS) is ABOUT_PIRKANMAA
    assert kept.recall("a", 100.1 + KEPT_SECONDS) is None
    assert len(kept) == 0


def test_talking_on_keeps_a_conversation() -> None:
    kept = Memory()
    kept.remember("a", ABOUT_PIRKANMAA, now=0.0)
    kept.remember("b", ABOUT_PIRKANMAA, now=1.0)
    kept.remember("a", ABOUT_LAPLAND, now=KEPT_SECONDS)
    assert kept.recall("a", KEPT_SECONDS + 5) is ABOUT_LAPLAND
    assert kept.recall("b", KEPT_SECONDS + 5) is None


def test_conversations_are_kept_apart_and_forgotten_on_request() -> None:
    kept = Memory()
    kept.remember("a", ABOUT_PIRKANMAA, now=0.0)
    kept.remember("b", ABOUT_LAPLAND, now=0.0)
    kept.forget("a")
    kept.forget("nobody")
    assert kept.recall("a", 1.0) is None
    assert kept.recall("b", 1.0) is ABOUT_LAPLAND


def test_the_oldest_are_forgotten_beyond_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST_CONVERSATIONS", 3)
    kept = Memory()
    for now, conversation in enumerate("abcad"):
        kept.remember(conversation, ABOUT_LAPLAND, float(now))
    assert [name for name in "abcd" if kept.recall(name, 5.0)] == ["a", "c", "d"]
