"""The connector of the tests does what it is told, and refuses what the real one refuses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from .connector import (
    CUT,
    CUT_BEFORE,
    HALF_JSON,
    HANG,
    HANG_BEFORE,
    NO_ID,
    NO_OBJECT,
    NOTHING,
    UNUSABLE_IDS,
    ConnectorWorld,
    Fault,
    accepted,
    away,
    foreign,
    html,
    in_thread,
    late,
    named,
    odd,
    throttled,
)
from .delivering import until

PLACE = "19:x@thread.tacv2"


@pytest.fixture
async def world() -> AsyncIterator[ConnectorWorld]:
    async with ConnectorWorld() as made:
        yield made


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def card(text: str) -> dict[str, Any]:
    content = {"type": "AdaptiveCard", "body": [{"type": "TextBlock", "text": text}]}
    return {"type": "message", "attachments": [{"content": content}]}


async def thread(
    http: aiohttp.ClientSession, world: ConnectorWorld, place: str = PLACE, text: str = "v1"
) -> tuple[int, Any]:
    """A post that begins a thread: status and what was answered, None where it is no JSON."""
    body = {"channelData": {"channel": {"id": place}}, "activity": card(text)}
    async with http.post(f"{world.url()}/v3/conversations", json=body) as answer:
        try:
            return answer.status, await answer.json(content_type=None)
        except ValueError:
            return answer.status, None


async def other(
    http: aiohttp.ClientSession, world: ConnectorWorld, method: str, made: Any, text: str = ""
) -> int:
    """A change of a thread's first post; the status."""
    url = f"{world.url()}/v3/conversations/{made['id']}/activities/{made['activityId']}"
    async with http.request(method, url, json=card(text) if method == "PUT" else None) as answer:
        return answer.status


async def test_it_remembers_what_stands(world: ConnectorWorld, http: aiohttp.ClientSession) -> None:
    status, made = await thread(http, world)
    assert status == 201
    assert made["id"].startswith(f"{PLACE};messageid=")
    _, second = await thread(http, world)
    assert await other(http, world, "PUT", made, "v2") == 200
    assert [copy.text for copy in world.standing(PLACE)] == ["v2", "v1"]
    assert all(copy.told for copy in world.copies)
    assert await other(http, world, "DELETE", made) == 200
    assert [copy.id for copy in world.standing()] == [second["activityId"]]
    assert [deed.method for deed in world.deeds] == ["POST", "POST", "PUT", "DELETE"]


async def test_it_refuses_what_is_not_there(
    world: ConnectorWorld, http: aiohttp.ClientSession
) -> None:
    _, made = await thread(http, world)
    assert await other(http, world, "PUT", {**made, "activityId": "5"}, "v2") == 404
    assert await other(http, world, "PUT", {**made, "id": "19:y;messageid=1"}, "v2") == 404
    await other(http, world, "DELETE", made)
    for method in ("PUT", "DELETE"):
        assert await other(http, world, method, made, "v2") == 404
    world.remove(PLACE)
    status, said = await thread(http, world)
    assert (status, said["error"]["code"]) == (403, "BotNotInConversationRoster")


async def test_a_chat_gets_its_posts_by_its_own_id(
    world: ConnectorWorld, http: aiohttp.ClientSession
) -> None:
    url = f"{world.url('b')}/v3/conversations/a:chat/activities"
    async with http.post(url, json=card("v1")) as answer:
        id = (await answer.json())["id"]
    async with http.put(f"{url}/{id}", json=card("v2")) as answer:
        assert answer.status == 200
    (copy,) = world.standing("a:chat")
    assert (copy.tenant, copy.texts) == ("b", ["v1", "v2"])


@pytest.mark.parametrize(
    ("fault", "status", "stands"),
    [
        (html(404), 404, 0),
        (accepted(html(502)), 502, 1),
        (foreign(403), 403, 0),
        (named(404, "ConversationNotFound"), 404, 0),
        (throttled(3), 429, 0),
        (NOTHING, 202, 1),
        (NO_ID, 201, 1),
        (NO_OBJECT, 201, 1),
        (HALF_JSON, 201, 1),
        (late(0.05), 201, 1),
        *((odd(id=f"{PLACE};messageid=1", activityId=id), 201, 1) for id in UNUSABLE_IDS.values()),
    ],
    ids=lambda value: value.name if isinstance(value, Fault) else str(value),
)
async def test_faults_that_answer(
    world: ConnectorWorld, http: aiohttp.ClientSession, fault: Fault, status: int, stands: int
) -> None:
    rule = world.fault(fault, "POST", place=PLACE, times=1)
    got, said = await thread(http, world)
    assert got == status
    assert len(world.standing()) == stands
    assert [deed.fault for deed in rule.hits] == [fault]
    if fault.ids is not None:
        assert said["activityId"] == fault.ids["activityId"]
    assert [copy.told for copy in world.copies] == [fault.right and fault.ids is None] * stands
    assert (await thread(http, world))[0] == 201, "only as often as it was told"


@pytest.mark.parametrize(("fault", "stands"), [(CUT, 1), (CUT_BEFORE, 0)])
async def test_faults_that_cut(
    world: ConnectorWorld, http: aiohttp.ClientSession, fault: Fault, stands: int
) -> None:
    world.fault(fault)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await thread(http, world)
    assert len(world.standing()) == stands
    world.well()
    assert (await thread(http, world))[0] == 201


@pytest.mark.parametrize(("fault", "stands"), [(HANG, 1), (HANG_BEFORE, 0)])
async def test_what_hangs_is_cut_when_its_rule_ends(
    world: ConnectorWorld, http: aiohttp.ClientSession, fault: Fault, stands: int
) -> None:
    rule = world.fault(fault, tenant="t")
    waiting = asyncio.create_task(thread(http, world))
    await until(lambda: rule.hits)
    assert (len(world.standing()), world.under_way["t"]) == (stands, 1)
    rule.end()
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await waiting


async def test_to_whom_a_fault_is_given(world: ConnectorWorld, http: aiohttp.ClientSession) -> None:
    world.fault(html(500), "PUT", "DELETE", place=PLACE)
    world.fault(html(503), tenant="b")
    _, made = await thread(http, world)
    assert await other(http, world, "PUT", made, "v2") == 500
    assert (await thread(http, world, "19:y"))[0] == 201
    url = f"{world.url('b')}/v3/conversations/a:chat/activities"
    async with http.post(url, json=card("v1")) as answer:
        assert answer.status == 503
    async with http.get(f"{world.url('b')}/v3/teams/19:t") as answer:
        assert answer.status == 200, "what only reads is not meant"
    world.fault(html(503), "GET")
    async with http.get(f"{world.url('b')}/v3/teams/19:t") as answer:
        assert answer.status == 503


async def test_it_goes_away_and_comes_back(
    world: ConnectorWorld, http: aiohttp.ClientSession
) -> None:
    url = world.url()
    await thread(http, world)
    async with away(world):
        with pytest.raises(aiohttp.ClientConnectorError):
            await thread(http, world)
    assert (await thread(http, world))[0] == 201
    assert world.url() == url


async def test_it_runs_in_a_thread(http: aiohttp.ClientSession) -> None:
    with in_thread() as world:
        rule = world.fault(HANG)
        waiting = asyncio.create_task(thread(http, world))
        await until(lambda: rule.hits)
        rule.end()
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await waiting
        assert len(world.standing()) == 1
