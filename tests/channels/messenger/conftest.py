"""A bot in Messenger with everything around it faked: see `Room`; and the shapes of the wire."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Awaitable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botbuilder.core import BotAdapter, TurnContext
from botbuilder.schema import Activity, ResourceResponse

from bot.answers.model import Answer, Paragraph, Suggestion, Text
from bot.channels.connector.activity_json import dump, parse, read_activity
from bot.channels.conversation import Message, Reply
from bot.channels.messenger import MessengerBot
from bot.knowledge.library import Knowledge
from bot.understanding.model import Request, Understanding

NOW = dt.datetime(2026, 11, 20, 10, 0, tzinfo=dt.UTC)
WIRE = {
    path.stem: json.loads(path.read_text("utf-8"))
    for path in sorted((Path(__file__).parent / "wire").glob("*.json"))
}

JOIN = Suggestion("Miten pääsen mukaan?", "Miten liityn verkostoon Pirkanmaa?", "join")
ANSWER = Answer("fi", ("contacts",), (Paragraph(((Text("Vastaus."),),)),), (), (JOIN,))


def shape(name: str, **changes: Any) -> dict[str, Any]:
    """A recorded activity with changes; None leaves a field out."""
    changed = WIRE[name] | changes
    return {key: value for key, value in changed.items() if value is not None}


def said(text: str, **changes: Any) -> dict[str, Any]:
    """A typed message."""
    data = {"message": {"mid": "m_1", "text": text}}
    return shape("text", **{"text": text, "channelData": data} | changes)


class FakeAdapter(BotAdapter):
    """Keeps what is sent, as it goes over the wire."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []
        self.broken = False

    async def send_activities(
        self, context: TurnContext, activities: list[Activity]
    ) -> list[ResourceResponse]:
        """Keeps them."""
        if self.broken:
            raise ConnectionError("broken")
        self.sent += [parse(dump(one)) for one in activities]
        return [ResourceResponse(id=str(len(self.sent))) for _ in activities]

    async def update_activity(self, context: TurnContext, activity: Activity) -> None:
        """Not done by this bot."""
        raise NotImplementedError

    async def delete_activity(self, context: TurnContext, reference: Any) -> None:
        """Not done by this bot."""
        raise NotImplementedError


@dataclass
class Clock:
    """A clock that stands still until it is moved; `sleep` ends when its time has come."""

    now: float = 100.0
    sleepers: list[tuple[float, asyncio.Future[None]]] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Sleeps until the clock is moved far enough."""
        woken = asyncio.get_running_loop().create_future()
        self.sleepers.append((self.now + seconds, woken))
        await woken

    async def move(self, seconds: float) -> None:
        """Moves the clock and lets everything run that can."""
        await settle()
        self.now += seconds
        for when, woken in self.sleepers:
            if when <= self.now and not woken.done():
                woken.set_result(None)
        await settle()


async def settle() -> None:
    """Lets tasks run until all wait for something."""
    for _ in range(20):
        await asyncio.sleep(0)


class Script:
    """Stands in for `Conversations`: keeps the messages, and answers with what is set."""

    def __init__(self) -> None:
        self.heard: list[Message] = []
        self.answer = ANSWER
        self.later: Awaitable[Reply] | None = None

    def reply(self) -> Reply:
        """The answer as a reply."""
        intents = tuple(Request(intent) for intent in self.answer.intents)
        return Reply(Understanding("?", self.answer.language, intents, 0.876), self.answer)

    def respond(self, message: Message) -> Reply | Awaitable[Reply]:
        """Answers a message."""
        self.heard.append(message)
        return self.later or self.reply()


@dataclass
class Room:
    """The bot, what it was asked to answer, and what it sent."""

    bot: MessengerBot
    script: Script
    adapter: FakeAdapter
    clock: Clock

    async def turn(self, data: dict[str, Any]) -> list[dict[str, Any]]:
        """Runs a turn; returns what it sent."""
        before = len(self.adapter.sent)
        await self.bot.on_turn(TurnContext(self.adapter, read_activity(data)))
        return self.adapter.sent[before:]

    @property
    def texts(self) -> list[str]:
        """The texts that the bot was asked to answer."""
        return [message.text for message in self.script.heard]


@pytest.fixture
def room(knowledge: Knowledge) -> Room:
    """A bot that answers what its script says."""
    script, clock = Script(), Clock()
    bot = MessengerBot(
        script, lambda: knowledge, now=lambda: NOW, monotonic=clock, sleep=clock.sleep
    )
    return Room(bot, script, FakeAdapter(), clock)
