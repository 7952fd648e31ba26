"""What conversations were about: kept by the process, for half an hour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from cachetools import TTLCache

from bot.knowledge.library import FALLBACK
from bot.knowledge.values import Language
from bot.understanding.model import NOTHING_SHOWN, Entities, Request, Shown

NOWHERE = Entities()

KEPT_SECONDS = 30 * 60
MAX_CONVERSATIONS = 10_000
"""Beyond this the longest silent ones are dropped, so that memory is bounded."""

MAX_EARLIER = 8
"""So many questions of a conversation are remembered besides the last."""

MAX_LISTS = 5
"""Of so many answers it is remembered what they showed."""


@dataclass(frozen=True)
class ConversationState:
    """The last request of a conversation, its language, and what may be referred to.

    It holds keys of the content alone, and no word that anybody wrote.
    """

    request: Request
    language: Language
    guesses: tuple[Request, ...] = ()
    """The guesses offered when the last message was not understood."""
    asked: Request | None = None
    """The act about which the bot has just asked whether it is wanted."""
    shown: Shown = NOTHING_SHOWN
    """What the last answer that showed anything has shown."""
    together: tuple[Request, ...] = ()
    """All that was asked with `request`, in its order; none where it was asked alone."""
    earlier: tuple[Request, ...] = ()
    """The requests before, newest first, each once."""
    lists: tuple[Shown, ...] = ()
    """What the last answers have shown, newest first; the first is `shown`."""
    gone: tuple[str, ...] = ()
    """The persons who were said to be gone, or not to answer, while the place was talked about."""
    home: Entities = NOWHERE
    """Where the member told to live or work."""
    turns: int = 0
    """How many messages it has had, by which the newer of two memories of it is known."""

    @property
    def requests(self) -> tuple[Request, ...]:
        """All that was asked last."""
        return self.together or (self.request,)

    @property
    def about(self) -> Entities:
        """The places and persons that the talk is about, also after a question about neither."""
        if self.request.intent not in SIDE_QUESTIONS:
            return self.request.entities
        named = (one.entities for one in (self.request, *self.earlier))
        found = (one for one in named if one.place or one.persons)
        return next(found, self.request.entities)

    @property
    def open(self) -> tuple[Request, ...]:
        """What was asked without the place that it needs, so that the bot has asked for one."""
        requests = self.requests
        waits = all(
            one.intent in NEEDS_PLACE and not (one.entities.place or one.entities.persons)
            for one in requests
        )
        return requests if waits else ()


SIDE_QUESTIONS = frozenset(["about", "list_networks", "help", "privacy", "links", "join"])
"""Intents that are often asked without a place in a talk about one."""

NEEDS_PLACE = frozenset(
    ["contacts", "find_network", "network_info", "join", "links", "meetings", "network_activity"]
)
"""Intents without a place whose answer says to name one."""


def remembered_lists(before: tuple[Shown, ...], shown: Shown) -> tuple[Shown, ...]:
    """What the last answers have shown, after one that showed something."""
    return (shown, *(one for one in before if one != shown))[:MAX_LISTS]


def remembered_requests(
    before: tuple[Request, ...], requests: tuple[Request, ...]
) -> tuple[Request, ...]:
    """The earlier requests, after those of one more turn."""
    now = tuple(
        replace(one, entities=replace(one.entities, meetings=())) for one in reversed(requests)
    )
    kept = dict.fromkeys(one for one in (*now, *before) if one.intent != FALLBACK)
    return tuple(kept)[:MAX_EARLIER]


def new_conversation_memory(clock: Callable[[], float]) -> TTLCache[str, ConversationState]:
    """A cache by an id of the conversation, which the channel chooses; `clock` counts seconds."""
    return TTLCache(MAX_CONVERSATIONS, KEPT_SECONDS, timer=clock)


def new_unsaved(clock: Callable[[], float]) -> TTLCache[str, bool]:
    """The conversations whose newest memory other replicas do not have."""
    return TTLCache(MAX_CONVERSATIONS, KEPT_SECONDS, timer=clock)
