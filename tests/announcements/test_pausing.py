"""The outage switch, on both databases."""

from __future__ import annotations

import asyncio
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.announcements.model import API, Action, Draft
from bot.announcements.pausing import PauseWatch, UnknownTenant, pause, pause_text, resume
from bot.ops import metrics
from bot.store import pauses
from bot.store.tables import record

from .delivering import Channel, announce, conversations, ended, running, until
from .world import COFFEE, NOW, PIRKANMAA, TENANT, World

HELSINKI = ZoneInfo("Europe/Helsinki")
LATER = NOW.timestamp() + 600


async def since(world: World, *tenants: str) -> float | None:
    async with world.database.reading() as tx:
        return await pauses.since(tx, tenants)


async def test_a_pause_of_everything_holds_until_it_is_resumed(world: World) -> None:
    await world.channel("19:a@thread.tacv2", "pirkanmaa")
    made = await world.announcements.create(PIRKANMAA, Draft(occurrence=COFFEE))
    assert (await world.announcements.report(PIRKANMAA, made.id)).paused_since is None
    done = await pause(world.database)
    assert done.pauses == (("*", NOW.timestamp()),)
    assert done.waiting == 1
    world.database.time = LATER
    again = await pause(world.database)
    assert again.pauses == done.pauses, "it is paused since the first time"
    found = await world.announcements.report(PIRKANMAA, made.id)
    assert found.paused_since is not None
    assert found.paused_since.timestamp() == NOW.timestamp()
    (listed,) = await world.announcements.listing(PIRKANMAA)
    assert listed.paused_since == found.paused_since
    assert (await resume(world.database)).pauses == ()
    assert (await resume(world.database)).pauses == ()
    assert (await world.announcements.report(PIRKANMAA, made.id)).paused_since is None
    # What changed nothing is nothing that somebody did.
    async with world.database.reading() as tx:
        rows = await tx.execute(select(record.c.action, record.c.by, record.c.subject))
        told = [row for row in rows if row.action in (Action.PAUSED, Action.RESUMED)]
    assert [tuple(row) for row in told] == [("paused", "command", "*"), ("resumed", "command", "*")]


async def test_a_pause_of_one_tenant_holds_for_it_alone(world: World) -> None:
    await world.channel("19:a@thread.tacv2", "pirkanmaa")
    async with world.database.transaction() as tx:
        await pauses.begin(tx, "another", NOW.timestamp())
    assert await since(world, TENANT) is None
    assert await since(world, "another", TENANT) == NOW.timestamp()
    done = await pause(world.database, TENANT)
    assert [one.tenant for one in done.pauses] == [TENANT, "another"]
    assert await since(world, TENANT) == NOW.timestamp()
    # Everything as well: both have to be resumed.
    world.database.time = LATER
    assert [one.tenant for one in (await pause(world.database)).pauses] == ["*", TENANT, "another"]
    assert [one.tenant for one in (await resume(world.database, TENANT)).pauses] == ["*", "another"]
    assert await since(world, TENANT) == LATER
    assert [one.tenant for one in (await resume(world.database)).pauses] == ["another"]


@pytest.mark.parametrize("work", [pause, resume])
async def test_an_unknown_tenant_is_told_with_those_known(world: World, work: object) -> None:
    await world.channel("19:a@thread.tacv2", "pirkanmaa")
    with pytest.raises(UnknownTenant) as error:
        await work(world.database, "nobody")  # type: ignore[operator]
    assert error.value.known == (TENANT,)
    async with world.database.reading() as tx:
        assert await pauses.listing(tx) == ()


async def test_two_who_pause_at_once_do_no_harm(world: World) -> None:
    await asyncio.gather(*(pause(world.database) for _ in range(5)))
    async with world.database.reading() as tx:
        assert len(await pauses.listing(tx)) == 1
    await asyncio.gather(*(resume(world.database) for _ in range(5)))
    async with world.database.reading() as tx:
        assert await pauses.listing(tx) == ()


async def test_it_is_told_where_something_waits_or_is_to_come(world: World) -> None:
    await world.channel("19:a@thread.tacv2", "pirkanmaa")
    service = world.announcements
    sent = await service.create(API, Draft(occurrence=COFFEE))
    await world.deliver_all(sent.id)
    scheduled = await service.create(API, Draft(occurrence=COFFEE, send_at="2026-12-01T08:00"))
    await pause(world.database, TENANT)
    for tenant in (None, TENANT):
        await pause(world.database, tenant)
        assert (await service.report(API, sent.id)).paused_since is None
        assert (await service.report(API, scheduled.id)).paused_since is not None
    assert (await service.dry_run(API, Draft(occurrence=COFFEE))).paused_since is not None
    listed = {one.announcement.id: one.paused_since for one in await service.listing(API)}
    assert listed[sent.id] is None
    assert listed[scheduled.id] is not None


async def test_a_server_tells_operators(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.channel("19:a@thread.tacv2", "pirkanmaa")
    told: list[str] = []
    made = await world.announcements.create(PIRKANMAA, Draft(occurrence=COFFEE))
    watch = PauseWatch(lambda: HELSINKI, told.append)

    async def look() -> None:
        async with world.database.reading() as tx:
            await watch.read(tx)

    await look()
    assert (watch.notes(), told) == ([], [])
    await pause(world.database)
    await pause(world.database, TENANT)
    await look()
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    assert watch.notes() == [
        "Sending is paused for all tenants since Friday 20 November 2026, 12:00.",
        f"Sending to tenant {TENANT} is paused since Friday 20 November 2026, 12:00.",
    ]
    monkeypatch.setenv("LANG", "fi_FI.UTF-8")
    everything, _ = watch.notes()
    assert "perjantaina 20.11.2026 klo 12.00" in everything
    # Where the content cannot be read, nobody knows the community's clock.
    (utc, _) = (pause_text(one, None, "en") for one in watch._pauses)
    assert utc.endswith("since Friday 20 November 2026, 10:00 UTC.")
    assert metrics.PAUSES._value.get() == 2
    assert told == [made.id]
    await look()
    assert told == [made.id], "nothing has changed since"
    await resume(world.database)
    await resume(world.database, TENANT)
    await look()
    assert watch.notes() == []
    assert metrics.PAUSES._value.get() == 0
    assert told == [made.id] * 2


async def test_while_it_is_paused_nothing_is_posted_and_then_all_is(world: World) -> None:
    database = world.database
    await conversations(database, 20, tenant="a", prefix="a")
    await conversations(database, 20, tenant="b", prefix="b")
    channel = Channel()
    async with running(database, channel):
        await pause(database, "a")
        await announce(database)
        await until(lambda: channel.count("post").total() == 20)
        assert {where[0] for where in channel.count("post")} == {"b"}
        await pause(database)
        await resume(database, "a")
        await announce(database, "later")
        # A look at the rows takes the engine less than this many rounds of its loop.
        for _ in range(40):
            database.time += 1
            await asyncio.sleep(0.02)
        assert channel.count("post").total() == 20
        await resume(database)
        await ended(database)
        await ended(database, "later")
    assert channel.count("post").total() == 80
