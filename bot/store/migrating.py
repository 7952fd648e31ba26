"""What Alembic does for `upgrade`; in a module of its own, for a start that finds nothing to
upgrade need not load it.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def known(folder: Path) -> frozenset[str]:
    """Every schema that this version of the program can upgrade, its own among them."""
    scripts = ScriptDirectory.from_config(_config(folder))
    return frozenset(script.revision for script in scripts.walk_revisions())


def migrate(connection: Connection, folder: Path) -> None:
    """Runs what is missing."""
    config = _config(folder)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config(folder: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", folder.as_posix())
    return config
