"""The outage switch: everything stops at once and goes on at once, in every server."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from sqlalchemy import delete, insert

from bot.announcements.delivery import CONCURRENCY
from bot.store.tables import pause

from .connector import HANG_BEFORE
from .delivering import until
from .running_bot import DAY, RunningBot

pytestmark = pytest.mark.slow


async def switch(bot: RunningBot, tenant: str = "*", *, off: bool) -> None:
    """What the commands `pause` and `resume` write, from a process that wakes nobody."""
    async with bot.database.transaction() as tx:
        if off:
            values = {"tenant": tenant, "since": bot.clock.wall()}
            await tx.execute(insert(pause).values(values))
        else:
            await tx.execute(delete(pause).where(pause.c.tenant == tenant))


async def still(bot: RunningBot) -> None:
    """Waits until what was under way has ended, and sees that nothing comes after that."""
    asked = -1
    while asked != len(bot.world.deeds) or bot.world.under_way.total():
        asked = len(bot.world.deeds)
        await asyncio.sleep(0.4)
    for _ in range(3):
        bot.clock.skip(60)
        bot.wake()
        await asyncio.sleep(0.3)
    assert len(bot.world.deeds) == asked


async def test_all_stops_in_mid_send_and_goes_on_everywhere(
    idle_bot: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = idle_bot
    servers = 1
    await bot.start(monkeypatch)
    if bot.database.is_postgres:
        servers = 2
        await bot.start(monkeypatch)
    bot.world.latency = 0.05
    places = await bot.channels(5 * CONCURRENCY)
    id = await bot.announce()
    await until(lambda: len(bot.world.deeds) > 10)
    await switch(bot, off=True)
    asked = len(bot.world.deeds)
    await still(bot)
    assert len(bot.world.deeds) - asked <= servers * CONCURRENCY, "what was under way"
    assert len(bot.world.deeds) < len(places)
    assert not await bot.is_over(id)
    await switch(bot, off=False)
    await bot.over(id)
    assert bot.world.here() == Counter(places)
    assert await bot.uncertain(id) == set()


async def test_edits_and_recalls_wait_as_well(bot: RunningBot) -> None:
    await bot.channels(20)
    edited, recalled = await bot.announce("Uutinen a"), await bot.announce("Uutinen b")
    await bot.over(edited, recalled)
    await switch(bot, off=True)
    await bot.edit(edited, "Uutinen A")
    await bot.recall(recalled)
    third = await bot.announce("Uutinen c")
    await still(bot)
    assert len(bot.world.deeds) == 40
    await switch(bot, off=False)
    await bot.over(edited, recalled, third)
    assert bot.world.here("Uutinen A").total() == bot.world.here("Uutinen c").total() == 20
    assert bot.world.here("Uutinen b").total() == 0


async def test_one_tenant_is_paused_alone(bot: RunningBot) -> None:
    await bot.channels(20, "a", tenant="a")
    await bot.channels(20, "b", tenant="b")
    await switch(bot, "a", off=True)
    id = await bot.announce()
    await until(lambda: len(bot.world.deeds) == 20)
    await still(bot)
    assert {deed.tenant for deed in bot.world.deeds} == {"b"}
    await switch(bot, "a", off=False)
    await bot.over(id)
    assert await bot.states(id) == {"delivered": 40}


async def test_a_server_that_begins_while_it_is_paused_sends_nothing(
    idle_bot: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = idle_bot
    await bot.start(monkeypatch)
    await bot.channels(20)
    await switch(bot, off=True)
    id = await bot.announce()
    await bot.restart(monkeypatch)
    await still(bot)
    assert bot.world.deeds == []
    await switch(bot, off=False)
    await bot.over(id)
    assert len(bot.world.copies) == 20


async def test_a_pause_of_some_hours_costs_nothing(bot: RunningBot) -> None:
    await bot.channels(20)
    await switch(bot, off=True)
    id = await bot.announce()
    for _ in range(10):
        bot.clock.skip(DAY / 12)
        bot.wake()
        await asyncio.sleep(0.05)
    await switch(bot, off=False)
    await bot.over(id)
    assert await bot.states(id) == {"delivered": 20}


async def test_what_hangs_when_it_is_paused_does_not_hold_the_pause_up(bot: RunningBot) -> None:
    await bot.channels(20)
    rule = bot.world.fault(HANG_BEFORE, "POST", place="c1")
    id = await bot.announce()
    await until(lambda: len(bot.world.deeds) == 20)
    await switch(bot, off=True)
    second = await bot.announce("Uutinen b")
    bot.wake()
    await asyncio.sleep(0.3)
    assert len(bot.world.deeds) == 20
    rule.end()
    await switch(bot, off=False)
    await bot.over(second)
    assert (await bot.states(id))["delivered"] >= 19
