"""The same fan-out through the SDK's `continue_conversation`: run by the benchmark of deliveries.

    PYTHON -P benchmarks/delivery_stock.py

PYTHON is that of the environment with the SDK's adapter; nothing of ours is imported here. Reads
one job as a line of JSON and writes what it took as another. Without an app id, so no token is
fetched; and nothing is written down before or after a post, which is less than a sender must do.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

from botbuilder.core import TurnContext
from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication
from botbuilder.schema import Activity, ChannelAccount, ConversationAccount, ConversationReference


class NoAppId:
    """The configuration of a bot without an app id."""

    APP_ID = ""
    APP_PASSWORD = ""


async def deliver(job: dict[str, Any]) -> float:
    """Posts to each conversation, so many at once; gives the seconds it took."""
    adapter: Any = CloudAdapter(ConfigurationBotFrameworkAuthentication(NoAppId()))
    places = asyncio.Semaphore(job["concurrency"])

    async def post(number: int) -> None:
        reference = ConversationReference(
            channel_id="msteams",
            service_url=job["service_url"],
            bot=ChannelAccount(id="bot"),
            conversation=ConversationAccount(id=f"stock-{number}", tenant_id="t"),
        )

        async def turn(context: TurnContext) -> None:
            await context.send_activity(Activity().deserialize(job["activity"]))

        async with places:
            await adapter.continue_conversation(reference, turn, "")

    started = time.perf_counter()
    await asyncio.gather(*(post(number) for number in range(job["posts"])))
    return time.perf_counter() - started


def main() -> None:
    """One job."""
    job = json.loads(sys.stdin.readline())
    # What is done once is not measured: connecting, and the first use of the SDK's models.
    asyncio.run(deliver({**job, "posts": 20}))
    cpu = time.process_time()
    seconds = asyncio.run(deliver(job))
    print(json.dumps({"seconds": seconds, "cpu": time.process_time() - cpu}), flush=True)


if __name__ == "__main__":
    main()
