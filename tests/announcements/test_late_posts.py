"""Each post asks, when it leaves, whether its meeting still stands."""

from __future__ import annotations

import datetime as dt
from functools import partial

import pytest

from bot.announcements.meeting_editing import MeetingEditor
from bot.announcements.model import API
from bot.announcements.permissions import Coordinators

from .connector import CUT, NOTHING, html, named
from .delivering import until
from .running_bot import HOUR, MINUTE, NETWORK, RunningBot
from .world import COFFEE, ONE_TIME, World

pytestmark = pytest.mark.slow

BEGINS = dt.datetime(2026, 12, 10, 6, 30, tzinfo=dt.UTC).timestamp()
"""When the coffee of the demo begins."""


async def announce_meeting(bot: RunningBot, occurrence: str) -> str:
    return str((await bot.call("POST", body={"meeting": occurrence}))["id"])


@pytest.mark.parametrize("doubted", [False, True], ids=["not posted", "in doubt"])
async def test_nothing_leaves_after_the_meeting_has_begun(bot: RunningBot, doubted: bool) -> None:
    await bot.channels(10)
    late = set(await bot.channels(10, "late"))
    bot.clock.skip(BEGINS - HOUR - bot.clock.wall())
    rule = bot.world.fault(
        CUT if doubted else html(503), "POST", "GET", place=lambda place: place in late
    )
    id = await announce_meeting(bot, COFFEE)
    await bot.at_rest()
    assert (await bot.states(id))["delivered"] == 10
    while bot.clock.wall() < BEGINS:
        await bot.skip(10 * MINUTE)
    rule.end()
    asked = len(bot.world.asked("POST"))
    for _ in range(12):
        await bot.skip(10 * MINUTE)
    assert len(bot.world.asked("POST")) == asked
    assert await bot.is_over(id)
    rows = await bot.rows(id)
    assert {rows[place].state for place in late}.isdisjoint({"delivered", "pending", "held"})
    assert all(rows[place].error for place in late), "the report says why"
    assert await bot.uncertain(id) == (late if doubted else set())
    assert len(bot.world.copies) == (20 if doubted else 10)


async def test_an_edit_and_a_recall_still_arrive_after_it_has_begun(bot: RunningBot) -> None:
    await bot.channels(4)
    bot.clock.skip(BEGINS - HOUR - bot.clock.wall())
    id = await announce_meeting(bot, COFFEE)
    await bot.over(id)
    bot.clock.skip(2 * HOUR)
    await bot.call("PATCH", f"/{id}", {"note": {"fi": "Aula on lukossa, soita."}})
    await bot.over(id)
    assert len(bot.world.standing(text="Aula on lukossa")) == 4
    await bot.recall(id)
    await bot.over(id)
    assert bot.world.standing() == []


async def test_a_meeting_cancelled_or_moved_meanwhile_is_posted_as_it_is_now(
    bot: RunningBot,
) -> None:
    await bot.channels(10)
    late = set(await bot.channels(10, "late"))
    reloader = World.another_reloader()
    editor = MeetingEditor(bot.database, reloader, Coordinators(None, everyone=True))
    await editor.refresh()
    kept = {**ONE_TIME, "networks": [NETWORK]}
    cancelled = (await editor.add(API, {**kept, "title": {"fi": "Peruuntuva"}})).key
    moved = (await editor.add(API, {**kept, "title": {"fi": "Siirtyvä"}})).key
    await until(partial(_calendar_tells, bot, cancelled, moved))
    rule = bot.world.fault(html(503), "POST", place=lambda place: place in late)
    ids = [await announce_meeting(bot, f"{key}@2026-12-01") for key in (cancelled, moved)]
    await bot.at_rest()
    assert len(bot.world.copies) == 20

    await editor.cancel(API, f"{cancelled}@2026-12-01")
    await editor.move(API, f"{moved}@2026-12-01", "2026-12-01 15:00", "2026-12-01 17:00")
    await until(partial(_calendar_tells, bot, "STATUS:CANCELLED", "20261201T150000"))
    rule.end()
    for id in ids:
        await bot.lapse(partial(bot.is_over, id), step=10 * MINUTE, most=3 * HOUR)
        assert await bot.states(id) == {"delivered": 20}
    for place in late:
        texts = [copy.text for copy in bot.world.standing(place)]
        assert len(texts) == 2
        assert sum("Peruttu" in text and "Peruuntuva" in text for text in texts) == 1, texts
        assert sum("Siirtyvä" in text and "15" in text for text in texts) == 1, texts


async def announce_and_call_off(bot: RunningBot, late: set[str]) -> str:
    """An announcement of a meeting that is called off before it arrives in some places."""
    editor = MeetingEditor(
        bot.database, World.another_reloader(), Coordinators(None, everyone=True)
    )
    await editor.refresh()
    meeting = {**ONE_TIME, "networks": [NETWORK], "title": {"fi": "Peruuntuva"}}
    key = (await editor.add(API, meeting)).key
    await until(partial(_calendar_tells, bot, key))
    rule = bot.world.fault(html(503), "POST", place=lambda place: place in late)
    id = await announce_meeting(bot, f"{key}@2026-12-01")
    await bot.at_rest()
    await editor.cancel(API, f"{key}@2026-12-01")
    await until(partial(_calendar_tells, bot, "STATUS:CANCELLED"))
    rule.end()
    return id


async def test_an_edit_leaves_a_meeting_called_off(bot: RunningBot) -> None:
    await bot.channels(3)
    late = set(await bot.channels(3, "late"))
    id = await announce_and_call_off(bot, late)
    await bot.lapse(partial(bot.is_over, id), step=10 * MINUTE, most=3 * HOUR)
    await bot.call("PATCH", f"/{id}", {"note": {"fi": "Tervetuloa myös etänä."}})
    await bot.over(id)
    assert len(bot.world.standing(text="Tervetuloa myös etänä.")) == 6
    for place in late:
        (copy,) = bot.world.standing(place)
        assert "Peruttu" in copy.text
        assert len(copy.texts) == 2


async def test_a_copy_that_is_found_stays_called_off(bot: RunningBot) -> None:
    """Its id was not told; somebody writes in its thread, and it becomes known by that."""
    bot.world.name_by_time()
    places = set(await bot.channels(3))
    id = await announce_and_call_off(bot, places)
    bot.world.fault(NOTHING, "POST")
    await bot.lapse(partial(bot.is_over, id), step=5 * MINUTE, most=3 * HOUR)
    assert await bot.uncertain(id) == places
    (copy,) = bot.world.standing("c1")
    assert "Peruttu" in copy.text
    await bot.reply("c1", copy.id)

    async def found() -> bool:
        return bool((await bot.rows(id))["c1"].remote_id == copy.id)

    await until(found)
    assert "Peruttu" in copy.text
    assert len(copy.texts) == 2


async def test_what_is_held_up_ends_when_its_meeting_has_begun(bot: RunningBot) -> None:
    await bot.channels(10)
    bot.clock.skip(BEGINS - HOUR - bot.clock.wall())
    bot.world.fault(named(404, "ConversationNotFound"), "POST")
    id = await announce_meeting(bot, COFFEE)

    async def held() -> bool:
        return set(await bot.states(id)) == {"held"}

    await until(held)
    bot.clock.skip(HOUR)
    asked = len(bot.world.asked("POST"))
    await bot.lapse(partial(bot.is_over, id), step=5 * MINUTE, most=20 * MINUTE)
    assert len(bot.world.asked("POST")) == asked
    assert bot.world.copies == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_meeting_called_off_at_another_replica_is_known_to_the_next_post(
    idle_bot: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = idle_bot
    await bot.start(monkeypatch, send_rate=25)
    await bot.channels(75)
    editor = MeetingEditor(
        bot.database, World.another_reloader(), Coordinators(None, everyone=True)
    )
    await editor.refresh()
    meeting = {**ONE_TIME, "networks": [NETWORK], "title": {"fi": "Peruuntuva"}}
    key = (await editor.add(API, meeting)).key
    await until(partial(_calendar_tells, bot, key))
    id = await announce_meeting(bot, f"{key}@2026-12-01")
    await until(lambda: len(bot.world.asked("POST")) >= 10)
    await editor.cancel(API, f"{key}@2026-12-01")
    committed = bot.clock.wall()
    await bot.over(id)
    # Those that were on their way already are from before.
    after = [deed for deed in bot.world.asked("POST") if deed.at > committed + 0.5]
    assert after
    assert [deed.place for deed in after if "Peruttu" not in deed.text] == []


async def _calendar_tells(bot: RunningBot, *words: str) -> bool:
    calendar = (await bot.read("/calendar.ics")).replace("\r\n ", "")
    return all(word in calendar for word in words)
