"""Who is given out for which place, how old that is said to be, and what is said when nobody is."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from bot.answers.model import Answer, LinkSpan, Paragraph
from bot.answers.plain import plain_text
from bot.knowledge.library import Knowledge
from bot.knowledge.models import Person
from bot.knowledge.values import LANGUAGES, Language, PartialDate

from .asking import KNOWLEDGE, NOW, answer

HANNA, TARJA = "Hanna Hangasluoma", "Tarja Hautamäki"


def office(**changes: Any) -> Person:
    """A contact that is an office, not a person."""
    fields: dict[str, Any] = {
        "key": "toimisto",
        "name": "Kulttuuritoimisto",
        "role": {"fi": "neuvonta", "sv": "rådgivning", "en": "advice"},
        "organisation": {"fi": "Maakuntaliitto", "sv": "Förbundet", "en": "Council"},
        "phone": "09 123 456",
        "email": "office@example.org",
        "networks": ["lappi"],
        "source": {"title": "Etusivu", "date": "2026-06"},
    }
    return Person.model_validate({**fields, **changes})


def with_office(knowledge: Knowledge, **changes: Any) -> Knowledge:
    return replace(knowledge, people={"toimisto": office(**changes)})


def links(made: Answer) -> dict[str, str]:
    """The links of an answer's paragraphs, by their text."""
    return {
        span.text: span.url
        for block in made.blocks
        if isinstance(block, Paragraph)
        for line in block.lines
        for span in line
        if isinstance(span, LinkSpan)
    }


@pytest.mark.parametrize(
    ("region", "named", "left_out"),
    [
        ("etela-pohjanmaa", [HANNA], [TARJA]),
        ("pohjanmaa", [TARJA], [HANNA]),
        ("keski-pohjanmaa", [HANNA, TARJA], []),
        (None, [HANNA, TARJA], []),
    ],
)
@pytest.mark.parametrize("intent", ["contacts", "join", "human"])
def test_who_answers_for_a_region_comes(
    knowledge: Knowledge, intent: str, region: str | None, named: list[str], left_out: list[str]
) -> None:
    regions = (region,) if region else ()
    text = plain_text(answer(knowledge, intent, networks=("lansi-suomi",), regions=regions))
    assert all(name in text for name in named)
    assert not any(name in text for name in left_out)


@pytest.mark.parametrize("language", LANGUAGES)
def test_phone_and_mail_are_shown_as_written_and_linked(
    knowledge: Knowledge, language: Language
) -> None:
    found = links(answer(knowledge, "contacts", language, networks=("pirkanmaa",)))
    assert found["0400 433 722"] == "tel:+358400433722"
    assert found["pilvi.kuitu@kulttuuripiipoo.fi"] == "mailto:pilvi.kuitu@kulttuuripiipoo.fi"


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("fi", "tieto vuodelta 2021"),
        ("sv", "uppgift från 2021"),
        ("en", "information from 2021"),
    ],
)
@pytest.mark.parametrize("intent", ["contacts", "join", "human"])
def test_old_contacts_tell_their_year(
    knowledge: Knowledge, intent: str, language: Language, expected: str
) -> None:
    text = plain_text(answer(knowledge, intent, language, networks=("pirkanmaa",)))
    assert text.count(f"({expected})") == 2


def test_fresh_contacts_tell_no_year_and_undated_ones_say_so(knowledge: Knowledge) -> None:
    fresh = plain_text(answer(with_office(knowledge), "contacts", networks=("lappi",)))
    assert "(tieto" not in fresh
    assert "Neuvonta, Maakuntaliitto\n" in fresh
    later = NOW + dt.timedelta(days=400)
    old = plain_text(answer(with_office(knowledge), "contacts", networks=("lappi",), now=later))
    assert "(tieto vuodelta 2026)" in old
    undated = with_office(knowledge, source={"title": "Etusivu"})
    assert "en tiedä, miltä ajalta" in plain_text(answer(undated, "contacts", networks=("lappi",)))


def test_a_note_is_told(knowledge: Knowledge) -> None:
    text = plain_text(answer(knowledge, "contacts", "sv", networks=("pirkanmaa",)))
    assert "Våren 2024 sköttes uppgiften av en vikarie" in text
    line = plain_text(answer(knowledge, "join", "sv", networks=("pirkanmaa",)))
    assert "(uppgift från 2021). Våren 2024 sköttes uppgiften av en vikarie" in line


@pytest.mark.parametrize("intent", ["contacts", "person", "join", "human", "meetings"])
@pytest.mark.parametrize(
    ("period", "given"),
    [
        ({"valid_until": "2026-11-19"}, False),
        ({"valid_until": "2026-11-20"}, True),
        ({"valid_from": "2026-11-21"}, False),
        ({"valid_from": "2026-11-20"}, True),
    ],
)
def test_nobody_is_given_out_past_their_time(
    no_meetings: Knowledge, intent: str, period: dict[str, str], given: bool
) -> None:
    there = with_office(no_meetings, **period)
    made = answer(there, intent, networks=("lappi",), persons=("toimisto",))
    assert ("09 123 456" in plain_text(made)) is given


def test_the_day_is_that_of_the_community(knowledge: Knowledge) -> None:
    until = with_office(knowledge, valid_until="2026-11-20")
    late = dt.datetime(2026, 11, 20, 22, 30, tzinfo=dt.UTC)
    assert "09 123" not in plain_text(answer(until, "contacts", networks=("lappi",), now=late))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_network_without_person(knowledge: Knowledge, language: Language) -> None:
    made = answer(knowledge, "contacts", language, networks=("satakunta",))
    text = plain_text(made)
    assert knowledge.community.contact_point.url in text  # type: ignore[operator]
    coordination = knowledge.networks["satakunta"].coordination[-1]
    assert all(name[language] in text for name in coordination.organisations)
    assert any("satakunta" in action.url for action in made.actions)
    assert not any(url.startswith(("tel:", "mailto:")) for url in links(made).values())


@pytest.mark.parametrize("region", ["kainuu", "paijat-hame", "ahvenanmaa"])
@pytest.mark.parametrize("intent", ["contacts", "find_network", "join", "meetings", "links"])
def test_a_region_without_network(knowledge: Knowledge, region: str, intent: str) -> None:
    text = plain_text(answer(knowledge, intent, regions=(region,)))
    assert knowledge.regions[region].where.fi in text
    assert "ei ole alueverkostoa" in text
    assert "https://taikusydan.turkuamk.fi" in text


def test_no_place_is_asked_for(knowledge: Knowledge) -> None:
    text = plain_text(answer(knowledge, "contacts"))
    assert "Minkä kunnan tai maakunnan" in text
    assert "https://taikusydan.turkuamk.fi" in text


def test_several_places_up_to_three(knowledge: Knowledge) -> None:
    two = answer(knowledge, "contacts", networks=("pirkanmaa", "lansi-suomi"))
    text = plain_text(two)
    assert text.index("Pilvi Kuitu") < text.index(HANNA)
    titles = [one.title for one in two.suggestions]
    assert titles == ["Miten pääsen mukaan Pirkanmaalla?", "Miten pääsen mukaan Länsi-Suomessa?"]
    many = plain_text(answer(knowledge, "contacts", networks=tuple(knowledge.networks)))
    assert "Vastaan kolmesta paikasta kerrallaan" in many


def test_a_region_alone_brings_its_network(knowledge: Knowledge) -> None:
    assert HANNA in plain_text(answer(knowledge, "contacts", regions=("etela-pohjanmaa",)))
    assert HANNA in plain_text(answer(knowledge, "contacts", municipalities=("ilmajoki",)))


def test_persons_of_one_name_all_come(knowledge: Knowledge) -> None:
    made = answer(knowledge, "person", persons=("pilvi-kuitu", "pilvi-nissila"))
    text = plain_text(made)
    assert "0400 433 722" in text
    assert "040 728 7282" in text
    assert text.count("Verkosto: Pirkanmaan") == 2


def test_a_person_comes_with_region_and_network(knowledge: Knowledge) -> None:
    text = plain_text(answer(knowledge, "person", "sv", persons=("tarja-hautamaki",)))
    assert "Ansvarar för: Österbotten" in text
    assert "+358 44 723 5007" in text
    assert "Västra Finland" in text


def test_an_unknown_person(knowledge: Knowledge) -> None:
    made = answer(knowledge, "person", networks=("pirkanmaa",))
    assert "En tunne sen nimistä yhteyshenkilöä" in plain_text(made)
    assert made.suggestions[0].intent == "contacts"
    assert made.suggestions[0].networks == ("pirkanmaa",)


@pytest.mark.parametrize(
    ("language", "label"),
    [("fi", "Väärä tieto?"), ("sv", "Fel uppgift?"), ("en", "Wrong information?")],
)
@pytest.mark.parametrize("intent", ["contacts", "person", "network_info", "network_goals", "links"])
def test_wrong_information_leads_to_the_coordinator(
    knowledge: Knowledge, intent: str, language: Language, label: str
) -> None:
    made = answer(knowledge, intent, language, persons=("pilvi-kuitu",), networks=("pirkanmaa",))
    assert made.actions[-1].title == label
    assert made.actions[-1].url.startswith("mailto:pilvi.kuitu@kulttuuripiipoo.fi?subject=")
    assert len(made.actions) <= 4
    assert len([one for one in made.actions if one.reports]) == 1


def test_wrong_information_leads_to_the_keeper_where_no_coordinator_is_known(
    knowledge: Knowledge,
) -> None:
    made = answer(knowledge, "contacts", networks=("satakunta",))
    assert made.actions[-1].url == knowledge.community.keeper.url
    keeper = knowledge.community.keeper.model_copy(update={"url": None, "email": "k@example.org"})
    community = knowledge.community.model_copy(update={"keeper": keeper})
    made = answer(replace(knowledge, community=community), "contacts", networks=("satakunta",))
    assert made.actions[-1].url.startswith("mailto:k@example.org?subject=")
    assert plain_text(made).endswith("Väärä tieto? k@example.org")


def test_the_networks_own_address_comes_before_the_keepers(knowledge: Knowledge) -> None:
    network = knowledge.networks["satakunta"].model_copy(update={"email": "net@example.org"})
    there = replace(knowledge, networks={**knowledge.networks, "satakunta": network})
    made = answer(there, "contacts", networks=("satakunta",))
    assert made.actions[-1].url.startswith("mailto:net@example.org?subject=")


ATTACKS = [
    "[x](javascript:alert(1))",
    "**bold** [y](https://evil.example)",
    "# Heading",
    "<at>everyone</at> <b>x</b>",
    "{{ community.keeper.email }}",
]


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("intent", ["contacts", "person", "join", "human"])
def test_content_never_becomes_markup(knowledge: Knowledge, intent: str, attack: str) -> None:
    texts = {"fi": attack, "sv": attack, "en": attack}
    there = with_office(knowledge, name=attack, role=texts, organisation=texts, note=texts)
    made = answer(there, intent, networks=("lappi",), persons=("toimisto",))
    assert attack in plain_text(made)
    # A mail draft quotes the answer, encoded, behind its question mark.
    actions = (action.url.partition("?")[0] for action in made.actions)
    urls = {*links(made).values(), *actions}
    assert not any("evil" in url or "javascript" in url for url in urls)


@pytest.mark.parametrize(
    ("language", "plainly", "organisation", "point"),
    [
        (
            "fi",
            "ei ole vahvistettu vuoden 2021 jälkeen",
            "Kulttuurikeskus PiiPoo",
            "sekä Taikusydän",
        ),
        (
            "sv",
            "har inte bekräftats efter år 2021",
            "Kulturcentret PiiPoo",
            "samt Taikusydän",
        ),
        (
            "en",
            "Nobody has confirmed these details since 2021",
            "PiiPoo cultural",
            "and Taikusydän",
        ),
    ],
)
def test_what_nobody_confirmed_is_told_after_the_organisation_and_the_contact_point(
    language: Language, plainly: str, organisation: str, point: str
) -> None:
    asked: tuple[tuple[str, dict[str, object]], ...] = (
        ("contacts", {"networks": ("pirkanmaa",)}),
        ("person", {"persons": ("pilvi-kuitu",)}),
    )
    for intent, more in asked:
        said: Any = more
        text = plain_text(answer(KNOWLEDGE, intent, language, **said))
        places = [text.index(one) for one in (plainly, organisation, point, "Pilvi Kuitu")]
        assert places == sorted(places), text
        assert "0400 433 722" in text
    # One who has confirmed it is told at once.
    fresh = KNOWLEDGE.people["pilvi-kuitu"].source.model_copy(
        update={"date": PartialDate.parse("2026-11")}
    )
    person = KNOWLEDGE.people["pilvi-kuitu"].model_copy(update={"source": fresh})
    confirmed = replace(KNOWLEDGE, people={**KNOWLEDGE.people, person.key: person})
    text = plain_text(answer(confirmed, "contacts", language, networks=("pirkanmaa",)))
    assert plainly not in text
    assert point not in text
