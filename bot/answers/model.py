"""An answer as every channel gets it: blocks of text, actions and suggestions."""

from __future__ import annotations

from dataclasses import dataclass

from bot.knowledge.values import Language
from bot.understanding.model import NOTHING_SHOWN, Shown

SCHEMES = ("https:", "tel:", "mailto:")
"""What a link may lead to."""

TITLE_LIMIT = 40
"""The longest label of a suggestion's button, in characters, so that phones show it whole."""

MAX_SUGGESTIONS = 3
MAX_ACTIONS = 4


@dataclass(frozen=True)
class Text:
    """A piece of text within a line."""

    text: str
    bold: bool = False


@dataclass(frozen=True)
class LinkSpan:
    """A link within a line; the address begins with https:, tel: or mailto:."""

    text: str
    url: str

    def __post_init__(self) -> None:
        if not self.url.startswith(SCHEMES):
            raise ValueError(f"`{self.url}` is no address for a link: {', '.join(SCHEMES)}")


Span = Text | LinkSpan
Line = tuple[Span, ...]


@dataclass(frozen=True)
class Heading:
    """A heading of one line."""

    text: str


@dataclass(frozen=True)
class Paragraph:
    """Lines that belong together."""

    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: tuple[Line, ...]


Block = Heading | Paragraph | Bullets


@dataclass(frozen=True)
class Action:
    """A button that opens a link."""

    title: str
    url: str
    reports: bool = False
    """Whether it reports wrong information: it is always there, and the last."""


@dataclass(frozen=True)
class Suggestion:
    """A button that asks something; `text` is sent as if it had been typed."""

    title: str
    text: str
    intent: str
    networks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What the bot says to one message."""

    language: Language
    intents: tuple[str, ...]
    blocks: tuple[Block, ...]
    actions: tuple[Action, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    shown: Shown = NOTHING_SHOWN
    """What it tells of, so that the next message may be about that."""
    private: bool = False
    """Nothing of the question or the answer may be recorded anywhere."""
