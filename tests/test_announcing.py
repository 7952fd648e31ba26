"""The whole server with its database: what others write there is used, sent and told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr
from sqlalchemy import select, update

from bot import app as app_module
from bot.announcements.meeting_editing import MeetingEditor
from bot.announcements.model import API, Draft
from bot.announcements.permissions import Coordinators
from bot.announcements.sender import Posted, Target
from bot.announcements.service import Announcements
from bot.announcements.subscriptions import Subscriptions
from bot.answers.model import Answer
from bot.app import create_app
from bot.ops.settings import Settings
from bot.store.database import Database
from bot.store.tables import announcement, delivery
from bot.store.upgrade import upgrade
from bot.understanding.reloader import ContentReloader, Folders, Snapshot
from tests.announcements.world import ONE_TIME, World, a_channel

pytestmark = pytest.mark.slow

FREE = Draft(title={"fi": "Uutinen"}, text={"fi": "Teksti."}, networks=("pirkanmaa",))
PATIENCE = 20.0


class Channel:
    """A sender that keeps what it was given."""

    def __init__(self) -> None:
        self.posts: asyncio.Queue[tuple[Target, Answer]] = asyncio.Queue()
        self.updates: asyncio.Queue[Posted] = asyncio.Queue()

    async def post(self, target: Target, post: Answer) -> Posted:
        await self.posts.put((target, post))
        return Posted("1")

    async def update(self, target: Target, posted: Posted, post: Answer) -> None:
        await self.updates.put(posted)

    async def delete(self, target: Target, posted: Posted) -> None:
        raise AssertionError

    async def name(self, target: Target) -> str | None:
        return None

    async def answers(self, target: Target) -> bool:
        return True


async def until(done: Callable[[], Awaitable[bool]]) -> None:
    """Waits until something another process did has arrived."""
    async with asyncio.timeout(PATIENCE):
        while not await done():  # noqa: ASYNC110 - another process sets no event of ours
            await asyncio.sleep(0.1)


class Running:
    """A server, and another process's view of the same database."""

    def __init__(self, client: TestClient[web.Request, web.Application], url: str) -> None:
        self.client = client
        self.database = Database(url)
        self.reloader = World.another_reloader()
        self.coordinators = Coordinators(None, everyone=True)

    def knowledge(self) -> Any:
        return self.reloader.snapshot.knowledge

    async def ready(self, fits: Callable[[Any], bool]) -> Any:
        """What /readyz tells once it fits."""
        told: Any = None

        async def asked() -> bool:
            nonlocal told
            told = await (await self.client.get("/readyz")).json()
            return fits(told)

        await until(asked)
        return told


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> Channel:
    made = Channel()
    monkeypatch.setattr(app_module, "make_senders", lambda *_: {"msteams": made})
    return made


@pytest.fixture
async def running(tmp_path: Path, snapshot: Snapshot, channel: Channel) -> AsyncIterator[Running]:
    file = tmp_path / "coordinators.yaml"
    file.write_text("coordinators: []\n", encoding="utf-8")
    url = f"sqlite+aiosqlite:///{tmp_path / 'taikubot.db'}"
    settings = Settings(database_url=SecretStr(url), coordinators_file=file)
    reloader = ContentReloader(Folders(Path("content"), Path("intents")), replace(snapshot))
    async with TestClient(TestServer(create_app(settings, reloader))) as client:
        other = Running(client, url)
        yield other
        await other.database.close()


async def test_what_another_process_announces_is_sent(running: Running, channel: Channel) -> None:
    follows = Subscriptions(running.database, running.knowledge, running.coordinators)
    await follows.follow(a_channel(), "pirkanmaa", API)
    service = Announcements(running.database, running.knowledge, running.coordinators)
    made = await service.create(API, FREE)
    async with asyncio.timeout(PATIENCE):
        target, post = await channel.posts.get()

    async def sent() -> bool:
        return (await service.report(API, made.id)).announcement.state == "sent"

    await until(sent)
    assert (target.remote_id, post.blocks[0].text) == (a_channel().remote_id, "Uutinen")  # type: ignore[union-attr]
    assert (await service.report(API, made.id)).counts.delivered == 1
    assert channel.posts.empty()
    assert channel.updates.empty()


async def test_a_reaction_to_a_post_whose_id_was_lost_makes_it_known(
    running: Running, channel: Channel
) -> None:
    follows = Subscriptions(running.database, running.knowledge, running.coordinators)
    await follows.follow(a_channel(), "pirkanmaa", API)
    service = Announcements(running.database, running.knowledge, running.coordinators)
    made = await service.create(API, FREE)
    async with asyncio.timeout(PATIENCE):
        await channel.posts.get()

    async def sent() -> bool:
        return (await service.report(API, made.id)).announcement.state == "sent"

    await until(sent)
    async with running.database.transaction() as tx:
        now = await running.database.now(tx)
        await tx.execute(update(delivery).values(remote_id="", doubts=1))
    post = str(round(now * 1_000))
    thread = f"{a_channel().remote_id};messageid={post}"
    reaction = {
        "type": "messageReaction",
        "id": "f:1",
        "channelId": "msteams",
        "serviceUrl": "http://127.0.0.1:9",
        "from": {"id": "29:u"},
        "recipient": {"id": "28:bot"},
        "conversation": {"id": thread, "conversationType": "channel"},
        "reactionsAdded": [{"type": "like"}],
        "replyToId": post,
    }
    answer = await running.client.post("/api/messages", json=reaction)
    assert answer.status == 200
    async with asyncio.timeout(PATIENCE):
        assert await channel.updates.get() == Posted(post, thread)

    async def known() -> bool:
        async with running.database.reading() as tx:
            rows = await tx.execute(select(delivery.c.remote_id, delivery.c.doubts))
            return rows.one() == (post, 0)

    await until(known)


async def test_a_server_deletes_what_has_been_kept_long_enough(
    tmp_path: Path, snapshot: Snapshot
) -> None:
    """By itself, when it starts and daily from then on: as long as its setting says."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'taikubot.db'}"
    reloader = ContentReloader(Folders(Path("content"), Path("intents")), replace(snapshot))
    database = Database(url)
    await upgrade(database)
    coordinators = Coordinators(None)
    service = Announcements(database, lambda: snapshot.knowledge, coordinators)
    ages = {(await service.create(API, FREE)).id: months for months in (2, 4)}
    async with database.transaction() as tx:
        now = await database.now(tx)
        for id_, months in ages.items():
            then = now - months * 31 * 86_400
            values = {"state": "sent", "created_at": then, "finished_at": then}
            of_it = announcement.c.id == id_
            await tx.execute(update(announcement).where(of_it).values(values))

    async def purged() -> bool:
        left = {one.announcement.id for one in await service.listing(API)}
        return left == {id_ for id_, months in ages.items() if months == 2}

    assert not await purged()
    settings = Settings(database_url=SecretStr(url), keep_months=3)
    async with TestClient(TestServer(create_app(settings, reloader))):
        await until(purged)
    await database.close()


async def test_a_meeting_of_another_process_is_in_the_calendar(running: Running) -> None:
    meetings = MeetingEditor(running.database, running.reloader, running.coordinators)
    made = await meetings.add(
        API, {**ONE_TIME, "start": "2098-12-01 12:00", "end": "2098-12-01 14:00"}
    )

    async def there() -> bool:
        return made.key in await (await running.client.get("/calendar.ics")).text()

    await until(there)


async def test_an_operator_is_told_of_a_broken_list(running: Running, tmp_path: Path) -> None:
    assert (await running.ready(bool))["announcements"] == []
    file = tmp_path / "coordinators.yaml"

    def broken(told: Any) -> bool:
        file.write_text("coordinators: 5\n", encoding="utf-8")
        return bool(told["announcements"])

    told = await running.ready(broken)
    assert told["ready"]
    assert "coordinators.yaml:1: error: " in told["announcements"][0]
    file.write_text("coordinators: []\n", encoding="utf-8")
    await running.ready(lambda told: told["announcements"] == [])


async def test_an_operator_is_told_of_a_network_that_does_not_exist(
    running: Running, tmp_path: Path
) -> None:
    """A misspelt key, with which a coordinator would have no right and nobody would know why."""
    file = tmp_path / "coordinators.yaml"
    text = "coordinators: [{id: x, networks: [uusimaa, uusima]}]\n"

    def misspelt(told: Any) -> bool:
        file.write_text(text, encoding="utf-8")
        return bool(told["announcements"])

    told = await running.ready(misspelt)
    assert told["ready"]
    (warning,) = told["announcements"]
    assert "coordinators.yaml:1: warning: there is no `uusima` among the networks" in warning
    file.write_text("coordinators: []\n", encoding="utf-8")
    await running.ready(lambda told: told["announcements"] == [])


@pytest.mark.parametrize("cancelled", [False, True])
async def test_a_shutdown_can_be_cancelled_while_work_ends(cancelled: bool) -> None:
    leaving, left = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            leaving.set()
            await left.wait()

    running = app_module._in_background(work)(web.Application())
    await anext(running)
    await asyncio.sleep(0)

    async def shut_down() -> str:
        await anext(running, None)
        return "all is closed"

    ending = asyncio.create_task(shut_down())
    await leaving.wait()
    if cancelled:
        ending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await ending
        left.set()
    else:
        left.set()
        assert await ending == "all is closed"


async def test_work_that_broke_is_told_at_the_end() -> None:
    async def work() -> None:
        raise ValueError("broken")

    running = app_module._in_background(work)(web.Application())
    await anext(running)
    await asyncio.sleep(0)
    with pytest.raises(ValueError, match="broken"):
        await anext(running, None)
