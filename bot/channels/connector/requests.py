"""The checks of an incoming request, one a function, in the order in which they are made.

Size and content type, the Authorization header, JSON syntax, then the token (inbound_tokens), and
only then the fields of the activity: a caller without a token learns nothing more. Refusals are in
English: programs read them.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from bot.channels.json_body import read_json_body
from bot.channels.refusal import RequestRefused
from bot.ops.settings import is_loopback

from .activity_json import MalformedJson, parse
from .client import is_allowed_service_url

MAX_BODY = 256 * 1024
"""Bytes; Teams sends at most about 100 KB."""


async def read_body(request: web.Request) -> bytes:
    """The body, if it is small enough (413) and called JSON (415)."""
    return await read_json_body(request, MAX_BODY)


def bearer_token(request: web.Request) -> str:
    """The token in the Authorization header (401)."""
    headers = request.headers.getall("Authorization", [])
    if len(headers) != 1:
        raise RequestRefused(401, "one Authorization header is needed")
    scheme, _, token = headers[0].partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise RequestRefused(401, "the Authorization header holds no bearer token")
    return token


def check_peer(request: web.Request) -> None:
    """Without an app id, refuses whatever does not come from this machine (403)."""
    if not is_loopback(request.remote):
        raise RequestRefused(403, "without an app id only this machine is served")
    # A tunnel or a proxy on this machine would open the bot to everybody.
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        raise RequestRefused(403, "without an app id nothing forwarded is served")


def parse_json(body: bytes) -> Any:
    """The JSON value of a body (400)."""
    try:
        return parse(body)
    except MalformedJson as error:
        raise RequestRefused(400, "JSON syntax", str(error)) from None


def check_object(value: Any) -> dict[str, Any]:
    """The value, if it is a JSON object (400)."""
    if not isinstance(value, dict):
        raise RequestRefused(400, "not an object", "An activity is a JSON object.")
    return value


def check_activity(activity: dict[str, Any], *, loopback_only: bool) -> None:
    """Checks that an activity has what every turn needs (400)."""
    for name in ("type", "channelId", "serviceUrl"):
        if not isinstance(activity.get(name), str) or not activity[name]:
            raise _malformed(f"The activity needs the text field {name}.")
    if not is_allowed_service_url(activity["serviceUrl"], loopback_only=loopback_only):
        where = "an http or https URL on this machine" if loopback_only else "an https URL"
        raise _malformed(f"The serviceUrl must be {where}.")
    people = ["conversation", "recipient"]
    if activity["type"] in ("message", "invoke"):
        people.append("from")
    for name in people:
        if not isinstance(activity.get(name), dict) or not activity[name].get("id"):
            raise _malformed(f"The activity needs the object {name} with an id.")
    try:
        f"{activity['conversation']['id']}{activity.get('id')}".encode()
    except UnicodeEncodeError:
        # Half a surrogate pair is fine in JSON but cannot stand in a URL.
        raise _malformed("An id holds characters that are no Unicode text.") from None


def _malformed(text: str) -> RequestRefused:
    return RequestRefused(400, "shape", text)
