"""Compares what stands in the fake connector with what the bot says of it.

It judges when all is at rest. For one announcement in one place it knows what the test asked for
(`Asked`), what the database says (`Told`), and what the connector holds; `verdict` names whatever
does not fit. What may excuse a missing or an unknown copy is only what was really done to that very
place: the faults that the connector gave, and the kills of a server that had it in hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field

from .connector import Copy, Deed

MOST_COPIES = 2


@dataclass
class Asked:
    """What was asked for an announcement."""

    name: str
    """What all of its texts hold, and no other's."""
    places: frozenset[str]
    """Who followed when it was sent."""
    texts: list[str]
    """Its titles, one after the other."""
    recalled: bool = False
    stopped: bool = False


@dataclass(frozen=True)
class Told:
    """What the database says of an announcement in a place."""

    state: str
    doubts: int = 0
    remote_id: str | None = None
    error: str | None = None

    @property
    def uncertain(self) -> bool:
        """Whether a copy may stand that nothing reaches."""
        lost = self.remote_id is not None and self.state in ("failed", "gone", "uncertain")
        return self.doubts > 0 or lost


@dataclass
class Excuses:
    """What was really done to an announcement in a place."""

    deeds: list[Deed] = field(default_factory=list)
    """All requests that concerned it, with their faults."""
    interrupted: bool = False
    """Whether a server was killed that had it in hand."""

    def failed(self, *methods: str) -> bool:
        """Whether a fault was given to a request of these methods."""
        return any(deed.fault for deed in self.deeds if deed.method in methods)

    @property
    def doubtful(self) -> bool:
        """Whether anything happened after which a copy may stand that nobody knows of."""
        posts = [deed for deed in self.deeds if deed.method == "POST"]
        return self.interrupted or any(deed.fault and deed.fault.doubtful for deed in posts)


def excuses(
    asked: Asked, place: str, deeds: Iterable[Deed], interrupted: Set[tuple[str, str]]
) -> Excuses:
    """What was done to an announcement in a place.

    A deletion has no text: it concerns the announcement whose copy it names, or any.
    """
    concerned = [
        deed
        for deed in deeds
        if deed.place == place
        and (asked.name in deed.text if deed.method != "DELETE" else _may_be_of(asked, deed))
    ]
    return Excuses(concerned, (asked.name, place) in interrupted)


def _may_be_of(asked: Asked, deed: Deed) -> bool:
    return deed.about is None or asked.name in deed.about.text


def verdict(
    asked: Asked, place: str, told: Told | None, copies: Iterable[Copy], done: Excuses
) -> Iterator[str]:
    """What is wrong with one announcement in one place; nothing where all is as it should be.

    `copies` are all that were ever carried out there of this announcement.
    """
    copies = list(copies)
    if told is None:
        yield "no row tells of it"
        return
    standing = [copy for copy in copies if not copy.deleted]
    known = [copy for copy in standing if told.remote_id and copy.id == told.remote_id]
    unknown = [copy for copy in standing if copy not in known]
    if told.state in ("pending", "sending", "held"):
        yield f"it still waits, although nothing is wrong any more: {told.state}"
        return
    if len(copies) > MOST_COPIES:
        yield f"{len(copies)} copies were made"
    if len(unknown) > max(told.doubts, told.remote_id == ""):
        yield f"{len(unknown)} copies stand that are not told of: doubts = {told.doubts}"
    if told.uncertain and not done.doubtful and not done.failed("PUT", "DELETE"):
        yield "it is called uncertain, although nothing happened to it"
    if asked.recalled:
        yield from _after_recall(told, standing)
        return
    if told.state == "delivered":
        if told.remote_id and not known:
            yield f"it is called delivered, but {told.remote_id} does not stand"
        if told.remote_id == "" and not standing and not done.doubtful:
            yield "it is called delivered, but nothing stands"
        if told.remote_id is None:
            yield "it is called delivered without an id"
    elif not asked.stopped:
        if told.state not in ("failed", "gone", "uncertain"):
            yield f"it has not arrived: {told.state}"
        elif not done.failed("POST", "PUT") and not done.interrupted:
            yield f"it has not arrived for a reason that nobody gave: {told.state} {told.error}"
        elif not told.error:
            yield f"it has not arrived without a reason: {told.state}"
    if told.state == "stopped" and standing:
        yield "it is called stopped, but a copy stands"
    for copy in known:
        title = copy.text.partition("\n")[0]
        if title not in asked.texts:
            yield f"it says what was never asked for: {title!r}"
        elif told.state == "delivered" and title != asked.texts[-1] and not asked.stopped:
            yield f"its known copy says {title!r} instead of {asked.texts[-1]!r}"


def _after_recall(told: Told, standing: list[Copy]) -> Iterator[str]:
    if standing and not told.uncertain:
        yield f"{len(standing)} copies stand after the recall, and it is called {told.state}"
    if told.state == "delivered":
        yield "it is called delivered after a recall"


def counted(rows: Iterable[Told]) -> Mapping[str, int]:
    """The counts that a report of these rows must tell."""
    told = list(rows)
    states = [one.state for one in told]
    return {
        "delivered": states.count("delivered"),
        "gone": states.count("gone"),
        "failed": states.count("failed"),
        "pending": sum(states.count(one) for one in ("pending", "sending", "held")),
        "uncertain": sum(one.uncertain for one in told),
    }
