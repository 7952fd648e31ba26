"""A person with a client of Teams: reads cards, fills their fields, presses their buttons.

Each card that is seen is checked: its size, and what buttons may carry. Whether it is sound at all
is judged for every card of a run, see `tests.adaptive_cards`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from botbuilder.core import TurnContext
from botbuilder.schema import Activity, ResourceResponse

from bot.announcements.freshness import Freshness
from bot.announcements.model import Identity
from bot.announcements.names import Names
from bot.announcements.sender import Target
from bot.answers.model import Answer, Heading
from bot.channels.connector import SendRefused
from bot.channels.connector.activity_json import dump, parse, read_activity
from bot.channels.conversation import IncomingMessage, Reply
from bot.channels.teams import TeamsBot
from bot.channels.teams.card_updates import CardUpdates
from bot.channels.teams.cards import MOST_BYTES
from bot.channels.teams.coordination import CoordinatorRouter
from bot.knowledge.values import Language
from bot.understanding.model import Entities, Request, Understanding, Wish
from tests.announcements.world import NOW, TENANT, World

from ...turning import FakeAdapter
from ..conftest import BOT, activity, mention

CHANNEL = "19:kulttuuri@thread.tacv2"
TEAM = "19:team@thread.tacv2"

CARRIED = {"do", "lang", "id", "meeting", "network"} | {
    *("act", "chat", "person"),  # an act, and for which conversation and person it was offered
    *("what", "shown"),  # the part of content that a form changes, a hash of what was shown
    *("at", "before", "after"),  # what an undo brings back
    "sure",  # that a meeting is saved beside another one
    "search",  # what the pages of a list are of
    *("day", "start", "end", "repeats", "place.fi", "place.sv", "place.en"),  # what was said
}
"""What the buttons of forms may carry."""

LOCALES: dict[Language, str] = {"fi": "fi-FI", "sv": "sv-FI", "en": "en-GB"}


class CardAdapter(FakeAdapter):
    """Keeps the cards of a chat as its clients show them now."""

    def __init__(self) -> None:
        super().__init__()
        self.cards: dict[str, dict[str, Any]] = {}
        self.can_update = True
        self.updating = asyncio.Event()
        """Cleared: the connector hangs."""
        self.updating.set()

    async def send_activities(
        self, context: TurnContext, activities: list[Activity]
    ) -> list[ResourceResponse]:
        """Keeps them, each card under an id of its own."""
        made = await super().send_activities(context, activities)
        for one, response in zip(self.sent[-len(made) :], made, strict=True):
            for attachment in one.get("attachments", ()):
                self.cards[response.id] = attachment["content"]
        return made

    async def update(
        self, service_url: str, conversation_id: str, activity_id: str, activity: Activity
    ) -> str:
        """Puts another card in the place of one, as the connector does."""
        await self.updating.wait()
        if not self.can_update:
            raise SendRefused("The connector answered 405.", status=405)
        assert activity.id == activity_id
        (attachment,) = parse(dump(activity))["attachments"]
        self.cards[activity_id] = attachment["content"]
        return activity_id


class ScriptedConversations:
    """Stands in for `Conversations`: understands what a test says that it should."""

    def __init__(self) -> None:
        self.understanding = Understanding("", "fi", (Request("help"),), 1.0)
        self.answer = Answer("fi", ("help",), (Heading("Vastaus."),))
        self.messages: list[IncomingMessage] = []
        self.forgotten: list[str] = []

    def respond(self, message: IncomingMessage) -> Reply:
        """The answer that was set."""
        self.messages.append(message)
        return Reply(self.understanding, self.answer)

    async def reply_to(self, message: IncomingMessage) -> Reply:
        """The answer that was set."""
        return self.respond(message)

    def forget(self, conversation: str) -> None:
        """Notes it."""
        self.forgotten.append(conversation)


@dataclass
class ActionResult:
    """What came of a press: the card as it is shown now, or a sentence."""

    card: dict[str, Any] | None
    sentence: str | None = None


@dataclass
class Chat:
    """A chat and the person who writes in it."""

    teams: TeamsFixture
    who: Identity | None
    language: Language = "fi"
    kind: str = "personal"
    conversation: str = "a:chat"
    card_id: str = ""

    @property
    def card(self) -> dict[str, Any]:
        """The card that is looked at."""
        return self.teams.adapter.cards[self.card_id]

    @property
    def text(self) -> str:
        """All that the card says."""
        return "\n".join(_texts(self.card["body"]))

    @property
    def buttons(self) -> list[str]:
        """The titles of its buttons."""
        return [action["title"] for action in _actions(self.card)]

    @property
    def fields(self) -> dict[str, str]:
        """What its fields hold."""
        return {part["id"]: part.get("value", "") for part in _inputs(self.card)}

    @property
    def faulty(self) -> list[str | None]:
        """The fields right below what is said to be wrong."""
        parts = pairwise(_parts(self.card["body"]))
        return [below.get("id") for above, below in parts if above.get("color") == "Attention"]

    async def say(
        self,
        intent: str,
        *networks: str,
        text: str = "?",
        wish: Wish = Wish.CLEAR,
        **answer: Any,
    ) -> Chat:
        """Says something that means an intent; looks at the card that answers."""
        said = self.teams.conversations
        request = Request(intent, Entities(networks=networks), wish=wish)
        said.understanding = Understanding(text, self.language, (request,), 1.0)
        said.answer = Answer(self.language, (intent,), (Heading("Vastaus."),), **answer)
        before = set(self.teams.adapter.cards)
        changes: dict[str, Any] = {"text": text}
        if self.kind != "personal":
            changes = {"text": f"<at>Taikubot</at> {text}", "entities": [mention()]}
        await self._turn(**changes)
        (new,) = self.teams.adapter.cards.keys() - before
        self.card_id = new
        self._check()
        return self

    async def press(
        self,
        title: str,
        fields: Mapping[str, str] | None = None,
        *,
        submit: bool = False,
        **more: str,
    ) -> ActionResult:
        """Fills fields (`title__fi` for `title.fi`) and presses a button."""
        actions = [one for one in _actions(self.card) if one["title"] == title]
        (action,) = actions[:1]
        written = {**(fields or {}), **more}
        typed = {name.replace("__", "."): text for name, text in written.items()}
        unknown = typed.keys() - self.fields.keys()
        assert not unknown, f"{unknown} are not on the card: {list(self.fields)}"
        brings = action.get("associatedInputs") != "none"
        filled = {name: text for name, text in {**self.fields, **typed}.items() if text}
        return await self.send({**action["data"], **(filled if brings else {})}, submit=submit)

    async def send(self, data: Any, *, submit: bool = False) -> ActionResult:
        """What a client sends for a button; looks at what comes of it."""
        adapter = self.teams.adapter
        before, sent = set(adapter.cards), len(adapter.sent)
        if submit:
            await self._turn(text=None, value=data, replyToId=self.card_id)
            new = adapter.cards.keys() - before
            if not new:
                self._check()
                return ActionResult(self.card)
            (id_,) = new
            if len(adapter.cards[id_]["body"]) == 1:
                return ActionResult(None, "\n".join(_texts(adapter.cards[id_]["body"])))
            self.card_id = id_
            self._check()
            return ActionResult(self.card)
        value = {"action": {"type": "Action.Execute", "verb": "?", "data": data}}
        invoke = {"type": "invoke", "name": "adaptiveCard/action", "text": None}
        await self._turn(**invoke, value=value, replyToId=self.card_id)
        (answer,) = [one for one in adapter.sent[sent:] if one["type"] == "invokeResponse"]
        body = answer["value"]["body"]
        assert body["statusCode"] == 200, body
        if body["type"].endswith("activity.message"):
            return ActionResult(None, body["value"])
        # What the client shows at once is what the message says from now on.
        assert body["value"] == self.card
        self._check()
        return ActionResult(body["value"])

    async def _turn(self, **changes: Any) -> None:
        await self.teams.turn(self.activity(**changes))
        await self.teams.settled()

    def activity(self, **changes: Any) -> dict[str, Any]:
        """An activity of this person in this chat."""
        thread = ";messageid=17" if self.kind == "channel" else ""
        data: dict[str, Any] = {"tenant": {"id": TENANT}}
        if self.kind == "channel":
            data |= {"team": {"id": TEAM}, "channel": {"id": self.conversation}}
        tenant = self.who.tenant if self.who and self.who.tenant else TENANT
        return activity(
            **{
                "locale": LOCALES[self.language],
                "from": {"id": "29:someone", "aadObjectId": self.who.id if self.who else None},
                "conversation": {
                    "id": self.conversation + thread,
                    "conversationType": "groupChat" if self.kind == "group" else self.kind,
                    "tenantId": tenant,
                },
                "channelData": data,
            }
            | changes
        )

    def _check(self) -> None:
        self.teams.check(self.card)


@dataclass
class TeamsFixture:
    """The bot with the real services on a database, and a fake client."""

    world: World
    adapter: CardAdapter = field(default_factory=CardAdapter)
    conversations: ScriptedConversations = field(default_factory=ScriptedConversations)
    names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        world = self.world
        self.named = Names(self._name)
        self.freshness = Freshness(world.database, world.meetings, world.coordinators, 6)
        self.router = CoordinatorRouter(
            world.announcements,
            world.meetings,
            world.subscriptions,
            world.coordinators,
            world.knowledge,
            names=self.named,
            freshness=self.freshness,
            public_url="https://bot.example.org",
            now=lambda: NOW,
        )
        self.updates = CardUpdates(self.adapter)
        self.start()

    def start(self) -> None:
        """Begins anew with the router that is there now."""
        self.bot = TeamsBot(
            self.conversations, self.world.knowledge, self.router, self.updates, now=lambda: NOW
        )

    async def settled(self) -> None:
        """Waits until cards and messages that follow a press have followed."""
        while self.updates.running:
            await asyncio.wait(set(self.updates.running))

    async def turn(self, data: dict[str, Any]) -> None:
        """Runs a turn."""
        await self.bot.on_turn(TurnContext(self.adapter, read_activity(data)))

    def check(self, card: dict[str, Any]) -> None:
        """What every card must be."""
        assert len(json.dumps(card).encode()) <= MOST_BYTES
        for action in _actions(card):
            if action["type"] == "Action.Execute":
                # Ids and words only: nothing that could pass for a right.
                assert action["data"].keys() <= CARRIED
                assert action["fallback"]["data"] == action["data"]
                assert len(action["title"]) <= 40

    async def _name(self, target: Target) -> str | None:
        return self.names.get(target.remote_id)


def _texts(parts: list[dict[str, Any]]) -> Iterator[str]:
    for part in _parts(parts):
        if part["type"] == "TextBlock":
            yield part["text"]
        for fact in part.get("facts", ()):
            yield f"{fact['title']}: {fact['value']}"


def _parts(parts: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for part in parts:
        yield part
        yield from _parts(part.get("items", []))
        for column in part.get("columns", ()):
            yield from _parts(column["items"])


def _inputs(card: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (part for part in _parts(card["body"]) if part["type"].startswith("Input."))


def _actions(card: dict[str, Any]) -> list[dict[str, Any]]:
    sets = [part for part in _parts(card["body"]) if part["type"] == "ActionSet"]
    return [action for one in sets for action in one["actions"]]


__all__ = ["BOT", "CHANNEL", "TEAM", "ActionResult", "Chat", "TeamsFixture"]
