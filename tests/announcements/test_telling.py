"""News of a change: told once, wherever it was announced, by whomever."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from bot.announcements.errors import NotAllowed, NotFound, WrongState
from bot.announcements.late_check import AsOfNow, LateCheck
from bot.announcements.meeting_editing import MeetingEditor
from bot.announcements.meeting_snapshots import names_for, names_of, snapshot_of
from bot.announcements.model import API, Announcement, Change, Draft, Reminder, State
from bot.announcements.service import Announcements
from bot.announcements.telling import Settled, Told
from bot.answers.plain import plain_text
from bot.knowledge.library import Knowledge
from bot.knowledge.models import Meeting
from bot.knowledge.overlay import Kind
from bot.store.database import Database
from bot.store.tables import announcement, delivery
from tests.answers.asking import KNOWLEDGE

from . import delivering
from .world import (
    MEMBER,
    MONTHLY,
    NATIONAL,
    ONE_TIME,
    PIRKANMAA,
    WEST,
    World,
    a_channel,
    a_chat,
)

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


async def move(world: World, key: str, day: int = 2) -> str:
    """Moves a meeting held once; gives the key that lists and forms have from then on."""
    times = f"2026-12-{day:02} 13:00", f"2026-12-{day:02} 15:00"
    return key_of(await world.meetings.move(NATIONAL, key, *times))


async def deliver_everything(world: World) -> None:
    for id_ in {row.announcement_id for row in await world.deliveries()}:
        await world.deliver_all(id_)


async def put(world: World, row: Any, **values: Any) -> None:
    """Changes the row of a delivery, as the engine would."""
    async with world.database.transaction() as tx:
        await tx.execute(update(delivery).where(delivery.c.id == row.id).values(**values))


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
    rows = []
    for id_ in told.news:
        text = await news_text(world, id_)
        assert text.startswith("Peruttu: Syystapaaminen")
        assert BEFORE in text
        rows += await world.deliveries(id_)
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


# Which announcements are about a meeting


async def test_every_move_is_told_whatever_day_the_meeting_is_named_by(
    world: World, meeting: Meeting
) -> None:
    first = await announce(world, meeting)
    keys = [key_of(meeting)]
    for day in (2, 3, 9):
        keys.append(await move(world, keys[-1], day))
        assert await world.announcements.told_of(PIRKANMAA, keys[-1]) == 2
        told = await world.announcements.tell(PIRKANMAA, keys[day % len(keys)])
        assert (told.updated, told.conversations) == (1, 2)
        await deliver_everything(world)
        assert f"Milloin: {'keskiviikkona' if day != 3 else 'torstaina'} {day}.12." in (
            await news_text(world, first.id)
        )
    seen = await world.announcements.all_of(PIRKANMAA, keys)
    assert {len(found) for found in seen.values()} == {4}
    assert set(seen) == set(keys)


async def test_a_day_of_a_series_is_told_of_alone(world: World) -> None:
    await world.channel("19:a", "pirkanmaa")
    series = await world.meetings.add(PIRKANMAA, MONTHLY)
    days = [f"{series.key}@{day}" for day in ("2026-12-01", "2027-01-05")]
    for key in days:
        made = await world.announcements.create(PIRKANMAA, Draft(occurrence=key))
        await world.deliver_all(made.id)
    for day in (2, 3):
        times = f"2026-12-{day:02} 12:00", f"2026-12-{day:02} 14:00"
        await world.meetings.move(PIRKANMAA, days[0], *times)
        told = await world.announcements.tell(PIRKANMAA, days[0])
        assert (told.updated, told.conversations) == (1, 1)
        await deliver_everything(world)
    assert await world.announcements.tell(PIRKANMAA, days[1]) == Told()
    assert len((await world.announcements.all_of(PIRKANMAA, days))[days[1]]) == 1


def known(**meetings: Any) -> Knowledge:
    made = {
        key: Meeting.model_validate({"key": key, **ONE_TIME, **fields})
        for key, fields in meetings.items()
    }
    return replace(KNOWLEDGE, meetings=made)


WEEKLY = {"recurrence": {"rrule": "FREQ=WEEKLY;BYDAY=WE"}}


@pytest.mark.parametrize(
    ("posted", "now", "named", "is_same"),
    [
        # Held once: whatever the day.
        ({}, {"start": "2026-12-05 12:00", "end": "2026-12-05 14:00"}, "2026-12-05", True),
        ({}, {"start": "2026-12-05 12:00", "end": "2026-12-05 14:00"}, "2026-12-02", True),
        # Gone, by a day to which it was moved before.
        ({}, None, "2026-12-09", True),
        (WEEKLY, None, "2026-12-09", False),
        (WEEKLY, None, "2026-12-02", True),
        # It has become a series, or is none any more.
        ({}, WEEKLY, "2026-12-02", True),
        ({}, WEEKLY, "2026-12-09", False),
        (WEEKLY, {"start": "2026-12-30 12:00", "end": "2026-12-30 14:00"}, "2026-12-30", False),
        (WEEKLY, {}, "2026-12-02", True),
    ],
)
def test_what_names_a_meeting(
    posted: dict[str, Any], now: dict[str, Any] | None, named: str, is_same: bool
) -> None:
    """One that was announced for 1 December, and was posted last for the 2nd."""
    day = {"start": "2026-12-02 12:00", "end": "2026-12-02 14:00"}
    before = known(m={**day, **posted}).find_occurrence("m@2026-12-02")
    assert before is not None
    found = Announcement(
        id="a",
        state=State.SENT,
        version=1,
        networks=("pirkanmaa",),
        occurrence="m@2026-12-02" if posted else "m@2026-12-01",
        title={},
        text={},
        note={},
        meeting_snapshot=snapshot_of(before),
    )
    knowledge = known() if now is None else known(m={**day, **now})
    same = names_of(found, knowledge) & names_for(f"m@{named}", knowledge)
    assert bool(same) is is_same


async def test_a_new_meeting_has_no_key_of_one_that_was_announced(
    world: World, meeting: Meeting
) -> None:
    await announce(world, meeting)
    newest = await world.meetings.newest(Kind.MEETING, meeting.key)
    await world.meetings.undo_lately(PIRKANMAA, meeting.key, newest)
    again = await world.meetings.add(PIRKANMAA, {**ONE_TIME, "place": {"fi": "Muualla"}})
    assert again.key != meeting.key


# Whose the news are


async def two_networks(world: World) -> tuple[Meeting, Announcement, Announcement]:
    """A meeting of two networks, announced by each for itself; one channel follows both."""
    await world.channel("19:a", "pirkanmaa")
    await world.channel("19:b", "lansi-suomi")
    for network in ("pirkanmaa", "lansi-suomi"):
        await world.channel("19:both", network)
    shared = {**ONE_TIME, "networks": ["pirkanmaa", "lansi-suomi"]}
    meeting = await world.meetings.add(NATIONAL, shared)
    made = []
    for who, network in ((PIRKANMAA, "pirkanmaa"), (WEST, "lansi-suomi")):
        draft = Draft(occurrence=key_of(meeting), networks=(network,))
        made.append(await world.announcements.create(who, draft))
        await world.deliver_all(made[-1].id)
    return meeting, made[0], made[1]


async def test_news_belong_to_the_announcement_whose_change_they_tell(world: World) -> None:
    meeting, ours, theirs = await two_networks(world)
    key = await move(world, key_of(meeting))
    told = await world.announcements.tell(NATIONAL, key)
    assert (told.updated, told.conversations) == (2, 3)
    await deliver_everything(world)
    by_parent = {row.parent: row for row in [await world.row(id_) for id_ in told.news]}
    assert by_parent[ours.id].networks == ["pirkanmaa"]
    assert by_parent[theirs.id].networks == ["lansi-suomi"]
    other = by_parent[theirs.id].id
    with pytest.raises(NotAllowed):
        await world.announcements.recall(PIRKANMAA, other)
    await world.announcements.change(PIRKANMAA, ours.id, Change(note={"fi": "Meidän sanamme"}))
    assert "Meidän" in await news_text(world, by_parent[ours.id].id)
    assert (await world.row(other)).note == {}
    await world.announcements.recall(PIRKANMAA, ours.id)
    assert (await world.row(by_parent[ours.id].id)).state == State.RECALLED
    assert (await world.row(other)).state == State.SENT


async def test_below_an_announcement_each_is_asked_for_the_right(world: World) -> None:
    """Older news may have more networks than the announcement that they hang on."""
    meeting, ours, _ = await two_networks(world)
    key = await move(world, key_of(meeting))
    (id_,) = (await world.announcements.tell(PIRKANMAA, key)).news
    both = {"networks": ["pirkanmaa", "lansi-suomi"], "state": "sending"}
    async with world.database.transaction() as tx:
        await tx.execute(update(announcement).where(announcement.c.id == id_).values(both))
        sending = update(announcement).where(announcement.c.id == ours.id)
        await tx.execute(sending.values(state="sending"))
    await world.announcements.change(PIRKANMAA, ours.id, Change(note={"fi": "Meidän sanamme"}))
    await world.announcements.stop(PIRKANMAA, ours.id)
    await world.announcements.recall(PIRKANMAA, ours.id)
    found = await world.row(id_)
    assert (found.note, found.state) == ({}, State.SENDING)
    await world.announcements.recall(NATIONAL, id_)
    assert (await world.row(id_)).state == State.RECALLED


async def test_what_two_hands_tell_reaches_each_conversation_once(world: World) -> None:
    meeting, _, _ = await two_networks(world)
    key = await move(world, key_of(meeting))
    assert (await world.announcements.tell(WEST, key)).conversations == 2
    await deliver_everything(world)
    assert (await world.announcements.tell(PIRKANMAA, key)).conversations == 1
    await deliver_everything(world)
    # The next change is another one.
    key = await move(world, key, 3)
    assert (await world.announcements.tell(PIRKANMAA, key)).conversations == 2


# What is so by now, and what has left


async def test_a_replica_that_is_behind_tells_what_is_so(world: World, meeting: Meeting) -> None:
    first = await announce(world, meeting)
    reloader = world.another_reloader()
    editor = MeetingEditor(world.database, reloader, world.coordinators)
    await editor.refresh()
    behind = Announcements(
        world.database,
        lambda: reloader.snapshot.knowledge,
        world.coordinators,
        read=editor.read,
    )
    key = await move(world, key_of(meeting))
    (id_,) = (await behind.tell_of(API, first.id)).news
    assert AFTER in await news_text(world, id_)
    await deliver_everything(world)
    await world.meetings.cancel(PIRKANMAA, key)
    await world.announcements.tell(PIRKANMAA, key)
    assert (await behind.tell_of(API, first.id)).updated == 0
    assert await behind.settle(PIRKANMAA, key) == Settled()


async def test_what_was_stopped_follows_its_meeting_where_it_left_posts(
    world: World, meeting: Meeting
) -> None:
    first = await world.announcements.create(PIRKANMAA, Draft(occurrence=key_of(meeting)))
    there, _ = await world.deliveries(first.id)
    await put(world, there, state="delivered", remote_id="post-1", posted_version=1)
    await world.announcements.stop(PIRKANMAA, first.id)
    key = await move(world, key_of(meeting))
    await world.announcements.meetings_changed()
    assert [one.announcement.id for one in world.notices] == [first.id]
    assert await world.announcements.told_of(PIRKANMAA, key) == 1
    told = await world.announcements.tell(PIRKANMAA, key)
    assert (told.updated, told.conversations) == (1, 1)
    found = await world.row(first.id)
    assert (found.state, found.version, found.finished_at) == (State.CANCELLED, 2, None)
    states = {row.id: (row.task, row.state) for row in await world.deliveries(first.id)}
    assert states.pop(there.id) == ("update", "pending")
    assert list(states.values()) == [("post", "stopped")]


async def test_what_was_called_off_before_it_was_sent_has_no_news(
    world: World, meeting: Meeting
) -> None:
    later = Draft(occurrence=key_of(meeting), send_at="2026-11-25 12:00")
    made = await world.announcements.create(PIRKANMAA, later)
    await world.announcements.recall(PIRKANMAA, made.id)
    key = await move(world, key_of(meeting))
    await world.announcements.meetings_changed()
    assert world.notices == []
    told = await world.announcements.tell(PIRKANMAA, key)
    assert (told.updated, told.news) == (0, ())
    assert await world.announcements.all_of(PIRKANMAA, [key]) == {}
    for ask in (world.announcements.tell_of, world.announcements.update):
        with pytest.raises(WrongState):
            await ask(PIRKANMAA, made.id)


async def test_whoever_stops_an_announcement_stops_its_news(world: World, meeting: Meeting) -> None:
    first = await announce(world, meeting)
    key = await move(world, key_of(meeting))
    (id_,) = (await world.announcements.tell(PIRKANMAA, key)).news
    await world.announcements.stop(PIRKANMAA, first.id)
    assert {row.state for row in await world.deliveries(id_)} == {"stopped"}
    await world.meetings.cancel(PIRKANMAA, key)
    told = await world.announcements.tell(PIRKANMAA, key)
    assert (told.updated, told.conversations) == (1, 2)
    assert (await news_text(world, told.news[0])).startswith("Peruttu: ")


async def test_a_post_under_way_gets_news_and_one_that_has_not_left_does_not(
    world: World, meeting: Meeting
) -> None:
    first = await world.announcements.create(PIRKANMAA, Draft(occurrence=key_of(meeting)))
    leaving, claimed = await world.deliveries(first.id)
    await put(world, leaving, state="sending", leaving=True)
    await put(world, claimed, state="sending")
    key = await move(world, key_of(meeting))
    assert await world.announcements.told_of(PIRKANMAA, key) == 1
    (id_,) = (await world.announcements.tell(PIRKANMAA, key)).news
    (row,) = await world.deliveries(id_)
    assert row.conversation_id == leaving.conversation_id


async def test_news_need_a_follow_of_the_networks_that_were_announced_to(world: World) -> None:
    meeting, ours, theirs = await two_networks(world)
    for name, network, now in (("a", "pirkanmaa", "*"), ("b", "lansi-suomi", "pirkanmaa")):
        await world.channel(f"19:{name}", now)
        await world.subscriptions.unfollow(a_channel(f"19:{name}"), network, NATIONAL)
    key = await move(world, key_of(meeting))
    assert await world.announcements.told_of(NATIONAL, key) == 2
    told = await world.announcements.tell(NATIONAL, key)
    assert told.conversations == 2
    rows = [row for id_ in told.news for row in await world.deliveries(id_)]
    stood = {row.conversation_id: row.network for row in await world.deliveries(ours.id)}
    assert {row.conversation_id for row in rows} == set(stood)
    assert "*" in {row.network for row in rows}
    # `19:b` follows a network of the meeting, not of the announcement that stands there.
    assert len(await world.deliveries(theirs.id)) == 2


async def test_moved_there_and_back_before_the_news_have_left_nothing_is_told(
    world: World, meeting: Meeting
) -> None:
    first = await announce(world, meeting)
    key = await move(world, key_of(meeting))
    (id_,) = (await world.announcements.tell(PIRKANMAA, key)).news
    times = "2026-12-01 12:00", "2026-12-01 14:00"
    await world.meetings.move(PIRKANMAA, key, *times)
    news = (await world.announcements.report(PIRKANMAA, id_)).announcement
    assert LateCheck(world.knowledge)(news).needless
    told = await world.announcements.tell(PIRKANMAA, key)
    assert (told.updated, told.news) == (1, ())
    assert {row.state for row in await world.deliveries(id_)} == {"stopped"}
    found = await world.row(id_)
    assert (found.state, found.reason) == (State.CANCELLED, "as_before")
    assert BEFORE in await news_text(world, first.id)
    # And what is so next is told of again.
    key = await move(world, key, 4)
    (id_,) = (await world.announcements.tell(PIRKANMAA, key)).news
    assert f"Aiempi aika: {BEFORE}" in await news_text(world, id_)


async def test_moved_twice_before_the_news_have_left_both_are_one(
    world: World, meeting: Meeting
) -> None:
    await announce(world, meeting)
    key = await move(world, key_of(meeting))
    (id_,) = (await world.announcements.tell(PIRKANMAA, key)).news
    left, _ = await world.deliveries(id_)
    await put(world, left, state="delivered", remote_id="post-1")
    key = await move(world, key, 3)
    (second,) = (await world.announcements.tell(PIRKANMAA, key)).news
    (row,) = await world.deliveries(second)
    assert row.conversation_id == left.conversation_id
    assert "Aiempi aika: keskiviikkona 2.12." in await news_text(world, second)
    waiting = await news_text(world, id_)
    assert f"Aiempi aika: {BEFORE}" in waiting
    assert "Milloin: torstaina 3.12." in waiting


async def test_news_of_what_is_as_before_do_not_leave(database: Database) -> None:
    await delivering.conversations(database, 2)
    await delivering.announce(database)
    channel = delivering.Channel()
    async with delivering.running(
        database, channel, as_of_now=lambda found: AsOfNow(found, needless=True)
    ):
        await delivering.ended(database)
    assert await delivering.states(database) == {"stopped": 2}
    assert channel.deeds == []


async def test_a_reminder_that_said_the_new_time_is_no_reason_for_news(
    world: World, meeting: Meeting
) -> None:
    await announce(world, meeting, reminders=(Reminder.DAY,))
    await world.channel("19:later", "pirkanmaa")
    key = await move(world, key_of(meeting))
    await world.announcements.meetings_changed()
    world.set_clock("2026-12-01 13:00")
    assert await world.fire() == 1
    await deliver_everything(world)
    # Where the announcement stands too, it is one.
    assert await world.announcements.told_of(PIRKANMAA, key) == 3
    assert (await world.announcements.tell(PIRKANMAA, key)).conversations == 2


async def test_the_count_of_what_is_told_has_the_reminders(world: World, meeting: Meeting) -> None:
    first = await announce(world, meeting, reminders=(Reminder.DAY,))
    await world.channel("19:later", "pirkanmaa")
    world.set_clock("2026-11-30 12:00")
    await world.fire()
    await deliver_everything(world)
    number = await world.announcements.told_of(PIRKANMAA, first.occurrence or "")
    await world.meetings.cancel(PIRKANMAA, first.occurrence or "")
    told = await world.announcements.tell(PIRKANMAA, first.occurrence or "")
    assert number == told.conversations == 3


@pytest.mark.parametrize("news", [True, False])
async def test_after_an_undo_the_posts_are_right_and_what_was_told_can_be_told(
    world: World, meeting: Meeting, news: bool
) -> None:
    first = await announce(world, meeting)
    key = await move(world, key_of(meeting))
    await world.announcements.tell(PIRKANMAA, key, news=news)
    await deliver_everything(world)
    newest = await world.meetings.newest(Kind.MEETING, meeting.key)
    await world.meetings.undo_lately(NATIONAL, meeting.key, newest)
    version = (await world.row(first.id)).version
    assert await world.announcements.settle(PIRKANMAA, key) == Settled(1, news)
    assert (await world.row(first.id)).version == version + 1
    assert {row.task for row in await world.deliveries()} == {"update"}
    as_of_now = LateCheck(world.knowledge)
    report = await world.announcements.report(PIRKANMAA, first.id)
    target = replace(a_channel("19:a"), networks=("pirkanmaa",))
    posted = world.announcements.compose(as_of_now(report.announcement).announcement, target)
    assert f"Milloin: {BEFORE}" in plain_text(posted)
    told = await world.announcements.tell(PIRKANMAA, key)
    assert told.conversations == (2 if news else 0)


async def test_an_undo_before_the_news_have_left_takes_them_back(
    world: World, meeting: Meeting
) -> None:
    await announce(world, meeting)
    key = await move(world, key_of(meeting))
    (id_,) = (await world.announcements.tell(PIRKANMAA, key)).news
    newest = await world.meetings.newest(Kind.MEETING, meeting.key)
    await world.meetings.undo_lately(NATIONAL, meeting.key, newest)
    assert await world.announcements.settle(PIRKANMAA, key) == Settled(1)
    assert {row.state for row in await world.deliveries(id_)} == {"stopped"}
    assert (await world.announcements.tell(PIRKANMAA, key)).conversations == 0


async def test_a_series_is_told_of_as_a_whole(world: World) -> None:
    await world.channel("19:a", "pirkanmaa")
    series = await world.meetings.add(PIRKANMAA, MONTHLY)
    for day in ("2026-12-01", "2027-01-05"):
        draft = Draft(occurrence=f"{series.key}@{day}")
        await world.deliver_all((await world.announcements.create(PIRKANMAA, draft)).id)
    elsewhere = {**MONTHLY, "place": {"fi": "Muualla, Tampere"}}
    await world.meetings.put(PIRKANMAA, Kind.MEETING, series.key, elsewhere)
    assert await world.announcements.told_of(PIRKANMAA, series.key) == 1
    told = await world.announcements.tell(PIRKANMAA, series.key)
    assert (told.updated, told.conversations) == (2, 1)
    with pytest.raises(NotFound):
        await world.announcements.tell(PIRKANMAA, "nothing")


async def test_whoever_was_not_told_of_what_was_undone_is_not_told_of_the_undo(
    world: World, meeting: Meeting
) -> None:
    """Two announcements stand in one place; the news of one of them have not left there."""
    for _ in range(2):
        await announce(world, meeting)
    await world.channel("19:new", "pirkanmaa")
    await announce(world, meeting)
    key = await move(world, key_of(meeting))
    told = await world.announcements.tell(PIRKANMAA, key)
    rows = [row for id_ in told.news for row in await world.deliveries(id_)]
    assert len(rows) == 3
    for row in rows[1:]:
        await put(world, row, state="delivered", remote_id="post-1", posted_version=1)
    newest = await world.meetings.newest(Kind.MEETING, meeting.key)
    await world.meetings.undo_lately(NATIONAL, meeting.key, newest)
    assert await world.announcements.settle(PIRKANMAA, key) == Settled(3, True)
    told = await world.announcements.tell(PIRKANMAA, key)
    reached = {row.conversation_id for id_ in told.news for row in await world.deliveries(id_)}
    assert reached == {row.conversation_id for row in rows[1:]}


async def test_posts_left_behind_by_a_stop_are_changed_with_the_next_change(
    world: World, meeting: Meeting
) -> None:
    first = await announce(world, meeting)
    for row in await world.deliveries(first.id):
        await put(world, row, posted_version=1)
    key = await move(world, key_of(meeting))
    await world.announcements.tell(PIRKANMAA, key, news=False)
    await world.announcements.stop(PIRKANMAA, first.id)
    assert {row.state for row in await world.deliveries(first.id)} == {"delivered"}
    await world.announcements.tell(PIRKANMAA, key)
    assert {row.state for row in await world.deliveries(first.id)} == {"pending"}
