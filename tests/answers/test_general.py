"""Refusals, distress, suggestions, two questions at once, and what answers about networks tell."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from bot.answers.compose import HANDLERS, Context, apology, compose, welcome
from bot.answers.model import (
    Action,
    Answer,
    Bullets,
    Heading,
    LinkSpan,
    Paragraph,
    Suggestion,
    Text,
)
from bot.answers.plain import plain_text
from bot.answers.shorter import fitting
from bot.knowledge.library import FALLBACK, Knowledge
from bot.knowledge.models import Intent
from bot.knowledge.values import LANGUAGES, Language
from bot.understanding.model import Entities, Manner, Request, Understanding

from .asking import NOW, answer, beside_distress

GUESSES = (
    Request("contacts", Entities(networks=("pirkanmaa",), persons=("pilvi-kuitu",))),
    Request("meetings", Entities(networks=("pirkanmaa",))),
    Request("about"),
    Request("join"),
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("guesses", [(), GUESSES])
def test_a_refusal_gives_no_contact_and_no_date(
    knowledge: Knowledge, language: Language, guesses: tuple[Request, ...]
) -> None:
    made = answer(knowledge, FALLBACK, language, guesses=guesses, networks=("pirkanmaa",))
    said = plain_text(made) + repr(made.suggestions)
    for person in knowledge.people.values():
        for secret in (*person.name.split(), person.phone, person.email):
            assert secret is None or secret not in said
    assert not re.search(r"\d|tel:|mailto:", repr(made))
    assert not made.private


def test_guesses_become_buttons(knowledge: Knowledge) -> None:
    made = answer(knowledge, FALLBACK, guesses=GUESSES)
    assert plain_text(made).startswith("En ole varma, mitä tarkoitit.")
    assert [(one.intent, one.networks, one.text) for one in made.suggestions] == [
        ("contacts", ("pirkanmaa",), "Kuka on yhteyshenkilö Pirkanmaalla?"),
        ("meetings", ("pirkanmaa",), "Milloin on seuraava tapaaminen Pirkanmaalla?"),
        ("about", (), "Mistä tässä kaikessa on kyse?"),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_guesses_it_says_what_it_knows(knowledge: Knowledge, language: Language) -> None:
    text = plain_text(answer(knowledge, FALLBACK, language, topic="weather"))
    assert "https://taikusydan.turkuamk.fi" in text


@pytest.mark.parametrize(
    ("language", "phone", "url"),
    [
        ("fi", "09 2525 0111", "tel:+358925250111"),
        ("sv", "09 2525 0112", "tel:+358925250112"),
        ("en", "09 2525 0116", "tel:+358925250116"),
    ],
)
def test_distress(knowledge: Knowledge, language: Language, phone: str, url: str) -> None:
    made = answer(knowledge, FALLBACK, language, topic="distress", guesses=GUESSES)
    assert made.private
    assert made.suggestions == ()
    assert made.actions == ()
    assert LinkSpan("112", "tel:112") in spans(made)
    assert LinkSpan(phone, url) in spans(made)
    line = knowledge.community.help_lines.line(language)
    assert line.hours
    assert line.hours in plain_text(made)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_one_line_stands_above_the_answer_where_there_may_be_distress(
    knowledge: Knowledge, language: Language
) -> None:
    usual, made = answer(knowledge, "join", language), beside_distress(knowledge, "join", language)
    assert made.private
    assert made.blocks[1:] == usual.blocks
    assert made.suggestions == usual.suggestions
    (line,) = plain_text(replace(made, blocks=made.blocks[:1])).splitlines()
    assert "112" in line
    assert knowledge.community.help_lines.line(language).phone in line


def spans(made: Answer) -> list[Text | LinkSpan]:
    return [
        span
        for block in made.blocks
        if isinstance(block, Paragraph)
        for line in block.lines
        for span in line
    ]


def test_nothing_stands_beside_distress(knowledge: Knowledge) -> None:
    requests = (
        Request("meetings"),
        Request("contacts"),
        Request("join"),
        Request(FALLBACK, topic="distress"),
    )
    made = compose(Understanding("?", "fi", requests, 1.0), knowledge, Context(NOW))
    assert made.intents == (FALLBACK,)
    assert made.private
    assert made.suggestions == ()
    assert "tapaami" not in plain_text(made)


def test_nothing_else_is_private(knowledge: Knowledge) -> None:
    assert not any(answer(knowledge, intent).private for intent in knowledge.intents)


def test_two_questions_get_two_answers(knowledge: Knowledge) -> None:
    place = Entities(networks=("lansi-suomi",))
    requests = (Request("contacts", place), Request("meetings", place))
    made = compose(Understanding("?", "fi", requests, 1.0), knowledge, Context(NOW))
    text = plain_text(made)
    assert made.intents == ("contacts", "meetings")
    assert text.index("Verkoston yhteyshenkilöt") < text.index("Seuraava tapaaminen Länsi-Suomessa")
    assert not {"contacts", "meetings"} & {one.intent for one in made.suggestions}
    assert len({action.url for action in made.actions}) == len(made.actions)


def both(knowledge: Knowledge, *requests: Request) -> str:
    """The answer to a message that asks several things, as plain text."""
    return plain_text(compose(Understanding("?", "fi", requests, 1.0), knowledge, Context(NOW)))


@pytest.mark.parametrize(
    "intents",
    [
        ("human", "contacts"),
        ("contacts", "join"),
        ("join", "contacts"),
        ("human", "join"),
        ("join", "meetings"),
        ("contacts", "human", "meetings"),
        ("person", "contacts"),
    ],
)
@pytest.mark.parametrize("network", ["pirkanmaa", "lansi-suomi"])
def test_nobody_is_given_twice(
    no_meetings: Knowledge, intents: tuple[str, ...], network: str
) -> None:
    people = [one for one in no_meetings.people.values() if network in one.networks]
    place = Entities(networks=(network,), persons=(people[0].key,))
    text = both(no_meetings, *(Request(intent, place) for intent in intents))
    for person in people:
        assert text.count(person.email or "?") == 1
    assert "En tiedä verkoston yhteyshenkilöä" not in text
    assert "Yhteyshenkilöt" not in text or "contacts" not in intents


def test_what_a_card_left_out_is_told_by_the_next_answer(knowledge: Knowledge) -> None:
    there = Entities(networks=("lansi-suomi",), regions=("pohjanmaa",))
    text = both(knowledge, Request("contacts", there), Request("join", Entities(("lansi-suomi",))))
    assert text.index("Tarja") < text.index("Yhteyshenkilö Länsi-Suomessa:\n- Hanna")
    assert text.count("Tarja Hautamäki") == 1


@pytest.mark.parametrize("intents", [("contacts", "join"), ("human", "contacts")])
def test_nothing_is_said_twice_where_nothing_is_known(
    knowledge: Knowledge, intents: tuple[str, ...]
) -> None:
    nowhere = both(knowledge, *(Request(one, Entities(regions=("kainuu",))) for one in intents))
    assert nowhere.count("ei ole alueverkostoa") == 1
    nobody = both(knowledge, *(Request(one, Entities(networks=("lappi",))) for one in intents))
    assert nobody.count("mutta en tiedä sen yhteyshenkilöä") == 1


def test_contact_persons_are_offered_where_there_are_any(knowledge: Knowledge) -> None:
    for key in knowledge.networks:
        text = plain_text(answer(knowledge, "find_network", networks=(key,)))
        known = any(key in person.networks for person in knowledge.people.values())
        assert ("Kerron mielelläni yhteyshenkilö" in text) is known


def _with_the_rest(
    knowledge: Knowledge, intent: str, language: Language, network: str
) -> list[str]:
    """The first answer about a network, and what is said on `more`."""
    requests = [
        Request(intent, Entities(networks=(network,)), manner=manner)
        for manner in (Manner.PLAIN, Manner.MORE)
    ]
    return [
        plain_text(compose(Understanding("?", language, (one,), 1.0), knowledge, Context(NOW)))
        for one in requests
    ]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fi", "Lapin yliopisto (tieto vuosilta 2019–2022)"),
        ("sv", "Lapplands universitet (uppgift från 2019–2022)"),
        ("en", "University of Lapland (information from 2019–2022)"),
    ],
)
def test_an_undated_page_is_told_by_its_years(
    knowledge: Knowledge, language: Language, said: str
) -> None:
    text = "".join(_with_the_rest(knowledge, "network_info", language, "lappi"))
    assert said in text
    estimate = {"fi": "arvio", "sv": "uppskattning", "en": "estimate"}[language]
    assert f"Taikusydän: Tietoa alueverkostoista, 2019–2022 ({estimate})" in text


def test_remarks_on_sources_are_in_the_language_asked(knowledge: Knowledge) -> None:
    texts = [
        _with_the_rest(knowledge, "network_activity", language, "pirkanmaa")[1]
        for language in LANGUAGES
    ]
    remarks = ("kevään 2024 versio", "version från våren 2024", "version of spring 2024")
    for text, remark in zip(texts, remarks, strict=True):
        assert f"Taikusydän: Pirkanmaa ({remark}), 2024" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_suggestions_are_about_the_same_network(knowledge: Knowledge, language: Language) -> None:
    for intent in HANDLERS:
        for key, network in knowledge.networks.items():
            made = answer(knowledge, intent, language, networks=(key,), persons=())
            for one in made.suggestions:
                assert one.intent != intent or one.title in (
                    "Kerro lisää",
                    "Berätta mer",
                    "Tell me more",
                )
                if one.networks:
                    assert one.networks == (key,)
                    assert one.text == one.title
                if one.intent == "network_goals" != intent:
                    assert network.goals


def test_suggestions_after_contacts(knowledge: Knowledge) -> None:
    made = answer(knowledge, "contacts", "fi", networks=("lansi-suomi",))
    # Two cards leave room for one.
    assert [one.intent for one in made.suggestions] == ["join"]
    assert made.suggestions[0].title == "Miten pääsen mukaan?"
    assert made.suggestions[0].text == "Miten pääsen mukaan?"


@pytest.mark.parametrize("language", LANGUAGES)
def test_goals_and_activity_tell_all_that_is_known(
    knowledge: Knowledge, language: Language
) -> None:
    for key, network in knowledge.networks.items():
        goals = "".join(_with_the_rest(knowledge, "network_goals", language, key))
        deeds = "".join(_with_the_rest(knowledge, "network_activity", language, key))
        tasks = knowledge.community.network_tasks
        assert all(goal[language] in goals for goal in network.goals or tasks)
        assert all(deed[language] in deeds for deed in network.activity or tasks)
        assert network.meets is None or network.meets[language] in deeds


@pytest.mark.parametrize("language", LANGUAGES)
def test_info_tells_all_that_is_known_and_what_is_not(
    knowledge: Knowledge, language: Language
) -> None:
    unknown = {"fi": "Näitä en tiedä:", "sv": "Det här vet jag inte:", "en": "What I do not know:"}
    for key, network in knowledge.networks.items():
        text = "".join(_with_the_rest(knowledge, "network_info", language, key))
        told = [network.start, network.members, network.meets, *network.background]
        assert all(one[language] in text for one in told if one)
        assert all(knowledge.regions[region].name(language) in text for region in network.regions)
        people = [one for one in knowledge.people.values() if key in one.networks]
        assert all(person.name in text for person in people)
        gaps = not (people and network.coordination and network.meets and network.joining.how)
        assert (unknown[language] in text) is gaps


def test_numbers_of_the_richest_networks_are_told(knowledge: Knowledge) -> None:
    text = "".join(_with_the_rest(knowledge, "network_info", "fi", "lansi-suomi"))
    assert "445 000" in text
    assert "97 000" in text
    assert "25.1.2017" in text
    assert "Lähteet: " in text
    assert "3.10.2023" in text


def test_the_newest_coordination_is_told_with_its_time(knowledge: Knowledge) -> None:
    text = plain_text(answer(knowledge, "contacts", networks=("uusimaa",)))
    assert "Uudenmaan liitto (tammikuusta 2025 alkaen)" in text
    assert "KUJE)" not in text


def test_join_tells_of_contacts_and_no_newsletter(knowledge: Knowledge) -> None:
    text = plain_text(answer(knowledge, "join", networks=("lansi-suomi",)))
    assert "uutiskirje" not in text
    assert "+358 40 751 5610" in text
    assert "+358 44 723 5007" in text


def test_the_list_has_all_networks_and_regions(knowledge: Knowledge) -> None:
    for language in LANGUAGES:
        text = plain_text(answer(knowledge, "list_networks", language))
        assert all(network.short[language] in text for network in knowledge.networks.values())
        assert all(region.name(language) in text for region in knowledge.regions.values())


def test_help_and_greeting_say_that_it_is_a_bot(knowledge: Knowledge) -> None:
    words: dict[Language, str] = {"fi": "botti", "sv": "en bot", "en": "a bot"}
    for language, bot in words.items():
        for made in (
            answer(knowledge, "help", language),
            answer(knowledge, "greeting", language),
            welcome(language, knowledge, Context(NOW)),
        ):
            assert bot in plain_text(made)
            assert "Taikubot" in plain_text(made)
            assert len(made.suggestions) == 3


@pytest.mark.parametrize(
    ("language", "begins"),
    [("fi", "Anteeksi"), ("sv-FI", "Ursäkta"), ("en", "Sorry"), ("de", "Anteeksi"), ("", "Ant")],
)
def test_the_apology_names_its_code(knowledge: Knowledge, language: str, begins: str) -> None:
    sorry = apology(language, "[a](b)", knowledge)
    assert sorry.startswith(begins)
    assert "[a](b)" in sorry


def test_privacy_tells_how_long_is_remembered(knowledge: Knowledge) -> None:
    for language in LANGUAGES:
        assert "30 minu" in plain_text(answer(knowledge, "privacy", language))


@pytest.mark.parametrize(
    "intent",
    ["follow", "unfollow", "announce", "announcements", "add_meeting", "change_details", "whoami"],
)
def test_what_teams_alone_can_do_says_so(knowledge: Knowledge, intent: str) -> None:
    for language in LANGUAGES:
        assert "Microsoft Teams" in plain_text(answer(knowledge, intent, language))


def test_an_intent_that_a_community_adds(knowledge: Knowledge) -> None:
    texts = {"fi": "Pysäköi pihalle.", "sv": "Parkera på gården.", "en": "Park in the yard."}
    parking = Intent.model_validate(
        {"key": "parking", "answers": {"answer": texts}, "question": texts}
    )
    there = replace(knowledge, intents={**knowledge.intents, "parking": parking})
    assert plain_text(answer(there, "parking", "sv")) == "Parkera på gården."


def test_keys_that_are_gone_do_no_harm(knowledge: Knowledge) -> None:
    gone: dict[str, Any] = {
        "networks": ("gone",),
        "regions": ("gone",),
        "municipalities": ("gone",),
        "persons": ("gone",),
    }
    for intent in knowledge.intents:
        assert answer(knowledge, intent, **gone).blocks


def test_plain_text() -> None:
    blocks = (
        Heading("Head"),
        Paragraph(((Text("See "), LinkSpan("page", "https://a.fi"), Text(":")),)),
        Bullets(((LinkSpan("112", "tel:112"),), (LinkSpan("https://b.fi", "https://b.fi"),))),
        Paragraph(((Text("bold", bold=True), Text(" "), LinkSpan("a@b.fi", "mailto:a@b.fi")),)),
    )
    actions = (Action("Page", "https://a.fi"), Action("Wrong?", "https://c.fi"))
    made = Answer("en", ("about",), blocks, actions)
    assert plain_text(made) == (
        "Head\n\nSee page (https://a.fi):\n- 112\n- https://b.fi\n\nbold a@b.fi\n\n"
        "Wrong? https://c.fi"
    )


def test_suggestions_are_as_many_as_there_is_room_for() -> None:
    offered = tuple(Suggestion(f"{'x' * 40}{n}", "x", "join") for n in range(3))

    def kept(length: int, *, chosen_from: bool = False) -> int:
        blocks = (Paragraph(((Text("y" * length),),)),)
        return len(fitting(offered, blocks=blocks, actions=(), chosen_from=chosen_from))

    assert [kept(length) for length in (227, 228, 268, 269, 900)] == [3, 2, 2, 1, 1]
    assert kept(900, chosen_from=True) == 3
    about_each = tuple(replace(one, networks=(str(n),)) for n, one in enumerate(offered))
    assert len(fitting(about_each, blocks=(), actions=(), chosen_from=False)) == 3
