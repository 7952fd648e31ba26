"""Calls to the Bot Connector: one pooled session, time limits, retries, errors with names.

A call is repeated when the connector asks for it (412, 429, 502, 503, 504) or the connection
broke, with the pause that `Retry-After` asks for or else exponential backoff with full jitter,
within a number of attempts and a time. A post with `once` is not repeated here when it may already
have arrived: `SendFailed.uncertain` then leaves it to whoever keeps count of posts. The engine of
announcements, like answers, rather posts twice than not at all.
"""

from __future__ import annotations

import asyncio
import email.utils
import math
import random
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import aiohttp
import structlog
from botbuilder.schema import Activity
from yarl import URL

from bot.ops.settings import is_loopback, is_safe_url

from .activity_json import MalformedJson, dump, parse
from .credentials import Credentials
from .errors import ConversationGone, SendError, SendFailed, SendRefused

log = structlog.get_logger(__name__)

_UNRESERVED = re.compile(r"[A-Za-z0-9_.~-]+")

RETRIED_STATUSES = frozenset({412, 429, 502, 503, 504})
"""As Microsoft's guidance on rate limits of bots in Teams lists them."""


MAX_ERROR_BYTES = 4_096
"""Bytes of a refusal that are read."""

_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{1,63}")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long a call may take; seconds, but for `attempts`."""

    attempts: int = 5
    total: float = 30.0
    attempt: float = 10.0
    connect: float = 5.0
    first_pause: float = 0.5
    max_pause: float = 8.0


@dataclass(frozen=True, slots=True)
class Thread:
    """A new thread in a channel: the conversation to reply in, and its first activity."""

    conversation_id: str
    activity_id: str


@lru_cache(maxsize=256)
def is_allowed_service_url(url: str, *, loopback_only: bool) -> bool:
    """Whether calls may go to a service URL: https or this machine, or this machine only."""
    return is_safe_url(url) and (not loopback_only or is_loopback(URL(url).host))


class ConnectorClient:
    """Sends to the connector.

    `credentials` None means that no token is sent, and that only this machine is called.
    `session` gives the HTTP session; `clock` counts seconds; `sleep` waits; `chance` gives a
    number from 0 to 1.

    Every method takes the service URL of a validated activity, or of a stored conversation that
    came from one, and raises a `SendError`, or a `CredentialsError` when there is no token.
    """

    def __init__(
        self,
        credentials: Credentials | None,
        session: Callable[[], aiohttp.ClientSession],
        *,
        retry_policy: RetryPolicy | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._credentials = credentials
        self._session = session
        self._retry_policy = retry_policy or RetryPolicy()
        self._timeout = self._timeout_of(self._retry_policy.attempt)
        self._clock = clock
        self._sleep = sleep
        self._chance = chance

    async def send(
        self,
        service_url: str,
        conversation_id: str,
        activity: Activity,
        *,
        reply_to: str | None = None,
        once: bool = False,
    ) -> str | None:
        """Posts an activity to a conversation, as a reply if `reply_to` names an activity.

        Returns the id of the new activity, None if the connector took it but did not say.
        """
        path = _path(conversation_id, "activities", *([reply_to] if reply_to else []))
        answer = await self._call("POST", service_url, path, activity, once=once)
        return _text(answer, "id")

    async def update(
        self, service_url: str, conversation_id: str, activity_id: str, activity: Activity
    ) -> str | None:
        """Puts an activity in the place of one that was sent."""
        path = _path(conversation_id, "activities", activity_id)
        return _text(await self._call("PUT", service_url, path, activity), "id")

    async def delete(self, service_url: str, conversation_id: str, activity_id: str) -> None:
        """Deletes an activity that was sent."""
        await self._call("DELETE", service_url, _path(conversation_id, "activities", activity_id))

    async def new_thread(
        self,
        service_url: str,
        channel_id: str,
        activity: Activity,
        *,
        bot_id: str | None = None,
        tenant_id: str | None = None,
    ) -> Thread:
        """Starts a thread in a channel of Teams; never repeated once it may have arrived."""
        data: dict[str, Any] = {"channel": {"id": channel_id}}
        body: dict[str, Any] = {"isGroup": True, "channelData": data, "activity": activity}
        if tenant_id:
            data["tenant"] = {"id": tenant_id}
            body["tenantId"] = tenant_id
        if bot_id:
            body["bot"] = {"id": bot_id}
        answer = await self._call("POST", service_url, "/v3/conversations", body, once=True)
        conversation_id, activity_id = _text(answer, "id"), _text(answer, "activityId")
        if not conversation_id or not activity_id:
            raise SendFailed("The connector did not name the new thread.", uncertain=True)
        return Thread(conversation_id, activity_id)

    async def team_name(self, service_url: str, team_id: str) -> str | None:
        """What people call a team."""
        path = f"/v3/teams/{quote(team_id, safe='')}"
        return _text(await self._call("GET", service_url, path), "name")

    async def channels(self, service_url: str, team_id: str) -> dict[str, str | None]:
        """The names of a team's channels by their ids; General has none, each client says it."""
        path = f"/v3/teams/{quote(team_id, safe='')}/conversations"
        listed = (await self._call("GET", service_url, path)).get("conversations")
        items = [item for item in listed or () if isinstance(item, dict)]
        return {id: _text(item, "name") for item in items if (id := _text(item, "id"))}

    async def _call(
        self, method: str, service_url: str, path: str, body: Any = None, *, once: bool = False
    ) -> dict[str, Any]:
        """Makes one call, repeated as needed; returns the object answered, {} if none."""
        if not is_allowed_service_url(service_url, loopback_only=self._credentials is None):
            raise SendRefused("The service URL is not one that may be sent to.")
        url = URL(service_url.rstrip("/") + path, encoded=True)
        data = None if body is None else dump(body)
        retry_policy = self._retry_policy
        deadline = self._clock() + retry_policy.total
        attempt, renewed = 0, False
        while True:
            attempt += 1
            token = await self._credentials.token() if self._credentials else None
            # Never 0, which aiohttp takes for no limit at all.
            limit = max(0.1, min(retry_policy.attempt, deadline - self._clock()))
            try:
                return await self._attempt(method, url, data, token, limit)
            except SendFailed as error:
                error.attempts = attempt
                pause = self._pause(error, attempt)
                last = attempt >= retry_policy.attempts or self._clock() + pause >= deadline
                if last or (once and error.uncertain):
                    raise
                log.info("call.retried", status=error.status, attempt=attempt, pause=pause)
                await self._sleep(pause)
            except SendError as error:
                error.attempts = attempt
                if error.status != 401 or self._credentials is None or renewed:
                    raise
                # A token can be revoked before its time: one new one, one more try.
                renewed = self._credentials.invalidate(token)
                if not renewed:
                    raise

    def _pause(self, error: SendFailed, attempt: int) -> float:
        if error.retry_after is not None:
            return error.retry_after
        retry_policy = self._retry_policy
        highest: float = min(retry_policy.max_pause, retry_policy.first_pause * 2 ** (attempt - 1))
        return self._chance() * highest

    def _timeout_of(self, limit: float) -> aiohttp.ClientTimeout:
        return aiohttp.ClientTimeout(total=limit, connect=self._retry_policy.connect)

    async def _attempt(
        self, method: str, url: URL, data: bytes | None, token: str | None, limit: float
    ) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"} if data is not None else {}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        try:
            async with self._session().request(
                method,
                url,
                data=data,
                headers=headers,
                # Redirects are not followed: the token is for this address and no other.
                allow_redirects=False,
                timeout=self._timeout
                if limit == self._retry_policy.attempt
                else self._timeout_of(limit),
            ) as response:
                return await _answer(response)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise SendFailed(f"No connection ({type(error).__name__}).") from error
        except (aiohttp.InvalidURL, UnicodeError) as error:
            raise SendRefused("The address cannot be called.") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            name = type(error).__name__
            raise SendFailed(f"The connection broke ({name}).", uncertain=True) from error


async def _answer(response: aiohttp.ClientResponse) -> dict[str, Any]:
    """The object in a good answer; raises the error that a bad one means."""
    status = response.status
    if 200 <= status < 300:
        try:
            value = parse(await response.read())
        except (aiohttp.ClientError, TimeoutError, MalformedJson) as error:
            if response.method == "GET":
                raise SendFailed("The answer broke off.", status=status) from error
            # The connector took the activity; only its id is lost. Asking again would double it.
            return {}
        return value if isinstance(value, dict) else {}
    code, words = await _reason(response)
    message = f"The connector answered {status}{f' ({code})' if code else ''}."
    if status in (403, 404):
        raise ConversationGone(message, status=status, code=code)
    if status in RETRIED_STATUSES:
        raise SendFailed(
            message,
            status=status,
            code=code,
            retry_after=_seconds(response.headers.get("Retry-After")),
            everywhere="tenant" in words,
        )
    raise SendRefused(message, status=status, code=code)


async def _reason(response: aiohttp.ClientResponse) -> tuple[str | None, str]:
    """The error's code, and all that was said of it in lower case, which goes no further."""
    try:
        raw = await response.content.read(MAX_ERROR_BYTES)
        value = parse(raw)
    except (aiohttp.ClientError, TimeoutError, MalformedJson):
        return None, ""
    error = value.get("error") if isinstance(value, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    # Whatever is no plain word could carry somebody's words into a log.
    plain = isinstance(code, str) and _CODE.fullmatch(code)
    return code if plain else None, raw.decode(errors="replace").lower()


def _seconds(retry_after: str | None) -> float | None:
    """What a Retry-After header means in seconds, whether a number or a date; None if nothing."""
    if retry_after is None:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _path(conversation_id: str, *parts: str) -> str:
    quoted = [
        part if _UNRESERVED.fullmatch(part) else quote(part, safe="")
        for part in (conversation_id, *parts)
    ]
    return "/".join(("/v3/conversations", *quoted))


def _text(answer: dict[str, Any], key: str) -> str | None:
    value = answer.get(key)
    return value if isinstance(value, str) and value else None
