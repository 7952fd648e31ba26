"""The content that the tests of answers are about."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.knowledge.library import Knowledge

from .asking import KNOWLEDGE


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    """The real content with its demo meetings."""
    return KNOWLEDGE


@pytest.fixture(scope="session")
def no_meetings(knowledge: Knowledge) -> Knowledge:
    """The real content without any meeting."""
    return replace(knowledge, meetings={})
