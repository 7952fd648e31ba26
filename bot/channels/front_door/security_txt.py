"""`/.well-known/security.txt` (RFC 9116): whom to tell of a weakness of this very bot."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

from aiohttp import web
from yarl import URL

from bot.knowledge.library import Knowledge
from bot.knowledge.values import LANGUAGES

PATH = "/.well-known/security.txt"

VALID_FOR = dt.timedelta(days=180)
"""From the day on which it is served: the bot that serves it is there, and so is its contact."""

HEADERS = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}


def security_txt(
    knowledge: Callable[[], Knowledge],
    contact: str | None = None,
    public_url: str | None = None,
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
) -> web.RouteDef:
    """The route; `contact` is the address to name, by default the community's contact point."""

    async def tell(_: web.Request) -> web.Response:
        lines = _lines(knowledge(), contact, public_url, now())
        return web.Response(text="".join(f"{line}\n" for line in lines), headers=HEADERS)

    return web.get(PATH, tell)


def _lines(
    knowledge: Knowledge, contact: str | None, public_url: str | None, now: dt.datetime
) -> Iterator[str]:
    for one in (contact,) if contact else _contact_point(knowledge):
        yield f"Contact: {one}"
    expires = now.astimezone(dt.UTC).date() + VALID_FOR
    yield f"Expires: {expires.isoformat()}T00:00:00Z"
    yield f"Preferred-Languages: {', '.join(LANGUAGES)}"
    if public_url is not None and URL(public_url).path in ("", "/"):
        yield f"Canonical: {public_url.rstrip('/')}{PATH}"


def _contact_point(knowledge: Knowledge) -> Iterator[str]:
    point = knowledge.community.contact_point
    if point.email is not None:
        yield f"mailto:{point.email}"
    if point.url is not None:
        yield str(point.url)
