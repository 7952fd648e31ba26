"""The program installed from its wheel, in an environment outside the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.understanding.reloader import Snapshot
from tests.packages import Built, borrowing_environment, pip_install


@pytest.fixture(scope="session")
def taikubot(built: Built, snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installed script; `snapshot` leaves its model in the cache, so no start has to learn."""
    python = borrowing_environment(tmp_path_factory.mktemp("installed") / "venv")
    pip_install(python, "--no-index", built.wheel)
    return python.parent / "taikubot"
