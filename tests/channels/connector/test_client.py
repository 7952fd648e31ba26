"""Sending: each call, each way in which the connector can fail, and what is never sent."""

from __future__ import annotations

import asyncio
import datetime as dt
import email.utils
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from botbuilder.schema import Activity

from bot.channels.connector import (
    ConnectorClient,
    ConversationGone,
    RetryPolicy,
    SendError,
    SendFailed,
    SendRefused,
)

from .fakes import HALF, HALF_HEAD, HANG, RESET, FakeConnector, Status

PATIENCE = RetryPolicy(attempts=4, total=30, attempt=0.3, connect=0.3)


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


GIVES_UP = [412, 429, 502, 503, 504]


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
    assert caught.value.uncertain is False
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


@pytest.mark.parametrize("status", [403, 404])
async def test_a_conversation_that_is_gone_has_its_own_error(
    sender: ConnectorClient, service: FakeConnector, status: int
) -> None:
    service.script.append(Status(status))
    with pytest.raises(ConversationGone) as caught:
        await sender.send(service.url, "c", message())
    assert (caught.value.status, caught.value.attempts) == (status, 1)
    assert len(service.calls) == 1


@pytest.mark.parametrize("status", [301, 307, 400, 401, 409, 413, 500, 501])
async def test_any_other_refusal_is_final(
    sender: ConnectorClient, service: FakeConnector, status: int
) -> None:
    service.script.append(Status(status, "1"))
    with pytest.raises(SendRefused) as caught:
        await sender.send(service.url, "c", message())
    assert (caught.value.status, caught.value.attempts) == (status, 1)
    assert len(service.calls) == 1


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("BotNotInConversationRoster", "BotNotInConversationRoster"),
        ("Some body's words, not a code", None),
        ("x" * 100, None),
        ("", None),
    ],
)
async def test_a_refusal_carries_its_code_and_nobodys_words(
    sender: ConnectorClient, service: FakeConnector, said: str, code: str | None
) -> None:
    service.script.append(Status(403, code=said, message="a person's name"))
    with pytest.raises(ConversationGone) as caught:
        await sender.send(service.url, "c", message())
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


async def test_half_an_answer_about_a_new_thread_leaves_it_unknown(
    sender: ConnectorClient, service: FakeConnector
) -> None:
    service.script.append(HALF)
    with pytest.raises(SendFailed) as caught:
        await sender.new_thread(service.url, "19:c", message())
    assert caught.value.uncertain is True
    assert len(service.calls) == 1


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
    service.script.extend([Status(429), Status(502)])
    await call(sender, service.url)
    assert len(service.calls) == 3
    for status, error in ((404, ConversationGone), (500, SendRefused)):
        service.script.append(Status(status))
        with pytest.raises(error):
            await call(sender, service.url)
    assert len(service.calls) == 5


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
