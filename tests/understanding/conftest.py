"""What finds names in the repository's content."""

from __future__ import annotations

import pytest

from bot.knowledge.library import Knowledge
from bot.understanding.entities import EntityFinder
from bot.understanding.training import vocabulary


@pytest.fixture(scope="session")
def finder(knowledge: Knowledge) -> EntityFinder:
    """Places, persons and times, with the ordinary words of the phrases known."""
    return EntityFinder(knowledge, vocabulary(knowledge))
