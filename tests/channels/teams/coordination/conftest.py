"""The bot with the real services on a new database, and people who write to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.tables import metadata
from tests.announcements.conftest import deaf
from tests.announcements.world import PIRKANMAA, ClockedDatabase, World

from .chatting import CHANNEL, Chat, TeamsFixture


@pytest.fixture
async def teams(tmp_path: Path) -> AsyncIterator[TeamsFixture]:
    """The bot and all that is around it."""
    database = ClockedDatabase(f"sqlite+aiosqlite:///{tmp_path / 'taikubot.db'}")
    async with database.transaction() as tx:
        await tx.run_sync(metadata.create_all)
    teams = TeamsFixture(World(database, tmp_path))
    yield teams
    await teams.updates.close()
    await teams.router.installations.close()
    await teams.named.close()
    await database.close()


@pytest.fixture
def coordinator(teams: TeamsFixture) -> Chat:
    """A coordinator of Pirkanmaa in a chat with the bot."""
    return Chat(teams, PIRKANMAA)


@pytest.fixture
def channel(teams: TeamsFixture) -> Chat:
    """The same in a channel that is not General."""
    return Chat(teams, PIRKANMAA, kind="channel", conversation=CHANNEL)


__all__ = ["channel", "coordinator", "deaf", "teams"]
