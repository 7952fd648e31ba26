"""The form of what the API answers, also where a request never reaches one of its routes."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from .bodies import BodyInvalid

REQUEST_ID = "X-Request-Id"

_KEPT = ("Allow", "Retry-After")
"""Headers of a refusal that say what to do."""


def new_request_id() -> str:
    """A word by which the log's lines about a request are found."""
    return secrets.token_hex(4)


def json_response(status: int, body: Mapping[str, Any]) -> web.Response:
    """An answer that no cache keeps."""
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return web.json_response(
        body,
        status=status,
        headers=headers,
        dumps=lambda value: json.dumps(value, ensure_ascii=False),
    )


def error_response(error: BodyInvalid) -> web.Response:
    """`{"message", "errors"}`."""
    found = [{"field": field, "message": message} for field, message in error.errors]
    answer = json_response(error.status, {"message": error.errors[0][1], "errors": found})
    if error.status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="announcements"'
    if error.retry_after:
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def own_form(*roots: str) -> Middleware:
    """Gives refusals on these paths, and below them, the API's form and an `X-Request-Id`.

    They come from the checks of every request, or from the router, which know nothing of the API.
    """

    @web.middleware
    async def formed(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not any(request.path == root or request.path.startswith(f"{root}/") for root in roots):
            return await handler(request)
        id_ = new_request_id()
        with structlog.contextvars.bound_contextvars(request=id_):
            answer: web.StreamResponse
            try:
                answer = await handler(request)
            except web.HTTPException as error:
                answer = error
        if REQUEST_ID in answer.headers:
            return answer
        if answer.status >= 400:
            answer = _formed(answer)
        answer.headers[REQUEST_ID] = id_
        return answer

    return formed


def _formed(refusal: web.StreamResponse) -> web.Response:
    sentence = (refusal.text if isinstance(refusal, web.Response) else None) or refusal.reason
    if refusal.status == 405:
        sentence = f"This address takes {refusal.headers.get('Allow', 'another method')}."
    elif refusal.status == 404:
        sentence = "There is nothing at this address: GET /api/openapi.json tells what there is."
    formed = error_response(BodyInvalid(refusal.status, [("", sentence)]))
    for name in _KEPT:
        if name in refusal.headers:
            formed.headers[name] = refusal.headers[name]
    if refusal.keep_alive is False:
        formed.force_close()
    return formed
