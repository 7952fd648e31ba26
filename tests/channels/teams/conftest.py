"""A bot in Teams with everything around it faked: see `Room`."""

from __future__ import annotations

import asyncio
import datetime as dt
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
from bot.channels.teams import TeamsBot
from bot.knowledge.library import Knowledge
from bot.knowledge.loader import load
from bot.understanding.model import Request, Understanding

ROOT = Path(__file__).parents[3]
NOW = dt.datetime(2026, 11, 20, 10, 0, tzinfo=dt.UTC)
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


class FakeAdapter(BotAdapter):
    """Keeps what is sent, as it goes over the wire."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []

    async def send_activities(
        self, context: TurnContext, activities: list[Activity]
    ) -> list[ResourceResponse]:
        """Keeps them."""
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

    bot: TeamsBot
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
    bot = TeamsBot(script, lambda: knowledge, now=lambda: NOW, monotonic=clock, sleep=clock.sleep)
    return Room(bot, script, FakeAdapter(), clock)


def body_of(sent: dict[str, Any]) -> str:
    """All the text of a card."""
    (attachment,) = sent["attachments"]
    body = attachment["content"]["body"]
    return "\n".join(element["text"] for element in body if element["type"] == "TextBlock")
