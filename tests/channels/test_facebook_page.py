"""The community's Page: against a Graph API on loopback that refuses what the real one refuses."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bot.announcements.sender import PostDelayed, Posted, PostRejected, Target
from bot.answers.model import Action, Answer, Heading, LinkSpan, Paragraph, Text
from bot.channels.facebook_page import RATE_LIMIT_PAUSE, FacebookPage

TOKEN = "a-page-token"
PAGE = "1002003"
LINES = (
    (Text("Torstaina klo 8.30"),),
    (Text("Ilmoittaudu: "), LinkSpan("lomake", "https://example.org/form")),
)
POST = Answer("fi", ("announce",), (Heading("Aamukahvit"), Paragraph(LINES)))
HANG = "hang"


@dataclass
class FakeGraph:
    """One Page and its posts. `script` holds what the next calls end in; then all goes well."""

    posts: dict[str, dict[str, str]] = field(default_factory=dict)
    script: deque[tuple[int, Any] | str] = field(default_factory=deque)
    seen: list[str] = field(default_factory=list)

    def app(self) -> web.Application:
        """The server."""
        app = web.Application()
        app.router.add_route("*", "/{version}/{tail:.*}", self._handle)
        return app

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(request.raw_path)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _error(400, 190, kind="OAuthException")
        if self.script:
            scripted = self.script.popleft()
            if isinstance(scripted, str):
                assert request.transport is not None
                request.transport.abort()
                return web.Response()
            status, body = scripted
            if isinstance(body, bytes):
                return web.Response(status=status, body=body)
            return web.json_response({"error": body} if body else {}, status=status)
        if request.match_info["version"] != "v24.0":
            return _error(400, 2635)
        return await self._answer(request, request.match_info["tail"])

    async def _answer(self, request: web.Request, tail: str) -> web.Response:
        fields = {key: str(value) for key, value in (await request.post()).items()}
        if request.method == "GET" and tail == PAGE:
            return web.json_response({"name": "Culture on Facebook", "id": PAGE})
        if request.method == "POST" and tail == f"{PAGE}/feed":
            if not fields.get("message") and not fields.get("link"):
                return _error(400, 100)
            if fields in self.posts.values():
                return _error(400, 506)
            made = f"{PAGE}_{len(self.posts) + 1}"
            self.posts[made] = fields
            return web.json_response({"id": made})
        if tail not in self.posts:
            return _error(400, 100, 33)
        if request.method == "DELETE":
            del self.posts[tail]
            return web.json_response({"success": True})
        if set(fields) != {"message"}:
            return _error(400, 100)
        self.posts[tail] |= fields
        return web.json_response({"success": True})


def _body(code: int, subcode: int | None = None, **more: Any) -> dict[str, Any]:
    error = {"message": f"Said to {TOKEN}", "code": code, "fbtrace_id": "A"} | more
    return error if subcode is None else error | {"error_subcode": subcode}


def _error(status: int, code: int, subcode: int | None = None, kind: str = "") -> web.Response:
    return web.json_response({"error": _body(code, subcode, type=kind)}, status=status)


@pytest.fixture
def graph() -> FakeGraph:
    """The Graph API."""
    return FakeGraph()


@pytest.fixture
async def page(
    graph: FakeGraph, aiohttp_server: Callable[..., Awaitable[TestServer]]
) -> AsyncIterator[FacebookPage]:
    """The sender under test."""
    server = await aiohttp_server(graph.app())
    async with aiohttp.ClientSession() as session:
        url = str(server.make_url("/v24.0"))
        yield FacebookPage(SecretStr(TOKEN), url, lambda: session)


TARGET = Target("facebook-page", "page", PAGE, "", "")


async def test_a_post_is_made_changed_and_deleted(page: FacebookPage, graph: FakeGraph) -> None:
    posted = await page.post(TARGET, POST)
    assert graph.posts[posted.remote_id] == {
        "message": "Aamukahvit\n\nTorstaina klo 8.30\nIlmoittaudu: lomake (https://example.org/form)",
        "link": "https://example.org/form",
    }
    changed = Answer("fi", ("announce",), (Heading("Aamukahvit siirtyvät"),))
    await page.update(TARGET, posted, changed)
    assert graph.posts[posted.remote_id]["message"] == "Aamukahvit siirtyvät"
    await page.delete(TARGET, posted)
    assert graph.posts == {}
    assert graph.seen == [
        f"/v24.0/{PAGE}/feed",
        f"/v24.0/{posted.remote_id}",
        f"/v24.0/{posted.remote_id}",
    ]


async def test_the_link_may_be_that_of_a_button_and_may_be_missing(
    page: FacebookPage, graph: FakeGraph
) -> None:
    action = Action("Lisää kalenteriin", "https://bot.example/calendar/meetings/a.ics")
    await page.post(TARGET, Answer("fi", (), (Heading("Kahvit"),), (action,)))
    await page.post(TARGET, Answer("fi", (), (Heading("Tiedote"),)))
    assert [post.get("link") for post in graph.posts.values()] == [action.url, None]


async def test_the_name_is_asked_for(page: FacebookPage) -> None:
    assert await page.name(TARGET) == "Culture on Facebook"


async def test_what_is_deleted_already_stays_deleted(page: FacebookPage) -> None:
    await page.delete(TARGET, Posted(f"{PAGE}_7"))
    with pytest.raises(PostRejected, match="not there") as caught:
        await page.update(TARGET, Posted(f"{PAGE}_7"), POST)
    assert caught.value.code == "page_missing"


async def test_the_same_text_again_is_refused_with_the_reason(page: FacebookPage) -> None:
    await page.post(TARGET, POST)
    with pytest.raises(PostRejected, match="very same text") as caught:
        await page.post(TARGET, POST)
    assert caught.value.code == "duplicate"


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, _body(code)) for code in (4, 17, 32, 341, 368, 613)]
    + [(400, _body(100, 1390008)), (429, None)],
)
async def test_a_limit_is_waited_out(
    page: FacebookPage, graph: FakeGraph, status: int, error: Any
) -> None:
    graph.script.append((status, error))
    with pytest.raises(PostDelayed) as caught:
        await page.post(TARGET, POST)
    assert caught.value.pause == RATE_LIMIT_PAUSE
    assert not caught.value.uncertain


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (500, _body(1)),
        (503, _body(2)),
        (400, _body(1)),
        (400, _body(3, is_transient=True)),
        (502, None),
        (302, None),
        (404, None),
        (400, ["odd"]),
        (404, b"<html>Not found</html>"),
        (403, b""),
        (400, {"code": 10**400}),
        (400, {"code": True}),
        (400, b"[" * 20_000),
    ],
)
async def test_trouble_of_the_graph_passes(
    page: FacebookPage, graph: FakeGraph, status: int, error: Any
) -> None:
    graph.script.append((status, error))
    with pytest.raises(PostDelayed) as caught:
        await page.post(TARGET, POST)
    assert caught.value.pause is None
    assert caught.value.uncertain is (status in (500, 502))


@pytest.mark.parametrize(("code", "subcode"), [(190, 463), (10, None), (200, None), (102, None)])
async def test_a_token_that_may_not_post_names_the_setting_and_never_itself(
    page: FacebookPage, graph: FakeGraph, code: int, subcode: int | None
) -> None:
    graph.script.append((400, _body(code, subcode)))
    with pytest.raises(PostRejected, match="BOT_FACEBOOK_PAGE_TOKEN") as caught:
        await page.post(TARGET, POST)
    assert caught.value.code == "page_token"
    assert TOKEN not in str(caught.value)
    assert TOKEN not in "".join(graph.seen)
    assert TOKEN not in repr(vars(page))


@pytest.mark.parametrize(
    ("status", "error"), [(400, _body(100)), (403, _body(3)), (404, _body(803))]
)
async def test_any_other_refusal_is_final(
    page: FacebookPage, graph: FakeGraph, status: int, error: Any
) -> None:
    graph.script.append((status, error))
    with pytest.raises(PostRejected, match=str(status)):
        await page.post(TARGET, POST)
    assert len(graph.seen) == 1


async def test_a_broken_connection_leaves_a_post_uncertain_and_a_deletion_not(
    page: FacebookPage, graph: FakeGraph
) -> None:
    graph.script.append(HANG)
    with pytest.raises(PostDelayed) as caught:
        await page.post(TARGET, POST)
    assert caught.value.uncertain
    graph.script.extend([HANG, HANG])  # aiohttp itself repeats a deletion once
    with pytest.raises(PostDelayed) as again:
        await page.delete(TARGET, Posted(f"{PAGE}_1"))
    assert not again.value.uncertain


@pytest.mark.parametrize(
    "body",
    [
        None,
        b"",
        b"{",
        b"[1]",
        b'{"id": 5}',
        b'{"id": "1\\ud800"}',
        b'{"id": "../me/feed"}',
        b'{"id": "%s"}' % (b"1" * 600),
        b'{"error": 7}',
        b'{"id": "1", "more": "%s"}' % (b"x" * 20_000),
    ],
)
async def test_a_post_that_was_taken_without_a_name_is_posted(
    page: FacebookPage, graph: FakeGraph, body: bytes | None
) -> None:
    graph.script.append((200, body))
    assert await page.post(TARGET, POST) == Posted("")
    for call in (page.update(TARGET, Posted(""), POST), page.delete(TARGET, Posted(""))):
        with pytest.raises(PostRejected) as caught:
            await call
        assert caught.value.code == "post_missing"
    assert len(graph.seen) == 1


@pytest.mark.parametrize(
    ("answer", "answering"),
    [
        ((200, b"odd"), True),
        ((400, _body(190)), True),
        ((404, None), True),
        ((429, None), False),
        ((500, None), False),
        (HANG, False),
    ],
)
async def test_whether_the_graph_answers(
    page: FacebookPage, graph: FakeGraph, answer: Any, answering: bool
) -> None:
    assert await page.answers(TARGET)
    graph.script.extend([answer] * 2)
    assert await page.answers(TARGET) is answering
    assert graph.posts == {}


async def test_nobody_listening_is_certain() -> None:
    async with aiohttp.ClientSession() as session:
        page = FacebookPage(SecretStr(TOKEN), "http://127.0.0.1:9", lambda: session)
        with pytest.raises(PostDelayed) as caught:
            await page.post(TARGET, POST)
    assert not caught.value.uncertain


async def test_without_a_session_nothing_was_posted() -> None:
    async with aiohttp.ClientSession() as session:
        page = FacebookPage(SecretStr(TOKEN), "http://127.0.0.1:9", lambda: session)
        assert not await page.answers(TARGET)
    with pytest.raises(PostDelayed) as caught:
        await page.post(TARGET, POST)
    assert not caught.value.uncertain
    assert not await page.answers(TARGET)
