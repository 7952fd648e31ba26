"""A wall clock that is set back holds nothing up, however far."""

from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import update

from bot.store.tables import delivery

from .connector import CUT, html, named, throttled
from .delivering import until
from .running_bot import HOUR, LOOKS, MINUTE, RunningBot

pytestmark = pytest.mark.slow

SHIFTS = [30 * MINUTE, HOUR, 5 * HOUR]


@pytest.mark.parametrize(
    ("shift", "restarted"),
    [(30 * MINUTE, False), (HOUR, True), (5 * HOUR, False), (5 * HOUR, True)],
    ids=["30min", "1h, restarted", "5h", "5h, restarted"],
)
async def test_what_waits_goes_on_at_once(
    idle_bot: RunningBot, monkeypatch: pytest.MonkeyPatch, shift: float, restarted: bool
) -> None:
    bot = idle_bot
    # With a rate there are slots as well that were reserved by the old clock.
    await bot.start(monkeypatch, send_rate=100)
    await bot.channels(10, "retried")
    await bot.channels(3, "paused", tenant="paused")
    await bot.channels(3, "whole", tenant="throttled")
    bot.world.fault(html(503), "POST", place=lambda place: place.startswith("retried"))
    bot.world.fault(throttled(3), "POST", tenant="paused")
    bot.world.fault(throttled(3, tenant=True), "POST", tenant="throttled")
    first = await bot.announce("Uutinen a")
    await bot.at_rest()
    for _ in range(6):
        await bot.skip(20 * MINUTE)
    bot.clock.set(-shift)
    if restarted:
        await bot.restart(monkeypatch, send_rate=100)
    bot.world.well()
    second = await bot.announce("Uutinen b")
    await bot.skip(5)  # longer than anybody asked for a pause
    await bot.over(first, second)
    assert bot.world.here("Uutinen a").total() == bot.world.here("Uutinen b").total() == 16
    assert len(bot.world.copies) == 32


@pytest.mark.parametrize("shift", SHIFTS, ids=["30min", "1h", "5h"])
async def test_what_a_lost_server_had_claimed_is_taken_over(
    idle_bot: RunningBot, monkeypatch: pytest.MonkeyPatch, shift: float
) -> None:
    bot = idle_bot
    await bot.start(monkeypatch)
    await bot.channels(10)
    rule = bot.world.fault(html(503), "POST")
    id = await bot.announce()
    await bot.at_rest()
    await bot.stop()
    async with bot.database.transaction() as tx:
        lost = {"state": "sending", "owner": "lost/x", "lease_until": bot.clock.wall() + 25}
        await tx.execute(update(delivery).values(lost))
    bot.clock.set(-shift)
    rule.end()
    await bot.start(monkeypatch)
    # As long as a lease holds by any clock, from when the server has seen that it was set back.
    for _ in range(2):
        await until(partial(bot.has_looked, bot.clock.asked + LOOKS))
        bot.clock.skip(MINUTE)
        bot.wake()
    await bot.over(id)
    assert len(bot.world.copies) == 10


@pytest.mark.parametrize("shift", SHIFTS, ids=["30min", "1h", "5h"])
async def test_an_outage_and_a_doubt_go_on_as_before(bot: RunningBot, shift: float) -> None:
    places = set(await bot.channels(20, "gone", tenant="disturbed"))
    doubted = set(await bot.channels(5, "cut", tenant="cut"))
    bot.world.fault(named(404, "ConversationNotFound"), "POST", tenant="disturbed")
    bot.world.fault(CUT, "POST", "GET", tenant="cut")
    id = await bot.announce()
    await bot.at_rest()
    for _ in range(12):
        await bot.skip(10 * MINUTE)
    bot.clock.set(-shift)
    await bot.at_rest()
    bot.world.well()
    # What they wait for at most, as if the clock had not been set.
    await bot.lapse(partial(bot.is_over, id), step=MINUTE, most=20 * MINUTE)
    assert await bot.states(id) == {"delivered": 25}
    assert set(bot.world.here()) == places | doubted
    assert await bot.uncertain(id) == doubted
    assert await bot.suspended() == set()


async def test_a_clock_that_is_set_forward_loses_nothing(bot: RunningBot) -> None:
    await bot.channels(10)
    rule = bot.world.fault(html(503), "POST")
    id = await bot.announce()
    await bot.at_rest()
    bot.clock.set(5 * HOUR)
    rule.end()
    await bot.lapse(partial(bot.is_over, id), most=HOUR)
    assert await bot.states(id) == {"delivered": 10}
