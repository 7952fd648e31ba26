"""An echo bot on the SDK's own CloudAdapter, for comparison: run by the benchmark of turns.

    PYTHON -P benchmarks/turns_stock.py PORT

PYTHON is that of the environment which `benchmarks.turns --stock` makes; nothing of ours is
imported here. Without an app id: no token is checked and none is fetched, which is less work than
this adapter has in use.
"""

from __future__ import annotations

import sys
from typing import Any

from aiohttp import web
from botbuilder.core import TurnContext
from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication


class Echo:
    """Says what was said."""

    async def on_turn(self, context: TurnContext) -> None:
        """One turn."""
        if context.activity.type == "message":
            await context.send_activity(f"echo: {context.activity.text}")


class NoAppId:
    """The configuration of a bot that checks nothing."""

    APP_ID = ""
    APP_PASSWORD = ""


def main() -> None:
    """Serves until it is ended."""
    adapter: Any = CloudAdapter(ConfigurationBotFrameworkAuthentication(NoAppId()))
    echo = Echo()

    async def messages(request: web.Request) -> Any:
        return await adapter.process(request, echo)

    async def health(_: web.Request) -> web.Response:
        return web.Response()

    app = web.Application()
    app.router.add_post("/api/messages", messages)
    app.router.add_get("/healthz", health)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)


if __name__ == "__main__":
    main()
