"""The database as an administrator handles it: `db upgrade`, `backup`, `restore`, `purge`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from bot.commands.shared import exit_with, read_settings, silence_log
from bot.i18n import own_language, translator
from bot.ops.settings import MOST_MONTHS

if TYPE_CHECKING:
    from bot.store.database import Database
    from bot.store.retention import Purged

commands = typer.Typer()
_db = typer.Typer(
    no_args_is_help=True, help="Upgrades, backs up, restores and purges the database."
)
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
    if waiting := _with_database(backup.held_back):
        typer.echo(
            _.ngettext(
                "{count} post or announcement was still to come when the backup was made, and may "
                "have been sent since. So sending is paused: look at `taikubot announcements`; "
                "what was sent is stopped in the chat, or taken back by `taikubot announcement ID "
                "--recall`; then `taikubot resume`.",
                "{count} posts or announcements were still to come when the backup was made, and "
                "may have been sent since. So sending is paused: look at `taikubot announcements`; "
                "what was sent is stopped in the chat, or taken back by `taikubot announcement ID "
                "--recall`; then `taikubot resume`.",
                waiting,
            ),
            err=True,
        )


@_db.command()
def purge(
    older_than: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=MOST_MONTHS,
            metavar="MONTHS",
            help="What was finished so long ago; else BOT_KEEP_MONTHS.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count what would go, and delete nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Deletes old announcements, drafts and the record of them, as `serve` does daily."""
    from sqlalchemy.exc import SQLAlchemyError

    from bot.announcements import retention
    from bot.store import upgrade

    months = older_than or read_settings().keep_months

    async def work(database: Database) -> Purged:
        await upgrade.check(database)
        try:
            return await retention.purge(database, months, dry_run=dry_run)
        except SQLAlchemyError as error:
            raise upgrade.unreachable(database, error) from error

    with silence_log():
        purged = _with_database(work)
    if as_json:
        print(json.dumps({"months": months, "dry_run": dry_run, **vars(purged)}))
        return
    _ = translator(own_language())
    typer.echo(_("Announcements, reminders included: {count}", count=purged.announcements))
    typer.echo(_("Deliveries: {count}", count=purged.deliveries))
    typer.echo(_("Drafts: {count}", count=purged.drafts))
    typer.echo(_("Rows of the record: {count}", count=purged.record))
    typer.echo(_("Changes of what was entered: {count}", count=purged.history))
    typer.echo(
        _("Nothing was deleted (--dry-run).") if dry_run else _("This was deleted."), err=True
    )


def _with_database(work: Callable[[Database], Awaitable[_T]]) -> _T:
    from bot.store.database import Database
    from bot.store.upgrade import StoreError

    settings = read_settings()

    async def run() -> _T:
        database = Database.of(settings)
        try:
            return await work(database)
        finally:
            await database.close()

    try:
        return asyncio.run(run())
    except StoreError as error:
        exit_with(error.message.said(own_language()))
