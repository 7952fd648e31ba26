"""Which connections are open, what each is waited for, and which one ends when there are too many.

Nothing here touches a socket: a connection is told to `end`, with the reason.
"""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

MOST = 1_000
"""Connections at once where the system lets the bot open many files."""

FOR_CONNECTIONS = 0.5
"""The share of the files that may be open: the rest is for the database, the channels, the log."""

CLIENT_SHARE = 0.25
"""The share of all connections that one client's unfinished ones may be."""


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
    """In which a client must take what was sent to it; and in which an ended one must be gone."""

    @property
    def per_client(self) -> int:
        """Connections of one client beyond which its own oldest unfinished one ends."""
        return max(1, int(self.most * CLIENT_SHARE))


class Connection:
    """One connection, as far as it matters here. `client` is None where it is not known who it is:
    clients that come through a proxy of ours share its address."""

    __slots__ = ("client", "end", "since", "state", "unread_since")

    def __init__(self, end: Callable[[Reason], None], client: str | None, now: float) -> None:
        self.end = end
        self.client = client
        self.state = State.HEAD
        self.since = now
        self.unread_since: float | None = None


class Connections:
    """All open connections, each group of them in the order in which they came into that state.

    So whoever has been waited for longest comes first, and is found at once however many there are.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._over: OrderedDict[Connection, None] = OrderedDict()
        self._unfinished: OrderedDict[Connection, None] = OrderedDict()
        self._answering: OrderedDict[Connection, None] = OrderedDict()
        self._group = {
            State.OVER: self._over,
            State.HEAD: self._unfinished,
            State.BODY: self._unfinished,
            State.IDLE: self._unfinished,
            State.ANSWERING: self._answering,
        }
        self._of_client: dict[str, OrderedDict[Connection, None]] = {}

    def __len__(self) -> int:
        return len(self._over) + len(self._unfinished) + len(self._answering)

    def add(self, connection: Connection) -> None:
        """Takes a new connection in; where that is too many, another one ends."""
        if connection.client is not None:
            own = self._of_client.setdefault(connection.client, OrderedDict())
            if len(own) >= self.limits.per_client:
                self._end(first_of(each for each in own if each.state is not State.ANSWERING))
            # Ending the last one of a client forgets the client.
            self._of_client.setdefault(connection.client, own)[connection] = None
        if len(self) >= self.limits.most:
            self.make_room()
        self._unfinished[connection] = None

    def make_room(self) -> None:
        """Ends one connection: the one that is over, or unfinished, for longest.

        One that is being answered goes only where there is no other, and then the oldest.
        """
        self._end(first_of(self._over) or first_of(self._unfinished) or first_of(self._answering))

    def put(self, connection: Connection, state: State, now: float) -> None:
        """Notes what a connection is waited for from now on; one that has ended stays out."""
        if self._group[connection.state].pop(connection, self) is self:
            return
        connection.state = state
        connection.since = now
        self._group[state][connection] = None
        if connection.client is not None:
            self._of_client[connection.client].move_to_end(connection)

    def discard(self, connection: Connection) -> None:
        """Forgets a connection."""
        self._group[connection.state].pop(connection, None)
        if connection.client is not None and (own := self._of_client.get(connection.client)):
            own.pop(connection, None)
            if not own:
                del self._of_client[connection.client]

    def end_overdue(self, now: float) -> None:
        """Ends every connection that has taken too long."""
        overdue = [
            (each, reason)
            for group in (self._over, self._unfinished, self._answering)
            for each in group
            if (reason := self._overdue(each, now))
        ]
        for connection, reason in overdue:
            self._end(connection, reason)

    def _overdue(self, connection: Connection, now: float) -> Reason | None:
        limits, taken = self.limits, now - connection.since
        unread = connection.unread_since
        if unread is not None and now - unread > limits.unread:
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
