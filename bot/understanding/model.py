"""What a message was understood to mean."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Literal, NamedTuple

from bot.i18n import Message
from bot.knowledge.library import FALLBACK
from bot.knowledge.models import DistressKind, MeetingKind
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
    an answer is to be about. All are in the order in which they were named.
    """

    networks: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    municipalities: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    period: Period | None = None
    meetings: tuple[str, ...] = ()
    """Occurrences of meetings, as `key@2026-12-10`."""
    kinds: tuple[MeetingKind, ...] = ()
    """Kinds of meetings, where only these are asked for."""
    aliases: tuple[str, ...] = ()
    """Names of their own by which networks are named, as content has them: `Varavoimaa`."""
    questions: tuple[str, ...] = ()
    """Of the intent `question`: the question of content/questions that is asked."""

    @property
    def place(self) -> bool:
        """Whether a network, region or municipality was named."""
        return bool(self.networks or self.regions or self.municipalities)

    def only_places(self) -> Entities:
        """The same without persons, meetings and period."""
        return replace(
            self, persons=(), meetings=(), period=None, kinds=(), aliases=(), questions=()
        )


@dataclass(frozen=True)
class Shown:
    """What an answer has shown, by keys, each in the order in which it stood there."""

    persons: tuple[str, ...] = ()
    meetings: tuple[str, ...] = ()
    """Occurrences, as `key@2026-12-10`."""
    networks: tuple[str, ...] = ()


NOTHING_SHOWN = Shown()

LAST_MEETING = "meeting_last"
"""The detail that tells of the last meeting that is over, and so shows that one."""

DENIED = "denied"
"""The topic of `fallback` when a message only says what is not wanted."""

MISUNDERSTOOD = "misunderstood"
"""The topic of `fallback` when the last answer was not what was asked; the guesses are others."""

UNANSWERED = "unanswered"
"""The topic of `fallback` for the one of two questions that is not understood."""

SMALL_TALK = "smalltalk"
"""The intent of a message that is small talk alone; no file in intents/ has it."""

QUESTION = "question"
"""The intent of a question of content/questions; no file in intents/ has it."""

UNKNOWN_PERSON = "stranger"
"""The topic of `fallback` when a person is asked for who is none of the contact persons."""

DOUBTFUL_PLACE = "place"
"""The topic of `fallback` when a place may be meant; the guesses are about it."""


Tier = Literal["sure", "maybe"]
"""How sure it is that a message tells of distress."""


class Wish(Enum):
    """What a message says of an act that its intent stands for; see `acts`."""

    NONE = "none"
    """Nothing: the intent does nothing, or nobody asked for it."""
    CLEAR = "clear"
    GUESSED = "guessed"
    """It may be meant."""
    ALONE = "alone"
    """A verb of it stands alone (`forget it`, `stop`)."""
    QUESTION = "question"
    """It asks about the act (`how do I stop following`)."""
    DENIED = "denied"
    """It says that it must not be done (`don't forget me`)."""
    CONFIRMED = "confirmed"
    """It says yes to what the bot asked."""
    DECLINED = "declined"
    """It says no to that."""


class Manner(Enum):
    """How a question goes on from what was said before."""

    PLAIN = "plain"
    """Not at all, or not so that it is answered in another way."""
    TOLD = "told"
    """Nothing is asked: a place or a role is told in passing."""
    MORE = "more"
    """All of what the last answer had only a part of."""
    SHORTER = "shorter"
    """The last answer in short."""
    SAME = "same"
    """Whether the persons are one and the same."""
    LAST = "last"
    """A detail of the last meeting that is over: `what was said last time`."""
    GONE = "gone"
    """Somebody is said to be no longer there."""
    END = "end"
    """Of the meetings there is none after, or before, those that were shown."""


@dataclass(frozen=True)
class DistressFound:
    """What was heard in a message."""

    tier: Tier
    """`sure`: the notice is the answer. `maybe`: the answer gets one more line."""
    kind: DistressKind | None
    """None where it was learned from examples, as the language is."""
    language: Language | None
    words: str
    """The words of the message that gave the sign, or that speak most for distress."""
    text: str = ""
    """The sign as it stands there; empty where there is none."""
    lowered_by: str = ""
    """The word of art, study or work for which it counts for less."""
    stands_under: Tier | None = None
    """The tier of the sign in its file; what was learned may have raised or lowered it."""


@dataclass(frozen=True)
class OtherFound:
    """Another language that a message seems to be in."""

    code: str
    """Its code of two letters; `other_languages.SOME_OTHER` where only the script is known."""
    sure: bool
    """Whether it is, also where the message could be understood; else only where it is not."""
    by: tuple[str, ...]
    """The words or the script that tell, for `explain`."""


@dataclass(frozen=True)
class Request:
    """One thing that is asked: an intent, and what it is asked about."""

    intent: str
    entities: Entities = Entities()
    topic: str = ""
    """Of `fallback`: what the question is about, if that is sure (`distress`). Elsewhere the detail
    that is asked, a key of `Knowledge.details`. Else empty."""
    wish: Wish = Wish.NONE
    everything: bool = False
    """Whether an act is about all networks."""
    yes_no: bool = False
    """Whether it is asked so that the answer begins with yes or no."""
    manner: Manner = Manner.PLAIN
    without: tuple[str, ...] = ()
    """The persons who were said to be gone or not to answer, so that they are not offered again."""


class Found(NamedTuple):
    """What a message was found to ask, before the language and the evidence are added."""

    requests: tuple[Request, ...]
    confidence: float
    guesses: tuple[Request, ...] = ()


@dataclass(frozen=True)
class IntentMatch:
    """How well a message fits a label, for `explain`; all scores are 0 to 1."""

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
    how: Message
    """`exact`, `without dots`, or `typo: the form that was meant`."""


@dataclass(frozen=True)
class Interpretation:
    """How a message or one of its clauses was classified, for `explain`."""

    words: tuple[str, ...]
    label: str
    """The best label that is answered."""
    confidence: float
    linear: str
    """The best label of the linear model alone, refused labels included."""
    alignment: str
    """The best label of the alignment alone."""
    counts: bool = True
    """Whether it may decide: a statement does not where another clause asks."""


class Move(NamedTuple):
    """What a message in the middle of a talk most likely is, and how likely."""

    key: str
    """A move, such as `shorter`, or a detail."""
    probability: float
    among_moves: float = 0.0
    """How likely it is if the message is any move at all."""
    not_ours: float = 0.0
    """The probability that the message asks nothing of ours."""


@dataclass(frozen=True)
class Evidence:
    """Why a message was understood so, for `explain`."""

    tokens: tuple[str, ...] = ()
    language_reason: Message | None = None
    """Why the message was taken to be in its language."""
    mentions: tuple[Mention, ...] = ()
    matches: tuple[IntentMatch, ...] = ()
    unknown_words: tuple[str, ...] = ()
    interpretations: tuple[Interpretation, ...] = ()
    """The whole message, then its clauses where it has several."""
    threshold: float = 0.0
    """The lowest confidence with which a question is answered."""
    other: OtherFound | None = None
    """The other language in which the message seems to be."""
    denied: tuple[str, ...] = ()
    """The parts of the message that are denied and so not answered."""
    asserted: str = ""
    """Where parts are denied: what is left."""
    by_names: bool = False
    """Whether the message is only names, so that the phrases did not decide."""
    move: Move | None = None
    """The move of the talk that the message was read as."""
    rules: tuple[Message, ...] = ()
    """What of the message kept it from being answered, whatever the phrases say."""
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
    distress: DistressFound | None = None
    """The sign of distress in the message; where it is sure, it alone is answered."""
    home: Entities | None = None
    """The place that the member tells to live or work in."""

    @property
    def intent(self) -> str:
        """The first request's intent."""
        return self.requests[0].intent

    @property
    def refused(self) -> bool:
        """Whether nothing was understood."""
        return self.intent == FALLBACK
