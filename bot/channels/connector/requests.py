"""The checks of an incoming request, one a function, in the order in which they are made.

After those of every request (`front_door`): the Authorization header and its token
(inbound_tokens), and only then anything of the body: its size and content type, JSON syntax, the
types of the fields, what the token says of them, and what every turn needs. A caller without a
token learns nothing of the body, and the body nothing of ours. Refusals are in English: programs
read them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web
from botbuilder.schema import Activity

from bot.channels.json_body import read_json_body
from bot.channels.refusal import RequestRefused
from bot.store.remote_ids import usable_id

from .activity_json import MalformedJson, parse, read_activity
from .client import is_allowed_service_url, is_local_service_url

TEAMS = "msteams"
"""The `channelId` of Teams."""

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


TYPES: Mapping[str, type[str] | type[dict[str, Any]]] = {
    **dict.fromkeys(("type", "channelId", "serviceUrl"), str),
    **dict.fromkeys(("conversation", "from", "recipient"), dict),
    **dict.fromkeys(("conversation.tenantId", "conversation.tenantID"), str),
    **dict.fromkeys(("conversation.conversationType", "from.aadObjectId"), str),
}
"""The fields by which it is decided who may do what, and where. The protocol's other fields get
their types in `typed_activity`, which takes a number for a text as channels send them."""

TEAMS_TYPES: Mapping[str, type[str] | type[dict[str, Any]]] = {
    "channelData": dict,
    **dict.fromkeys(("channelData.tenant", "channelData.team", "channelData.channel"), dict),
    **dict.fromkeys(("channelData.tenant.id", "channelData.team.id"), str),
    **dict.fromkeys(("channelData.channel.id", "channelData.eventType"), str),
}
"""The same of what Teams adds. To other channels `channelData` is something else, and theirs."""


_Fields = tuple[tuple[tuple[str, ...], str, type], ...]


def _fields(types: Mapping[str, type]) -> _Fields:
    return tuple((tuple(name.split(".")), name, wanted) for name, wanted in types.items())


_FIELDS, _TEAMS_FIELDS = _fields(TYPES), _fields(TEAMS_TYPES)


def check_types(activity: dict[str, Any]) -> None:
    """Checks that the fields that decide something are texts and objects, where given (400)."""
    _check_types(activity, _FIELDS)
    if activity.get("channelId") == TEAMS:
        _check_types(activity, _TEAMS_FIELDS)


def _check_types(activity: dict[str, Any], fields: _Fields) -> None:
    # An object comes before what is in it, so that `get` below finds one.
    for path, name, wanted in fields:
        holder: dict[str, Any] = activity
        for key in path[:-1]:
            # Channels send "" where an object is meant to be absent.
            holder = holder.get(key) or {}
        value = holder.get(path[-1])
        if value is not None and value != "" and not isinstance(value, wanted):
            kind = "a text" if wanted is str else "an object"
            raise _malformed(f"The field {name} must be {kind}.")


def check_activity(activity: dict[str, Any], *, loopback_only: bool) -> None:
    """Checks that an activity, its types checked, has what every turn needs (400)."""
    for name in ("type", "channelId", "serviceUrl"):
        if not activity.get(name):
            raise _malformed(f"The activity needs the text field {name}.")
    url = activity["serviceUrl"]
    if loopback_only and not is_local_service_url(url):
        where = "that of the Agents Playground or the Emulator on this machine"
        raise _malformed(f"The serviceUrl must be {where}.")
    if not is_allowed_service_url(url, loopback_only=loopback_only):
        raise _malformed("The serviceUrl must be an https URL without a query.")
    people = ["conversation", "recipient"]
    if activity["type"] in ("message", "invoke"):
        people.append("from")
    for name in people:
        if not activity.get(name) or not activity[name].get("id"):
            raise _malformed(f"The activity needs the object {name} with an id.")
    for id_ in (activity["conversation"]["id"], activity.get("id") or "none"):
        # Both stand in the URLs of replies.
        if usable_id(str(id_)) is None:
            raise _malformed("An id holds characters that are no text, or too many.")


def typed_activity(data: dict[str, Any]) -> Activity:
    """The activity of a JSON object, all its fields of the type that the protocol states (400)."""
    try:
        return read_activity(data)
    except MalformedJson as error:
        raise _malformed(str(error)) from None


def _malformed(text: str) -> RequestRefused:
    return RequestRefused(400, "shape", text)
