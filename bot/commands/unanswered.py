"""What people asked in vain: `unanswered`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.announcing import with_database
from bot.commands.shared import read_brain, read_folders, read_settings

if TYPE_CHECKING:
    from bot.store.database import Database
    from bot.unanswered import Group

commands = typer.Typer()


@commands.command()
def unanswered(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Groups what people asked in vain, as phrases to paste (with BOT_RECORD_UNANSWERED only)."""
    from bot.unanswered import as_yaml, grouped

    brain = read_brain(read_folders(demo=False))

    async def do(database: Database) -> list[Group]:
        return await grouped(database, brain.interpreter)

    groups = with_database(do)
    if not groups:
        recorded = read_settings().record_unanswered
        why = "" if recorded else " They are kept only with BOT_RECORD_UNANSWERED=on."
        typer.echo(f"No unanswered questions are kept.{why}", err=True)
    elif as_json:
        for group in groups:
            print(json.dumps(vars(group), ensure_ascii=False))
    else:
        print(as_yaml(groups))
