"""What the bot does in a turn: answers messages and buttons, welcomes, ignores the rest."""

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
from bot.understanding.model import Request, Understanding

from . import incoming
from .card_replies import Answered, answer_invoke, executed, instead, pressed
from .cards import CONTENT_TYPE, card, card_activity
from .coordination import CardAction, CoordinatorRouter, actor_of, read

log = structlog.get_logger(__name__)

TEAMS = "msteams"
EXECUTE = "adaptiveCard/action"
WELCOME_ONCE_IN = 600.0
"""Seconds: Teams tells of one installation in two activities, and may repeat either."""

MOST_WELCOMES = 1_000
"""Chats just welcomed that are kept in mind."""


class TeamsBot:
    """The bot in Teams; `on_turn` is what the connector calls for each activity.

    `conversations` answers what people write; `knowledge` gives what the bot knows at the moment;
    `coordination` does what asks for more than an answer. Times come from `now` (aware) and
    `monotonic` (seconds).
    """

    def __init__(
        self,
        conversations: Responder,
        knowledge: Callable[[], Knowledge],
        coordination: CoordinatorRouter | None = None,
        *,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._conversations = conversations
        self._knowledge = knowledge
        self._coordination = coordination
        self._now = now
        self._monotonic = monotonic
        self._welcomes = RateLimit(1, WELCOME_ONCE_IN, MOST_WELCOMES)

    async def on_turn(self, context: TurnContext) -> None:
        """Does whatever an activity asks for; what it does not know is ignored quietly."""
        await self._turn(context)
        if self._coordination is not None and context.activity.channel_id == TEAMS:
            try:
                await self._coordination.installations.noticed(context.activity)
            except Exception:
                # Whoever asked has been answered; what was missed comes with the next activity.
                log.exception("presence not noted", type=context.activity.type)

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
        if self._coordination and (press := read(activity.value)):
            await self._press(context, self._coordination, press, pressed)
            return
        if activity.value is not None:
            text = text or incoming.submitted(activity.value) or ""
            if not text:
                return  # Nothing that one of our buttons sends.
        elif place_of(activity) != "personal" and not incoming.mentions_bot(activity):
            return  # People talking to each other.
        started = self._monotonic()
        reply = self._answer(activity, text)
        await context.send_activity(await self._said(activity, text, reply))
        self._note(activity, reply, started)

    async def _said(self, activity: Activity, text: str, reply: Reply) -> Activity:
        """What is sent as the reply, or in its place where more than an answer was asked for."""
        if self._coordination is None or activity.channel_id != TEAMS:
            return card_activity(reply.answer)
        return await instead(activity, self._coordination, text, reply)

    async def _execute(self, context: TurnContext) -> None:
        activity = context.activity
        started = self._monotonic()
        if self._coordination and (press := read(activity.value)):
            await self._press(context, self._coordination, press, executed)
            return
        text = incoming.executed(activity.value)
        if text is None:
            await answer_invoke(context, _refusal())
            return
        reply = self._answer(activity, text)
        body = {"statusCode": 200, "type": CONTENT_TYPE, "value": card(reply.answer)}
        await answer_invoke(context, body)
        self._note(activity, reply, started)

    async def _press(
        self,
        context: TurnContext,
        coordination: CoordinatorRouter,
        press: CardAction,
        answered: Answered,
    ) -> None:
        activity, started = context.activity, self._monotonic()
        actor = actor_of(activity, press.language or incoming.language_of(activity))
        said = await answered(context, coordination, actor, press)
        note_card_action(
            activity.channel_id or "",
            place_of(activity),
            actor.language,
            press.do if coordination.knows(press) else "unknown",
            done=not isinstance(said, str),
            seconds=self._monotonic() - started,
        )

    def _answer(self, activity: Activity, text: str) -> Reply:
        if not text:
            return self._help(activity)
        message = IncomingMessage(
            text,
            conversation=conversation_key(activity),
            locale=incoming.locale_of(activity),
            members=_for_members(activity),
        )
        return self._conversations.respond(message)

    def _help(self, activity: Activity) -> Reply:
        """What the bot can do, for who sent a picture, a file or nothing at all."""
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
            "welcomed", channel=activity.channel_id, place=place_of(activity), language=language
        )

    def _context(self, activity: Activity) -> Context:
        now = self._now().astimezone(self._knowledge().zone)
        return Context(now, members=_for_members(activity))

    def _note(self, activity: Activity, reply: Reply, started: float) -> None:
        note_turn(activity.channel_id or "", place_of(activity), reply, self._monotonic() - started)


def _for_members(activity: Activity) -> bool:
    """Whether only members read the answer: in Teams, in no other channel that Azure may bring."""
    return bool(activity.channel_id == TEAMS)


def _refusal() -> dict[str, Any]:
    value = {"code": "BadRequest", "message": "This button is not known."}
    return {"statusCode": 400, "type": "application/vnd.microsoft.error", "value": value}
