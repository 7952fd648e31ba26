"""Cards follow in the background: in their order, tried again, and ended at shutdown."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

import pytest
from botbuilder.schema import Activity
from sqlalchemy.exc import OperationalError

from bot.channels.connector import (
    ConnectorError,
    ConversationGone,
    CredentialsError,
    SendFailed,
    SendRefused,
)
from bot.channels.teams import card_updates
from bot.channels.teams.card_updates import (
    FORM_AGE,
    PAUSES,
    SETTLE_PAUSE,
    CardPlace,
    CardUpdates,
    Make,
)

from ..turning import Clock, settle

CARD = CardPlace("https://smba.example/emea/", "a:chat", "card-1")
OTHER = CardPlace("https://smba.example/emea/", "a:chat", "card-2")

CUT = SendFailed("The connection broke.", uncertain=True)
BUSY = SendFailed("The connector answered 429.", status=429, retry_after=25.0)
AWAY = SendFailed("No connection.")
FAULT = SendFailed("The connector answered 500.", status=500, uncertain=True)
GONE = ConversationGone("The connector answered 404.", status=404)
NOT_HERE = SendRefused("The connector answered 405.", status=405)
NO_TOKEN = CredentialsError("No token.")


class Chat:
    """A connector that keeps what its cards show; `script` holds how the next calls end."""

    def __init__(self) -> None:
        self.shown: dict[str, str] = {}
        self.calls: list[str] = []
        self.script: deque[ConnectorError] = deque()
        self.gate = asyncio.Event()
        self.gate.set()

    async def update(self, url: str, chat: str, id_: str, activity: Activity) -> str:
        """Shows a text on a card."""
        assert (url, chat) == (CARD.service_url, CARD.conversation)
        assert activity.id == id_
        self.calls.append(activity.text)
        await self.gate.wait()
        if self.script:
            raise self.script.popleft()
        self.shown[id_] = activity.text
        return id_


def text(words: str) -> Make:
    """A state of a card."""

    async def make() -> Activity:
        return Activity(type="message", text=words)

    return make


@pytest.fixture
def chat() -> Chat:
    return Chat()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def updates(chat: Chat, clock: Clock) -> AsyncIterator[CardUpdates]:
    made = CardUpdates(chat, sleep=clock.sleep, monotonic=clock)
    yield made
    await made.close()
    assert not made.running


async def test_a_state_follows_at_once_and_nothing_is_kept(
    updates: CardUpdates, chat: Chat
) -> None:
    updates.put(CARD, text("one"))
    assert chat.calls == [], "whoever puts it does not wait"
    await settle()
    assert chat.shown == {"card-1": "one"}
    assert not updates.running
    assert not updates._cards


async def test_a_newer_state_never_goes_before_an_older_one(
    updates: CardUpdates, chat: Chat
) -> None:
    chat.gate.clear()
    updates.put(CARD, text("one"))
    await settle()
    for words in ("two", "three", "four"):
        updates.put(CARD, text(words))
        updates.put(OTHER, text(words))
        await settle()
    assert chat.calls == ["one", "two"], "a call a card"
    chat.gate.set()
    await settle()
    assert chat.calls == ["one", "two", "four", "four"], "of those that waited the last"
    assert chat.shown == {"card-1": "four", "card-2": "four"}


@pytest.mark.parametrize("error", [CUT, BUSY, AWAY, FAULT, NO_TOKEN])
async def test_what_may_work_later_is_tried_again(
    updates: CardUpdates, chat: Chat, clock: Clock, error: ConnectorError
) -> None:
    chat.script += [error, error]
    updates.put(CARD, text("one"))
    await settle()
    assert chat.calls == ["one"]
    await clock.move(1.0)
    assert chat.calls == ["one"]
    for _ in range(2):
        await clock.move(30.0)
    assert chat.shown == {"card-1": "one"}


async def test_a_pause_that_the_connector_asks_for_is_kept(
    updates: CardUpdates, chat: Chat, clock: Clock
) -> None:
    chat.script.append(BUSY)
    updates.put(CARD, text("one"))
    await clock.move(24.0)
    assert chat.calls == ["one"]
    await clock.move(2.0)
    assert chat.calls == ["one", "one"]


async def test_trying_ends(updates: CardUpdates, chat: Chat, clock: Clock) -> None:
    chat.script += [AWAY] * 20
    updates.put(CARD, text("one"))
    for _ in range(20):
        await clock.move(60.0)
    assert len(chat.calls) == len(PAUSES)
    assert not updates.running
    chat.script.clear()
    updates.put(CARD, text("two"))
    await settle()
    assert chat.shown == {"card-1": "two"}


async def test_a_newer_state_does_not_wait_for_an_older_ones_pause(
    updates: CardUpdates, chat: Chat
) -> None:
    chat.script.append(AWAY)
    updates.put(CARD, text("one"))
    await settle()
    updates.put(CARD, text("two"))
    await settle()
    assert chat.calls == ["one", "two"]
    assert chat.shown == {"card-1": "two"}


@pytest.mark.parametrize("error", [CUT, FAULT])
async def test_a_call_that_is_carried_out_late_is_put_right(
    updates: CardUpdates, chat: Chat, clock: Clock, error: ConnectorError
) -> None:
    chat.script.append(error)
    updates.put(CARD, text("one"))
    await settle()
    updates.put(CARD, text("two"))
    await settle()
    assert chat.shown == {"card-1": "two"}
    chat.shown["card-1"] = "one"  # The connector comes to it only now.
    await clock.move(SETTLE_PAUSE + 1)
    assert chat.shown == {"card-1": "two"}
    assert not updates.running


async def test_a_state_is_made_when_it_is_put(
    updates: CardUpdates, chat: Chat, clock: Clock
) -> None:
    stands = "before"

    async def make() -> Activity | None:
        return Activity(type="message", text=stands) if stands else None

    chat.script.append(AWAY)
    updates.put(CARD, make)
    await settle()
    stands = "after"
    await clock.move(3.0)
    assert chat.shown == {"card-1": "after"}
    stands = ""
    updates.put(CARD, make)
    await settle()
    assert chat.shown == {"card-1": "after"}, "the card shows something else by now"


async def test_without_the_database_it_is_tried_again(
    updates: CardUpdates, chat: Chat, clock: Clock
) -> None:
    away = True

    async def make() -> Activity:
        if away:
            raise OperationalError("SELECT 1", None, OSError("away"))
        return Activity(type="message", text="one")

    updates.put(CARD, make)
    await settle()
    away = False
    await clock.move(3.0)
    assert chat.shown == {"card-1": "one"}


async def test_an_error_of_ours_ends_one_card_alone(updates: CardUpdates, chat: Chat) -> None:
    async def make() -> Activity:
        raise ValueError

    updates.put(CARD, make)
    updates.put(OTHER, text("one"))
    await settle()
    assert chat.shown == {"card-2": "one"}
    assert not updates.running
    assert not updates._cards


@pytest.mark.parametrize("error", [CUT, AWAY])
async def test_a_form_is_not_replaced_late(
    updates: CardUpdates, chat: Chat, clock: Clock, error: ConnectorError
) -> None:
    chat.script.append(error)
    updates.put(CARD, text("form"), is_form=True)
    for _ in range(10):
        await clock.move(30.0)
    assert chat.calls == ["form"], "somebody may be typing by now"
    chat.gate.clear()
    updates.put(CARD, text("progress"))
    await settle()
    updates.put(CARD, text("form"), is_form=True)
    await clock.move(FORM_AGE + 1)
    chat.gate.set()
    await settle()
    assert chat.calls == ["form", "progress"]


async def test_a_form_is_followed_by_what_comes_after_it(
    updates: CardUpdates, chat: Chat, clock: Clock
) -> None:
    chat.script.append(CUT)
    updates.put(CARD, text("form"), is_form=True)
    await settle()
    updates.put(CARD, text("report"))
    await settle()
    chat.shown["card-1"] = "form"
    await clock.move(SETTLE_PAUSE + 1)
    assert chat.shown == {"card-1": "report"}


@pytest.mark.parametrize("error", [GONE, NOT_HERE])
async def test_where_a_card_cannot_be_changed_something_else_is_done(
    updates: CardUpdates, chat: Chat, error: ConnectorError
) -> None:
    done: list[str] = []

    async def otherwise() -> None:
        done.append("a new message")

    chat.script.append(error)
    updates.put(CARD, text("one"), otherwise=otherwise)
    await settle()
    assert done == ["a new message"]
    assert chat.calls == ["one"]


async def test_no_second_card_comes_where_the_first_may_be_there(
    updates: CardUpdates, chat: Chat, clock: Clock
) -> None:
    async def otherwise() -> None:
        raise AssertionError

    chat.script += [CUT] * len(PAUSES)
    updates.put(CARD, text("one"), otherwise=otherwise)
    for _ in range(4):
        await clock.move(60.0)
    assert len(chat.calls) >= len(PAUSES)


async def test_at_shutdown_calls_end_and_others_do_not_begin(
    updates: CardUpdates, chat: Chat
) -> None:
    chat.gate.clear()
    updates.put(CARD, text("one"))
    await settle()
    updates.put(CARD, text("two"))
    closing = asyncio.create_task(updates.close())
    await settle()
    assert not closing.done()
    chat.gate.set()
    await closing
    assert chat.shown == {"card-1": "one"}
    updates.put(OTHER, text("three"))
    await settle()
    assert chat.calls == ["one"]


async def test_a_shutdown_does_not_wait_for_ever(
    updates: CardUpdates, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_updates, "CLOSE_TIMEOUT", 0.05)
    chat.gate.clear()
    chat.script.append(AWAY)
    updates.put(CARD, text("one"))
    updates.put(OTHER, text("two"))
    await settle()
    await updates.close()
    assert not updates.running
    assert chat.shown == {}


async def test_what_is_under_way_is_bounded(
    updates: CardUpdates, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_updates, "MOST_TASKS", 2)
    chat.gate.clear()
    for number in range(5):
        updates.put(CardPlace(CARD.service_url, CARD.conversation, f"card-{number}"), text("one"))
    await settle()
    assert len(updates.running) == 2
    chat.gate.set()
    await settle()
    assert chat.shown == {"card-0": "one", "card-1": "one"}
