"""A server that is killed with posts in hand, and a database that is locked with posts in hand."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial

import pytest
from sqlalchemy import text

from .bot_process import BotProcess
from .connector import HANG, HANG_BEFORE, Fault, late
from .delivering import until
from .running_bot import DAY, HOUR, MINUTE, RunningBot

pytestmark = pytest.mark.slow


def in_hand(place: str) -> bool:
    """The places whose answers do not come before the server is killed."""
    return place.startswith("hand")


@pytest.mark.parametrize("fault", [HANG, HANG_BEFORE], ids=lambda fault: fault.name)
async def test_killed_with_posts_in_hand(idle_bot: RunningBot, fault: Fault) -> None:
    bot = idle_bot
    process = await BotProcess.start(bot)
    good, doubted = await bot.channels(40), set(await bot.channels(20, "hand"))
    rule = bot.world.fault(fault, "POST", place=in_hand)
    id = await bot.announce()

    async def only_those_are_left() -> bool:
        states = await bot.states(id)
        return len(rule.hits) == 20 and states == {"delivered": 40, "sending": 20}

    await until(only_those_are_left)
    await process.kill(bot)
    rule.end()
    await BotProcess.start(bot, process.port)
    await bot.lapse(partial(bot.is_over, id), step=MINUTE, most=HOUR)
    assert await bot.states(id) == {"delivered": 60}
    assert await bot.uncertain(id) == doubted, "those that were in hand, and no others"
    twice = 2 if fault.carried_out else 1
    assert bot.world.here() == Counter(good) + Counter(dict.fromkeys(doubted, twice))
    # Whatever happens from now on, there is no third.
    other = await BotProcess.start(bot) if bot.database.is_postgres else None
    await bot.skip(DAY)
    assert bot.world.here().total() == 40 + 20 * twice
    assert other is None or await other.terminate() == 0


async def test_killed_with_edits_and_recalls_in_hand(idle_bot: RunningBot) -> None:
    bot = idle_bot
    process = await BotProcess.start(bot)
    await bot.channels(20)
    await bot.channels(10, "hand")
    edited, recalled = await bot.announce("Uutinen a"), await bot.announce("Uutinen b")
    await bot.over(edited, recalled)
    rule = bot.world.fault(HANG, "PUT", "DELETE", place=in_hand)
    await bot.edit(edited, "Uutinen A")
    await bot.recall(recalled)
    await until(lambda: len(rule.hits) == 20)
    await process.kill(bot)
    rule.end()
    await BotProcess.start(bot, process.port)
    for id in (edited, recalled):
        await bot.lapse(partial(bot.is_over, id), step=MINUTE, most=HOUR)
        assert await bot.uncertain(id) == set(), "twice the same is once"
    assert [copy.text.partition("\n")[0] for copy in bot.world.standing()] == ["Uutinen A"] * 30
    assert await bot.states(recalled) == {"deleted": 30}


@pytest.mark.parametrize("servers", [1, 2])
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_locked_for_a_minute_with_posts_in_hand(
    idle_bot: RunningBot, monkeypatch: pytest.MonkeyPatch, servers: int
) -> None:
    bot = idle_bot
    for _ in range(servers):
        await bot.start(monkeypatch)
    places = await bot.channels(40)
    rule = bot.world.fault(late(0.5), "POST")
    id = await bot.announce()
    await until(lambda: len(rule.hits) == 40)
    async with bot.database.transaction() as tx:
        await tx.execute(text("LOCK TABLE delivery IN ACCESS EXCLUSIVE MODE"))
        # The answers come, and cannot be written down; leases end meanwhile.
        await until(lambda: not bot.world.under_way.total())
        for _ in range(12):
            bot.clock.skip(5)
            bot.wake()
            await asyncio.sleep(0.05)
    await bot.over(id)
    assert bot.world.here() == Counter(places)
    assert await bot.uncertain(id) == set()
