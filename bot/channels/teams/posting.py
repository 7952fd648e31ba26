"""Posts announcements in Teams, updates posts in place, and deletes them."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator
from functools import lru_cache

from botbuilder.schema import Activity, ChannelAccount, ConversationAccount

from bot.announcements.sender import PostDelayed, Posted, PostRejected, Target, TargetGone
from bot.answers.model import Answer, Paragraph, Text
from bot.channels.connector import (
    ConnectorClient,
    ConversationGone,
    CredentialsError,
    SendError,
    SendFailed,
    SendRefused,
)
from bot.i18n import N_, spoken_languages
from bot.knowledge.values import LANGUAGES
from bot.understanding.language import from_locale, usual_language

from .cards import card_activity

CHANNEL = "msteams"

SWITCHED_OFF_CODES = frozenset({"BotDisabledByAdmin", "BotDisabledInTenant"})
"""Codes of a 403 that an administrator can lift: the bot is still installed."""

POST_MISSING = "ActivityNotFoundInConversation"
"""The code for a deleted post in a conversation that still exists."""

NOT_DELETABLE = frozenset({403, 405, 501})
"""Statuses of a channel that does not let the bot delete a post."""

WITHDRAWN = N_("This announcement has been withdrawn.")
"""Stands in the place of a post that could not be deleted."""

TOO_LARGE = "The post is too large for Teams."
MISSING = "The post is no longer there."


class TeamsPosting:
    """The sender of announcements in Teams; `connector` tries once."""

    def __init__(self, connector: ConnectorClient) -> None:
        self._connector = connector

    async def post(self, target: Target, post: Answer) -> Posted:
        """Posts; in a channel as the first message of a new thread."""
        activity = _activity(target, post)
        with _sender_errors():
            if target.kind != "channel":
                sent = await self._connector.send(
                    target.service_url, target.remote_id, activity, once=True
                )
                return Posted(sent or "")
            thread = await self._connector.new_thread(
                target.service_url,
                target.remote_id,
                activity,
                bot_id=target.bot_id,
                tenant_id=target.tenant or None,
            )
            if thread.activity_id is None:
                return Posted("")
            return Posted(thread.activity_id, thread.conversation_id)

    async def update(self, target: Target, posted: Posted, post: Answer) -> None:
        """Replaces the card of a post."""
        with _sender_errors():
            await self._replace(target, posted, post)

    async def delete(self, target: Target, posted: Posted) -> None:
        """Deletes a post, or replaces it by a notice where Teams does not let the bot delete."""
        if not posted.remote_id:
            raise PostRejected(MISSING, "post_missing")
        with _sender_errors():
            try:
                await self._connector.delete(
                    target.service_url,
                    posted.remote_conversation or target.remote_id,
                    posted.remote_id,
                )
            except (SendRefused, SendFailed) as error:
                if error.code == POST_MISSING:
                    return
                refused = isinstance(error, SendRefused) or error.status != 403
                if error.status not in NOT_DELETABLE or not refused:
                    raise
                await self._replace(target, posted, withdrawn_post(target.locale))

    async def name(self, target: Target) -> str | None:
        """`Team › Channel`; None for a chat, whose name the connector does not tell."""
        if target.kind != "channel" or target.team is None:
            return None
        with _sender_errors():
            team = await self._connector.team_name(target.service_url, target.team)
            channel = (await self._connector.channels(target.service_url, target.team)).get(
                target.remote_id
            )
        return " › ".join(part for part in (team, channel) if part) or None

    async def answers(self, target: Target) -> bool:
        """Whether the connector answers: asked for the team of a channel, or a chat's members."""
        team = target.team if target.kind == "channel" else None
        return await self._connector.answers(target.service_url, target.remote_id, team_id=team)

    async def _replace(self, target: Target, posted: Posted, post: Answer) -> None:
        if not posted.remote_id:
            raise PostRejected(MISSING, "post_missing")
        conversation = posted.remote_conversation or target.remote_id
        activity = _activity(target, post)
        activity.id = posted.remote_id
        await self._connector.update(target.service_url, conversation, posted.remote_id, activity)


def withdrawn_post(locale: str | None) -> Answer:
    """The notice in the place of a post, in its chat's language or in all."""
    spoken = spoken_languages() or LANGUAGES
    known = from_locale(locale) in spoken
    languages = [usual_language(locale)] if known else spoken
    lines = tuple((Text(WITHDRAWN.said(one)),) for one in languages)
    return Answer(usual_language(locale), ("announce",), (Paragraph(lines),))


@lru_cache(maxsize=64)
def _card(post: Answer) -> Activity:
    """The card of a post, cached since many conversations get the same; it must not be changed."""
    return card_activity(post)


def _activity(target: Target, post: Answer) -> Activity:
    activity = copy.copy(_card(post))
    activity.conversation = ConversationAccount(id=target.remote_id)
    if target.bot_id:
        activity.from_property = ChannelAccount(id=target.bot_id)
    return activity


@contextlib.contextmanager
def _sender_errors() -> Iterator[None]:
    """Turns the connector's errors into those of a sender of announcements."""
    try:
        yield
    except CredentialsError as error:
        raise PostDelayed(str(error), "no_token", everywhere=True) from error
    except ConversationGone as error:
        raise TargetGone(str(error), error.code or "") from error
    except SendFailed as error:
        raise PostDelayed(
            str(error),
            pause=error.retry_after,
            everywhere=error.everywhere,
            uncertain=error.uncertain,
        ) from error
    except SendError as error:
        if error.status == 413:
            raise PostRejected(TOO_LARGE, "too_large") from error
        if error.code in SWITCHED_OFF_CODES:
            reason = f"An administrator has switched the bot off there: {error}"
            raise PostRejected(reason, "switched_off") from error
        if error.code == POST_MISSING:
            raise PostRejected(MISSING, "post_missing") from error
        raise PostRejected(str(error)) from error
