"""The bot as a server: `serve` and `version`."""

from __future__ import annotations

from typing import Annotated

import typer

from bot import __version__
from bot.commands.shared import Demo, exit_with, read_folders, read_settings, read_snapshot
from bot.ops.memory import keep_small

commands = typer.Typer()


@commands.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 3978,
    demo: Demo = False,
) -> None:
    """The bot over HTTP."""
    # Imported here: the other commands start faster without the web server and the SDK.
    from bot.server import ServeError, run

    keep_small()
    settings = read_settings()
    folders = read_folders(demo)
    try:
        # Named nowhere, so that the server may let it go.
        run(settings, folders, read_snapshot(folders, train_in_subprocess=True), host, port)
    except ServeError as error:
        exit_with(error.message, 2)


@commands.command()
def version() -> None:
    """The version of the program."""
    print(__version__)
