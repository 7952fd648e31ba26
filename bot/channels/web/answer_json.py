"""An answer as the page gets it: plain data, in which no text is markup.

{"language": "en",
 "blocks": [{"type": "heading", "text": "…"},
            {"type": "paragraph", "lines": [[{"text": "…", "bold": true}, {"text": "…"}]]},
            {"type": "bullets", "items": [[{"text": "…", "url": "tel:…"}]]}],
 "actions": [{"title": "…", "url": "https://…"}],
 "suggestions": [{"title": "…", "text": "…"}],
 "private": true,
 "forgotten": true}

The last two stand only where they are so: what was asked is not to be kept anywhere, in the browser
neither; what was remembered of the conversation is forgotten, as its member wished.
"""

from __future__ import annotations

from typing import Any

from bot.answers.model import Answer, Block, Bullets, Heading, Line, LinkSpan, Span

Json = dict[str, Any]


def as_json(answer: Answer, forgotten: bool = False) -> Json:
    """The answer as data for JSON."""
    so = {"private": answer.private, "forgotten": forgotten}
    return {
        "language": answer.language,
        "blocks": [_block(block) for block in answer.blocks],
        "actions": [{"title": one.title, "url": one.url} for one in answer.actions],
        "suggestions": [{"title": one.title, "text": one.text} for one in answer.suggestions],
        **{name: True for name, holds in so.items() if holds},
    }


def _block(block: Block) -> Json:
    if isinstance(block, Heading):
        return {"type": "heading", "text": block.text}
    if isinstance(block, Bullets):
        return {"type": "bullets", "items": [_line(item) for item in block.items]}
    return {"type": "paragraph", "lines": [_line(line) for line in block.lines]}


def _line(line: Line) -> list[Json]:
    return [_span(span) for span in line]


def _span(span: Span) -> Json:
    if isinstance(span, LinkSpan):
        return {"text": span.text, "url": span.url}
    return {"text": span.text, "bold": True} if span.bold else {"text": span.text}
