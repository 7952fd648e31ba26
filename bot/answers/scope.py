"""For whom and when an answer is made."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from bot.knowledge.library import Knowledge
from bot.knowledge.values import Language
from bot.understanding.model import Request


@dataclass(frozen=True)
class LastTurn:
    """What was asked, and what the bot answered as plain text."""

    question: str
    answer: str


@dataclass(frozen=True)
class Context:
    """Where a question was asked."""

    now: dt.datetime
    """With a time zone."""
    members: bool = False
    """Whether only members see the answer: links meant for them may be shown."""
    public_url: str | None = None
    """The address at which people reach the bot, for links to its calendars."""
    can_follow: bool = True
    """Whether networks can be followed and announced there; otherwise that is not suggested."""
    last_turn: LastTurn | None = None
    """What was asked and answered before, for a mail draft."""
    calendar_files: bool = False
    """Whether the channel itself hands out the files of meetings that an answer to `calendar`
    shows, as the terminal does."""
    persons_shown: frozenset[str] = frozenset()
    """The persons that the conversation has shown: what is said of all of them is said once."""
    already_shown: tuple[Language, tuple[Request, ...]] | None = None
    """What the last answer was about, and its language: it is not shown again whole."""


@dataclass(frozen=True)
class Scope:
    """What every part of an answer needs: language, knowledge, time and audience."""

    language: Language
    knowledge: Knowledge
    context: Context

    @cached_property
    def now(self) -> dt.datetime:
        """The time of the question, in the community's time zone."""
        return self.context.now.astimezone(self.knowledge.zone)

    @cached_property
    def today(self) -> dt.date:
        """The day of the question, in the community's time zone."""
        return self.now.date()
