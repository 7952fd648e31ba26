"""What a conversation was about: for half an hour, and for a bounded number of them."""

from __future__ import annotations

from bot.understanding.model import Entities, Request
from bot.understanding.talk.memory import (
    KEPT_SECONDS,
    MAX_CONVERSATIONS,
    ConversationState,
    new_conversation_memory,
)
from tests.channels.turning import Clock

ABOUT_PIRKANMAA = ConversationState(Request("contacts", Entities(networks=("pirkanmaa",))), "fi")
ABOUT_LAPLAND = ConversationState(Request("meetings", Entities(networks=("lappi",))), "en")


def test_a_conversation_is_remembered_for_half_an_hour() -> None:
    clock = Clock()
    kept = new_conversation_memory(clock)
    kept["a"] = ABOUT_PIRKANMAA
    assert KEPT_SECONDS == 30 * 60
    clock.now += KEPT_SECONDS - 0.1
    assert kept.get("a") is ABOUT_PIRKANMAA
    clock.now += 0.2
    assert kept.get("a") is None
    assert len(kept) == 0


def test_talking_on_keeps_a_conversation_and_looking_does_not() -> None:
    clock = Clock()
    kept = new_conversation_memory(clock)
    kept["a"] = kept["b"] = ABOUT_PIRKANMAA
    clock.now += KEPT_SECONDS - 1
    kept["a"] = ABOUT_LAPLAND
    assert kept.get("b") is ABOUT_PIRKANMAA
    clock.now += 5
    assert kept.get("a") is ABOUT_LAPLAND
    assert kept.get("b") is None


def test_conversations_are_kept_apart_and_forgotten_on_request() -> None:
    kept = new_conversation_memory(Clock())
    kept["a"], kept["b"] = ABOUT_PIRKANMAA, ABOUT_LAPLAND
    kept.pop("a", None)
    kept.pop("nobody", None)
    assert kept.get("a") is None
    assert kept.get("b") is ABOUT_LAPLAND


def test_the_most_silent_are_forgotten_beyond_the_limit() -> None:
    kept = new_conversation_memory(Clock())
    for number in range(MAX_CONVERSATIONS):
        kept[str(number)] = ABOUT_LAPLAND
    kept["0"] = ABOUT_PIRKANMAA
    kept["new"] = ABOUT_LAPLAND
    assert len(kept) == MAX_CONVERSATIONS
    assert kept.get("0") is ABOUT_PIRKANMAA
    assert kept.get("1") is None
