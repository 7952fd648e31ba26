"""One talk, held in Teams, in Messenger, on the page, in the terminal and by `ask`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from .differences import DIFFERENCES, same
from .places import House, InMessenger, InTeams, InTerminal, OnPage, Place, asked, new_house
from .shown import Shown
from .talks import TALKS

# `snapshot` leaves its model for these processes.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("snapshot"),
    pytest.mark.asyncio(loop_scope="module"),
]

LANGUAGES = tuple(TALKS)
PLACES = ("ask", "messenger", "teams", "terminal")


@dataclass
class Heard:
    """What each talk was answered: by place and language, turn by turn, and the tap at its end."""

    talks: dict[tuple[str, str], list[Shown]]
    fresh: dict[str, list[Shown]]
    """The same messages on the page, each as the first of a conversation."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(
    snapshot: Any, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    async with new_house(tmp_path_factory.mktemp("talks")) as house:
        yield house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def heard(house: House) -> AsyncIterator[Heard]:
    """All talks at once, in each place and language."""
    terminals = {language: InTerminal(house, talk.locale) for language, talk in TALKS.items()}
    try:
        yield await _heard(house, terminals)
    finally:
        for terminal in terminals.values():
            terminal.close()


async def _heard(house: House, terminals: dict[str, InTerminal]) -> Heard:
    heard = Heard({}, {})

    async def walk(place: Place, language: str) -> None:
        if isinstance(place, InTerminal):
            await place.begin()
        shown = [await place.say(text) for text in TALKS[language].turns]
        heard.talks[place.name, language] = [*shown, await place.tap(shown[-1], 0)]

    async def anew(language: str) -> None:
        page = OnPage(house, TALKS[language].locale, conversation=None)
        heard.fresh[language] = [await page.say(text) for text in TALKS[language].turns]

    async with asyncio.TaskGroup() as group:
        for language, talk in TALKS.items():
            places = (OnPage, InTeams, InMessenger)
            for place in (*(each(house, talk.locale) for each in places), terminals[language]):
                group.create_task(walk(place, language))
            group.create_task(anew(language))
    await _ask(house, heard)
    return heard


async def _ask(house: House, heard: Heard) -> None:
    """Asks all talks in one run, with several empty lines between them."""
    lines = {}
    for language, talk in TALKS.items():
        asks = heard.talks["page", language][len(talk.turns) - 1].asks
        assert asks
        # What the others tap is typed here.
        lines[language] = [*talk.turns, asks[0]]
    text = "\n\n" + "\n\n \n\n".join("\n".join(each) for each in lines.values()) + "\n"
    shown = iter(await asked(house, text, "--dialogue"))
    for language, each in lines.items():
        heard.talks["ask", language] = [next(shown) for _ in each]
    assert next(shown, None) is None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("place", PLACES)
async def test_each_place_gives_the_same_conversation(
    heard: Heard, place: str, language: str
) -> None:
    turns = [*TALKS[language].turns, "(the first suggestion is tapped)"]
    for text, here, page in zip(
        turns, heard.talks[place, language], heard.talks["page", language], strict=True
    ):
        shown, on_page = same(place, here, page)
        assert shown == on_page, f"{text!r} in {place}"


def test_zz(heard):
    for (place, language), talk in heard.talks.items():
        if place == "page":
            continue
        for n, (a, b) in enumerate(zip(talk, heard.talks["page", language])):
            a, b = same(place, a, b)
            for f in ("lines", "links", "language", "asks", "titles"):
                x, y = getattr(a, f), getattr(b, f)
                if x != y:
                    print("ZZ", place, language, n, f, "HERE", [i for i in x if i not in y] if f!="language" else x, "PAGE", [i for i in y if i not in x]if f!="language" else y)
    for l in TALKS:
        print("ZZ fresh same", l, [n for n, x in enumerate(heard.fresh[l]) if x.lines == heard.talks["page", l][n].lines])
    assert 0
