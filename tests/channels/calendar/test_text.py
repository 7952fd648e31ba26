"""Texts as RFC 5545 wants them: folded, escaped, without what must not be there."""

from __future__ import annotations

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bot.channels.calendar import feed
from bot.channels.calendar.events import uri
from bot.channels.calendar.text import clean_line, clean_text
from bot.knowledge.library import Knowledge
from bot.knowledge.values import LANGUAGES, Language
from bot.knowledge.visible import shows, visible

from .judge import meeting, only, only_event

TITLES = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from(",;:\\\n\r\t\"'äöåÄÖÅ👩‍👩‍👧‍👦🎭\u2028\x85\x00"),
    )
).filter(lambda written: clean_line(written) != "")


def check_lines(body: bytes) -> None:
    """Every line ends in CRLF, is at most 75 octets long and holds whole characters."""
    assert body.endswith(b"\r\n")
    written = body.removesuffix(b"\r\n").split(b"\r\n")
    assert max(map(len, written)) <= 75
    for one in written:
        # RFC 5545, 3.1: no control character but the tab.
        assert not set(one.decode()) & {*map(chr, range(9)), *map(chr, range(10, 32)), "\x7f"}
    assert all(b"\n" not in one and b"\r" not in one for one in written)
    assert all(one[:1].isupper() or one[:1] == b" " for one in written)


def test_any_title_is_read_as_it_was_written(knowledge: Knowledge) -> None:
    @settings(deadline=None)
    @given(title=TITLES)
    @example("a, b; c\\n \\, \"d\" 'e'")
    @example("BEGIN:VEVENT\r\nX:1\r\nEND:VCALENDAR")
    @example("👩‍👩‍👧‍👦" * 30)
    @example("ä" * 200)
    @example("zero \x00 and a bell \x07")
    def check(title: str) -> None:
        # What cannot be seen is left out where content is read.
        title = visible(title)
        assume(shows(title))
        text = {"fi": title}
        there = only(knowledge, meeting(title=text, place=text, description=text))
        body = feed(there, (), "fi")
        check_lines(body)
        assert body.count(b"\r\nBEGIN:VEVENT\r\n") == 1
        event = only_event(there)
        assert event.summary == clean_line(title)
        assert event.location == clean_line(title)
        # Content loses the spaces at its ends when it is read.
        description = there.meetings["coffee"].description
        assert description is not None
        assert event.description == f"{clean_text(description.best('fi'))}\nVerkosto: Lappi"

    check()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_demo_feed_is_folded(knowledge: Knowledge, language: Language) -> None:
    body = feed(knowledge, (), language)
    check_lines(body)
    assert b"\r\n " in body
    assert max(map(len, body.split(b"\r\n"))) > 70


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("a\u2028b\x85c\x0bd", "a\nb\nc\nd"),
        ("a\x00b\x07c\x7fd\x9f", "abcd"),
        ("tab\tstays", "tab\tstays"),
    ],
)
def test_texts_lose_what_a_calendar_must_not_hold(written: str, kept: str) -> None:
    assert clean_text(written) == kept
    assert clean_line(written) == " ".join(kept.split())


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("https://example.org/a?b=c&d=%20#e", "https://example.org/a?b=c&d=%20#e"),
        ("https://example.org/ä", "https://example.org/%C3%A4"),
        ("https://example.org/\x01\x07{}|\\^`", "https://example.org/%7B%7D%7C%5C%5E%60"),
    ],
)
def test_web_addresses_are_ascii(address: str, written: str) -> None:
    assert uri(address) == written
