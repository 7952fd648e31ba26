"""The console script `taikubot`: registers the commands and handles what ends them early."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.commands import (
    announce,
    ask,
    content,
    database,
    doctor,
    entered,
    packaging,
    pausing,
    record,
    serving,
    unanswered,
)
from bot.commands.shared import exit_with
from bot.i18n import install, own_language, read_catalogues
from bot.ops.guarded_streams import guard_streams
from bot.ops.settings import SettingsError, inspect_settings, load_env_file
from bot.shipped import shipped

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for group in (
    ask,
    content,
    serving,
    doctor,
    packaging,
    database,
    announce,
    entered,
    pausing,
    record,
    unanswered,
):
    app.add_typer(group.commands)


@app.callback()
def common_options(
    env_file: Annotated[
        Path | None,
        typer.Option(
            "--env-file", envvar="BOT_ENV_FILE", help="Settings, one NAME=value on each line."
        ),
    ] = None,
) -> None:
    """Answers questions about regional networks, their people and their meetings."""
    if env_file is not None:
        try:
            load_env_file(env_file)
        except SettingsError as error:
            exit_with(error.said(own_language()), 2)
    _use_own_texts()


def _use_own_texts() -> None:
    """Takes the texts of BOT_LOCALE_DIR into use before a command says anything.

    A file with a fault must not keep `check` from reporting it, so the shipped one is used in its
    place.
    """
    folder = inspect_settings()[0].locale_dir
    if folder is None:
        return
    install(read_catalogues(folder, read_catalogues(shipped("locale"))[0])[0])


def main() -> None:
    """The console script. Ctrl-C and a closed pipe end it quietly."""
    if os.name == "nt":
        # To a pipe or a file Windows would write in a code page that lacks some of our letters.
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(encoding="utf-8")
    guard_streams()
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # Nobody reads on (`| head`): leave nothing for the interpreter to flush into the pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)


if __name__ == "__main__":
    main()
