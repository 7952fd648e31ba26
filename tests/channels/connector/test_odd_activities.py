"""Odd activities: whatever stands in whichever field, nothing fails and nobody gains a right.

The fields are those of Microsoft's own schema, as botbuilder's models have it, and those of Teams
and Facebook in real activities of theirs. Tokens are good throughout.
"""

from __future__ import annotations

import copy
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import botbuilder.schema as schema
import pytest
from botbuilder.core import TurnContext
from botbuilder.schema import Activity
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select
from structlog.testing import capture_logs

from bot.announcements.permissions import ALL
from bot.channels.connector import by_channel, signing_keys
from bot.channels.messenger import MessengerBot
from bot.ops.settings import Settings
from bot.store.tables import conversation, metadata
from bot.understanding.model import Entities, Request, Understanding, Wish
from tests.announcements.world import PIRKANMAA, TENANT, ClockedDatabase, World

from ..messenger.conftest import WIRE
from ..teams.coordination.chatting import CHANNEL, TEAM, TeamsFixture
from ..turning import Script
from .conftest import MakeWire, Wire

BOT = {"id": "28:bot", "name": "Taikubot"}
MEMBER = {"id": "29:u1", "name": "Member", "aadObjectId": PIRKANMAA.id}
PERSONAL = {"id": "a:1", "conversationType": "personal", "tenantId": TENANT}
TEAM_DATA = {
    "tenant": {"id": TENANT},
    "team": {"id": TEAM, "name": "T"},
    "channel": {"id": CHANNEL},
    "eventType": "channelCreated",
}
EXECUTE = {"type": "invoke", "name": "adaptiveCard/action"}
DATA = {"do": "announce.free", "lang": "fi", "network": "pirkanmaa", "text": "hei"}

KINDS: dict[str, dict[str, Any]] = {
    "message": {
        "text": "<at>Taikubot</at> hei",
        "entities": [{"type": "mention", "mentioned": BOT, "text": "<at>Taikubot</at>"}],
        "attachments": [{"contentType": "text/html", "content": "<p>hei</p>", "name": "x"}],
        "locale": "fi-FI",
    },
    "submit": {"text": None, "value": DATA, "replyToId": "1"},
    "execute": {**EXECUTE, "value": {"action": {"type": "Action.Execute", "data": DATA}}},
    "a text of a button": {**EXECUTE, "value": {"action": {"data": {"text": "hei"}}}},
    "task": {"type": "invoke", "name": "task/fetch", "value": {"data": DATA}},
    "members": {"type": "conversationUpdate", "membersAdded": [BOT], "membersRemoved": [MEMBER]},
    "removed": {"type": "conversationUpdate", "membersRemoved": [BOT]},
    "team": {"type": "conversationUpdate", "channelData": TEAM_DATA},
    "team gone": {
        "type": "conversationUpdate",
        "channelData": {**TEAM_DATA, "eventType": "teamDeleted"},
    },
    "installed": {"type": "installationUpdate", "action": "add", "channelData": TEAM_DATA},
    "uninstalled": {"type": "installationUpdate", "action": "remove-upgrade"},
    "reaction": {
        "type": "messageReaction",
        "replyToId": "1",
        "reactionsAdded": [{"type": "like"}],
        "conversation": {"id": f"{CHANNEL};messageid=1", "conversationType": "channel"},
    },
    "event": {"type": "event", "name": "application/vnd.microsoft.meetingStart", "value": {"a": 1}},
    "end": {"type": "endOfConversation", "code": "unknown"},
    "typing": {"type": "typing"},
    "edited": {"type": "messageUpdate", "text": "hei", "timestamp": "2026-11-21T12:00:00Z"},
    "deleted": {"type": "messageDelete"},
    "trace": {"type": "trace", "valueType": "x"},
    **{f"facebook {name}": shape for name, shape in WIRE.items()},
}

ODD: list[Any] = [[], ["x"], {}, {"id": ["x"]}, 5, 1.5, True, "", "\x00\u202e", "x" * 3_000, [[{}]]]


@pytest.fixture
async def teams(tmp_path: Path) -> AsyncIterator[TeamsFixture]:
    """Teams' bot with its forms on a database."""
    database = ClockedDatabase(f"sqlite+aiosqlite:///{tmp_path / 'taikubot.db'}")
    async with database.transaction() as tx:
        await tx.run_sync(metadata.create_all)
    made = TeamsFixture(World(database, tmp_path))
    yield made
    await made.updates.close()
    await made.router.installations.close()
    await made.named.close()
    await database.close()


@pytest.fixture
async def bot(
    make_wire: MakeWire,
    settings: Settings,
    teams: TeamsFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> Wire:
    """The wire with the bots of Teams and Messenger behind it."""
    # A machine that does much else may take longer to hand out keys than a server waits for them.
    monkeypatch.setattr(signing_keys, "FETCH_TIMEOUT", aiohttp.ClientTimeout(total=120))
    wire = await make_wire(settings=settings.model_copy(update={"allowed_tenants": (TENANT,)}))
    messenger = MessengerBot(Script(teams.conversations.answer), teams.world.knowledge)

    async def on_teams_turn(context: TurnContext) -> None:
        await teams.bot.on_turn(context)

    wire.turn = by_channel({"facebook": messenger.on_turn}, otherwise=on_teams_turn)
    return wire


def activity_of(wire: Wire, kind: str) -> dict[str, Any]:
    """A good activity of a kind."""
    base = {
        "from": MEMBER,
        "recipient": BOT,
        "conversation": {**PERSONAL, "isGroup": False},
        "channelData": {"tenant": {"id": TENANT}},
    }
    return copy.deepcopy(wire.activity(**base | KINDS[kind] | {"serviceUrl": wire.service.url}))


def paths(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each field."""
    if here:
        yield here
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from paths(inner, (*here, key))


def changed(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    """The value with another one at a place."""
    made = copy.deepcopy(value)
    holder = made
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = copy.deepcopy(odd)
    return made


async def check(wire: Wire, activity: Any) -> int:
    """Posts an activity; fails where anything of it fails."""
    with capture_logs() as logs:
        status, body = await wire.post(activity)
    told = f"{status} {body!r:.200} for {json.dumps(activity)[:2_000]}"
    assert status in (200, 202, 400, 401, 403, 404), told
    failed = [line for line in logs if line["log_level"] in ("error", "critical")]
    assert not failed, f"{failed}\n{told}"
    if status in (400, 401, 403):
        assert not wire.turns, told
    wire.turns.clear()
    wire.service.calls.clear()
    return status


async def test_each_kind_is_handled(bot: Wire) -> None:
    for kind in KINDS:
        assert await check(bot, activity_of(bot, kind)) in (200, 404)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
async def test_nothing_fails_whatever_stands_in_a_field(bot: Wire, kind: str) -> None:
    """Each field of each kind, with each odd value and without any.

    In a field that all kinds have, each kind gets a few of the values, and all of them get all.
    """
    good, usual = activity_of(bot, kind), set(paths(activity_of(bot, "typing")))
    first = list(KINDS).index(kind)
    for path in paths(good):
        if path == ("serviceUrl",):
            continue
        for number, odd in enumerate([*ODD, None]):
            if path in usual and (number - first) % 4:
                continue
            activity = changed(good, path, odd)
            if path != ("id",):
                activity["id"] = f"{kind}-{'.'.join(map(str, path))}-{number}"
            await check(bot, activity)


TEXTS = [
    *("type", "id", "channelId", "text", "locale", "name", "action", "replyToId", "textFormat"),
    *("conversation.id", "conversation.tenantId", "conversation.conversationType", "from.id"),
    *(
        "from.aadObjectId",
        "from.name",
        "recipient.id",
        "channelData.tenant.id",
        "label",
        "topicName",
    ),
    *("channelData.team.id", "channelData.channel.id", "channelData.eventType", "deliveryMode"),
]
OBJECTS = ["conversation", "from", "recipient", "channelData.tenant", "channelData.team"]


@pytest.mark.parametrize("odd", [[], ["x"], {}, {"id": "x"}], ids=str)
async def test_a_list_or_an_object_for_a_text_is_a_400(bot: Wire, odd: Any) -> None:
    for name in TEXTS:
        good = activity_of(bot, "team")
        assert await check(bot, changed(good, tuple(name.split(".")), odd)) == 400, name


@pytest.mark.parametrize("odd", [["x"], "x", 5, True], ids=str)
async def test_anything_else_for_an_object_is_a_400(bot: Wire, odd: Any) -> None:
    for name in OBJECTS:
        good = activity_of(bot, "team")
        assert await check(bot, changed(good, tuple(name.split(".")), odd)) == 400, name


def _json(depth: int) -> st.SearchStrategy[Any]:
    leaves = (
        st.none() | st.booleans() | st.integers(-9, 9**20) | st.floats(allow_nan=False) | st.text()
    )
    return st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
        ),
        max_leaves=depth,
    )


ANYTHING = _json(5)


def _of(type_: str, depth: int) -> st.SearchStrategy[Any]:
    """Values of a type of the schema, now and then of another."""
    right: st.SearchStrategy[Any]
    if type_.startswith("["):
        right = st.lists(_of(type_[1:-1], depth - 1), max_size=2)
    elif type_.startswith("{"):
        right = st.dictionaries(st.text(max_size=5), _of(type_[1:-1], depth - 1), max_size=2)
    elif type_ in ("str", "object", "bool", "int", "iso-8601"):
        right = {
            "str": st.text() | st.sampled_from(["personal", "channel", "19:x@thread.tacv2", "add"]),
            "object": ANYTHING,
            "bool": st.booleans(),
            "int": st.integers(),
            "iso-8601": st.datetimes().map(lambda one: one.isoformat()),
        }[type_]
    elif depth <= 0:
        return ANYTHING
    else:
        right = _model(getattr(schema, type_), depth - 1)
    return st.one_of(right, right, right, ANYTHING)


def _model(model: Any, depth: int) -> st.SearchStrategy[dict[str, Any]]:
    fields = {
        field["key"]: _of(field["type"], depth)
        for name, field in model._attribute_map.items()
        if name != "additional_properties"
    }
    return st.fixed_dictionaries({}, optional=fields)


@given(changes=_model(Activity, 3), kind=st.sampled_from(sorted(KINDS)), data=st.data())
@hypothesis_settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[
        *(HealthCheck.function_scoped_fixture, HealthCheck.too_slow),
        *(HealthCheck.data_too_large, HealthCheck.filter_too_much),
    ],
)
async def test_nothing_fails_whatever_the_schema_allows(
    bot: Wire, changes: dict[str, Any], kind: str, data: st.DataObject
) -> None:
    """Some fields of a good activity replaced by what the schema or nobody allows."""
    good = activity_of(bot, kind)
    kept = data.draw(st.sets(st.sampled_from(sorted(good)), min_size=3))
    kept |= {"serviceUrl", "channelId"}
    await check(bot, {**changes, **{name: good[name] for name in kept if name in good}})


# --- no rights and no subscription


def _following(teams: TeamsFixture) -> None:
    """What is said from now on means: follow Pirkanmaa."""
    request = Request("follow", Entities(networks=("pirkanmaa",)), wish=Wish.CLEAR)
    teams.conversations.understanding = Understanding("seuraa", "fi", (request,), 1.0)


THREAD = "19:kulttuuri@thread.tacv2"


async def known(teams: TeamsFixture) -> int:
    """How many conversations are kept."""
    async with teams.world.database.reading() as tx:
        return len((await tx.execute(select(conversation.c.id))).all())


DATA_OF_TENANT = {"channelData": {"tenant": {"id": TENANT}}}
NAMELESS = {"tenant": {"id": ""}}
UNCLEAR: dict[str, dict[str, Any]] = {
    "no tenant": {"conversation": {"id": "a:1", "conversationType": "personal"}, "channelData": {}},
    "no tenant and no data": {"conversation": {"id": "a:1"}, "channelData": None},
    "an empty tenant": {
        "conversation": {"id": "a:1", "conversationType": "personal", "tenantId": ""},
        "channelData": NAMELESS,
    },
    "a channel called personal": {"conversation": {**PERSONAL, "id": THREAD}},
    "a channel without a kind": {"conversation": {"id": THREAD, "tenantId": TENANT}},
    "a thread without a kind": {
        "conversation": {"id": f"{THREAD};messageid=1", "tenantId": TENANT}
    },
    "a channel of an unknown kind": {
        "conversation": {**PERSONAL, "id": THREAD, "conversationType": "x"}
    },
    "an older channel": {"conversation": {**PERSONAL, "id": "19:abc@thread.skype"}},
    "a group called personal": {"conversation": {**PERSONAL, "id": "19:abc@thread.v2"}},
    "a chat of two others": {"conversation": {**PERSONAL, "id": "19:a_b@unq.gbl.spaces"}},
}


@pytest.mark.parametrize("change", UNCLEAR.values(), ids=list(UNCLEAR))
@pytest.mark.parametrize(
    "who", [MEMBER, {"id": "29:u2", "aadObjectId": "somebody"}], ids=["c", "m"]
)
async def test_an_activity_that_does_not_say_whose_it_is_subscribes_nobody(
    bot: Wire, teams: TeamsFixture, change: dict[str, Any], who: dict[str, str]
) -> None:
    """Neither a member nor a coordinator, by words, by a button, or by adding the bot."""
    _following(teams)
    base = {"from": who, "recipient": BOT, **DATA_OF_TENANT, **change}
    mention = {"type": "mention", "mentioned": BOT, "text": "<at>T</at>"}
    pressed = {"do": "follow", "lang": "fi", "network": ALL}
    for more in (
        {"text": "<at>T</at> seuraa", "entities": [mention]},
        {"text": None, "value": pressed},
        {**EXECUTE, "value": {"action": {"data": pressed}}},
        {"type": "conversationUpdate", "membersAdded": [BOT]},
        {"type": "installationUpdate", "action": "add"},
    ):
        activity = bot.activity(**base | more)
        with capture_logs() as logs:
            status, _ = await bot.post(activity)
        # A tenant without a name is none of the bot's.
        assert status == (403 if change.get("channelData") == NAMELESS else 200)
        assert not [line for line in logs if line["log_level"] == "error"]
    await teams.router.installations.flush()
    assert await known(teams) == 0


@pytest.mark.parametrize("change", UNCLEAR.values(), ids=list(UNCLEAR))
async def test_an_activity_that_does_not_say_whose_it_is_announces_nothing(
    bot: Wire, change: dict[str, Any]
) -> None:
    pressed = {"do": "announce.free", "lang": "fi"}
    base = {"from": MEMBER, "recipient": BOT, **EXECUTE, **DATA_OF_TENANT}
    values = {"value": {"action": {"data": pressed}}}
    status, told = await bot.post(bot.activity(**base | change | values))
    assert status == 403 or json.loads(told)["type"].endswith("activity.message")
    good = {"conversation": PERSONAL}
    _, told = await bot.post(bot.activity(**base | good | values))
    assert json.loads(told)["type"].endswith("card.adaptive")


async def test_whoever_says_it_all_is_subscribed(bot: Wire, teams: TeamsFixture) -> None:
    """So the tests above would notice a subscription."""
    _following(teams)
    for where in (PERSONAL, {**PERSONAL, "id": THREAD, "conversationType": "channel"}):
        mention = {"type": "mention", "mentioned": BOT, "text": "<at>T</at>"}
        words = {"text": "<at>T</at> seuraa", "entities": [mention]}
        base = {"from": MEMBER, "recipient": BOT, "conversation": where, **DATA_OF_TENANT}
        assert (await bot.post(bot.activity(**base, **words)))[0] == 200
    assert await known(teams) == 2


@pytest.mark.parametrize("channel", ["emulator", "webchat", "directline"])
async def test_the_emulator_needs_no_tenant(
    local_wire: Wire, teams: TeamsFixture, channel: str
) -> None:
    local_wire.turn = teams.bot.on_turn
    plain = {"conversation": {"id": "7d3|livechat"}, "channelData": None}
    activity = local_wire.activity(channelId=channel, **plain)
    assert await local_wire.post(activity, headers=[]) == (200, b"")
    assert len(local_wire.service.calls) == 1
