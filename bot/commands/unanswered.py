"""Unanswered questions: `unanswered`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.announce import with_database
from bot.commands.shared import inform, read_folders, read_settings, read_snapshot
from bot.i18n import N_, own_language

if TYPE_CHECKING:
    from bot.answers.unanswered import Group
    from bot.store.database import Database

commands = typer.Typer()


@commands.command()
def unanswered(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Groups unanswered questions, as phrases to paste (with BOT_RECORD_UNANSWERED only)."""
    from bot.answers.unanswered import as_yaml, group_unanswered

    snapshot = read_snapshot(read_folders(demo=False))

    async def do(database: Database) -> list[Group]:
        return await group_unanswered(database, snapshot.interpreter)

    groups = with_database(do)
    if not groups:
        inform(
            N_("No unanswered questions are kept.")
            if read_settings().record_unanswered
            else N_(
                "No unanswered questions are kept. They are kept only with "
                "BOT_RECORD_UNANSWERED=on."
            )
        )
    elif as_json:
        for group in groups:
            told = {name: value for name, value in vars(group).items() if name != "number"}
            print(json.dumps(told, ensure_ascii=False))
    else:
        print(as_yaml(groups, own_language()))
