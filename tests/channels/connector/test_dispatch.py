"""Which room answers which channel."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bot.channels.connector import by_channel


@pytest.mark.parametrize(
    ("channel", "expected"),
    [("facebook", "messenger"), ("msteams", "teams"), ("webchat", "teams"), (None, "teams")],
)
async def test_each_channel_has_its_room(channel: str | None, expected: str) -> None:
    called = []

    async def messenger(_: Any) -> None:
        called.append("messenger")

    async def teams(_: Any) -> None:
        called.append("teams")

    on_turn = by_channel({"facebook": messenger}, otherwise=teams)
    await on_turn(SimpleNamespace(activity=SimpleNamespace(channel_id=channel)))
    assert called == [expected]
