"""Sending: each call, each way in which the connector can fail, and what is never sent."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import email.utils
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver
from botbuilder.schema import Activity

from bot.channels.connector import (
    ConnectorClient,
    ConversationGone,
    RetryPolicy,
    SendError,
    SendFailed,
    SendRefused,
    Thread,
)
from bot.channels.connector.client import MAX_POST_BYTES

from .fakes import (
    HALF,
    HALF_HEAD,
    HANG,
    NOT_FOUND_PAGE,
    RESET,
    FakeConnector,
    Raw,
    Status,
)

PATIENCE = RetryPolicy(attempts=4, total=30, attempt=0.8, connect=0.8)


class Recorder:
    """A sleep that takes no time and a clock that believes it did."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def sender(
    service: FakeConnector, http: aiohttp.ClientSession, recorder: Recorder
) -> ConnectorClient:
    """A sender without credentials, whose random number is always a half."""
    service.tokens = None
    return ConnectorClient(
        None,
        lambda: http,
        retry_policy=PATIENCE,
        clock=recorder,
        sleep=recorder.sleep,
        chance=lambda: 0.5,
    )


def message(text: str = "hello") -> Activity:
    return Activity(type="message", text=text)


THREAD = "19:abc@thread.tacv2;messageid=1"
QUOTED = "/v3/conversations/19%3Aabc%40thread.tacv2%3Bmessageid%3D1"


async def test_every_call_goes_where_the_protocol_says(
    sender: ConnectorClient, service: FakeConnector
) -> None:
    url = service.url + "/"
    assert await sender.send(url, THREAD, message()) == "act-1"
    assert await sender.send(url, THREAD, message(), reply_to="a/b") == "act-2"
    assert await sender.update(url, THREAD, "act 1", message()) == "act-3"
    await sender.delete(url, THREAD, "act-1")
    await sender.team_name(url, "19:t@thread.tacv2")
    await sender.channels(url, "19:t@thread.tacv2")
    assert [(call.method, call.path) for call in service.calls] == [
        ("POST", f"{QUOTED}/activities"),
        ("POST", f"{QUOTED}/activities/a%2Fb"),
        ("PUT", f"{QUOTED}/activities/act%201"),
        ("DELETE", f"{QUOTED}/activities/act-1"),
        ("GET", "/v3/teams/19%3At%40thread.tacv2"),
        ("GET", "/v3/teams/19%3At%40thread.tacv2/conversations"),
    ]
    assert service.calls[0].body == {"type": "message", "text": "hello"}


async def test_a_new_thread_names_its_channel(
    sender: ConnectorClient, service: FakeConnector
) -> None:
    thread = await sender.new_thread(
        service.url, "19:abc@thread.tacv2", message(), bot_id="28:bot", tenant_id="t1"
    )
    assert thread.conversation_id == "19:abc@thread.tacv2;messageid=1"
    assert thread.activity_id == "1"
    [call] = service.calls
    assert (call.method, call.path) == ("POST", "/v3/conversations")
    assert call.body == {
        "isGroup": True,
        "channelData": {"channel": {"id": "19:abc@thread.tacv2"}, "tenant": {"id": "t1"}},
        "tenantId": "t1",
        "bot": {"id": "28:bot"},
        "activity": {"type": "message", "text": "hello"},
    }


GIVES_UP = [408, 412, 425, 429, 502, 503, 504, 507, 520, 524, 529]
IN_DOUBT = {408, 502, 504, 520, 524}


@pytest.mark.parametrize("status", GIVES_UP)
async def test_a_busy_connector_is_asked_again_with_growing_pauses(
    sender: ConnectorClient, service: FakeConnector, recorder: Recorder, status: int
) -> None:
    service.script.extend([Status(status)] * 2)
    assert await sender.send(service.url, "c", message()) == "act-3"
    assert len(service.calls) == 3
    assert recorder.pauses == [0.25, 0.5]


@pytest.mark.parametrize("status", GIVES_UP)
async def test_a_connector_that_stays_busy_is_given_up(
    sender: ConnectorClient, service: FakeConnector, recorder: Recorder, status: int
) -> None:
    service.script.extend([Status(status)] * 10)
    with pytest.raises(SendFailed) as caught:
        await sender.send(service.url, "c", message())
    assert (caught.value.status, caught.value.attempts) == (status, 4)
    assert caught.value.uncertain is (status in IN_DOUBT)
    assert len(service.calls) == 4
    assert recorder.pauses == [0.25, 0.5, 1.0]


@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_is_honoured(
    sender: ConnectorClient, service: FakeConnector, recorder: Recorder, status: int
) -> None:
    service.script.extend([Status(status, "7"), Status(status, "0")])
    assert await sender.send(service.url, "c", message()) == "act-3"
    assert recorder.pauses == [7.0, 0.0]
    assert len(service.calls) == 3


async def test_retry_after_may_be_a_date(
    sender: ConnectorClient, service: FakeConnector, recorder: Recorder
) -> None:
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=20)
    service.script.append(Status(429, email.utils.format_datetime(soon, usegmt=True)))
    await sender.send(service.url, "c", message())
    [pause] = recorder.pauses
    assert 15 < pause <= 20


@pytest.mark.parametrize("retry_after", ["soon", "nan", "inf", "Thu, 99 Foo 2026"])
async def test_a_strange_retry_after_counts_as_none(
    sender: ConnectorClient, service: FakeConnector, recorder: Recorder, retry_after: str
) -> None:
    service.script.append(Status(429, retry_after))
    await sender.send(service.url, "c", message())
    assert recorder.pauses == [0.25]


async def test_a_pause_that_is_too_long_is_left_to_the_caller(
    sender: ConnectorClient, service: FakeConnector, recorder: Recorder
) -> None:
    service.script.append(Status(429, "31"))
    with pytest.raises(SendFailed) as caught:
        await sender.send(service.url, "c", message())
    assert (caught.value.retry_after, caught.value.attempts) == (31.0, 1)
    assert recorder.pauses == []
    assert len(service.calls) == 1


async def test_the_time_for_all_attempts_is_bounded(
    sender: ConnectorClient, service: FakeConnector, recorder: Recorder
) -> None:
    service.script.extend([Status(503, "14")] * 10)
    with pytest.raises(SendFailed) as caught:
        await sender.send(service.url, "c", message())
    assert caught.value.attempts == len(service.calls) == 3
    assert recorder.pauses == [14.0, 14.0]


async def test_the_jitter_is_full_and_bounded(
    service: FakeConnector, http: aiohttp.ClientSession, recorder: Recorder
) -> None:
    service.tokens = None
    chances = iter([0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.1])
    sender = ConnectorClient(
        None,
        lambda: http,
        retry_policy=RetryPolicy(attempts=8, total=1000),
        clock=recorder,
        sleep=recorder.sleep,
        chance=lambda: next(chances),
    )
    service.script.extend([Status(503)] * 7)
    await sender.send(service.url, "c", message())
    assert recorder.pauses == [0.0, 1.0, 2.0, 4.0, 8.0, 8.0, 0.8]


@pytest.mark.parametrize(
    ("status", "code"), [(403, "BotNotInConversationRoster"), (404, "ConversationNotFound")]
)
async def test_a_conversation_that_is_gone_has_its_own_error(
    sender: ConnectorClient, service: FakeConnector, status: int, code: str
) -> None:
    service.script.append(Status(status, code=code))
    with pytest.raises(ConversationGone) as caught:
        await sender.send(service.url, "c", message())
    assert (caught.value.status, caught.value.attempts) == (status, 1)
    assert caught.value.code == code
    assert len(service.calls) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 405, 410, 413, 415, 422])
async def test_any_other_refusal_with_a_code_is_final(
    sender: ConnectorClient, service: FakeConnector, status: int
) -> None:
    service.script.append(Status(status, "1"))
    with pytest.raises(SendRefused) as caught:
        await sender.send(service.url, "c", message())
    assert (caught.value.status, caught.value.attempts) == (status, 1)
    assert len(service.calls) == 1


@pytest.mark.parametrize("status", [301, 307, 401, 409, 500, 501, 505])
async def test_what_does_not_pass_within_seconds_is_left_to_a_later_try(
    sender: ConnectorClient, service: FakeConnector, status: int
) -> None:
    service.script.append(Status(status, "1"))
    with pytest.raises(SendFailed) as caught:
        await sender.send(service.url, "c", message())
    assert (caught.value.status, caught.value.attempts) == (status, 1)
    assert caught.value.uncertain is (status in (500, 505))
    assert len(service.calls) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 405])
@pytest.mark.parametrize(
    "body",
    [NOT_FOUND_PAGE, b"", b"{}", b"[]", b"404", b'{"error": "ConversationNotFound"}', b"\xff\xfe"],
)
@pytest.mark.parametrize("content_type", ["text/html", "application/json", None, "junk"])
async def test_what_a_gateway_refused_is_sent_again(
    sender: ConnectorClient,
    service: FakeConnector,
    status: int,
    body: bytes,
    content_type: str | None,
) -> None:
    service.script.append(Raw(status, body, content_type))
    assert await sender.send(service.url, "c", message()) == "act-2"


@pytest.mark.parametrize("content_type", ["text/html", "text/plain", None, "junk"])
async def test_a_code_counts_whatever_its_answer_calls_itself(
    sender: ConnectorClient, service: FakeConnector, content_type: str | None
) -> None:
    body = b'{"error": {"code": "ConversationNotFound"}}'
    service.script.append(Raw(404, body, content_type))
    with pytest.raises(ConversationGone):
        await sender.send(service.url, "c", message())


async def test_a_refusal_in_many_pieces_is_read_to_its_end(
    sender: ConnectorClient, aiohttp_server: Callable[..., Awaitable[Any]]
) -> None:
    async def refuse(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=403)
        await response.prepare(request)
        for part in (b'{"error": {"code": "Conversation', b"BlockedByUser", b'"}}'):
            await response.write(part)
            await asyncio.sleep(0.02)
        return response

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", refuse)
    server = await aiohttp_server(app)
    with pytest.raises(ConversationGone) as caught:
        await sender.send(str(server.make_url("/")), "c", message())
    assert caught.value.code == "ConversationBlockedByUser"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Unnameable", "Unnameable"),
        ("x" * 64, "x" * 64),
        ("x" * 65, None),
        ("Some body's words, not a code", None),
        ("", None),
    ],
)
async def test_a_refusal_carries_its_code_and_nobodys_words(
    service: FakeConnector, http: aiohttp.ClientSession, said: str, code: str | None
) -> None:
    service.tokens = None
    sender = ConnectorClient(None, lambda: http, retry_policy=RetryPolicy(attempts=1))
    service.script.append(Status(403, code=said, message="a person's name"))
    with pytest.raises(SendError) as caught:
        await sender.send(service.url, "c", message())
    assert isinstance(caught.value, SendRefused if code else SendFailed)
    assert caught.value.code == code
    assert str(caught.value) == f"The connector answered 403{f' ({code})' if code else ''}."


@pytest.mark.parametrize(
    ("words", "everywhere"),
    [("API calls quota exceeded for this conversation", False), ("Limit of the Tenant", True)],
)
async def test_a_limit_of_the_whole_tenant_is_told_apart(
    sender: ConnectorClient, service: FakeConnector, words: str, everywhere: bool
) -> None:
    service.script.append(Status(429, "1000", message=words))
    with pytest.raises(SendFailed) as caught:
        await sender.send(service.url, "c", message())
    assert caught.value.everywhere is everywhere
    assert caught.value.retry_after == 1000


async def test_names_of_a_team_and_its_channels(
    sender: ConnectorClient, service: FakeConnector
) -> None:
    assert await sender.team_name(service.url, "19:t@thread.tacv2") == "Culture team"
    assert await sender.channels(service.url, "19:t@thread.tacv2") == {
        "19:t@thread.tacv2": None,
        "19:c@thread.tacv2": "Dance",
    }
    assert [call.path for call in service.calls] == [
        "/v3/teams/19%3At%40thread.tacv2",
        "/v3/teams/19%3At%40thread.tacv2/conversations",
    ]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Ok\x1b]0;title\x07\x1b[2J\x1b[31m", "Ok ]0;title [2J [31m"),
        ("one\r\nBOT: two\u2028three", "one BOT: two three"),
        ("left \u202e right\u200b", "left right"),
        ("\x9b2J\x00 \udc80", "2J"),
        ("\x1b\n\t", None),
        ("Kulttuuri Åbo 👩 ry", "Kulttuuri Åbo 👩 ry"),
        ("x" * 1_000, "x" * 256),
        (17, None),
    ],
)
async def test_a_name_is_one_line_of_what_can_be_seen(
    sender: ConnectorClient, aiohttp_server: Any, given: object, shown: str | None
) -> None:
    """It is printed in terminals, and whoever owns the team has chosen it."""

    async def named(request: web.Request) -> web.Response:
        thing = {"id": "19:c", "name": given}
        if request.path.endswith("/conversations"):
            return web.json_response({"conversations": [thing]})
        return web.json_response(thing)

    app = web.Application()
    app.router.add_get("/{tail:.*}", named)
    url = str((await aiohttp_server(app)).make_url("/"))
    assert await sender.team_name(url, "19:t") == shown
    assert await sender.channels(url, "19:t") == {"19:c": shown}


BROKEN = [RESET, HALF_HEAD, HANG]


@pytest.mark.parametrize("action", BROKEN)
async def test_a_reply_is_sent_again_over_a_new_connection(
    sender: ConnectorClient, service: FakeConnector, action: str
) -> None:
    service.script.extend([action, action])
    assert await sender.send(service.url, "c", message()) == "act-3"
    assert len(service.calls) == 3


@pytest.mark.parametrize("action", BROKEN)
async def test_a_connection_that_keeps_breaking_is_given_up(
    sender: ConnectorClient, service: FakeConnector, action: str
) -> None:
    service.script.extend([action] * 10)
    with pytest.raises(SendFailed) as caught:
        await sender.send(service.url, "c", message())
    assert (caught.value.status, caught.value.attempts) == (None, 4)
    assert caught.value.uncertain is True
    assert len(service.calls) == 4


@pytest.mark.parametrize("action", BROKEN)
async def test_what_may_have_arrived_is_not_posted_twice_if_once_is_enough(
    sender: ConnectorClient, service: FakeConnector, action: str
) -> None:
    service.script.extend([action] * 2)
    with pytest.raises(SendFailed) as sent:
        await sender.send(service.url, "c", message(), once=True)
    with pytest.raises(SendFailed) as started:
        await sender.new_thread(service.url, "19:c", message())
    assert sent.value.uncertain
    assert started.value.uncertain
    assert sent.value.attempts == started.value.attempts == 1
    assert len(service.calls) == 2


async def test_once_still_waits_for_a_busy_connector(
    sender: ConnectorClient, service: FakeConnector
) -> None:
    service.script.extend([Status(429), Status(503)])
    await sender.new_thread(service.url, "19:c", message())
    assert len(service.calls) == 3


async def test_half_an_answer_to_a_post_means_it_was_taken(
    sender: ConnectorClient, service: FakeConnector
) -> None:
    service.script.append(HALF)
    assert await sender.send(service.url, "c", message()) is None
    assert len(service.calls) == 1


async def test_half_an_answer_about_a_new_thread_means_it_was_taken(
    sender: ConnectorClient, service: FakeConnector
) -> None:
    service.script.append(HALF)
    assert await sender.new_thread(service.url, "19:c", message()) == Thread(None, None)
    assert len(service.calls) == 1


ODD_IDS: list[Any] = [
    None,
    17,
    1.5,
    True,
    "",
    [],
    {"id": "1"},
    "1\ud800",
    "1\x00",
    "1\n",
    "\u202e1",
    "x" * 513,
    "x" * 5_000,
    ".",
    "..",
]


@pytest.mark.parametrize("odd", ODD_IDS, ids=range(len(ODD_IDS)))
async def test_an_id_that_cannot_be_kept_is_none(
    sender: ConnectorClient, service: FakeConnector, odd: Any
) -> None:
    service.script.append(Raw(201, json.dumps({"id": odd}).encode()))
    assert await sender.send(service.url, "c", message()) is None
    service.script.append(Raw(201, json.dumps({"id": odd, "activityId": odd}).encode()))
    assert await sender.new_thread(service.url, "19:c", message()) == Thread(None, None)
    service.script.append(Raw(200, json.dumps({"id": odd}).encode()))
    assert await sender.update(service.url, "c", "1", message()) is None
    listed = {"conversations": [{"id": odd, "name": "x"}, [odd], {"id": "19:c", "name": odd}]}
    service.script.append(Raw(200, json.dumps(listed).encode()))
    names = await sender.channels(service.url, "19:t")
    assert names.keys() == {"19:c"}
    str(names).encode()
    assert len(service.calls) == 4


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"17",
        b'"1"',
        b"{",
        b"\xff",
        b"[" * 100_000,
        NOT_FOUND_PAGE,
        b'{"id": "1", "more": "' + b"x" * MAX_POST_BYTES + b'"}',
    ],
    ids=range(10),
)
async def test_an_odd_body_of_a_good_answer_means_that_it_was_taken(
    sender: ConnectorClient, service: FakeConnector, body: bytes
) -> None:
    service.script.extend([Raw(202, body), Raw(201, body)])
    assert await sender.send(service.url, "c", message(), once=True) is None
    assert await sender.new_thread(service.url, "19:c", message()) == Thread(None, None)
    assert len(service.calls) == 2


@pytest.mark.parametrize(
    ("answer", "thread"),
    [
        ({"id": "19:c;messageid=7", "activityId": "7"}, Thread("19:c;messageid=7", "7")),
        ({"id": "19:c;messageid=7"}, Thread("19:c;messageid=7", "7")),
        ({"id": "19:c;messageid=7", "activityId": 7}, Thread("19:c;messageid=7", "7")),
        ({"activityId": "7"}, Thread("19:c;messageid=7", "7")),
        ({"id": 7, "activityId": "7"}, Thread("19:c;messageid=7", "7")),
        ({"id": "19:d;messageid=7"}, Thread("19:d;messageid=7", None)),
        ({"id": "19:c;messageid="}, Thread("19:c;messageid=", None)),
        ({"id": "19:c;messageid=7;x=8"}, Thread("19:c;messageid=7;x=8", None)),
        ({"id": "19:c"}, Thread("19:c", None)),
    ],
)
async def test_each_id_of_a_thread_says_the_other(
    sender: ConnectorClient, service: FakeConnector, answer: dict[str, Any], thread: Thread
) -> None:
    service.script.append(Raw(201, json.dumps(answer).encode()))
    assert await sender.new_thread(service.url, "19:c", message()) == thread


async def test_a_list_that_is_too_long_is_not_read(
    sender: ConnectorClient, service: FakeConnector
) -> None:
    channels = [{"id": f"19:{number}", "name": "x" * 1_000} for number in range(1_000)]
    service.script.append(Raw(200, json.dumps({"conversations": channels}).encode()))
    assert len(await sender.channels(service.url, "19:t")) == 1_000
    service.script.append(Raw(200, json.dumps({"conversations": channels * 2}).encode()))
    assert await sender.channels(service.url, "19:t") == {}


async def test_without_a_session_nothing_was_sent(
    service: FakeConnector, http: aiohttp.ClientSession
) -> None:
    sender = ConnectorClient(None, lambda: http, retry_policy=RetryPolicy(attempts=1))
    await http.close()
    with pytest.raises(SendFailed, match="shutting down") as caught:
        await sender.send(service.url, "c", message(), once=True)
    assert caught.value.uncertain is False
    assert not await sender.answers(service.url, "c")


@pytest.mark.parametrize("listed", [5, "x", {"a": 1}, None, True])
async def test_a_list_of_channels_that_is_none_is_empty(
    sender: ConnectorClient, service: FakeConnector, listed: Any
) -> None:
    service.script.append(Raw(200, json.dumps({"conversations": listed}).encode()))
    assert await sender.channels(service.url, "19:t") == {}


async def test_half_an_answer_to_a_question_is_asked_for_again(
    sender: ConnectorClient, service: FakeConnector
) -> None:
    service.script.append(HALF)
    assert await sender.team_name(service.url, "19:t@thread.tacv2") == "Culture team"
    assert len(service.calls) == 2


async def test_nobody_listening_is_certain(
    sender: ConnectorClient, recorder: Recorder, unused_tcp_port: int
) -> None:
    with pytest.raises(SendFailed) as caught:
        await sender.send(f"http://127.0.0.1:{unused_tcp_port}", "c", message(), once=True)
    assert caught.value.attempts == 4
    assert caught.value.uncertain is False
    assert len(recorder.pauses) == 3


@contextlib.asynccontextmanager
async def listening(
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """A server of bytes; gives host and port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await answer(reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    return


async def speak_plainly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")


@pytest.mark.parametrize("answer", [say_nothing, hang_up, speak_plainly])
async def test_without_a_tls_handshake_nothing_was_sent(
    http: aiohttp.ClientSession,
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> None:
    patience = RetryPolicy(attempts=1, attempt=30, connect=0.2)
    sender = ConnectorClient(None, lambda: http, retry_policy=patience)
    async with listening(answer) as place:
        with pytest.raises(SendFailed, match="No connection") as caught:
            await sender.send(f"https://{place}", "c", message(), once=True)
    assert caught.value.uncertain is False


async def test_a_name_that_nobody_knows_was_not_called(
    recorder: Recorder, no_names: aiohttp.ClientSession
) -> None:
    sender = ConnectorClient(
        None, lambda: no_names, retry_policy=PATIENCE, clock=recorder, sleep=recorder.sleep
    )
    with pytest.raises(SendFailed, match="ClientConnectorDNSError") as caught:
        await sender.send("http://localhost", "c", message(), once=True)
    assert caught.value.uncertain is False


@pytest.fixture
async def no_names() -> AsyncIterator[aiohttp.ClientSession]:
    """A session that finds the address of no name."""

    class NoNames(AbstractResolver):
        async def resolve(self, *_: Any, **__: Any) -> Any:
            raise OSError(-2, "Name or service not known")

        async def close(self) -> None:
            return

    connector = aiohttp.TCPConnector(resolver=NoNames())
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


async def test_a_used_connection_that_closes_leaves_it_in_doubt(
    sender: ConnectorClient,
) -> None:
    requests: list[bytes] = []

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in (b'{"id": "1"}', b""):
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])  # type: ignore[index]
            requests.append(await reader.readexactly(length))
            if answer:
                writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 11\r\n\r\n" + answer)

    async with listening(once) as place:
        assert await sender.send(f"http://{place}", "c", message(), once=True) == "1"
        with pytest.raises(SendFailed, match="ServerDisconnectedError") as caught:
            await sender.send(f"http://{place}", "c", message(), once=True)
    assert caught.value.uncertain is True
    assert len(requests) == 2


CALLS: dict[str, Callable[[ConnectorClient, str], Awaitable[Any]]] = {
    "send": lambda sender, url: sender.send(url, "c", message()),
    "reply": lambda sender, url: sender.send(url, "c", message(), reply_to="1"),
    "update": lambda sender, url: sender.update(url, "c", "1", message()),
    "delete": lambda sender, url: sender.delete(url, "c", "1"),
    "new thread": lambda sender, url: sender.new_thread(url, "19:c", message()),
    "team name": lambda sender, url: sender.team_name(url, "19:t"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=list(CALLS))
async def test_every_call_has_the_same_patience_and_errors(
    sender: ConnectorClient,
    service: FakeConnector,
    call: Callable[[ConnectorClient, str], Awaitable[Any]],
) -> None:
    service.script.extend([Status(429), Status(503)])
    await call(sender, service.url)
    assert len(service.calls) == 3
    for answer, error in (
        (Status(404, code="ConversationNotFound"), ConversationGone),
        (Status(404), SendRefused),
        (Status(500), SendFailed),
    ):
        service.script.append(answer)
        with pytest.raises(error):
            await call(sender, service.url)
    assert len(service.calls) == 6


@pytest.mark.parametrize("call", CALLS.values(), ids=list(CALLS))
@pytest.mark.parametrize("answer", [Status(429), Status(503), Raw(404, NOT_FOUND_PAGE), RESET])
async def test_a_client_of_one_attempt_repeats_nothing(
    service: FakeConnector,
    http: aiohttp.ClientSession,
    recorder: Recorder,
    call: Callable[[ConnectorClient, str], Awaitable[Any]],
    answer: Any,
) -> None:
    service.tokens = None
    sender = ConnectorClient(
        None, lambda: http, retry_policy=RetryPolicy(attempts=1), sleep=recorder.sleep
    )
    # aiohttp itself repeats a call that can be repeated without harm, once.
    service.script.extend([answer] * 2)
    with pytest.raises(SendFailed) as caught:
        await call(sender, service.url)
    assert caught.value.attempts == 1
    posts = [made for made in service.calls if made.method == "POST"]
    assert len(posts) <= 1
    assert recorder.pauses == []


@pytest.mark.parametrize("id", ["1\ud800", "1\x00", "x" * 600, "", ".", ".."])
async def test_an_id_that_cannot_be_called_is_refused(
    sender: ConnectorClient, service: FakeConnector, id: str
) -> None:
    for call in (
        sender.send(service.url, id, message()),
        sender.update(service.url, "c", id, message()),
        sender.delete(service.url, "c", id),
        sender.team_name(service.url, id),
        sender.channels(service.url, id),
    ):
        with pytest.raises(SendRefused):
            await call
    assert not await sender.answers(service.url, id)
    assert service.calls == []


@pytest.mark.parametrize(
    ("answer", "answering"),
    [
        (None, True),
        (Status(400), True),
        (Status(401), True),
        (Status(403), True),
        (Status(404), True),
        (Raw(404, NOT_FOUND_PAGE), True),
        (Raw(204), True),
        (Raw(200, b"odd"), True),
        (Status(408), False),
        (Status(425), False),
        (Status(429), False),
        (Status(500), False),
        (Status(503), False),
        (HALF, False),
        (RESET, False),
        (HALF_HEAD, False),
        (HANG, False),
    ],
)
async def test_whether_the_connector_answers(
    service: FakeConnector, http: aiohttp.ClientSession, answer: Any, answering: bool
) -> None:
    service.tokens = None
    sender = ConnectorClient(
        None, lambda: http, retry_policy=RetryPolicy(attempts=1, total=0.3, attempt=0.3)
    )
    for team in (None, "19:t@thread.tacv2"):
        service.script.extend([answer] * 2 if answer else [])
        assert await sender.answers(service.url, THREAD, team_id=team) is answering
        service.script.clear()
    assert {(call.method, call.path) for call in service.calls} == {
        ("GET", f"{QUOTED}/pagedmembers?pageSize=1"),
        ("GET", "/v3/teams/19%3At%40thread.tacv2"),
    }


@pytest.mark.parametrize(
    "url",
    [
        "https://smba.trafficmanager.net/emea/",
        "http://10.0.0.1",
        "http://localhost.example.com",
        "http://127.0.0.1@example.com",
        "http://example.com#127.0.0.1",
        "ftp://127.0.0.1",
        "//127.0.0.1",
        "",
        "http://[::",
    ],
)
async def test_without_credentials_only_this_machine_is_called(
    sender: ConnectorClient, url: str
) -> None:
    with pytest.raises(SendRefused, match="may be sent to"):
        await sender.send(url, "c", message())


async def test_parallel_sends_share_connections_and_do_not_queue_behind_each_other(
    sender: ConnectorClient, service: FakeConnector
) -> None:
    service.gate.clear()
    sends = [asyncio.create_task(sender.send(service.url, "c", message())) for _ in range(40)]
    await service.until_called(40)
    service.gate.set()
    assert None not in await asyncio.gather(*sends)


def test_the_errors_form_one_tree() -> None:
    for error in (ConversationGone, SendRefused, SendFailed):
        assert issubclass(error, SendError)
