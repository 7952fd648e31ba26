"""What hangs holds nobody else up; leases are renewed; the end of a server waits for its posts."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import func, select

from bot.announcements import attempts
from bot.announcements.delivery import CONCURRENCY
from bot.store.tables import delivery

from .bot_process import BotProcess
from .connector import HANG_BEFORE, late
from .delivering import until
from .running_bot import RunningBot, impatient

pytestmark = pytest.mark.slow

HANGING = 2 * CONCURRENCY
"""More than there are places."""


async def done(bot: RunningBot, id: str, tenant: str) -> int:
    """How many of a tenant's posts are written down as delivered."""
    async with bot.database.reading() as tx:
        found = select(func.count()).where(
            delivery.c.announcement_id == id,
            delivery.c.tenant == tenant,
            delivery.c.state == "delivered",
        )
        return int(await tx.scalar(found) or 0)


@pytest.mark.parametrize("first", ["a", "b"], ids=["hanging first", "good first"])
async def test_a_tenant_that_hangs_holds_up_no_other(bot: RunningBot, first: str) -> None:
    counts = {"a": HANGING, "b": 200}
    for tenant in (first, "b" if first == "a" else "a"):
        await bot.channels(counts[tenant], tenant, tenant=tenant)
    rule = bot.world.fault(HANG_BEFORE, "POST", tenant="a")
    bot.world.latency = 0.02
    id = await bot.announce()

    async def good_ones_are_done() -> bool:
        return await done(bot, id, "b") == 200

    await until(good_ones_are_done)
    # Places were left over: not even one round of those that hang was needed to end the others.
    assert len(rule.hits) < HANGING
    assert bot.world.here() == Counter(f"b{number}" for number in range(200))


async def test_conversations_that_hang_hold_up_no_others_of_their_tenant(bot: RunningBot) -> None:
    await bot.channels(60, "hangs")
    await bot.channels(140)
    rule = bot.world.fault(HANG_BEFORE, "POST", place=lambda place: place.startswith("hangs"))
    id = await bot.announce()

    async def good_ones_are_done() -> bool:
        return await done(bot, id, "t") == 140

    await until(good_ones_are_done)
    assert len(rule.hits) <= 60, "none of them was given up before the others had theirs"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_post_that_takes_longer_than_its_lease_is_not_doubled(
    idle_bot: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = idle_bot
    impatient(monkeypatch, 600.0)
    monkeypatch.setattr(attempts, "POST_TIMEOUT", 600.0, raising=False)
    await bot.start(monkeypatch)
    await bot.start(monkeypatch)
    await bot.channels(10)
    hanging = bot.world.fault(late(600.0), "POST")
    id = await bot.announce()
    await until(lambda: len(hanging.hits) == 10)

    async def renewed() -> bool:
        soon = bot.clock.wall() + 10
        return all(row.lease_until > soon for row in (await bot.rows(id)).values())

    for _ in range(12):  # two leases
        bot.clock.skip(5.0)
        bot.wake()
        await until(renewed)
    assert len(hanging.hits) == 10, "nobody took them over"
    hanging.end()
    await bot.over(id)
    assert len(bot.world.asked("POST")) == 10
    assert len(bot.world.copies) == 10


async def test_at_sigterm_slow_posts_are_waited_for(idle_bot: RunningBot) -> None:
    bot = idle_bot
    process = await BotProcess.start(bot)
    places = await bot.channels(20)
    rule = bot.world.fault(late(7.5), "POST")
    id = await bot.announce()
    await until(lambda: len(rule.hits) == 20)
    bot.servers.remove(process)
    assert await process.terminate() == 0
    bot.world.well()
    await BotProcess.start(bot)
    await bot.over(id)
    assert bot.world.here() == Counter(places)
    assert await bot.uncertain(id) == set()
