"""An answer as plain text, for the terminal and for JSON."""

from __future__ import annotations

from bot.answers.model import Answer, Block, Bullets, Heading, Line, Text


def plain_text(answer: Answer) -> str:
    """The whole answer: blocks parted by empty lines, then the actions whose links are new.

    Telephone and e-mail links are just their text, others `title: url` at the end of a line and
    `title (url)` within it or where the line has a colon already.
    """
    said = ""
    for block in answer.blocks:
        # A list follows the line that announces it.
        close = isinstance(block, Bullets) and said.endswith(":")
        said += ("\n" if close else "\n\n") * bool(said) + "\n".join(_block(block))
    actions = [
        f"{with_colon(action.title)} {shown_address(action.url)}"
        for action in answer.actions
        if shown_address(action.url) not in said
    ]
    return "\n\n".join(part for part in (said, "\n".join(actions)) if part)


def shown_address(url: str) -> str:
    """A link's address as people read it: of a mail the address alone, without its draft."""
    return url.removeprefix("mailto:").partition("?")[0] if url.startswith("mailto:") else url


def with_colon(title: str) -> str:
    """A title before what it is the title of; one that ends in a sign of its own gets no colon."""
    return title if title.endswith(("?", ":", "!")) else f"{title}:"


def _block(block: Block) -> list[str]:
    if isinstance(block, Heading):
        return [block.text]
    if isinstance(block, Bullets):
        return [f"- {plain_line(item)}" for item in block.items]
    return [plain_line(line) for line in block.lines]


def plain_line(line: Line) -> str:
    """One line of an answer as plain text."""
    said = ""
    for span in line:
        said += span.text
        if isinstance(span, Text) or span.text == span.url or not span.url.startswith("https:"):
            continue
        single_answer = span is line[-1] and ":" not in said
        said += f": {span.url}" if single_answer else f" ({span.url})"
    return said
