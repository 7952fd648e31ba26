"""The same I/O as a turn of a bot and nothing else: run by the benchmark of turns.

    python -m benchmarks.turns_bare PORT

A handler on aiohttp that reads the JSON of an activity, posts a reply to its service URL over a
pooled session, and answers when that is done.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator

import aiohttp
from aiohttp import web

SESSION = web.AppKey("session", aiohttp.ClientSession)


async def _messages(request: web.Request) -> web.Response:
    activity = await request.json()
    conversation = activity["conversation"]["id"]
    reply = {
        "type": "message",
        "text": f"echo: {activity['text']}",
        "from": activity["recipient"],
        "recipient": activity["from"],
        "conversation": activity["conversation"],
        "replyToId": activity["id"],
    }
    url = f"{activity['serviceUrl']}/v3/conversations/{conversation}/activities/{activity['id']}"
    async with request.app[SESSION].post(url, json=reply) as response:
        await response.json()
    return web.Response()


async def _health(_: web.Request) -> web.Response:
    return web.Response()


async def _pool(app: web.Application) -> AsyncIterator[None]:
    async with aiohttp.ClientSession() as session:
        app[SESSION] = session
        yield


def main() -> None:
    """Serves until it is ended."""
    app = web.Application()
    app.router.add_post("/api/messages", _messages)
    app.router.add_get("/healthz", _health)
    app.cleanup_ctx.append(_pool)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)


if __name__ == "__main__":
    main()
