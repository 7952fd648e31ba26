"""The database as an administrator handles it: `db upgrade`, `db backup`, `db restore`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from bot.commands.shared import read_settings, stop

if TYPE_CHECKING:
    from bot.store.database import Database

commands = typer.Typer()
_db = typer.Typer(no_args_is_help=True, help="Upgrades, backs up and restores the database.")
commands.add_typer(_db, name="db")

_T = TypeVar("_T")


@_db.command()
def upgrade() -> None:
    """Brings the database up to this version; `serve` does it too when it starts."""
    # Commands that need no database start without its libraries.
    from bot.store import upgrade

    done = _with_database(upgrade.upgrade)
    if done.backup:
        typer.echo(f"The database as it was is in {done.backup}.", err=True)
    typer.echo(
        f"The database is upgraded to schema {done.after}."
        if done.changed
        else f"Nothing to do: the database is of schema {done.after} already."
    )


@_db.command()
def backup(
    file: Annotated[Path, typer.Argument(help="A new file.", metavar="FILE")],
) -> None:
    """Writes all that the database holds to a file, while the bot may run."""
    from bot.store import backup

    rows = _with_database(lambda database: backup.backup(database, file))
    typer.echo(f"{rows} rows are in {file}. It holds ids of channels: keep it as safe as them.")


@_db.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What `db backup` wrote.", metavar="FILE")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Loses what the database holds now.")
    ] = False,
) -> None:
    """Puts a backup into an empty database of either kind; the bot must not run meanwhile."""
    from bot.store import backup

    rows = _with_database(lambda database: backup.restore(database, file, replace=replace))
    typer.echo(f"{rows} rows are restored.")


def _with_database(work: Callable[[Database], Awaitable[_T]]) -> _T:
    from bot.store.database import Database
    from bot.store.upgrade import StoreError

    settings = read_settings()

    async def run() -> _T:
        database = Database(settings.database_url.get_secret_value())
        try:
            return await work(database)
        finally:
            await database.close()

    try:
        return asyncio.run(run())
    except StoreError as error:
        stop(str(error))
