"""Coordinators are asked, twice a year, whether what is told of them is still right."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from bot.announcements.errors import NotAllowed, NotFound
from bot.announcements.freshness import Freshness, Question
from bot.announcements.model import Identity
from bot.announcements.permissions import check_coordinators
from bot.knowledge.overlay import Kind
from bot.knowledge.values import Language
from bot.store.tables import coordinator_chat

from .world import COORDINATORS, MEMBER, PIRKANMAA, WEST, World, a_chat

pytestmark = pytest.mark.usefixtures("deaf")

WHO = "pilvi-kuitu"
PLACE: tuple[str, str, Language] = ("https://smba.example.org/emea/", "a:chat", "sv")
LISTED = COORDINATORS.replace(
    "networks: [pirkanmaa]", f"networks: [pirkanmaa]\n    person: {WHO}"
).replace("networks: [lansi-suomi]", "networks: [lansi-suomi]\n    person: nobody")
TODAY = {"title": {"fi": "a", "sv": "b", "en": "c"}, "date": "2026-11-20"}


class Asked:
    """Takes the questions, or refuses them."""

    def __init__(self) -> None:
        self.questions: list[Question] = []
        self.arrives = True

    async def __call__(self, question: Question) -> bool:
        if self.arrives:
            self.questions.append(question)
        return self.arrives


@pytest.fixture
def listed(world: World) -> World:
    world.file.write_text(LISTED)
    world.coordinators.reload()
    return world


def freshness(world: World, months: int = 6) -> Freshness:
    return Freshness(world.database, world.meetings, world.coordinators, months)


async def chats(world: World) -> list[Any]:
    async with world.database.reading() as tx:
        return list(await tx.execute(select(coordinator_chat)))


async def test_who_has_written_is_asked_twice_a_year_until_it_is_confirmed(listed: World) -> None:
    fresh, asked = freshness(listed), Asked()
    assert await fresh.ask_due(asked) == 0
    await fresh.wrote(PIRKANMAA, *PLACE)
    assert await fresh.ask_due(asked) == 1
    (question,) = asked.questions
    assert (question.who, question.person.key, question.language) == (PIRKANMAA, WHO, "sv")
    assert (question.service_url, question.conversation) == PLACE[:2]
    # Whoever does not answer is asked again after half a year, and not before.
    for day, expected in (("2027-05-19", 1), ("2027-05-21", 2), ("2027-05-22", 2)):
        listed.set_clock(f"{day} 12:00")
        await fresh.ask_due(asked)
        assert len(asked.questions) == expected, day
    listed.set_clock("2027-05-23 12:00")
    await fresh.confirm(PIRKANMAA, WHO, {**TODAY, "date": "2027-05-23"})
    source = listed.knowledge().people[WHO].source
    assert source.date is not None
    assert source.date.iso() == "2027-05-23"
    listed.set_clock("2027-11-22 12:00")
    await fresh.ask_due(asked)
    assert len(asked.questions) == 2
    listed.set_clock("2027-11-25 12:00")
    await fresh.ask_due(asked)
    assert len(asked.questions) == 3


async def test_several_replicas_ask_once(listed: World) -> None:
    fresh, asked = freshness(listed), Asked()
    await fresh.wrote(PIRKANMAA, *PLACE)
    others = [freshness(listed) for _ in range(3)]
    await asyncio.gather(*(one.ask_due(asked) for one in (fresh, *others)))
    assert len(asked.questions) == 1


async def test_what_does_not_arrive_is_tried_again_the_next_day(listed: World) -> None:
    fresh, asked = freshness(listed), Asked()
    await fresh.wrote(PIRKANMAA, *PLACE)
    asked.arrives = False
    assert await fresh.ask_due(asked) == 0
    asked.arrives = True
    listed.set_clock("2026-11-20 20:00")
    assert await fresh.ask_due(asked) == 0
    listed.set_clock("2026-11-21 13:00")
    assert await fresh.ask_due(asked) == 1


async def test_only_contact_persons_of_the_list_are_kept_and_asked(listed: World) -> None:
    fresh, asked = freshness(listed), Asked()
    for who in (MEMBER, Identity(PIRKANMAA.id, "another-tenant")):
        await fresh.wrote(who, *PLACE)
    assert await chats(listed) == []
    await fresh.wrote(WEST, *PLACE)
    await fresh.wrote(PIRKANMAA, *PLACE)
    await fresh.ask_due(asked)
    assert [one.who for one in asked.questions] == [PIRKANMAA], "nobody is called `nobody`"
    # Whoever is taken out of the list is asked no more, and may confirm nothing.
    listed.set_clock("2027-12-01 12:00")
    listed.file.write_text("coordinators: []\n")
    listed.coordinators.reload()
    await fresh.ask_due(asked)
    assert len(asked.questions) == 1
    with pytest.raises(NotAllowed):
        await fresh.confirm(PIRKANMAA, WHO, TODAY)


async def test_off_nobody_is_asked_and_notices_still_have_a_chat(listed: World) -> None:
    fresh, asked = freshness(listed, 0), Asked()
    await fresh.wrote(PIRKANMAA, *PLACE)
    (chat,) = await listed.announcements.chats_for(["pirkanmaa"])
    assert (chat.service_url, chat.conversation) == PLACE[:2]
    await asyncio.wait_for(fresh.run(asked), 30)
    assert asked.questions == []


async def test_only_who_may_confirms(listed: World) -> None:
    fresh = freshness(listed)
    for who in (MEMBER, WEST):
        with pytest.raises(NotAllowed):
            await fresh.confirm(who, WHO, TODAY)
    with pytest.raises(NotFound):
        await fresh.confirm(PIRKANMAA, "nobody", TODAY)
    number = await fresh.confirm(PIRKANMAA, WHO, TODAY)
    (change,) = await listed.meetings.history(PIRKANMAA, Kind.PERSON, WHO)
    assert change.action == "content_confirmed"
    await listed.meetings.undo(PIRKANMAA, number)
    assert listed.knowledge().people[WHO].source.date != dt.date(2026, 11, 20)


async def test_the_chat_is_forgotten_when_asked_and_when_the_bot_is_removed(listed: World) -> None:
    await freshness(listed).wrote(PIRKANMAA, *PLACE)
    assert len(await chats(listed)) == 1
    forgotten = await listed.announcements.forget(PIRKANMAA)
    assert forgotten
    assert await chats(listed) == []
    await freshness(listed).wrote(PIRKANMAA, *PLACE)
    await listed.subscriptions.forget("msteams", a_chat().remote_id)
    assert await chats(listed) == []


def test_a_person_who_does_not_exist_is_a_warning(listed: World) -> None:
    (finding,) = check_coordinators(listed.file, listed.knowledge())
    assert finding.severity == "warning"
    assert "no `nobody` among the people" in str(finding.message)
    lines = LISTED.splitlines()
    assert "person: nobody" in lines[finding.line - 1]
