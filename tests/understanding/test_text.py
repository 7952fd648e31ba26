"""Text to words: one normal form for everything that people type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.text import MAX_CHARACTERS, Token, fold, normalise, tokenise, truncate, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Närpiö", ["narpio"]),
        ("NÄRPES", ["narpes"]),
        ("Länsi-Suomi", ["lansi-suomi"]),
        ("Länsi–Suomi", ["lansi", "suomi"]),
        ("who’s", ["who's"]),
        ("S:t Karins", ["s:t", "karins"]),
        ("klo 8.30!", ["klo", "8.30"]),
        ("entä {place} {person}?", ["enta", "{place}", "{person}"]),
        ("{town}", ["town"]),
        ("snake_case", ["snake", "case"]),
        ("ﬁksu", ["fiksu"]),
        ("Ｔａｍｐｅｒｅ", ["tampere"]),
        ("!?… 🙂", []),
        ("", []),
    ],
)
def test_the_words_of_a_text(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_folding_takes_the_dots_and_keeps_the_letters() -> None:
    assert fold("äöåéèüšžæø") == "aoaeeuszao"


def test_tokens_know_where_they_stand_and_whether_they_begin_large() -> None:
    first, second = tokenise("entä Åbo?")
    assert (first.raw, first.capital) == ("entä", False)
    assert (second.raw, second.norm, second.start, second.end) == ("Åbo", "åbo", 5, 8)
    assert second.capital


def test_a_long_text_is_cut() -> None:
    assert len(truncate("a" * 100_000)) == MAX_CHARACTERS


def test_cutting_composes_characters() -> None:
    assert words(truncate("Na\u0308rpes")) == ["narpes"]


def test_characters_that_grow_when_composed_do_not_pass_the_limit() -> None:
    assert len(truncate("\ufdfa" * MAX_CHARACTERS)) == MAX_CHARACTERS


@given(st.text(st.characters(), max_size=200))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert fold(fold(once)) == fold(once)


@given(st.text(st.characters(), max_size=200))
def test_tokens_are_the_text_between_their_ends(text: str) -> None:
    for token in tokenise(text):
        assert text[token.start : token.end] == token.raw
        assert token.raw


@given(st.text(alphabet=st.characters(max_codepoint=0xFF)))
def test_tokens_are_the_same_for_plain_texts_and_others(text: str) -> None:
    for token in tokenise(text):
        assert token == Token.of(token.raw, token.start)
