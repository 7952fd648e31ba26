"""Sends the replies of the router: in the place of a card, as a new message, or as a sentence."""

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
from .coordination import Actor, CardAction, CardReply, CoordinatorRouter, actor_of, message
from .coordination.router import RouterReply

log = structlog.get_logger(__name__)

MESSAGE_RESPONSE = "application/vnd.microsoft.activity.message"
"""The type of a response to Execute that shows a sentence and leaves the card as it is."""

ActionAnswerer = Callable[
    [TurnContext, CoordinatorRouter, Actor, CardAction], Awaitable[RouterReply]
]
"""Answers a pressed button, and returns the reply of the router."""


async def reply_activity(
    activity: Activity, router: CoordinatorRouter, text: str, reply: Reply
) -> Activity:
    """What is sent for a message: the router's reply if it has one, or else the answer."""
    answer = reply.answer
    actor = actor_of(activity, answer.language)
    said = await router.reply_to_message(actor, text, reply.understanding.requests)
    if said is not None:
        return _activity(said, actor.language)
    made = card_activity(answer)
    if buttons := router.announce_buttons(actor, answer.occurrences):
        # The content may be cached for other chats, so it is copied before the button is added.
        (attachment,) = made.attachments
        more = {"type": "ActionSet", "actions": buttons}
        content = {**attachment.content, "body": [*attachment.content["body"], more]}
        if size_of(content) <= MOST_BYTES:
            attachment.content = content
    return made


async def answer_submit(
    context: TurnContext, router: CoordinatorRouter, actor: Actor, action: CardAction
) -> RouterReply:
    """Answers a Submit: the card is updated in place, or a new message is sent."""
    said = await router.run_action(actor, action)
    made = _activity(said, actor.language)
    shown_on = None
    if not isinstance(said, str) and actor.card:
        shown_on = await _update_in_place(context, actor.card, made)
    if shown_on is None:
        sent = await context.send_activity(made)
        shown_on = sent.id if sent is not None else None
    if isinstance(said, CardReply) and said.progress_of and shown_on:
        await router.track_progress(actor, said.progress_of, shown_on)
    return said


async def answer_execute(
    context: TurnContext, router: CoordinatorRouter, actor: Actor, action: CardAction
) -> RouterReply:
    """Answers an Execute with the card that replaces the one with the button, or a sentence."""
    said = await router.run_action(actor, action)
    if isinstance(said, str):
        await answer_invoke(context, {"statusCode": 200, "type": MESSAGE_RESPONSE, "value": said})
        return said
    made = said.card if isinstance(said, CardReply) else card(said)
    await answer_invoke(context, {"statusCode": 200, "type": CONTENT_TYPE, "value": made})
    if actor.card:
        # The response changes what this client shows; other clients need the message updated.
        await _update_in_place(context, actor.card, _activity(said, actor.language))
        if isinstance(said, CardReply) and said.progress_of:
            await router.track_progress(actor, said.progress_of, actor.card)
    return said


async def answer_invoke(context: TurnContext, body: dict[str, Any]) -> None:
    """Sets the response to an invoke, which is sent when the turn ends."""
    response = InvokeResponse(status=200, body=body)
    await context.send_activity(Activity(type=ActivityTypes.invoke_response, value=response))


async def _update_in_place(context: TurnContext, card_id: str, made: Activity) -> str | None:
    """Replaces a message by another; returns its id, or None where that is refused."""
    made.id = card_id
    try:
        await context.update_activity(made)
    except SendError as error:
        log.info("card.not_updated", status=error.status, code=error.code)
        return None
    return card_id


def _activity(said: RouterReply, language: Language) -> Activity:
    if isinstance(said, CardReply):
        return message(said.card)
    if isinstance(said, str):
        said = Answer(language, ("announce",), (Paragraph(((Text(said),),)),))
    return card_activity(said)
