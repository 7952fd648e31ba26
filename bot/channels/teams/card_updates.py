"""Brings cards up to date in the background: a press is answered first, its card follows.

What is put on one card goes out in its order, one call at a time, and a newer state takes the place
of one that still waits. A call whose answer did not come may be carried out late, after a newer
one: then the newest state is put once more.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog
from botbuilder.schema import Activity

from bot.channels.connector import (
    ConnectorError,
    ConversationGone,
    SendFailed,
    SendRefused,
)
from bot.store.database import DATABASE_GONE

log = structlog.get_logger(__name__)

PAUSES = (0.0, 2.0, 8.0, 30.0)
"""Seconds before each attempt to put a state; after the last one it is left to the next state."""

MOST_PAUSE = 60.0
"""Seconds that the connector can ask to wait for; more is cut to it."""

SETTLE_PAUSE = 20.0
"""Seconds after which a call without an answer is not carried out any more."""

FORM_AGE = 3.0
"""Seconds after which a form is not put any more: somebody types in it, and would lose that."""

CLOSE_TIMEOUT = 3.0
"""Seconds that calls under way get at shutdown."""

MOST_TASKS = 1_000
"""Cards and messages under way at once; beyond it a card stays as it is until it is opened."""

Make = Callable[[], Awaitable[Activity | None]]
"""Makes the message as it is to be by now; None where the card shows something else by now."""


class CardClient(Protocol):
    """What updates need of the connector's client: one attempt a call."""

    async def update(
        self, service_url: str, conversation_id: str, activity_id: str, activity: Activity
    ) -> str | None:
        """Puts an activity in the place of one that was sent."""


@dataclass(frozen=True)
class CardPlace:
    """The message that holds a card."""

    service_url: str
    conversation: str
    activity: str


@dataclass(frozen=True)
class _State:
    make: Make
    otherwise: Callable[[], Coroutine[Any, Any, None]] | None
    """What is done where the card cannot be changed at all."""
    until: float | None
    """Of a form: when it is too late for it."""


@dataclass
class _Card:
    wanted: _State | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self) -> _State | None:
        wanted, self.wanted = self.wanted, None
        self.changed.clear()
        return wanted


class CardUpdates:
    """Puts states on cards and sends messages, each in a task of its own."""

    def __init__(
        self,
        connector: CardClient,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connector = connector
        self._sleep = sleep
        self._monotonic = monotonic
        self._cards: dict[CardPlace, _Card] = {}
        self._closing = False
        self.running: set[asyncio.Task[None]] = set()
        """What is under way."""

    def put(
        self,
        place: CardPlace,
        make: Make,
        *,
        is_form: bool = False,
        otherwise: Callable[[], Coroutine[Any, Any, None]] | None = None,
    ) -> None:
        """Has a state put on a card; returns at once.

        `is_form`: people type in it, so it is tried once and never put late. `otherwise` is done
        where the connector refuses to change the message.
        """
        until = self._monotonic() + FORM_AGE if is_form else None
        state = _State(make, otherwise, until)
        if (card := self._cards.get(place)) is not None:
            card.wanted = state
            card.changed.set()
            return
        card = _Card(state)
        if self.start(self._keep(place, card)):
            self._cards[place] = card

    def start(self, work: Coroutine[Any, Any, None]) -> bool:
        """Does something in the background; False where there is no room or the bot ends."""
        if self._closing or len(self.running) >= MOST_TASKS:
            work.close()
            log.warning("card.left_as_it_is", closing=self._closing)
            return False
        task = asyncio.create_task(_logged(work))
        self.running.add(task)
        task.add_done_callback(self.running.discard)
        return True

    async def close(self) -> None:
        """Begins nothing any more, lets calls under way end for a moment, and cancels the rest."""
        self._closing = True
        for card in self._cards.values():
            card.changed.set()
        late = set(self.running)
        if late:
            _, late = await asyncio.wait(late, timeout=CLOSE_TIMEOUT)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)

    async def _keep(self, place: CardPlace, card: _Card) -> None:
        """Puts what is wanted on a card, until nothing is and no call can come late any more."""
        last: _State | None = None
        in_doubt = False
        try:
            while not self._closing:
                state = card.take()
                if state is None:
                    if not in_doubt:
                        return
                    in_doubt = await self._newer(card, SETTLE_PAUSE)
                    if in_doubt or last is None:
                        continue
                    state = last
                last = None if state.until is not None else state
                in_doubt |= await self._put(place, card, state)
        finally:
            del self._cards[place]

    async def _put(self, place: CardPlace, card: _Card, state: _State) -> bool:
        """Tries until a state is there or a newer one is wanted; whether a call is in doubt."""
        in_doubt, pause = False, 0.0
        error: ConnectorError | None = None
        for least in PAUSES if state.until is None else PAUSES[:1]:
            if await self._newer(card, max(least, pause)):
                return in_doubt
            if state.until is not None and self._monotonic() > state.until:
                return in_doubt
            try:
                made = await state.make()
            except DATABASE_GONE as gone:
                log.warning("card.not_made", error=type(gone).__name__)
                continue
            if made is None:
                return in_doubt
            made.id = place.activity
            try:
                await self._connector.update(
                    place.service_url, place.conversation, place.activity, made
                )
                return in_doubt
            except ConnectorError as failed:
                error = failed
            in_doubt |= isinstance(error, SendFailed) and error.uncertain
            if isinstance(error, ConversationGone | SendRefused):
                break
            asked = error.retry_after if isinstance(error, SendFailed) else None
            pause = min(asked or 0.0, MOST_PAUSE)
        log.info("card.not_updated", error=str(error))
        # Where it may be there after all, a second card would only be in the way.
        if state.otherwise is not None and not in_doubt and not self._closing:
            await state.otherwise()
        return in_doubt

    async def _newer(self, card: _Card, seconds: float) -> bool:
        """Waits, and returns at once where a newer state is wanted or the bot ends."""
        if seconds <= 0:
            return self._closing or card.changed.is_set()
        waits = [
            asyncio.ensure_future(self._sleep(seconds)),
            asyncio.ensure_future(card.changed.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(*waits, return_exceptions=True)
        return self._closing or card.changed.is_set()


async def _logged(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception:
        # The press itself was answered: nobody waits for this.
        log.exception("card.update_failed")
