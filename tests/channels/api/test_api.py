"""The API as another system meets it."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from multidict import CIMultiDict
from pydantic import SecretStr
from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from bot.announcements.pausing import pause, resume
from bot.app import create_app
from bot.channels.api import Api
from bot.channels.front_door.checks import front_door
from bot.channels.rate_limit import RateLimit
from bot.ops.settings import Settings
from bot.store.tables import conversation, delivery
from tests.announcements.world import COFFEE, NOW, ONE_TIME, PIRKANMAA
from tests.channels.front_door.raw import post, send

from .conftest import TOKEN, Room


@dataclass
class Calls:
    """The API on a server of its own, asked from many addresses."""

    client: TestClient[web.Request, web.Application]
    failures: RateLimit
    headers: dict[str, str] = field(default_factory=dict)

    async def get(self, token: str, address: str = "192.0.2.1") -> int:
        """One request; its headers are kept."""
        headers = {"Authorization": f"Bearer {token}", "X-Forwarded-For": f"10.1.1.1, {address}"}
        answer = await self.client.get("/api/announcements", headers=headers)
        await answer.read()
        self.headers = {**self.headers, **answer.headers}
        return answer.status


FREE = {"title": {"fi": "Uutinen"}, "text": {"fi": "Teksti."}}


async def test_a_meeting_goes_to_its_networks(room: Room) -> None:
    id_ = await room.announce(meeting=COFFEE)
    answer = await room.call("GET", f"/{id_}")
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    body = await answer.json()
    assert {name: body[name] for name in ("id", "state", "counts")} == {
        "id": id_,
        "state": "sending",
        "counts": {"delivered": 0, "gone": 0, "failed": 0, "pending": 2, "uncertain": 0},
    }
    more = {"deliveries", "paused_since", "unreachable"}
    assert set(body) == {"id", "state", "counts", *more}
    assert [one["network"] for one in body["deliveries"]] == ["pirkanmaa", "*"]
    await room.world.deliver_all(id_)
    body = await (await room.call("GET", f"/{id_}")).json()
    assert (body["state"], body["counts"]["delivered"]) == ("sent", 2)


async def test_words_of_ones_own_go_to_all_or_to_the_networks_named(room: Room) -> None:
    everywhere = await room.announce(**FREE)
    assert len(await room.world.deliveries(everywhere)) == 3
    there = await room.announce(**FREE, networks=["uusimaa"])
    assert len(await room.world.deliveries(there)) == 2


async def test_a_scheduled_one_waits_can_be_moved_and_called_off(room: Room) -> None:
    id_ = await room.announce(
        meeting=COFFEE, send_at="2026-12-01T09:00", reminders=["1d", "1h"], note={"fi": "Hei"}
    )
    assert (await (await room.call("GET", f"/{id_}")).json())["state"] == "scheduled"
    moved = await room.call("PATCH", f"/{id_}", json={"send_at": "2026-12-02T09:00+02:00"})
    assert (moved.status, await moved.json()) == (200, {"id": id_, "state": "scheduled"})
    listed = (await (await room.call("GET")).json())["announcements"]
    (own,) = [one for one in listed if one["id"] == id_]
    assert own["send_at"] == "2026-12-02T07:00:00+00:00"
    assert own["title"]["sv"] == "Morgonkaffe om kulturvälfärd i Birkaland"
    assert [one["reminder_of"] for one in listed if one["id"] != id_] == [id_, id_]
    off = await room.call("DELETE", f"/{id_}")
    assert (off.status, await off.json()) == (202, {"id": id_, "state": "cancelled"})
    assert {row.state for row in (await room.world.reminders(id_)).values()} == {"cancelled"}


async def test_a_changed_meeting_is_told_once(room: Room) -> None:
    world = room.world
    meeting = await world.meetings.add(PIRKANMAA, ONE_TIME)
    id_ = await room.announce(meeting=f"{meeting.key}@2026-12-01")
    await world.deliver_all(id_)
    await world.meetings.cancel(PIRKANMAA, f"{meeting.key}@2026-12-01")
    told = await room.call("POST", f"/{id_}/news")
    body = await told.json()
    assert (told.status, body["updated"], body["conversations"]) == (202, 1, 2)
    (news,) = body["news"]
    listed = (await (await room.call("GET")).json())["announcements"]
    assert {one["id"]: one["change_of"] for one in listed} == {news: id_, id_: None}
    again = await room.call("POST", f"/{id_}/news")
    assert (await again.json())["news"] == []
    free = await room.announce(**FREE)
    refused = await room.call("POST", f"/{free}/news")
    assert refused.status == 409


async def test_what_is_posted_can_be_changed_and_taken_back(room: Room) -> None:
    id_ = await room.announce(**FREE)
    await room.world.deliver_all(id_)
    changed = await room.call("PATCH", f"/{id_}", json={"title": {"fi": "Uusi"}})
    assert (changed.status, (await changed.json())["state"]) == (200, "sending")
    assert (await room.world.row(id_)).version == 2
    late = await room.call("PATCH", f"/{id_}", json={"send_at": "2026-12-02T09:00"})
    assert late.status == 409
    gone = await room.call("DELETE", f"/{id_}")
    assert (gone.status, (await gone.json())["state"]) == (202, "recalled")
    note: dict[str, str] = {}
    for method, body in (("DELETE", None), ("PATCH", {"note": note})):
        again = await room.call(method, f"/{id_}", json=body)
        assert again.status == 409
        assert "recalled" in (await again.json())["message"]


@pytest.mark.parametrize("path", ["/x", "/..%2f", "/%00", "/0a", f"/{'0' * 36}"])
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_unknown_ids_are_not_found(room: Room, method: str, path: str) -> None:
    more: dict[str, Any] = {"json": {}} if method == "PATCH" else {}
    assert (await room.call(method, path, **more)).status == 404


@pytest.mark.parametrize(
    "token", [None, "", "x", TOKEN[:-1], TOKEN + "0", TOKEN.upper(), "ä", f"{TOKEN} {TOKEN}"]
)
async def test_nobody_comes_in_without_the_token(room: Room, token: str | None) -> None:
    for method, path in (
        ("POST", ""),
        ("GET", ""),
        ("GET", "/x"),
        ("PATCH", "/x"),
        ("DELETE", "/x"),
    ):
        answer = await room.call(method, path, token, json=FREE)
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    other = await room.call("POST", token=None, headers={"Authorization": f"Basic {TOKEN}"})
    assert other.status == 401
    assert await room.world.deliveries() == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "title"),
        ([], ""),
        ("x", ""),
        ({"title": "Uutinen", "text": {"fi": "T"}}, "title"),
        ({"title": {"fi": 1}, "text": {"fi": "T"}}, "title.fi"),
        ({"title": {"de": "N"}, "text": {"fi": "T"}}, "title.de"),
        ({"title": {"fi": None}, "text": {"fi": "T"}}, "title.fi"),
        ({"title": {"fi": "O"}}, "text"),
        ({**FREE, "text": {"fi": "x" * 4001}}, "text.fi"),
        ({**FREE, "text": {"fi": "x" * 5001}}, "text.fi"),
        ({**FREE, "networks": "uusimaa"}, "networks"),
        ({**FREE, "networks": []}, "networks"),
        ({**FREE, "networks": ["uusima"]}, "networks"),
        ({**FREE, "reminders": ["1d"]}, "reminders"),
        ({**FREE, "send_at": 5}, "send_at"),
        ({**FREE, "send_at": ""}, "send_at"),
        ({**FREE, "send_at": "tomorrow"}, "send_at"),
        ({**FREE, "send_at": "2026-11-20T11:00"}, "send_at"),
        ({**FREE, "sendat": "x"}, "sendat"),
        ({"meeting": COFFEE, "title": {"fi": "O"}}, "title"),
        ({"meeting": "x@2026-12-10"}, "meeting"),
        ({"meeting": ""}, "meeting"),
        ({"meeting": COFFEE, "reminders": ["2d"]}, "reminders.0"),
        ({"meeting": COFFEE, "send_at": "2026-12-10T09:00"}, "send_at"),
    ],
)
async def test_a_wrong_field_is_named(room: Room, body: object, field: str) -> None:
    answer = await room.call("POST", json=body)
    assert answer.status == 422
    told = await answer.json()
    assert told["errors"][0]["field"] == field
    assert told["message"] == told["errors"][0]["message"] != ""
    assert await room.world.announcements.listing(_api()) == ()


async def test_what_is_no_json_is_refused(room: Room) -> None:
    headers = {"Content-Type": "application/json"}
    for raw in (b"", b"{", b"\xff", b"nul", b"[" * 5000):
        assert (await room.call("POST", data=raw, headers=headers)).status == 400, raw
    assert (await room.call("POST", data=b"{}")).status == 415
    large = json.dumps({**FREE, "text": {"fi": "x" * 70_000}}).encode()
    assert (await room.call("POST", data=large, headers=headers)).status == 413

    async def chunks() -> Any:
        for _ in range(80):
            yield b" " * 1000

    assert (await room.call("POST", data=chunks(), headers=headers)).status == 413


async def test_the_same_key_makes_one_announcement(room: Room) -> None:
    headers = {"Idempotency-Key": "order-1"}
    answers = [await room.call("POST", json=FREE, headers=headers) for _ in range(3)]
    assert [answer.status for answer in answers] == [202] * 3
    assert len({(await answer.json())["id"] for answer in answers}) == 1
    assert len(await room.world.deliveries()) == 3
    other = await room.call("POST", json={**FREE, "networks": ["uusimaa"]}, headers=headers)
    assert other.status == 409
    for key in ("", " x y", "x" * 201, "ä"):
        wrong = await room.call("POST", json=FREE, headers={"Idempotency-Key": key})
        assert wrong.status == 400, key


@pytest.fixture
async def limited(room: Room) -> AsyncIterator[Calls]:
    """The API with small budgets, behind a proxy that says whose request it is."""
    app = web.Application(middlewares=[front_door(this_machine_only=False)])
    failures = RateLimit(2, 60, max_keys=50)
    limit = RateLimit(3, 60)
    Api(
        room.world.announcements, SecretStr(TOKEN), limit=limit, failures=failures, monotonic=float
    ).attach(app)
    async with TestClient(TestServer(app)) as client:
        yield Calls(client, failures)


async def test_too_many_requests_have_to_wait(limited: Calls) -> None:
    assert [await limited.get(TOKEN) for _ in range(4)] == [200, 200, 200, 429]
    # Wrong ones have a budget of their own, and so has another address.
    assert [await limited.get("wrong") for _ in range(3)] == [401, 401, 429]
    assert await limited.get(TOKEN, "198.51.100.7") == 200
    assert int(limited.headers["Retry-After"]) > 0


async def test_wrong_tokens_never_use_up_the_budget_of_the_right_one(limited: Calls) -> None:
    """Whatever their number, and from whichever address: the right one's own, too."""
    statuses = [await limited.get("wrong", f"203.0.113.{n % 200}") for n in range(600)]
    assert set(statuses) <= {401, 429}
    assert [await limited.get("wrong") for _ in range(20)] == [401] * 2 + [429] * 18
    assert len(limited.failures) <= 50
    assert [await limited.get(TOKEN) for _ in range(3)] == [200] * 3


async def test_a_flood_of_wrong_tokens_is_a_few_lines(limited: Calls) -> None:
    with capture_logs() as logs:
        for _ in range(100):
            await limited.get("wrong")
    assert [(line["event"], line["status"]) for line in logs] == [
        ("request.refused", 401),
        ("request.refused", 429),
    ]
    assert "wrong" not in str([line for line in logs if line["status"] == 401])


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_a_caller_without_the_token_is_answered_before_the_body_comes(
    limited: Calls, method: str
) -> None:
    path = "/api/announcements" + ("/x" if method == "PATCH" else "")
    lines = ("Content-Type: application/json", "Content-Length: 60000", "Authorization: Bearer x")
    assert limited.client.port is not None
    told = await send(limited.client.port, post(path, *lines).replace(b"POST", method.encode(), 1))
    assert (told.status, told.closed) == (401, True)


PACKED = {"Content-Encoding": "gzip"}


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", "/api/announcements", PACKED, 415),
        ("PATCH", "/api/announcements/x", PACKED, 415),
        ("POST", "/api/announcements", {"Host": "a b"}, 400),
        ("PUT", "/api/announcements", {}, 405),
        ("POST", "/api/announcements/x", {}, 405),
        ("POST", "/api/openapi.json", {}, 405),
        ("GET", "/api/announcements/x/y", {}, 404),
        ("POST", "/api/announcements", {"Expect": "200-ok"}, 417),
        ("GET", "/api/announcements", {}, 401),
    ],
)
async def test_every_refusal_has_the_form_of_the_api(
    limited: Calls, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    """Also of what never reaches a route: it is the front door's, or the router's."""
    with capture_logs(processors=[merge_contextvars]) as logs:
        answer = await limited.client.request(method, path, headers=headers, data=b"{}")
    assert answer.status == status
    assert answer.content_type == "application/json"
    told = await answer.json()
    assert told.keys() == {"message", "errors"}
    assert told["message"] == told["errors"][0]["message"]
    assert told["message"].endswith(".")
    assert len(answer.headers.getall("X-Request-Id")) == 1
    assert [one["request"] for one in logs] == [answer.headers["X-Request-Id"]] * len(logs)
    assert (status == 405) == ("Allow" in answer.headers)


async def test_what_the_front_door_refuses_still_ends_the_connection(limited: Calls) -> None:
    assert limited.client.port is not None
    lines = ("Content-Type: application/json", "Content-Length: 60000", "Content-Encoding: gzip")
    told = await send(limited.client.port, post("/api/announcements", *lines))
    assert (told.status, told.closed) == (415, True)


async def test_other_paths_keep_their_own_form(limited: Calls) -> None:
    for path in ("/api/announcementsx", "/api/chat", "/"):
        answer = await limited.client.get(path)
        assert answer.status == 404
        assert "X-Request-Id" not in answer.headers


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (None, "Send the header"),
        ("", "Send the header"),
        ("Bearer", "Send the header"),
        ("Bearer ", "Send the header"),
        (f"Basic {TOKEN}", "Send the header"),
        ("Bearer wrong", "The token after `Authorization: Bearer` is wrong"),
        (f"bearer {TOKEN}x", "The token after `Authorization: Bearer` is wrong"),
    ],
)
async def test_a_wrong_token_is_told_apart_from_none(
    room: Room, given: str | None, says: str
) -> None:
    headers = {} if given is None else {"Authorization": given}
    answer = await room.call("GET", token=None, headers=headers)
    assert answer.status == 401
    assert (await answer.json())["message"].startswith(says)


async def test_a_flood_of_wrong_tokens_is_told_what_is_wrong(limited: Calls) -> None:
    headers = {"Authorization": "Bearer wrong"}
    answers = [await limited.client.get("/api/announcements", headers=headers) for _ in range(3)]
    assert answers[-1].status == 429
    assert "without the right token" in (await answers[-1].json())["message"]


async def test_two_tokens_are_none(limited: Calls) -> None:
    headers = CIMultiDict([("Authorization", f"Bearer {TOKEN}")] * 2)
    assert (await limited.client.get("/api/announcements", headers=headers)).status == 401


async def test_a_database_that_is_gone_is_said_so(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(*_: object) -> None:
        raise OperationalError("SELECT secret", {}, OSError("down"))

    monkeypatch.setattr(room.world.announcements, "listing", gone)
    answer = await room.call("GET")
    assert answer.status == 503
    assert "Retry-After" in answer.headers
    assert "secret" not in await answer.text()


async def test_one_word_leads_from_a_request_to_its_deliveries(room: Room) -> None:
    with capture_logs(processors=[merge_contextvars]) as logs:
        posted = await room.call("POST", json=FREE)
        id_ = (await posted.json())["id"]
        changed = await room.call("PATCH", f"/{id_}", json={"title": {"fi": "Uusi"}})
        recalled = await room.call("DELETE", f"/{id_}")
        refused = await room.call("GET", f"/{id_}", token="wrong")
    words = [answer.headers["X-Request-Id"] for answer in (posted, changed, recalled, refused)]
    assert all(re.fullmatch("[0-9a-f]{8}", word) for word in words)
    assert len(set(words)) == 4
    told = [
        (line["request"], line["event"], line.get("announcement"), line.get("status"))
        for line in logs
    ]
    assert told == [
        (words[0], "announcement.confirmed", id_, None),
        (words[0], "api.request", None, 202),
        (words[1], "announcement.changed", id_, None),
        (words[1], "api.request", id_, 200),
        (words[2], "announcement.recalled", id_, None),
        (words[2], "api.request", id_, 202),
        (words[3], "request.refused", None, 401),
    ]
    assert [line["method"] for line in logs if "method" in line] == ["POST", "PATCH", "DELETE"]
    assert "Uusi" not in str(logs)


async def test_what_fails_is_found_in_the_log_by_the_word_of_the_answer(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(room.world.announcements, "listing", broken)
    with capture_logs(processors=[merge_contextvars]) as logs:
        answer = await room.call("GET")
    assert answer.status == 500
    assert "X-Request-Id" in (await answer.json())["message"]
    failed, told = logs
    assert failed["request"] == told["request"] == answer.headers["X-Request-Id"]
    assert isinstance(failed["exc_info"], RuntimeError)
    assert told["status"] == 500


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "limit=", "limit=-1"])
async def test_a_wrong_limit_is_refused(room: Room, query: str) -> None:
    answer = await room.call("GET", f"?{query}")
    assert answer.status == 422
    assert (await answer.json())["errors"][0]["field"] == "limit"


async def test_the_description_names_the_public_address(room: Room) -> None:
    told = await (await room.client.get("/api/openapi.json")).json()
    assert (told["swagger"], told["host"], told["basePath"]) == ("2.0", "bot.example.org", "/chat")


async def test_without_a_token_there_is_no_api(tmp_path: Path, snapshot: Any) -> None:
    from bot.understanding.reloader import ContentReloader, Folders

    url = SecretStr(f"sqlite+aiosqlite:///{tmp_path / 'taikubot.db'}")
    reloader = ContentReloader(Folders(Path("content"), Path("intents")), snapshot)
    app = create_app(Settings(database_url=url), reloader)
    async with TestClient(TestServer(app)) as client:
        for method, path in (("POST", ""), ("GET", ""), ("GET", "/x"), ("DELETE", "/x")):
            answer = await client.request(method, f"/api/announcements{path}", json=FREE)
            assert answer.status == 404
        assert (await client.get("/api/openapi.json")).status == 404
        assert (await client.get("/readyz")).status == 200


def _api() -> Any:
    from bot.announcements.model import API

    return API


async def test_what_may_stand_out_of_reach_is_counted_and_named(room: Room) -> None:
    room.names["19:a"] = "Pirkanmaa › Yleinen"
    id_ = await room.announce(**FREE)
    rows = [row.id for row in await room.world.deliveries(id_)]
    await room.world.deliver_all(id_)
    clean = await (await room.call("GET", f"/{id_}")).json()
    assert clean["counts"]["uncertain"] == 0
    assert (clean["paused_since"], clean["unreachable"]) == (None, [])
    assert [one["uncertain"] for one in clean["deliveries"]] == [False] * len(rows)
    gone = "gone: BotNotInConversationRoster"
    async with room.world.database.transaction() as tx:
        await tx.execute(update(delivery).where(delivery.c.id == rows[0]).values(doubts=1))
        last = update(delivery).where(delivery.c.id == rows[-1])
        await tx.execute(last.values(state="gone", remote_id=None, error=gone))
        since = update(conversation).where(conversation.c.remote_id == "19:a")
        await tx.execute(since.values(suspended_at=NOW.timestamp()))
    await room.call("DELETE", f"/{id_}")
    told = await (await room.call("GET", f"/{id_}")).json()
    assert told["state"] == "recalled"
    assert told["counts"]["uncertain"] == 1
    first, *_, last_one = told["deliveries"]
    assert (first["uncertain"], first["name"]) == (True, "Pirkanmaa › Yleinen")
    assert first["unreachable_since"] == NOW.isoformat()
    assert (last_one["state"], last_one["error"]) == ("gone", gone)
    assert last_one["reason"] == "It never arrived there, so there is nothing to take back."
    # Another channel's name never comes, and nobody waits for it.
    assert last_one["name"] is None
    (unreachable,) = told["unreachable"]
    assert unreachable == {
        "kind": "channel",
        "networks": ["pirkanmaa"],
        "since": NOW.isoformat(),
        "name": "Pirkanmaa › Yleinen",
    }
    (listed,) = (await (await room.call("GET")).json())["announcements"]
    assert listed["counts"]["uncertain"] == 1


async def test_a_pause_is_told(room: Room) -> None:
    id_ = await room.announce(**FREE)
    await pause(room.world.database)
    told = await (await room.call("GET", f"/{id_}")).json()
    assert told["paused_since"] == NOW.isoformat()
    (listed,) = (await (await room.call("GET")).json())["announcements"]
    assert listed["paused_since"] == NOW.isoformat()
    await resume(room.world.database)
    assert (await (await room.call("GET", f"/{id_}")).json())["paused_since"] is None
