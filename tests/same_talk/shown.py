"""What a member sees of an answer, read from what each place shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from bot.answers.plain import with_colon

_ADDRESS = re.compile(r"\(?(https?://[^\s)]+)\)?")
_MARKDOWN_LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]*)\)")
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\]8;[^\x1b]*\x1b\\|[\x01\x02]")
_SAFE_SIGNS = str.maketrans(
    {
        "\N{ASTERISK OPERATOR}": "*",
        "\N{MODIFIER LETTER GRAVE ACCENT}": "`",
        "\N{TILDE OPERATOR}": "~",
        "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}": "<",
        "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}": ">",
        "\N{FULLWIDTH LEFT SQUARE BRACKET}": "[",
        "\N{FULLWIDTH RIGHT SQUARE BRACKET}": "]",
        "\N{FULLWIDTH LOW LINE}": "_",
        "\N{ZERO WIDTH NON-JOINER}": None,
    }
)
"""What a card writes for signs that could be markup; see `channels/teams/markdown.py`."""


@dataclass(frozen=True)
class Shown:
    """An answer as its facts: what all places have of it, however they show it."""

    lines: tuple[str, ...]
    """The lines of text, and the labels of links that are not in the text; no addresses."""
    links: frozenset[str]
    language: str | None
    asks: tuple[str, ...] | None
    """What the suggestions ask when they are tapped."""
    titles: tuple[str, ...] | None
    """How the suggestions are called."""


def of_page(answer: dict[str, Any]) -> Shown:
    """An answer of `POST /api/chat`."""
    lines, links = [], []
    for block in answer["blocks"]:
        spans = block.get("lines") or block.get("items") or [[{"text": block.get("text", "")}]]
        for line in spans:
            lines.append("".join(span["text"] for span in line))
            links += [span["url"] for span in line if "url" in span]
    doors = [(one["title"], one["url"]) for one in answer["actions"]]
    suggestions = answer["suggestions"]
    return _shown(
        [*lines, *_labels(doors, links)],
        [*links, *(url for _, url in doors)],
        answer["language"],
        [one["text"] for one in suggestions],
        [one["title"] for one in suggestions],
    )


def of_card(card: dict[str, Any]) -> Shown:
    """An Adaptive Card, of a message or in the answer to a press."""
    lines: list[str] = []
    links: list[str] = []
    doors: list[tuple[str, str]] = []
    asking: list[dict[str, Any]] = []
    for element in card["body"]:
        if element["type"] == "TextBlock":
            for line in element["text"].split("\n"):
                links += [url for _, url in _MARKDOWN_LINK.findall(line)]
                lines.append(
                    _MARKDOWN_LINK.sub(r"\1", line).replace("**", "").translate(_SAFE_SIGNS)
                )
        for button in element.get("actions", ()):
            if button["type"] == "Action.OpenUrl":
                doors.append((button["title"], button["url"]))
            elif button["data"].keys() == {"text"}:
                asking.append(button)
            else:
                lines.append(f"[{button['title']}]")
    return _shown(
        [*lines, *_labels(doors, links)],
        [*links, *(url for _, url in doors)],
        card["lang"],
        [one["data"]["text"] for one in asking],
        [one["title"] for one in asking],
    )


def of_messenger(messages: list[dict[str, Any]]) -> Shown:
    """The messages of an answer; the quick replies are below the last."""
    text = "\n".join(one["text"] for one in messages)
    replies = messages[-1].get("channelData", {}).get("quick_replies", [])
    return _shown(
        text.split("\n"),
        _ADDRESS.findall(text),
        messages[0]["locale"],
        [one["payload"] for one in replies],
        [one["title"] for one in replies],
    )


def of_ask(row: dict[str, Any]) -> Shown:
    """A line of `ask --json`."""
    lines = row["text"].split("\n")
    return _shown(lines, _ADDRESS.findall(row["text"]), row["language"], None, None)


def without_escapes(screen: str) -> str:
    """What a terminal shows, as text."""
    return _ESCAPES.sub("", screen).replace("\r", "")


def of_terminal(screen: str) -> Shown:
    """What `chat` shows between two prompts: the typed line, the answer, the suggestions."""
    lines = screen.split("\n")
    # An empty line parts what was typed, or which suggestion that was, from the answer.
    paragraphs = "\n".join(lines[lines.index("") :]).strip("\n").split("\n\n")
    below = paragraphs.pop().split("\n") if paragraphs else []
    titles = [line for line in below if re.match(r"  \d ", line)]
    doors = []
    if titles or all(_ADDRESS.search(line) or "mailto:" in line for line in below):
        for line in below[: len(below) - len(titles)]:
            title, _, url = line.rpartition(" ")
            doors.append((title, url))
    else:
        paragraphs.append("\n".join(below))
    text = "\n".join(paragraphs)
    links = _ADDRESS.findall(text)
    return _shown(
        [*text.split("\n"), *_labels(doors, links)],
        [*links, *(url for _, url in doors)],
        None,
        None,
        [title[4:] for title in titles],
    )


def _labels(doors: Iterable[tuple[str, str]], links: list[str]) -> Iterator[str]:
    """The labels of links that the text does not have, as plain text shows them."""
    for title, url in doors:
        if not any(unquote(url) in unquote(link) for link in links):
            scheme, _, rest = url.partition(":")
            yield f"{with_colon(title)} {rest.partition('?')[0]}" if scheme == "mailto" else title


def _shown(
    lines: Iterable[str],
    links: Iterable[str],
    language: str | None,
    asks: list[str] | None,
    titles: list[str] | None,
) -> Shown:
    plain = (re.sub(r"^ *(?:- |• )", "", _ADDRESS.sub("", line)) for line in lines)
    words = (" ".join(line.split()).rstrip(" :") for line in plain)
    return Shown(
        tuple(filter(None, words)),
        frozenset(unquote(url) for url in links if url.startswith("http")),
        language,
        None if asks is None else tuple(asks),
        None if titles is None else tuple(titles),
    )
