"""Our `BotAdapter`: how a turn of botbuilder's `TurnContext` sends, updates and deletes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from copy import copy
from typing import Any

from botbuilder.core import BotAdapter, TurnContext
from botbuilder.schema import (
    Activity,
    ActivityTypes,
    ConversationReference,
    DeliveryModes,
    ResourceResponse,
)

from .client import ConnectorClient

TurnHandler = Callable[[TurnContext], Awaitable[None]]
INVOKE_RESPONSE = BotAdapter._INVOKE_RESPONSE_KEY
"""Where botbuilder's handlers look for the answer to an invoke in a turn's state."""


class Turn(TurnContext):  # type: ignore[misc]  # botbuilder is untyped
    """A `TurnContext` that makes shallow copies of what is sent.

    The base class makes a deep copy of everything that is sent, which for one card of ours takes
    as long as the rest of the turn. Only fields of the activity itself are set on the way out,
    so a shallow copy keeps the caller's activity as it was just as well.
    """

    async def send_activities(self, activities: list[Activity]) -> list[ResourceResponse]:
        """Sends activities to the conversation of this turn; see `TurnContext`."""
        incoming = self.activity
        reply_to = incoming.id if incoming.type != ActivityTypes.conversation_update else None
        output = []
        for activity in activities:
            activity = copy(activity)
            activity.channel_id = incoming.channel_id
            activity.service_url = incoming.service_url
            activity.conversation = incoming.conversation
            activity.from_property, activity.recipient = incoming.recipient, incoming.from_property
            activity.locale = incoming.locale
            activity.reply_to_id = reply_to or activity.reply_to_id
            activity.type = activity.type or ActivityTypes.message
            activity.input_hint = activity.input_hint or "acceptingInput"
            activity.id = None
            output.append(activity)
        responses: list[ResourceResponse] = await self._emit(
            self._on_send_activities, output, self._deliver(output)
        )
        return responses

    async def _deliver(self, output: list[Activity]) -> list[ResourceResponse]:
        if self.activity.delivery_mode == DeliveryModes.expect_replies:
            self.buffered_reply_activities.extend(output)
            responses = [ResourceResponse() for _ in output]
        else:
            responses = await self.adapter.send_activities(self, output)
        if any(activity.type != ActivityTypes.trace for activity in output):
            self.responded = True
        return responses

    async def _emit(self, plugins: list[Any], arg: Any, logic: Coroutine[Any, Any, Any]) -> Any:
        """Calls the handlers, if there are any, and then the logic.

        The base class ties the turn, with all that was sent, into a ring of closures, which stays
        until the garbage collector comes by.
        """
        return await (super()._emit(plugins, arg, logic) if plugins else logic)


class ConnectorAdapter(BotAdapter):  # type: ignore[misc]  # botbuilder is untyped
    """Sends what turns send through a `Sender`; `on_sent` gets the conversation and the id of each.

    `run_pipeline` is the base class's: middleware first, then the callback. Errors are left to
    the caller, who knows whether there is a member to be told.
    """

    def __init__(self, sender: ConnectorClient, on_sent: Callable[[str, str], None]) -> None:
        super().__init__()
        self._sender = sender
        self._on_sent = on_sent

    async def send_activities(
        self, context: TurnContext, activities: list[Activity]
    ) -> list[ResourceResponse]:
        """Sends activities in their order; an invoke response is kept for the answer instead."""
        responses = []
        for activity in activities:
            sent: str | None = None
            if activity.type == ActivityTypes.invoke_response:
                context.turn_state[INVOKE_RESPONSE] = activity
            elif activity.type != ActivityTypes.trace:  # only the retired emulator shows traces
                sent = await self._sender.send(
                    activity.service_url,
                    activity.conversation.id,
                    activity,
                    reply_to=activity.reply_to_id,
                )
                if sent:
                    self._on_sent(activity.conversation.id, sent)
            responses.append(ResourceResponse(id=sent))
        return responses

    async def update_activity(self, context: TurnContext, activity: Activity) -> ResourceResponse:
        """Puts an activity in the place of the one with its id."""
        sent = await self._sender.update(
            activity.service_url, activity.conversation.id, activity.id, activity
        )
        return ResourceResponse(id=sent or activity.id)

    async def delete_activity(self, context: TurnContext, reference: ConversationReference) -> None:
        """Deletes the activity that a reference names."""
        await self._sender.delete(
            reference.service_url, reference.conversation.id, reference.activity_id
        )
