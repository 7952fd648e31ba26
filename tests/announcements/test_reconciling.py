"""Copies whose id is unknown: found by a reply in their thread, against a Teams that refuses."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import insert, select, update

from bot.announcements.model import Draft
from bot.announcements.reconciling import MAX_QUEUED, Reconciler, Thread
from bot.channels.connector import ConnectorClient, RetryPolicy
from bot.channels.teams.posting import TeamsPosting
from bot.store.tables import announcement, delivery, pause

from .world import NATIONAL, World, a_channel

CHANNEL = "19:yleinen@thread.tacv2"
FREE = Draft(title={"fi": "Uutinen"}, text={"fi": "Teksti."}, networks=("pirkanmaa",))


@dataclass
class FakeTeams:
    """A channel with what stands in it: the bot's posts by id, and everybody else's."""

    ours: dict[str, str] = field(default_factory=dict)
    theirs: set[str] = field(default_factory=set)
    calls: list[tuple[str, str]] = field(default_factory=list)
    trouble: int | None = None

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """An update or a deletion of a post in its thread."""
        post = request.match_info["post"]
        assert request.match_info["thread"] == f"{CHANNEL};messageid={post}"
        self.calls.append((request.method, post))
        if self.trouble is not None:
            return web.Response(status=self.trouble)
        if post in self.theirs:
            return _refusal(403, "NotEnoughPermissions")
        if post not in self.ours:
            return _refusal(404, "ActivityNotFoundInConversation")
        if request.method == "DELETE":
            del self.ours[post]
            return web.Response()
        self.ours[post] = await request.text()
        return web.json_response({"id": post})


def _refusal(status: int, code: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": "no"}}, status=status)


@dataclass
class Scene:
    """An announcement to one channel, of which a copy may stand."""

    world: World
    teams: FakeTeams
    reconciler: Reconciler
    id: str
    changed: list[str]

    def post_at(self, seconds: float = 0.0) -> str:
        """The id of a post that was made so many seconds from now."""
        return str(round((self.world.database.time + seconds) * 1_000))

    async def doubt(self, **values: Any) -> None:
        """What a delivery's row says after trouble."""
        async with self.world.database.transaction() as tx:
            made = delivery.c.announcement_id == self.id
            now = {"updated_at": self.world.database.time}
            await tx.execute(update(delivery).where(made).values(now | values))

    async def change(self, **values: Any) -> None:
        """Changes the announcement's row."""
        async with self.world.database.transaction() as tx:
            made = announcement.c.id == self.id
            await tx.execute(update(announcement).where(made).values(values))

    async def row(self) -> Any:
        (row,) = await self.world.deliveries(self.id)
        return row

    async def reply(self, post: str) -> bool:
        """Somebody writes in the thread of a post."""
        return await self.reconciler.reconcile(thread(post))


def thread(post: str, channel: str = CHANNEL) -> Thread:
    return Thread("msteams", channel, f"{channel};messageid={post}", post)


@pytest.fixture
async def scene(world: World) -> AsyncIterator[Scene]:
    """An announcement that is being sent to one channel, of which nothing is known yet."""
    teams = FakeTeams()
    app = web.Application()
    app.router.add_route("*", "/v3/conversations/{thread}/activities/{post}", teams.handle)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        url = str(server.make_url("")).rstrip("/")
        where = replace(a_channel(CHANNEL), service_url=url)
        await world.subscriptions.follow(where, "pirkanmaa", NATIONAL)
        draft = await world.announcements.draft(NATIONAL, FREE)
        await world.announcements.confirm(NATIONAL, draft.id)
        # A minute later all that may have been posted is of this minute.
        world.database.time += 60
        patience = RetryPolicy(attempts=1)
        posting = TeamsPosting(ConnectorClient(None, lambda: session, retry_policy=patience))
        changed: list[str] = []
        reconciler = Reconciler(
            world.database,
            {"msteams": posting}.get,
            world.announcements.compose,
            on_change=changed.append,
            retry_interval=0.01,
        )
        yield Scene(world, teams, reconciler, draft.id, changed)


@pytest.mark.parametrize(
    ("state", "remote_id", "doubts"),
    [
        ("pending", None, 1),
        ("held", None, 1),
        ("uncertain", None, 2),
        ("delivered", "", 1),
        ("failed", None, 1),
    ],
)
async def test_a_copy_that_is_replied_to_is_known_again(
    scene: Scene, state: str, remote_id: str | None, doubts: int
) -> None:
    await scene.doubt(state=state, remote_id=remote_id, doubts=doubts, error="no_answer: cut")
    copy = scene.post_at(-5)
    scene.teams.ours[copy] = "lost"
    assert await scene.reply(copy)
    row = await scene.row()
    assert (row.state, row.doubts, row.error) == ("delivered", doubts - 1, None)
    assert (row.remote_id, row.remote_conversation) == (copy, f"{CHANNEL};messageid={copy}")
    assert row.posted_version == (await scene.world.row(scene.id)).version
    assert "Uutinen" in scene.teams.ours[copy]
    assert scene.changed == [scene.id]
    # Known now, it is left alone.
    assert not await scene.reply(copy)
    assert len(scene.teams.calls) == 1


async def test_what_counted_as_failed_has_been_sent_and_can_be_recalled(scene: Scene) -> None:
    await scene.doubt(state="uncertain", doubts=1, posted_version=None)
    await scene.change(state="failed", finished_at=scene.world.database.time)
    copy = scene.post_at(-5)
    scene.teams.ours[copy] = "lost"
    assert await scene.reply(copy)
    assert (await scene.world.row(scene.id)).state == "sent"
    await scene.world.announcements.recall(NATIONAL, scene.id)
    row = await scene.row()
    assert (row.state, row.task, row.remote_id) == ("pending", "delete", copy)


async def test_a_second_copy_is_deleted(scene: Scene) -> None:
    first, second = scene.post_at(-20), scene.post_at(-10)
    await scene.doubt(state="delivered", remote_id=second, doubts=1, posted_version=1)
    scene.teams.ours |= {first: "first", second: "second"}
    assert not await scene.reply(second)
    assert await scene.reply(first)
    assert scene.teams.ours == {second: "second"}
    row = await scene.row()
    assert (row.state, row.remote_id, row.doubts) == ("delivered", second, 0)
    assert not await scene.reply(first)
    assert scene.teams.calls == [("PUT", first), ("DELETE", first)]


async def test_what_is_not_there_any_more_is_no_copy(scene: Scene) -> None:
    """Teams says of deleting it, whosever it was, that it is not there: that proves nothing."""
    known, stray, gone = scene.post_at(-20), scene.post_at(-10), scene.post_at(-15)
    await scene.doubt(state="delivered", remote_id=known, doubts=1, posted_version=1)
    scene.teams.ours |= {known: "known", stray: "stray"}
    assert not await scene.reply(gone)
    assert (await scene.row()).doubts == 1


async def test_two_replies_under_one_copy_find_it_once(scene: Scene) -> None:
    first, second = scene.post_at(-20), scene.post_at(-10)
    await scene.doubt(state="uncertain", doubts=2)
    await scene.change(state="recalled")
    scene.teams.ours |= {first: "first", second: "second"}
    assert await scene.reply(first)
    assert not await scene.reply(first)
    row = await scene.row()
    assert (row.state, row.doubts) == ("uncertain", 1)
    assert scene.teams.ours == {second: "second"}


async def test_two_copies_are_both_found(scene: Scene) -> None:
    first, second = scene.post_at(-20), scene.post_at(-10)
    await scene.doubt(state="uncertain", doubts=2)
    scene.teams.ours |= {first: "first", second: "second"}
    assert await scene.reply(first)
    assert await scene.reply(second)
    assert list(scene.teams.ours) == [first]
    row = await scene.row()
    assert (row.state, row.remote_id, row.doubts) == ("delivered", first, 0)


async def test_after_a_recall_a_copy_is_deleted(scene: Scene) -> None:
    first, second = scene.post_at(-20), scene.post_at(-10)
    await scene.doubt(state="uncertain", doubts=2)
    await scene.change(state="recalled")
    scene.teams.ours |= {first: "first", second: "second"}
    assert await scene.reply(first)
    assert (await scene.row()).state == "uncertain"
    assert await scene.reply(second)
    row = await scene.row()
    assert (row.state, row.remote_id, row.doubts) == ("deleted", None, 0)
    assert scene.teams.ours == {}


async def test_what_somebody_else_wrote_is_tried_once(scene: Scene) -> None:
    await scene.doubt(state="uncertain", doubts=2)
    theirs, gone = scene.post_at(-20), scene.post_at(-10)
    scene.teams.theirs.add(theirs)
    before = await scene.row()
    for post in (theirs, gone):
        assert not await scene.reply(post)
        scene.reconciler.hear(thread(post))
    async with running(scene.reconciler):
        await scene.reconciler.idle()
    assert await scene.row() == before
    assert scene.teams.calls == [("PUT", theirs), ("PUT", gone)]


@pytest.mark.parametrize(
    "seconds", [-3_600 * 24, -400, 3_600 * 2, 3_600 * 48], ids=["day", "before", "after", "late"]
)
async def test_what_was_posted_at_another_time_is_no_copy(scene: Scene, seconds: float) -> None:
    await scene.doubt(state="uncertain", doubts=2)
    welcome = scene.post_at(seconds)
    scene.teams.ours[welcome] = "Welcome!"
    assert not await scene.reply(welcome)
    assert scene.teams.ours == {welcome: "Welcome!"}
    assert scene.teams.calls == []


@pytest.mark.parametrize("post", ["17", "", "x" * 600, "1\ud800", "../..", "²" * 13])
async def test_an_id_that_tells_no_time_is_no_copy(scene: Scene, post: str) -> None:
    await scene.doubt(state="uncertain", doubts=2)
    assert not await scene.reply(post)
    scene.reconciler.hear(thread(post))
    async with running(scene.reconciler):
        await scene.reconciler.idle()
    assert scene.teams.calls == []


async def test_without_doubts_nothing_is_tried(scene: Scene) -> None:
    post = scene.post_at(-5)
    scene.teams.ours[post] = "ours"
    assert not await scene.reply(post)
    await scene.doubt(state="uncertain", doubts=2)
    assert not await scene.reconciler.reconcile(thread(post, "19:elsewhere@thread.tacv2"))
    assert scene.teams.calls == []


async def test_where_two_deliveries_could_have_made_it_nothing_is_tried(scene: Scene) -> None:
    other = await scene.world.announcements.draft(NATIONAL, FREE)
    await scene.world.announcements.confirm(NATIONAL, other.id)
    async with scene.world.database.transaction() as tx:
        await tx.execute(update(delivery).values(state="uncertain", doubts=1))
    post = scene.post_at(5)
    scene.teams.ours[post] = "one of the two"
    assert not await scene.reply(post)
    assert scene.teams.calls == []


@pytest.mark.parametrize("status", [500, 503, 429, 404])
async def test_trouble_of_teams_changes_nothing_and_a_later_reply_tries_again(
    scene: Scene, status: int
) -> None:
    await scene.doubt(state="uncertain", doubts=2)
    post = scene.post_at(-5)
    scene.teams.ours[post] = "lost"
    scene.teams.trouble = status
    before = await scene.row()
    assert not await scene.reply(post)
    assert await scene.row() == before
    scene.teams.trouble = None
    assert await scene.reply(post)


async def test_while_all_sending_is_paused_nothing_is_tried(scene: Scene) -> None:
    await scene.doubt(state="uncertain", doubts=2)
    async with scene.world.database.transaction() as tx:
        await tx.execute(insert(pause).values(tenant="*", since=0.0))
    post = scene.post_at(-5)
    scene.teams.ours[post] = "lost"
    assert not await scene.reply(post)
    assert scene.teams.calls == []


async def test_a_row_that_is_being_posted_is_left_to_its_completion(scene: Scene) -> None:
    await scene.doubt(state="sending", doubts=1)
    copy, second = scene.post_at(-20), scene.post_at(-10)
    scene.teams.ours |= {copy: "first", second: "second"}
    assert not await scene.reply(copy)
    row = await scene.row()
    assert (row.state, row.remote_id, row.doubts) == ("sending", None, 1)
    # The repeat is known meanwhile: now the first copy is one too many.
    reply = asyncio.create_task(scene.reply(copy))
    await asyncio.sleep(0.02)
    await scene.doubt(state="delivered", remote_id=second, doubts=1, posted_version=1)
    if not await reply:
        assert await scene.reply(copy)
    assert list(scene.teams.ours) == [second]
    assert (await scene.row()).doubts == 0


async def test_an_edit_meanwhile_is_seen(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    await scene.doubt(state="uncertain", doubts=1)
    post = scene.post_at(-5)
    scene.teams.ours[post] = "lost"
    compose = scene.world.announcements.compose
    versions: list[int] = []

    def edited_meanwhile(found: Any, target: Any) -> Any:
        versions.append(found.version)
        return compose(found, target)

    monkeypatch.setattr(scene.reconciler, "_compose", edited_meanwhile)
    write = scene.reconciler._write

    async def edit_first(*arguments: Any) -> bool:
        if len(versions) == 1:
            await scene.change(version=7, title={"fi": "Toinen"})
        return await write(*arguments)

    monkeypatch.setattr(scene.reconciler, "_write", edit_first)
    assert await scene.reply(post)
    assert versions[1:] == [7]
    assert "Toinen" in scene.teams.ours[post]
    assert (await scene.row()).posted_version == 7


async def test_it_works_beside_the_turns_and_its_queue_is_bounded(scene: Scene) -> None:
    await scene.doubt(state="uncertain", doubts=1)
    post = scene.post_at(-5)
    scene.teams.ours[post] = "lost"
    scene.reconciler.hear(thread(post))
    for number in range(2 * MAX_QUEUED):
        scene.reconciler.hear(thread(scene.post_at(-6 - number)))
    async with running(scene.reconciler):
        await scene.reconciler.idle()
    assert (await scene.row()).remote_id == post
    async with scene.world.database.reading() as tx:
        assert (await tx.scalar(select(delivery.c.doubts))) == 0


@contextlib.asynccontextmanager
async def running(reconciler: Reconciler) -> AsyncIterator[None]:
    """The background job of the server."""
    task = asyncio.create_task(reconciler.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
