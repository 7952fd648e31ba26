"""What tests of turns share: a clock to move, scripted answers, an adapter."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Protocol

from botbuilder.core import BotAdapter, TurnContext
from botbuilder.schema import Activity, ResourceResponse

from bot.answers.model import Answer
from bot.channels.connector.activity_json import dump, parse, read_activity
from bot.channels.conversation import IncomingMessage, Reply
from bot.understanding.model import Request, Understanding

NOW = dt.datetime(2026, 11, 20, 10, 0, tzinfo=dt.UTC)


class FakeAdapter(BotAdapter):  # type: ignore[misc]  # botbuilder is untyped
    """Keeps what is sent, as it goes over the wire."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []
        self.broken = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def send_activities(
        self, context: TurnContext, activities: list[Activity]
    ) -> list[ResourceResponse]:
        """Keeps them, once the gate is open."""
        await self.gate.wait()
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


@dataclass
class Script:
    """Stands in for `Conversations`: keeps the messages, and answers with what is set."""

    answer: Answer
    heard: list[IncomingMessage] = field(default_factory=list)
    failure: Exception | None = None
    forgotten: bool = False
    """Whether it says that it has forgotten the conversation."""

    def reply(self) -> Reply:
        """The answer as a reply."""
        intents = tuple(Request(intent) for intent in self.answer.intents)
        return Reply(
            Understanding("?", self.answer.language, intents, 0.876), self.answer, self.forgotten
        )

    def respond(self, message: IncomingMessage) -> Reply:
        """Answers a message."""
        self.heard.append(message)
        if self.failure is not None:
            raise self.failure
        return self.reply()

    async def reply_to(self, message: IncomingMessage) -> Reply:
        """Answers a message, as one does that asks other replicas first."""
        await asyncio.sleep(0)
        return self.respond(message)

    def forget(self, conversation: str) -> None:
        """Remembers nothing anyway."""


class Bot(Protocol):
    """What has turns."""

    async def on_turn(self, context: TurnContext) -> None:
        """One turn."""


@dataclass
class Room:
    """A bot, what it was asked to answer, and what it sent."""

    bot: Bot
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
