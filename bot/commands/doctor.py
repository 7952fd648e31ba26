"""`taikubot doctor`: prints the results of the checks."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from bot.commands.shared import silence_log
from bot.i18n import N_, Message, nN_, own_language
from bot.ops.settings import Problem, Settings, inspect_settings

commands = typer.Typer()


@commands.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Looks at every setting and what it leads to; exit code 1 when something does not work."""
    settings, problems = inspect_settings()
    with silence_log():
        works = asyncio.run(_doctor(settings, problems, as_json))
    if not works:
        raise typer.Exit(1)


async def _doctor(settings: Settings, problems: list[Problem], as_json: bool) -> bool:
    # Imported here: the other commands start faster without the SDK.
    from bot.commands.doctor_checks import CHECKS
    from bot.ops.diagnosis import Level, diagnose

    marks = {
        Level.RIGHT: ("✓", "green"),
        Level.NOTE: ("–", "cyan"),
        Level.WARNING: ("!", "yellow"),
        Level.ERROR: ("✗", "bold red"),
    }
    console = Console(highlight=False, soft_wrap=True)
    language = own_language()
    seen = dict.fromkeys(Level, 0)
    async for one in diagnose(settings, CHECKS, problems, language):
        seen[one.level] += 1
        if as_json:
            print(json.dumps(vars(one), ensure_ascii=False), flush=True)
            continue
        mark, style = marks[one.level]
        console.print(Text.assemble((mark, style), " ", (one.subject, "bold"), ": ", one.text))
        if one.remedy:
            console.print(Text(f"    → {one.remedy}"))
    if not as_json:
        console.print()
        summary = _summary(seen[Level.ERROR], seen[Level.WARNING])
        console.print(Text(summary.said(language)))
    return not seen[Level.ERROR]


def _summary(errors: int, warnings: int) -> Message:
    if errors:
        return nN_("One thing does not work.", "{count} things do not work.", errors)
    if warnings:
        return nN_(
            "It works; one thing needs care.", "It works; {count} things need care.", warnings
        )
    return N_("All is well.")
