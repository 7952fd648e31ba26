"""What replicas share of conversations: rows that a turn waits for a moment, never longer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from bot.store import talk
from bot.store.database import DATABASE_GONE, Database
from bot.understanding.talk.memory import KEPT_SECONDS, ConversationState
from bot.understanding.talk.row import as_text, from_text

log = structlog.get_logger()

PATIENCE = 0.05
"""Seconds that a turn waits for a row to be read, and again for it to be written."""

MAX_BEHIND = 4
"""Statements that may go on beside the turns; with so many the database is left alone, so that
announcements have their connections."""

SWEEP = 60.0
"""Seconds between two deletions of what has expired."""


Result = TypeVar("Result")


@dataclass(frozen=True)
class Found:
    """What the database answered in time."""

    state: ConversationState | None


class SharedTalk:
    """The rows of a database that several replicas use.

    Where it does not answer in time, a replica goes on with what it remembers itself.
    """

    def __init__(self, database: Database, patience: float = PATIENCE) -> None:
        self._database, self._patience = database, patience
        self._behind: set[asyncio.Task[Any]] = set()
        self._writes: dict[str, asyncio.Task[Any]] = {}
        self._down = False

    async def find(self, conversation: str) -> Found | None:
        """What is remembered of a conversation; None where the database did not say in time."""

        async def read() -> str | None:
            async with self._database.reading() as tx:
                return await talk.find(tx, conversation, await self._database.now(tx))

        done, text = await self._within(read)
        return Found(from_text(text) if text else None) if done else None

    async def save(self, conversation: str, state: ConversationState) -> bool:
        """Keeps the memory for half an hour; whether that was done in time."""

        async def write() -> None:
            async with self._database.transaction() as tx:
                until = await self._database.now(tx) + KEPT_SECONDS
                await talk.save(tx, conversation, as_text(state), until)

        done, _ = await self._within(write, writes=conversation)
        return done

    async def forget(self, conversation: str) -> bool:
        """Deletes what is remembered; whether that was done in time."""

        async def write() -> None:
            async with self._database.transaction() as tx:
                await talk.forget(tx, conversation)

        done, _ = await self._within(write, writes=conversation)
        return done

    async def run(self) -> None:
        """Deletes what has expired, once a minute."""
        while True:
            try:
                async with self._database.transaction() as tx:
                    await talk.drop_expired(tx, await self._database.now(tx))
            except DATABASE_GONE as error:
                log.warning("talk.not_swept", error=type(error).__name__)
            await asyncio.sleep(SWEEP)

    async def close(self) -> None:
        """Waits for what is still being written."""
        if self._behind:
            await asyncio.wait(self._behind, timeout=1.0)

    async def _within(
        self, step: Callable[[], Coroutine[Any, Any, Result]], writes: str | None = None
    ) -> tuple[bool, Result | None]:
        """Whether a step was done in time, and its result; a slow one ends beside the turns.

        What writes to a row waits for what was to be written there before, so that nothing old
        comes back.
        """
        if len(self._behind) >= MAX_BEHIND:
            return False, None
        before = self._writes.get(writes) if writes else None

        async def in_turn() -> Result:
            if before:
                await asyncio.wait({before})
            return await step()

        task = asyncio.create_task(in_turn())
        if writes:
            self._writes[writes] = task
            task.add_done_callback(lambda done: self._written(writes, done))
        self._behind.add(task)
        task.add_done_callback(self._ended)
        await asyncio.wait({task}, timeout=self._patience)
        if not task.done() or task.cancelled() or task.exception() is not None:
            return False, None
        return True, task.result()

    def _written(self, conversation: str, task: asyncio.Task[Any]) -> None:
        if self._writes.get(conversation) is task:
            del self._writes[conversation]

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._behind.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not self._down:
            # Once, not with each turn of an outage.
            log.warning("talk.not_shared", error=type(error).__name__)
        self._down = error is not None
