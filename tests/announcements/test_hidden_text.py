"""Hidden characters and look-alike links, wherever coordinators write."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from bot.announcements.errors import Invalid
from bot.announcements.meeting_editing import exported_meetings
from bot.announcements.model import Change, Draft
from bot.channels.calendar.files import feed
from bot.channels.messenger.messages import messages
from bot.knowledge.values import Language
from bot.store.tables import announcement
from tests.answers.asking import KNOWLEDGE, answer

from .world import ONE_TIME, PIRKANMAA, World

HIDDEN = "\u202e\u2066\u061c\u200f\u200b\U000e0041\U000e007f\ufeff"
SAID = "Ää 👩‍👧"
DECEPTIVE = "https://good.example@evil.example/"


def _odd(text: str) -> str:
    return HIDDEN + HIDDEN.join(text.split(" ")) + HIDDEN


def _free(**changes: Any) -> Draft:
    words: dict[str, Any] = {"title": {"fi": "Uutinen"}, "text": {"fi": "Teksti."}}
    return Draft(networks=("pirkanmaa",), **words | changes)


async def test_no_word_of_an_announcement_keeps_hidden_characters(world: World) -> None:
    odd: dict[Language, str] = {"fi": f"{_odd('Moi')} {SAID}"}
    made = await world.announcements.create(PIRKANMAA, _free(title=odd, text=odd))
    assert made.title == made.text == {"fi": f"Moi {SAID}"}
    changed = await world.announcements.change(
        PIRKANMAA, made.id, Change(title={"fi": f"Uusi{HIDDEN}"}, text=odd)
    )
    assert changed.title == {"fi": "Uusi"}


async def test_rows_of_before_are_shown_without_them(world: World) -> None:
    made = await world.announcements.create(PIRKANMAA, _free())
    async with world.database.transaction() as tx:
        await tx.execute(update(announcement).values(title={"fi": f"Moi{HIDDEN}"}))
    report = await world.announcements.report(PIRKANMAA, made.id)
    assert report.announcement.title == {"fi": "Moi"}


@pytest.mark.parametrize("field", ["title", "text"])
@pytest.mark.parametrize("text", ["\u200f\u200b", HIDDEN, "\u2800", "\u3164"])
async def test_words_of_nothing_to_see_are_missing(world: World, field: str, text: str) -> None:
    with pytest.raises(Invalid) as caught:
        await world.announcements.create(PIRKANMAA, _free(**{field: {"fi": text}}))
    assert (caught.value.field, caught.value.code) == (field, "missing")


@pytest.mark.parametrize("field", ["title", "text"])
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_a_link_that_leads_elsewhere_is_refused(
    world: World, field: str, language: str
) -> None:
    both = {name: {language: "Sanoja"} for name in ("title", "text")}
    words = both | {field: {language: f"Tule: {DECEPTIVE} !"}}
    with pytest.raises(Invalid) as caught:
        await world.announcements.create(PIRKANMAA, _free(**words))
    assert caught.value.field == f"{field}.{language}"
    assert "to evil.example:" in caught.value.said("en")


async def test_no_field_of_a_meeting_keeps_hidden_characters(world: World) -> None:
    fields = {name: {"fi": f"{_odd('Taide')} {SAID}"} for name in ("title", "place", "description")}
    meeting = await world.meetings.add(PIRKANMAA, {**ONE_TIME, **fields})
    knowledge = world.knowledge()
    said = answer(knowledge, "meetings", networks=("pirkanmaa",))
    everywhere = [
        str(meeting),
        str(said.blocks),
        feed(knowledge, ["pirkanmaa"], "fi").decode(),
        str(await exported_meetings(world.database, KNOWLEDGE)),
        str([one.text for one in messages(said)]),
    ]
    for text in everywhere:
        assert "Taide" in text
        assert not set(HIDDEN) & set(text)


@pytest.mark.parametrize(
    "change",
    [
        {"title": {"fi": f"Tule {DECEPTIVE}"}},
        {"description": {"fi": "www.tаikusydan.fi"}},
        {"online": {"url": DECEPTIVE, "share": "public"}},
        {"registration": {"url": "https://аррӏе.com/"}},
    ],
)
async def test_a_meeting_with_a_link_that_leads_elsewhere_is_refused(
    world: World, change: dict[str, Any]
) -> None:
    with pytest.raises(Invalid) as caught:
        await world.meetings.add(PIRKANMAA, {**ONE_TIME, **change})
    assert caught.value.code == "hidden_host"


async def test_a_meeting_of_a_title_of_nothing_to_see_is_refused(world: World) -> None:
    with pytest.raises(Invalid):
        await world.meetings.add(PIRKANMAA, {**ONE_TIME, "title": {"fi": HIDDEN}})
