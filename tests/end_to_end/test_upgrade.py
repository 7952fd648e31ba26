"""A database of every schema there ever was: upgraded by a new program, with all that it holds."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from bot.store import upgrade
from bot.store.upgrade import newest

from .house import CHANNELS, COORDINATOR, House, new_house

pytestmark = pytest.mark.timeout(600)

BEFORE, AFTER = "Ennen päivitystä", "Päivityksen jälkeen"


def revisions() -> list[str]:
    """Every schema from the first, this version's own among them."""
    found = ScriptDirectory.from_config(_config()).walk_revisions()
    return sorted(script.revision for script in found)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", upgrade.SCRIPTS.as_posix())
    return config


async def test_every_schema_is_upgraded_with_what_it_holds(taikubot: Path, tmp_path: Path) -> None:
    async with new_house(taikubot, tmp_path) as house:
        await house.set_up()
        house.name_coordinators(COORDINATOR.entra)
        async with house.serving() as serving:
            await house.follow()
            id_ = await house.announce(BEFORE)
            await house.teams.until_posted(CHANNELS, BEFORE)
            await serving.end()
        lived = list(house.rows())
        assert len(lived) > 7
        assert revisions()[-1] == newest()
        for schema in revisions():
            kept = _as_of(house, schema, lived)
            done = await house.machine.right("db", "upgrade")
            assert ("Nothing to do" in done.out) == (schema == newest())
            again = await house.machine.right("db", "upgrade")
            assert "Nothing to do" in again.out
            assert len(list(house.rows())) >= kept
            if schema == newest():
                assert sorted(map(str, house.rows())) == sorted(map(str, lived))
            async with house.serving() as serving:
                report = await house.api("GET", f"/{id_}")
                assert report["counts"]["delivered"] == 3
                await house.announce(f"{AFTER} {schema}")
                await house.teams.until_posted(CHANNELS, f"{AFTER} {schema}")
                code, _ = await serving.end()
                assert code == 0
        assert [house.teams.posts(place, BEFORE) for place in CHANNELS] == [1, 1, 1]


def _as_of(house: House, schema: str, lived: list[tuple[str, dict[str, object]]]) -> int:
    """Makes the database anew as a program of that schema would have left it; gives its rows.

    Tables and columns that are newer are left out.
    """
    for path in house.database.parent.glob(house.database.name + "*"):
        path.unlink()
    config = _config()
    engine = create_engine(f"sqlite:///{house.database}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, schema)
    engine.dispose()
    with closing(sqlite3.connect(house.database)) as connection:
        rows = 1  # which tells the schema
        for table, row in lived:
            known = {one[1] for one in connection.execute(f'PRAGMA table_info("{table}")')}
            if table == "alembic_version" or not known:
                continue
            kept = {name: value for name, value in row.items() if name in known}
            columns = ", ".join(f'"{name}"' for name in kept)
            places = ", ".join("?" * len(kept))
            connection.execute(
                f'INSERT INTO "{table}" ({columns}) VALUES ({places})',
                list(kept.values()),
            )
            rows += 1
        connection.commit()
    return rows
