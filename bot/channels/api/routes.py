"""The routes of the API: who asks, what for, and what is answered."""

from __future__ import annotations

import hmac
import json
import math
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from importlib.resources import files
from typing import Any

import structlog
from aiohttp import web
from pydantic import SecretStr
from yarl import URL

from bot.announcements.errors import (
    AnnouncementError,
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    WrongState,
)
from bot.announcements.model import API
from bot.announcements.names import NOBODY, SOON, Names
from bot.announcements.report_texts import to_be_named
from bot.announcements.reports import (
    counts_json,
    delivery_json,
    iso,
    listing_json,
    names_by_delivery,
    unreachable_json,
)
from bot.announcements.service import Announcements
from bot.channels.front_door.client_address import client_address
from bot.channels.json_body import invite_later, read_json_body
from bot.channels.rate_limit import RateLimit
from bot.channels.refusal import Refusals, RequestRefused
from bot.i18n import said
from bot.store.database import DATABASE_GONE
from bot.store.trouble import ends_by_itself, short_reason

from .answers import error_response, json_response, new_request_id, own_form
from .bodies import BodyInvalid, ChangedAnnouncement, NewAnnouncement, read

log = structlog.get_logger()

ROOT = "/api/announcements"
ONE = ROOT + "/{id}"
NEWS = f"{ONE}/news"
DESCRIPTION = "/api/openapi.json"

MAX_BODY = 64 * 1024
"""Bytes."""

BURST, INTERVAL = 60, 0.1
"""Requests that a caller with the token may make at once, and seconds between them in the long
run."""

FAILURES_BURST, FAILURES_INTERVAL = 10, 6.0
"""The same for wrong tokens of one address; they are no part of the former, whoever sends them."""

MOMENT, LONG_WAIT = 5, 300
"""Seconds until another try, where the database may come back by itself and where it may not."""

MAX_LISTED = 100
MAX_DELIVERIES = 1_000

STATUS: Mapping[type[AnnouncementError], int] = {
    Invalid: 422,
    NotAllowed: 403,
    NotFound: 404,
    WrongState: 409,
    Conflict: 409,
}

_NO_TOKEN = "Send the header `Authorization: Bearer` and the token."
_WRONG_TOKEN = "The token after `Authorization: Bearer` is wrong: send the value of BOT_API_TOKEN."

_IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,200}")

Handler = Callable[[web.Request], Awaitable[web.Response]]


class Api:
    """`/api/announcements` for whoever knows the token; errors are sentences in English.

    `names` asks for the names of conversations; `monotonic` counts seconds for the rate limits: of
    requests, and of failures by wrong tokens.
    """

    def __init__(
        self,
        announcements: Announcements,
        token: SecretStr,
        public_url: str | None = None,
        *,
        names: Names | None = None,
        limit: RateLimit | None = None,
        failures: RateLimit | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._announcements = announcements
        self._token = token
        self._public_url = public_url
        self._names = names
        self._limit = RateLimit(BURST, INTERVAL) if limit is None else limit
        if failures is None:
            failures = RateLimit(FAILURES_BURST, FAILURES_INTERVAL)
        self._failures = failures
        self._refusals = Refusals("api")
        self._monotonic = monotonic

    def attach(self, app: web.Application) -> None:
        """Adds the routes to an application, and has what it refuses by itself told in our form."""
        # The outermost: what the front door refuses passes it too.
        app.middlewares.insert(0, own_form(ROOT, DESCRIPTION))
        app.router.add_get(DESCRIPTION, self._describe)
        app.router.add_post(ROOT, self._guarded(self._create), expect_handler=_invite_later)
        app.router.add_get(ROOT, self._guarded(self._list), allow_head=False)
        app.router.add_get(ONE, self._guarded(self._show), allow_head=False)
        app.router.add_patch(ONE, self._guarded(self._change), expect_handler=_invite_later)
        app.router.add_delete(ONE, self._guarded(self._recall))
        app.router.add_post(NEWS, self._guarded(self._tell))

    def _guarded(self, handler: Handler) -> Handler:
        async def checked(request: web.Request) -> web.Response:
            try:
                return await handler(request)
            except BodyInvalid as error:
                return error_response(error)
            except AnnouncementError as error:
                field = error.field if isinstance(error, Invalid) else ""
                return error_response(BodyInvalid(STATUS[type(error)], [(field, error.said("en"))]))
            except DATABASE_GONE as error:
                log.error("api.database_unreachable", error=type(error).__name__)
                return error_response(_database_fails(error))

        logged = self._logged(checked)

        async def handle(request: web.Request) -> web.Response:
            id_ = new_request_id()
            with structlog.contextvars.bound_contextvars(request=id_):
                try:
                    self._check_token(request)
                    answer = await logged(request)
                except RequestRefused as refusal:
                    self._refusals.note(refusal)
                    answer = error_response(_as_error(refusal))
            # The word by which a request is found in the log.
            answer.headers["X-Request-Id"] = id_
            return answer

        return handle

    def _logged(self, handler: Handler) -> Handler:
        """The handler with a log line for each request that has the token."""

        async def handle(request: web.Request) -> web.Response:
            started = self._monotonic()
            try:
                answer = await handler(request)
            except (web.HTTPException, RequestRefused):
                raise
            except Exception as error:
                log.error("api.failed", exc_info=error)
                sentence = "This failed here: the log has the reason, under X-Request-Id."
                answer = error_response(BodyInvalid(500, [("", sentence)]))
            milliseconds = round((self._monotonic() - started) * 1000, 1)
            fields = {"method": request.method, "status": answer.status}
            if answer.status < 400 and (one := request.match_info.get("id")):
                fields["announcement"] = one
            log.info("api.request", **fields, milliseconds=milliseconds)
            return answer

        return handle

    def _check_token(self, request: web.Request) -> None:
        """Refuses a caller without the token (401), and who calls too often (429).

        The token is looked at first, in constant time: wrong ones have a budget of their own for
        each address, so that nobody who guesses can use up what the right one may do.
        """
        given = request.headers.getall("Authorization", [])
        scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
        expected = self._token.get_secret_value().encode()
        same = hmac.compare_digest(token.strip().encode("utf-8", "replace"), expected)
        right = same and scheme.lower() == "bearer"
        budget = self._limit if right else self._failures
        wait = budget.wait(client_address(request), self._monotonic())
        if wait > 0:
            raise RequestRefused(
                429,
                "rate" if right else "rate of wrong tokens",
                "Too many requests: wait as long as Retry-After says."
                if right
                else "Too many requests without the right token: send the right one.",
                retry_after=math.ceil(wait),
            )
        if not right:
            is_bearer = scheme.lower() == "bearer" and token.strip()
            text = _WRONG_TOKEN if is_bearer else _NO_TOKEN
            raise RequestRefused(401, "token", text)

    async def _describe(self, _: web.Request) -> web.Response:
        return json_response(200, description(self._public_url))

    async def _create(self, request: web.Request) -> web.Response:
        key = request.headers.get("Idempotency-Key")
        if key is not None and not _IDEMPOTENCY_KEY.fullmatch(key):
            sentence = "A key has 1 to 200 letters, digits and signs, without spaces."
            raise BodyInvalid(400, [("Idempotency-Key", sentence)])
        body = read(NewAnnouncement, await _body(request))
        made = await self._announcements.create(API, body.draft(), key)
        answer = json_response(202, {"id": made.id})
        answer.headers["Location"] = f"{ROOT}/{made.id}"
        return answer

    async def _list(self, request: web.Request) -> web.Response:
        limit = _number(request, "limit", 1, MAX_LISTED, 20)
        found = await self._announcements.listing(API, limit)
        return json_response(200, {"announcements": [listing_json(one) for one in found]})

    async def _show(self, request: web.Request) -> web.Response:
        limit = _number(request, "limit", 1, MAX_DELIVERIES, MAX_DELIVERIES)
        offset = _number(request, "offset", 0, 10_000_000, 0)
        report = await self._announcements.report(API, request.match_info["id"], limit, offset)
        known = await self._names.of(to_be_named(report), SOON) if self._names else NOBODY
        named = names_by_delivery(report, known)
        return json_response(
            200,
            {
                "id": report.announcement.id,
                "state": report.announcement.state,
                "counts": counts_json(report.counts),
                "paused_since": iso(report.paused_since),
                "unreachable": unreachable_json(report, known),
                "deliveries": [
                    delivery_json(one, report.announcement.state, named.get(one.id))
                    for one in report.deliveries
                ],
            },
        )

    async def _change(self, request: web.Request) -> web.Response:
        body = read(ChangedAnnouncement, await _body(request))
        id_ = request.match_info["id"]
        changed = await self._announcements.change(API, id_, body.change())
        return json_response(200, {"id": changed.id, "state": changed.state})

    async def _recall(self, request: web.Request) -> web.Response:
        recalled = await self._announcements.recall(API, request.match_info["id"])
        return json_response(202, {"id": recalled.id, "state": recalled.state})

    async def _tell(self, request: web.Request) -> web.Response:
        told = await self._announcements.tell_of(API, request.match_info["id"])
        body = {
            "news": list(told.news),
            "updated": told.updated,
            "conversations": told.conversations,
        }
        return json_response(202, body)


def description(public_url: str | None) -> dict[str, Any]:
    """The OpenAPI 2.0 description, with the address at which this bot is reached."""
    found: dict[str, Any] = json.loads(
        files("bot.channels.api").joinpath("openapi.json").read_text(encoding="utf-8")
    )
    if public_url is not None:
        url = URL(public_url)
        host = (url.host or "") + ("" if url.is_default_port() else f":{url.port}")
        found |= {"host": host, "schemes": [url.scheme], "basePath": url.path or "/"}
    return found


async def _invite_later(request: web.Request) -> web.Response | None:
    try:
        await invite_later(request)
    except web.HTTPExpectationFailed as error:
        sentence = "The only Expect that is understood is 100-continue."
        answer = error_response(BodyInvalid(error.status, [("Expect", sentence)]))
        answer.headers["X-Request-Id"] = new_request_id()
        return answer
    return None


async def _body(request: web.Request) -> bytes:
    return await read_json_body(request, MAX_BODY)


def _number(request: web.Request, name: str, least: int, most: int, usual: int) -> int:
    given = request.query.get(name)
    if given is None:
        return usual
    fits = re.fullmatch(r"[0-9]{1,8}", given) is not None and least <= int(given) <= most
    if not fits:
        raise BodyInvalid(422, [(name, f"Write a whole number from {least} to {most}.")])
    return int(given)


def _as_error(refusal: RequestRefused) -> BodyInvalid:
    field = "Content-Type" if refusal.status == 415 else ""
    errors = [(field, said(refusal.text, "en"))]
    return BodyInvalid(refusal.status, errors, retry_after=refusal.retry_after or 0)


def _database_fails(error: Exception) -> BodyInvalid:
    if ends_by_itself(error):
        what, wait = "Try again in a moment.", MOMENT
    else:
        what, wait = "Tell the administrator: this does not end by itself.", LONG_WAIT
    return BodyInvalid(503, [("", f"{short_reason(error)} {what}")], retry_after=wait)
