"""An announcement becomes a post: an Answer in every language of the network at once."""

from __future__ import annotations

from bot.announcements.model import Announcement
from bot.announcements.sender import Target
from bot.answers.model import Answer
from bot.knowledge.library import Knowledge


def compose_post(
    announcement: Announcement, knowledge: Knowledge, target: Target, public_url: str | None
) -> Answer:
    """The post as it looks in one conversation.

    It tells of the meeting as the announcement holds it (`facts`), not as it may be by now, so
    that all conversations read the same until a coordinator changes it.
    """
    raise NotImplementedError
