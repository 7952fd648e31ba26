"""An answer as an Adaptive Card: the answer first, then its buttons.

Schema version 1.4, but only elements of 1.2, which Teams shows on phones as well: TextBlock,
ActionSet, Action.OpenUrl and Action.Submit. Every line is a TextBlock of its own, since the clients
disagree on what a line break within one means.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, NamedTuple

from botbuilder.schema import Activity, ActivityTypes, Attachment

from bot.answers.model import (
    TITLE_LIMIT,
    Action,
    Answer,
    Block,
    Bullets,
    Heading,
    Line,
    LinkSpan,
    Suggestion,
    Text,
)
from bot.answers.plain import plain_line
from bot.i18n import N_

from .markdown import markdown, plain

CONTENT_TYPE = "application/vnd.microsoft.card.adaptive"
MOST_BYTES = 28 * 1024
"""Teams refuses messages with larger cards."""

MOST_FALLBACK = 4_000
MOST_SPOKEN = 1_500
MOST_SUMMARY = 160
"""Characters of the texts that go with a card: fallback, spoken text, notification."""

MOST_CACHED_LINES = 2_048
"""Rendered lines that are cached: they come from content, so they recur in many answers."""

CUT = N_("There is more, but it does not fit here. Ask about one thing, and I will tell more.")

Json = dict[str, Any]


def card(answer: Answer) -> Json:
    """The card of an answer, at most `MOST_BYTES` as JSON in UTF-8.

    An answer that does not fit is cut after a whole block, and the card says so.
    """
    made = _card(answer, answer.blocks, whole=True)
    if size_of(made) <= MOST_BYTES:
        return made
    # The size grows with every block, so the most that fit are found by halving.
    fits, too_many = 0, len(answer.blocks)
    while fits + 1 < too_many:
        middle = (fits + too_many) // 2
        if size_of(_card(answer, answer.blocks[:middle], whole=False)) <= MOST_BYTES:
            fits = middle
        else:
            too_many = middle
    return _card(answer, answer.blocks[:fits], whole=False)


def adaptive_card(language: str, body: list[Json], fallback: str, speak: str) -> Json:
    """A card; `fallback` is for clients that cannot show it, `speak` for screen readers."""
    return {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.4",
        "lang": language,
        "body": body,
        "fallbackText": fallback,
        "speak": speak,
    }


def text_block(text: str, **more: object) -> Json:
    """A paragraph of Markdown."""
    return {"type": "TextBlock", "text": text, "wrap": True, **more}


def card_activity(answer: Answer) -> Activity:
    """A message that holds the card and no text: Teams would show both."""
    made = card(answer)
    return Activity(
        type=ActivityTypes.message,
        # The beginning of what is read aloud, for the notification of a phone or desktop.
        summary=_shortened(" ".join(made["speak"].splitlines()), MOST_SUMMARY),
        locale=answer.language,
        attachments=[Attachment(content_type=CONTENT_TYPE, content=made)],
    )


class _RenderedLine(NamedTuple):
    """A line of an answer in the forms that a card needs."""

    shown: str
    """As Markdown."""
    read: str
    """With its addresses, for clients that cannot show cards."""
    spoken: str
    """Without addresses, for screen readers."""


@lru_cache(MOST_CACHED_LINES)
def _rendered(line: Line) -> _RenderedLine:
    spoken = "".join(span.text for span in line)
    return _RenderedLine(markdown(line), plain(plain_line(line)), plain(spoken))


def _card(answer: Answer, blocks: tuple[Block, ...], *, whole: bool) -> Json:
    body: list[Json] = []
    spoken: list[str] = []
    read: list[str] = []
    for block in blocks:
        if isinstance(block, Heading):
            lines, mark = [_rendered((Text(block.text),))], ""
            body.append(text_block(lines[0].read, weight="Bolder", size="Medium", spacing="Medium"))
        elif isinstance(block, Bullets):
            lines, mark = [_rendered(item) for item in block.items], "- "
            if items := [f"- {line.shown}" for line in lines if line.shown]:
                body.append(text_block("\n".join(items)))
        else:
            lines, mark = [_rendered(line) for line in block.lines], ""
            shown = [line.shown for line in lines if line.shown]
            body += [text_block(text) for text in shown[:1]]
            body += [text_block(text, spacing="None") for text in shown[1:]]
        spoken += [line.spoken for line in lines]
        read += [mark + line.read for line in lines]
    if not whole:
        cut = CUT.said(answer.language)
        for texts in (spoken, read):
            texts.append(cut)
        body.append(text_block(cut, isSubtle=True))
    if body:
        # The first line needs no distance to the edge of the card.
        body[0].pop("spacing", None)
    body += _below_answer(answer.suggestions, answer.actions)
    fallback, speak = _lines(read, MOST_FALLBACK), _lines(spoken, MOST_SPOKEN)
    return adaptive_card(answer.language, body, fallback, speak)


def _below_answer(suggestions: tuple[Suggestion, ...], actions: tuple[Action, ...]) -> list[Json]:
    """The buttons below an answer: links, and suggested questions.

    A title that a phone would cut short in a button is a link of its own instead.
    """
    long = [one for one in actions if len(one.title) > TITLE_LIMIT]
    links = [text_block(markdown((LinkSpan(one.title, one.url),))) for one in long]
    asking = [_submit(one) for one in suggestions]
    opening = [_open(one) for one in actions if one not in long]
    sets = [
        {"type": "ActionSet", "actions": buttons, "spacing": "Medium"}
        for buttons in (asking, opening)
        if buttons
    ]
    return links + sets


def _open(action: Action) -> Json:
    return {"type": "Action.OpenUrl", "title": " ".join(action.title.split()), "url": action.url}


def _submit(suggestion: Suggestion) -> Json:
    """A button that sends a question.

    Its data is plain: the Agents Playground cannot press a button with `msteams` data.
    """
    return {
        "type": "Action.Submit",
        "title": _shortened(" ".join(suggestion.title.split()), TITLE_LIMIT),
        "data": {"text": suggestion.text},
    }


def _lines(lines: list[str], most: int) -> str:
    """As many whole lines as fit; at least a part of the first."""
    fitting = lines[:1] and [_shortened(lines[0], most)]
    length = sum(map(len, fitting))
    for line in lines[1:]:
        length += len(line) + 1
        if length > most:
            break
        fitting.append(line)
    return "\n".join(fitting)


def _shortened(text: str, most: int) -> str:
    """The text, cut at a word where it is too long."""
    if len(text) <= most:
        return text
    words = text[:most].rpartition(" ")[0]
    return (words or text[: most - 1]).rstrip(" ,.;:") + "…"


def size_of(made: Json) -> int:
    """How many bytes a card has on the wire."""
    return len(json.dumps(made).encode())
