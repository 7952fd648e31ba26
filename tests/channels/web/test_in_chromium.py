"""The page in a real browser: what people see and do there, by keyboard, finger and mouse."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.answers.model import Action, Bullets, Heading, LinkSpan, Paragraph, Suggestion, Text
from bot.channels.web.chat import CONVERSATION_BURST
from bot.understanding.text import MAX_CHARACTERS

from .scripted import ANSWER, HOSTILE
from .visiting import CONTACTS, DESKTOP, PHONE, Visit

PICTURES = Path(__file__).parents[3] / "docs" / "pictures"
"""Where the pictures go with TAIKUBOT_PICTURES=1; otherwise nobody keeps them."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_a_look_at_the_page(
    real: Visit, tmp_path: Path, scheme: str, screen: dict[str, Any]
) -> None:
    picture = tmp_path / "page.png"
    seen = await real(
        "look",
        **screen,
        scheme=scheme,
        locale="fi-FI",
        questions=[CONTACTS],
        picture=str(picture),
    )
    assert seen["first"] == []
    assert "Taikubot" in seen["welcome"]
    assert "botti" in seen["disclosure"]
    assert seen["disclosed"]
    assert "0400 433 722" in seen["last"]
    assert 1 <= len(seen["offers"]) <= 3
    assert seen["top"] >= 0
    assert seen["top"] < 60 or seen["ended"]
    assert seen["moving"] == 0
    assert seen["smallest"] >= 24
    assert (seen["ground"] == "rgb(244, 243, 239)") == (scheme == "light")
    assert picture.stat().st_size > 10_000
    for link in seen["links"]:
        outside = link["href"].startswith("https:")
        assert outside or link["href"].startswith(("tel:", "mailto:"))
        assert (link["rel"], link["target"]) == (
            ("noopener noreferrer", "_blank") if outside else ("", "")
        )


@pytest.mark.parametrize(
    ("locale", "questions"),
    [
        ("fi-FI", ["Tapaamiset", "Lappi", "Mitkä ovat verkoston tavoitteet?", "qwerty"]),
        ("sv-FI", ["Möten", "Vilka nätverk finns det?", "Lappland", "Hjälp"]),
        ("en-GB", ["Meetings", "List all networks", "What is stored about me?", "Links"]),
    ],
)
async def test_answers_of_all_kinds(real: Visit, locale: str, questions: list[str]) -> None:
    seen = await real("look", **PHONE, locale=locale, questions=questions)
    assert len(seen["mine"]) == len(questions)
    assert len(seen["last"]) > 20


@pytest.mark.parametrize("size", [(320, 256), (640, 360), (768, 1024), (2560, 1300)])
async def test_screens_of_all_sizes(real: Visit, size: tuple[int, int]) -> None:
    width, height = size
    seen = await real("look", width=width, height=height, questions=[CONTACTS])
    assert seen["disclosed"] or height <= 448


async def test_long_words_wrap(visit: Visit) -> None:
    word = "Kulttuurihyvinvointitoimintasuunnitelmatyöryhmä" * 4
    url = f"https://example.org/{word}"
    visit.bot.script.answer = replace(
        ANSWER,
        blocks=(
            Heading(word),
            Paragraph(((Text(word), LinkSpan(url, url)),)),
            Bullets(((Text(word, bold=True),),)),
        ),
        actions=(Action(word, url),),
        suggestions=(Suggestion(word, word, "join"),),
    )
    seen = await visit("look", **PHONE, questions=[word])
    assert seen["mine"][0].endswith(word)


async def test_things_move_unless_less_motion_is_wanted(visit: Visit) -> None:
    assert (await visit("look", moves=True, questions=["Who?"]))["top"] is not None


async def test_the_keyboard_is_enough(visit: Visit) -> None:
    seen = await visit("keyboard", question="Who is it")
    names = [one["name"] for one in seen["order"]]
    assert names[:3] == ["FI – Suomi", "SV – Svenska", "EN – English"]
    assert len(names) == 7
    assert names[-1] == "text"
    assert all(one["visible"] for one in seen["order"])
    assert seen["typed"] == "Who is it\n?"
    assert seen["afterSend"] == {"focus": {"name": "text", "visible": True}, "value": ""}
    assert seen["offer"] == {"name": "How do I join?", "visible": True}
    assert seen["afterOffer"]["name"] == "text"
    # The button's own words are shown; the bot is asked more precisely.
    assert seen["mine"] == ["Who is it\n?", "How do I join?"]
    assert [one.text for one in visit.bot.script.heard] == [
        "Who is it ?",
        "How do I join Pirkanmaa?",
    ]


@pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_a_suggestion_asks(real: Visit, screen: dict[str, Any]) -> None:
    seen = await real("suggestion", **screen)
    assert len(seen["offered"]) == 3
    assert len(seen["mine"]) == 1
    assert seen["next"]
    # On a phone the keyboard would cover the answer.
    assert seen["focus"] == ("log" if screen is PHONE else "text")


async def test_the_language_of_the_page(real: Visit) -> None:
    seen = await real("languages", question="Kontaktpersoner i Birkaland?", locale="de-DE")
    before, switched, reloaded, later = (
        seen[name] for name in ("before", "switched", "reloaded", "later")
    )
    assert (before["language"], before["hash"], before["send"]) == ("fi", "", "Lähetä")
    assert switched["language"] == switched["welcome"] == "sv"
    assert switched["hash"] == "#sv"
    assert switched["pressed"] == ["sv"]
    assert (switched["send"], switched["label"]) == ("Skicka", "Meddelande")
    assert "är en bot" in switched["disclosure"]
    assert reloaded == switched
    # What has been said stays as it is.
    assert (later["language"], later["welcome"], later["messages"]) == ("en", "sv", 3)
    assert later["send"] == "Send"


@pytest.mark.parametrize(
    ("locale", "hash_", "language"),
    [("sv-FI", "", "sv"), ("en-US", "#fi", "fi"), ("en-US", "#<b>", "en"), ("de-DE", "", "fi")],
)
async def test_the_language_at_the_start(
    visit: Visit, locale: str, hash_: str, language: str
) -> None:
    seen = await visit("look", locale=locale, hash=hash_)
    expected = {"fi": "botti, ei", "sv": "en bot, inte", "en": "a bot, not"}
    assert expected[language] in seen["disclosure"]


async def test_markup_is_shown_as_it_was_typed(visit: Visit) -> None:
    visit.bot.script.answer = replace(
        ANSWER,
        blocks=(
            Heading(HOSTILE),
            Paragraph(((Text(HOSTILE, bold=True), LinkSpan(HOSTILE, f"https://e.org/{HOSTILE}")),)),
            Bullets(((Text(HOSTILE),),)),
        ),
        # Made by no answer; but the page does not rely on that.
        actions=(Action(HOSTILE, "javascript:alert(3)"),),
        suggestions=(Suggestion(HOSTILE, HOSTILE, "join"),),
    )
    seen = await visit("injection", text=HOSTILE)
    assert seen["mine"] == HOSTILE
    assert seen["answer"].count(HOSTILE) == 5
    assert seen["offers"] == [HOSTILE]
    assert seen["made"] == 0
    assert len(seen["links"]) == 1
    assert not any("javascript" in link for link in seen["links"])


async def test_too_many_messages(visit: Visit) -> None:
    seen = await visit("tooMany", quiet=False, allowed=CONVERSATION_BURST)
    assert seen["error"] == "Messages are coming too fast. Please write again in 3 seconds."
    assert seen["kept"] == "One more"
    assert seen["mine"] == CONVERSATION_BURST
    assert seen["offers"] == 1
    assert seen["pending"] == ""
    assert seen["axe"] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_failure_of_the_bot(visit: Visit, scheme: str) -> None:
    visit.bot.script.failure = RuntimeError("broken")
    seen = await visit("failing", quiet=False, scheme=scheme)
    assert "c0de" in seen["error"]
    assert seen["kept"] == "Is it me?"
    assert seen["axe"] == []
    assert seen["afterwards"] == ""
    assert seen["mine"] == "Is it me?"


async def test_no_network(visit: Visit) -> None:
    seen = await visit("offline", quiet=False)
    assert "Lataa sivu" in seen["welcome"]["error"]
    assert "Yhteyttä ei nyt ole" in seen["question"]["error"]
    assert seen["question"]["kept"]
    assert seen["question"]["mine"] == 0
    assert seen["question"]["offers"] == 3
    assert seen["error"] == ""


async def test_an_answer_that_takes_its_time(visit: Visit) -> None:
    visit.bot.held = asyncio.Event()
    seen = await visit("waiting")
    assert seen["told"] == "Taikubot is answering…"
    assert seen["busy"] == "true"
    assert seen["mine"] == ["Slow"]
    assert seen["kept"] == seen["field"] == "Next"
    assert seen["pending"] == ""
    assert len(visit.bot.script.heard) == 1


async def test_without_scripts_the_page_says_so(visit: Visit) -> None:
    assert "JavaScript" in await visit("plain", scripts=False)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_text_that_is_too_long_stays_in_the_field(visit: Visit, scheme: str) -> None:
    text = "kulttuuri \n" * 500
    seen = await visit("pasting", **PHONE, text=text, limit=MAX_CHARACTERS, scheme=scheme)
    told, shortened = seen["told"], seen["shortened"]
    assert told["field"] == text
    assert "1000 characters at most" in told["error"]
    assert told["count"].split() == ["4,999", "/", "1,000"]
    assert "4,999 / 1,000" in told["described"]
    assert told["invalid"] == "true"
    assert told["axe"] == []
    assert len(told["messages"]) == 1
    assert (shortened["error"], shortened["count"]) == ("", "")
    (heard,) = visit.bot.script.heard
    assert heard.text == " ".join(text[:MAX_CHARACTERS].split())


@pytest.mark.parametrize(
    ("name", "options", "question"),
    [
        (
            "web-desktop-light",
            {"width": 960, "height": 780, "locale": "en-GB"},
            "Who is the contact in Pirkanmaa?",
        ),
        (
            "web-phone-dark",
            {"width": 390, "height": 780, "locale": "fi-FI", "touch": True, "scheme": "dark"},
            CONTACTS,
        ),
    ],
)
async def test_pictures_for_the_documents(
    real: Visit, tmp_path: Path, name: str, options: dict[str, Any], question: str
) -> None:
    folder = PICTURES if os.environ.get("TAIKUBOT_PICTURES") == "1" else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    picture = folder / f"{name}.png"
    await real("look", **options, questions=[question], picture=str(picture))
    assert picture.stat().st_size > 10_000
