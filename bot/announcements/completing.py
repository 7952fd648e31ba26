"""How posts ended is written down, some at a time; what cannot be written holds up nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from bot.announcements.retry_loop import RetryLoop, is_of_the_row
from bot.store.claims import renew
from bot.store.completions import Completion, complete, without_words
from bot.store.database import Database

BATCH_WINDOW = 0.01
"""Seconds for which completions are gathered into one transaction."""

_log = structlog.get_logger()


class CompletionWriter:
    """Writes the completions of one engine, and calls `written` with those that it wrote."""

    def __init__(
        self,
        database: Database,
        owner: str,
        retry: RetryLoop,
        written: Callable[[Sequence[Completion]], None],
    ) -> None:
        self._database = database
        self._owner = owner
        self._retry = retry
        self._written = written
        self._ended: list[Completion] = []
        self._writing: list[Completion] = []
        self._wanted = asyncio.Event()
        self._closing = False

    def add(self, ended: Completion) -> None:
        """Has it written soon."""
        self._ended.append(ended)
        self._wanted.set()

    @property
    def waiting(self) -> tuple[Completion, ...]:
        """What is not written yet."""
        return (*self._ended, *self._writing)

    def close(self) -> None:
        """Nothing is added any more: `run` ends when all is written."""
        self._closing = True
        self._wanted.set()

    async def run(self) -> None:
        """Writes what is added, until it is closed."""
        self._closing = False
        self._wanted.set()
        while not (self._closing and not self._ended):
            await self._wanted.wait()
            await asyncio.sleep(BATCH_WINDOW)
            self._wanted.clear()
            if not self.waiting:
                continue
            self._writing, self._ended = [*self._writing, *self._ended], []
            ended = tuple(self._writing)
            while self._writing:
                await self._retry.until_done(self._write)
            self._written(ended)

    async def _write(self) -> None:
        """Writes all at once or, where one of them is refused, one by one."""
        try:
            await self._complete(self._writing)
            self._writing = []
        except Exception as error:
            if not is_of_the_row(error):
                raise
            while self._writing:
                await self._write_one(self._writing[0])
                del self._writing[0]

    async def _write_one(self, ended: Completion) -> None:
        try:
            await self._complete([ended])
            return
        except Exception as error:
            if not is_of_the_row(error):
                raise
            reason = error
        for again in (ended, without_words(ended, reason)):
            # It is the row's fault only if another write succeeds before it fails again.
            async with self._database.transaction() as tx:
                await renew(tx, await self._database.now(tx), self._owner, [], 0.0)
            try:
                await self._complete([again])
            except Exception as error:
                if not is_of_the_row(error) or type(error) is not type(reason):
                    raise
            else:
                break
        # Where nothing can be written of it, its lease ends, and it is in doubt.
        _log.error("delivery.unwritable", delivery=ended.claimed.id, error=type(reason).__name__)

    async def _complete(self, ended: Sequence[Completion]) -> None:
        async with self._database.transaction() as tx:
            now = await self._database.now(tx)
            reached = await complete(tx, now, self._owner, ended)
        if reached.suspended:
            _log.warning("conversations.suspended", conversations=reached.suspended)
        for tenant in reached.outages:
            _log.error("channel.outage", tenant=tenant)
        for tenant in reached.recovered:
            _log.warning("channel.recovered", tenant=tenant)
