"""Lines that strangers cause are few, and say how many were left out."""

from __future__ import annotations

from typing import Any

from bot.ops.few_lines import FewLines


class Log:
    """What was written, and a clock that is set."""

    def __init__(self) -> None:
        self.now = 0.0
        self.lines: list[dict[str, Any]] = []
        self.few = FewLines(self.write, "x", lines=2, window=60.0, clock=lambda: self.now)

    def write(self, event: str, **fields: Any) -> None:
        assert event == "x"
        self.lines.append(fields)


def test_the_first_ones_are_written_and_the_others_counted() -> None:
    log = Log()
    for number in range(10):
        log.few(number=number)
    assert log.lines == [{"number": 0}, {"number": 1}]
    log.now = 59.0
    log.few.flush()
    assert len(log.lines) == 2
    log.now = 60.0
    log.few.flush()
    log.few.flush()
    assert log.lines[2:] == [{"left_out": 8}]


def test_who_comes_after_a_while_is_written_again() -> None:
    log = Log()
    for number in range(4):
        log.few(number=number)
    log.now = 100.0
    for number in range(4):
        log.few(number=number)
    assert log.lines[2:] == [{"left_out": 2}, {"number": 0}, {"number": 1}]


def test_where_nothing_is_left_out_nothing_is_said() -> None:
    log = Log()
    for _ in range(5):
        log.now += 61.0
        log.few()
        log.few.flush()
    assert log.lines == [{}] * 5


def test_an_endless_flood_is_three_lines_a_window() -> None:
    log = Log()
    for _ in range(6_000):
        log.now += 0.1
        log.few()
    assert len(log.lines) <= 10 * 3 + 2
