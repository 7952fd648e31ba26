"""One talk, held in Teams, in Messenger, on the page, in the terminal and by `ask`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest
import pytest_asyncio

from .differences import DIFFERENCES, same
from .house import House, new_house
from .places import InMessenger, InTeams, InTerminal, OnPage, Place, asked
from .shown import Shown
from .talks import LEANING, TALKS

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

PLACES = ("ask", "messenger", "teams", "terminal")


@dataclass
class Heard:
    """What each talk was answered, by place and language: turn by turn, and the tap at its end."""

    talks: dict[tuple[str, str], list[Shown]]
    fresh: dict[str, list[Shown]]
    """The same messages on the page, each as the first of a conversation."""
    welcome: Shown | None = None
    """What the terminal says at the beginning."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with new_house(tmp_path_factory.mktemp("talks")) as house:
        yield house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def terminal(house: House) -> AsyncIterator[InTerminal]:
    terminal = InTerminal(house, TALKS["fi"].locale)
    yield terminal
    terminal.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def heard(house: House, terminal: InTerminal) -> Heard:
    """All talks, at once where several people can talk."""
    heard = Heard({}, {})

    async def walk(place: Place, language: str) -> None:
        shown = [await place.say(text) for text in TALKS[language].turns]
        heard.talks[place.name, language] = [*shown, await place.tap(shown[-1], 0)]

    async def anew(language: str) -> None:
        page = OnPage(house, TALKS[language].locale, conversation=None)
        heard.fresh[language] = [await page.say(text) for text in TALKS[language].turns]

    async def in_terminal() -> None:
        heard.welcome = await terminal.welcome()
        for language, talk in TALKS.items():
            await walk(terminal, language)
            for text in talk.forget:
                await terminal.say(text)

    async def by_ask() -> None:
        lines = "\n\n \n\n".join("\n".join(talk.turns) for talk in TALKS.values())
        shown = iter(await asked(house, f"\n\n{lines}\n", "--dialogue"))
        for language, talk in TALKS.items():
            heard.talks["ask", language] = [next(shown) for _ in talk.turns]
        assert next(shown, None) is None

    async with asyncio.TaskGroup() as group:
        group.create_task(in_terminal())
        group.create_task(by_ask())
        for language, talk in TALKS.items():
            for place in (OnPage, InTeams, InMessenger):
                group.create_task(walk(place(house, talk.locale), language))
            group.create_task(anew(language))
    return heard


def differing(place: str, here: list[Shown], page: list[Shown]) -> set[int]:
    """The turns, counted from 0, that are answered otherwise than on the page."""
    pairs = (same(place, *turn) for turn in zip(here, page, strict=True))
    return {number for number, pair in enumerate(pairs) if _differ(*pair)}


def _differ(here: Shown, page: Shown) -> bool:
    """Whether two answers differ, but for how many suggestions there is room for."""
    count = min(len(here.titles or ()), len(page.titles or ()))
    if count:
        here, page = (
            replace(
                one,
                titles=(one.titles or ())[:count],
                asks=one.asks and one.asks[:count],
            )
            for one in (here, page)
        )
    return here != page


@pytest.mark.parametrize("language", TALKS)
@pytest.mark.parametrize("place", PLACES)
async def test_each_place_gives_the_same_conversation(
    heard: Heard, place: str, language: str
) -> None:
    here, page = heard.talks[place, language], heard.talks["page", language]
    if place == "ask":
        page = page[:-1]  # Nothing can be tapped.
    assert not differing(place, here, page), _told(place, here, page)


@pytest.mark.parametrize("language", TALKS)
async def test_a_place_that_remembers_nothing_is_found(heard: Heard, language: str) -> None:
    page = heard.talks["page", language][:-1]
    assert not any(before == after for before, after in pairwise(page[:5]))
    for place in PLACES:
        assert differing(place, heard.fresh[language], page) >= LEANING


@pytest.mark.parametrize("language", TALKS)
async def test_each_place_begins_the_same(house: House, language: str) -> None:
    locale = TALKS[language].locale
    page = await OnPage(house, locale).welcome()
    for place in (InTeams(house, locale), InMessenger(house, locale)):
        assert_same(place, await place.welcome(), page)


async def test_the_terminal_begins_the_same(
    house: House, terminal: InTerminal, heard: Heard
) -> None:
    assert heard.welcome is not None
    assert_same(terminal, heard.welcome, await OnPage(house, FINNISH).welcome())


def _told(place: str, here: list[Shown], page: list[Shown]) -> str:
    """Each turn that differs, for whoever reads that the test has failed."""
    lines = []
    for number in sorted(differing(place, here, page)):
        shown, on_page = same(place, here[number], page[number])
        lines.append(f"turn {number}\n  {place}: {shown}\n  page: {on_page}")
    return "\n".join(lines)


IN_VAASA = "Kuka on yhteyshenkilö Vaasassa?"
IN_TAMPERE = "Kuka on yhteyshenkilö Tampereella?"
MEETING = "Milloin on seuraava tapaaminen?"
FINNISH = "fi-FI"

PAIRS: dict[str, Callable[[House], tuple[Place, Place]]] = {
    "two persons in a thread": lambda house: (
        InTeams(house, FINNISH, "101"),
        InTeams(house, FINNISH, "101"),
    ),
    "a person in two threads": lambda house: (
        InTeams(house, FINNISH, "102", "29:someone"),
        InTeams(house, FINNISH, "103", "29:someone"),
    ),
    "a person in a thread and alone": lambda house: (
        InTeams(house, FINNISH, "104", "29:someone"),
        InTeams(house, FINNISH, "", "29:someone"),
    ),
    "the same thread of two channels": lambda house: (
        InTeams(house, FINNISH, "105", "29:someone", "19:one@thread.tacv2"),
        InTeams(house, FINNISH, "105", "29:someone", "19:two@thread.tacv2"),
    ),
    "two chats": lambda house: (InMessenger(house, FINNISH), InMessenger(house, FINNISH)),
    "two tabs": lambda house: (OnPage(house, FINNISH), OnPage(house, FINNISH)),
    "Messenger and the page": lambda house: (
        InMessenger(house, FINNISH),
        OnPage(house, FINNISH),
    ),
}


@pytest.mark.parametrize("pair", PAIRS)
async def test_two_talks_at_once_do_not_mix(house: House, pair: str) -> None:
    one, other = PAIRS[pair](house)
    alone = OnPage(house, FINNISH), OnPage(house, FINNISH)
    begun = await asyncio.gather(
        one.say(IN_VAASA), other.say(IN_TAMPERE), alone[0].say(IN_VAASA), alone[1].say(IN_TAMPERE)
    )
    went_on = await asyncio.gather(*(each.say(MEETING) for each in (one, other, *alone)))
    for shown in (begun, went_on):
        assert shown[2] != shown[3]
        for place, here, on_page in ((one, shown[0], shown[2]), (other, shown[1], shown[3])):
            assert_same(place, here, on_page)


async def test_what_people_write_to_each_other_in_a_thread_is_not_heard(house: House) -> None:
    thread, page = InTeams(house, FINNISH, "106"), OnPage(house, FINNISH)
    assert_same(thread, await thread.say(IN_VAASA), await page.say(IN_VAASA))
    assert await thread.overhear(IN_TAMPERE) == []
    assert_same(thread, await thread.say(MEETING), await page.say(MEETING))


TAPPED: dict[str, Callable[[House], Place]] = {
    "page": lambda house: OnPage(house, FINNISH),
    "Teams, Submit": lambda house: InTeams(house, FINNISH),
    "Teams, Execute": lambda house: InTeams(house, FINNISH, execute=True),
    "Teams, Submit in a thread": lambda house: InTeams(house, FINNISH, "107"),
    "Teams, Execute in a thread": lambda house: InTeams(house, FINNISH, "108", execute=True),
    "Messenger, quick reply": lambda house: InMessenger(house, FINNISH),
    "Messenger, postback": lambda house: InMessenger(house, FINNISH, postback=True),
}


@pytest.mark.parametrize("place", TAPPED)
async def test_a_tap_does_what_its_text_does(house: House, place: str) -> None:
    await _tap_each(TAPPED[place](house), OnPage(house, FINNISH))


async def test_a_number_in_the_terminal_does_what_its_text_does(
    house: House,
    terminal: InTerminal,
    heard: Heard,  # It has begun the talk there.
) -> None:
    await _tap_each(terminal, OnPage(house, FINNISH))


async def _tap_each(place: Place, page: OnPage) -> None:
    """Taps each suggestion of an answer, and goes on; on the page its text is typed."""
    for number in range(3):
        shown, on_page = await place.say(IN_VAASA), await page.say(IN_VAASA)
        assert_same(place, shown, on_page)
        assert on_page.asks is not None
        for here, there in (
            (await place.tap(shown, number), await page.say(on_page.asks[number])),
            (await place.say(MEETING), await page.say(MEETING)),
        ):
            assert_same(place, here, there)


def assert_same(place: Place, here: Shown, on_page: Shown) -> None:
    """An answer is the page's, but for what is meant to differ."""
    shown, expected = same(place.name, here, on_page)
    assert shown == expected


async def test_each_difference_is_one(heard: Heard) -> None:
    """What no place shows otherwise any more is taken off the list."""
    for difference in DIFFERENCES:
        for place in difference.places:
            shown = [
                one
                for each in (place, "page")
                for language in TALKS
                for one in heard.talks[each, language]
            ]
            assert any(difference.without(one) != one for one in shown), difference
