"""The commands of `taikubot`."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from bot import __version__
from bot.answers.plain import plain_text
from bot.answers.templates import check_templates
from bot.channels.conversation import Conversations, Message
from bot.channels.script import as_json, explanation
from bot.channels.terminal import chat as talk
from bot.knowledge.age import old_content
from bot.knowledge.loader import inspect
from bot.knowledge.yaml_source import ContentError, Finding
from bot.settings import Settings, SettingsError, load_settings
from bot.understanding.brain import Brain, Folders, learned, make_brain, think, training_command
from bot.understanding.phrase_check import check_understanding

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Answers questions about regional networks, their people and their meetings.",
)

Demo = Annotated[bool, typer.Option("--demo", help="With the demo meetings, for trying it out.")]


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


def _stop(message: str, code: int = 1) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)


def _settings() -> Settings:
    try:
        return load_settings()
    except SettingsError as error:
        _stop(str(error), 2)


def _progress(quiet: bool = False) -> Callable[[float], None]:
    """Shows how far training is, on standard error, if a person is looking."""
    if quiet:
        return lambda share: None
    told = False

    def tell(share: float) -> None:
        nonlocal told
        if sys.stderr.isatty():
            end = "\n" if share >= 1 else ""
            print(f"\rLearning the phrases … {share:4.0%}", end=end, file=sys.stderr, flush=True)
        elif not told:
            print("Learning the phrases (once after each change) …", file=sys.stderr, flush=True)
            told = True

    return tell


def _folders(demo: bool) -> Folders:
    settings = _settings()
    if demo and settings.app_id:
        _stop("--demo shows made-up meetings: it does not start while BOT_APP_ID is set.", 2)
    return Folders(settings.content, settings.intents, demo, (check_templates,))


def _brain(folders: Folders, beside: bool = False) -> Brain:
    """Reads the content and what was learned from it; a server learns `beside` itself."""
    try:
        knowledge = folders.read()
        if beside and not learned(knowledge):
            subprocess.run(training_command(folders), check=False)
        return think(knowledge, _progress())
    except ContentError as error:
        for finding in error.findings:
            typer.echo(_shown(finding), err=True)
        _stop("Mend these first; `taikubot check` lists them all.")


def _shown(finding: Finding) -> str:
    """A finding with its path as seen from here, so that an editor can click it."""
    path = Path(os.path.relpath(finding.path))
    shorter = path if not str(path).startswith("..") else finding.path
    return str(Finding(shorter, finding.line, finding.message, finding.severity))


@app.command()
def chat(demo: Demo = False) -> None:
    """A conversation in the terminal."""
    brain = _brain(_folders(demo))
    base = os.environ.get("XDG_STATE_HOME") or os.environ.get("LOCALAPPDATA")
    history = Path(base or Path.home() / ".local" / "state") / "taikubot" / "history"
    talk(brain, Conversations(lambda: brain), Console(), history)


@app.command()
def ask(
    text: Annotated[
        list[str] | None, typer.Argument(help="Questions; else standard input.")
    ] = None,
    as_json_: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    dialogue: Annotated[
        bool, typer.Option("--dialogue", help="Lines share a conversation until an empty line.")
    ] = False,
    demo: Demo = False,
) -> None:
    """Answers each question, or each line of standard input as it comes."""
    brain = _brain(_folders(demo))
    conversations = Conversations(lambda: brain)
    for question in text if text else _lines():
        question = question.strip()
        if not question:
            conversations.forget("ask")
            continue
        message = Message(question, "ask" if dialogue else None)
        reply = conversations.respond(message)
        if as_json_:
            line = json.dumps(as_json(question, reply), ensure_ascii=False)
        else:
            line = plain_text(reply.answer) + "\n"
        print(line, flush=True)


def _lines() -> Iterator[str]:
    if sys.stdin.isatty():
        typer.echo("Write a question on each line; Ctrl-D ends.", err=True)
    # Bytes that are no UTF-8 are somebody's question too: they must not end the rest.
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", "replace")


@app.command()
def explain(
    text: Annotated[list[str], typer.Argument(help="One question.")], demo: Demo = False
) -> None:
    """Why a question is understood as it is."""
    brain = _brain(_folders(demo))
    question = " ".join(text)
    reply = Conversations(lambda: brain).respond(Message(question), explain=True)
    print(explanation(reply.understanding))


@app.command()
def check(
    age: Annotated[
        int | None, typer.Option("--age", metavar="DAYS", help="List content older than this.")
    ] = None,
) -> None:
    """Checks content/ and intents/; exit code 1 when there is an error."""
    settings = _settings()
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
                print(_shown(finding))
        if age is not None and knowledge is not None and not demo:
            today = dt.datetime.now(knowledge.zone).date()
            for finding in old_content(knowledge, settings.content, today, age):
                print(_shown(finding))
    if errors:
        raise typer.Exit(1)
    typer.echo(f"{settings.content} and {settings.intents}: no errors.", err=True)


@app.command(hidden=True)
def train(
    content: Annotated[Path | None, typer.Option()] = None,
    intents: Annotated[Path | None, typer.Option()] = None,
    quiet: Annotated[bool, typer.Option("--quiet")] = False,
    demo: Demo = False,
) -> None:
    """Learns the phrases now, so that the next start is quick."""
    settings = _settings()
    folders = Folders(content or settings.content, intents or settings.intents, demo)
    try:
        make_brain(folders, _progress(quiet))
    except ContentError as error:
        _stop(str(error))


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 3978,
    demo: Demo = False,
) -> None:
    """The bot over HTTP."""
    from bot.app import Refused, run

    settings = _settings()
    folders = _folders(demo)
    brain = _brain(folders, beside=True)
    try:
        run(settings, folders, brain, host, port)
    except Refused as error:
        _stop(str(error), 2)


@app.command()
def version() -> None:
    """The version of the program."""
    print(__version__)


if __name__ == "__main__":
    main()
