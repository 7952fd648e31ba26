"""Asks coordinators in their own chat whether what is told of them is still right."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from bot.announcements.freshness import Question
from bot.channels.connector import ConnectorClient, ConnectorError

from ..cards import Json
from .progress import message

log = structlog.get_logger(__name__)


async def ask(
    connector: ConnectorClient, card_of: Callable[[Question], Json], question: Question
) -> bool:
    """Sends the question; False where it did not arrive."""
    try:
        await connector.send(
            question.service_url, question.conversation, message(card_of(question))
        )
    except ConnectorError as error:
        log.warning("freshness.not_asked", error=str(error))
        return False
    return True
