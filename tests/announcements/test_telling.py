"""News of a change: told once, wherever it was announced, by whomever."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from bot.announcements.errors import NotAllowed, NotFound
from bot.announcements.model import API, Announcement, Draft, Reminder, State
from bot.answers.plain import plain_text
from bot.knowledge.models import Meeting
from bot.store.tables import delivery

from .world import MEMBER, NATIONAL, ONE_TIME, PIRKANMAA, WEST, World, a_channel, a_chat

BEFORE, AFTER = "tiistaina 1.12.2026 klo 12.00–14.00", "keskiviikkona 2.12.2026 klo 13.00–15.00"


@pytest.fixture
async def meeting(world: World) -> Meeting:
    """A meeting of Pirkanmaa that two conversations will hear of."""
    await world.channel("19:a", "pirkanmaa")
    await world.subscriptions.follow(a_chat(), "pirkanmaa", MEMBER)
    return await world.meetings.add(PIRKANMAA, ONE_TIME)


def key_of(meeting: Meeting) -> str:
    return f"{meeting.key}@{meeting.start.date().isoformat()}"


async def announce(world: World, meeting: Meeting, **more: Any) -> Announcement:
    """Announces a meeting and has it delivered."""
    draft = Draft(occurrence=key_of(meeting), **more)
    made = await world.announcements.create(more.pop("who", PIRKANMAA), draft)
    await world.deliver_all(made.id)
    return made


async def move(world: World, meeting: Meeting, day: int = 2) -> str:
    """Moves it; its key stays that of the day on which it was to be held."""
    times = f"2026-12-{day:02} 13:00", f"2026-12-{day:02} 15:00"
    moved = await world.meetings.move(PIRKANMAA, key_of(meeting), *times)
    return key_of(moved)


async def news_text(world: World, id_: str, name: str = "19:a") -> str:
    found = await world.announcements.report(PIRKANMAA, id_)
    target = replace(a_channel(name), networks=("pirkanmaa",))
    return plain_text(world.announcements.compose(found.announcement, target))


async def test_a_move_is_told_in_a_new_post_that_says_both_times(
    world: World, meeting: Meeting
) -> None:
    first = await announce(world, meeting)
    await world.meetings.move(PIRKANMAA, key_of(meeting), "2026-12-02 13:00", "2026-12-02 15:00")
    told = await world.announcements.tell(PIRKANMAA, first.occurrence or "")
    assert (told.updated, told.conversations, len(told.news)) == (1, 2, 1)
    text = await news_text(world, told.news[0])
    assert text.startswith("Uusi aika: Syystapaaminen")
    assert f"Aiempi aika: {BEFORE}" in text
    assert f"Milloin: {AFTER}" in text
    # The old posts say the new time as well, in place.
    assert {row.task for row in await world.deliveries(first.id)} == {"update"}
    assert {row.task for row in await world.deliveries(told.news[0])} == {"post"}


async def test_it_is_told_once_however_often_and_by_whomever_it_is_asked(
    world: World, meeting: Meeting
) -> None:
    first = await announce(world, meeting)
    key = first.occurrence or ""
    await world.meetings.move(PIRKANMAA, key, "2026-12-02 13:00", "2026-12-02 15:00")
    told = await asyncio.gather(
        *(world.announcements.tell(who, key) for who in (PIRKANMAA, NATIONAL, API, PIRKANMAA))
    )
    assert sorted(len(one.news) for one in told) == [0, 0, 0, 1]
    assert len(await world.deliveries()) == 4


async def test_whoever_announced_it_and_how_one_news_reaches_each_conversation(
    world: World, meeting: Meeting
) -> None:
    first = await announce(world, meeting, reminders=(Reminder.DAY,))
    again = await world.announcements.create(API, Draft(occurrence=key_of(meeting)))
    await world.deliver_all(again.id)
    await world.channel("19:later", "pirkanmaa")
    world.set_clock("2026-11-30 12:00")
    assert await world.fire() == 1
    for row in (await world.reminders(first.id)).values():
        await world.deliver_all(row.id)
    key = key_of(meeting)
    await world.meetings.cancel(PIRKANMAA, key)
    told = await world.announcements.tell(PIRKANMAA, key)
    # The channel that came later had the reminder alone.
    assert (told.updated, told.conversations) == (2, 3)
    text = await news_text(world, told.news[0])
    assert text.startswith("Peruttu: Syystapaaminen")
    assert BEFORE in text
    rows = await world.deliveries(told.news[0])
    assert len({row.conversation_id for row in rows}) == len(rows) == 3


async def test_nobody_is_told_who_was_not_told_or_follows_nothing_any_more(
    world: World, meeting: Meeting
) -> None:
    first = await announce(world, meeting)
    await world.channel("19:new", "pirkanmaa")
    await world.subscriptions.unfollow(a_chat(), None, MEMBER)
    key = first.occurrence or ""
    await world.meetings.move(PIRKANMAA, key, "2026-12-02 13:00", "2026-12-02 15:00")
    assert await world.announcements.told_of(PIRKANMAA, key) == 1
    told = await world.announcements.tell(PIRKANMAA, key)
    assert told.conversations == 1


async def test_where_it_was_taken_back_or_has_not_arrived_nothing_is_told(
    world: World, meeting: Meeting
) -> None:
    first = await announce(world, meeting)
    waiting = await world.deliveries(first.id)
    async with world.database.transaction() as tx:
        one = update(delivery).where(delivery.c.id == waiting[0].id)
        await tx.execute(one.values(state="gone"))
        other = update(delivery).where(delivery.c.id == waiting[1].id)
        await tx.execute(other.values(state="pending", remote_id=None))
    key = first.occurrence or ""
    await world.meetings.move(PIRKANMAA, key, "2026-12-02 13:00", "2026-12-02 15:00")
    told = await world.announcements.tell(PIRKANMAA, key)
    assert (told.updated, told.news) == (1, ())


async def test_quietly_only_the_posts_are_changed(world: World, meeting: Meeting) -> None:
    first = await announce(world, meeting)
    key = first.occurrence or ""
    await world.meetings.move(PIRKANMAA, key, "2026-12-02 13:00", "2026-12-02 15:00")
    told = await world.announcements.tell(PIRKANMAA, key, news=False)
    assert (told.updated, told.news) == (1, ())
    assert {row.task for row in await world.deliveries()} == {"update"}


async def test_moved_again_and_back_each_change_is_told(world: World, meeting: Meeting) -> None:
    first = await announce(world, meeting)
    key = first.occurrence or ""
    for day, before, now in ((2, "1.12.", "2.12."), (3, "2.12.", "3.12."), (1, "3.12.", "1.12.")):
        times = f"2026-12-{day:02} 12:00", f"2026-12-{day:02} 14:00"
        await world.meetings.move(PIRKANMAA, key, *times)
        told = await world.announcements.tell(PIRKANMAA, key)
        (id_,) = told.news
        assert told.conversations == 2
        await world.deliver_all(id_)
        await world.deliver_all(first.id)
        line = next(one for one in (await news_text(world, id_)).splitlines() if "Aiempi" in one)
        assert before in line
        assert now in await news_text(world, id_)


async def test_a_recall_takes_the_news_back_too(world: World, meeting: Meeting) -> None:
    first = await announce(world, meeting)
    key = first.occurrence or ""
    await world.meetings.cancel(PIRKANMAA, key)
    (id_,) = (await world.announcements.tell(PIRKANMAA, key)).news
    await world.deliver_all(id_)
    await world.announcements.recall(PIRKANMAA, first.id)
    assert (await world.row(id_)).state == State.RECALLED
    assert {row.task for row in await world.deliveries(id_)} == {"delete"}


async def test_a_change_after_the_news_stands_in_the_news_too(
    world: World, meeting: Meeting
) -> None:
    first = await announce(world, meeting)
    key = first.occurrence or ""
    await world.meetings.move(PIRKANMAA, key, "2026-12-02 13:00", "2026-12-02 15:00")
    (id_,) = (await world.announcements.tell(PIRKANMAA, key)).news
    await world.deliver_all(id_)
    await world.meetings.cancel(PIRKANMAA, key)
    await world.announcements.tell(PIRKANMAA, key, news=False)
    assert {row.task for row in await world.deliveries(id_)} == {"update"}
    assert (await news_text(world, id_)).startswith("Peruttu: ")


async def test_nothing_is_told_of_a_meeting_that_has_begun(world: World, meeting: Meeting) -> None:
    first = await announce(world, meeting)
    key = first.occurrence or ""
    world.set_clock("2026-12-01 12:30")
    await world.meetings.cancel(PIRKANMAA, key)
    told = await world.announcements.tell(PIRKANMAA, key)
    assert (told.updated, told.news) == (1, ())


async def test_whoever_may_not_announce_tells_nothing(world: World, meeting: Meeting) -> None:
    first = await announce(world, meeting)
    key = first.occurrence or ""
    await world.meetings.move(PIRKANMAA, key, "2026-12-02 13:00", "2026-12-02 15:00")
    with pytest.raises(NotAllowed):
        await world.announcements.tell(MEMBER, key)
    with pytest.raises(NotAllowed):
        await world.announcements.told_of(MEMBER, key)
    told = await world.announcements.tell(WEST, key)
    assert (told.updated, told.news) == (0, ())
    assert await world.announcements.told_of(WEST, key) == 0
    with pytest.raises(NotFound):
        await world.announcements.tell(PIRKANMAA, "nothing@2026-12-01")
