"""What a meeting says in a calendar: languages, links, signs of change, and what is left out."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.channels.calendar import feed, single_meeting
from bot.knowledge.library import Knowledge
from bot.knowledge.values import LANGUAGES, Language

from .judge import MEMBERS_LINK, events, lines, meeting, only, only_event, read

ROOT = Path(__file__).parents[3]

FULL: dict[str, Any] = {
    "title": {"fi": "Aamukahvit", "sv": "Morgonkaffe"},
    "online": {"url": "https://example.org/open", "share": "public"},
    "registration": {"url": "https://example.org/register", "deadline": "2026-02-27"},
    "host": {"fi": "Toimisto", "sv": "Kansliet"},
    "description": {"fi": "Tervetuloa.", "sv": "Välkommen."},
    "networks": ["lappi", "uusimaa"],
}
MOVED = {"moved": {"2026-04-09": {"start": "2026-04-10 13:00", "end": "2026-04-10 14:00"}}}

SAID: dict[Language, tuple[str, str, str]] = {
    "fi": (
        "Aamukahvit",
        "Kirjasto",
        "Tervetuloa.\n"
        "Osallistu verkossa: https://example.org/open\n"
        "Ilmoittaudu viimeistään 27.2.2026: https://example.org/register\n"
        "Järjestäjä: Toimisto\n"
        "Verkostot: Lappi ja Uusimaa",
    ),
    "sv": (
        "Morgonkaffe",
        "Biblioteket",
        "Välkommen.\n"
        "Delta på nätet: https://example.org/open\n"
        "Anmäl dig senast den 27 februari 2026: https://example.org/register\n"
        "Arrangör: Kansliet\n"
        "Nätverk: Lappland och Nyland",
    ),
    # Names stand in another language where English lacks them; sentences do not.
    "en": (
        "Aamukahvit",
        "Kirjasto",
        "Join online: https://example.org/open\n"
        "Register by 27 February 2026: https://example.org/register\n"
        "Host: Toimisto\n"
        "Networks: Lapland and Uusimaa",
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_is_said_in_the_language_asked(knowledge: Knowledge, language: Language) -> None:
    event = only_event(only(knowledge, meeting(**FULL)), language)
    assert (event.summary, event.location, event.description) == SAID[language]
    assert str(event.url) == "https://example.org/open"
    assert event.status == "CONFIRMED"


@pytest.mark.parametrize(
    ("language", "title", "note"),
    [
        ("fi", "Aamukahvit (esimerkki)", "Keksitty esimerkki, ei oikea tapaaminen."),
        ("sv", "Aamukahvit (exempel)", "Ett påhittat exempel, ingen verklig träff."),
        ("en", "Aamukahvit (example)", "A made-up example, not a real meeting."),
    ],
)
def test_demo_meetings_are_marked(
    knowledge: Knowledge, language: Language, title: str, note: str
) -> None:
    event = only_event(only(knowledge, meeting(demo=True)), language)
    assert event.summary == title
    assert (event.description or "").splitlines()[0] == note


def test_all_meetings_of_the_demo_are_marked(knowledge: Knowledge) -> None:
    found = events(knowledge)
    assert len(found) == 14
    assert all((event.summary or "").endswith(" (esimerkki)") for event in found)


@pytest.mark.parametrize(
    ("language", "title", "sentence"),
    [
        ("fi", "Peruttu: Aamukahvit", "Tapaaminen on peruttu."),
        ("sv", "Inställt: Morgonkaffe", "Träffen är inställd."),
        ("en", "Cancelled: Aamukahvit", "The meeting is cancelled."),
    ],
)
def test_a_cancelled_meeting_says_so_and_no_more(
    knowledge: Knowledge, language: Language, title: str, sentence: str
) -> None:
    event = only_event(only(knowledge, meeting(**FULL, cancelled=True)), language)
    assert event.summary == title
    assert (event.description or "").splitlines()[0] == sentence
    assert event.status == "CANCELLED"
    assert event.transparency == "TRANSPARENT"
    assert (event.location, event.url) == (None, None)
    assert "example.org" not in (event.description or "")


def test_only_the_day_that_was_called_off_is_cancelled(knowledge: Knowledge) -> None:
    there = only(knowledge, meeting("FREQ=WEEKLY", cancelled_days=["2026-03-05"]))
    assert [(one.recurrence_id, str(one.status.value)) for one in events(there) if one.status] == [
        (None, "CONFIRMED"),
        ("20260305T083000", "CANCELLED"),
    ]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("fi", "Uusi aika: tapaamisen piti olla 9.4.2026."),
        ("sv", "Ny tid: träffen skulle ha hållits den 9 april 2026."),
        ("en", "New time: the meeting was to be held on 9 April 2026."),
    ],
)
def test_a_moved_meeting_says_when_it_was_to_be(
    knowledge: Knowledge, language: Language, sentence: str
) -> None:
    there = only(knowledge, meeting("FREQ=WEEKLY", recurrence=MOVED))
    series, moved = events(there, language=language)
    assert sentence not in (series.description or "")
    assert sentence in (moved.description or "").splitlines()


@pytest.mark.parametrize("place", [None, {"fi": "Kirjasto"}])
@pytest.mark.parametrize("share", [{"share": "members"}, {}])
@pytest.mark.parametrize("language", LANGUAGES)
def test_links_for_members_are_nowhere(
    knowledge: Knowledge, language: Language, share: dict[str, str], place: Any
) -> None:
    secret = meeting(
        "FREQ=MONTHLY;BYDAY=1TH;BYMONTH=3,4,10",
        **FULL | {"online": {"url": MEMBERS_LINK, **share}, "place": place},
        recurrence={
            "moved": {"2026-04-02": {"start": "2026-04-10 13:00", "end": "2026-04-10 14:00"}}
        },
        cancelled_days=["2026-10-01"],
    )
    there = only(knowledge, secret)
    bodies = [feed(there, networks, language) for networks in ((), ("lappi",))]
    for occurrence in there.coming(dt.datetime(2026, 1, 1, tzinfo=dt.UTC)):
        bodies.append(single_meeting(there, occurrence, language))
    assert len(bodies) == 5
    for body in bodies:
        assert "members-only" not in "".join(lines(body))
        assert "CONFERENCE" not in body.decode()
    sentence = {
        "fi": "Verkossa: linkki näytetään verkoston jäsenille Teamsissa.",
        "sv": "På nätet: länken visas för nätverkets medlemmar i Teams.",
        "en": "Online: the link is shown to members of the network in Teams.",
    }[language]
    first = events(there, language=language)[0]
    assert sentence in (first.description or "").splitlines()
    somewhere = {"fi": "Verkossa", "sv": "På nätet", "en": "Online"}[language]
    assert first.location == ("Kirjasto" if place else somewhere)


def test_the_demo_link_for_members_is_nowhere(knowledge: Knowledge) -> None:
    online = knowledge.meetings["pirkanmaa-aamukahvit"].online
    assert online is not None
    assert online.share == "members"
    for language in LANGUAGES:
        assert online.url not in "".join(lines(feed(knowledge, (), language)))


def test_a_public_link_is_the_place_where_there_is_no_other(knowledge: Knowledge) -> None:
    online = {"url": "https://example.org/a,b;c?d=ä", "share": "public"}
    there = only(knowledge, meeting(place=None, online=online))
    event = only_event(there)
    assert event.location == "https://example.org/a,b;c?d=%C3%A4"
    written = lines(feed(there, (), "fi"))
    assert "URL:https://example.org/a,b;c?d=%C3%A4" in written
    assert "CONFERENCE;VALUE=URI:https://example.org/a,b;c?d=%C3%A4" in written


@pytest.mark.parametrize(
    ("registration", "said"),
    [
        ({"url": "https://example.org/r"}, "Ilmoittaudu: https://example.org/r"),
        (
            {"url": "https://example.org/r", "deadline": "2020-01-01"},
            "Ilmoittaudu viimeistään 1.1.2020: https://example.org/r",
        ),
    ],
)
def test_registration(knowledge: Knowledge, registration: Any, said: str) -> None:
    event = only_event(only(knowledge, meeting(registration=registration)))
    assert said in (event.description or "").splitlines()
    assert str(event.url) == "https://example.org/r"


@pytest.mark.parametrize(
    ("closes", "said"),
    [
        ("1 day before", "Register at the latest 1 day before: https://example.org/r"),
        ("2 weeks before", "Register at the latest 14 days before: https://example.org/r"),
        ("0 days before", "Register at the latest on the same day: https://example.org/r"),
    ],
)
def test_registering_for_a_series_ends_so_long_before_each_date(
    knowledge: Knowledge, closes: str, said: str
) -> None:
    registration = {"url": "https://example.org/r", "closes": closes}
    there = only(knowledge, meeting("FREQ=WEEKLY", registration=registration))
    assert said in (only_event(there, "en").description or "").splitlines()
    moved = {
        "recurrence": {
            "moved": {"2026-03-12": {"start": "2026-03-13 8:30", "end": "2026-03-13 9:30"}}
        }
    }
    there = only(knowledge, meeting("FREQ=WEEKLY", registration=registration, **moved))
    _, one = events(there, language="en")
    assert "Register by" in (one.description or "")


def test_a_meeting_with_the_least_there_can_be(knowledge: Knowledge) -> None:
    event = only_event(only(knowledge, meeting()), "sv")
    assert (event.summary, event.location) == ("Aamukahvit", "Biblioteket")
    assert event.description == "Nätverk: Lappland"
    assert event.url is None


@pytest.mark.parametrize(
    ("revision", "sequence", "revised"),
    [
        (0, 0, "2020-01-01T00:00:00+00:00"),
        (7, 7, "2020-01-01T00:00:07+00:00"),
        (20261210, 20261210, "2020-08-22T12:06:50+00:00"),
        (10**20, 2**31 - 1, "2088-01-19T03:14:07+00:00"),
    ],
)
def test_a_revision_is_seen_in_every_event(
    knowledge: Knowledge, revision: int, sequence: int, revised: str
) -> None:
    there = only(knowledge, meeting("FREQ=WEEKLY", recurrence=MOVED, revision=revision))
    found = events(there)
    assert len(found) == 2
    for event in found:
        assert event.sequence == sequence
        assert event.dtstamp.isoformat() == revised
        assert event.last_modified == event.dtstamp


def test_names_depend_on_the_content_alone(knowledge: Knowledge) -> None:
    (event,) = read(feed(only(knowledge, meeting()), (), "sv", "https://bot.example/x")).events
    assert event.uid == "coffee@taikusydan"


@pytest.mark.parametrize(
    ("networks", "language", "name"),
    [
        ((), "fi", "Taikusydän: tapaamiset"),
        ((), "sv", "Taikusydän: träffar"),
        (("lansi-suomi",), "en", "Western Finland regional network of Taikusydän: meetings"),
    ],
)
def test_a_feed_has_a_name_and_says_when_to_look_again(
    knowledge: Knowledge, networks: tuple[str, ...], language: Language, name: str
) -> None:
    written = lines(feed(knowledge, networks, language, "https://bot.example/c?lang=fi"))
    for expected in (
        "VERSION:2.0",
        f"PRODID:-//Taikusydän//Taikubot//{language.upper()}",
        f"NAME:{name}",
        f"X-WR-CALNAME:{name}",
        "X-WR-TIMEZONE:Europe/Helsinki",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
        "SOURCE;VALUE=URI:https://bot.example/c?lang=fi",
    ):
        assert written.count(expected) == 1
    assert not any(line.startswith("METHOD") for line in written)


def test_a_feed_holds_the_meetings_of_its_networks(knowledge: Knowledge) -> None:
    there = only(
        knowledge,
        meeting(networks=["lappi", "uusimaa"]),
        meeting(key="tea", networks=["uusimaa"]),
        meeting(key="soup", networks=["kanta-hame"]),
    )
    found = {
        networks: [event.uid for event in events(there, *networks)]
        for networks in ((), ("lappi",), ("uusimaa",), ("kanta-hame", "lappi"), ("satakunta",))
    }
    coffee, soup, tea = (f"{key}@taikusydan" for key in ("coffee", "soup", "tea"))
    assert found == {
        (): [coffee, soup, tea],
        ("lappi",): [coffee],
        ("uusimaa",): [coffee, tea],
        ("kanta-hame", "lappi"): [coffee, soup],
        ("satakunta",): [],
    }


HASH = """
import hashlib, pickle, sys
from bot.channels.calendar import feed
known = pickle.load(sys.stdin.buffer)
print(hashlib.sha256(b"".join(feed(known, (), one) for one in ("fi", "sv", "en"))).hexdigest())
"""


def test_every_process_writes_the_same_bytes(knowledge: Knowledge) -> None:
    needed = pickle.dumps(replace(knowledge, read_phrases=tuple, intents={}, lexicons={}))
    here = hashlib.sha256(b"".join(feed(knowledge, (), one) for one in LANGUAGES)).hexdigest()
    for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo")):
        said = subprocess.run(
            [sys.executable, "-c", HASH],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
            input=needed,
            capture_output=True,
            check=True,
        )
        assert said.stdout.decode().strip() == here


def test_the_order_of_files_does_not_matter(knowledge: Knowledge) -> None:
    one, other = meeting(), meeting(key="tea")
    ways = only(knowledge, one, other), only(knowledge, other, one)
    assert feed(ways[0], (), "fi") == feed(ways[1], (), "fi")
