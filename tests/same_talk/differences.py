"""What places show differently on purpose: all of it, each with its reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from .house import PUBLIC_URL
from .shown import Shown


@dataclass(frozen=True)
class Difference:
    """What places show otherwise than the page; `without` leaves it out of an answer."""

    places: tuple[str, ...]
    what: str
    reason: str
    without: Callable[[Shown], Shown]


def _without_lines(pattern: str) -> Callable[[Shown], Shown]:
    found = re.compile(pattern)

    def without(shown: Shown) -> Shown:
        lines = tuple(line for line in shown.lines if not found.search(line))
        return replace(shown, lines=lines)

    return without


def _without_links(pattern: str, labels: str) -> Callable[[Shown], Shown]:
    found = re.compile(pattern)
    without_labels = _without_lines(labels)

    def without(shown: Shown) -> Shown:
        links = frozenset(link for link in shown.links if not found.search(link))
        return without_labels(replace(shown, links=links))

    return without


DIFFERENCES = (
    Difference(
        ("ask",),
        "no suggestions",
        "`--json` gives their intents, for scripts",
        lambda shown: replace(shown, asks=None, titles=None),
    ),
    Difference(
        ("terminal",),
        "suggestions by title and number, no word of the language",
        "who reads it sees both",
        lambda shown: replace(shown, asks=None, language=None),
    ),
    Difference(
        ("ask", "terminal"),
        "no links to the server's calendars",
        "commands need no server and know no public address",
        _without_links(
            re.escape(PUBLIC_URL), "^(Lisää kalenteriin|Lägg till i kalendern|Add to calendar)$"
        ),
    ),
    Difference(
        ("messenger",),
        "the first answer says that a bot gives it",
        "the platform's terms want it said at the beginning of a chat",
        _without_lines("^(Hei! Olen|Hej! Jag heter|Hello! I am) Taikubot(,| och är) "),
    ),
    Difference(
        ("messenger",),
        "shorter titles",
        "a quick reply's title has 20 characters",
        lambda shown: replace(shown, titles=None),
    ),
    Difference(
        ("teams",),
        "online links that are for members",
        "elsewhere anybody may read along",
        _without_links(
            "^https://example.org/members$",
            "(?i)(verkossa|på nätet|online)",
        ),
    ),
    Difference(
        ("ask", "messenger", "teams", "terminal"),
        "whom to tell of wrong information",
        "of four links it is the one that makes way for another, and a text shows an address once",
        _without_lines("^(Väärä tieto|Fel uppgift|Wrong information)[?]"),
    ),
    Difference(
        ("teams",),
        "the order of the links below an answer",
        "a phone cuts what is long in a button, so that is a link above the buttons",
        lambda shown: replace(shown, lines=(*shown.lines[:-4], *sorted(shown.lines[-4:]))),
    ),
)


def same(place: str, shown: Shown, on_page: Shown) -> tuple[Shown, Shown]:
    """Both answers without what may differ in a place: they must be equal."""
    for difference in DIFFERENCES:
        if place in difference.places:
            shown, on_page = difference.without(shown), difference.without(on_page)
    return shown, on_page
