"""Which connections are open, what each is waited for, and which one ends when there are too many.

Nothing here touches a socket: a connection is told to `end`, with the reason.
"""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, IntEnum
from itertools import chain

MOST = 1_000
"""Connections at once where the system lets the bot open many files."""

FOR_CONNECTIONS = 0.5
"""The share of the files that may be open: the rest is for the database, the channels, the log."""

CLIENT_SHARE = 0.25
"""The share of all connections beyond which a client's own one ends for its next one."""

MOST_OF_CLIENT = 0.5
"""The share beyond which even one ends that is being answered."""


class State(Enum):
    """What a connection is waited for."""

    HEAD = "headers"
    """Its first request, or the rest of a request's headers."""
    BODY = "body"
    IDLE = "idle"
    """Another request, or its end."""
    ANSWERING = "answering"
    """Nothing: its request is complete, and is being answered."""
    OVER = "over"
    """Nothing but its end: it was answered before its body was there, or is being closed."""


class Reason(Enum):
    """Why a connection was ended; metrics and the log say it so."""

    SLOW_HEAD = "slow headers"
    SLOW_BODY = "slow body"
    IDLE = "idle"
    UNREAD = "answer not read"
    NO_ROOM = "too many connections"


@dataclass(frozen=True)
class Limits:
    """Seconds that each may take, and how many may be open."""

    most: int = MOST
    head: float = 20.0
    """From a connection's beginning, or from the first byte of a further request."""
    body: float = 30.0
    """From the end of the headers."""
    idle: float = 75.0
    """From the end of an answer to the next request."""
    unread: float = 60.0
    """In which a client must take what was sent to it, and all that it asked for at once; and in
    which an ended one must be gone."""
    patience: float = 15.0
    """From the end of a request to when nobody waits for its answer any more, as Teams does not."""

    @property
    def per_client(self) -> int:
        """Connections of one client beyond which its own oldest unfinished one ends."""
        return max(1, int(self.most * CLIENT_SHARE))


class Connection:
    """One connection, as far as it matters here. `client` is None where it is not known who it is:
    clients that come through a proxy of ours share its address."""

    __slots__ = ("client", "end", "held_since", "queued", "since", "state", "unread")

    def __init__(self, end: Callable[[Reason], None], client: str | None, now: float) -> None:
        self.end = end
        self.client = client
        self.state = State.HEAD
        self.since = now
        self.unread = False
        """Whether its client does not read what it is sent."""
        self.queued = False
        """Whether its client has sent further requests before the answer to one."""
        self.held_since: float | None = None
        """Since when it is one or the other."""


class _Group(IntEnum):
    """In which order connections end when there are too many."""

    OVER = 0
    HELD = 1
    """Answered at the pace of a client who leaves the answers lying, or asks for many at once."""
    UNFINISHED = 2
    ANSWERING = 3


def _group_of(connection: Connection) -> _Group:
    if connection.state is State.OVER:
        return _Group.OVER
    if connection.unread or connection.queued:
        return _Group.HELD
    return _Group.ANSWERING if connection.state is State.ANSWERING else _Group.UNFINISHED


class _Groups:
    """Connections in groups, each in the order in which they came into that group.

    So whoever has been waited for longest comes first, and is found at once however many there are.
    """

    def __init__(self) -> None:
        self._of: dict[_Group, OrderedDict[Connection, None]] = {
            group: OrderedDict() for group in _Group
        }

    def __len__(self) -> int:
        return sum(map(len, self._of.values()))

    def __iter__(self) -> Iterator[Connection]:
        return chain.from_iterable(self._of.values())

    def __contains__(self, connection: Connection) -> bool:
        return connection in self._of[_group_of(connection)]

    def add(self, connection: Connection) -> None:
        self._of[_group_of(connection)][connection] = None

    def remove(self, connection: Connection, group: _Group) -> None:
        self._of[group].pop(connection, None)

    def first(self, asked_before: float) -> Connection | None:
        """Which one ends first.

        One that is being answered only if it asked before, and where such are most of all: else
        they could leave so few places that whoever comes had to go at once for the next one.
        """
        return (
            first_of(self._of[_Group.OVER])
            or first_of(self._of[_Group.HELD])
            or self._given_up(asked_before)
            or first_of(self._of[_Group.UNFINISHED])
        )

    def _given_up(self, asked_before: float) -> Connection | None:
        answering = self._of[_Group.ANSWERING]
        oldest = first_of(answering)
        if oldest and oldest.since < asked_before and len(answering) > len(self) / 2:
            return oldest
        return None

    def last(self) -> Connection | None:
        """The one that has been answered for longest."""
        return first_of(self._of[_Group.ANSWERING])


class Connections:
    """All open connections, and the limits that they keep to."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._all = _Groups()
        self._of_client: dict[str, _Groups] = {}

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Connection]:
        return iter(self._all)

    def add(self, connection: Connection) -> None:
        """Takes a new connection in; where that is too many, another one ends."""
        asked_before = connection.since - self.limits.patience
        own = self._of_client.get(connection.client or "")
        if own is not None and len(own) >= self.limits.per_client:
            too_many = len(own) >= self.limits.most * MOST_OF_CLIENT
            self._end(own.first(asked_before) or (own.last() if too_many else None))
        if len(self) >= self.limits.most:
            self.make_room(connection.since)
        self._put_in(connection)

    def make_room(self, now: float) -> None:
        """Ends one connection, as a rule the one that is over, held or unfinished for longest.

        One that is being answered goes only where there is no other, and then the oldest; or where
        most are, once nobody waits for its answer any more.
        """
        self._end(self._all.first(now - self.limits.patience) or self._all.last())

    def put(
        self, connection: Connection, state: State, now: float, *, queued: bool = False
    ) -> None:
        """Notes what a connection is waited for from now on; one that has ended stays out."""
        if connection in self._all:
            was = _group_of(connection)
            connection.state = state
            connection.since = now
            connection.queued = queued
            self._move(connection, was, now)

    def leave_unread(self, connection: Connection, unread: bool, now: float) -> None:
        """Notes whether a client leaves unread what was sent to it."""
        if connection in self._all:
            was = _group_of(connection)
            connection.unread = unread
            self._move(connection, was, now)

    def discard(self, connection: Connection) -> None:
        """Forgets a connection; without its last one, a client."""
        group = _group_of(connection)
        self._all.remove(connection, group)
        if connection.client is not None and (own := self._of_client.get(connection.client)):
            own.remove(connection, group)
            if not own:
                del self._of_client[connection.client]

    def end_overdue(self, now: float) -> None:
        """Ends every connection that has taken too long."""
        overdue = [(each, reason) for each in self if (reason := self._overdue(each, now))]
        for connection, reason in overdue:
            self._end(connection, reason)

    def _overdue(self, connection: Connection, now: float) -> Reason | None:
        limits, taken = self.limits, now - connection.since
        held = connection.held_since
        if held is not None and now - held > limits.unread:
            return Reason.UNREAD
        match connection.state:
            case State.HEAD if taken > limits.head:
                return Reason.SLOW_HEAD
            case State.BODY if taken > limits.body:
                return Reason.SLOW_BODY
            case State.IDLE if taken > limits.idle:
                return Reason.IDLE
            case State.OVER if taken > limits.unread:
                return Reason.UNREAD
        return None

    def _put_in(self, connection: Connection) -> None:
        self._all.add(connection)
        if connection.client is not None:
            self._of_client.setdefault(connection.client, _Groups()).add(connection)

    def _move(self, connection: Connection, was: _Group, now: float) -> None:
        if not (connection.unread or connection.queued):
            connection.held_since = None
        elif connection.held_since is None:
            connection.held_since = now
        if was is _Group.HELD is _group_of(connection):
            return  # By a little reading, or one answer more, none becomes younger.
        self._all.remove(connection, was)
        if connection.client is not None:
            self._of_client[connection.client].remove(connection, was)
        self._put_in(connection)

    def _end(self, connection: Connection | None, reason: Reason = Reason.NO_ROOM) -> None:
        if connection is not None:
            self.discard(connection)
            connection.end(reason)


def first_of(connections: Iterable[Connection]) -> Connection | None:
    """The first one, if there is any."""
    return next(iter(connections), None)


def open_files() -> int | None:
    """How many files the process may have open; None where the system does not limit them."""
    if sys.platform == "win32":
        return None
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft


def most_connections(files: int | None) -> int:
    """How many connections fit into so many open files."""
    return MOST if files is None else max(1, min(MOST, int(files * FOR_CONNECTIONS)))
