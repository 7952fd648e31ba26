"""What all channels share: a member's message goes in, an answer comes out."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from cachetools import TTLCache

from bot.answers.compose import Context, compose
from bot.answers.model import Answer
from bot.answers.plain import plain_text
from bot.answers.scope import LastTurn
from bot.channels.shared_talk import SharedTalk
from bot.knowledge.library import FALLBACK, Knowledge
from bot.knowledge.values import Language
from bot.understanding.acts import FOLLOW, FORGET, UNFOLLOW, Step, forgets, step
from bot.understanding.interpreter import MessageContext
from bot.understanding.model import (
    NOTHING_SHOWN,
    SMALL_TALK,
    Entities,
    Manner,
    Request,
    Shown,
    Understanding,
    Wish,
)
from bot.understanding.reloader import Snapshot
from bot.understanding.talk.complaints import COMPLAINTS
from bot.understanding.talk.memory import (
    KEPT_SECONDS,
    MAX_CONVERSATIONS,
    ConversationState,
    new_conversation_memory,
    new_unsaved,
    remembered_lists,
    remembered_requests,
)

INTENTS_WITHOUT_SUBJECT = frozenset(
    {"greeting", "thanks", SMALL_TALK, "help", "privacy", "whoami", "following", FORGET}
)
"""Intents that do not change what a conversation is about."""


@dataclass(frozen=True)
class IncomingMessage:
    """What a member wrote, in which conversation."""

    text: str
    conversation: str | None = None
    """Identifies the conversation within its channel; with None nothing is remembered."""
    locale: str | None = None
    members: bool = False
    """Whether only members read the answer (Teams), so that their links may be shown."""
    follows: bool = False
    """Whether networks can be followed where it was written."""


@dataclass(frozen=True)
class Reply:
    """What was understood, and the answer to it."""

    understanding: Understanding
    answer: Answer
    forgotten: bool = False
    """Whether what is remembered of the conversation was dropped, as its member wished."""


class Responder(Protocol):
    """Answers messages, as `Conversations` does."""

    async def reply_to(self, message: IncomingMessage) -> Reply:
        """The answer to one message."""

    def forget(self, conversation: str) -> None:
        """Drops what is remembered of a conversation."""


class Conversations:
    """Answers messages with the snapshot in use, and remembers what each conversation is about.

    `on_refused`, if given, gets the text and language of what was not understood; it must be quick.
    Of a private answer it hears nothing.
    """

    def __init__(
        self,
        snapshot: Callable[[], Snapshot],
        now: Callable[[], dt.datetime] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        public_url: str | None = None,
        on_refused: Callable[[str, Language], None] | None = None,
        shared: SharedTalk | None = None,
        calendar_files: bool = False,
    ) -> None:
        """`calendar_files`: whoever asks hands out the files of meetings itself."""
        self._snapshot = snapshot
        self.now = now or (lambda: dt.datetime.now(dt.UTC))
        self._public_url = public_url
        self._on_refused = on_refused
        self._calendar_files = calendar_files
        self._memory = new_conversation_memory(monotonic)
        self._last_turns: TTLCache[str, LastTurn] = TTLCache(
            MAX_CONVERSATIONS, KEPT_SECONDS, timer=monotonic
        )
        self._shared = shared
        self._unsaved = new_unsaved(monotonic)
        self._forgetting: set[asyncio.Task[bool]] = set()
        self._undeleted = new_unsaved(monotonic)

    async def reply_to(self, message: IncomingMessage) -> Reply:
        """Answers one message, with what other replicas remember of its conversation.

        Waits for them a moment at most; without them, with what this process remembers.
        """
        key = message.conversation
        if self._shared is None or key is None:
            return self.respond(message)
        if found := await self._shared.find(key):
            self._take_over(key, found.state)
        reply = self.respond(message)
        state = self._memory.get(key)
        if state is None:
            if self._forgetting:
                await asyncio.wait(self._forgetting)
            return reply
        if await self._shared.save(key, state):
            self._unsaved.pop(key, None)
            self._undeleted.pop(key, None)
        else:
            self._unsaved[key] = True
        return reply

    def _take_over(self, key: str, shared: ConversationState | None) -> None:
        """Goes on with what replicas share of a conversation, where it is newer than its own."""
        own = self._memory.get(key)
        if key in self._undeleted:
            # Forgotten, but the database was too slow to hear of it.
            return
        if shared is None:
            if key in self._unsaved:
                return
            # Forgotten at another replica, or expired: the words of its last turn as well.
            self._memory.pop(key, None)
            self._last_turns.pop(key, None)
        elif own is None or key not in self._unsaved or own.turns < shared.turns:
            if own is None or own.turns != shared.turns:
                # Another replica had the last turn: a draft must not hold the one before it.
                self._last_turns.pop(key, None)
            self._memory[key] = shared

    def respond(self, message: IncomingMessage, explain: bool = False) -> Reply:
        """Answers one message with what this process remembers.

        Takes about a millisecond and touches neither disk nor network.
        """
        snapshot = self._snapshot()
        now = self.now().astimezone(snapshot.knowledge.zone)
        memory = None
        if message.conversation is not None:
            memory = self._memory.get(message.conversation)
        circumstances = MessageContext(now.date(), memory, message.locale)
        understanding = snapshot.interpreter.understand(message.text, circumstances, explain)
        answer = compose(
            understanding,
            snapshot.knowledge,
            Context(
                now,
                message.members,
                self._public_url,
                can_follow=message.follows,
                last_turn=self._last_turns.get(message.conversation or ""),
                calendar_files=self._calendar_files,
                persons_shown=_persons_shown(memory),
                already_shown=_said(memory),
            ),
        )
        forgotten = forgets(understanding.requests, snapshot.knowledge)
        if forgotten and message.conversation is not None:
            self.forget(message.conversation)
        else:
            asked = _asked(message, understanding, snapshot.knowledge)
            self._keep(message, understanding, answer, memory, asked)
        if self._on_refused and understanding.refused and not answer.private:
            self._on_refused(understanding.text, understanding.language)
        return Reply(understanding, answer, forgotten)

    def forget(self, conversation: str) -> None:
        """Drops what is remembered of a conversation, also what replicas share of it."""
        self._memory.pop(conversation, None)
        self._last_turns.pop(conversation, None)
        self._unsaved.pop(conversation, None)
        if self._shared is not None:
            self._undeleted[conversation] = True
            task = asyncio.get_running_loop().create_task(self._delete(self._shared, conversation))
            self._forgetting.add(task)
            task.add_done_callback(self._forgetting.discard)

    async def _delete(self, shared: SharedTalk, conversation: str) -> bool:
        done = await shared.forget(conversation)
        if done:
            self._undeleted.pop(conversation, None)
        return done

    def _keep(
        self,
        message: IncomingMessage,
        understanding: Understanding,
        answer: Answer,
        before: ConversationState | None,
        asked: Request | None,
    ) -> None:
        conversation = message.conversation
        # A question beside which there may be distress goes on in memory like any other.
        if conversation is None or (answer.private and understanding.refused):
            return
        self._remember_words(conversation, understanding, answer)
        self._memory[conversation] = next_state(understanding, answer.shown, before, asked)

    def _remember_words(
        self, conversation: str, understanding: Understanding, answer: Answer
    ) -> None:
        """Keeps question and answer for a mail draft, in this process alone.

        A message that leads to a human being is about the turn before it.
        """
        if answer.private or understanding.intent in ("human", SMALL_TALK):
            return
        said = plain_text(replace(answer, actions=()))
        self._last_turns[conversation] = LastTurn(understanding.text, said)


def next_state(
    understanding: Understanding,
    shown: Shown,
    before: ConversationState | None,
    asked: Request | None = None,
) -> ConversationState:
    """What is remembered of a conversation after one more turn."""
    # `and in English please` says it again; it does nothing again.
    requests = tuple(
        replace(one, wish=Wish.NONE, manner=Manner.PLAIN, without=())
        for one in understanding.requests
    )
    answered = tuple(one for one in requests if one.intent != FALLBACK) or requests[-1:]
    if before and (understanding.refused or understanding.intent in INTENTS_WITHOUT_SUBJECT):
        # `olen Pieksämäeltä` asks nothing, but the next question may be about that place.
        last = requests[-1]
        new_place = last.entities.place and not before.request.entities.place
        answered = (last,) if new_place else before.requests
        if last.entities.networks and before.request.entities.place and not before.about.networks:
            # `is there one in Oulu at least`, after a place without a network.
            there = last.entities.only_places()
            answered = (replace(before.request, entities=there),)
    complained = _complained_of(understanding.requests[-1])
    lists = before.lists if before else ()
    if complained:
        # Of two, so that `anyone else` means whoever was offered instead.
        shown = replace(shown, persons=tuple(dict.fromkeys((*complained, *shown.persons))))
    if shown != NOTHING_SHOWN:
        lists = remembered_lists(lists, shown)
    return ConversationState(
        answered[-1],
        understanding.language,
        # Beside an answer they are only its buttons.
        understanding.guesses if understanding.refused else (),
        asked,
        _in_focus(replace(shown, persons=complained) if complained else shown, before),
        answered if len(answered) > 1 else (),
        remembered_requests(before.earlier if before else (), answered),
        lists,
        _gone(answered, before),
        understanding.home or (before.home if before else Entities()),
        before.turns + 1 if before else 1,
    )


def _complained_of(request: Request) -> tuple[str, ...]:
    """The person who does not answer or whose number is wrong: `her e-mail` still means this one.

    None where somebody is gone: then whoever was offered instead is talked about.
    """
    complains = request.intent == "human" and request.topic in COMPLAINTS
    persons = request.entities.persons
    return persons if complains and len(persons) == 1 and request.manner is not Manner.GONE else ()


def _gone(answered: tuple[Request, ...], before: ConversationState | None) -> tuple[str, ...]:
    """Who was said to be gone or not to answer, as long as the talk stays where they are."""
    last = answered[-1]
    kept = before.gone if before else ()
    if before and kept and last.entities.networks:
        earlier = set(before.about.networks)
        kept = kept if not earlier or earlier & set(last.entities.networks) else ()
    persons = last.entities.persons
    if last.intent == "human" and last.topic in COMPLAINTS and len(persons) == 1:
        kept = tuple(dict.fromkeys((*kept, *persons)))
    return kept


def _persons_shown(memory: ConversationState | None) -> frozenset[str]:
    """The persons that the conversation has shown."""
    if memory is None:
        return frozenset()
    return frozenset(key for one in (memory.shown, *memory.lists) for key in one.persons)


def _said(memory: ConversationState | None) -> tuple[Language, tuple[Request, ...]] | None:
    return (memory.language, memory.requests) if memory else None


def _in_focus(shown: Shown, before: ConversationState | None) -> Shown:
    """What the next message may be about: what was shown, with persons of the same network."""
    if before is None or shown == NOTHING_SHOWN:
        return before.shown if before else shown
    same_place = bool(set(shown.networks) & set(before.shown.networks))
    if same_place and not shown.persons:
        return replace(shown, persons=before.shown.persons)
    return shown


def _asked(
    message: IncomingMessage, understanding: Understanding, knowledge: Knowledge
) -> Request | None:
    """The act about which the answer asks whether it is wanted, so that a yes is understood."""
    for request in understanding.requests:
        done_here = request.intent == FORGET or (
            message.follows and request.intent in (FOLLOW, UNFOLLOW)
        )
        next_step = step(request, knowledge)
        if done_here and next_step is Step.ASK:
            return request
        if done_here and next_step is Step.OFFER and request.intent == UNFOLLOW:
            return request
    return None
