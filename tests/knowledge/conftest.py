"""The small community that tests of the loader work on."""

from __future__ import annotations

from pathlib import Path

import pytest

from .world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A small valid community, fresh for each test."""
    return World(tmp_path)
