"""The database that the tests of announcements stand on, with a clock to turn."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.tables import metadata

from .world import ClockedDatabase, World


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """The services on a new, empty database."""
    database = ClockedDatabase(database_url)
    async with database.transaction() as tx:
        await tx.run_sync(metadata.create_all)
    yield World(database, tmp_path)
    await database.close()
