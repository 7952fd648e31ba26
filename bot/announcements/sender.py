"""What a channel must be able to do so that announcements can be delivered through it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from bot.answers.model import Answer
from bot.i18n import N_, Message


@dataclass(frozen=True)
class Target:
    """A conversation to post in, as the store knows it."""

    channel: str
    """msteams or facebook-page"""
    kind: str
    """channel, group, personal or page"""
    remote_id: str
    service_url: str
    tenant: str
    team: str | None = None
    """The team that a channel belongs to."""
    bot_id: str | None = None
    locale: str | None = None
    networks: tuple[str, ...] = ()
    """What it follows; `*` is everything."""


@dataclass(frozen=True)
class Posted:
    """Where a post is, so that it can be changed and taken back."""

    remote_id: str
    """Empty: posted, but its id is unknown."""
    remote_conversation: str | None = None
    """The thread that the post began in a channel; None where the target's id serves."""


Failure = Literal[
    "no_answer",
    "no_token",
    "refused",
    "too_large",
    "post_missing",
    "switched_off",
    "page_token",
    "page_missing",
    "duplicate",
    "not_set_up",
    "not_written",
    "gone",
    "in_doubt",
    "unwritable",
    "begun",
]
"""Why a delivery fails, in a word."""

FAILURES: Mapping[str, Message] = {
    "no_answer": N_(
        "Teams or Facebook did not take the message, though it was tried again and again. "
        "Try once more later."
    ),
    "no_token": N_("The bot could not sign in to Microsoft. Tell the administrator."),
    "refused": N_(
        "The message was not accepted, and trying again would not help. Tell the administrator."
    ),
    "too_large": N_("The message is too long for Teams. Shorten the text and try again."),
    "post_missing": N_("The message is no longer there: somebody has deleted it."),
    "switched_off": N_("An administrator has switched the bot off there."),
    "page_token": N_(
        "The bot may not post on the Facebook Page: the administrator has to renew the Page's "
        "token (BOT_FACEBOOK_PAGE_TOKEN)."
    ),
    "page_missing": N_("The Facebook Page or the post is not there, or not for the bot."),
    "duplicate": N_("The very same text has just been posted on the Facebook Page."),
    "not_set_up": N_("The bot lacks the settings to post here. Tell the administrator."),
    "not_written": N_(
        "The message could not be put together because of an error in the program. Tell the "
        "administrator."
    ),
    "gone": N_(
        "Teams or Facebook says that the bot is not there. The next announcement is tried there "
        "all the same."
    ),
    "in_doubt": N_("No answer told whether the message arrived: look whether it is there."),
    "unwritable": N_(
        "What was answered from there could not be stored. The message may be there. Tell the "
        "administrator."
    ),
    "begun": N_("The meeting had begun or been cancelled before the message could be sent."),
}
"""The same as a sentence for coordinators, of a post that has ended; `report_reasons` tells of
others. Errors are kept as `code: reason`, the reason in English."""


class TargetGone(Exception):
    """The channel says by a name that the bot cannot post there: removed, blocked, or no more.

    `code` is that name (`BotNotInConversationRoster`). It was surely not posted.
    """

    def __init__(self, reason: str, code: str = "") -> None:
        super().__init__(reason)
        self.code = code


class PostRejected(Exception):
    """Surely not posted, and refused for good; the text says why, without anybody's words."""

    def __init__(self, reason: str, code: Failure = "refused") -> None:
        super().__init__(reason)
        self.code = code


class PostDelayed(Exception):
    """It may work later: surely not posted, or in doubt where it is `uncertain`.

    `pause` is what the channel asked for, in seconds; with `everywhere` for the whole tenant.
    `uncertain`: the call may have been carried out although no answer says so. A post then must
    not be repeated freely; an edit or a deletion can be.
    """

    def __init__(
        self,
        reason: str,
        code: Failure = "no_answer",
        *,
        pause: float | None = None,
        everywhere: bool = False,
        uncertain: bool = False,
    ) -> None:
        super().__init__(reason)
        self.code = code
        self.pause = pause
        self.everywhere = everywhere
        self.uncertain = uncertain


class Sender(Protocol):
    """Carries posts into one kind of channel; one attempt a call, no retries of its own.

    Every method but `answers` raises TargetGone, PostRejected or PostDelayed.
    """

    async def post(self, target: Target, post: Answer) -> Posted:
        """Posts; in a channel of Teams as a new thread.

        The `remote_id` is empty where it was posted but the channel did not say its id.
        """

    async def update(self, target: Target, posted: Posted, post: Answer) -> None:
        """Puts another content in the place of a post."""

    async def delete(self, target: Target, posted: Posted) -> None:
        """Takes a post back; where that cannot be done, marks it as cancelled."""

    async def name(self, target: Target) -> str | None:
        """What people call the conversation, asked for at this moment; no database keeps it."""

    async def answers(self, target: Target) -> bool:
        """Whether the channel is seen to answer there, by a read that changes nothing.

        A refusal is an answer too. Never raises.
        """
