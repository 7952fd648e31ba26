"""An answer as messages of Messenger: plain text, and quick replies below the last of them."""

from __future__ import annotations

from collections import Counter

from botbuilder.schema import Activity, ActivityTypes

from bot.answers.model import Answer, Heading, Suggestion
from bot.answers.plain import plain_text
from bot.i18n import translator

from .incoming import MAX_PAYLOAD
from .splitting import length, shortened, split

MAX_QUICK_REPLIES = 13
MAX_TITLE = 20
"""Characters, as Messenger's reference of quick replies states them."""

MAX_ADDRESS = 500
"""Characters of an address in the closing line, so that the line stays a short one."""

QuickReply = dict[str, str]


def messages(answer: Answer, contact_point: str | None = None) -> list[Activity]:
    """The messages of an answer, in the order in which they are sent; none if it says nothing.

    `contact_point` is the address that an answer which must be cut leads to, when it has no page of
    its own.
    """
    line = closing_line(_read_on(answer, contact_point), answer.language)
    headings = frozenset(block.text for block in answer.blocks if isinstance(block, Heading))
    made = [_message(text, answer) for text in split(_text(answer, headings), line, headings)]
    if made and (replies := quick_replies(answer.suggestions)):
        made[-1].channel_data = {"quick_replies": replies}
    return made


def closing_line(address: str | None, language: str) -> str:
    """The line after an answer that was cut; it leads to the address where the rest stands."""
    _ = translator(language)
    if address is None:
        return _("There is more. Ask about one thing, and I will tell more.")
    return _(
        "There is more. Read on: {address} – or ask about one thing, and I will tell more.",
        address=address,
    )


def quick_replies(suggestions: tuple[Suggestion, ...]) -> list[QuickReply]:
    """The suggestions as buttons that each carry a question; no two look or ask the same."""
    asking: dict[str, Suggestion] = {}
    for suggestion in suggestions:
        asking.setdefault(suggestion.text.strip()[:MAX_PAYLOAD], suggestion)
    titles = {payload: _titles(one) for payload, one in asking.items() if payload}
    first_choices = Counter(choices[0] for choices in titles.values() if choices)
    made: dict[str, QuickReply] = {}
    for payload, choices in titles.items():
        if choices and first_choices[choices[0]] > 1:
            # `Miten liityn…` twice: the ends of the questions tell them apart.
            choices = [_ending(asking[payload].title), *choices]
        title = next((one for one in choices if one.casefold() not in made), None)
        if title:
            made[title.casefold()] = {"content_type": "text", "title": title, "payload": payload}
    return list(made.values())[:MAX_QUICK_REPLIES]


def _titles(suggestion: Suggestion) -> list[str]:
    """What a button may be called, best first.

    `Etelä-Karjala: Milloin on …` leaves no space for the question, which says more than the
    network.
    """
    whole = " ".join(suggestion.title.split())
    about, colon, question = whole.partition(": ")
    titles = [shortened(one, MAX_TITLE) for one in (whole, question, suggestion.text)]
    if colon and len(titles[0]) <= len(about) + 1:
        titles[:2] = titles[1::-1]
    return [title for title in titles if title.strip("…")]


def _ending(title: str) -> str:
    """The last words of a title, as many as fit after a mark."""
    words = title.split()
    if length(" ".join(words)) <= MAX_TITLE:
        return " ".join(words)
    while words and length(" ".join(words)) > MAX_TITLE - 1:
        del words[0]
    return "…" + " ".join(words) if words else shortened(title, MAX_TITLE)


def _text(answer: Answer, headings: frozenset[str]) -> str:
    """The whole answer, with each heading right above what it is about."""
    parts = plain_text(answer).split("\n\n")
    return "".join(part + ("\n" if part in headings else "\n\n") for part in parts)


def _read_on(answer: Answer, contact_point: str | None) -> str | None:
    pages = (action.url for action in answer.actions if action.url.startswith("https:"))
    url = next(pages, contact_point)
    return url if url and len(url) <= MAX_ADDRESS else None


def _message(text: str, answer: Answer) -> Activity:
    return Activity(
        type=ActivityTypes.message,
        text=text,
        # The channel would take Markdown otherwise, and drop asterisks and underscores.
        text_format="plain",
        locale=answer.language,
    )
