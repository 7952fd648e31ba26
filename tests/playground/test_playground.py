"""The bot in Microsoft's Agents Playground: real processes, a real browser, three languages.

Node, npm and Chromium are needed; a machine without them skips, unless `CI` is `true`. With
`TAIKUBOT_PICTURES=docs/pictures` the suite also takes the pictures of the README.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import node_packages

from .playground import (
    ROOT,
    Card,
    Client,
    client,
    needed,
    running_bot,
    running_playground,
    speaking,
)

pytestmark = [pytest.mark.timeout(480), pytest.mark.usefixtures("snapshot")]

WIDE = (1280, 800)
PHONE = (390, 844)

CHOSEN = {
    "fi-wide": "teams",
    "sv-channel": "teams-channel",
    "en-light-contact": "teams-phone",
    "sv-dark-contact": "teams-phone-dark",
    "fi-light-meetings": "teams-meetings",
}
"""The pictures of the README, by what they are called here."""


@dataclass(frozen=True)
class Talk:
    """What is said in a language, and what must be answered."""

    locale: str
    welcome: str
    question: str
    person: str
    phone: str
    email: str
    follow_up: str
    follow_up_answer: str
    join: str
    join_answer: str
    meetings: str
    meetings_answer: str


TALKS = {
    "fi": Talk(
        "fi-FI",
        "botti enkä ihminen",
        "Ketkä vastaavat verkostosta Ilmajoella?",
        "Hanna Hangasluoma",
        "tel:+358407515610",
        "mailto:hanna.hangasluoma@etela-pohjanmaa.fi",
        "entä Pirkanmaalla?",
        "Pilvi",
        "Miten pääsen mukaan?",
        "Etelä-Pohjanmaalla",
        "Milloin on seuraava tapaaminen Pirkanmaalla?",
        "aamukahvit",
    ),
    "sv": Talk(
        "sv-FI",
        "ingen människa",
        "Vem är kontaktperson i Närpes?",
        "Tarja Hautamäki",
        "tel:+358447235007",
        "mailto:tarja.hautamaki@obotnia.fi",
        "och i Birkaland?",
        "Pilvi",
        "Hur kommer jag med?",
        "Kontakta nätverkets koordinatorer",
        "När är nästa träff i Birkaland?",
        "morgonkaffe",
    ),
    "en": Talk(
        "en-GB",
        "not a human being",
        "Who is the contact person in Vaasa?",
        "Tarja Hautamäki",
        "tel:+358447235007",
        "mailto:tarja.hautamaki@obotnia.fi",
        "what about Pirkanmaa?",
        "Pilvi",
        "How do I join?",
        "coordinators",
        "When is the next meeting in Pirkanmaa?",
        "coffee",
    ),
}


@pytest.fixture(scope="session")
def browser() -> str:
    """The browser, with all that is needed besides."""
    try:
        found = needed()
    except node_packages.Missing as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI needs the Agents Playground: {missing}")
        pytest.skip(str(missing))
    return found


@pytest.fixture(scope="session")
def bot(browser: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The running bot's address."""
    with running_bot(tmp_path_factory.mktemp("bot")) as url:
        yield url


@pytest.fixture(params=TALKS)
def language(request: pytest.FixtureRequest) -> str:
    """Each language in turn."""
    name: str = request.param
    return name


@pytest.fixture
def teams(browser: str, bot: str, language: str, tmp_path: Path) -> Iterator[Client]:
    """A person who has just installed the bot in Teams, in a language."""
    name = f"{language}-{tmp_path.name}"
    with (
        speaking(TALKS[language].locale, bot) as address,
        running_playground(tmp_path, name, address) as url,
        client(browser, url, tmp_path / "profiles") as one,
    ):
        yield one


def picture(teams: Client, name: str, folder: Path, what: str = "page") -> None:
    """Takes a picture to look at; where pictures are wanted, those that were chosen go there."""
    wanted = os.environ.get("TAIKUBOT_PICTURES")
    place = ROOT / wanted if wanted and name in CHOSEN else folder
    place.mkdir(parents=True, exist_ok=True)
    teams.do("picture", path=str(place / f"{CHOSEN.get(name, name)}.png"), what=what)


def is_readable(card: Card) -> None:
    """Nothing of a card is cut or sticks out."""
    assert card.cut == []
    assert card.right <= card.width


def test_in_a_personal_chat(teams: Client, language: str, tmp_path: Path) -> None:
    talk = TALKS[language]
    teams.open(*WIDE)
    (welcome,) = teams.until_cards(1)
    assert talk.welcome in welcome.text
    assert len(welcome.buttons) == 3
    assert talk.join in welcome.buttons

    answer = teams.ask(talk.question)
    assert talk.person in answer.text
    addresses = [url for _, url in answer.links]
    assert talk.phone in addresses
    assert talk.email in addresses
    is_readable(answer)
    picture(teams, f"{language}-wide", tmp_path)

    joined = teams.press(talk.join)
    assert talk.join_answer in joined.text
    is_readable(joined)

    # Of somebody whom nobody has confirmed for long, that is said once.
    again = teams.ask(talk.question)
    assert talk.person in again.text
    assert {talk.phone, talk.email} <= {url for _, url in again.links}
    follow_up = teams.ask(talk.follow_up)
    assert talk.follow_up_answer in follow_up.text
    assert talk.person not in follow_up.text
    # Nobody was welcomed twice, and nothing was answered twice.
    assert len(teams.cards()) == 5
    # The Playground would like Microsoft's fonts; nothing else asked for anything outside.
    assert set(teams.do("outside")) <= {"https://res-1.cdn.office.net"}


def test_on_a_phone(teams: Client, language: str, tmp_path: Path) -> None:
    talk = TALKS[language]
    for dark in (False, True):
        mode = "dark" if dark else "light"
        teams.open(*PHONE, dark=dark)
        if not dark:
            teams.until_cards(1)  # The welcome, which comes once.
        teams.do("alone")
        answer = teams.ask(talk.question)
        is_readable(answer)
        position = answer.text.find(talk.person)
        assert 0 <= position < 200, "the answer comes first, after whom else to ask"
        picture(teams, f"{language}-{mode}-contact", tmp_path)
        meetings = teams.ask(talk.meetings)
        assert talk.meetings_answer in meetings.text.lower()
        is_readable(meetings)
        picture(teams, f"{language}-{mode}-meetings", tmp_path, "card")


def test_in_a_group_chat(teams: Client, language: str) -> None:
    talk = TALKS[language]
    teams.open(*WIDE)
    teams.until_cards(1)
    teams.go("Group Chat")
    (welcome,) = teams.until_cards(1)
    assert talk.welcome in welcome.text
    # What people say to each other goes by; the answer is to the question that follows.
    teams.say(talk.meetings)
    answer = teams.ask(talk.question, mention=True)
    assert talk.person in answer.text
    joined = teams.press(talk.join)
    assert talk.join_answer in joined.text
    follow_up = teams.ask(talk.follow_up, mention=True)
    assert talk.follow_up_answer in follow_up.text
    assert len(teams.cards()) == 4


def test_in_a_channel(teams: Client, language: str, tmp_path: Path) -> None:
    talk = TALKS[language]
    teams.open(*WIDE)
    teams.until_cards(1)
    teams.go("My Team - General")
    (welcome,) = teams.until_cards(1)
    assert talk.welcome in welcome.text
    teams.say(talk.meetings, post=True)
    answer = teams.ask(talk.question, mention=True, post=True)
    assert talk.person in answer.text
    is_readable(answer)
    assert len(teams.cards()) == 2
    picture(teams, f"{language}-channel", tmp_path)
