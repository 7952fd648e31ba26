"""What is written of a flood of the same events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog
from structlog.testing import capture_logs

from bot.ops.summed_log import MOST_KINDS, MOST_LINES, SummedLog


class Later:
    """A clock, and what is to be called at which time."""

    def __init__(self) -> None:
        self.now = 100.0
        self.calls: list[tuple[float, Callable[[], None]]] = []

    def __call__(self) -> float:
        return self.now

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        self.calls.append((self.now + seconds, call))

    def advance(self, seconds: float) -> None:
        self.now += seconds
        due = [call for at, call in self.calls if at <= self.now]
        self.calls = [one for one in self.calls if one[0] > self.now]
        for call in due:
            call()


def test_a_flood_is_a_few_lines_a_minute_with_a_count() -> None:
    clock = Later()
    summed = SummedLog("request.refused", clock=clock, later=clock.later)
    with capture_logs() as logs:
        for number in range(6_000):
            summed.warning(status=401, rule=("expired", "unknown key")[number % 2])
            clock.advance(0.02)
        clock.advance(60)
    assert sum(line.get("more", 1) for line in logs) == 6_000
    assert len(logs) <= 3 * (2 + 1)
    assert {line["event"] for line in logs} == {"request.refused"}
    assert set(logs[2]["kinds"]) == {"401 expired", "401 unknown key"}


def test_each_kind_is_written_once_up_to_a_number_of_lines() -> None:
    clock = Later()
    summed = SummedLog("e", clock=clock, later=clock.later)
    with capture_logs() as logs:
        for number in range(1_000):
            summed.warning(rule=f"rule {number}")
        clock.advance(60)
    assert len(logs) == MOST_LINES + 1
    assert logs[-1]["more"] == 1_000 - MOST_LINES
    assert len(logs[-1]["kinds"]) == MOST_KINDS + 1


def test_what_comes_seldom_is_written_at_once_and_never_summed() -> None:
    clock = Later()
    summed = SummedLog("e", clock=clock, later=clock.later)
    with capture_logs() as logs:
        for _ in range(10):
            summed.warning(rule="a")
            clock.advance(61)
    assert [line.get("more") for line in logs] == [None] * 10
    assert clock.calls == []


async def test_the_sum_comes_by_itself_and_belongs_to_no_turn() -> None:
    summed = SummedLog("e", window=0.01)
    seen: list[dict[str, object]] = []

    def keep(_: object, __: str, line: structlog.types.EventDict) -> structlog.types.EventDict:
        seen.append(dict(structlog.contextvars.get_contextvars()))
        return line

    with capture_logs() as logs, structlog.contextvars.bound_contextvars(turn="abc"):
        processors = structlog.get_config()["processors"]
        processors.insert(0, keep)
        try:
            for _ in range(3):
                summed.warning(rule="a")
            async with asyncio.timeout(20):
                while len(logs) < 2:  # noqa: ASYNC110 - a timer of the loop writes it
                    await asyncio.sleep(0.005)
        finally:
            processors.remove(keep)
    assert logs[1]["more"] == 2
    assert seen == [{"turn": "abc"}, {}]


def test_without_a_loop_the_next_line_brings_the_sum() -> None:
    clock = Later()
    summed = SummedLog("e", clock=clock)
    with capture_logs() as logs:
        summed.warning(rule="a")
        summed.warning(rule="a")
        clock.advance(60)
        summed.warning(rule="a")
    assert [line.get("more") for line in logs] == [None, 1, None]
