"""Carries announcements into Teams: posts, changes them in place, takes them back."""

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
from bot.i18n import N_
from bot.knowledge.values import LANGUAGES
from bot.understanding.language import from_locale

from .cards import card_activity

CHANNEL = "msteams"

NOT_FOR_GOOD = frozenset({"BotDisabledByAdmin", "BotDisabledInTenant"})
"""Why Teams may answer 403 although the bot is still there: an administrator can mend it."""

POST_MISSING = "ActivityNotFoundInConversation"
"""Somebody has deleted the post; the conversation is as well as ever."""

NOT_DELETABLE = frozenset({403, 405, 501})
"""Statuses by which a channel says that it does not delete this post."""

WITHDRAWN = N_("This announcement has been withdrawn.")
"""Stands in the place of a post that could not be deleted."""

TOO_LARGE = "The post is too large for Teams."
MISSING = "The post is no longer there."


class TeamsPosting:
    """The sender of announcements in Teams, by a `Sender` of the wire that tries once."""

    def __init__(self, wire: ConnectorClient) -> None:
        self._wire = wire

    async def post(self, target: Target, post: Answer) -> Posted:
        """Posts; in a channel, General or any other, as a thread of its own."""
        activity = _activity(target, post)
        with _named_errors():
            if target.kind != "channel":
                sent = await self._wire.send(
                    target.service_url, target.remote_id, activity, once=True
                )
                return Posted(sent or "")
            thread = await self._wire.new_thread(
                target.service_url,
                target.remote_id,
                activity,
                bot_id=target.bot_id,
                tenant_id=target.tenant or None,
            )
            return Posted(thread.activity_id, thread.conversation_id)

    async def update(self, target: Target, posted: Posted, post: Answer) -> None:
        """Puts another card in the place of a post."""
        with _named_errors():
            await self._put(target, posted, post)

    async def delete(self, target: Target, posted: Posted) -> None:
        """Deletes a post; where Teams does not let it, a card in its place says so."""
        if not posted.remote_id:
            raise PostRejected(MISSING, "post_missing")
        with _named_errors():
            try:
                await self._wire.delete(
                    target.service_url,
                    posted.remote_conversation or target.remote_id,
                    posted.remote_id,
                )
            except (ConversationGone, SendRefused) as error:
                if error.code == POST_MISSING:
                    return
                if error.status not in NOT_DELETABLE:
                    raise
                await self._put(target, posted, cancelled(target.locale))

    async def name(self, target: Target) -> str | None:
        """`Team › Channel`; a group chat's name is nowhere to be asked for."""
        if target.kind != "channel" or target.team is None:
            return None
        with _named_errors():
            team = await self._wire.team_name(target.service_url, target.team)
            channel = (await self._wire.channels(target.service_url, target.team)).get(
                target.remote_id
            )
        return " › ".join(part for part in (team, channel) if part) or None

    async def _put(self, target: Target, posted: Posted, post: Answer) -> None:
        if not posted.remote_id:
            raise PostRejected(MISSING, "post_missing")
        conversation = posted.remote_conversation or target.remote_id
        activity = _activity(target, post)
        activity.id = posted.remote_id
        await self._wire.update(target.service_url, conversation, posted.remote_id, activity)


def cancelled(locale: str | None) -> Answer:
    """What stands where a post was that could not be deleted."""
    known = from_locale(locale)
    lines = tuple((Text(WITHDRAWN.said(one)),) for one in ([known] if known else LANGUAGES))
    return Answer(known or LANGUAGES[0], ("announce",), (Paragraph(lines),))


@lru_cache(maxsize=64)
def _card(post: Answer) -> Activity:
    """The card of a post, which many conversations get alike; nobody changes it."""
    return card_activity(post)


def _activity(target: Target, post: Answer) -> Activity:
    activity = copy.copy(_card(post))
    activity.conversation = ConversationAccount(id=target.remote_id)
    if target.bot_id:
        activity.from_property = ChannelAccount(id=target.bot_id)
    return activity


@contextlib.contextmanager
def _named_errors() -> Iterator[None]:
    """Turns the wire's errors into those of a sender of announcements."""
    try:
        yield
    except CredentialsError as error:
        raise PostDelayed(str(error), "no_token", everywhere=True) from error
    except ConversationGone as error:
        if error.code in NOT_FOR_GOOD:
            reason = f"An administrator has switched the bot off there: {error}"
            raise PostRejected(reason, "switched_off") from error
        if error.code == POST_MISSING:
            raise PostRejected(MISSING, "post_missing") from error
        raise TargetGone(str(error)) from error
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
        if error.status in (401, 409, 500):
            # A token or a server that is not well: nothing is wrong with this post.
            raise PostDelayed(str(error)) from error
        raise PostRejected(str(error)) from error
