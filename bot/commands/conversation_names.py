"""What people call conversations, for a command: asked for as the server does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.ops.settings import Settings

if TYPE_CHECKING:
    from bot.announcements.names import Known
    from bot.announcements.sender import Target


async def known_names(settings: Settings, targets: Sequence[Target]) -> Known:
    """The names that come within a few seconds; none where the bot cannot sign in."""
    # Imported here: without anything to name a command starts faster.
    from bot.announcements.names import LATER, NOBODY, Names
    from bot.channels.connector import Connector
    from bot.channels.facebook_page import CHANNEL as FACEBOOK_PAGE
    from bot.channels.facebook_page import FacebookPage
    from bot.channels.teams.posting import CHANNEL as MSTEAMS
    from bot.channels.teams.posting import TeamsPosting

    if not targets:
        return NOBODY

    async def no_turn(_: object) -> None:
        raise NotImplementedError

    connector = Connector(settings, no_turn, lambda _language, code: code)
    teams = TeamsPosting(connector.single_attempt_client)
    page = None
    if settings.facebook_page_token is not None:
        page = FacebookPage(
            settings.facebook_page_token, settings.facebook_graph_url, connector.session
        )

    async def name_of(target: Target) -> str | None:
        if target.channel == MSTEAMS:
            return await teams.name(target)
        return await page.name(target) if page and target.channel == FACEBOOK_PAGE else None

    names = Names(name_of)
    try:
        return await names.of(targets, LATER)
    finally:
        await names.close()
        await connector.close()
