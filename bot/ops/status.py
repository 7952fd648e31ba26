"""The health endpoints: `GET /healthz`, `/readyz` and `/metrics`.

Reasons and numbers are for operators: those who ask from this machine or a private network, and not
through a proxy. Anybody else learns only whether the bot works.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from aiohttp import web

from bot.i18n import own_language, said
from bot.ops import metrics
from bot.ops.hosts import is_forwarded, is_own_name
from bot.ops.redaction import redacted

Problems = Callable[[], Sequence[str]]
"""Sentences: a `Message` is said in the language of whoever started the program."""
Measure = Callable[[], Awaitable[None]]


def is_operator(request: web.Request) -> bool:
    """Whether a request comes from this machine or a private network, and through no proxy.

    It must ask by an address, or by a name that no stranger can have pointed here: what a browser
    nearby is made to fetch by such a name, its page can read.
    """
    host = request.headers.get("Host")
    if is_forwarded(request.headers) or not (host is None or is_own_name(host)):
        return False
    try:
        address = ipaddress.ip_address(request.remote or "")
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_private)


@dataclass
class Status:
    """The state behind the three endpoints.

    `blocking` gives, by part, the problems with which the bot cannot work: `/readyz` answers 503.
    `warnings` are problems with which it can. `measures` update gauges before they are read.
    `more` gives further fields of `/readyz` for operators.
    """

    blocking: dict[str, Problems] = field(default_factory=dict)
    warnings: dict[str, Problems] = field(default_factory=dict)
    measures: list[Measure] = field(default_factory=list)
    more: Callable[[], dict[str, object]] = dict

    def attach(self, app: web.Application) -> None:
        """Adds the routes to an application."""
        app.router.add_get("/healthz", self._health)
        app.router.add_get("/readyz", self._ready)
        app.router.add_get("/metrics", self._metrics)

    def problems(self) -> dict[str, Sequence[str]]:
        """The problems with which the bot cannot work, by part; empty when it is ready."""
        found = {part: problems() for part, problems in self.blocking.items()}
        return {part: sentences for part, sentences in found.items() if sentences}

    async def _health(self, _: web.Request) -> web.Response:
        """Whether the process answers at all."""
        return web.json_response({"status": "ok"})

    async def _ready(self, request: web.Request) -> web.Response:
        """Whether the bot can do its work; to an operator with the reasons."""
        problems = self.problems()
        body: dict[str, object] = {"ready": not problems}
        if is_operator(request):
            body["problems"] = _said(one for part in problems.values() for one in part)
            body |= {part: _said(problems()) for part, problems in self.warnings.items()}
            body |= self.more()
        return web.json_response(body, status=503 if problems else 200)

    async def _metrics(self, request: web.Request) -> web.Response:
        if not is_operator(request):
            raise web.HTTPNotFound
        metrics.READY.set(not self.problems())
        for measure in self.measures:
            await measure()
        body, kind = metrics.exposition()
        return web.Response(body=body, headers={"Content-Type": kind})


def _said(sentences: Iterable[str]) -> list[str]:
    language = own_language()
    return redacted(said(sentence, language) for sentence in sentences)


def start_of_day(day: dt.date | None) -> float:
    """The start of a day (UTC) in seconds since 1970, 0 for None: for `SECRET_EXPIRES`."""
    if day is None:
        return 0.0
    return dt.datetime.combine(day, dt.time(), dt.UTC).timestamp()
