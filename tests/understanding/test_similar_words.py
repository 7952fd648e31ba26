"""No similar word is missed by looking at the letters first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from bot.understanding.similar_words import MIN_RATIO, Candidates

letters = st.text("abcdefgåäöéñ", min_size=1, max_size=14)


@given(letters, st.lists(letters, max_size=30))
def test_no_similar_word_is_left_out_by_its_letters(word: str, words: list[str]) -> None:
    found = Candidates.of(words).of_like_letters(word)
    similar = [other for other in words if fuzz.ratio(word, other) >= MIN_RATIO]
    assert [other for other in found if fuzz.ratio(word, other) >= MIN_RATIO] == similar


def test_words_of_quite_other_letters_are_left_out() -> None:
    assert Candidates.of(["kokous", "kyynelhelmet", "kokoukset"]).of_like_letters("kokouksia") == [
        "kokous",
        "kokoukset",
    ]
