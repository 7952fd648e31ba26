"""A reload of the content looks at the meetings to come, however much was announced before."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, insert

from bot.announcements import meeting_snapshots, reminders, repository
from bot.announcements.model import POSTED, Draft, Reminder
from bot.knowledge.recurrence import occurrence_on
from bot.store import announcements as rows
from bot.store.database import Database
from bot.store.tables import announcement
from bot.store.upgrade import upgrade

from .world import COFFEE, MONTHLY, ONE_TIME, PIRKANMAA, World

WEEKLY = {
    **ONE_TIME,
    "start": "2023-01-03 12:00",
    "end": "2023-01-03 14:00",
    "recurrence": {"rrule": "FREQ=WEEKLY"},
}
"""Since more than three years ago."""


async def past(world: World, key: str, count: int) -> None:
    """Announcements of a weekly meeting that has been held so many times, each with a reminder."""
    meeting = world.knowledge().meetings[key]
    now = world.database.time
    rows: list[dict[str, Any]] = []
    for number in range(1, count + 1):
        day = meeting.start.date() + dt.timedelta(weeks=number)
        held = occurrence_on(meeting, day, world.knowledge().zone)
        assert held is not None
        assert held.end.timestamp() < now
        common = {
            "state": "sent",
            "version": 1,
            "networks": ["pirkanmaa"],
            "occurrence": held.key,
            **meeting_snapshots.meeting_values(held),
            "title": {},
            "text": {},
            "note": {},
            "created_at": now,
            "updated_at": now,
        }
        rows += [
            {**common, "id": f"p{number}", "parent": None, "reminder": None, "reminders": ["1d"]},
            {**common, "id": f"r{number}", "parent": f"p{number}", "reminder": "1d",
             "reminders": []},
        ]  # fmt: skip
    async with world.database.transaction() as tx:
        await tx.execute(insert(announcement), rows)


class Counted:
    """What was read, parsed and begun."""

    def __init__(self) -> None:
        self.rows = 0
        self.announcements = 0
        self.snapshots = 0
        self.transactions = 0


@contextmanager
def counted(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counted]:
    """Counts rows that the database gave, announcements and snapshots that were made of them."""
    seen = Counted()
    engine = database.engine.sync_engine
    announcement_of, occurrence_of = repository.announcement_of, meeting_snapshots.occurrence_of

    def begun(_: Any) -> None:
        seen.transactions += 1

    def executed(_: Any, cursor: Any, *__: Any) -> None:
        # The drivers' cursors hold all rows of an answer.
        seen.rows += len(cursor._rows)

    def made(*arguments: Any) -> Any:
        seen.announcements += 1
        return announcement_of(*arguments)

    def parsed(*arguments: Any) -> Any:
        seen.snapshots += 1
        return occurrence_of(*arguments)

    listened = (("begin", begun), ("after_cursor_execute", executed))
    for name, listener in listened:
        event.listen(engine, name, listener)
    with monkeypatch.context() as patched:
        patched.setattr(repository, "announcement_of", made)
        patched.setattr(reminders, "announcement_of", made)
        patched.setattr(meeting_snapshots, "occurrence_of", parsed)
        yield seen
    for name, listener in listened:
        event.remove(engine, name, listener)


async def test_a_reload_reads_no_more_for_all_that_was_announced_before(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = await world.meetings.add(PIRKANMAA, WEEKLY)
    coming = Draft(occurrence=COFFEE, reminders=(Reminder.DAY,))
    await world.announcements.create(PIRKANMAA, coming)
    await world.announcements.meetings_changed()
    with counted(world.database, monkeypatch) as before:
        await world.announcements.meetings_changed()
    assert (before.announcements, before.snapshots) == (2, 1)
    await past(world, meeting.key, 150)
    with counted(world.database, monkeypatch) as after:
        await world.announcements.meetings_changed()
    assert vars(after) == vars(before)


async def test_many_announcements_of_one_meeting_are_moved_in_few_transactions(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = await world.meetings.add(PIRKANMAA, ONE_TIME)
    key = f"{meeting.key}@2026-12-01"
    draft = Draft(occurrence=key, reminders=(Reminder.DAY,), send_at="2026-11-25T10:00")
    made = [await world.announcements.create(PIRKANMAA, draft) for _ in range(20)]
    await world.meetings.move(PIRKANMAA, key, "2026-12-03 12:00", "2026-12-03 14:00")
    with counted(world.database, monkeypatch) as moving:
        await world.announcements.meetings_changed()
    for one in made:
        (reminder,) = (await world.reminders(one.id)).values()
        moved = dt.datetime.fromtimestamp(reminder.send_at, world.knowledge().zone)
        assert f"{moved:%Y-%m-%d %H:%M}" == "2026-12-02 12:00"
        assert reminder.facts["meeting"]["start"] == "2026-12-03 12:00"
        assert reminder.meeting_until == reminder.send_at + 26 * 3600
    with counted(world.database, monkeypatch) as again:
        await world.announcements.meetings_changed()
    assert moving.transactions == again.transactions + 1
    assert again.transactions < 10


@pytest.mark.parametrize("series", [False, True])
async def test_a_meeting_that_is_moved_after_it_was_over_is_told_of(
    world: World, series: bool
) -> None:
    await world.channel("19:a", "pirkanmaa")
    meeting = await world.meetings.add(PIRKANMAA, MONTHLY if series else ONE_TIME)
    key = f"{meeting.key}@2026-12-01"
    draft = Draft(occurrence=key, reminders=(Reminder.HOUR,))
    sent = await world.announcements.create(PIRKANMAA, draft)
    await world.deliver_all(sent.id)
    world.set_clock("2026-12-02 10:00")
    await world.announcements.meetings_changed()
    assert world.notices == []
    assert (await world.row(sent.id)).meeting_until < world.database.time
    for day in ("2026-12-12", "2026-12-19", "2028-12-19"):
        await world.meetings.move(PIRKANMAA, key, f"{day} 12:00", f"{day} 14:00")
        for _ in range(2):
            await world.announcements.meetings_changed()
        notice = world.notices.pop()
        assert world.notices == []
        assert notice.changed is not None
        assert f"{notice.changed.after.start:%Y-%m-%d}" == day
        (reminder,) = (await world.reminders(sent.id)).values()
        at = dt.datetime.fromtimestamp(reminder.send_at, world.knowledge().zone)
        assert (reminder.state, f"{at:%Y-%m-%d %H:%M}") == ("scheduled", f"{day} 11:00")
    updated = await world.announcements.update(PIRKANMAA, sent.id)
    assert updated.version == 2
    assert await world.announcements.pending_changes() == ()


async def test_of_a_series_a_day_is_found_that_was_posted_earlier_than_its_rule_says(
    world: World,
) -> None:
    """It was moved to an earlier time and held then; now it is held as the rule says after all."""
    await world.channel("19:a", "pirkanmaa")
    meeting = await world.meetings.add(PIRKANMAA, MONTHLY)
    key = f"{meeting.key}@2027-01-05"
    await world.meetings.move(PIRKANMAA, key, "2026-12-15 12:00", "2026-12-15 14:00")
    sent = await world.announcements.create(PIRKANMAA, Draft(occurrence=key))
    await world.deliver_all(sent.id)
    world.set_clock("2026-12-16 10:00")
    await world.announcements.meetings_changed()
    assert world.notices == []
    await world.meetings.move(PIRKANMAA, key, "2027-01-05 12:00", "2027-01-05 14:00")
    await world.announcements.meetings_changed()
    assert [one.announcement.id for one in world.notices] == [sent.id]


async def test_a_meeting_that_is_gone_is_told_of_until_it_would_be_over(world: World) -> None:
    await world.channel("19:a", "pirkanmaa")
    sent = await world.announcements.create(PIRKANMAA, Draft(occurrence=COFFEE))
    await world.deliver_all(sent.id)
    without = {key: one for key, one in world.knowledge().meetings.items() if key not in COFFEE}
    monkey = replace(world.knowledge(), meetings=without)
    world.announcements._repository.knowledge = lambda: monkey
    (changed,) = await world.announcements.pending_changes()
    assert changed.cancelled
    world.set_clock("2026-12-10 10:01")
    assert await world.announcements.pending_changes() == ()


async def test_the_announcements_are_looked_up_by_indexes(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'taikubot.db'}")
    await upgrade(database)
    asked: list[tuple[str, Any]] = []

    def executed(_: Any, __: Any, statement: str, parameters: Any, *more: Any) -> None:
        asked.append((statement, parameters))

    async with database.reading() as tx:
        event.listen(database.engine.sync_engine, "before_cursor_execute", executed)
        await rows.of_open_meetings(tx, POSTED, 1.0, ["kahvit"], [COFFEE, "kahvit@2026-12-17"])
        await rows.children_of(tx, ["a"])
        event.remove(database.engine.sync_engine, "before_cursor_execute", executed)
        plans = []
        for statement, parameters in asked:
            plan = await tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans += [row.detail for row in plan if "announcement" in row.detail]
    await database.close()
    used = [re.search(r"SEARCH announcement USING INDEX (\S+) \((.*)\)", plan) for plan in plans]
    assert [found.groups() if found else None for found in used] == [
        ("ix_announcement_state_meeting_until", "state=? AND meeting_until>?"),
        ("ix_announcement_meeting_key", "meeting_key=?"),
        ("ix_announcement_occurrence", "occurrence=?"),
        ("ix_announcement_parent", "parent=?"),
    ]
