"""Which connection ends when there are too many, and which has taken too long."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.front_door.connections import (
    MOST,
    Connection,
    Connections,
    Limits,
    Reason,
    State,
    most_connections,
)
from bot.channels.front_door.listener import at_once
from bot.channels.front_door.protocol import client_of


class Door:
    """Connections by a name each, and which of them were ended."""

    def __init__(self, most: int = 3) -> None:
        self.connections = Connections(Limits(most=most))
        self.ended: list[tuple[str, Reason]] = []
        self.open: dict[str, Connection] = {}

    def come(self, name: str, now: float, client: str | None = None) -> None:
        connection = Connection(lambda reason: self.ended.append((name, reason)), client, now)
        self.open[name] = connection
        self.connections.add(connection)

    def put(self, name: str, state: State, now: float, queued: bool = False) -> None:
        self.connections.put(self.open[name], state, now, queued=queued)

    def unread(self, name: str, now: float, unread: bool = True) -> None:
        self.connections.leave_unread(self.open[name], unread, now)

    def hold(self, name: str, how: str, now: float) -> None:
        self.put(name, State.ANSWERING, now, how == "queued")
        if how == "unread":
            self.unread(name, now)

    @property
    def gone(self) -> list[str]:
        return [name for name, reason in self.ended if reason is Reason.NO_ROOM]


def test_the_oldest_unfinished_one_goes_and_never_the_new_one() -> None:
    door = Door()
    for number in range(6):
        door.come(str(number), float(number))
    assert door.gone == ["0", "1", "2"]
    assert len(door.connections) == 3


def test_one_that_is_answered_stays_while_another_can_go() -> None:
    door = Door()
    door.come("answered", 0.0)
    door.put("answered", State.ANSWERING, 0.1)
    for number in range(20):
        door.come(str(number), 1.0 + number)
    assert "answered" not in door.gone
    assert len(door.gone) == 18


def test_where_all_are_answered_the_oldest_goes() -> None:
    door = Door()
    for name in "abcd":
        door.come(name, 0.0)
        door.put(name, State.ANSWERING, 0.0)
    assert door.gone == ["a"]


def test_what_was_answered_and_goes_on_sending_goes_first() -> None:
    door = Door()
    for name in "abc":
        door.come(name, 0.0)
    door.put("c", State.OVER, 5.0)
    door.come("d", 6.0)
    assert door.gone == ["c"]


def test_an_answer_or_a_further_request_makes_a_connection_young() -> None:
    door = Door()
    for name in "abc":
        door.come(name, 0.0)
    door.put("a", State.ANSWERING, 1.0)
    door.put("a", State.IDLE, 1.1)
    door.put("b", State.BODY, 2.0)
    for name in "def":
        door.come(name, 3.0)
    assert door.gone == ["c", "a", "b"]


def test_one_that_has_ended_is_heard_of_no_more() -> None:
    door = Door(most=1)
    door.come("a", 0.0)
    door.come("b", 0.0)
    door.put("a", State.ANSWERING, 1.0)
    door.connections.discard(door.open["a"])
    door.come("c", 2.0)
    assert door.gone == ["a", "b"]
    assert len(door.connections) == 1


def test_a_client_makes_room_among_its_own() -> None:
    door = Door(most=8)  # So two a client.
    door.come("other", 0.0, "8.8.8.8")
    for name in "abcd":
        door.come(name, 1.0, "9.9.9.9")
    assert door.gone == ["a", "b"]


def test_who_shares_a_proxy_shares_no_limit() -> None:
    door = Door(most=8)
    for number in range(8):
        door.come(str(number), 0.0)
    assert not door.gone


def test_what_a_client_is_answered_does_not_go_for_its_own_next_one() -> None:
    door = Door(most=8)
    for name in "abcd":
        door.come(name, 1.0, "9.9.9.9")
        door.put(name, State.ANSWERING, 1.0)
    assert not door.gone
    door.come("e", 2.0, "9.9.9.9")
    assert door.gone == ["a"]  # More than half of all places are for others.


@pytest.mark.parametrize("how", ["unread", "queued"])
@pytest.mark.parametrize("client", [None, "9.9.9.9"])
def test_held_places_go_before_whoever_comes(how: str, client: str | None) -> None:
    door = Door(most=4)
    for name in "abcd":
        door.come(name, 0.0, client if name == "a" else None)
        door.hold(name, how, 1.0)
    for number in range(4):
        door.come(f"new {number}", 2.0)
        assert door.gone == list("abcd")[: number + 1]
    door.come("one more", 3.0)
    assert door.gone[4:] == ["new 0"]


@pytest.mark.parametrize("how", ["unread", "queued"])
def test_what_a_client_holds_counts_among_its_own(how: str) -> None:
    door = Door(most=8)  # So two a client.
    for name in "abcd":
        door.come(name, 0.0, "9.9.9.9")
        door.hold(name, how, 0.0)
    assert door.gone == ["a", "b"]


@pytest.mark.parametrize("client", [None, "9.9.9.9"])
def test_answers_that_nobody_waits_for_take_up_half_of_the_places(client: str | None) -> None:
    door = Door(most=16 if client else 4)
    for name in "abcd":
        door.come(name, 0.0, client)
        door.put(name, State.ANSWERING, 0.0)
    for number in range(4):
        door.come(str(number), 15.1, client)
    assert door.gone == ["a", "b", "0", "1"]


def test_what_is_really_being_worked_on_goes_last() -> None:
    door = Door(most=3)
    door.come("answered", 0.0)
    door.put("answered", State.ANSWERING, 0.0)
    door.come("held", 0.0)
    door.hold("held", "queued", 0.0)
    for number in range(4):
        door.come(str(number), 14.0)
    assert door.gone == ["held", "0", "1"]


def test_by_reading_a_little_none_becomes_younger() -> None:
    door = Door()
    for name in "ab":
        door.come(name, 0.0)
        door.hold(name, "queued", 0.0)
    for second in range(1, 60):
        door.unread("a", float(second), bool(second % 2))
        door.put("a", State.ANSWERING, float(second), True)
    door.come("c", 59.0)
    door.come("d", 59.0)
    assert door.gone == ["a"]
    door.unread("b", 59.0, False)
    door.connections.end_overdue(60.1)
    assert door.ended[1:] == [("b", Reason.UNREAD)]


def test_who_has_read_all_has_time_again() -> None:
    door = Door()
    door.come("a", 0.0)
    door.hold("a", "unread", 0.0)
    door.unread("a", 50.0, False)
    door.unread("a", 55.0)
    door.connections.end_overdue(100.0)
    assert not door.ended


@pytest.mark.parametrize(
    ("state", "seconds", "reason"),
    [
        (State.HEAD, 20.0, Reason.SLOW_HEAD),
        (State.BODY, 30.0, Reason.SLOW_BODY),
        (State.IDLE, 75.0, Reason.IDLE),
        (State.OVER, 60.0, Reason.UNREAD),
    ],
)
def test_each_state_has_its_time(state: State, seconds: float, reason: Reason) -> None:
    door = Door()
    door.come("a", 0.0)
    door.put("a", state, 10.0)
    door.connections.end_overdue(10.0 + seconds)
    assert not door.ended
    door.connections.end_overdue(10.1 + seconds)
    assert door.ended == [("a", reason)]
    assert len(door.connections) == 0


def test_an_answer_takes_as_long_as_it_needs_but_must_be_read() -> None:
    door = Door()
    door.come("a", 0.0)
    door.put("a", State.ANSWERING, 0.0)
    door.connections.end_overdue(10_000.0)
    assert not door.ended
    door.unread("a", 10_000.0)
    door.connections.end_overdue(10_060.1)
    assert door.ended == [("a", Reason.UNREAD)]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 9),
            st.sampled_from([*State, None]),
            st.sampled_from([None, "9.9.9.9", "8.8.8.8"]),
            st.booleans(),
            st.booleans(),
        ),
        max_size=80,
    ),
    st.integers(1, 6),
)
def test_whatever_happens_there_are_not_too_many(
    steps: list[tuple[int, State | None, str | None, bool, bool]], most: int
) -> None:
    """None opens a connection (closing the one of that number), a state goes into that state."""
    connections = Connections(Limits(most=most))
    opened: dict[int, Connection] = {}

    def ending(number: int) -> Callable[[Reason], None]:
        return lambda _: opened.__delitem__(number)

    for now, (number, state, client, queued, unread) in enumerate(steps):
        if state is not None and number in opened:
            connections.put(opened[number], state, float(now), queued=queued)
            connections.leave_unread(opened[number], unread, float(now))
        elif state is None:
            if number in opened:
                connections.discard(opened.pop(number))
            made = Connection(ending(number), client, float(now))
            opened[number] = made
            connections.add(made)
            assert opened[number] is made
        assert len(connections) == len(opened) <= most
    connections.end_overdue(1e9)
    assert {(each.state, each.queued, each.unread) for each in opened.values()} <= {
        (State.ANSWERING, False, False)
    }
    assert len(connections) == len(opened)


@pytest.mark.parametrize("files", [16, 200, 256, 1_024, 20_000, None])
def test_files_are_left_for_others_even_while_connections_come(files: int | None) -> None:
    most, burst = most_connections(files), at_once(files)
    assert 1 <= most <= MOST
    if files is not None:
        assert most + 4 * burst <= 0.8 * files


@pytest.mark.parametrize(
    ("peer", "client"),
    [
        (("8.8.8.8", 1), "8.8.8.8"),
        (("::ffff:8.8.8.8", 1, 0, 0), "8.8.8.8"),
        (("2a00:1450:4026:1::2", 1, 0, 0), "2a00:1450:4026:1::/64"),
        (("127.0.0.1", 1), None),
        (("10.1.2.3", 1), None),
        (("100.64.0.1", 1), None),
        (("::1", 1, 0, 0), None),
        (("::ffff:172.17.0.1", 1, 0, 0), None),
        (("fd00::1", 1, 0, 0), None),
        ("", None),
        (None, None),
    ],
)
def test_a_client_is_known_only_where_no_proxy_can_be(peer: object, client: str | None) -> None:
    assert client_of(peer) == client
