"""Which thread an activity was written in, and that nothing more of it is told."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from botbuilder.core import TurnContext

from bot.announcements.reconciling import Thread
from bot.channels.connector.activity_json import read_activity
from bot.channels.teams.threads import also_hear_threads, thread_of

from .conftest import activity, in_channel, in_group

IN_THREAD = Thread("msteams", "19:c@thread.tacv2", "19:c@thread.tacv2;messageid=17", "17")


def channel(id: Any, **changes: Any) -> dict[str, Any]:
    return in_channel(conversation={"id": id, "conversationType": "channel"}, **changes)


@pytest.mark.parametrize(
    "data",
    [
        in_channel(),
        in_channel(type="invoke", name="adaptiveCard/action", replyToId="18"),
        in_channel(type="messageReaction", replyToId="17"),
        channel("19:c@thread.tacv2", replyToId="17"),
    ],
)
def test_the_thread_is_that_of_its_first_post(data: dict[str, Any]) -> None:
    assert thread_of(read_activity(data)) == IN_THREAD


@pytest.mark.parametrize(
    "data",
    [
        activity(replyToId="17"),
        in_group(replyToId="17"),
        in_channel(channelId="emulator"),
        in_channel(type="conversationUpdate"),
        channel("19:c@thread.tacv2"),
        channel("19:c@thread.tacv2;messageid="),
        channel(";messageid=17"),
        channel("19:c;x=1;messageid=17"),
        channel("19:c;messageid=17;messageid=18"),
        channel("19:c", replyToId="1\ud800"),
        channel("19:c", replyToId="x" * 600),
        channel("19:c\0;messageid=17"),
        channel("x" * 600),
    ],
)
def test_elsewhere_there_is_none(data: dict[str, Any]) -> None:
    assert thread_of(read_activity(data)) is None


async def test_a_turn_that_fails_is_heard_of_too() -> None:
    heard: list[Thread] = []

    async def fails(_: TurnContext) -> None:
        assert heard == []
        raise RuntimeError

    context = cast(TurnContext, SimpleNamespace(activity=read_activity(in_channel())))
    with pytest.raises(RuntimeError):
        await also_hear_threads(fails, heard.append)(context)
    assert heard == [IN_THREAD]
