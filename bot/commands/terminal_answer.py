"""An answer as the terminal shows it."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from bot.answers.model import Answer, Bullets, Heading, Line, LinkSpan
from bot.answers.plain import shown_address, with_colon


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
