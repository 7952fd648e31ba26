"""Sends the replies of the router: in the place of a card, as a new message, or as a sentence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog
from botbuilder.core import InvokeResponse, TurnContext
from botbuilder.schema import Activity, ActivityTypes, DeliveryModes

from bot.answers.model import Answer, Paragraph, Text
from bot.channels.conversation import Reply
from bot.knowledge.values import Language
from bot.store.database import DATABASE_GONE

from .card_updates import CardPlace, CardUpdates
from .cards import CONTENT_TYPE, MOST_BYTES, card, card_activity, size_of
from .coordination import Actor, CardAction, CardReply, CoordinatorRouter, actor_of, message
from .coordination.elements import has_inputs
from .coordination.router import RouterReply

log = structlog.get_logger(__name__)

MESSAGE_RESPONSE = "application/vnd.microsoft.activity.message"
"""The type of a response to Execute that shows a sentence and leaves the card as it is."""

ActionAnswerer = Callable[
    [TurnContext, CoordinatorRouter, CardUpdates, Actor, CardAction], Awaitable[RouterReply]
]
"""Answers a pressed button, and returns the reply of the router. What needs the connector follows
in the background: the press is answered whatever the connector does."""


async def reply_activity(
    activity: Activity, router: CoordinatorRouter, text: str, reply: Reply
) -> Activity:
    """What is sent for a message: the router's reply if it has one, or else the answer."""
    answer = reply.answer
    actor = actor_of(activity, answer.language)
    said = await router.reply_to_message(actor, text, reply.understanding.requests)
    if said is not None and not isinstance(said, Answer):
        return _activity(said, actor.language)
    answer = said or answer
    made = card_activity(answer)
    if buttons := router.buttons_below(actor, answer):
        # The content may be cached for other chats, so it is copied before the button is added.
        (attachment,) = made.attachments
        more = {"type": "ActionSet", "actions": buttons}
        content = {**attachment.content, "body": [*attachment.content["body"], more]}
        if size_of(content) <= MOST_BYTES:
            attachment.content = content
    return made


async def answer_submit(
    context: TurnContext,
    router: CoordinatorRouter,
    updates: CardUpdates,
    actor: Actor,
    action: CardAction,
) -> RouterReply:
    """Answers a Submit: the card is updated in place, or a new message is sent."""
    said = await router.run_action(actor, action)

    async def send_new() -> None:
        sent = await context.send_activity(_activity(said, actor.language))
        if isinstance(said, CardReply) and said.progress_of and sent is not None and sent.id:
            await router.track_progress(actor, said.progress_of, sent.id)

    if context.activity.delivery_mode == DeliveryModes.expect_replies:
        # What is sent during the turn is the answer itself, and no call.
        await send_new()
    elif isinstance(said, str) or not actor.card:
        updates.start(send_new())
    else:
        await _update_in_place(router, updates, actor, said, send_new)
    return said


async def answer_execute(
    context: TurnContext,
    router: CoordinatorRouter,
    updates: CardUpdates,
    actor: Actor,
    action: CardAction,
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
        await _update_in_place(router, updates, actor, said)
    return said


async def answer_invoke(context: TurnContext, body: dict[str, Any]) -> None:
    """Sets the response to an invoke, which is sent when the turn ends."""
    response = InvokeResponse(status=200, body=body)
    await context.send_activity(Activity(type=ActivityTypes.invoke_response, value=response))


async def _update_in_place(
    router: CoordinatorRouter,
    updates: CardUpdates,
    actor: Actor,
    said: RouterReply,
    otherwise: Callable[[], Coroutine[Any, Any, None]] | None = None,
) -> None:
    """Has the pressed card replaced in the background; nothing that fails here fails the press."""
    assert actor.card is not None
    place = CardPlace(actor.target.service_url, actor.conversation, actor.card)
    form = isinstance(said, CardReply) and has_inputs(said.card)
    if isinstance(said, CardReply) and said.progress_of:
        try:
            await router.track_progress(actor, said.progress_of, actor.card)
        except DATABASE_GONE as error:
            # Done is what was pressed: only its progress will not be seen on this card.
            log.warning("progress_card.not_tracked", error=type(error).__name__)

    async def make() -> Activity | None:
        if isinstance(said, CardReply) and said.later is not None:
            newer = await said.later()
            return None if newer is None else message(newer)
        return _activity(said, actor.language)

    updates.put(place, make, is_form=form, otherwise=otherwise)


def _activity(said: RouterReply, language: Language) -> Activity:
    if isinstance(said, CardReply):
        return message(said.card)
    if isinstance(said, str):
        said = Answer(language, ("announce",), (Paragraph(((Text(said),),)),))
    return card_activity(said)
