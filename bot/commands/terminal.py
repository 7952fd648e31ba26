"""A conversation in the terminal: `taikubot chat`."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from bot import private_files
from bot.answers.compose import Context, welcome
from bot.answers.model import Answer, Bullets, Heading, Line, LinkSpan, Suggestion
from bot.answers.plain import shown_address, with_colon
from bot.channels.conversation import Conversations, IncomingMessage
from bot.i18n import translator
from bot.understanding.language import DEFAULT, from_locale, own_locale
from bot.understanding.reloader import Snapshot

CONVERSATION = "terminal"
HISTORY_LENGTH = 500


def chat(snapshot: Snapshot, conversations: Conversations, console: Console, history: Path) -> None:
    """Talks until Ctrl-D or Ctrl-C; remembers what was typed in `history`, on this machine."""
    # Ctrl-C ends it even where the process was started with SIGINT ignored, as background jobs of
    # a shell are.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _read_history(history)
    locale = own_locale()
    language = from_locale(locale) or DEFAULT
    context = Context(conversations.now().astimezone(snapshot.knowledge.zone), members=False)
    answer = welcome(language, snapshot.knowledge, context)
    show(answer, console)
    _ = translator(language)
    hint = _("Write a question or the number of a suggestion. Ctrl-D ends.")
    console.print(Text(hint, style="dim"))
    # \001 and \002 keep readline from counting the colours as characters of the prompt.
    prompt = "\001\033[1;36m\002›\001\033[0m\002 " if console.is_terminal else ""
    if os.name == "nt" and prompt:  # Without readline these characters would be shown.
        prompt = "› "
    try:
        while True:
            typed = input(prompt).strip()
            if not typed:
                continue
            message = IncomingMessage(_chosen(typed, answer.suggestions), CONVERSATION, locale)
            reply = conversations.respond(message)
            if message.text != typed:
                console.print(Text(message.text, style="italic"))
            answer = reply.answer
            show(answer, console)
    except (EOFError, KeyboardInterrupt):
        console.print()
        _ = translator(answer.language)
        console.print(_("Goodbye!"))
    finally:
        _write_history(history)


def _chosen(typed: str, suggestions: tuple[Suggestion, ...]) -> str:
    """The text of a suggestion, when its number was typed; else what was typed."""
    if typed.isdecimal() and 1 <= int(typed) <= len(suggestions):
        return suggestions[int(typed) - 1].text
    return typed


def show(answer: Answer, console: Console) -> None:
    """Prints an answer: blocks, then links, then the suggestions by number."""
    console.print()
    for block in answer.blocks:
        if isinstance(block, Heading):
            console.print(Text(block.text, style="bold"))
        elif isinstance(block, Bullets):
            for item in block.items:
                console.print(Text.assemble("  • ", _line(item)))
            console.print()
        else:
            for line in block.lines:
                console.print(_line(line))
            console.print()
    for action in answer.actions:
        title = f"{with_colon(action.title)} "
        console.print(Text.assemble((title, "dim"), _link(shown_address(action.url), action.url)))
    for number, suggestion in enumerate(answer.suggestions, 1):
        console.print(f"  [cyan]{number}[/] {escape(suggestion.title)}", highlight=False)
    console.print()


def _line(line: Line) -> Text:
    parts = [
        _link(span.text, span.url)
        if isinstance(span, LinkSpan)
        else Text(span.text, style="bold" if span.bold else "")
        for span in line
    ]
    return Text.assemble(*parts)


def _link(text: str, url: str) -> Text:
    """A link; its address is written out where it would not be seen otherwise."""
    shown = Text(text, style=f"underline link {url}")
    if url.startswith("https:") and url != text:
        shown.append(f" ({url})", style="dim")
    return shown


def _read_history(path: Path) -> None:
    try:
        import readline
    except ImportError:  # Windows: the console keeps a history of its own.
        return
    if path.exists():
        readline.read_history_file(path)
    readline.set_history_length(HISTORY_LENGTH)


def _write_history(path: Path) -> None:
    try:
        import readline

        private_files.make_folder(path.parent)
        private_files.touch(path)
        private_files.close_to_others(path)
        readline.write_history_file(path)
    except (ImportError, OSError):
        return
