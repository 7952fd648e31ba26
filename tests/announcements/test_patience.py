"""Rows end by their age, not by how often they were tried: a day of outage loses nothing."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from .connector import html, named, throttled
from .running_bot import DAY, HOUR, MINUTE, RunningBot

pytestmark = pytest.mark.slow

OUTAGES = (
    html(503),
    html(404),
    named(429, "Throttled", retry_after=30),
    throttled(120, tenant=True),
)


async def test_an_outage_of_a_day_loses_nothing(bot: RunningBot) -> None:
    for number, fault in enumerate(OUTAGES):
        await bot.channels(8, f"c{number}-", tenant=str(number))
        bot.world.fault(fault, tenant=str(number))
    id = await bot.announce()
    for _ in range(24):
        await bot.skip(HOUR)
    assert set(await bot.states(id)) == {"pending"}
    bot.world.well()
    await bot.lapse(partial(bot.is_over, id), step=5 * MINUTE, most=HOUR)
    assert await bot.states(id) == {"delivered": 8 * len(OUTAGES)}
    assert set(bot.world.here().values()) == {1}
    assert await bot.uncertain(id) == set()


async def test_a_day_without_a_connection_loses_nothing(bot: RunningBot) -> None:
    places = await bot.channels(20)
    await bot.world.go_away()
    id = await bot.announce()
    for _ in range(24):
        await bot.skip(HOUR)
    assert set(await bot.states(id)) == {"pending"}
    await bot.world.come_back()
    await bot.lapse(partial(bot.is_over, id), step=5 * MINUTE, most=HOUR)
    assert await bot.states(id) == {"delivered": 20}
    assert bot.world.here() == Counter(places)
    assert await bot.uncertain(id) == set()


async def test_what_lasts_longer_than_a_day_ends_as_failed(bot: RunningBot) -> None:
    await bot.channels(20)
    bot.world.fault(html(503), "POST")
    id = await bot.announce()
    for _ in range(26):
        await bot.skip(HOUR)
    assert await bot.is_over(id)
    assert await bot.states(id) == {"failed": 20}
    assert {row.error.partition(":")[0] for row in (await bot.rows(id)).values()} == {"no_answer"}
    bot.world.well()
    await bot.skip(DAY)
    assert bot.world.copies == []
    assert (await bot.report(id))["state"] == "failed"


async def test_the_waits_grow_up_to_minutes(bot: RunningBot) -> None:
    await bot.channels(1)
    rule = bot.world.fault(html(503), "POST")
    id = await bot.announce()
    await bot.at_rest()
    for _ in range(30):
        await bot.skip(20)
    early = len(rule.hits)
    assert 4 <= early <= 30, "in the first ten minutes, first after seconds"
    for _ in range(30):
        await bot.skip(4 * MINUTE)
    late = len(rule.hits) - early
    assert 6 <= late <= 30, "in the next two hours, after minutes"
    rule.end()
    took = await bot.lapse(partial(bot.is_over, id), step=MINUTE, most=HOUR)
    assert took <= 20 * MINUTE
    assert len(bot.world.standing()) == 1


async def test_an_edit_and_a_recall_outlast_a_day_as_well(bot: RunningBot) -> None:
    await bot.channels(10)
    edited, recalled = await bot.announce("Uutinen a"), await bot.announce("Uutinen b")
    await bot.over(edited, recalled)
    bot.world.fault(html(503))
    await bot.edit(edited, "Uutinen A")
    await bot.recall(recalled)
    for _ in range(23):
        await bot.skip(HOUR)
    bot.world.well()
    for id in (edited, recalled):
        await bot.lapse(partial(bot.is_over, id), step=5 * MINUTE, most=HOUR)
    assert bot.world.here("Uutinen A").total() == 10
    assert bot.world.here("Uutinen b").total() == 0
    assert len(bot.world.copies) == 20
    assert await bot.uncertain(edited) == await bot.uncertain(recalled) == set()


async def test_the_log_says_of_a_long_outage_little_of_each_post(
    bot: RunningBot, capsys: pytest.CaptureFixture[str]
) -> None:
    await bot.channels(20)
    rule = bot.world.fault(html(503), "POST")
    id = await bot.announce()
    await bot.at_rest()
    for _ in range(24):
        await bot.skip(5 * MINUTE)
    tries = len(rule.hits)
    assert tries >= 20 * 8
    told = capsys.readouterr().out.count("delivery.attempted")
    assert 20 <= told <= 20 * 4, f"of {tries} tries"
    rule.end()
    await bot.lapse(partial(bot.is_over, id), step=5 * MINUTE, most=HOUR)
    # The last of each is told however often it was tried.
    said = capsys.readouterr().out.splitlines()
    assert sum("delivery.attempted" in line and "delivered" in line for line in said) == 20
