"""Whoever is cancelled while a connection is opened or closed loses none."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database


class Gate:
    """Holds up a step of a connection until it is opened."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()

    async def pass_by(self) -> None:
        self.reached.set()
        await self.opened.wait()


@pytest.mark.parametrize("step", ["start", "close"])
async def test_a_connection_that_is_under_way_is_closed_with_the_database(
    database_url: str, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    database = Database(database_url)
    standing: set[int] = set()
    pool = database.engine.sync_engine.pool
    event.listen(pool, "connect", lambda connection, _: standing.add(id(connection)))
    event.listen(pool, "close", lambda connection, _: standing.discard(id(connection)))
    gate = Gate()
    whole = getattr(AsyncConnection, step)

    async def held_up(self: AsyncConnection, *arguments: Any) -> Any:
        if step == "close":
            await gate.pass_by()
        done = await whole(self, *arguments)
        if step == "start":
            await gate.pass_by()
        return done

    async def look() -> None:
        async with database.reading() as tx:
            await tx.execute(text("SELECT 1"))

    monkeypatch.setattr(AsyncConnection, step, held_up)
    looking = asyncio.create_task(look())
    await gate.reached.wait()
    assert len(standing) == 1
    looking.cancel()
    await asyncio.wait([looking])
    assert looking.cancelled()
    closing = asyncio.create_task(database.close())
    await asyncio.sleep(0)
    gate.opened.set()
    await closing
    assert standing == set()


async def test_what_cannot_be_opened_is_told(database_url: str) -> None:
    database = Database(database_url)

    @event.listens_for(database.engine.sync_engine, "do_connect")
    def refuse(*_: object) -> None:
        raise OSError("nobody there")

    with pytest.raises(OSError, match="nobody there"):
        async with database.reading():
            pass
    await database.close()
