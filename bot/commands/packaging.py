"""The Teams app package: `teams-package`."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from bot import __version__
from bot.answers.templates import check_templates
from bot.commands.shared import exit_with, exit_with_findings, inform, read_settings
from bot.i18n import N_, os_reason, own_language
from bot.knowledge.loader import load
from bot.knowledge.yaml_source import ContentError
from bot.shipped import shipped

commands = typer.Typer()


@commands.command("teams-package")
def teams_package(
    out: Annotated[Path, typer.Argument(metavar="OUT.zip", help="The file to write.")],
    app_id: Annotated[str, typer.Option(help="The app's id in Entra.")],
    domain: Annotated[str, typer.Option(help="The host name that the bot is reached at.")],
    version: Annotated[
        str, typer.Option(help="Raise it with each change, so that Teams takes the new package.")
    ] = __version__,
) -> None:
    """Makes the package that is uploaded to Teams, so that the bot can be added there."""
    from bot.channels.teams.package import (  # with the whole SDK
        PackageError,
        package,
        package_warnings,
    )

    settings = read_settings()
    if out.suffix.lower() != ".zip":
        exit_with(N_("{path}: Teams takes a file whose name ends in .zip.", path=out), 2)
    try:
        knowledge = load(settings.content, settings.intents, checks=(check_templates,))
        made = package(knowledge, app_id, domain, version, shipped("deploy/teams"))
        _write_atomically(out, made)
    except ContentError as error:
        exit_with_findings(error)
    except PackageError as error:
        exit_with(error.message, 2)
    except OSError as error:
        exit_with(N_("{path} cannot be written: {reason}.", path=out, reason=os_reason(error)), 2)
    for remark in package_warnings(knowledge):
        typer.echo(f"warning: {remark.said(own_language())}", err=True)
    inform(N_("{path} is made: an administrator of Teams uploads it.", path=out))


def _write_atomically(path: Path, content: bytes) -> None:
    """Writes a file so that no half of it is ever there."""
    with tempfile.NamedTemporaryFile(dir=path.absolute().parent, delete=False) as file:
        file.write(content)
    # A temporary file is readable by its owner only; this one gets the rights of any new file.
    mask = os.umask(0)
    os.umask(mask)
    os.chmod(file.name, 0o666 & ~mask)
    os.replace(file.name, path)
