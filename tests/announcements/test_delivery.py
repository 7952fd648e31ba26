"""The engine within one process, on SQLite and on PostgreSQL, against a channel in memory."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot.announcements import attempts, wires
from bot.announcements import delivery as engine_room
from bot.announcements.sender import PostDelayed, PostRejected, Target, TargetGone
from bot.store import limits
from bot.store.database import Database
from bot.store.deliveries import counts, queue, request_delete, request_update, retry_failed, stop
from bot.store.tables import conversation, delivery, follow, rate

from .delivering import (
    Channel,
    announce,
    change,
    conversations,
    ended,
    running,
    state,
    states,
    until,
)

pytestmark = pytest.mark.slow

UNDER_WAY = 8
"""Posts that may still leave once an announcement is stopped: those that were marked as leaving,
half of the sixteen places."""

HOLDS = 600.0
"""Seconds of a lease that does not end while a test waits."""


@pytest.fixture
def channel() -> Channel:
    return Channel()


async def test_every_conversation_that_follows_gets_it_once(
    database: Database, channel: Channel
) -> None:
    await conversations(database, 40)
    await conversations(database, 3, prefix="all", network="*")
    await conversations(database, 3, prefix="other", network="lappi")
    assert await announce(database) == 43
    async with running(database, channel) as run:
        await ended(database)
        await until(lambda: run.moved and run.moved[-1] == "a")
    posts = channel.count("post")
    assert set(posts) == {f"c{n}" for n in range(40)} | {f"all{n}" for n in range(3)}
    assert set(posts.values()) == {1}
    assert await state(database) == "sent"
    async with database.reading() as tx:
        assert await counts(tx, "a") == {
            "delivered": 43,
            "gone": 0,
            "failed": 0,
            "pending": 0,
            "uncertain": 0,
        }


async def test_what_is_put_in_later_is_begun_when_the_engine_is_woken(
    database: Database, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_room, "POLL_INTERVAL", 600.0)
    await conversations(database, 1)
    async with running(database, channel) as run:
        await asyncio.sleep(0.2)
        await announce(database)
        run.engine.wake()
        await until(lambda: channel.deeds)
    assert channel.count("post") == {"c0": 1}


async def test_what_answers_as_gone_is_no_failure_and_keeps_what_it_follows(
    database: Database, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    await conversations(database, 3)

    async def answer(task: str, target: Target) -> None:
        if target.remote_id == "c1":
            raise TargetGone("the bot is not in the team", "BotNotInConversationRoster")

    monkeypatch.setattr(channel, "answer", answer)
    await announce(database)
    await announce(database, "b")
    async with running(database, channel):
        await ended(database)
        await ended(database, "b")
    assert await states(database) == {"delivered": 2, "gone": 1}
    assert await states(database, "b") == {"delivered": 2, "gone": 1}
    assert await suspended(database) == {"c1": "BotNotInConversationRoster"}
    async with database.reading() as tx:
        assert await tx.scalar(select(func.count()).select_from(follow)) == 3
    monkeypatch.setattr(channel, "answer", Channel().answer)
    await announce(database, "c")
    async with running(database, channel):
        await ended(database, "c")
    assert await states(database, "c") == {"delivered": 3}
    assert await suspended(database) == {}


async def suspended(database: Database) -> dict[str, str]:
    """The codes of the conversations that count as unreachable."""
    async with database.reading() as tx:
        found = select(conversation.c.remote_id, conversation.c.gone_code)
        rows = await tx.execute(found.where(conversation.c.suspended_at.is_not(None)))
        return {row[0]: row[1] for row in rows}


async def test_what_is_refused_fails_with_the_reason_and_can_be_tried_again(
    database: Database, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    await conversations(database, 2)

    async def refuse(task: str, target: Target) -> None:
        if target.remote_id == "c1":
            raise PostRejected("Larger than 28 KB.", "too_large")

    monkeypatch.setattr(channel, "answer", refuse)
    await announce(database)
    async with running(database, channel) as run:
        await ended(database)
        assert await states(database) == {"delivered": 1, "failed": 1}
        async with database.reading() as tx:
            found = select(delivery.c.error).where(delivery.c.state == "failed")
            assert await tx.scalar(found) == "too_large: Larger than 28 KB."
        monkeypatch.setattr(channel, "answer", Channel().answer)
        assert await change(database, retry_failed, state="sending") == 1
        run.engine.wake()
        await ended(database)
    assert await states(database) == {"delivered": 2}
    assert channel.count("post") == {"c0": 1, "c1": 1}


async def test_the_reason_of_a_failure_is_kept_without_secrets(
    database: Database, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a channel says: where it is cut, no half of one is left."""
    await conversations(database, 1)
    told = f"{'x' * 250} Authorization: Bearer hemligt-1234567890-{'y' * 60}"

    async def refuse(task: str, target: Target) -> None:
        raise PostRejected(told, "refused")

    monkeypatch.setattr(channel, "answer", refuse)
    await announce(database)
    async with running(database, channel):
        await ended(database)
    async with database.reading() as tx:
        error = await tx.scalar(select(delivery.c.error))
    assert error is not None
    assert error.startswith("refused: xxx")
    assert "hemligt" not in error


async def test_nobody_there_is_no_failure(
    database: Database, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    await conversations(database, 1)

    async def gone(task: str, target: Target) -> None:
        raise TargetGone("removed", "BotNotInConversationRoster")

    monkeypatch.setattr(channel, "answer", gone)
    await announce(database)
    async with running(database, channel):
        await ended(database)
        assert await states(database) == {"gone": 1}
        assert await announce(database, "b", network="nobody follows it") == 0
        await ended(database, "b")
    assert await state(database) == await state(database, "b") == "sent"


async def test_nobody_reached_is_a_failed_announcement(
    database: Database, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    await conversations(database, 1)

    async def refuse(task: str, target: Target) -> None:
        raise PostRejected("no")

    monkeypatch.setattr(channel, "answer", refuse)
    await announce(database)
    async with running(database, channel):
        await ended(database)
    assert await state(database) == "failed"


async def test_a_passing_failure_is_tried_again_until_it_is_too_old(
    database: Database, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "FIRST_BACKOFF", 0.01)
    monkeypatch.setattr(attempts, "MAX_AGE", -1.0)
    monkeypatch.setattr(engine_room, "POLL_INTERVAL", 0.05)
    await conversations(database, 2)
    asked: Counter[str] = Counter()

    async def fail(task: str, target: Target) -> None:
        asked[target.remote_id] += 1
        if target.remote_id == "c1" or asked["c0"] < 3:
            raise PostDelayed("503")

    monkeypatch.setattr(channel, "answer", fail)
    await announce(database)
    async with running(database, channel):
        await ended(database)
    assert asked == {"c0": 3, "c1": attempts.MIN_ATTEMPTS}
    assert await states(database) == {"delivered": 1, "failed": 1}


async def test_a_day_of_failures_loses_nothing(
    database: Database, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often it is tried until then."""
    monkeypatch.setattr(attempts, "FIRST_BACKOFF", 0.001)
    monkeypatch.setattr(attempts, "MAX_BACKOFF", 0.002)
    monkeypatch.setattr(engine_room, "MIN_CLAIM_INTERVAL", 0.001)
    monkeypatch.setattr(limits, "CONVERSATION_INTERVAL", 0.001)
    await conversations(database, 2)
    asked: Counter[str] = Counter()

    async def fail(task: str, target: Target) -> None:
        asked[target.remote_id] += 1
        if asked[target.remote_id] < 100:
            raise PostDelayed("503")

    monkeypatch.setattr(channel, "answer", fail)
    await announce(database)
    async with running(database, channel):
        await ended(database)
    assert channel.count("post") == {"c0": 1, "c1": 1}


async def test_a_sender_that_hangs_or_breaks_is_tried_again(
    database: Database, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "FIRST_BACKOFF", 0.01)
    monkeypatch.setattr(engine_room, "POLL_INTERVAL", 0.05)
    await conversations(database, 2)
    asked: Counter[str] = Counter()

    async def fail(task: str, target: Target) -> None:
        asked[target.remote_id] += 1
        if asked[target.remote_id] == 1:
            if target.remote_id == "c0":
                await asyncio.sleep(60)
            raise RuntimeError("a bug in the sender")

    monkeypatch.setattr(channel, "answer", fail)
    await announce(database)
    async with running(database, channel, lease=1.0):
        await ended(database)
    assert asked == {"c0": 2, "c1": 2}
    assert await doubts(database) == {"c0": 1, "c1": 1}, "what they did the first time is not known"
    assert await states(database) == {"delivered": 2}


async def doubts(database: Database, id: str = "a") -> dict[str, int]:
    """How many copies of unknown id may stand, by conversation."""
    async with database.reading() as tx:
        found = select(conversation.c.remote_id, delivery.c.doubts).join(
            conversation, conversation.c.id == delivery.c.conversation_id
        )
        rows = await tx.execute(found.where(delivery.c.announcement_id == id))
        return {row[0]: row[1] for row in rows}


async def test_a_pause_of_one_conversation_holds_for_it_alone(
    database: Database, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_room, "POLL_INTERVAL", 0.05)
    monkeypatch.setattr(attempts, "FIRST_BACKOFF", 0.01)
    await conversations(database, 5)
    asked: list[tuple[float, str]] = []

    async def throttle(task: str, target: Target) -> None:
        asked.append((time.monotonic(), target.remote_id))
        if target.remote_id == "c1" and len([1 for _, one in asked if one == "c1"]) == 1:
            raise PostDelayed("429", pause=1.0)

    monkeypatch.setattr(channel, "answer", throttle)
    await announce(database)
    async with running(database, channel) as run:
        await until(lambda: len(channel.deeds) == 4)
        await announce(database, "b")
        run.engine.wake()
        await ended(database)
        await ended(database, "b")
    first, *rest = [at for at, one in asked if one == "c1"]
    assert len(rest) == 2
    assert min(rest) - first >= 1.0
    assert all(at - first < 1.0 for at, one in asked if one != "c1")


@pytest.mark.slow
@pytest.mark.parametrize("said", [True, False], ids=["said-so", "by-the-crowd"])
async def test_a_pause_of_the_tenant_holds_for_all_of_it(
    database: Database, channel: Channel, monkeypatch: pytest.MonkeyPatch, said: bool
) -> None:
    monkeypatch.setattr(engine_room, "POLL_INTERVAL", 0.05)
    monkeypatch.setattr(attempts, "FIRST_BACKOFF", 0.01)
    await conversations(database, 30)
    await conversations(database, 1, tenant="elsewhere", prefix="e", network="lappi")
    await announce(database)
    throttled: list[float] = []
    wanted = 1 if said else 3

    async def throttle(task: str, target: Target) -> None:
        if len(throttled) < wanted and target.tenant == "t":
            throttled.append(time.monotonic())
            raise PostDelayed("429", pause=3.0, everywhere=said)
        await asyncio.sleep(0.01)

    monkeypatch.setattr(channel, "answer", throttle)
    async with running(database, channel, concurrency=4, rate=20) as run:
        await until(lambda: len(throttled) == wanted)
        await asyncio.sleep(0.1)
        await announce(database, "b", "lappi")
        run.engine.wake()
        await ended(database, "b")
        await ended(database)
    after = [(at - throttled[-1], where) for at, _, where, _ in channel.deeds]
    after = sorted(one for one in after if one[0] > 0.1)
    assert after[0][1] == "e0", "the other tenant is not held up"
    assert after[1][0] >= 3.0, "and nobody else gets anything during the pause"
    assert await states(database) == {"delivered": 30}


async def test_an_edit_while_sending_reaches_every_post(
    database: Database, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    await conversations(database, 60)

    async def slowly(task: str, target: Target) -> None:
        await asyncio.sleep(0.02)

    def more_than(deeds: int) -> Callable[[], bool]:
        return lambda: len(channel.deeds) > deeds

    monkeypatch.setattr(channel, "answer", slowly)
    await announce(database)
    async with running(database, channel, concurrency=16) as run:
        for version in (2, 3):
            await until(more_than(version * 12))
            await change(database, request_update, version=version)
            run.engine.wake()
        await ended(database)
    assert set(channel.here.values()) == {"v3"}
    assert len(channel.here) == 60
    assert set(channel.count("post").values()) == {1}
    assert await states(database) == {"delivered": 60}
    async with database.reading() as tx:
        versions = (await tx.execute(select(delivery.c.posted_version).distinct())).scalars()
        assert list(versions) == [3]


async def test_a_recall_while_sending_leaves_nothing_behind(
    database: Database, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    await conversations(database, 60)

    async def slowly(task: str, target: Target) -> None:
        await asyncio.sleep(0.02)

    monkeypatch.setattr(channel, "answer", slowly)
    await announce(database)
    async with running(database, channel, concurrency=16) as run:
        await until(lambda: len(channel.deeds) > 20)
        await change(database, request_delete, state="recalled")
        posted = len(channel.deeds)
        run.engine.wake()
        await ended(database)
    posts = [deed for deed in channel.deeds if deed[1] == "post"]
    assert len(posts) <= posted + UNDER_WAY
    assert channel.here == {}
    found = await states(database)
    assert found["deleted"] == len(posts)
    assert found["deleted"] + found["stopped"] == 60
    assert await state(database) == "recalled"


async def test_what_is_taken_back_after_the_end_is_told_as_well(
    database: Database, channel: Channel
) -> None:
    await conversations(database, 2)
    await announce(database)
    async with running(database, channel) as run:
        await ended(database)
        await until(lambda: run.moved)
        told = len(run.moved)
        # As the service recalls: the announcement is over already, only its posts are not.
        await change(database, request_delete, state="recalled", finished_at=1.0)
        run.engine.wake()
        await until(lambda: channel.here == {} and len(run.moved) > told, seconds=10)
        assert (await states(database))["deleted"] == 2


async def test_stopping_half_way_stops_at_once_and_says_how_far_it_came(
    database: Database, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    await conversations(database, 60)

    async def slowly(task: str, target: Target) -> None:
        await asyncio.sleep(0.02)

    monkeypatch.setattr(channel, "answer", slowly)
    await announce(database)
    async with running(database, channel, concurrency=16):
        await until(lambda: len(channel.deeds) > 20)
        await change(database, stop, state="cancelled")
        posted = len(channel.deeds)
        await ended(database)
    assert len(channel.deeds) <= posted + UNDER_WAY
    found = await states(database)
    assert found == {"delivered": len(channel.deeds), "stopped": 60 - len(channel.deeds)}
    assert await state(database) == "cancelled"


async def test_an_edit_during_a_refused_post_has_it_tried_again(
    database: Database, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    await conversations(database, 1)
    refused = asyncio.Event()

    async def refuse(task: str, target: Target) -> None:
        if not refused.is_set():
            refused.set()
            await change(database, request_update, version=2)
            raise PostRejected("too large")

    monkeypatch.setattr(channel, "answer", refuse)
    await announce(database)
    async with running(database, channel):
        await ended(database)
    assert channel.here == {"c0": "v2"}
    assert await states(database) == {"delivered": 1}


async def test_a_closed_engine_ends_its_posts_and_gives_back_the_rest(
    database: Database, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    await conversations(database, 40)

    async def slowly(task: str, target: Target) -> None:
        await asyncio.sleep(0.05)

    monkeypatch.setattr(channel, "answer", slowly)
    await announce(database)
    async with running(database, channel, rate=60, concurrency=16):
        await until(lambda: len(channel.deeds) > 5)
    found = await states(database)
    assert found == {"delivered": len(channel.deeds), "pending": 40 - len(channel.deeds)}
    async with running(database, channel):
        await ended(database)
    assert set(channel.count("post").values()) == {1}


async def test_an_engine_closed_right_after_a_claim_gives_it_back(
    database: Database, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    await conversations(database, 5)
    claimed, once = asyncio.Event(), engine_room.DeliveryEngine._claim_once

    async def slowly(engine: engine_room.DeliveryEngine) -> object:
        found = await once(engine)
        claimed.set()
        await asyncio.sleep(0.1)
        return found

    monkeypatch.setattr(engine_room.DeliveryEngine, "_claim_once", slowly)
    await announce(database)
    async with running(database, channel):
        await claimed.wait()
    assert await states(database) == {"pending": 5}
    assert channel.deeds == []


@pytest.mark.parametrize("hours", [-365 * 24, -5, -1, -0.5, 365 * 24])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("running_on", [False, True])
async def test_a_clock_that_is_set_holds_up_nothing(
    database: Database,
    channel: Channel,
    monkeypatch: pytest.MonkeyPatch,
    hours: float,
    running_on: bool,
) -> None:
    """What was written down for minutes ahead: a pause, a retry, a lease, slots."""
    monkeypatch.setattr(engine_room, "HOUSEKEEPING_INTERVAL", 0.05)
    monkeypatch.setattr(engine_room, "STEADY", 0.2)
    await conversations(database, 20)
    await announce(database)

    async def throttle(task: str, target: Target) -> None:
        if int(target.remote_id[1:]) % 2:
            raise PostDelayed("503")
        raise PostDelayed("429", pause=600.0)

    monkeypatch.setattr(attempts, "FIRST_BACKOFF", 900.0)
    monkeypatch.setattr(attempts, "MAX_BACKOFF", 900.0)
    monkeypatch.setattr(wires, "TENANT_PAUSE_THRESHOLD", 100)
    monkeypatch.setattr(channel, "answer", throttle)
    options: dict[str, Any] = {"rate": 100, "random": lambda: 1.0}
    async with running(database, channel, **options) as first:
        await until(lambda: all_wait(database))
        async with database.transaction() as tx:
            lost = {"state": "sending", "owner": "lost/x", "lease_until": time.time() + 30}
            await tx.execute(update(delivery).where(delivery.c.id == 1).values(lost))
            await tx.execute(update(rate).values(next_post=time.time() + 1))
        if running_on and hours < 0:
            # Those pauses that the process itself knows are by a clock that nobody sets.
            first.engine._attempts._pauses._until.clear()
            monkeypatch.setattr(channel, "answer", Channel().answer)
            monkeypatch.setattr(database, "_clock", lambda: time.time() + hours * 3600.0)
            await until(lambda: len(channel.deeds) >= 19)
            return
    monkeypatch.setattr(channel, "answer", Channel().answer)
    monkeypatch.setattr(database, "_clock", lambda: time.time() + hours * 3600.0)
    async with running(database, channel, **options):
        await ended(database)
    assert channel.count("post") == {f"c{n}": 1 for n in range(20)}


async def all_wait(database: Database) -> bool:
    async with database.reading() as tx:
        waiting = select(func.count()).where(
            delivery.c.state == "pending", delivery.c.due > time.time() + 300
        )
        return await tx.scalar(waiting) == 20


async def test_rows_of_a_lost_replica_are_taken_over_when_their_lease_ends(
    database: Database, channel: Channel
) -> None:
    await conversations(database, 3)
    await announce(database)
    begun = time.monotonic()
    async with database.transaction() as tx:
        now = await database.now(tx)
        # On SQLite there is no other process: what is claimed is taken back, whatever the lease.
        ending = now + (0.5 if database.is_postgres else HOLDS)
        for number, (owner, lease) in enumerate(
            [("one/earlier", now + HOLDS), ("lost/x", ending), ("lost/x", now + HOLDS)], start=1
        ):
            await tx.execute(
                update(delivery)
                .where(delivery.c.id == number)
                .values(state="sending", owner=owner, lease_until=lease, attempts=1)
            )
    async with running(database, channel):
        await until(lambda: len(channel.deeds) >= (2 if database.is_postgres else 3))
        if database.is_postgres:
            await asyncio.sleep(1.0)
    at = {where: when - begun for when, _, where, _ in channel.deeds}
    if database.is_postgres:
        assert list(at) == ["c0", "c1"], "a lease that holds is respected"
        assert at["c1"] >= 0.5
    else:
        assert set(at) == {"c0", "c1", "c2"}


async def test_how_much_waits_and_for_how_long(database: Database) -> None:
    await conversations(database, 3)
    async with database.reading() as tx:
        assert await queue(tx, 100.0) == (0, 0.0)
    await announce(database, now=100.0)
    async with database.reading() as tx:
        assert await queue(tx, 130.0) == (3, 30.0)
        # What is due later has not waited yet.
        assert await queue(tx, 90.0) == (3, 0.0)
