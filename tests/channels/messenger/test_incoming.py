"""What is heard in the shapes of the wire, hostile ones among them."""

from __future__ import annotations

from typing import Any

import pytest
from botbuilder.schema import Activity
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.connector.activity_json import MalformedJson, read_activity
from bot.channels.messenger.incoming import Input, Like, Question, Start, Unreadable, parse_activity
from bot.channels.messenger.incoming import locale_of as locale

from .conftest import WIRE, shape

EXPECTED: dict[str, Input | None] = {
    "text": Question("Kuka on yhteyshenkilö Pirkanmaalla?"),
    "quick_reply": Question("Miten pääsen mukaan Pirkanmaalla?"),
    "postback": Question("Milloin on seuraava tapaaminen?"),
    "postback_for_a_program": Question("Mitä verkostoja on?"),
    "postback_event": Question("Mitä osaat?"),
    "card_button": Question("Miten pääsen mukaan?"),
    "get_started": Start(),
    "get_started_referral": Start(),
    "referral": Start(),
    "referral_message": Start(),
    "sticker": Unreadable("sticker"),
    "like": Like(),
    "image": Unreadable("image"),
    "image_with_text": Question("Kuka on Pilvi Kuitu?"),
    "audio": Unreadable("voice"),
    "video": Unreadable("video"),
    "file": Unreadable("file"),
    "location": Unreadable("location"),
    "shared_post": Unreadable("other"),
    "shared_link": Question("Kuka vastaa? https://www.example.fi"),
    "empty": Unreadable("nothing"),
    "echo": None,
    "echo_event": None,
    "read": None,
    "delivery": None,
    "delivery_message": None,
    "optin": None,
    "reaction": None,
    "reaction_activity": None,
    "standby": None,
    "pass_thread_control": None,
    "conversation_update": None,
    "typing": None,
    "deleted": None,
}
KEYS = st.sampled_from(
    [
        *("message", "postback", "referral", "payload", "text", "title", "attachments", "type"),
        *("quick_reply", "is_echo", "sticker_id", "sender", "locale", "read", "optin", "value"),
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | KEYS, inner),
    max_leaves=16,
)


def hear(data: dict[str, Any]) -> Input | None:
    """What is heard in an activity."""
    return parse_activity(read_activity(data))


def test_every_recorded_shape_is_expected() -> None:
    assert set(EXPECTED) == set(WIRE)


@pytest.mark.parametrize("name", WIRE)
def test_every_recorded_shape(name: str) -> None:
    assert hear(shape(name)) == EXPECTED[name]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"text": None, "channelData": None}, Unreadable("nothing")),
        ({"text": "  \n ", "channelData": {}}, Unreadable("nothing")),
        ({"text": " a\n b ", "channelData": "x"}, Question("a b")),
        ({"channelData": [], "text": "a"}, Question("a")),
        ({"channelData": {"message": []}, "text": "a"}, Question("a")),
        ({"channelData": {"message": {"quick_reply": "x"}}, "text": "a"}, Question("a")),
        (
            {"channelData": {"message": {"quick_reply": {"payload": "x" * 1_001}}}, "text": "a"},
            Question("a"),
        ),
        (
            {"channelData": {"message": {"quick_reply": {"payload": {}}}}, "text": "a"},
            Question("a"),
        ),
        ({"channelData": {"message": {"quick_reply": {"payload": "GET_STARTED"}}}}, Start()),
        ({"channelData": {"postback": "GET_STARTED"}, "text": "GET_STARTED"}, Start()),
        ({"channelData": {"postback": {"payload": 5}}, "text": "a"}, Start()),
        ({"channelData": {"postback": {"payload": "x" * 1_001, "title": "b"}}}, Question("b")),
        ({"channelData": {"postback": {"payload": "MENU_2"}}}, Question("MENU_2")),
        ({"channelData": {"postback": {}}, "text": "a"}, Question("a")),
        ({"channelData": {"referral": 7}, "text": "a"}, Start()),
        (
            {"channelData": {"referral": {}, "message": {"text": "a"}}, "text": "a"},
            Question("a"),
        ),
        ({"channelData": {"message": {"is_echo": True}, "postback": {"payload": "a"}}}, None),
        ({"channelData": {"read": {}, "message": {"mid": "m"}}, "text": "a"}, Question("a")),
        ({"channelData": {"read": 5}, "text": None}, None),
        ({"from": {"id": "100000000000042"}}, None),
        ({"from": {"id": "1", "role": "bot"}}, None),
        ({"text": "x" * 50_000, "channelData": {}}, Question("x" * 10_000)),
        ({"text": None, "channelData": {}, "value": "a"}, Question("a")),
        ({"text": None, "channelData": {}, "value": {"text": ["a"]}}, Unreadable("nothing")),
        ({"text": None, "channelData": {}, "value": "x" * 1_001}, Unreadable("nothing")),
        (
            {"text": None, "channelData": {"message": {"attachments": [5, None, {"type": []}]}}},
            Unreadable("other"),
        ),
        (
            {"text": None, "channelData": {}, "attachments": [{"contentType": "image/png"}]},
            Unreadable("image"),
        ),
        ({"text": None, "channelData": {}, "attachments": [{"name": "x"}]}, Unreadable("other")),
        ({"text": None, "channelData": {"message": {"sticker_id": None}}}, Unreadable("sticker")),
        (
            {"text": None, "channelData": {}, "entities": [{"type": "Place"}]},
            Unreadable("location"),
        ),
        ({"type": "event"}, None),
        ({"type": "event", "value": "postback"}, None),
        ({"type": "event", "value": [{"postback": {"payload": "a"}}]}, None),
        ({"type": "something new"}, None),
    ],
)
def test_hostile_and_odd_shapes(changes: dict[str, Any], expected: Input | None) -> None:
    assert hear(shape("text", **changes)) == expected


@pytest.mark.parametrize("type_", ["message", "event"])
@given(data=JSON, value=JSON, attachments=JSON, entities=JSON)
def test_nothing_raises(type_: str, data: Any, value: Any, attachments: Any, entities: Any) -> None:
    changes = {"channelData": data, "value": value, "attachments": attachments}
    try:
        activity = read_activity(shape("text", type=type_, entities=entities, **changes))
    except MalformedJson:
        return
    found = parse_activity(activity)
    assert found is None or isinstance(found, Input)
    found_locale = locale(activity)
    assert found_locale is None or isinstance(found_locale, str)


@given(text=JSON, sender=JSON)
def test_nothing_raises_for_what_no_connector_passes(text: Any, sender: Any) -> None:
    parse_activity(Activity(type="message", text=text, from_property=sender, attachments=sender))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"locale": "sv_SE"}, "sv_SE"),
        ({"channelData": {"locale": "sv_SE"}}, "sv_SE"),
        ({"channelData": {"sender": {"id": "1", "locale": "en_GB"}}}, "en_GB"),
        ({"channelData": {"user": {"locale": "en_GB"}}}, "en_GB"),
        ({"locale": "fi_FI", "channelData": {"locale": "sv_SE"}}, "fi_FI"),
        ({"channelData": {"locale": 5, "sender": []}}, None),
        ({"channelData": {"locale": "x" * 1_000}}, None),
    ],
)
def test_locale(changes: dict[str, Any], expected: str | None) -> None:
    assert locale(read_activity(shape("text", **changes))) == expected
