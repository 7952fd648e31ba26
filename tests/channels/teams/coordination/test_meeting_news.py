"""News of changes in the forms of meetings: again, undone, and cut off before they were told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.announcements.model import Announcement, Draft
from bot.channels.teams.cards import MOST_BYTES
from tests.announcements.world import NATIONAL, ONE_TIME, PIRKANMAA

from .chatting import Chat, TeamsFixture


async def announced(teams: TeamsFixture) -> Announcement:
    """A meeting that was announced in a channel."""
    world = teams.world
    await world.channel("19:a", "pirkanmaa")
    meeting = await world.meetings.add(PIRKANMAA, ONE_TIME)
    made = await world.announcements.create(
        PIRKANMAA, Draft(occurrence=f"{meeting.key}@2026-12-01")
    )
    await world.deliver_all(made.id)
    return made


async def move(coordinator: Chat, day: str) -> None:
    await coordinator.say("add_meeting")
    await coordinator.press("Siirrä tai peru tapaaminen")
    await coordinator.press("Siirrä")
    await coordinator.press("Tallenna", {"day": day, "start": "13:00", "end": "15:00"})


async def deliver_everything(teams: TeamsFixture) -> None:
    for id_ in {row.announcement_id for row in await teams.world.deliveries()}:
        await teams.world.deliver_all(id_)


async def test_a_second_move_is_asked_about_and_told_and_its_undo_too(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    await announced(teams)
    for day in ("2026-12-02", "2026-12-03"):
        await move(coordinator, day)
        assert "Kerron siitä nyt 1 keskustelussa" in coordinator.text
        await deliver_everything(teams)
    await coordinator.press("Kumoa")
    assert "keskiviikkona 2.12.2026" in coordinator.text
    assert "Muutan nyt ilmoitukset" in coordinator.text
    await coordinator.press("Kerro seuraajille")
    assert "Kerron siitä nyt 1 keskustelussa" in coordinator.text


async def test_nothing_is_offered_after_the_undo_of_what_was_not_told(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    await announced(teams)
    await move(coordinator, "2026-12-02")
    await coordinator.press("Kumoa")
    assert "Muutan nyt ilmoitukset" in coordinator.text
    assert "Kerro seuraajille" not in coordinator.buttons


async def test_a_cancel_that_was_cut_off_is_told_by_another_press(
    teams: TeamsFixture, coordinator: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await announced(teams)

    async def gone(*_: Any, **__: Any) -> None:
        raise RuntimeError

    pressed = {"do": "meeting.cancel", "lang": "fi", "meeting": made.occurrence, "tell": "true"}
    await coordinator.say("add_meeting")
    told = teams.world.announcements.tell
    monkeypatch.setattr(teams.world.announcements, "tell", gone)
    with pytest.raises(RuntimeError):
        await coordinator.send(pressed)
    monkeypatch.setattr(teams.world.announcements, "tell", told)
    await coordinator.send(pressed)
    assert "Tapaaminen on jo peruttu." in coordinator.text
    assert "Kerron siitä nyt 1 keskustelussa" in coordinator.text
    await coordinator.send(pressed)
    assert "Mitään ei ole enää kerrottavana" in coordinator.text
    assert len(await teams.world.deliveries()) == 2


async def test_the_list_is_shown_however_often_its_meetings_were_announced(
    teams: TeamsFixture,
) -> None:
    world = teams.world
    for number in range(8):
        hours = {"start": f"2026-12-01 12:0{number}", "end": "2026-12-01 14:00"}
        meeting = await world.meetings.add(NATIONAL, {**ONE_TIME, **hours})
        for _ in range(25):
            key = f"{meeting.key}@2026-12-01"
            later = Draft(occurrence=key, send_at="2026-11-25 12:00")
            await world.announcements.create(NATIONAL, later)
    chat = Chat(teams, NATIONAL)
    await chat.say("add_meeting", "pirkanmaa")
    await chat.press("Siirrä tai peru tapaaminen")
    assert len(json.dumps(chat.card).encode()) <= MOST_BYTES
    assert "Myöhemmät" in chat.buttons
