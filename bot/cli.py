"""The console script `taikubot`: puts the commands together and ends them quietly."""

from __future__ import annotations

import os
import sys

import typer

from bot.commands import content, serving, talking

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Answers questions about regional networks, their people and their meetings.",
)
for group in (talking, content, serving):
    app.add_typer(group.commands)


def main() -> None:
    """The console script. Ctrl-C and a closed pipe end it quietly."""
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
