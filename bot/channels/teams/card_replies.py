"""How what the coordination room answers gets into a chat: in place of a card, or below it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from botbuilder.core import InvokeResponse, TurnContext
from botbuilder.schema import Activity, ActivityTypes

from bot.answers.model import Answer, Paragraph, Text
from bot.channels.connector import SendError
from bot.channels.conversation import Reply
from bot.knowledge.values import Language

from .cards import CONTENT_TYPE, MOST_BYTES, card, card_activity, size_of
from .coordination import Actor, CardAction, CoordinatorRouter, Shown, actor_of, message
from .coordination.router import Said

log = structlog.get_logger(__name__)

NOTICE = "application/vnd.microsoft.activity.message"
"""The answer to an Execute that leaves the card as it is and shows a sentence."""

Answered = Callable[[TurnContext, CoordinatorRouter, Actor, CardAction], Awaitable[Said]]
"""How a pressed button is answered; gives what was said."""


async def instead(
    activity: Activity, coordination: CoordinatorRouter, text: str, reply: Reply
) -> Activity:
    """What is sent for words: the reply, or what the coordination room has to say instead."""
    answer = reply.answer
    actor = actor_of(activity, answer.language)
    said = await coordination.asked(actor, text, reply.understanding.requests)
    if said is not None:
        return _activity(said, actor.language)
    made = card_activity(answer)
    if buttons := coordination.offers(actor, answer.occurrences):
        # A card may be shared with other chats: the button is for this one.
        (attachment,) = made.attachments
        more = {"type": "ActionSet", "actions": buttons}
        content = {**attachment.content, "body": [*attachment.content["body"], more]}
        if size_of(content) <= MOST_BYTES:
            attachment.content = content
    return made


async def pressed(
    context: TurnContext, coordination: CoordinatorRouter, actor: Actor, press: CardAction
) -> Said:
    """Answers a submitted button: the card changes in place, or a sentence comes below it."""
    said = await coordination.pressed(actor, press)
    made = _activity(said, actor.language)
    shown_on = None
    if not isinstance(said, str) and actor.card:
        shown_on = await _put(context, actor.card, made)
    if shown_on is None:
        sent = await context.send_activity(made)
        shown_on = sent.id if sent is not None else None
    if isinstance(said, Shown) and said.follows and shown_on:
        await coordination.track(actor, said.follows, shown_on)
    return said


async def executed(
    context: TurnContext, coordination: CoordinatorRouter, actor: Actor, press: CardAction
) -> Said:
    """Answers an executed button with the card that takes the place of the one pressed."""
    said = await coordination.pressed(actor, press)
    if isinstance(said, str):
        await answer_invoke(context, {"statusCode": 200, "type": NOTICE, "value": said})
        return said
    made = said.card if isinstance(said, Shown) else card(said)
    await answer_invoke(context, {"statusCode": 200, "type": CONTENT_TYPE, "value": made})
    if actor.card:
        # The answer changes what this client shows; this changes the message for good.
        await _put(context, actor.card, _activity(said, actor.language))
        if isinstance(said, Shown) and said.follows:
            await coordination.track(actor, said.follows, actor.card)
    return said


async def answer_invoke(context: TurnContext, body: dict[str, Any]) -> None:
    """What an invoke is answered with when its turn ends."""
    response = InvokeResponse(status=200, body=body)
    await context.send_activity(Activity(type=ActivityTypes.invoke_response, value=response))


async def _put(context: TurnContext, card_id: str, made: Activity) -> str | None:
    """Puts a card in the place of another; None where that cannot be done."""
    made.id = card_id
    try:
        await context.update_activity(made)
    except SendError as error:
        log.info("card not changed in place", status=error.status, code=error.code)
        return None
    return card_id


def _activity(said: Said, language: Language) -> Activity:
    if isinstance(said, Shown):
        return message(said.card)
    if isinstance(said, str):
        said = Answer(language, ("announce",), (Paragraph(((Text(said),),)),))
    return card_activity(said)
