"""How many requests begin at once, and in which order."""

from __future__ import annotations

import asyncio
from collections import Counter

from bot.channels.front_door.turnstile import A_ROUND, Turnstile


async def entered(*lasts: bool) -> list[tuple[int, int]]:
    """Who has come in, and in which round of the event loop."""
    loop = asyncio.get_running_loop()
    turnstile, found = Turnstile(loop), list[tuple[int, int]]()
    rounds = 0

    def count() -> None:
        nonlocal rounds
        rounds += 1
        if len(found) < len(lasts):
            loop.call_soon(count)

    async def enter(which: int, last: bool) -> None:
        await turnstile.enter(last=last)
        found.append((which, rounds))

    count()
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        for which, last in enumerate(lasts):
            group.create_task(enter(which, last))
    return found


async def test_few_begin_in_one_round_and_each_in_its_turn() -> None:
    found = await entered(*[False] * 50)
    assert [which for which, _ in found] == list(range(50))
    assert max(Counter(a_round for _, a_round in found).values()) <= A_ROUND


async def test_who_has_not_waited_for_an_answer_comes_last() -> None:
    found = await entered(*[True] * 50, False, False)
    assert {50, 51} <= {which for which, _ in found[: 2 * A_ROUND + 2]}
    assert len(found) == 52


async def test_who_has_gone_takes_no_turn() -> None:
    loop = asyncio.get_running_loop()
    turnstile = Turnstile(loop)
    tasks = [asyncio.create_task(turnstile.enter(last=False)) for _ in range(20)]
    await asyncio.sleep(0)
    for task in tasks[A_ROUND:-1]:
        task.cancel()
    async with asyncio.timeout(30):
        await tasks[-1]
    await asyncio.gather(*tasks, return_exceptions=True)
    assert [task.cancelled() for task in tasks].count(False) == A_ROUND + 1
    # With nobody there, it turns no more, and whoever comes begins at once.
    await asyncio.sleep(0.01)
    await asyncio.wait_for(turnstile.enter(last=True), 30)
