"""The repository's own content: complete, true to its lists, and never stale."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.answers.compose import compose
from bot.answers.plain import plain_text
from bot.answers.scope import Context
from bot.knowledge.coordination import newest
from bot.knowledge.library import Knowledge
from bot.knowledge.loader import inspect, load
from bot.knowledge.values import LANGUAGES, Language, Source, Statement, Value
from bot.understanding.model import Entities, Request, Understanding

ROOT = Path(__file__).parents[2]
OFFICIAL = Path(__file__).parent / "data" / "municipalities.csv"
"""Statistics Finland's own list; its first line tells of its source and licence."""

# The words that tests and scripts rely on, in the order of the design.
NETWORKS = [
    *("varsinais-suomi", "pirkanmaa", "pohjois-savo", "pohjois-karjala", "etela-savo"),
    *("kymenlaakso", "satakunta", "pohjois-pohjanmaa", "lansi-suomi", "uusimaa", "lappi"),
    *("keski-suomi", "kanta-hame", "etela-karjala"),
]
INTENTS = [
    *("contacts", "person", "find_network", "network_info", "network_goals", "network_activity"),
    *("list_networks", "join", "about", "links", "meetings", "follow", "unfollow", "privacy"),
    *("forget_me", "help", "greeting", "thanks", "goodbye", "human", "fallback"),
    *("announce", "announcements", "add_meeting", "change_details", "whoami"),
    *("following", "calendar"),
]
PEOPLE = {
    "hanna-hangasluoma": ("+358 40 751 5610", "hanna.hangasluoma@etela-pohjanmaa.fi"),
    "tarja-hautamaki": ("+358 44 723 5007", "tarja.hautamaki@obotnia.fi"),
    "pilvi-kuitu": ("0400 433 722", "pilvi.kuitu@kulttuuripiipoo.fi"),
    "pilvi-nissila": ("040 728 7282", "pilvi.nissila@tampere.fi"),
}
# Pages that show no date, and whose content gives none away.
UNDATED = {
    "etela-savo: liitto",
    "etela-savo: strategia",
    "info",
    "kymenlaakso: toimintavoima",
    "pohjois-pohjanmaa: liitto",
    "pohjois-savo: ita-suomi",
    "pohjois-savo: kuopio",
    "uusimaa: kuje",
    "uusimaa: liitto",
}
TODAY = dt.date(2026, 11, 20)


def test_the_networks_are_those_of_the_design(knowledge: Knowledge) -> None:
    assert sorted(knowledge.networks) == sorted(NETWORKS)


def test_the_intents_are_those_of_the_design(knowledge: Knowledge) -> None:
    assert sorted(knowledge.intents) == sorted(INTENTS)


def test_there_are_19_regions_and_308_municipalities(knowledge: Knowledge) -> None:
    assert len(knowledge.regions) == 19
    assert len(knowledge.municipalities) == 308


def test_three_regions_have_no_network(knowledge: Knowledge) -> None:
    without = {key for key in knowledge.regions if knowledge.network_of(key) is None}
    assert without == {"paijat-hame", "kainuu", "ahvenanmaa"}


def test_municipalities_and_regions_are_those_of_statistics_finland(knowledge: Knowledge) -> None:
    with OFFICIAL.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    columns = ("name_fi", "name_sv", "region_fi", "region_sv")
    official = {tuple(row[column].strip() for column in columns) for row in rows}
    known = {
        (each.fi, each.sv, knowledge.regions[each.region].fi, knowledge.regions[each.region].sv)
        for each in knowledge.municipalities.values()
    }
    assert known == official


def test_only_the_four_persons_are_known(knowledge: Knowledge) -> None:
    known = {key: (person.phone, person.email) for key, person in knowledge.people.items()}
    assert known == PEOPLE


@pytest.mark.parametrize(
    ("region", "contacts"),
    [
        ("etela-pohjanmaa", ["hanna-hangasluoma"]),
        ("pohjanmaa", ["tarja-hautamaki"]),
        ("keski-pohjanmaa", ["hanna-hangasluoma", "tarja-hautamaki"]),
        ("pirkanmaa", ["pilvi-kuitu", "pilvi-nissila"]),
        ("lappi", []),
    ],
)
def test_a_region_has_its_own_contacts(
    knowledge: Knowledge, region: str, contacts: list[str]
) -> None:
    network = knowledge.network_of(region)
    assert network is not None
    found = knowledge.contacts(network.key, TODAY, [region])
    assert sorted(person.key for person in found) == contacts


def test_no_validity_of_a_contact_is_made_up(knowledge: Knowledge) -> None:
    limits = [(each.valid_from, each.valid_until) for each in knowledge.people.values()]
    assert limits == [(None, None)] * 4


def _sources(knowledge: Knowledge) -> Iterator[tuple[str, Source]]:
    for network in knowledge.networks.values():
        yield from ((f"{network.key}: {key}", source) for key, source in network.sources.items())
    for person in knowledge.people.values():
        yield person.key, person.source
    yield from knowledge.community.sources.items()
    yield "help lines", knowledge.community.help_lines.source


def test_every_source_is_dated_and_not_of_the_future(knowledge: Knowledge) -> None:
    undated = {name for name, source in _sources(knowledge) if source.date is None}
    assert undated == UNDATED
    latest = max(source.date.last_day() for _, source in _sources(knowledge) if source.date)
    assert latest <= dt.date(2026, 11, 30)


def _statements(value: object) -> Iterator[str]:
    if isinstance(value, Value):
        if isinstance(value, Statement):
            yield value.source
        for _, below in value:
            yield from _statements(below)
    elif isinstance(value, tuple):
        for below in value:
            yield from _statements(below)


@pytest.mark.parametrize("key", NETWORKS)
def test_every_network_says_something_and_uses_all_its_sources(
    knowledge: Knowledge, key: str
) -> None:
    network = knowledge.networks[key]
    used = {*_statements(network)}
    used |= {each.source for each in network.coordination}
    used |= {each.source for each in network.links}
    assert used == network.sources.keys()
    assert used


# Who coordinates, by the newest source; None where no source names an organisation.
COORDINATORS = {
    "varsinais-suomi": "Varsinais-Suomen hyvinvointialue (Varha)",
    "pirkanmaa": "Kulttuurikeskus PiiPoo",
    "pohjois-savo": "Kuopion kaupunki",
    "pohjois-karjala": "Osuuskunta Pohjois-Karjalan kansanteatteri (Pokka)",
    "etela-savo": "Etelä-Savon maakuntaliitto",
    "kymenlaakso": "Toimintavoima Oy",
    "satakunta": "Porin kaupunki",
    "pohjois-pohjanmaa": "Pohjois-Pohjanmaan liitto",
    "lansi-suomi": "Etelä-Pohjanmaan liitto",
    "uusimaa": "Uudenmaan liitto",
    "lappi": "Lapin yliopisto",
    "keski-suomi": "Keski-Suomen liitto",
    "kanta-hame": "Hämeenlinnan kaupunki",
    "etela-karjala": None,
}


@pytest.mark.parametrize("key", NETWORKS)
def test_the_newest_coordinator_is_the_one_of_the_newest_source(
    knowledge: Knowledge, key: str
) -> None:
    found = newest(knowledge.networks[key])
    assert (found and found.organisations[0].fi) == COORDINATORS[key]


def test_whether_a_network_is_open_is_known_where_a_source_says_it(knowledge: Knowledge) -> None:
    known = {key: one.open for key, one in knowledge.networks.items() if one.open is not None}
    is_open = ("etela-savo", "kymenlaakso", "lansi-suomi", "pirkanmaa", "pohjois-pohjanmaa")
    assert known == {"varsinais-suomi": False, **dict.fromkeys(is_open, True)}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", NETWORKS)
def test_where_nobody_is_known_the_contact_point_is_named_and_the_gap_is_said(
    knowledge: Knowledge, key: str, language: Language
) -> None:
    network = knowledge.networks[key]
    request = Request("join", Entities(networks=(key,)))
    now = dt.datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=dt.UTC)
    made = compose(Understanding("", language, (request,), 1.0), knowledge, Context(now))
    text = plain_text(made)
    unknown = {
        "fi": "Yhteyshenkilöä en tiedä",
        "sv": "Kontaktpersonen känner jag inte till",
        "en": "I do not know the contact person",
    }[language]
    if knowledge.contacts(key, TODAY):
        assert unknown not in text
    else:
        assert unknown in text
        assert str(knowledge.community.contact_point.url) in text
        assert "email" in network.not_found
    appointed = {"fi": "nimetään", "sv": "utses", "en": "appointed"}[language]
    assert (appointed in text) == (network.open is False)


def test_nothing_of_the_content_looks_wrong() -> None:
    """Also what `check` finds by the clock, as of the day on which the content was looked up."""
    now = dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC)
    for demo in (False, True):
        found = inspect(ROOT / "content", ROOT / "intents", demo, (), lambda _: True, now)[1]
        assert found == []


def test_the_two_networks_with_pages_are_rich(knowledge: Knowledge) -> None:
    texts = "\n".join(
        str(knowledge.networks[key].model_dump()) for key in ("lansi-suomi", "pirkanmaa")
    )
    for fact in ("445 000", "97 000", "445,000", "97,000"):
        assert fact in texts
    for key in ("lansi-suomi", "pirkanmaa"):
        network = knowledge.networks[key]
        assert network.goals
        assert network.activity
        assert network.start
        assert network.meets
        assert network.joining.how
        assert network.links


def test_no_real_meeting_is_on_the_list() -> None:
    assert load(ROOT / "content", ROOT / "intents").meetings == {}


def test_demo_meetings_are_marked(knowledge: Knowledge) -> None:
    assert len(knowledge.meetings) == 3
    assert all(meeting.demo for meeting in knowledge.meetings.values())


@pytest.mark.parametrize("years", range(0, 31, 3))
def test_demo_meetings_never_go_stale(knowledge: Knowledge, years: int) -> None:
    now = dt.datetime(TODAY.year + years, 11, 20, 10, tzinfo=dt.UTC)
    coming = knowledge.coming(now, now + dt.timedelta(days=365))
    counts = {
        key: sum(occurrence.meeting.key == key for occurrence in coming)
        for key in knowledge.meetings
    }
    assert counts == {
        "pirkanmaa-aamukahvit": 9,
        "pirkanmaa-verkostotapaaminen": 2,
        "lansi-suomi-verkostotapaaminen": 3,
    }
