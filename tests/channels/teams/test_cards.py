"""Cards: what they hold and their size, for every answer there is."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from bot.answers.compose import Context, compose, welcome
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
from bot.channels.connector.activity_json import dump, parse
from bot.channels.teams.cards import CUT, MOST_BYTES, card, card_activity
from bot.knowledge.library import FALLBACK, Knowledge
from bot.knowledge.values import LANGUAGES, Language
from bot.understanding.model import Entities, Request, Understanding

from ..turning import NOW

ELEMENTS = {"TextBlock", "ActionSet", "Action.OpenUrl", "Action.Submit"}
CONTEXT = Context(NOW, members=True)


def requests(knowledge: Knowledge) -> Iterator[Request]:
    """Every intent alone and about every network; every person and topic; places without."""
    places = [Entities()]
    for key, network in knowledge.networks.items():
        places.append(Entities(networks=(key,), regions=network.regions))
    places += [
        Entities(regions=(key,)) for key in knowledge.regions if not knowledge.network_of(key)
    ]
    places.append(Entities(networks=tuple(knowledge.networks)))
    yield from (Request(*one) for one in itertools.product(knowledge.intents, places))
    for person in knowledge.people:
        for intent in ("person", "contacts"):
            yield Request(intent, Entities(persons=(person,)))
    topics = {one.topic for one in knowledge.phrases if one.intent == FALLBACK}
    yield from (Request(FALLBACK, topic=topic) for topic in sorted(topics))


def answers(knowledge: Knowledge, language: Language) -> Iterator[tuple[str, Answer]]:
    """Every answer that the content gives."""
    guesses = (Request("join"), Request("meetings", Entities(networks=("pirkanmaa",))))
    for request in requests(knowledge):
        guessed = guesses if request.intent == FALLBACK and not request.topic else ()
        understanding = Understanding("?", language, (request,), 1.0, guessed)
        yield str(request), compose(understanding, knowledge, CONTEXT)
    yield "welcome", welcome(language, knowledge, CONTEXT)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_activity_is_small_and_has_no_text_beside_the_card(
    knowledge: Knowledge, language: Language
) -> None:
    seen: set[str] = set()
    for name, answer in answers(knowledge, language):
        sent = parse(dump(card_activity(answer)))
        assert "text" not in sent, name
        assert sent["summary"].strip(), name
        assert len(sent["summary"]) <= 160, name
        (attachment,) = sent["attachments"]
        made = attachment["content"]
        assert len(json.dumps(made, ensure_ascii=False).encode()) <= MOST_BYTES, name
        assert CUT.said(language) not in json.dumps(made, ensure_ascii=False), name
        assert made["fallbackText"], name
        assert made["speak"], name
        assert made["lang"] == language, name
        assert set(types(made)) <= ELEMENTS | {"AdaptiveCard"}, name
        blocks = [one for one in made["body"] if one["type"] == "TextBlock"]
        assert made["body"][0] is blocks[0], f"{name}: the answer comes first"
        assert all(one["wrap"] and one["text"].strip() for one in blocks), name
        for buttons in (one["actions"] for one in made["body"] if one["type"] == "ActionSet"):
            assert 1 <= len(buttons) <= 6, name
            assert all(button["title"] for button in buttons), name
        seen.add(json.dumps(made))
    assert len(seen) > 100


def types(value: Any) -> Iterator[str]:
    """The types of all elements of a card."""
    if isinstance(value, dict):
        if isinstance(value.get("type"), str):
            yield value["type"]
        for inner in value.values():
            yield from types(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from types(inner)


def line(text: str) -> Paragraph:
    """A paragraph of one line."""
    return Paragraph(((Text(text),),))


FULL = Answer(
    "sv",
    ("contacts",),
    (
        Heading("Österbotten <at>x</at>"),
        Paragraph(
            (
                (Text("Tarja Hautamäki", bold=True),),
                (Text("Telefon: "), LinkSpan("040 653 1520", "tel:+358406531520")),
                (LinkSpan("a@example.fi", "mailto:a@example.fi"),),
            )
        ),
        Bullets(((Text("ett"),), (Text("två, "), LinkSpan("sidan", "https://example.fi/")))),
    ),
    (Action("Nätverkets sida", "https://example.fi/"),),
    (Suggestion("Träffar?", "När är nästa träff i Österbotten?", "meetings"),),
)


def test_a_card_word_for_word() -> None:
    text = "När är nästa träff i Österbotten?"
    assert card(FULL) == {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.4",
        "lang": "sv",
        "body": [
            {
                "type": "TextBlock",
                "text": "Österbotten ‹at›x‹/at›",
                "wrap": True,
                "weight": "Bolder",
                "size": "Medium",
            },
            {"type": "TextBlock", "text": "**Tarja Hautamäki**", "wrap": True},
            {
                "type": "TextBlock",
                "text": "Telefon: [040 653 1520](tel:+358406531520)",
                "wrap": True,
                "spacing": "None",
            },
            {
                "type": "TextBlock",
                "text": "[a@example.fi](mailto:a@example.fi)",
                "wrap": True,
                "spacing": "None",
            },
            {
                "type": "TextBlock",
                "text": "- ett\n- två, [sidan](https://example.fi/)",
                "wrap": True,
            },
            {
                "type": "ActionSet",
                "spacing": "Medium",
                "actions": [
                    {
                        "type": "Action.Submit",
                        "title": "Träffar?",
                        "data": {"text": text},
                    }
                ],
            },
            {
                "type": "ActionSet",
                "spacing": "Medium",
                "actions": [
                    {
                        "type": "Action.OpenUrl",
                        "title": "Nätverkets sida",
                        "url": "https://example.fi/",
                    }
                ],
            },
        ],
        "fallbackText": "Österbotten ‹at›x‹/at›\nTarja Hautamäki\nTelefon: 040 653 1520\n"
        "a@example.fi\n- ett\n- två, sidan: https://example.fi/",
        "speak": "Österbotten ‹at›x‹/at›\nTarja Hautamäki\nTelefon: 040 653 1520\n"
        "a@example.fi\nett\ntvå, sidan",
    }
    assert card_activity(FULL).summary == (
        "Österbotten ‹at›x‹/at› Tarja Hautamäki Telefon: 040 653 1520 a@example.fi ett två, sidan"
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "blocks",
    [
        tuple(line(f"Sana {number} " + "ä" * 400) for number in range(200)),
        (Bullets(tuple((Text("ö" * 300),) for _ in range(200))),),
        (line("short"), line("x" * 60_000)),
        (line("x" * 60_000),),
    ],
)
def test_a_card_that_would_be_too_large_is_cut_at_a_block(
    blocks: tuple[Any, ...], language: Language
) -> None:
    cut = card_activity(Answer(language, ("about",), blocks, FULL.actions, FULL.suggestions))
    made = cut.attachments[0].content
    assert len(json.dumps(made).encode()) <= MOST_BYTES
    texts = [one["text"] for one in made["body"] if one["type"] == "TextBlock"]
    assert texts[-1] == CUT.said(language)
    whole = card(Answer(language, ("about",), blocks[:1]))["body"][0]["text"]
    assert len(texts) == 1 or texts[0] == whole
    assert [one["type"] for one in made["body"][-2:]] == ["ActionSet", "ActionSet"]
    assert made["speak"].endswith(CUT.said(language)) or len(made["speak"]) <= 1_500


def test_an_answer_of_nothing_still_makes_a_card() -> None:
    made = card(Answer("fi", ("about",), ()))
    assert made["body"] == []
    assert made["fallbackText"] == ""


def test_what_a_button_on_a_phone_would_cut_is_a_link_instead() -> None:
    actions = (
        Action("Verkoston " + "todella " * 5 + "pitkä sivu", "https://example.fi/1"),
        Action("Lyhyt sivu", "https://example.fi/2"),
    )
    link, buttons = card(Answer("fi", ("about",), (line("x"),), actions))["body"][1:]
    assert link["text"].startswith("[Verkoston todella")
    assert link["text"].endswith("pitkä sivu](https://example.fi/1)")
    assert [one["title"] for one in buttons["actions"]] == ["Lyhyt sivu"]


def test_the_title_of_a_long_suggestion_is_cut_at_a_word() -> None:
    text = "Milloin " + "todella " * 10 + "pitkä?"
    suggestion = Suggestion(text, text, "meetings")
    made = card(Answer("fi", ("about",), (line("x"),), (), (suggestion,)))
    (button,) = made["body"][-1]["actions"]
    assert button["title"] == "Milloin todella todella todella todella…"
    assert button["data"]["text"] == text
