"""The database that the tests of announcements stand on, with a clock to turn."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.announcements import delivery
from bot.store.tables import metadata
from bot.understanding import reloader

from .running_bot import RunningBot, bot_and_world
from .world import DEAF, ClockedDatabase, World


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """The services on a new, empty database."""
    database = ClockedDatabase(database_url)
    async with database.transaction() as tx:
        await tx.run_sync(metadata.create_all)
    yield World(database, tmp_path)
    await database.close()


@pytest.fixture
async def idle_bot(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[RunningBot]:
    """A bot whose servers the test starts, on a new database, and a connector that remembers."""
    # An end is noticed sooner than where nobody waits for it.
    monkeypatch.setattr(delivery, "FINISH_CHECK_INTERVAL", 0.02)
    async with bot_and_world(database_url, tmp_path) as made:
        yield made


@pytest.fixture
async def bot(idle_bot: RunningBot, monkeypatch: pytest.MonkeyPatch) -> RunningBot:
    """The same with one server at work."""
    await idle_bot.start(monkeypatch)
    return idle_bot


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """Persons and networks change without an interpreter being made anew, which takes a second."""
    monkeypatch.setattr(reloader, "Interpreter", lambda *_, **__: DEAF)
