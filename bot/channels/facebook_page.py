"""Carries announcements to the community's Facebook Page through the Graph API.

Groups cannot be posted to by any program, and nobody is written to in Messenger: only the Page.
The token goes in the header of each call and nowhere else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import aiohttp
from pydantic import SecretStr
from yarl import URL

from bot.announcements.sender import PostDelayed, Posted, PostRejected, Target
from bot.answers.model import Answer, Bullets, Heading, LinkSpan
from bot.answers.plain import plain_text
from bot.channels.answer_body import read_up_to
from bot.channels.verdicts import (
    NO_CONNECTION,
    Verdict,
    is_answering,
    is_html,
    verdict_of,
    verdict_of_error,
)
from bot.i18n import N_
from bot.ops.settings import Settings
from bot.store.remote_ids import usable_id

CHANNEL = "facebook-page"
TIMEOUT = aiohttp.ClientTimeout(total=10, connect=5)
RATE_LIMIT_PAUSE = 600.0
"""Seconds to wait after a rate limit: the Graph API counts calls over an hour."""

MAX_ANSWER = 16_384
"""Bytes of an answer that are read."""

RATE_LIMIT_CODES = frozenset({4, 17, 32, 341, 368, 613})
"""Error codes of limits on how often an app, a user or a Page may call or post."""

TRANSIENT_CODES = frozenset({1, 2})
"""Error codes of a failure within Facebook."""

TOKEN_CODES = frozenset({10, 102, 190, *range(200, 300)})
"""Error codes of a token that has expired or lacks the permission."""

RATE_LIMIT_SUBCODE = 1_390_008
MISSING_CODES = (100, 33)
"""Code and subcode of an object that does not exist, or not for this token."""

DUPLICATE_CODE = 506
"""Error code of a post whose very text stands on the Page already."""

_POST_ID = re.compile(r"[A-Za-z0-9_-]+")


def page_target(settings: Settings) -> Target | None:
    """The Page as a conversation to post in; None where none is set."""
    if settings.facebook_page_id is None:
        return None
    return Target(
        channel=CHANNEL,
        kind="page",
        remote_id=settings.facebook_page_id,
        service_url=settings.facebook_graph_url,
        tenant=CHANNEL,
    )


class FacebookPage:
    """The sender of announcements on the Page that a target names.

    `token` is a Page token with `pages_manage_posts`; `session` gives the HTTP session.
    """

    def __init__(
        self,
        token: SecretStr,
        graph_url: str,
        session: Callable[[], aiohttp.ClientSession],
    ) -> None:
        self._token = token
        self._root = graph_url.rstrip("/")
        self._session = session

    async def post(self, target: Target, post: Answer) -> Posted:
        """Posts on the Page."""
        fields = {"message": plain_text(post)}
        if link := _first_link(post):
            fields["link"] = link
        answer = await self._call("POST", f"{target.remote_id}/feed", fields)
        made = usable_id(answer.get("id"))
        return Posted(made if made and _POST_ID.fullmatch(made) else "")

    async def update(self, target: Target, posted: Posted, post: Answer) -> None:
        """Changes the text of a post; its link cannot be changed, but the text names it too."""
        _check_known(posted)
        await self._call("POST", posted.remote_id, {"message": plain_text(post)})

    async def delete(self, target: Target, posted: Posted) -> None:
        """Deletes a post."""
        _check_known(posted)
        await self._call("DELETE", posted.remote_id)

    async def name(self, target: Target) -> str | None:
        """The Page's name."""
        found = (await self._call("GET", target.remote_id, {"fields": "name"})).get("name")
        return found if isinstance(found, str) else None

    async def answers(self, target: Target) -> bool:
        """Whether the Graph API answers, asked for the Page."""
        try:
            answer = await self._ask("GET", target.remote_id, {"fields": "id"})
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False
        return answer.whole and is_answering(answer.status)

    async def _call(
        self, method: str, path: str, fields: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Makes one call; returns the object answered, {} where the post was taken without one."""
        try:
            answer = await self._ask(method, path, fields)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            name = type(error).__name__
            if isinstance(error, (*NO_CONNECTION, _ShuttingDown)):
                raise PostDelayed(N_("No connection to Facebook ({error}).", error=name)) from error
            raise PostDelayed(
                N_("The connection to Facebook broke ({error}).", error=name),
                uncertain=method == "POST" and verdict_of_error(error) is Verdict.IN_DOUBT,
            ) from error
        refusal = answer.value.get("error")
        if verdict_of(answer.status) is Verdict.POSTED and _codes(refusal)[0] is None:
            return answer.value
        if method == "DELETE" and _codes(refusal) == MISSING_CODES:
            return {}
        raise _failure(answer, refusal)

    async def _ask(
        self, method: str, path: str, fields: Mapping[str, str] | None = None
    ) -> _Answer:
        url = URL(f"{self._root}/{quote(path, safe='/')}", encoded=True)
        asked = method == "GET"
        session = self._session()
        if session.closed:
            raise _ShuttingDown
        async with session.request(
            method,
            url,
            params=fields if asked else None,
            data=None if asked else fields,
            headers={"Authorization": f"Bearer {self._token.get_secret_value()}"},
            # Redirects are not followed: the token is for this address and no other.
            allow_redirects=False,
            timeout=TIMEOUT,
        ) as response:
            try:
                body, whole = await read_up_to(response.content, MAX_ANSWER)
            except (aiohttp.ClientError, TimeoutError, OSError):
                # The status has come, and says what became of the call.
                body, whole = b"", False
            html = is_html(response.headers.get("Content-Type", ""), body)
            return _Answer(response.status, _object(body) if whole else {}, whole=whole, html=html)


class _ShuttingDown(aiohttp.ClientError):
    """There is no session any more to call with."""


@dataclass(frozen=True)
class _Answer:
    """An answer of the Graph API; `value` is {} where its body is no object."""

    status: int
    value: dict[str, Any]
    whole: bool
    html: bool


def _check_known(posted: Posted) -> None:
    if not posted.remote_id:
        raise PostRejected("The post is no longer there, or its id is not known.", "post_missing")


def _failure(answer: _Answer, error: Any) -> PostRejected | PostDelayed:
    """What an error of the Graph API means for a post; only its codes are passed on."""
    status = answer.status
    code, subcode = _codes(error)
    said = (
        N_("Facebook answered {status}, code {code}.", status=status, code=f"{code}/{subcode or 0}")
        if code
        else N_("Facebook answered {status}.", status=status)
    )
    transient = isinstance(error, dict) and error.get("is_transient") is True
    verdict = verdict_of(status, str(code) if code else None, html=answer.html and code is None)
    if code in RATE_LIMIT_CODES or subcode == RATE_LIMIT_SUBCODE or status == 429:
        return PostDelayed(said, pause=RATE_LIMIT_PAUSE, everywhere=True)
    if code in TOKEN_CODES:
        reason = N_(
            "{answer} The Page's token may not do this: renew BOT_FACEBOOK_PAGE_TOKEN.", answer=said
        )
        return PostRejected(reason, "page_token")
    if (code, subcode) == MISSING_CODES:
        reason = N_(
            "{answer} The Page or the post is not there, or not for this token.", answer=said
        )
        return PostRejected(reason, "page_missing")
    if code == DUPLICATE_CODE:
        reason = N_("{answer} The very same text has just been posted on the Page.", answer=said)
        return PostRejected(reason, "duplicate")
    if verdict in (Verdict.NOT_POSTED, Verdict.IN_DOUBT):
        return PostDelayed(said, uncertain=verdict is Verdict.IN_DOUBT)
    if code in TRANSIENT_CODES or transient:
        return PostDelayed(said)
    return PostRejected(said)


def _codes(error: Any) -> tuple[int | None, int | None]:
    if not isinstance(error, dict):
        return None, None
    return _code(error.get("code")), _code(error.get("error_subcode"))


def _code(value: Any) -> int | None:
    """A code of the Graph API, of which the longest have seven digits."""
    return value if type(value) is int and 0 < value < 10**9 else None


def _object(raw: bytes) -> dict[str, Any]:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _first_link(post: Answer) -> str | None:
    """The first https link of a post: Facebook shows a preview of it."""
    lines = [
        line
        for block in post.blocks
        if not isinstance(block, Heading)
        for line in (block.items if isinstance(block, Bullets) else block.lines)
    ]
    links = [span.url for line in lines for span in line if isinstance(span, LinkSpan)]
    links += [action.url for action in post.actions]
    return next((url for url in links if url.startswith("https:")), None)
