"""A bot in Messenger, see `turning.Room`, and the shapes of the wire."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.answers.model import Answer, Paragraph, Suggestion, Text
from bot.channels.messenger import MessengerBot
from bot.knowledge.library import Knowledge
from tests.channels.turning import NOW, Clock, FakeAdapter, Room, Script

WIRE = {
    path.stem: json.loads(path.read_text("utf-8"))
    for path in sorted((Path(__file__).parent / "wire").glob("*.json"))
}

JOIN = Suggestion("Miten pääsen mukaan?", "Miten pääsen mukaan Pirkanmaalla?", "join")
ANSWER = Answer("fi", ("contacts",), (Paragraph(((Text("Vastaus."),),)),), (), (JOIN,))


def shape(name: str, **changes: Any) -> dict[str, Any]:
    """A recorded activity with changes; None leaves a field out."""
    changed = WIRE[name] | changes
    return {key: value for key, value in changed.items() if value is not None}


def said(text: str, **changes: Any) -> dict[str, Any]:
    """A typed message."""
    data = {"message": {"mid": "m_1", "text": text}}
    return shape("text", **{"text": text, "channelData": data} | changes)


@pytest.fixture
def room(knowledge: Knowledge) -> Room:
    """A bot that answers what its script says."""
    script, clock = Script(ANSWER), Clock()
    bot = MessengerBot(script, lambda: knowledge, now=lambda: NOW, monotonic=clock)
    return Room(bot, script, FakeAdapter(), clock)
