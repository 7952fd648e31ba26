"""A conversation in the terminal: `taikubot chat`."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot.answers.compose import Context, welcome
from bot.answers.model import Answer, Suggestion
from bot.channels.conversation import Conversations, IncomingMessage
from bot.commands.terminal_answer import show
from bot.commands.terminal_calendar import write_calendar_files
from bot.commands.terminal_line import LineReader
from bot.commands.terminal_output import prompt
from bot.i18n import translator
from bot.knowledge.library import Knowledge
from bot.knowledge.models import Municipality, Region
from bot.knowledge.values import LANGUAGES
from bot.understanding.language import own_locale, usual_language
from bot.understanding.reloader import Snapshot

CONVERSATION = "terminal"

ENDING = frozenset({"quit", "exit", "lopeta", "sluta"})
"""What ends the conversation, whatever its language."""

DIGITS = 2
"""A number of more digits chooses no suggestion: it may be a year."""


def chat(snapshot: Snapshot, conversations: Conversations, console: Console, history: Path) -> None:
    """Talks until it is told to end; remembers what was typed in `history`, on this machine."""
    lines = LineReader(history, _names(snapshot.knowledge))
    locale = own_locale()
    language = usual_language(locale)
    context = Context(conversations.now().astimezone(snapshot.knowledge.zone), members=False)
    answer = welcome(language, snapshot.knowledge, context)
    show(answer, console)
    _ = translator(language)
    hint = _(
        "Write a question or the number of a suggestion. Tab completes names; quit or Ctrl-D ends."
    )
    console.print(Text(hint, style="dim"))
    try:
        while True:
            lines.suggestions = tuple(one.title for one in answer.suggestions)
            typed = lines.read(prompt(console, lines.edits))
            if typed.casefold() in ENDING:
                break
            if not typed:
                # Nothing was written, or Ctrl-C has left the cursor behind it.
                if lines.cleared:
                    console.print()
                continue
            chosen = _chosen(typed, answer.suggestions)
            if chosen is None and typed.isdecimal() and len(typed) <= DIGITS:
                console.print(Text(_no_such_number(typed, answer)))
                continue
            message = IncomingMessage(chosen.text if chosen else typed, CONVERSATION, locale)
            reply = conversations.respond(message)
            if chosen and chosen.title != typed:
                console.print(Text(chosen.title, style="italic"))
            answer = reply.answer
            show(answer, console)
            for said in write_calendar_files(reply, snapshot.knowledge, Path.cwd()):
                console.print(Text(said.said(answer.language)))
    except (EOFError, KeyboardInterrupt):
        console.print()
    finally:
        lines.close()
    _ = translator(answer.language)
    console.print(_("Goodbye!"))


def _chosen(typed: str, suggestions: tuple[Suggestion, ...]) -> Suggestion | None:
    """The suggestion whose number or title was typed."""
    for number, suggestion in enumerate(suggestions, 1):
        if typed == suggestion.title or (typed.isdecimal() and int(typed) == number):
            return suggestion
    return None


def _no_such_number(typed: str, answer: Answer) -> str:
    _ = translator(answer.language)
    if not answer.suggestions:
        return _("There is no suggestion to choose now. Write a question.")
    return _(
        "There is no suggestion {number}: the last one is {last}. Choose one, or write a question.",
        number=typed,
        last=len(answer.suggestions),
    )


def _names(knowledge: Knowledge) -> tuple[str, ...]:
    """The names of networks, regions and municipalities, in each language, in order."""
    names = {
        network.short[language] for network in knowledge.networks.values() for language in LANGUAGES
    }
    places: list[Region | Municipality] = [
        *knowledge.regions.values(),
        *knowledge.municipalities.values(),
    ]
    names |= {place.name(language) for place in places for language in LANGUAGES}
    return tuple(sorted(names))
