"""Who carries announcements where: the senders that the settings allow, by channel."""

from __future__ import annotations

from bot.announcements.sender import Sender
from bot.channels.connector import Connector
from bot.channels.facebook_page import CHANNEL as FACEBOOK_PAGE
from bot.channels.facebook_page import FacebookPage
from bot.channels.teams.posting import CHANNEL as MSTEAMS
from bot.channels.teams.posting import TeamsPosting
from bot.ops.settings import Settings


def make_senders(settings: Settings, connector: Connector) -> dict[str, Sender]:
    """The senders by channel, each for one attempt a call."""
    senders: dict[str, Sender] = {MSTEAMS: TeamsPosting(connector.single_attempt_client)}
    if settings.facebook_page_id is not None and settings.facebook_page_token is not None:
        senders[FACEBOOK_PAGE] = FacebookPage(
            settings.facebook_page_token,
            settings.facebook_graph_url,
            connector.session,
        )
    return senders
