"""The benchmark of conversations: how a turn is judged, and that its own set can be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.conversations import (
    CONVERSATIONS,
    Conversation,
    Turn,
    Verdict,
    faults,
    judge,
    read_conversations,
    shown_length,
)
from bot.answers.model import (
    Action,
    Answer,
    Bullets,
    Heading,
    LinkSpan,
    Paragraph,
    Suggestion,
    Text,
)
from bot.channels.conversation import Reply
from bot.understanding.model import Request, Understanding
from bot.understanding.reloader import Snapshot


def _reply(text: str, intent: str = "contacts") -> Reply:
    answer = Answer("en", (intent,), (Paragraph(((Text(text),),)),))
    return Reply(Understanding("", "en", (Request(intent),), 0.9), answer)


@pytest.mark.parametrize(
    ("turn", "reply", "found"),
    [
        (Turn("", "detail", "en", (("7515610", "751 5610"),)), _reply("Call 751 5610"), []),
        (Turn("", "detail", "en", (("11",),)), _reply("Call 22"), ["without 11"]),
        (Turn("", "detail", "en", must_not=("call",)), _reply("Call 22"), ["with call"]),
        (Turn("", "detail", "fi"), _reply("Call 22"), ["in en"]),
        (Turn("", "unknown", "en", unknown=True), _reply("That I do not know."), []),
        (
            Turn("", "unknown", "en", unknown=True),
            _reply("It is free."),
            ["does not say that it is not known"],
        ),
        (Turn("", "plain", "en", asks=True), _reply("Here."), ["asks nothing"]),
        (Turn("", "foreign", "en", refuse=True), _reply("No."), ["answers what is none of ours"]),
        (Turn("", "foreign", "en", refuse=True), _reply("No.", "fallback"), []),
    ],
)
def test_what_an_answer_must_be_like(turn: Turn, reply: Reply, found: list[str]) -> None:
    assert list(faults(turn, reply)) == found


def test_all_that_a_turn_shows_counts() -> None:
    answer = Answer(
        "en",
        ("contacts",),
        (
            Heading("1234"),
            Paragraph(((Text("12"), LinkSpan("345", "https://example.org")),)),
            Bullets(((Text("1"),),)),
        ),
        (Action("12", "https://example.org"),),
        (Suggestion("123", "123", "join"),),
    )
    assert shown_length(answer) == 4 + 5 + 1 + 2 + 3


def test_each_verdict_is_given(snapshot: Snapshot) -> None:
    turns = (
        Turn("Kuka on yhteyshenkilö Kokkolassa?", "first", "fi", (("Hangasluoma",),), longest=900),
        Turn("Kuka on yhteyshenkilö Kokkolassa?", "first", "fi", longest=1),
        Turn("blargh flubber wibble", "first", "fi", (("Kuitu",),)),
        Turn("Kuka on yhteyshenkilö Kokkolassa?", "first", "fi", (("Kuitu",),)),
    )
    judged = list(judge(snapshot, [Conversation("one", "fi", turns)]))
    assert [one.verdict for one in judged] == [*Verdict]


def test_the_set_can_be_read_and_a_bad_line_is_named(tmp_path: Path) -> None:
    conversations = read_conversations([CONVERSATIONS])
    assert len(conversations) >= 40
    assert {one.language for one in conversations} == {"fi", "sv", "en"}
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"id": "a", "lang": "fi", "turns": []}\n{"id": "b"}\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"bad\.jsonl:2: no conversation"):
        read_conversations([bad])
