"""The bot with the real services on a new database, and people who write to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.tables import metadata
from tests.announcements.world import PIRKANMAA, ClockedDatabase, World

from .chatting import CHANNEL, Chat, House


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """The bot and all that is around it."""
    database = ClockedDatabase(f"sqlite+aiosqlite:///{tmp_path / 'taikubot.db'}")
    async with database.transaction() as tx:
        await tx.run_sync(metadata.create_all)
    house = House(World(database, tmp_path))
    yield house
    await house.coordination.installations.close()
    await database.close()


@pytest.fixture
def coordinator(house: House) -> Chat:
    """A coordinator of Pirkanmaa in a chat with the bot."""
    return Chat(house, PIRKANMAA)


@pytest.fixture
def channel(house: House) -> Chat:
    """The same in a channel that is not General."""
    return Chat(house, PIRKANMAA, kind="channel", conversation=CHANNEL)
