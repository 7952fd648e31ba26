"""What is scheduled goes out at its wall-clock time, late but once, or not at all."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from bot.announcements import permissions
from bot.announcements.model import API, Change, Draft, Reminder, State

from .world import COFFEE, GUEST, MONTHLY, ONE_TIME, PIRKANMAA, World

BOTH = (Reminder.DAY, Reminder.HOUR)
FREE = Draft(title={"fi": "Uutinen"}, text={"fi": "Teksti."}, networks=("pirkanmaa",))
LATER = Draft(occurrence=COFFEE, send_at="2026-12-01T09:00")


@pytest.mark.parametrize(
    ("before", "asked", "not_yet", "due"),
    [
        ("2026-11-20 12:00", "2026-12-01T09:00", "2026-12-01 08:59", "2026-12-01 09:00"),
        # The clocks go forward on 28 March 2027 at 3:00, and back on 31 October 2027 at 4:00.
        ("2027-03-27 12:00", "2027-03-28T12:00", "2027-03-28 11:59", "2027-03-28 12:00"),
        ("2027-03-27 12:00", "2027-03-28T03:30", "2027-03-28 02:59", "2027-03-28 04:30"),
        ("2027-10-30 12:00", "2027-10-31T12:00", "2027-10-31 11:59", "2027-10-31 12:00"),
        ("2027-10-30 12:00", "2027-10-31T03:30", "2027-10-31 03:29", "2027-10-31 03:30"),
    ],
)
async def test_it_goes_out_at_its_wall_clock_time(
    world: World, before: str, asked: str, not_yet: str, due: str
) -> None:
    await world.channel("19:a", "pirkanmaa")
    world.set_clock(before)
    waiting = await world.announcements.create(PIRKANMAA, replace(FREE, send_at=asked))
    assert waiting.state is State.SCHEDULED
    world.set_clock(not_yet)
    assert await world.fire() == 0
    world.set_clock(due)
    assert await world.fire() == 1
    # In October the clock shows the same time once more, an hour later; and it may be set back.
    world.database.time += 3600
    assert await world.fire() == 0
    world.set_clock(not_yet)
    assert await world.fire() == 0
    world.set_clock(due)
    assert await world.fire() == 0
    assert len(await world.deliveries()) == 1


async def test_after_a_downtime_it_goes_out_late_but_once(world: World) -> None:
    await world.channel("19:a", "pirkanmaa")
    waiting = await world.announcements.create(PIRKANMAA, LATER)
    world.set_clock("2026-12-09 23:00")
    begun = await asyncio.gather(*(world.fire() for _ in range(4)))
    assert sum(begun) == 1
    assert len(await world.deliveries(waiting.id)) == 1
    assert world.woken >= 2


async def test_of_a_meeting_that_has_begun_nothing_goes_out(world: World) -> None:
    await world.channel("19:a", "pirkanmaa")
    waiting = await world.announcements.create(PIRKANMAA, replace(LATER, reminders=BOTH))
    world.set_clock("2026-12-10 08:30")
    for _ in range(3):
        assert await world.fire() == 0
    row = await world.row(waiting.id)
    assert (row.state, row.reason) == ("failed", "begun")
    assert {one.state for one in (await world.reminders(waiting.id)).values()} == {"cancelled"}
    assert await world.deliveries() == []
    (notice,) = world.notices
    assert notice.announcement.id == waiting.id
    assert notice.announcement.reason == "begun"


async def test_of_a_cancelled_meeting_nothing_goes_out(world: World) -> None:
    await world.channel("19:a", "pirkanmaa")
    meeting = await world.meetings.add(PIRKANMAA, MONTHLY)
    key = f"{meeting.key}@2027-01-05"
    waiting = await world.announcements.create(
        PIRKANMAA, Draft(occurrence=key, send_at="2026-12-20T09:00", reminders=BOTH)
    )
    await world.meetings.cancel(PIRKANMAA, key)
    await world.announcements.meetings_changed()
    assert {(one.state, one.reason) for one in (await world.reminders(waiting.id)).values()} == {
        ("cancelled", "meeting_cancelled")
    }
    world.set_clock("2026-12-20 09:00")
    assert await world.fire() == 0
    assert (await world.row(waiting.id)).reason == "meeting_cancelled"
    assert [one.announcement.id for one in world.notices] == [waiting.id]


async def test_who_is_no_coordinator_any_more_sends_nothing(world: World) -> None:
    await world.channel("19:a", "pirkanmaa")
    waiting = await world.announcements.create(PIRKANMAA, LATER)
    world.file.write_text("coordinators: []\n", encoding="utf-8")
    world.coordinators.reload()
    world.set_clock("2026-12-01 09:00")
    assert await world.fire() == 0
    assert (await world.row(waiting.id)).reason == "no_right"


async def test_while_the_coordinators_are_unknown_it_waits(world: World) -> None:
    await world.channel("19:a", "pirkanmaa")
    waiting = await world.announcements.create(PIRKANMAA, LATER)
    world.set_clock("2026-12-01 09:00")
    list_ = world.file.read_text("utf-8")
    for damage in (world.file.unlink, lambda: world.file.write_text("coordinators: [")):
        damage()
        world.coordinators.reload()
        assert await world.fire() == 0
        assert (await world.row(waiting.id)).state == "scheduled"
    world.file.write_text(list_, encoding="utf-8")
    world.coordinators.reload()
    assert await world.fire() == 1


async def test_what_waited_an_hour_for_the_coordinators_is_not_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not when the file is back, either."""
    await world.channel("19:a", "pirkanmaa")
    waiting = await world.announcements.create(PIRKANMAA, LATER)
    world.set_clock("2026-12-01 09:00")
    list_ = world.file.read_text("utf-8")
    world.file.unlink()
    world.coordinators.reload()
    monkeypatch.setattr(permissions, "MOST_AWAITED", 0.0)
    assert await world.fire() == 0
    assert (await world.row(waiting.id)).reason == "no_right"
    world.file.write_text(list_, encoding="utf-8")
    world.coordinators.reload()
    assert await world.fire() == 0
    assert (await world.row(waiting.id)).state == "failed"


async def test_reminders_come_before_the_meeting(world: World) -> None:
    await world.channel("19:a", "pirkanmaa")
    sent = await world.announcements.create(
        PIRKANMAA, Draft(occurrence=COFFEE, note={"fi": "Hei"}, reminders=BOTH)
    )
    await world.deliver_all(sent.id)
    await world.announcements.change(PIRKANMAA, sent.id, Change(note={"fi": "Huomio"}))
    world.set_clock("2026-12-09 08:29")
    assert await world.fire() == 0
    world.set_clock("2026-12-09 08:30")
    assert await world.fire() == 1
    reminder = (await world.reminders(sent.id))["1d"]
    report = await world.announcements.report(PIRKANMAA, reminder.id)
    assert report.announcement.note == {"fi": "Huomio"}
    target = (await world.announcements.preview(PIRKANMAA, sent.id)).targets[0]
    heading = world.announcements.compose(report.announcement, target).blocks[0]
    assert heading.text.startswith("Muistutus: ")  # type: ignore[union-attr]
    world.set_clock("2026-12-10 07:30")
    assert await world.fire() == 1
    # A recall takes the reminders' posts back as well.
    await world.announcements.recall(PIRKANMAA, sent.id)
    assert {one.state for one in (await world.reminders(sent.id)).values()} == {"recalled"}


async def test_no_reminder_is_made_for_a_time_that_is_past_or_before_the_post(
    world: World,
) -> None:
    world.set_clock("2026-12-09 20:00")
    sent = await world.announcements.create(PIRKANMAA, Draft(occurrence=COFFEE, reminders=BOTH))
    assert set(await world.reminders(sent.id)) == {"1h"}
    preview = await world.announcements.preview(PIRKANMAA, sent.id)
    assert [one["fi"] for one in preview.reminders] == ["torstaina 10.12.2026 klo 7.30"]


async def test_after_a_downtime_one_message_is_enough(world: World) -> None:
    await world.channel("19:a", "pirkanmaa")
    waiting = await world.announcements.create(PIRKANMAA, replace(LATER, reminders=BOTH))
    world.set_clock("2026-12-10 08:00")
    assert await world.fire() == 1
    assert {one.reason for one in (await world.reminders(waiting.id)).values()} == {"late"}
    sent = await world.announcements.create(
        API, Draft(occurrence="pirkanmaa-aamukahvit@2027-01-14", reminders=BOTH)
    )
    world.set_clock("2027-01-14 08:00")
    assert await world.fire() == 1
    states = {name: one.state for name, one in (await world.reminders(sent.id)).items()}
    assert states == {"1d": "cancelled", "1h": "sending"}


def _shown(send_at: float) -> str:
    """A time of sending as clocks show it."""
    return dt.datetime.fromtimestamp(send_at, ZoneInfo("Europe/Helsinki")).isoformat()[:19]


async def test_reminders_move_with_their_meeting(world: World) -> None:
    await world.channel("19:a", "pirkanmaa")
    meeting = await world.meetings.add(PIRKANMAA, ONE_TIME)
    key = f"{meeting.key}@2026-12-01"
    sent = await world.announcements.create(PIRKANMAA, Draft(occurrence=key, reminders=BOTH))

    async def times() -> dict[str, tuple[str, str | None, str]]:
        found = await world.reminders(sent.id)
        return {name: (one.state, one.reason, _shown(one.send_at)) for name, one in found.items()}

    await world.meetings.move(PIRKANMAA, key, "2026-12-03 09:00", "2026-12-03 10:00")
    await world.announcements.meetings_changed()
    assert await times() == {
        "1d": ("scheduled", None, "2026-12-02T09:00:00"),
        "1h": ("scheduled", None, "2026-12-03T08:00:00"),
    }
    # Nearer than a day: that reminder is past, and comes back when the meeting goes on.
    await world.meetings.move(PIRKANMAA, key, "2026-11-20 15:00", "2026-11-20 16:00")
    await world.announcements.meetings_changed()
    assert (await times())["1d"][:2] == ("cancelled", "past")
    await world.meetings.move(PIRKANMAA, key, "2026-12-05 15:00", "2026-12-05 16:00")
    await world.announcements.meetings_changed()
    assert (await times())["1d"] == ("scheduled", None, "2026-12-04T15:00:00")
    await world.meetings.cancel(PIRKANMAA, key)
    await world.announcements.meetings_changed()
    assert {one[:2] for one in (await times()).values()} == {("cancelled", "meeting_cancelled")}


async def test_one_that_is_broken_does_not_hold_up_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.channel("19:a", "uusimaa")
    await world.announcements.create(PIRKANMAA, LATER)
    fine = await world.announcements.create(
        GUEST, replace(FREE, networks=("uusimaa",), send_at="2026-12-01T09:00")
    )
    monkeypatch.setattr("bot.announcements.meeting_snapshots.occurrence_of", lambda *_: 1 / 0)
    world.set_clock("2026-12-01 09:00")
    assert await world.fire() == 1
    assert len(await world.deliveries(fine.id)) == 1
