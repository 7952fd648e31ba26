"""How often one conversation may make the bot work."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from botbuilder.core import TurnContext
from botbuilder.schema import ActivityTypes

from bot.channels.rate_limit import RateLimit, slow_down
from bot.ops import metrics
from bot.understanding.language import usual_language

from .adapter import TurnHandler
from .conversation_keys import chat_key

log = structlog.get_logger(__name__)

BURST, INTERVAL = 300, 0.1
"""More than the people of one chat can write; in the long run one per cent of a processor."""


def limit_turns(
    on_turn: TurnHandler,
    *,
    burst: int = BURST,
    interval: float = INTERVAL,
    monotonic: Callable[[], float] = time.monotonic,
) -> TurnHandler:
    """A turn handler that hands on as many turns of a conversation as it may have.

    The first message beyond the limit is answered with a request to slow down; later ones get no
    answer until the rate is below it again. A pressed button that expects an answer gets none (its
    client says so).
    """
    limit = RateLimit(burst, interval)
    warned = RateLimit(1, burst * interval)

    async def on_limited_turn(context: TurnContext) -> None:
        activity = context.activity
        key, now = chat_key(activity), monotonic()
        wait = limit.wait(key, now)
        if not wait:
            await on_turn(context)
            return
        metrics.REFUSED.labels("connector", "rate").inc()
        if activity.type == ActivityTypes.message and not warned.wait(key, now):
            log.warning("conversation.rate_limited", wait=round(wait, 1))
            locale = activity.locale if isinstance(activity.locale, str) else None
            await context.send_activity(slow_down(usual_language(locale), wait))

    return on_limited_turn
