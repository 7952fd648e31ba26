"""Reading and writing activities: nothing is lost, msrest agrees, and any JSON ends well."""

from __future__ import annotations

import datetime as dt
import json
from enum import Enum
from typing import Any

import pytest
from botbuilder.core import InvokeResponse
from botbuilder.core.serializer_helper import serializer_helper
from botbuilder.schema import (
    Activity,
    ActivityTypes,
    Attachment,
    CardAction,
    ChannelAccount,
    ConversationAccount,
    HeroCard,
    Mention,
    SuggestedActions,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.connector.activity_json import MalformedJson, dump, parse, read_activity

from .conftest import Wire
from .fakes import TENANT

FULL: dict[str, Any] = {
    "type": "message",
    "id": "f:1",
    "timestamp": "2026-11-21T12:00:00.1234567Z",
    "localTimestamp": "2026-11-21T14:00:00.1234567+02:00",
    "localTimezone": "Europe/Helsinki",
    "serviceUrl": "https://smba.trafficmanager.net/emea/",
    "channelId": "msteams",
    "from": {"id": "29:u1", "name": "Member", "aadObjectId": "a-1"},
    "recipient": {"id": "28:bot", "name": "Taikubot"},
    "conversation": {
        "isGroup": True,
        "conversationType": "channel",
        "tenantId": TENANT,
        "id": "19:abc@thread.tacv2;messageid=1",
    },
    "text": "<at>Taikubot</at> hei",
    "textFormat": "plain",
    "locale": "fi-FI",
    "attachments": [{"contentType": "text/html", "content": "<div>hei</div>"}],
    "entities": [
        {"type": "mention", "mentioned": {"id": "28:bot"}, "text": "<at>Taikubot</at>"},
        {"type": "clientInfo", "locale": "fi-FI", "platform": "Web"},
    ],
    "membersAdded": [{"id": "29:u2"}],
    "channelData": {"tenant": {"id": TENANT}, "channel": {"id": "19:abc@thread.tacv2"}, "x": None},
    "value": {"deep": [{"er": 1.5}]},
    "replyToId": "1",
}


def test_an_activity_is_read_as_msrest_reads_it_but_for_the_tenant() -> None:
    ours, theirs = read_activity(FULL), Activity.deserialize(json.loads(json.dumps(FULL)))
    assert ours.conversation.tenant_id == TENANT
    assert theirs.conversation.tenant_id is None
    theirs.conversation.tenant_id = TENANT
    del theirs.conversation.additional_properties["tenantId"]
    for activity in (ours, theirs):
        assert activity.timestamp.replace(microsecond=0) == dt.datetime(
            2026, 11, 21, 12, tzinfo=dt.UTC
        )
        activity.timestamp = activity.local_timestamp = None
    assert ours == theirs


def test_what_is_read_is_written_back() -> None:
    expected = FULL | {
        "timestamp": "2026-11-21T12:00:00.123456Z",
        "localTimestamp": "2026-11-21T14:00:00.123456+02:00",
    }
    assert json.loads(dump(read_activity(FULL))) == expected


def test_an_activity_is_written_as_msrest_writes_it() -> None:
    activity = Activity(
        type=ActivityTypes.message,
        text="ääkköset \U0001f600",
        from_property=ChannelAccount(id="28:bot"),
        conversation=ConversationAccount(id="c", is_group=False),
        attachments=[Attachment(content_type="x", content={"a": None, "b": [1]})],
        entities=[Mention(mentioned=ChannelAccount(id="1", name="A"), text="<at>A</at>")],
        suggested_actions=SuggestedActions(actions=[CardAction(type="imBack", title="T")]),
        channel_data={"quick_replies": []},
        expiration=dt.datetime(2026, 12, 1, 10, 0, tzinfo=dt.UTC),
    )
    ours, theirs = json.loads(dump(activity)), serializer_helper(activity)
    assert ours.pop("expiration") == "2026-12-01T10:00:00Z"
    assert theirs.pop("expiration") == "2026-12-01T10:00:00.000Z"
    assert ours == theirs


def test_models_may_stand_anywhere_in_json() -> None:
    class Colour(Enum):
        RED = "red"

    value = {
        "card": HeroCard(title="T"),
        "invoke": InvokeResponse(status=200, body=HeroCard(text="x")),
        "colour": Colour.RED,
        "naive": dt.datetime(2026, 1, 2, 3, 4, 5),
    }
    assert json.loads(dump(value)) == {
        "card": {"title": "T"},
        "invoke": {"status": 200, "body": {"text": "x"}},
        "colour": "red",
        "naive": "2026-01-02T03:04:05Z",
    }


def test_what_json_cannot_hold_is_an_error() -> None:
    with pytest.raises(TypeError, match="object"):
        dump(Activity(value=object()))


def test_the_tenant_is_read_in_both_spellings() -> None:
    for spelling in ("tenantId", "tenantID"):
        activity = read_activity({"conversation": {"id": "c", spelling: "t"}})
        assert activity.conversation.tenant_id == "t"
        assert json.loads(dump(activity)) == {"conversation": {"id": "c", "tenantId": "t"}}


def test_two_activities_share_nothing() -> None:
    one, two = read_activity({"type": "a"}), read_activity({"type": "b"})
    one.additional_properties["x"] = 1
    one.text = "changed"
    assert (two.additional_properties, two.text) == ({}, None)


@pytest.mark.parametrize("value", ["", None])
def test_an_empty_object_is_an_absent_one(value: Any) -> None:
    assert read_activity({"from": value}).from_property is None


def test_numbers_are_taken_for_ids() -> None:
    assert read_activity({"id": 5}).id == "5"


@pytest.mark.parametrize(
    "data",
    [
        {"text": []},
        {"text": True},
        {"historyDisclosed": "yes"},
        {"timestamp": "2026-13-01T00:00:00Z"},
        {"from": []},
        {"membersAdded": {}},
        {"listenFor": "x"},
        {"semanticAction": {"entities": []}},
        {"attachments": [[]]},
    ],
    ids=str,
)
def test_a_field_of_another_type_is_named(data: dict[str, Any]) -> None:
    with pytest.raises(MalformedJson):
        read_activity(data)


@pytest.mark.parametrize("body", [b"", b"nul", b"NaN", b"-Infinity", b'"\xff"', b"[" * 99_999])
def test_what_is_no_json_is_said(body: bytes) -> None:
    with pytest.raises(MalformedJson, match="not JSON"):
        parse(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = sorted({field["key"] for field in Activity._attribute_map.values()} - {"serviceUrl"})
SURROGATES = st.text(st.characters(categories=["Cs", "Ll"]), max_size=3)
TYPES = st.sampled_from([each.value for each in ActivityTypes])
CHANGES = st.dictionaries(st.sampled_from(FIELDS), JSON | SURROGATES, max_size=4)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(changes=CHANGES, type_=TYPES, whole=st.none() | JSON)
async def test_any_json_ends_in_a_2xx_or_a_4xx(
    wire: Wire, changes: dict[str, Any], type_: str, whole: Any
) -> None:
    activity = wire.activity(type=type_) | changes if whole is None else whole
    status, body = await wire.post(activity)
    assert 200 <= status < 300 or 400 <= status < 500
    if status in (401, 403):
        assert body == b""
