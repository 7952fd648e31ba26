"""Meetings that coordinators enter, and how every replica comes to know them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.announcements.errors import Invalid, NotAllowed, NotFound, WrongState
from bot.announcements.meeting_editing import MeetingEditor, exported_meetings
from bot.channels.calendar import calendar_routes
from bot.channels.calendar.files import feed
from bot.knowledge.fields import fields_of
from bot.knowledge.overlay import Entry, Kind, lay_over
from tests.answers.asking import KNOWLEDGE, answer

from .world import COFFEE, GUEST, MEMBER, MONTHLY, NATIONAL, NOW, ONE_TIME, PIRKANMAA, WEST, World


async def test_a_new_meeting_is_known_at_once_and_by_every_replica(world: World) -> None:
    other = world.another_reloader()
    replica = MeetingEditor(world.database, other, world.coordinators)
    await replica.refresh()
    meeting = await world.meetings.add(PIRKANMAA, ONE_TIME)
    assert meeting.key == "syystapaaminen-2026-12"
    assert (meeting.revision, meeting.networks) == (0, ("pirkanmaa",))
    knowledge = world.knowledge()
    said = str(answer(knowledge, "meetings", networks=("pirkanmaa",)).blocks)
    assert "Syystapaaminen" in said
    assert b"syystapaaminen-2026-12@" in feed(knowledge, ["pirkanmaa"], "fi")
    assert meeting.key not in other.snapshot.knowledge.meetings
    assert await replica.refresh()
    assert other.snapshot.knowledge.meetings[meeting.key] == meeting
    assert not await replica.refresh()


async def test_moving_and_cancelling_count_up(world: World) -> None:
    once = await world.meetings.add(PIRKANMAA, ONE_TIME)
    moved = await world.meetings.move(
        PIRKANMAA, f"{once.key}@2026-12-01", "2026-12-08T10:00", "2026-12-08T11:00"
    )
    assert (moved.revision, moved.start) == (1, dt.datetime(2026, 12, 8, 10, 0))
    gone = await world.meetings.cancel(PIRKANMAA, f"{once.key}@2026-12-08")
    assert (gone.revision, gone.cancelled) == (2, True)
    with pytest.raises(WrongState):
        await world.meetings.move(
            PIRKANMAA, f"{once.key}@2026-12-08", "2026-12-09 10:00", "2026-12-09 11:00"
        )
    series = await world.meetings.add(PIRKANMAA, MONTHLY)
    await world.meetings.move(
        PIRKANMAA, f"{series.key}@2027-01-05", "2027-01-12 12:00", "2027-01-12 14:00"
    )
    series = await world.meetings.cancel(PIRKANMAA, f"{series.key}@2027-02-02")
    found = {
        (one.day.isoformat(), one.start.date().isoformat(), one.cancelled)
        for one in world.knowledge().coming(NOW, networks=["pirkanmaa"])
        if one.meeting.key == series.key and one.day.year == 2027 and one.day.month < 4
    }
    assert found == {
        ("2027-01-05", "2027-01-12", False),
        ("2027-02-02", "2027-02-02", True),
        ("2027-03-02", "2027-03-02", False),
    }
    assert (await exported_meetings(world.database, KNOWLEDGE))[f"{series.key}.yaml"].startswith(
        "title:\n  fi: "
    )


async def test_a_post_of_before_a_move_still_leads_to_the_meeting(world: World) -> None:
    meeting = await world.meetings.add(PIRKANMAA, ONE_TIME)
    key = f"{meeting.key}@2026-12-01"
    await world.meetings.move(PIRKANMAA, key, "2026-12-08 10:00", "2026-12-08 11:00")
    app = web.Application()
    app.add_routes(calendar_routes(world.knowledge, now=lambda: NOW))
    async with TestClient(TestServer(app)) as client:
        for day, status in (("2026-12-01", 200), ("2026-12-08", 200), ("20261201", 404)):
            answer = await client.get(f"/calendar/meetings/{meeting.key}@{day}.ics")
            assert answer.status == status
            assert status == 404 or "20261208T100000" in await answer.text()


async def test_only_coordinators_of_all_its_networks_may(world: World) -> None:
    meeting = await world.meetings.add(PIRKANMAA, ONE_TIME)
    key = f"{meeting.key}@2026-12-01"
    both = {**ONE_TIME, "networks": ["pirkanmaa", "uusimaa"]}
    with pytest.raises(NotAllowed):
        await world.meetings.add(PIRKANMAA, both)
    for who in (MEMBER, WEST, GUEST):
        with pytest.raises(NotAllowed):
            await world.meetings.add(who, ONE_TIME)
        with pytest.raises(NotAllowed):
            await world.meetings.move(who, key, "2026-12-02 12:00", "2026-12-02 13:00")
        with pytest.raises(NotAllowed):
            await world.meetings.cancel(who, key)
        with pytest.raises(NotAllowed):
            await world.meetings.cancel(who, COFFEE)
    assert world.knowledge().meetings[meeting.key] == meeting
    assert (await world.meetings.add(NATIONAL, both)).networks == ("pirkanmaa", "uusimaa")


async def test_meetings_of_files_stay_as_they_are(world: World) -> None:
    with pytest.raises(WrongState) as refused:
        await world.meetings.cancel(PIRKANMAA, COFFEE)
    assert refused.value.code == "meeting_in_file"
    assert refused.value.data["key"] == "pirkanmaa-aamukahvit"
    for key in ("x@2026-12-01", "pirkanmaa", "\0@2026-12-01", "x" * 200):
        with pytest.raises(NotFound):
            await world.meetings.cancel(NATIONAL, key)


async def test_what_is_wrong_with_a_meeting_is_said_in_the_coordinator_s_language(
    world: World,
) -> None:
    with pytest.raises(Invalid) as refused:
        await world.meetings.add(PIRKANMAA, ONE_TIME | {"start": "1.12.2026 12.00"})
    assert refused.value.said("fi") == (
        "`1.12.2026 12.00` ei ole aika: kirjoita se näin: 2026-12-10 08:30, ilman aikavyöhykettä"
    )
    assert refused.value.said("sv").startswith("`1.12.2026 12.00` är ingen tid: ")
    assert refused.value.said("en").startswith("`1.12.2026 12.00` is not a time: ")


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"title": {}}, "title"),
    ({"title": {"fi": "x" * 4001}}, "meeting"),
    ({"kind": "party"}, "kind"),
    ({"networks": []}, "networks"),
    ({"networks": ["uusi"]}, "networks.0"),
    ({"start": "1.12.2026 12.00"}, "start"),
    ({"end": "2026-12-01 11:00"}, "end"),
    ({"start": "2027-03-28 03:30", "end": "2027-03-28 05:00"}, "start"),
    ({"start": "2026-11-20 09:00", "end": "2026-11-20 11:00"}, "start"),
    ({"place": {}}, "place"),
    ({"recurrence": {"rrule": "FREQ=HOURLY"}}, "recurrence.rrule"),
    ({"online": {"url": "javascript:alert(1)"}}, "online.url"),
    ({"key": "own"}, "key"),
    ({"surprise": "x"}, "surprise"),
]


async def test_a_wrong_meeting_names_the_field(world: World) -> None:
    for change, field in WRONG:
        with pytest.raises(Invalid) as refused:
            await world.meetings.add(NATIONAL, {**ONE_TIME, **change})
        assert refused.value.field == field, (change, refused.value.data)
    assert await exported_meetings(world.database, KNOWLEDGE) == {}


async def test_a_key_that_a_file_has_too_is_the_files_and_told(world: World) -> None:
    meeting = await world.meetings.add(PIRKANMAA, ONE_TIME)
    again = await world.meetings.add(PIRKANMAA, ONE_TIME)
    assert again.key == f"{meeting.key}-2"
    in_file = {**ONE_TIME, "title": {"fi": "Toinen"}}
    coffee = Entry(Kind.MEETING, "pirkanmaa-aamukahvit", in_file, None)
    laid = lay_over(KNOWLEDGE, [coffee])
    assert laid.knowledge is KNOWLEDGE
    assert "`pirkanmaa-aamukahvit`" in str(laid.problems[0])
    lost = Entry(Kind.MEETING, "lost", {**ONE_TIME, "networks": ["gone"]}, None)
    kept = Entry(Kind.MEETING, meeting.key, fields_of(meeting), None)
    laid = lay_over(KNOWLEDGE, [lost, kept])
    assert laid.knowledge.meetings.keys() - KNOWLEDGE.meetings.keys() == {meeting.key}
    assert "there is no `gone` among the networks" in str(laid.problems[0])
