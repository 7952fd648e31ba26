"""Talking with the bot on this machine: `chat`, `ask` and `explain`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import Console

from bot.answers.plain import plain_text
from bot.channels.conversation import Conversations, IncomingMessage
from bot.commands.ask_json import as_json
from bot.commands.explanation import explanation
from bot.commands.shared import Demo, inform, read_folders, read_snapshot, relative_path
from bot.commands.terminal import chat as talk
from bot.commands.terminal_output import loading, speaks_unicode, write_anything
from bot.i18n import N_, own_language
from bot.ops.settings import state_folder
from bot.understanding.reloader import Folders, Snapshot

commands = typer.Typer()


@commands.command()
def chat(demo: Demo = False) -> None:
    """A conversation in the terminal."""
    snapshot = _ready(read_folders(demo))
    conversations = Conversations(lambda: snapshot, calendar_files=True)
    talk(snapshot, conversations, Console(), state_folder() / "history")


@commands.command()
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
    snapshot = _ready(read_folders(demo))
    conversations = Conversations(lambda: snapshot)
    for question in text if text else _lines():
        question = question.strip()
        if not question:
            conversations.forget("ask")
            continue
        message = IncomingMessage(question, "ask" if dialogue else None)
        reply = conversations.respond(message)
        if as_json_:
            # Signs that cannot be written are escaped: a script loses nothing.
            escaped = not speaks_unicode()
            line = json.dumps(as_json(question, reply), ensure_ascii=escaped)
        else:
            line = plain_text(reply.answer) + "\n"
            if reply.understanding.guesses:
                # The answer asks whether one of these was meant.
                line += "".join(f"- {one.title}\n" for one in reply.answer.suggestions)
        print(line, flush=True)


def _ready(folders: Folders) -> Snapshot:
    """What the bot knows, once it is loaded; from now on standard output takes every sign."""
    write_anything()
    with loading():
        return read_snapshot(folders)


def _lines() -> Iterator[str]:
    if sys.stdin.isatty():
        inform(N_("Write a question on each line; Ctrl-D ends."))
    # Bytes that are no UTF-8 are somebody's question too: they must not end the rest.
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", "replace")


@commands.command()
def explain(
    text: Annotated[list[str], typer.Argument(help="One question.")],
    after: Annotated[
        list[str] | None,
        typer.Option("--after", metavar="TEXT", help="What was asked before it; may be repeated."),
    ] = None,
    demo: Demo = False,
) -> None:
    """Why a question is understood as it is, and what to add where it is not."""
    folders = read_folders(demo)
    snapshot = _ready(folders)
    conversations = Conversations(lambda: snapshot)
    for earlier in after or ():
        conversations.respond(IncomingMessage(earlier, "explain"))
    reply = conversations.respond(IncomingMessage(" ".join(text), "explain"), explain=True)
    print(explanation(reply, snapshot.knowledge, relative_path(folders.intents), own_language()))
