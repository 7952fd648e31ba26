"""The turn handler in Teams: answers messages and card actions, welcomes, ignores the rest."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

import structlog
from botbuilder.core import TurnContext
from botbuilder.schema import Activity, ActivityTypes

from bot.answers.compose import Context, compose, welcome
from bot.answers.model import Answer
from bot.channels.connector.conversation_keys import chat_key, conversation_key, place_of
from bot.channels.conversation import IncomingMessage, Reply, Responder
from bot.channels.rate_limit import RateLimit
from bot.channels.turns import note_card_action, note_turn
from bot.knowledge.library import Knowledge
from bot.store.database import DATABASE_GONE
from bot.understanding.model import Request, Understanding

from . import incoming
from .card_replies import (
    ActionAnswerer,
    answer_execute,
    answer_invoke,
    answer_submit,
    reply_activity,
)
from .card_updates import CardUpdates
from .cards import CONTENT_TYPE, card_activity
from .coordination import CardAction, CoordinatorRouter, actor_of, read_action
from .posting import CHANNEL

log = structlog.get_logger(__name__)

EXECUTE = "adaptiveCard/action"
WELCOME_INTERVAL = 600.0
"""Seconds between two welcomes in a chat: Teams reports one installation in two activities, and
may repeat either."""

MOST_WELCOMES = 1_000
"""Chats whose last welcome is remembered."""


class TeamsBot:
    """The bot in Teams; `on_turn` is what the connector calls for each activity.

    `conversations` answers messages; `knowledge` gives the current content; `router` handles what
    asks for more than an answer, such as forms, whose cards `updates` brings up to date. `now`
    gives aware times, `monotonic` seconds.
    """

    def __init__(
        self,
        conversations: Responder,
        knowledge: Callable[[], Knowledge],
        router: CoordinatorRouter | None = None,
        updates: CardUpdates | None = None,
        *,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._conversations = conversations
        self._knowledge = knowledge
        self._router = router
        self._updates = updates
        self._now = now
        self._monotonic = monotonic
        self._welcomes = RateLimit(1, WELCOME_INTERVAL, MOST_WELCOMES)

    async def on_turn(self, context: TurnContext) -> None:
        """Handles an activity; kinds that the bot does not know are ignored."""
        await self._turn(context)
        if self._router is not None and context.activity.channel_id == CHANNEL:
            try:
                await self._router.installations.on_activity(context.activity)
            except Exception as error:
                # The reply is sent already, and the next activity tells the same again.
                log.error(
                    "installation.not_tracked",
                    type=context.activity.type,
                    error=type(error).__name__,
                    exc_info=not isinstance(error, DATABASE_GONE),
                )

    async def _turn(self, context: TurnContext) -> None:
        activity = context.activity
        match activity.type:
            case ActivityTypes.message:
                await self._message(context)
            case ActivityTypes.invoke if activity.name == EXECUTE:
                await self._execute(context)
            case ActivityTypes.conversation_update:
                if any(incoming.is_bot(activity, one) for one in activity.members_added or ()):
                    await self._welcome(context)
            case ActivityTypes.installation_update if activity.action == "add":
                await self._welcome(context)

    async def _message(self, context: TurnContext) -> None:
        activity = context.activity
        text = incoming.text_of(activity)
        if action := self._pressed(activity):
            await self._answer_action(context, action, answer_submit)
            return
        if activity.value is not None:
            text = text or incoming.submitted_text(activity.value) or ""
            if not text:
                return  # Nothing that one of our buttons sends.
        elif place_of(activity) != "personal" and not incoming.mentions_bot(activity):
            return  # People talking to each other.
        started = self._monotonic()
        reply = await self._answer(activity, text)
        await context.send_activity(await self._reply_activity(activity, text, reply))
        self._note_turn(activity, reply, started)

    async def _reply_activity(self, activity: Activity, text: str, reply: Reply) -> Activity:
        """The answer as an activity, or what the router replies in its place."""
        if self._router is None or activity.channel_id != CHANNEL:
            return card_activity(reply.answer)
        return await reply_activity(activity, self._router, text, reply)

    async def _execute(self, context: TurnContext) -> None:
        activity = context.activity
        started = self._monotonic()
        if action := self._pressed(activity):
            await self._answer_action(context, action, answer_execute)
            return
        text = incoming.executed_text(activity.value)
        if text is None:
            await answer_invoke(context, _refusal())
            return
        reply = await self._answer(activity, text)
        made = await self._reply_activity(activity, text, reply)
        body = {"statusCode": 200, "type": CONTENT_TYPE, "value": made.attachments[0].content}
        await answer_invoke(context, body)
        self._note_turn(activity, reply, started)

    def _pressed(self, activity: Activity) -> CardAction | None:
        """The action of a button of the forms, where there are any."""
        return read_action(activity.value) if self._router and self._updates else None

    async def _answer_action(
        self, context: TurnContext, action: CardAction, answerer: ActionAnswerer
    ) -> None:
        router, updates = self._router, self._updates
        assert router is not None
        assert updates is not None
        activity, started = context.activity, self._monotonic()
        actor = actor_of(activity, action.language or incoming.language_of(activity))
        said = await answerer(context, router, updates, actor, action)
        if router.forgets(action) and not isinstance(said, str):
            self._conversations.forget(conversation_key(activity))
        note_card_action(
            activity.channel_id or "",
            place_of(activity),
            actor.language,
            action.do if router.is_known(action) else "unknown",
            done=not isinstance(said, str),
            seconds=self._monotonic() - started,
        )

    async def _answer(self, activity: Activity, text: str) -> Reply:
        if not text:
            return self._help(activity)
        message = IncomingMessage(
            text,
            conversation=conversation_key(activity),
            locale=incoming.locale_of(activity),
            members=_for_members(activity),
            follows=self._router is not None and _for_members(activity),
        )
        return await self._conversations.reply_to(message)

    def _help(self, activity: Activity) -> Reply:
        """The answer to a message without text, such as a picture: what the bot can do."""
        language = incoming.language_of(activity)
        understanding = Understanding("", language, (Request("help"),), 1.0)
        return Reply(
            understanding, compose(understanding, self._knowledge(), self._context(activity))
        )

    async def _welcome(self, context: TurnContext) -> None:
        activity = context.activity
        if self._welcomes.wait(chat_key(activity), self._monotonic()) > 0:
            return
        language = incoming.language_of(activity)
        answer: Answer = welcome(language, self._knowledge(), self._context(activity))
        await context.send_activity(card_activity(answer))
        log.info(
            "chat.welcomed",
            channel=activity.channel_id,
            place=place_of(activity),
            language=language,
        )

    def _context(self, activity: Activity) -> Context:
        now = self._now().astimezone(self._knowledge().zone)
        return Context(now, members=_for_members(activity))

    def _note_turn(self, activity: Activity, reply: Reply, started: float) -> None:
        note_turn(activity.channel_id or "", place_of(activity), reply, self._monotonic() - started)


def _for_members(activity: Activity) -> bool:
    """Whether only members read the answer: in Teams, but in no other channel of the service."""
    return bool(activity.channel_id == CHANNEL)


def _refusal() -> dict[str, Any]:
    value = {"code": "BadRequest", "message": "This button is not known."}
    return {"statusCode": 400, "type": "application/vnd.microsoft.error", "value": value}
