"""Small talk counts as the whole of a message only."""

from __future__ import annotations

import pytest

from bot.knowledge.library import Knowledge
from bot.understanding.small_talk import HOW_ARE_YOU, NOTED, SmallTalk
from bot.understanding.text import words


def _topic(knowledge: Knowledge, text: str) -> str | None:
    found = SmallTalk(knowledge).read(words(text), text)
    return found.requests[0].topic if found else None


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("mitä kuuluu?", HOW_ARE_YOU),
        ("hur mår du", HOW_ARE_YOU),
        ("How are you?", HOW_ARE_YOU),
        ("ok", NOTED),
        ("Selvä!", NOTED),
        ("hyvä juttu", NOTED),
        ("låter bra", NOTED),
        ("sounds good", NOTED),
        ("👍", NOTED),
        ("🙂🙂", NOTED),
        ("👍🏽", NOTED),
    ],
)
def test_it_is_known(knowledge: Knowledge, text: str, topic: str) -> None:
    assert _topic(knowledge, text) == topic


@pytest.mark.parametrize(
    "text",
    ["ok mut milloin", "mitä kuuluu verkostolle", "how are you funded", "😭", "👍😡", "", "?", "9"],
)
def test_what_says_more_or_is_no_approval_is_none(knowledge: Knowledge, text: str) -> None:
    assert _topic(knowledge, text) is None
