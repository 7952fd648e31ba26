"""A server that is killed with posts in hand; a database that is locked, full or cut off then."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from bot.announcements.model import API, Draft

from .bot_process import BotProcess
from .connector import HANG, HANG_BEFORE, Fault, late
from .delivering import until
from .losing_proxy import LosingProxy
from .running_bot import DAY, HOUR, MINUTE, NETWORK, RunningBot, bot_and_world

pytestmark = pytest.mark.slow

FREE = Draft(title={"fi": "Uutinen"}, text={"fi": "Teksti."}, networks=(NETWORK,))


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


async def all_leave(bot: RunningBot, id: str) -> bool:
    """Whether every post of an announcement has been let go."""
    return all(row.leaving for row in (await bot.rows(id)).values())


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_no_room_left_with_posts_in_hand(bot: RunningBot) -> None:
    """PostgreSQL takes no UPDATE for a while, as where it cannot make a file longer."""
    places = await bot.channels(20)
    rule = bot.world.fault(late(1.5), "POST")
    id = await bot.announce("Uutinen a")
    await until(partial(all_leave, bot, id))
    async with bot.database.transaction() as tx:
        await tx.execute(
            text(
                """CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE
                EXCEPTION 'could not extend file: No space left' USING ERRCODE = '53100'; END $$"""
            )
        )
        await tx.execute(
            text(
                """CREATE TRIGGER no_room BEFORE UPDATE ON delivery
                FOR EACH ROW EXECUTE FUNCTION no_room()"""
            )
        )
    await until(lambda: not bot.world.under_way.total())
    await asyncio.sleep(1.0)  # a few attempts to write the answers
    async with bot.database.transaction() as tx:
        await tx.execute(text("DROP TRIGGER no_room ON delivery"))
    rule.end()
    await bot.over(id)
    assert await bot.states(id) == {"delivered": 20}
    assert await bot.uncertain(id) == set()
    await bot.edit(id, "Uutinen A")
    await bot.over(id)
    assert bot.world.here("Uutinen A") == bot.world.here() == Counter(places)
    await bot.recall(id)
    await bot.over(id)
    assert bot.world.standing() == []
    assert await bot.uncertain(id) == set()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_lock_that_outlasts_the_statements_with_posts_in_hand(
    idle_bot: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = idle_bot
    async with bot.database.transaction() as tx:
        name = await tx.scalar(text("SELECT current_database()"))
        await tx.execute(text(f"ALTER DATABASE {name} SET statement_timeout = '500ms'"))
    await bot.start(monkeypatch)
    places = await bot.channels(5)
    rule = bot.world.fault(late(1.0), "POST")
    id = await bot.announce()
    await until(partial(all_leave, bot, id))
    async with bot.database.transaction() as tx:
        await tx.execute(text("SET LOCAL statement_timeout = 0"))
        await tx.execute(text("SELECT * FROM delivery FOR UPDATE"))
        await until(lambda: not bot.world.under_way.total())
        await asyncio.sleep(2.0)  # several attempts to write the answers
    rule.end()
    await bot.lapse(partial(bot.is_over, id), step=MINUTE, most=HOUR)
    assert await bot.states(id) == {"delivered": 5}
    assert bot.world.here() == Counter(places)
    assert await bot.uncertain(id) == set()


@pytest.fixture
async def losing_proxy(postgres_url: str) -> AsyncIterator[LosingProxy]:
    """A proxy before a PostgreSQL."""
    async with LosingProxy(postgres_url) as proxy:
        yield proxy


async def test_what_was_claimed_by_a_commit_whose_answer_was_lost_is_posted(
    losing_proxy: LosingProxy,
    postgres_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The rows are this server's by the database, and it does not know of them."""
    async with bot_and_world(postgres_url, tmp_path) as bot:
        await bot.start(monkeypatch, database_url=SecretStr(losing_proxy.url))
        places = await bot.channels(40)
        draft = await bot.service.draft(API, FREE)
        losing_proxy.losing = True
        await bot.service.confirm(API, draft.id)

        async def claimed() -> bool:
            return (await bot.states(draft.id))["sending"] > 0

        await until(claimed)
        losing_proxy.losing = False
        assert losing_proxy.lost
        assert bot.world.copies == []
        await bot.lapse(partial(bot.is_over, draft.id), step=MINUTE, most=HOUR)
        assert await bot.states(draft.id) == {"delivered": 40}
        assert bot.world.here() == Counter(places)
        assert await bot.uncertain(draft.id) == set()
