"""The limits as pure functions: whatever is wanted when, no span of time holds too much."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.store.limits import (
    CONVERSATION_BURST,
    CONVERSATION_INTERVAL,
    conversation_slot,
    stored_conversation,
    stored_tenant,
)

GAPS = st.lists(
    st.one_of(st.just(0.0), st.floats(0, 0.6), st.floats(0, 40)), min_size=1, max_size=200
)

TEAMS = ((1.0, 7), (2.0, 8), (30.0, 60))
"""Seconds and posts that Teams lets into one conversation."""


def slots(gaps: list[float]) -> list[float]:
    """When posts go that are wanted at these distances."""
    wanted, next_post, found = 1_800_000_000.0, 0.0, []
    for gap in gaps:
        wanted += gap
        next_post = stored_conversation(next_post, wanted, 0.5)
        slot, next_post = conversation_slot(next_post, wanted)
        assert slot >= wanted
        found.append(slot)
        # The next is asked for when the one before has gone, as a delivery that waits is due then.
        wanted = slot
    return found


@given(GAPS)
def test_a_conversation_never_gets_more_than_teams_lets_in(gaps: list[float]) -> None:
    found = slots(gaps)
    for seconds, most in TEAMS:
        for first, at in enumerate(found):
            within = [other for other in found[first:] if other <= at + seconds]
            assert len(within) <= most


@given(st.integers(6, 60))
def test_a_busy_conversation_gets_all_that_it_may(count: int) -> None:
    found = slots([0.0] * count)
    assert found[CONVERSATION_BURST - 1] == found[0]
    expected = (count - CONVERSATION_BURST) * CONVERSATION_INTERVAL
    assert abs(found[-1] - found[0] - expected) < 1e-3


@given(st.floats(1, 3e9), st.floats(0, 3e9))
def test_a_clock_that_was_set_back_holds_nothing_up_for_long(stored: float, now: float) -> None:
    longest = CONVERSATION_BURST * CONVERSATION_INTERVAL + 2
    assert conversation_slot(stored_conversation(stored, now, 0.5), now)[0] <= now + longest
    assert stored_tenant(stored, now, 30, 0.5) <= now + 2
