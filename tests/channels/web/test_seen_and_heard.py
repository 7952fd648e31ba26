"""The page on paper, on low screens, and as a screen reader finds it; its languages and links."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bot.answers.model import Bullets, Heading, LinkSpan, Paragraph, Text
from bot.channels.conversation import Conversations
from bot.channels.web import WebChat
from bot.knowledge.library import Knowledge
from bot.knowledge.models import Community
from bot.understanding.reloader import Snapshot

from ..turning import NOW
from .browser import Browser
from .scripted import ANSWER
from .visiting import CONTACTS, DESKTOP, PHONE, Moody, Visit, visits


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_paper_has_all_that_was_said_and_who_said_it(
    real: Visit, tmp_path: Path, scheme: str
) -> None:
    pdf = tmp_path / "page.pdf"
    seen = await real(
        "printing",
        locale="fi-FI",
        scheme=scheme,
        questions=[CONTACTS, "Mikä Taikusydän on?"],
        pdf=str(pdf),
    )
    assert len(seen["boxes"]) == 7
    for above, below in pairwise(seen["boxes"]):
        assert above["bottom"] <= below["top"]
    assert {box["position"] for box in seen["boxes"]} <= {"static", "relative"}
    said = [text.split("\n")[0] for text in seen["texts"]]
    assert said == ["Taikubot:", "Sinä:", "Taikubot:", "Sinä:", "Taikubot:"]
    assert seen["colours"] == [["rgb(255, 255, 255)", "rgb(0, 0, 0)"]] * 5
    assert seen["controls"] == 0
    assert seen["addresses"] == [f'" ({link})"' for link in seen["links"]]
    assert pdf.stat().st_size == seen["pdf"] > 10_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "size", [(390, 448), (390, 420), (390, 380), (320, 380), (740, 360), (320, 256)]
)
async def test_the_field_stays_in_sight_where_it_is_low(
    visit: Visit, size: tuple[int, int], scheme: str
) -> None:
    width, height = size
    visit.bot.script.answer = replace(ANSWER, blocks=ANSWER.blocks * 4)
    seen = await visit("low", width=width, height=height, question="Who?", scheme=scheme)
    for place in seen["places"]:
        assert place["top"] >= height / 2
        assert place["left"] >= 0
    # What is under the field is reached at the end of the page.
    assert seen["disclosed"]


async def test_a_keyboard_over_the_page_does_not_cover_the_field(visit: Visit) -> None:
    seen = await visit("covered", width=390, height=780)
    assert seen["open"]["low"]
    assert seen["open"]["form"] <= 430
    assert seen["moved"]["form"] <= 530
    # Whoever magnifies the page sees a part of it, and nothing runs after that.
    assert not seen["magnified"]["low"]
    assert seen["magnified"]["form"] == seen["closed"]["form"] > 530


@pytest.mark.parametrize(
    ("locale", "question", "language"),
    [("fi-FI", CONTACTS, "sv"), ("sv-FI", "Kontaktperson i Vasa?", "en"), ("en-GB", "Vasa", "fi")],
)
async def test_what_is_offered_follows_the_language_of_the_page(
    real: Visit, locale: str, question: str, language: str
) -> None:
    seen = await real("switching", locale=locale, question=question, language=language)
    before, after, reloaded = seen["before"], seen["after"], seen["reloaded"]
    assert after["messages"] == before["messages"] == reloaded["messages"]
    assert before["offersLanguage"] == locale[:2]
    assert after["offersLanguage"] == reloaded["offersLanguage"] == language
    assert after["offers"] == reloaded["offers"]
    assert not set(after["offers"]) & set(before["offers"])
    assert seen["answer"] == language


async def test_meetings_and_persons_are_headings_with_a_list_each(visit: Visit) -> None:
    meeting = Paragraph(
        (
            (Text("Morning coffee", bold=True), Text(" (example)")),
            (Text("Tuesday at 9"),),
            (LinkSpan("Take part online", "https://example.org/"),),
        )
    )
    plain = Paragraph(((Text("These are coming:"),), (Text("two of them"),)))
    lone = Paragraph(((Text("Bold", bold=True), Text(" but one line.")),))
    bullets = Bullets(((Text("one"),), (Text("two"),)))
    facts = [["Tuesday at 9", "Take part online (opens in a new tab)"]] * 2
    links = [["Wrong information?"]]
    visit.bot.script.answer = replace(ANSWER, blocks=(plain, meeting, meeting, lone))
    seen = await visit("structure", question="When?")
    assert seen["headings"] == ["Morning coffee (example)"] * 2
    assert seen["levels"] == [2, 2]
    assert seen["lists"] == facts + links
    visit.bot.script.answer = replace(
        ANSWER, blocks=(Heading("Pirkanmaa"), meeting, bullets, Heading("Lapland"), meeting)
    )
    seen = await visit("structure", question="When?")
    assert seen["levels"] == [2, 3, 2, 3]
    assert seen["lists"] == [facts[0], ["one", "two"], facts[1], *links]


@pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_privacy_is_asked_and_accessibility_told_where_no_address_is_given(
    real: Visit, screen: dict[str, Any], scheme: str
) -> None:
    seen = await real("statements", **screen, scheme=scheme, locale="fi-FI")
    names = [[one["textContent"] for one in seen[when]] for when in ("first", "swedish")]
    assert names == [["Tietosuoja", "Saavutettavuus"], ["Dataskydd", "Tillgänglighet"]]
    assert [one["tagName"] for one in seen["first"]] == ["BUTTON", "A"]
    assert seen["swedish"][1]["href"].endswith("/accessibility?language=sv")
    assert seen["swedish"][1]["target"] == ""
    assert seen["asked"]["mine"] == "Dataskydd"
    assert "Jag sparar ingenting" in seen["asked"]["answer"]
    document = seen["document"]
    assert document["language"] == "sv"
    assert document["text"].startswith("Taikubot: tillgänglighet")
    assert "https://taikusydan.turkuamk.fi/" in document["links"]
    assert document["links"][-1].endswith("/#sv")
    assert document["axe"] == []


@pytest.fixture
async def elsewhere(browser: Browser, snapshot: Snapshot) -> AsyncIterator[Visit]:
    """The page of a community that gives its own statements."""
    changed = _with_statements(snapshot.knowledge)
    bot = Conversations(lambda: snapshot, now=lambda: NOW)
    async for one in visits(WebChat(bot, lambda: changed, now=lambda: NOW), Moody(), browser):
        yield one


def _with_statements(knowledge: Knowledge) -> Knowledge:
    data = knowledge.community.model_dump(exclude_unset=True)
    data["privacy_statement"] = {
        one: f"https://example.org/{one}/privacy" for one in ("fi", "sv", "en")
    }
    data["accessibility_statement"] = "https://example.org/accessibility"
    return replace(knowledge, community=Community.model_validate(data))


async def test_statements_lead_to_the_addresses_that_are_given(elsewhere: Visit) -> None:
    seen = await elsewhere("statements", locale="en-GB", elsewhere=True)
    hint = {"first": " (opens in a new tab)", "swedish": " (öppnas i en ny flik)"}
    for when, language, names in (
        ("first", "en", ["Privacy", "Accessibility"]),
        ("swedish", "sv", ["Dataskydd", "Tillgänglighet"]),
    ):
        assert [one["textContent"] for one in seen[when]] == [name + hint[when] for name in names]
        assert [one["href"] for one in seen[when]] == [
            f"https://example.org/{language}/privacy",
            "https://example.org/accessibility",
        ]
        assert {one["target"] for one in seen[when]} == {"_blank"}
    assert seen["asked"] is None
