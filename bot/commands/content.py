"""Content and intents on disk: `check` and `train`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from bot.answers.templates import check_templates
from bot.commands.shared import Demo, progress, read_settings, shown, stop
from bot.knowledge.age import old_content
from bot.knowledge.loader import inspect
from bot.knowledge.yaml_source import ContentError, Finding
from bot.understanding.brain import Folders, make_brain
from bot.understanding.phrase_check import check_understanding

commands = typer.Typer()


@commands.command()
def check(
    age: Annotated[
        int | None, typer.Option("--age", metavar="DAYS", help="List content older than this.")
    ] = None,
) -> None:
    """Checks content/ and intents/; exit code 1 when there is an error."""
    settings = read_settings()
    errors = 0
    seen: set[Finding] = set()
    for demo in (False, True):
        knowledge, findings = inspect(settings.content, settings.intents, demo, [check_templates])
        if knowledge is not None and not demo:
            findings = [*findings, *check_understanding(knowledge, settings.intents)]
        for finding in findings:
            if finding not in seen:
                seen.add(finding)
                errors += finding.severity == "error"
                print(shown(finding))
        if age is not None and knowledge is not None and not demo:
            today = dt.datetime.now(knowledge.zone).date()
            for finding in old_content(knowledge, settings.content, today, age):
                print(shown(finding))
    if errors:
        raise typer.Exit(1)
    typer.echo(f"{settings.content} and {settings.intents}: no errors.", err=True)


@commands.command(hidden=True)
def train(
    content: Annotated[Path | None, typer.Option()] = None,
    intents: Annotated[Path | None, typer.Option()] = None,
    quiet: Annotated[bool, typer.Option("--quiet")] = False,
    demo: Demo = False,
) -> None:
    """Learns the phrases now, so that the next start is quick."""
    settings = read_settings()
    folders = Folders(content or settings.content, intents or settings.intents, demo)
    try:
        make_brain(folders, progress(quiet))
    except ContentError as error:
        stop(str(error))
