"""What is read from activities, hostile ones among them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.connector.activity_json import MalformedJson, read_activity
from bot.channels.connector.conversation_keys import (
    chat_key,
    conversation_key,
    is_place_sure,
    place_of,
)
from bot.channels.teams import incoming

from .conftest import BOT, MEMBER, activity, in_channel, in_group, mention

VEERA = {"id": "29:veera", "name": "Veera"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("text"), inner),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("text", "entities", "expected"),
    [
        ("plain words", [], "plain words"),
        ("<at>Taikubot</at> hei", [mention()], "hei"),
        ("hei <at>Taikubot</at>", [mention()], "hei"),
        ("hei <at>Taikubot</at>, kuka?", [mention()], "hei , kuka?"),
        ("<at>Taikubot</at>hei<at>Taikubot</at>", [mention()], "hei"),
        ('<at id="0">Taikubot</at>&nbsp;hei', [mention('<at id="0">Taikubot</at>')], "hei"),
        (
            "<at>Taiku</at> <at>Bot</at> hei",
            [mention("<at>Taiku</at>"), mention("<at>Bot</at>")],
            "hei",
        ),
        (
            "<at>Taikubot</at> kuka on <at>Pilvi Kuitu</at>?",
            [mention(), mention("<at>Pilvi Kuitu</at>", VEERA)],
            "kuka on Pilvi Kuitu ?",
        ),
        ("<at>Veera</at> hei", [mention("<at>Veera</at>", VEERA)], "Veera hei"),
        ("<at>Taikubot</at> hei", [], "Taikubot hei"),
        ("Tom &amp; Jerry &lt;3 &#228;", [], "Tom & Jerry <3 ä"),
        ("&lt;at&gt;Taikubot&lt;/at&gt; x", [mention()], "<at>Taikubot</at> x"),
        ("<p>hei</p><br/>moi", [], "hei moi"),
        ("a\u00a0b\n\tc", [], "a b c"),
        ("<at>Taikubot</at>", [mention()], ""),
        ("2 < 3 > 1", [], "2 < 3 > 1"),
        ("<" * 5000, [], "<" * 5000),
        ("x" * 50_000, [], "x" * 10_000),
    ],
)
def test_text(text: str, entities: list[Any], expected: str) -> None:
    assert incoming.text_of(read_activity(activity(text=text, entities=entities))) == expected


@pytest.mark.parametrize(
    "entities",
    [
        [{"type": "mention"}],
        [{"type": "mention", "mentioned": "x", "text": 3}],
        [{"type": "mention", "mentioned": {"id": 7}, "text": ["<at>"]}],
        [{"type": "mention", "mentioned": {"id": "28:bot"}, "text": ""}],
        [{"type": "mention", "mentioned": {"id": "28:bot"}}],
        [{"type": "clientInfo", "locale": "fi-FI"}],
        [{}],
    ],
)
def test_strange_entities_do_no_harm(entities: list[Any]) -> None:
    read = read_activity(activity(text="hei sinä", entities=entities))
    assert incoming.text_of(read) == "hei sinä"
    incoming.mentions_bot(read)


def test_who_is_mentioned() -> None:
    assert incoming.mentions_bot(read_activity(in_group()))
    other = in_group(entities=[mention("<at>Veera</at>", VEERA)])
    assert not incoming.mentions_bot(read_activity(other))
    nobody = in_group(entities=[{"type": "mention", "mentioned": {}}], recipient={"name": "x"})
    assert not incoming.mentions_bot(read_activity(nobody))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"text": "How do I join?"}, "How do I join?"),
        ({"text": " a \n b "}, "a b"),
        ({"text": "x", "msteams": {"type": "messageBack"}}, "x"),
        ({"text": "x" * 1_000}, "x" * 1_000),
        ({"text": "x" * 1_001}, None),
        ({"text": ""}, None),
        ({"text": " \n"}, None),
        ({"text": None}, None),
        ({"text": 5}, None),
        ({"text": ["x"]}, None),
        ({"text": {"text": "x"}}, None),
        ({}, None),
        ([], None),
        ("x", None),
        (5, None),
        (True, None),
        (None, None),
    ],
)
def test_submitted(value: Any, expected: str | None) -> None:
    assert incoming.submitted_text(value) == expected
    assert incoming.executed_text({"action": {"data": value}}) == expected


@given(JSON)
def test_any_value_is_read(value: Any) -> None:
    for read in (incoming.submitted_text(value), incoming.executed_text(value)):
        assert read is None or (isinstance(read, str) and read)


FIELDS = ("text", "entities", "conversation", "from", "recipient", "locale", "channelId")


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, JSON)))
def test_any_activity_is_read(changes: dict[str, Any]) -> None:
    try:
        read = read_activity(activity(**changes))
    except MalformedJson:
        return
    incoming.text_of(read)
    incoming.mentions_bot(read)
    conversation_key(read)
    chat_key(read)
    incoming.language_of(read)
    place_of(read)


@pytest.mark.parametrize(
    ("conversation", "expected"),
    [
        ({"id": "a", "conversationType": "personal"}, "personal"),
        ({"id": "a", "conversationType": "groupChat"}, "group"),
        ({"id": "a", "conversationType": "channel"}, "channel"),
        ({"id": "a", "isGroup": True}, "group"),
        ({"id": "a"}, "personal"),
        ({"id": "a", "conversationType": "other", "isGroup": True}, "personal"),
    ],
)
def test_place(conversation: dict[str, Any], expected: str) -> None:
    assert place_of(read_activity(activity(conversation=conversation))) == expected


@pytest.mark.parametrize(
    "id_",
    [
        *("19:x@thread.tacv2", " 19:x@thread.tacv2", "19%3Ax@thread.tacv2", "%2019%253Ax@thread"),
        *("\u200b19:x", "\t%0919:x", "%31%39:x", "\u00a019:x", "1\u200b9:x", "%E2%80%8B19:x"),
    ],
)
def test_no_id_of_a_thread_is_surely_personal(id_: str) -> None:
    for kind in ("personal", None):
        read = read_activity(activity(conversation={"id": id_, "conversationType": kind}))
        assert not is_place_sure(read)
        assert place_of(read) != "personal"
    assert is_place_sure(read_activity(activity(conversation={"id": "a:19:x%3A"})))


def test_who_shares_a_conversation() -> None:
    def key(data: dict[str, Any]) -> str:
        return conversation_key(read_activity(data))

    assert key(activity()) == key(activity(id="2", text="other"))
    assert key(activity()) != key(activity(channelId="webchat"))
    assert key(in_group()) != key(in_group(**{"from": VEERA}))
    assert key(in_group()) == key(in_group(**{"from": MEMBER}))
    assert key(in_channel()) != key(in_channel(**{"from": VEERA}))
    assert key(in_channel()) != key(in_group())
    assert ":" not in key(in_group())


def test_a_channel_is_one_chat_whatever_the_thread() -> None:
    one = read_activity(in_channel())
    two = read_activity(in_channel(conversation={"id": "19:c@thread.tacv2"}))
    assert chat_key(one) == chat_key(two)


@pytest.mark.parametrize(
    ("locale", "expected"),
    [("fi-FI", "fi"), ("sv-SE", "sv"), ("en-US", "en"), ("de-DE", "fi"), ("", "fi"), (None, "fi")],
)
def test_language(locale: str | None, expected: str) -> None:
    assert incoming.language_of(read_activity(activity(locale=locale))) == expected


def test_the_bot_is_known_by_its_id() -> None:
    read = read_activity(activity(membersAdded=[BOT, MEMBER, {"name": "Taikubot"}]))
    assert [incoming.is_bot(read, one) for one in read.members_added] == [True, False, False]
