"""A bot in Teams with everything around it faked: see `turning.Room`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.answers.model import Answer, Paragraph, Suggestion, Text
from bot.channels.teams import TeamsBot
from bot.knowledge.library import Knowledge
from bot.knowledge.loader import load
from tests.channels.turning import NOW, Clock, FakeAdapter, Room, Script

ROOT = Path(__file__).parents[3]
BOT = {"id": "28:bot", "name": "Taikubot"}
MEMBER = {"id": "29:member", "name": "Member"}

JOIN = Suggestion("How do I join?", "How do I join Pirkanmaa?", "join", ("pirkanmaa",))
ANSWER = Answer("en", ("contacts",), (Paragraph(((Text("An answer."),),)),), (), (JOIN,))


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    """The real content and intents, with the demo meetings."""
    return load(ROOT / "content", ROOT / "intents", demo=True)


def activity(**changes: Any) -> dict[str, Any]:
    """A message of a member's in a personal chat, as Teams sends it; None leaves a field out."""
    message = {
        "type": "message",
        "id": "1",
        "channelId": "msteams",
        "serviceUrl": "https://smba.example/emea/",
        "locale": "en-GB",
        "from": MEMBER,
        "recipient": BOT,
        "conversation": {"id": "a:1", "conversationType": "personal", "tenantId": "t"},
        "text": "Who is the contact person?",
    } | changes
    return {key: value for key, value in message.items() if value is not None}


def mention(text: str = "<at>Taikubot</at>", who: dict[str, str] = BOT) -> dict[str, Any]:
    """The entity of a mention."""
    return {"type": "mention", "mentioned": who, "text": text}


def in_group(**changes: Any) -> dict[str, Any]:
    """A message in a group chat that mentions the bot."""
    conversation = {"id": "19:g@thread.v2", "conversationType": "groupChat", "isGroup": True}
    text = "<at>Taikubot</at> who is it?"
    return activity(
        **{"conversation": conversation, "text": text, "entities": [mention()]} | changes
    )


def in_channel(**changes: Any) -> dict[str, Any]:
    """A message in a thread of a channel that mentions the bot."""
    conversation = {
        "id": "19:c@thread.tacv2;messageid=17",
        "conversationType": "channel",
        "isGroup": True,
    }
    return in_group(**{"conversation": conversation} | changes)


@pytest.fixture
def room(knowledge: Knowledge) -> Room:
    """A bot that answers what its script says."""
    script, clock = Script(ANSWER), Clock()
    bot = TeamsBot(script, lambda: knowledge, now=lambda: NOW, monotonic=clock)
    return Room(bot, script, FakeAdapter(), clock)


def body_of(sent: dict[str, Any]) -> str:
    """All the text of a card."""
    (attachment,) = sent["attachments"]
    body = attachment["content"]["body"]
    return "\n".join(element["text"] for element in body if element["type"] == "TextBlock")
