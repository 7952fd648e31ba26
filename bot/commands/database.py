"""The database as an administrator handles it: `db upgrade`, `db backup`, `db restore`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from bot.commands.shared import exit_with, read_settings
from bot.i18n import own_language, translator

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

    _ = translator(own_language())
    done = _with_database(upgrade.upgrade)
    if done.backup:
        typer.echo(_("The database as it was is in {file}.", file=done.backup), err=True)
    typer.echo(
        _("The database is upgraded to schema {schema}.", schema=done.after)
        if done.changed
        else _("Nothing to do: the database is of schema {schema} already.", schema=done.after)
    )


@_db.command()
def backup(
    file: Annotated[Path, typer.Argument(help="A new file.", metavar="FILE")],
) -> None:
    """Writes all that the database holds to a file, while the bot may run."""
    from bot.store import backup

    rows = _with_database(lambda database: backup.backup(database, file))
    _ = translator(own_language())
    typer.echo(
        _.ngettext(
            "{count} row is in {file}. It holds ids of channels: keep it as safe as them.",
            "{count} rows are in {file}. It holds ids of channels: keep it as safe as them.",
            rows,
            file=file,
        )
    )


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
    _ = translator(own_language())
    typer.echo(_.ngettext("{count} row is restored.", "{count} rows are restored.", rows))


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
        exit_with(error.message.said(own_language()))
