"""Texts found again by their keys alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.keys import Keys, Labels, key_of

words = st.text(min_size=0, max_size=12)


def test_a_key_is_the_same_everywhere() -> None:
    assert key_of("kuka") == 0x23E5E607_044601AD
    assert key_of("kuka") != key_of("kakku")


@given(st.sets(words, max_size=40), st.lists(words, max_size=40))
def test_what_is_in_the_table_is_found_and_nothing_else(known: set[str], asked: list[str]) -> None:
    keys = Keys.of(known)
    assert len(keys) == len(known)
    places = keys.places(asked)
    in_it = [text for text in asked if text in known]
    assert [keys.numbers[place] for place in places] == [key_of(text) for text in in_it]
    assert all((text in keys) is (text in known) for text in asked)


@given(st.dictionaries(words, st.sampled_from(["contacts", "join", "meetings"]), max_size=30))
def test_each_text_has_its_label(labels: dict[str, str]) -> None:
    table = Labels.of(labels)
    assert {text: table.get(text) for text in labels} == labels
    assert table.get("never a wording of thirteen") is None
    again = Labels(Keys(table.keys.numbers.copy()), table.names, table.numbers)
    assert again == table


def test_many_texts_have_keys_of_their_own() -> None:
    texts = [f"{first}{second}" for first in range(500) for second in range(500, 900)]
    assert len(Keys.of(texts)) == len(set(texts))
    assert Keys.of(texts).numbers.dtype == np.uint64
