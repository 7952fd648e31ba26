"""Calls to the Bot Connector: one pooled session, time limits, retries, errors with names.

What an answer means is decided in `bot.channels.verdicts`. A call is repeated when none came or it
asks for that (`REPEATED_STATUSES`, a refusal by a gateway), with the pause that `Retry-After` asks
for or else exponential backoff with full jitter, within a number of attempts and a time: so an
answer to a member is rather posted twice than not at all. A post with `once` is not repeated here
when it may already have arrived; `SendFailed.uncertain` leaves it to whoever keeps count of posts.
A client of one attempt repeats nothing by itself.
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
from unicodedata import category
from urllib.parse import quote

import aiohttp
import structlog
from botbuilder.schema import Activity
from yarl import URL

from bot.channels.answer_body import read_up_to
from bot.channels.verdicts import Verdict, is_answering, is_html, verdict_of, verdict_of_error
from bot.ops.settings import is_loopback, is_safe_url
from bot.store.remote_ids import usable_id

from .activity_json import MalformedJson, dump, parse
from .credentials import Credentials
from .errors import ConnectorError, ConversationGone, SendError, SendFailed, SendRefused

log = structlog.get_logger(__name__)

_UNRESERVED = re.compile(r"[A-Za-z0-9_.~-]+")

REPEATED_STATUSES = frozenset({408, 412, 425, 429, 502, 503, 504, *range(520, 525), 507, 529})
"""Statuses that pass within seconds: those that Microsoft's guidance for bots in Teams lists (412,
429, 502, 503, 504), and those by which gateways say the same."""

TENANT_LIMIT_STATUSES = frozenset({429, 503})
"""Statuses of a limit that may hold for a whole tenant; the words of the answer say so."""

MAX_ERROR_BYTES = 16_384
MAX_POST_BYTES = 65_536
MAX_LIST_BYTES = 2_000_000
"""Bytes that are read of a refusal, of a good answer to a call, and of one to a question."""

MAX_NAME_LENGTH = 256
"""Characters of a name of a team or channel."""

_LOCAL_SERVICE = re.compile(
    r"https?://(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?::[0-9]{1,5})?(?:/_connector)?/?"
)

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
    """A new thread in a channel: the conversation to reply in, and its first activity.

    None is what the connector did not say.
    """

    conversation_id: str | None
    activity_id: str | None


@lru_cache(maxsize=256)
def is_allowed_service_url(url: str, *, loopback_only: bool) -> bool:
    """Whether calls may go to a service URL: https or this machine, or this machine only."""
    if not is_safe_url(url) or "?" in url or "#" in url:
        return False
    return not loopback_only or is_loopback(URL(url).host)


def is_local_service_url(url: str) -> bool:
    """Whether a URL is one that the Agents Playground or the Bot Framework Emulator names as its.

    Theirs are `/_connector` and no path at all, on this machine. Taken letter by letter where no
    token says whose an address is: what is called are the paths of the connector below it, so no
    other program here is told anything by a path of its own.
    """
    return _LOCAL_SERVICE.fullmatch(url) is not None and is_safe_url(url)


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

        Returns the id of the new activity, None if the connector took it but named no usable one.
        """
        path = _path(conversation_id, "activities", *([reply_to] if reply_to else []))
        answer = await self._call("POST", service_url, path, activity, once=once)
        return usable_id(answer.get("id"))

    async def update(
        self, service_url: str, conversation_id: str, activity_id: str, activity: Activity
    ) -> str | None:
        """Puts an activity in the place of one that was sent."""
        path = _path(conversation_id, "activities", activity_id)
        return usable_id((await self._call("PUT", service_url, path, activity)).get("id"))

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
        """Starts a thread in a channel of Teams; not repeated once it may have arrived."""
        data: dict[str, Any] = {"channel": {"id": channel_id}}
        body: dict[str, Any] = {"isGroup": True, "channelData": data, "activity": activity}
        if tenant_id:
            data["tenant"] = {"id": tenant_id}
            body["tenantId"] = tenant_id
        if bot_id:
            body["bot"] = {"id": bot_id}
        answer = await self._call("POST", service_url, "/v3/conversations", body, once=True)
        return _thread(channel_id, answer)

    async def team_name(self, service_url: str, team_id: str) -> str | None:
        """What people call a team."""
        path = f"/v3/teams/{_quoted(team_id)}"
        return _name(await self._call("GET", service_url, path))

    async def channels(self, service_url: str, team_id: str) -> dict[str, str | None]:
        """The names of a team's channels by their ids; General has none, each client says it."""
        path = f"/v3/teams/{_quoted(team_id)}/conversations"
        listed = (await self._call("GET", service_url, path)).get("conversations")
        items = listed if isinstance(listed, list) else []
        return {
            id: _name(item)
            for item in items
            if isinstance(item, dict) and (id := usable_id(item.get("id")))
        }

    async def answers(
        self, service_url: str, conversation_id: str, *, team_id: str | None = None
    ) -> bool:
        """Whether the connector is seen to answer: a question that changes nothing, never raises.

        It asks for the team, and without one for a page of the conversation's members, of which
        nothing is kept. A refusal is an answer too.
        """
        try:
            path = f"{_path(conversation_id, 'pagedmembers')}?pageSize=1"
            if team_id is not None:
                path = f"/v3/teams/{_quoted(team_id)}"
            await self._call("GET", service_url, path)
        except SendError as error:
            return not error.broken_off and error.status is not None and is_answering(error.status)
        except ConnectorError:
            return False
        return True

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
            if self._session().closed:
                raise SendFailed("The bot is shutting down.")
            attempt += 1
            token = await self._credentials.token() if self._credentials else None
            # Never 0, which aiohttp takes for no limit at all.
            limit = max(0.1, min(retry_policy.attempt, deadline - self._clock()))
            try:
                return await self._attempt(method, url, data, token, limit)
            except SendError as error:
                error.attempts = attempt
                pause = self._pause(error, attempt)
                if error.status == 401 and self._credentials is not None and not renewed:
                    # A token can be revoked before its time: one new one, one more try.
                    again = renewed = self._credentials.invalidate(token)
                    pause = 0.0
                else:
                    again = _is_repeated(error, once=once)
                last = attempt >= retry_policy.attempts or self._clock() + pause >= deadline
                if last or not again:
                    raise
                log.info("call.retried", status=error.status, attempt=attempt, pause=pause)
                await self._sleep(pause)

    def _pause(self, error: SendError, attempt: int) -> float:
        if isinstance(error, SendFailed) and error.retry_after is not None:
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
        except (aiohttp.InvalidURL, UnicodeError) as error:
            raise SendRefused("The address cannot be called.") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            name = type(error).__name__
            if verdict_of_error(error) is Verdict.NOT_POSTED:
                raise SendFailed(f"No connection ({name}).") from error
            raise SendFailed(f"The connection broke ({name}).", uncertain=True) from error


def _is_repeated(error: SendError, *, once: bool) -> bool:
    """Whether a call that failed in this way may be made again within seconds."""
    if not isinstance(error, SendFailed) or (once and error.uncertain):
        return False
    status = error.status
    if status is None or status < 300 or status in REPEATED_STATUSES:
        return True
    # Of the others, what a gateway said may pass; what the connector itself said does not.
    return 400 <= status < 500 and error.code is None and status not in (401, 409)


async def _answer(response: aiohttp.ClientResponse) -> dict[str, Any]:
    """The object in a good answer; raises the error that a bad one means."""
    status = response.status
    question = response.method == "GET"
    if verdict_of(status) is Verdict.POSTED:
        try:
            most = MAX_LIST_BYTES if question else MAX_POST_BYTES
            body, whole = await read_up_to(response.content, most)
            value = parse(body) if whole else None
        except (aiohttp.ClientError, TimeoutError, OSError, MalformedJson) as error:
            if question:
                broken = not isinstance(error, MalformedJson)
                said = "The answer broke off." if broken else "The answer is not JSON."
                raise SendFailed(said, status=status, broken_off=broken) from error
            # The connector took the activity; only its id is lost. Asking again would double it.
            return {}
        return value if isinstance(value, dict) else {}
    code, words, html = await _reason(response)
    message = f"The connector answered {status}{f' ({code})' if code else ''}."
    verdict = verdict_of(status, code, html=html)
    if verdict is Verdict.GONE:
        raise ConversationGone(message, status=status, code=code)
    if verdict is Verdict.REFUSED:
        raise SendRefused(message, status=status, code=code)
    raise SendFailed(
        message,
        status=status,
        code=code,
        retry_after=_seconds(response.headers.get("Retry-After")),
        everywhere=status in TENANT_LIMIT_STATUSES and "tenant" in words,
        uncertain=verdict is Verdict.IN_DOUBT,
    )


async def _reason(response: aiohttp.ClientResponse) -> tuple[str | None, str, bool]:
    """The error's code, all that was said of it in lower case, and whether it was an HTML page.

    What was said goes no further.
    """
    try:
        raw, _ = await read_up_to(response.content, MAX_ERROR_BYTES)
    except (aiohttp.ClientError, TimeoutError, OSError):
        raw = b""
    code = _code_of(raw)
    html = code is None and is_html(response.headers.get("Content-Type", ""), raw)
    return code, raw.decode(errors="replace").lower(), html


def _code_of(raw: bytes) -> str | None:
    """The code in an error of the connector's form: `{"error": {"code": "…"}}`."""
    try:
        value = parse(raw)
    except MalformedJson:
        return None
    error = value.get("error") if isinstance(value, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    # Whatever is no plain word could carry somebody's words into a log.
    return code if isinstance(code, str) and _CODE.fullmatch(code) else None


def _thread(channel_id: str, answer: dict[str, Any]) -> Thread:
    """The thread that an answer names; of its two ids each says the other.

    Teams calls a thread `CHANNEL;messageid=ACTIVITY`, by its first activity.
    """
    conversation_id = usable_id(answer.get("id"))
    activity_id = usable_id(answer.get("activityId"))
    if conversation_id is None and activity_id is not None:
        conversation_id = usable_id(f"{channel_id};messageid={activity_id}")
    elif activity_id is None and conversation_id is not None:
        before, _, first = conversation_id.partition(";messageid=")
        if before == channel_id and ";" not in first:
            activity_id = usable_id(first)
    return Thread(conversation_id, activity_id)


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
    return "/".join(("/v3/conversations", *map(_quoted, (conversation_id, *parts))))


def _quoted(part: str) -> str:
    """An id as a part of a path; raises SendRefused where it cannot be one."""
    if usable_id(part) is None:
        raise SendRefused("An id is none that can be called.")
    return part if _UNRESERVED.fullmatch(part) else quote(part, safe="")


def _name(thing: dict[str, Any]) -> str | None:
    """What people call a thing, in one line of characters that can be seen.

    It is whoever owns the team who names it, and it is also printed in terminals.
    """
    name = thing.get("name")
    if not isinstance(name, str):
        return None
    seen = (char if category(char)[0] != "C" else " " for char in name[:MAX_NAME_LENGTH])
    return " ".join("".join(seen).split()) or None
