"""What a message was understood to mean."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace

from bot.knowledge.library import FALLBACK
from bot.knowledge.values import Language


@dataclass(frozen=True)
class Period:
    """A span of days, both ends included."""

    start: dt.date
    end: dt.date


@dataclass(frozen=True)
class Entities:
    """The things that a message names, by their keys in content/.

    A municipality brings its region along, and a region its network, so `networks` holds what
    an answer is to be about. All four are in the order in which they were named.
    """

    networks: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    municipalities: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    period: Period | None = None

    @property
    def place(self) -> bool:
        """Whether a network, region or municipality was named."""
        return bool(self.networks or self.regions or self.municipalities)

    def only_places(self) -> Entities:
        """The same without persons and period."""
        return replace(self, persons=(), period=None)


UNKNOWN_PERSON = "stranger"
"""The topic of `fallback` when a person is asked for who is none of the contact persons."""


@dataclass(frozen=True)
class Request:
    """One thing that is asked: an intent, and what it is asked about."""

    intent: str
    entities: Entities = Entities()
    topic: str = ""
    """Of `fallback`: what the question is about, if that is sure (`distress`); else empty."""


@dataclass(frozen=True)
class Match:
    """How well a message fits an intent, for `explain`."""

    label: str
    score: float
    linear: float
    alignment: float
    phrase: str
    """The wording that fits best."""


@dataclass(frozen=True)
class Mention:
    """A name found in the message."""

    kind: str
    key: str
    text: str
    """As it stands in the message."""
    how: str
    """`exact`, `without dots`, or `typo: the form that was meant`."""


@dataclass(frozen=True)
class Reading:
    """What the matchers make of a message or one of its clauses, for `explain`."""

    words: tuple[str, ...]
    label: str
    """The best label that is answered."""
    confidence: float
    linear: str
    """What the linear model by itself takes it for, refused labels included."""
    alignment: str
    """What the alignment by itself takes it for."""
    counts: bool = True
    """Whether it may decide: a clause that only tells of something does not where another asks."""


@dataclass(frozen=True)
class Evidence:
    """Why a message was understood so; made for people to read."""

    tokens: tuple[str, ...] = ()
    language_reason: str = ""
    mentions: tuple[Mention, ...] = ()
    matches: tuple[Match, ...] = ()
    unknown_words: tuple[str, ...] = ()
    readings: tuple[Reading, ...] = ()
    """The whole message, then its clauses where it has several."""
    threshold: float = 0.0
    """From which confidence a reading is answered."""
    by_names: bool = False
    """Whether the names alone decided, without the phrases."""
    line: str = ""
    """The message, or the surest clause of a long one, as a phrase: its names as slots."""


@dataclass(frozen=True)
class Understanding:
    """What a message means: at least one request, `fallback` where the bot is not sure."""

    text: str
    language: Language
    requests: tuple[Request, ...]
    confidence: float
    """The estimated probability that the first request is what was meant, 0 to 1."""
    guesses: tuple[Request, ...] = ()
    """When unsure: what it may have meant, likeliest first, at most three."""
    evidence: Evidence = field(default=Evidence(), compare=False)

    @property
    def intent(self) -> str:
        """The first request's intent."""
        return self.requests[0].intent

    @property
    def refused(self) -> bool:
        """Whether nothing was understood."""
        return self.intent == FALLBACK
