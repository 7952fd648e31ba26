"""One conversation may make the bot work only so often."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from bot.channels.connector.turn_limit import limit_turns


class _Turn:
    def __init__(self, conversation: str, kind: str = "message", locale: object = "sv-FI") -> None:
        self.activity = SimpleNamespace(
            type=kind,
            channel_id="msteams",
            conversation=SimpleNamespace(id=conversation),
            locale=locale,
        )
        self.sent: list[str] = []

    async def send_activity(self, text: str) -> None:
        self.sent.append(text)


class _Bot:
    def __init__(self) -> None:
        self.turns: list[Any] = []
        self.now = 0.0
        self.on_turn = limit_turns(self._turn, burst=3, interval=2.0, monotonic=lambda: self.now)

    async def _turn(self, context: Any) -> None:
        self.turns.append(context)

    async def hear(self, *turns: _Turn) -> None:
        for turn in turns:
            await self.on_turn(turn)


async def test_a_storm_is_answered_once_and_then_ignored() -> None:
    bot = _Bot()
    storm = [_Turn("a") for _ in range(6)]
    await bot.hear(*storm)
    assert bot.turns == storm[:3]
    assert storm[3].sent == ["Meddelandena kommer för tätt just nu. Skriv igen om 2 sekunder."]
    assert storm[4].sent == storm[5].sent == []


async def test_others_do_not_suffer_and_the_pace_recovers() -> None:
    bot = _Bot()
    await bot.hear(*[_Turn("a") for _ in range(4)])
    other = _Turn("b")
    await bot.hear(other)
    assert bot.turns[-1] is other
    bot.now = 2.0
    later = _Turn("a")
    await bot.hear(later)
    assert bot.turns[-1] is later


async def test_threads_of_a_channel_share_one_pace() -> None:
    bot = _Bot()
    await bot.hear(*[_Turn(f"19:x@thread.tacv2;messageid={number}") for number in range(5)])
    assert len(bot.turns) == 3


async def test_a_button_too_many_is_left_alone_whatever_its_locale() -> None:
    bot = _Bot()
    storm = [_Turn("a", "invoke", locale=7) for _ in range(5)]
    await bot.hear(*storm)
    assert len(bot.turns) == 3
    assert [turn.sent for turn in storm[3:]] == [[], []]
