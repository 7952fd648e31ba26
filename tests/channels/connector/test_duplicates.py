"""What is remembered of activities, and for how long."""

from __future__ import annotations

from bot.channels.connector import duplicates
from bot.channels.connector.duplicates import REMEMBERED_FOR, SeenActivities

from .fakes import FakeTime


def test_a_key_is_new_once() -> None:
    seen = SeenActivities(clock=FakeTime())
    assert [seen.first_time(key) for key in (1, 2, 1, 2, 3)] == [True, True, False, False, True]


def test_a_key_is_forgotten_in_the_end() -> None:
    clock = FakeTime()
    seen = SeenActivities(clock=clock)
    assert seen.first_time(1)
    clock.advance(REMEMBERED_FOR - 1)
    assert not seen.first_time(1)
    clock.advance(1)
    assert seen.first_time(1)


def test_memory_is_bounded() -> None:
    seen = SeenActivities(clock=FakeTime())
    for key in range(duplicates.MAX_REMEMBERED * 2):
        seen.first_time(key)
    assert len(seen) == duplicates.MAX_REMEMBERED
    assert not seen.first_time(duplicates.MAX_REMEMBERED * 2 - 1)
    assert seen.first_time(0)
