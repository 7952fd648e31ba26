"""The check of cards itself: a sound card passes, and each thing that can be wrong is found."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from botbuilder.core import InvokeResponse
from botbuilder.schema import Attachment

from bot.answers.model import Answer, Heading
from bot.channels.teams import card_activity
from bot.channels.teams.coordination import elements as e
from bot.channels.teams.coordination import message
from bot.channels.teams.coordination.card_actions import button
from tests.adaptive_cards import (
    CONTENT_TYPE,
    Cards,
    Renderer,
    faults,
    undeclared,
    watched,
    wrong_with,
)
from tests.node_packages import Missing

Card = dict[str, Any]

pytestmark = pytest.mark.usefixtures("node_modules")


def _sound() -> Card:
    """A card with everything that the bot's cards are made of."""
    choices = {"fi": "suomi", "sv": "ruotsi"}
    body = [
        e.heading("Otsikko"),
        e.subline("Rivi"),
        e.error_text("Väärin"),
        e.text_input("title.fi", "Otsikko", "Kahvit"),
        e.multiline_input("text.fi", "Teksti", "Tervetuloa"),
        e.url_input("link", "Linkki", "https://example.org/"),
        e.columns(
            e.date_input("day", "Päivä", "2026-12-10"), e.time_input("time", "Kello", "08:30")
        ),
        e.choice_input("one", "Yksi", choices, "fi"),
        e.choice_input("many", "Monta", choices, "fi,sv", several=True),
        e.toggle_input("on", "Päällä", on=True),
        e.facts([("Nimi", "Arvo")]),
        {"type": "Container", "style": "emphasis", "items": [e.text("Kehyksessä")]},
    ]
    opening = {"type": "Action.OpenUrl", "title": "Avaa", "url": "https://example.org/"}
    return e.form("fi", body, [button("Tee", "do.it", "fi", style="positive"), opening])


def _part(card: Card, kind: str) -> Card:
    """The first element or action of a type."""

    def found(value: Any) -> Card | None:
        if isinstance(value, dict):
            if value.get("type") == kind:
                return value
            return next((one for inner in value.values() if (one := found(inner))), None)
        if isinstance(value, list):
            return next((one for inner in value if (one := found(inner))), None)
        return None

    part = found(card)
    assert part is not None
    return part


def test_a_sound_card_has_no_fault(renderer: Renderer) -> None:
    # More than once: what is left over from one card must not reach the next.
    assert faults(renderer, [_sound()] * 3) == [[], [], []]


MISSPELT = {
    "AdaptiveCard": "fallBackText",
    "TextBlock": "wraps",
    "Input.Text": "max_length",
    "Input.Date": "lable",
    "Input.Time": "Label",
    "Input.ChoiceSet": "isMultiselect",
    "Input.Toggle": "valueon",
    "ColumnSet": "column",
    "Column": "verticalAlignment",
    "FactSet": "fact",
    "Container": "styles",
    "ActionSet": "action",
    "Action.Execute": "associatedinputs",
    "Action.Submit": "tilte",
    "Action.OpenUrl": "uri",
}


@pytest.mark.parametrize(("kind", "name"), MISSPELT.items())
def test_a_misspelt_property_is_found(renderer: Renderer, kind: str, name: str) -> None:
    card = _sound()
    _part(card, kind)[name] = "x"
    (found,) = faults(renderer, [card])
    assert any(f"({kind}" in one and f"has no property {name!r}" in one for one in found), found


def test_a_misspelt_property_is_found_where_a_part_has_no_type(renderer: Renderer) -> None:
    card = _sound()
    _part(card, "FactSet")["facts"][0]["name"] = "x"
    _part(card, "Input.ChoiceSet")["choices"][0]["text"] = "x"
    (found,) = faults(renderer, [card])
    assert [one.partition(": ")[2] for one in found] == [
        "has no property 'text'",
        "has no property 'name'",
    ]


def _set(kind: str, name: str, value: Any) -> Callable[[Card], None]:
    def change(card: Card) -> None:
        _part(card, kind)[name] = value

    return change


def _without(kind: str, name: str) -> Callable[[Card], None]:
    def change(card: Card) -> None:
        del _part(card, kind)[name]

    return change


WRONG: dict[str, tuple[Callable[[Card], None], str]] = {
    # Types: none passes for another.
    "a text for yes or no": (_set("TextBlock", "wrap", "true"), "wrap: Input should be a valid b"),
    "a number for yes or no": (_set("TextBlock", "wrap", 1), "wrap: Input should be a valid bool"),
    "a number for a text": (_set("TextBlock", "text", 5), "text: Input should be a valid string"),
    "a text for a number": (_set("Input.Text", "maxLength", "9"), "maxLength: Input should be"),
    "yes or no for a text": (_set("Input.Toggle", "value", True), "value: Input should be a val"),
    "a list for a text": (_set("Input.ChoiceSet", "value", ["fi"]), "value: Input should be a "),
    "an object for a list": (
        _set("AdaptiveCard", "body", {}),
        "body: Input should be a valid array",
    ),
    "a text for a list": (_set("Container", "items", "x"), "items: Input should be a valid"),
    "a text for an element": (_set("Container", "items", ["x"]), "items.0: Input should be"),
    "a number for what a button carries": (_set("Action.Execute", "data", 5), "data"),
    "nothing for an element": (_set("Container", "items", [None]), "items.0: Input should be"),
    # Values.
    "weight": (_set("TextBlock", "weight", "Bold"), 'Invalid value "Bold" for property "weight"'),
    "colour": (_set("TextBlock", "color", "attention "), "color: Input should be 'Default'"),
    "spacing": (_set("TextBlock", "spacing", "Tiny"), 'Invalid value "Tiny" for property "spac'),
    "style of a text field": (_set("Input.Text", "style", "Link"), 'Invalid value "Link"'),
    "style of choices": (_set("Input.ChoiceSet", "style", "open"), "style: Input should be"),
    "style of a button": (_set("Action.Execute", "style", "good"), "style: Input should be"),
    "style of a fallback": (
        lambda card: _part(card, "Action.Execute")["fallback"].update(style="good"),
        "style: Input should be",
    ),
    "inputs of a button": (_set("Action.Execute", "associatedInputs", "no"), "associatedInputs"),
    "width": (_set("Column", "width", "wide"), 'Invalid column width "wide"'),
    "language": (_set("AdaptiveCard", "lang", "Finnish"), 'Invalid value "Finnish"'),
    "version": (_set("AdaptiveCard", "version", "1.7"), "UnsupportedCardVersion"),
    "not a version": (_set("AdaptiveCard", "version", "new"), "Invalid version string"),
    # Names of types.
    "type of the card": (_set("AdaptiveCard", "type", "Card"), "'Card' is not a type here"),
    "another type for the card": (_set("AdaptiveCard", "type", "Container"), "MissingCardType"),
    "type of an element": (_set("TextBlock", "type", "Text"), 'Unknown element type "Text"'),
    "type of an action": (_set("Action.OpenUrl", "type", "Action.Open"), "Unknown action type"),
    "type of a fallback": (
        lambda card: _part(card, "Action.Execute")["fallback"].update(type="Action.Send"),
        "'Action.Send' is not a type here",
    ),
    "no type": (_without("TextBlock", "type"), "None is not a type here"),
    "an action among elements": (
        lambda card: card["body"].append({"type": "Action.Submit", "title": "x"}),
        'Unknown element type "Action.Submit"',
    ),
    # What has to be there, and only once.
    "no id": (_without("Input.Text", "id"), "All inputs must have a unique Id"),
    "an id twice": (_set("Input.Date", "id", "time"), 'Duplicate Id "time"'),
    "no address": (_without("Action.OpenUrl", "url"), 'Property "url" must be set'),
    "no choices": (_set("Input.ChoiceSet", "choices", []), "at least one choice"),
    "a choice without a value": (
        lambda card: _part(card, "Input.ChoiceSet")["choices"][0].pop("value"),
        "must have their title and value",
    ),
    "no text": (_without("TextBlock", "text"), "NotDrawn"),
    "no facts": (_set("FactSet", "facts", []), "NotDrawn"),
    "no columns": (_set("ColumnSet", "columns", []), "NotDrawn"),
    "no buttons": (_set("ActionSet", "actions", []), "NotDrawn"),
    # What is newer than the version that the card states.
    "a newer element": (
        lambda card: card["body"].append({"type": "Table", "columns": [], "rows": []}),
        'Unknown element type "Table"',
    ),
    "a newer property": (_set("TextBlock", "style", "heading"), '"style"'),
    "an older version": (_set("AdaptiveCard", "version", "1.2"), '"label" is supported in version'),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_found(renderer: Renderer, name: str) -> None:
    change, says = WRONG[name]
    card, sound = _sound(), _sound()
    change(card)
    found, none = faults(renderer, [card, sound])
    assert any(says in one for one in found), found
    assert none == []


def test_what_a_button_carries_is_not_judged() -> None:
    card = _sound()
    for kind in ("Action.Execute", "Action.Submit"):
        _part(card, kind)["data"] = {"type": "Text", "anything": [{"wrap": 5}]}
    assert undeclared([card]) == [[]]


def test_the_check_changes_nothing(renderer: Renderer) -> None:
    card = _sound()
    kept = copy.deepcopy(card)
    faults(renderer, [card])
    assert card == kept


def test_every_card_is_noted_on_its_way_out() -> None:
    texts = ["attached", "put in later", "answered"]
    first, second, third = (e.form("fi", [e.text(text)]) for text in texts)
    cards = Cards()
    with watched(cards.note):
        attachment = Attachment(content_type=CONTENT_TYPE, content=first)
        attachment.content = second
        InvokeResponse(status=200, body={"type": CONTENT_TYPE, "value": third})
        Attachment(content_type="image/png", content={"type": "AdaptiveCard"})
        InvokeResponse(status=200, body={"type": "application/json", "value": "x"})
        Attachment(content_type=CONTENT_TYPE, content=first)
    assert [json.loads(card) for card in cards.take()] == [first, second, third]
    assert cards.take() == {}


def test_what_the_bot_sends_is_noted_and_its_faults_name_the_test(renderer: Renderer) -> None:
    cards = Cards()
    answer = Answer("fi", ("help",), (Heading("Vastaus."),))
    with watched(cards.note):
        sound = card_activity(answer).attachments[0].content
        message(sound | {"lang": "Finnish"})
        message(sound | {"langs": "fi"})
    made = cards.take()
    assert len(made) == 3
    (rendered,) = wrong_with(made, renderer.faults)
    (declared,) = wrong_with(made, undeclared)
    for told, says in ((rendered, 'Invalid value "Finnish"'), (declared, "no property 'langs'")):
        assert says in told
        assert "test_what_the_bot_sends_is_noted" in told


def test_where_node_is_missing_the_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Missing, match="node is not installed"):
        Renderer().faults([_sound()])
