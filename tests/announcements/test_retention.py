"""What is deleted once it has been kept long enough, what is not, and that nobody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import event, func, insert, select, update

from bot.announcements import background
from bot.announcements import retention as retaining
from bot.announcements.model import Draft, Reminder, State
from bot.announcements.retention import purge
from bot.store import retention
from bot.store.retention import Purged
from bot.store.tables import announcement, delivery, record

from .delivering import until
from .world import COFFEE, MONTHLY, ONE_TIME, PIRKANMAA, World

FREE = Draft(title={"fi": "Uutinen"}, text={"fi": "Teksti."}, networks=("pirkanmaa",))
DAY = 86_400.0
YEAR = 366 * DAY


async def finished(world: World, draft: Draft = FREE, state: str = "delivered") -> str:
    """An announcement of which nothing waits any more."""
    made = await world.announcements.create(PIRKANMAA, draft)
    await world.deliver_all(made.id, state)
    await put(world, made.id, finished_at=world.database.time)
    return made.id


async def put(world: World, id_: str, **values: Any) -> None:
    async with world.database.transaction() as tx:
        await tx.execute(update(announcement).where(announcement.c.id == id_).values(**values))


async def kept(world: World) -> set[str]:
    async with world.database.reading() as tx:
        return set(await tx.scalars(select(announcement.c.id)))


async def rows_of(world: World, table: Any) -> int:
    async with world.database.reading() as tx:
        return int(await tx.scalar(select(func.count()).select_from(table)) or 0)


async def test_what_was_finished_long_ago_goes_with_all_that_hangs_on_it(world: World) -> None:
    await world.channel("19:a", "pirkanmaa")
    await world.channel("19:b", "pirkanmaa")
    old = await finished(world)
    keyed = await world.announcements.create(PIRKANMAA, FREE, "key")
    await world.deliver_all(keyed.id)
    await put(world, keyed.id, finished_at=world.database.time)
    draft = await world.announcements.draft(PIRKANMAA, FREE)
    world.database.time += 2 * YEAR
    new = await finished(world)
    expected = Purged(announcements=2, deliveries=4, drafts=1, record=4)
    assert await purge(world.database, 24, dry_run=True) == expected
    assert await kept(world) == {old, keyed.id, draft.id, new}
    assert await purge(world.database, 24) == expected
    assert await kept(world) == {new}
    assert await rows_of(world, delivery) == 2
    assert await purge(world.database, 24) == Purged()
    # The key is free again: another announcement can be made under it.
    again = await world.announcements.create(PIRKANMAA, FREE, "key")
    assert again.id != keyed.id
    # What the record says of the new ones is there; of follows, as old as the old ones, it is not.
    assert await rows_of(world, record) == 2


async def test_age_counts_from_when_it_was_finished_or_else_made(world: World) -> None:
    edited, stopped = await finished(world), await finished(world)
    await put(world, stopped, state="cancelled", finished_at=None)
    world.database.time += 20 * 30 * DAY
    await put(world, edited, finished_at=world.database.time)
    world.database.time += 6 * 30 * DAY
    await purge(world.database, 24)
    assert await kept(world) == {edited}
    await purge(world.database, 7)
    assert await kept(world) == {edited}
    await purge(world.database, 5)
    assert await kept(world) == set()


@pytest.mark.parametrize("state", ["scheduled", "sending"])
async def test_what_is_to_be_sent_stays_however_old(world: World, state: str) -> None:
    one = await finished(world)
    await put(world, one, state=state, finished_at=None)
    world.database.time += 10 * YEAR
    assert await purge(world.database, 1) == Purged(record=0)
    assert await kept(world) == {one}


@pytest.mark.parametrize("state", ["pending", "sending", "held"])
async def test_what_waits_keeps_its_announcement(world: World, state: str) -> None:
    await world.channel("19:a", "pirkanmaa")
    one = await finished(world)
    await world.announcements.recall(PIRKANMAA, one)
    async with world.database.transaction() as tx:
        await tx.execute(update(delivery).values(state=state))
    world.database.time += 10 * YEAR
    await purge(world.database, 1)
    assert await kept(world) == {one}
    async with world.database.transaction() as tx:
        await tx.execute(update(delivery).values(state="deleted"))
    assert (await purge(world.database, 1)).announcements == 1


async def test_a_meeting_to_come_keeps_its_announcement(world: World) -> None:
    meeting = await world.meetings.add(PIRKANMAA, ONE_TIME)
    one = await finished(world, Draft(occurrence=f"{meeting.key}@2026-12-01"))
    # Announced in November, held in December.
    world.database.time += 40 * DAY
    await put(world, one, meeting_until=world.database.time + 1)
    assert (await purge(world.database, 1)).announcements == 0
    world.database.time += 2
    assert (await purge(world.database, 1)).announcements == 1


async def test_a_meeting_that_was_moved_to_later_keeps_it_until_then(world: World) -> None:
    meeting = await world.meetings.add(PIRKANMAA, ONE_TIME)
    one = await finished(world, Draft(occurrence=f"{meeting.key}@2026-12-01"))
    world.set_clock("2026-12-05 12:00")
    await world.meetings.move(
        PIRKANMAA, f"{meeting.key}@2026-12-01", "2027-06-01 12:00", "2027-06-01 14:00"
    )
    # Nobody has brought the posts up to date, but the server has seen that it moved.
    await world.announcements.meetings_changed()
    world.set_clock("2027-05-31 12:00")
    assert (await purge(world.database, 1)).announcements == 0
    assert await kept(world) == {one}
    world.set_clock("2027-06-02 12:00")
    assert (await purge(world.database, 1)).announcements == 1


async def test_a_reminder_goes_with_its_announcement_and_keeps_it(world: World) -> None:
    await world.channel("19:a", "pirkanmaa")
    draft = Draft(occurrence=COFFEE, reminders=(Reminder.DAY, Reminder.HOUR))
    parent = await finished(world, draft)
    reminders = await world.reminders(parent)
    world.database.time += 10 * YEAR
    await purge(world.database, 24)
    assert await kept(world) == {parent, *(row.id for row in reminders.values())}
    for row in reminders.values():
        await put(world, row.id, state="sent", finished_at=world.database.time - YEAR)
    # Younger than that: the announcement stays with it.
    assert (await purge(world.database, 24)).announcements == 0
    assert (await purge(world.database, 11)).announcements == 3
    assert await kept(world) == set()
    assert await rows_of(world, delivery) == 0


async def test_what_the_record_says_of_an_announcement_stays_as_long_as_that(world: World) -> None:
    await world.channel("19:a", "pirkanmaa")
    meeting = await world.meetings.add(PIRKANMAA, MONTHLY)
    one = await finished(world)
    await put(world, one, state="scheduled")
    world.database.time += 10 * YEAR
    assert await purge(world.database, 24, dry_run=True) == Purged(record=2, history=1)
    # Of the follow and of the meeting, which have no row that would be purged, and its old history.
    assert await purge(world.database, 24) == Purged(record=2, history=1)
    async with world.database.reading() as tx:
        assert (await tx.scalars(select(record.c.subject))).all() == [one]
    assert meeting.key in world.knowledge().meetings


async def test_drafts_are_kept_for_a_month_after_they_were_last_touched(world: World) -> None:
    draft = await world.announcements.draft(PIRKANMAA, FREE)
    world.database.time += 29 * DAY
    await world.announcements.edit(PIRKANMAA, draft.id, FREE)
    world.database.time += 29 * DAY
    assert await purge(world.database, 24) == Purged()
    world.database.time += 2 * DAY
    assert await purge(world.database, 24) == Purged(drafts=1)


async def many(world: World, count: int, receivers: int) -> None:
    """Announcements of long ago."""
    await world.channel("19:a", "pirkanmaa")
    now = world.database.time
    texts: dict[str, Any] = {"title": {}, "text": {}, "note": {}, "facts": {}, "reminders": []}
    times = {"created_at": now, "updated_at": now, "finished_at": now}
    of_delivery = {"tenant": "t", "kind": "channel", "network": "pirkanmaa", "task": "post"}
    async with world.database.transaction() as tx:
        for number in range(count):
            row = {"id": f"{number:036}", "state": "sent", "version": 1, "networks": ["pirkanmaa"]}
            await tx.execute(insert(announcement).values(**row, **texts, **times))
            await tx.execute(
                insert(delivery),
                [
                    {
                        "announcement_id": row["id"],
                        "state": "delivered",
                        "attempts": 1,
                        "due": now,
                        "updated_at": now,
                        **of_delivery,
                    }
                ]
                * receivers,
            )


@pytest.mark.parametrize(("count", "receivers"), [(70, 3), (2, 250)])
async def test_each_transaction_deletes_only_so_much(
    world: World, monkeypatch: pytest.MonkeyPatch, count: int, receivers: int
) -> None:
    monkeypatch.setattr(retention, "MOST_ROWS", 100)
    monkeypatch.setattr(retention.purge_announcements, "__defaults__", (100,))
    await many(world, count, receivers)
    world.database.time += 3 * YEAR
    deleted: list[int] = [0]
    engine = world.database.engine.sync_engine

    def count_rows(*arguments: Any) -> None:
        _connection, cursor, statement = arguments[:3]
        if statement.startswith("DELETE FROM delivery"):
            deleted[-1] += cursor.rowcount

    event.listen(engine, "after_cursor_execute", count_rows)
    event.listen(engine, "commit", lambda _: deleted.append(0))
    purged = await purge(world.database, 24)
    assert (purged.announcements, purged.deliveries) == (count, count * receivers)
    assert sum(deleted) == count * receivers
    assert 0 < max(deleted) <= 100
    assert await kept(world) == set()


async def test_others_write_while_much_is_purged(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await many(world, 200, 2)
    world.database.time += 3 * YEAR
    made = 0

    async def somebody_announces(seconds: float) -> None:
        nonlocal made
        assert seconds > 0
        await world.announcements.create(PIRKANMAA, FREE)
        made += 1

    # In the place of each wait between two transactions.
    monkeypatch.setattr(retaining, "asyncio", SimpleNamespace(sleep=somebody_announces))
    assert (await purge(world.database, 24)).announcements == 200
    assert made >= 10
    assert len(await kept(world)) == made


async def test_two_replicas_purge_together(world: World) -> None:
    await many(world, 60, 2)
    world.database.time += 3 * YEAR
    first, second = await asyncio.gather(purge(world.database, 24), purge(world.database, 24))
    assert (first + second).announcements == 60
    assert await kept(world) == set()


async def test_a_sweep_that_found_no_database_goes_on_with_the_others_and_comes_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[str] = []
    monkeypatch.setattr(background, "SWEEP_RETRY", 0.0)

    def step(name: str, fails: int = 0) -> Callable[[], Any]:
        async def run() -> None:
            done.append(name)
            if done.count(name) <= fails:
                raise OSError("away")

        return run

    task = asyncio.create_task(background.sweep(step("a", fails=2), step("b")))
    await until(lambda: done.count("b") == 3)
    task.cancel()
    assert done == ["a", "b"] * 3


async def test_the_id_of_who_is_to_be_forgotten_goes_once_it_is_sent(world: World) -> None:
    later = replace(FREE, send_at="2026-12-24T08:00")
    sent = await world.announcements.create(PIRKANMAA, later)
    called_off = await world.announcements.create(PIRKANMAA, later)
    assert await world.announcements.forget(PIRKANMAA)
    assert (await world.row(sent.id)).author == PIRKANMAA.id
    await purge(world.database, 24)
    assert (await world.row(sent.id)).author == PIRKANMAA.id
    await world.announcements.recall(PIRKANMAA, called_off.id)
    await purge(world.database, 24)
    assert (await world.row(called_off.id)).author is None
    world.set_clock("2026-12-24 08:00")
    assert await world.fire() == 1
    row = await world.row(sent.id)
    assert (row.state, row.author, row.tenant, row.progress) == (State.SENDING, None, None, None)
