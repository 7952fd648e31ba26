"""Announcements in Teams: where each call goes, and what each refusal means."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from bot.announcements.sender import PostDelayed, Posted, PostRejected, Sender, Target, TargetGone
from bot.answers.model import Answer, Paragraph, Text
from bot.channels.connector import CredentialsError, RetryPolicy
from bot.channels.connector.client import ConnectorClient
from bot.channels.teams.posting import TeamsPosting

from ..connector.fakes import HALF, HANG, NOT_FOUND_PAGE, RESET, FakeConnector, Raw, Status

POST = Answer("fi", ("announce",), (Paragraph(((Text("Aamukahvit"),),)),))
CHANNEL = "19:c@thread.tacv2"
THREAD = "/v3/conversations/19%3Ac%40thread.tacv2%3Bmessageid%3D1"


@pytest.fixture
async def service(
    aiohttp_server: Callable[..., Awaitable[TestServer]],
) -> AsyncIterator[FakeConnector]:
    """The connector on loopback, which wants no token."""
    fake = FakeConnector(None)
    server = await aiohttp_server(fake.app)
    fake.url = str(server.make_url("/")).rstrip("/")
    yield fake
    fake.released.set()


@pytest.fixture
async def posting(service: FakeConnector) -> AsyncIterator[Sender]:
    """The sender under test."""
    async with aiohttp.ClientSession() as session:
        retry_policy = RetryPolicy(attempts=1, attempt=0.2)
        yield TeamsPosting(ConnectorClient(None, lambda: session, retry_policy=retry_policy))


@pytest.fixture
def target(service: FakeConnector) -> Target:
    """A channel that is not General."""
    return Target(
        "msteams", "channel", CHANNEL, service.url, "t1", team="19:t@thread.tacv2", bot_id="28:bot"
    )


def card_of(call_body: dict[str, object]) -> str:
    """The text of the card in a call."""
    activity = call_body.get("activity", call_body)
    (attachment,) = activity["attachments"]  # type: ignore[index]
    return "\n".join(part["text"] for part in attachment["content"]["body"])


async def test_a_channel_gets_a_thread_of_its_own(
    posting: Sender, target: Target, service: FakeConnector
) -> None:
    posted = await posting.post(target, POST)
    assert posted == Posted("1", f"{CHANNEL};messageid=1")
    (call,) = service.calls
    assert call.path == "/v3/conversations"
    assert call.body["channelData"] == {"channel": {"id": CHANNEL}, "tenant": {"id": "t1"}}
    assert call.body["bot"] == {"id": "28:bot"}
    assert card_of(call.body) == "Aamukahvit"


@pytest.mark.parametrize("kind", ["personal", "group"])
async def test_a_chat_gets_a_message(
    posting: Sender, target: Target, service: FakeConnector, kind: str
) -> None:
    posted = await posting.post(replace(target, kind=kind, remote_id="a:1"), POST)
    assert posted == Posted("act-1", None)
    assert service.calls[0].path == "/v3/conversations/a%3A1/activities"


async def test_a_post_is_changed_and_deleted_where_it_is(
    posting: Sender, target: Target, service: FakeConnector
) -> None:
    posted = await posting.post(target, POST)
    await posting.update(target, posted, POST)
    await posting.delete(target, posted)
    assert [(call.method, call.path) for call in service.calls[1:]] == [
        ("PUT", f"{THREAD}/activities/1"),
        ("DELETE", f"{THREAD}/activities/1"),
    ]


@pytest.mark.parametrize("status", [403, 405, 501])
async def test_what_cannot_be_deleted_is_marked_as_withdrawn(
    posting: Sender, target: Target, service: FakeConnector, status: int
) -> None:
    service.script.append(Status(status))
    where = Posted("1", f"{CHANNEL};messageid=1")
    await posting.delete(replace(target, locale="sv-FI"), where)
    assert service.calls[1].method == "PUT"
    assert service.calls[1].path == f"{THREAD}/activities/1"
    assert card_of(service.calls[1].body) == "Det här meddelandet har återkallats."


async def test_where_the_language_is_unknown_a_withdrawn_post_says_it_in_all(
    posting: Sender, target: Target, service: FakeConnector
) -> None:
    service.script.append(Status(501))
    await posting.delete(target, Posted("1"))
    assert len(card_of(service.calls[1].body).splitlines()) == 3


async def test_a_post_that_somebody_deleted_is_as_good_as_deleted(
    posting: Sender, target: Target, service: FakeConnector
) -> None:
    service.script.append(Status(404, code="ActivityNotFoundInConversation"))
    await posting.delete(target, Posted("1"))
    assert len(service.calls) == 1


async def test_a_post_that_somebody_deleted_cannot_be_changed_but_its_channel_is_kept(
    posting: Sender, target: Target, service: FakeConnector
) -> None:
    service.script.append(Status(404, code="ActivityNotFoundInConversation"))
    with pytest.raises(PostRejected, match="no longer there"):
        await posting.update(target, Posted("1"), POST)
    with pytest.raises(PostRejected, match="no longer there"):
        await posting.update(target, Posted(""), POST)
    with pytest.raises(PostRejected, match="no longer there"):
        await posting.delete(target, Posted(""))
    assert len(service.calls) == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (403, "MessageWritesBlocked"),
        (403, "BotNotInConversationRoster"),
        (403, "ConversationBlockedByUser"),
        (403, "ForbiddenOperationException"),
        (404, "ConversationNotFound"),
    ],
)
async def test_a_conversation_that_is_gone(
    posting: Sender, target: Target, service: FakeConnector, status: int, code: str
) -> None:
    service.script.append(Status(status, code=code))
    with pytest.raises(TargetGone, match=code) as caught:
        await posting.post(target, POST)
    assert caught.value.code == code
    assert len(service.calls) == 1


async def test_a_conversation_that_is_gone_takes_no_change_and_no_notice_either(
    posting: Sender, target: Target, service: FakeConnector
) -> None:
    service.script.extend([Status(403, code="BotNotInConversationRoster")] * 2)
    with pytest.raises(TargetGone) as changed:
        await posting.update(target, Posted("1"), POST)
    with pytest.raises(TargetGone) as deleted:
        await posting.delete(target, Posted("1"))
    assert changed.value.code == deleted.value.code == "BotNotInConversationRoster"
    assert len(service.calls) == 2


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("body", [NOT_FOUND_PAGE, b"", b"{}"])
async def test_what_a_gateway_refuses_says_nothing_about_the_channel(
    posting: Sender, target: Target, service: FakeConnector, status: int, body: bytes
) -> None:
    service.script.extend([Raw(status, body, "text/html")] * 3)
    for call in (
        posting.post(target, POST),
        posting.update(target, Posted("1"), POST),
        posting.delete(target, Posted("1")),
    ):
        with pytest.raises(PostDelayed) as caught:
            await call
        assert not caught.value.uncertain
    assert len(service.calls) == 3


@pytest.mark.parametrize("body", [b"", b"{}", b"{", b'{"id": 5, "activityId": 6}', NOT_FOUND_PAGE])
async def test_what_was_taken_without_an_id_is_posted(
    posting: Sender, target: Target, service: FakeConnector, body: bytes
) -> None:
    service.script.extend([Raw(202, body)] * 2 + [HALF] * 2)
    for _ in range(2):
        assert (await posting.post(target, POST)).remote_id == ""
        assert (await posting.post(replace(target, kind="group"), POST)).remote_id == ""
    assert len(service.calls) == 4


async def test_a_thread_that_is_named_by_half_can_be_changed(
    posting: Sender, target: Target, service: FakeConnector
) -> None:
    service.script.append(Raw(201, b'{"id": "19:c@thread.tacv2;messageid=1"}'))
    posted = await posting.post(target, POST)
    assert posted == Posted("1", f"{CHANNEL};messageid=1")
    await posting.update(target, posted, POST)
    assert service.calls[1].path == f"{THREAD}/activities/1"


async def test_whether_it_answers(posting: Sender, target: Target, service: FakeConnector) -> None:
    assert await posting.answers(target)
    assert await posting.answers(replace(target, team=None))
    assert await posting.answers(replace(target, kind="group", team=None))
    assert [call.method for call in service.calls] == ["GET"] * 3
    service.script.extend([Status(404, code="ConversationNotFound"), Status(503), HANG, HANG])
    assert await posting.answers(target)
    assert not await posting.answers(target)
    assert not await posting.answers(target)
    assert not await posting.answers(replace(target, service_url="http://127.0.0.1:9"))
    assert not await posting.answers(replace(target, service_url="junk"))
    assert not await posting.answers(replace(target, team=None, remote_id="\ud800"))


@pytest.mark.parametrize(
    ("status", "code", "reason", "failure"),
    [
        (400, "BadArgument", r"400 \(BadArgument\)", "refused"),
        (413, "MessageSizeTooBig", "too large", "too_large"),
        (403, "BotDisabledByAdmin", "administrator", "switched_off"),
        (404, "ActivityNotFoundInConversation", "no longer there", "post_missing"),
        (403, "NotEnoughPermissions", "NotEnoughPermissions", "refused"),
    ],
)
async def test_a_refusal_says_why(
    posting: Sender,
    target: Target,
    service: FakeConnector,
    status: int,
    code: str,
    reason: str,
    failure: str,
) -> None:
    service.script.append(Status(status, code=code))
    with pytest.raises(PostRejected, match=reason) as caught:
        await posting.post(target, POST)
    assert caught.value.code == failure
    assert len(service.calls) == 1


@pytest.mark.parametrize(
    "status", [301, 401, 408, 409, 412, 425, 429, 500, 501, 502, 503, 504, 507, 520, 524, 529]
)
async def test_what_passes_is_tried_later_and_not_by_this_sender(
    posting: Sender, target: Target, service: FakeConnector, status: int
) -> None:
    service.script.append(Status(status, "7" if status == 429 else None))
    with pytest.raises(PostDelayed) as caught:
        await posting.post(target, POST)
    later = caught.value
    assert later.pause == (7 if status == 429 else None)
    assert not later.everywhere
    assert later.uncertain is (status in (408, 500, 502, 504, 520, 524))
    assert len(service.calls) == 1


async def test_a_pause_of_the_tenant_is_a_pause_everywhere(
    posting: Sender, target: Target, service: FakeConnector
) -> None:
    service.script.append(Status(429, "7", message="Too many requests of this tenant"))
    with pytest.raises(PostDelayed) as caught:
        await posting.post(target, POST)
    assert caught.value.everywhere


@pytest.mark.parametrize("action", [HANG, RESET])
async def test_without_an_answer_nobody_knows_whether_it_arrived(
    posting: Sender, target: Target, service: FakeConnector, action: str
) -> None:
    service.script.append(action)
    with pytest.raises(PostDelayed) as caught:
        await posting.post(target, POST)
    assert caught.value.uncertain
    assert len(service.calls) == 1


async def test_without_a_token_everything_waits(target: Target) -> None:
    class NoToken:
        """Credentials of a bot whose secret has ended."""

        async def token(self) -> str:
            """None to be had."""
            raise CredentialsError("The secret has ended.")

    async with aiohttp.ClientSession() as session:
        posting = TeamsPosting(ConnectorClient(NoToken(), lambda: session))  # type: ignore[arg-type]
        with pytest.raises(PostDelayed, match="The secret has ended") as caught:
            await posting.post(target, POST)
    assert caught.value.everywhere


async def test_names_are_asked_for(posting: Sender, target: Target, service: FakeConnector) -> None:
    assert await posting.name(target) == "Culture team › Dance"
    # General has no name of its own.
    assert await posting.name(replace(target, remote_id="19:t@thread.tacv2")) == "Culture team"
    asked = len(service.calls)
    assert await posting.name(replace(target, kind="group")) is None
    assert await posting.name(replace(target, kind="personal")) is None
    assert await posting.name(replace(target, team=None)) is None
    assert len(service.calls) == asked
