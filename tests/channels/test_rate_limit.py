"""How often somebody may write, and how much of that is kept in mind."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.rate_limit import RateLimit


def test_a_burst_then_one_in_an_interval() -> None:
    limit = RateLimit(burst=3, interval=2.0)
    assert [limit.wait("a", 0.0) for _ in range(4)] == [0, 0, 0, 2.0]
    assert limit.wait("a", 1.5) == 0.5
    assert limit.wait("a", 2.0) == 0
    assert limit.wait("a", 2.0) == 2.0


def test_who_waits_longer_has_a_burst_again() -> None:
    limit = RateLimit(burst=3, interval=2.0)
    for _ in range(3):
        limit.wait("a", 0.0)
    assert [limit.wait("a", 60.0) for _ in range(4)] == [0, 0, 0, 2.0]


def test_being_refused_costs_nothing() -> None:
    limit = RateLimit(burst=1, interval=2.0)
    assert limit.wait("a", 0.0) == 0
    for _ in range(50):
        assert limit.wait("a", 1.0) == 1.0
    assert limit.wait("a", 2.0) == 0


def test_keys_do_not_disturb_each_other() -> None:
    limit = RateLimit(burst=1, interval=2.0)
    assert [limit.wait(key, 0.0) for key in "aba"] == [0, 0, 2.0]


def test_what_is_kept_is_bounded() -> None:
    limit = RateLimit(burst=1, interval=100.0, max_keys=5)
    for number in range(20):
        limit.wait(str(number), 0.0)
    assert len(limit) == 5
    assert limit.wait("19", 0.0) > 0
    assert limit.wait("3", 0.0) == 0


def test_who_is_at_rest_is_forgotten() -> None:
    limit = RateLimit(burst=2, interval=1.0)
    for number in range(20):
        limit.wait(str(number), 0.0)
    limit.wait("new", 5.0)
    assert len(limit) == 1


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 5)), max_size=60),
    st.integers(1, 4),
)
def test_no_key_gets_more_than_its_share(steps: list[tuple[str, float]], burst: int) -> None:
    limit, now, let_in = RateLimit(burst, interval=1.0), 0.0, dict.fromkeys("abc", 0)
    for key, later in steps:
        now += later
        let_in[key] += limit.wait(key, now) == 0
    assert all(count <= burst + now + 1e-6 for count in let_in.values())
