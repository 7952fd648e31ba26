"""The life of a meeting: whatever is done with it in turn, the history says what stands."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.announcements.errors import AnnouncementError, Invalid, WrongState
from bot.announcements.meeting_editing import MeetingEditor
from bot.announcements.model import Draft
from bot.channels.calendar.files import feed
from bot.knowledge.fields import fields_of
from bot.knowledge.library import Knowledge
from bot.knowledge.overlay import Kind
from bot.knowledge.recurrence import occurrence_on
from bot.store.tables import metadata

from .world import MONTHLY, ONE_TIME, PIRKANMAA, ClockedDatabase, World

DAY = "2026-12-01"


async def test_what_changes_nothing_is_not_written(world: World) -> None:
    meeting = await world.meetings.add(PIRKANMAA, ONE_TIME)
    key = f"{meeting.key}@{DAY}"
    added = await world.meetings.newest(Kind.MEETING, meeting.key)
    await world.meetings.move(PIRKANMAA, key, f"{DAY} 12:00", f"{DAY} 14:00")
    await world.meetings.edit(PIRKANMAA, key, ONE_TIME)
    assert await world.meetings.newest(Kind.MEETING, meeting.key) == added
    for _ in range(2):
        await world.meetings.move(PIRKANMAA, key, f"{DAY} 15:00", f"{DAY} 16:00")
    moved = await world.meetings.newest(Kind.MEETING, meeting.key)
    await world.meetings.undo_lately(PIRKANMAA, meeting.key, moved)
    assert world.knowledge().meetings[meeting.key].start == meeting.start


async def test_nothing_is_moved_into_the_past(world: World) -> None:
    meeting = await world.meetings.add(PIRKANMAA, ONE_TIME)
    with pytest.raises(Invalid) as refused:
        await world.meetings.move(
            PIRKANMAA, f"{meeting.key}@{DAY}", "2026-01-01 12:00", "2026-01-01 13:00"
        )
    assert refused.value.said("en").startswith("A meeting is not moved into the past")
    assert world.knowledge().meetings[meeting.key] == meeting


async def test_a_key_that_was_freed_is_not_used_again(world: World) -> None:
    first = await world.meetings.add(PIRKANMAA, ONE_TIME)
    await world.meetings.delete(PIRKANMAA, f"{first.key}@{DAY}")
    assert first.key not in world.knowledge().meetings
    second = await world.meetings.add(PIRKANMAA, ONE_TIME)
    assert second.key == f"{first.key}-2"


@pytest.mark.usefixtures("deaf")
async def test_of_two_presses_one_adds_a_question(world: World) -> None:
    wanted = {"question": {"fi": ["Missä on piano?"]}, "answer": {"fi": "Salissa."}}
    wanted |= {"networks": ["pirkanmaa"]}

    def same(known: Knowledge) -> str | None:
        found = (key for key, one in known.questions.items() if one.answer.fi == "Salissa.")
        return next(found, None)

    other = MeetingEditor(world.database, world.another_reloader(), world.coordinators)
    keys = ("piano", "piano-2")
    added = await asyncio.gather(
        *(
            one.add_new(PIRKANMAA, Kind.QUESTION, keys, wanted, same)
            for one in (world.meetings, other, world.meetings)
        )
    )
    assert [key for key, _ in added] == ["piano"] * 3
    assert sorted(number is None for _, number in added) == [False, True, True]
    # The key of what was taken out is not used again.
    await world.meetings.put(PIRKANMAA, Kind.QUESTION, "piano", None)
    key, number = await world.meetings.add_new(PIRKANMAA, Kind.QUESTION, keys, wanted, same)
    assert key == "piano-2"
    assert number is not None


async def test_what_was_announced_is_not_deleted(world: World) -> None:
    meeting = await world.meetings.add(PIRKANMAA, ONE_TIME)
    key = f"{meeting.key}@{DAY}"
    draft = await world.announcements.draft(PIRKANMAA, Draft(occurrence=key))
    assert not await world.meetings.told_of(meeting.key)
    await world.channel("19:a", "pirkanmaa")
    await world.announcements.confirm(PIRKANMAA, draft.id)
    with pytest.raises(WrongState) as refused:
        await world.meetings.delete(PIRKANMAA, key)
    assert refused.value.code == "told_already"


async def test_what_reached_nobody_is_deleted(world: World) -> None:
    await world.channel("19:a", "pirkanmaa")
    meeting = await world.meetings.add(PIRKANMAA, ONE_TIME)
    key = f"{meeting.key}@{DAY}"
    failed = await world.announcements.create(PIRKANMAA, Draft(occurrence=key))
    assert await world.meetings.told_of(meeting.key)
    await world.deliver_all(failed.id, "failed")
    assert not await world.meetings.told_of(meeting.key)
    await world.meetings.delete(PIRKANMAA, key)
    with pytest.raises(AnnouncementError):
        await world.announcements.retry(PIRKANMAA, failed.id)


async def test_a_meeting_is_not_deleted_while_it_is_being_announced(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.channel("19:a", "pirkanmaa")
    meeting = await world.meetings.add(PIRKANMAA, ONE_TIME)
    key = f"{meeting.key}@{DAY}"
    draft = await world.announcements.draft(PIRKANMAA, Draft(occurrence=key))
    confirming, go_on = asyncio.Event(), asyncio.Event()
    begin = world.announcements._begin

    async def begin_slowly(*args: Any) -> None:
        confirming.set()
        await go_on.wait()
        await begin(*args)

    monkeypatch.setattr(world.announcements, "_begin", begin_slowly)
    confirm = asyncio.create_task(world.announcements.confirm(PIRKANMAA, draft.id))
    await asyncio.wait_for(confirming.wait(), 30)
    delete = asyncio.create_task(world.meetings.delete(PIRKANMAA, key))
    await asyncio.wait([delete], timeout=0.5)
    go_on.set()
    await confirm
    with pytest.raises(WrongState):
        await delete
    assert meeting.key in world.knowledge().meetings


async def test_one_day_of_a_series_changes_alone(world: World) -> None:
    series = await world.meetings.add(PIRKANMAA, MONTHLY)
    day = "2027-01-05"
    elsewhere = {**ONE_TIME, "place": {"fi": "Kirjasto"}}
    await world.meetings.edit(PIRKANMAA, f"{series.key}@{day}", elsewhere, one_day=True)
    places = {
        one.day.isoformat(): one.meeting.place and one.meeting.place.fi
        for month in (1, 2)
        if (one := _on(world, series.key, dt.date(2027, month, 5 if month == 1 else 2)))
    }
    assert places == {"2027-01-05": "Kirjasto", "2027-02-02": "Kulttuuritalo, Tampere"}
    calendar = feed(world.knowledge(), ["pirkanmaa"], "fi").decode()
    assert calendar.count("LOCATION:Kirjasto") == 1
    assert "RECURRENCE-ID;TZID=Europe/Helsinki:20270105T120000" in calendar
    # Back to what holds on all days, nothing of it is left.
    await world.meetings.edit(PIRKANMAA, f"{series.key}@{day}", ONE_TIME, one_day=True)
    assert world.knowledge().meetings[series.key].changed_days == {}
    await world.meetings.edit(PIRKANMAA, f"{series.key}@{day}", elsewhere)
    found = _on(world, series.key, dt.date(2027, 2, 2))
    assert found.meeting.place.fi == "Kirjasto"


def _on(world: World, key: str, day: dt.date) -> Any:
    found = occurrence_on(world.knowledge().meetings[key], day, world.knowledge().zone)
    assert found is not None
    return found


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "edit", "one", "move", "cancel", "delete", "undo"]),
        st.integers(0, 3),
        st.integers(0, 5),
    ),
    min_size=3,
    max_size=12,
)


@given(steps=STEPS)
@settings(max_examples=25, deadline=None)
def test_whatever_is_done_the_history_says_what_stands(steps: list[tuple[str, int, int]]) -> None:
    asyncio.run(_live(steps))


async def _live(steps: list[tuple[str, int, int]]) -> None:
    with TemporaryDirectory() as folder:
        database = ClockedDatabase(f"sqlite+aiosqlite:///{folder}/life.db")
        async with database.transaction() as tx:
            await tx.run_sync(metadata.create_all)
        world = World(database, Path(folder))
        try:
            await _take(world, steps)
        finally:
            await database.close()


async def _take(world: World, steps: list[tuple[str, int, int]]) -> None:
    keys: list[str] = []
    states: dict[str, list[Any]] = {}
    for what, which, how in steps:
        if what == "add":
            body = (MONTHLY if how % 2 else ONE_TIME) | {"title": {"fi": f"Tapaaminen {len(keys)}"}}
            keys.append((await world.meetings.add(PIRKANMAA, body)).key)
            states[keys[-1]] = [None, _now(world, keys[-1])]
            continue
        if not keys:
            continue
        key = keys[which % len(keys)]
        before = states[key][-1]
        # Only what is known to be refused may be: the state then stays.
        with contextlib.suppress(AnnouncementError):
            await _do(world, what, key, how)
            after = _now(world, key)
            if what == "undo":
                assert _plain(after) == _plain(states[key][-2])
                states[key] += [after]
            elif after != before:
                states[key].append(after)
        history = await world.meetings.history(PIRKANMAA, Kind.MEETING, key)
        assert _now(world, key) == (history[0].after or {"body": None})["body"] == states[key][-1]
        assert len(history) == len(states[key]) - 1


async def _do(world: World, what: str, key: str, how: int) -> None:
    meetings = world.meetings
    occurrence = f"{key}@{DAY}"
    match what:
        case "edit" | "one":
            wanted = ONE_TIME | {"title": {"fi": f"Otsikko {how}"}}
            await meetings.edit(PIRKANMAA, occurrence, wanted, one_day=what == "one")
        case "move":
            start, end = f"2026-12-0{how + 1} 12:00", f"2026-12-0{how + 1} 13:00"
            await meetings.move(PIRKANMAA, occurrence, start, end)
        case "cancel":
            await meetings.cancel(PIRKANMAA, occurrence)
        case "delete":
            await meetings.delete(PIRKANMAA, occurrence)
        case "undo":
            number = await meetings.newest(Kind.MEETING, key)
            await meetings.undo_lately(PIRKANMAA, key, number)


def _now(world: World, key: str) -> Any:
    meeting = world.knowledge().meetings.get(key)
    return None if meeting is None else fields_of(meeting)


def _plain(state: Any) -> Any:
    """What a meeting says, without how often it was changed."""
    return None if state is None else {n: one for n, one in state.items() if n != "revision"}
