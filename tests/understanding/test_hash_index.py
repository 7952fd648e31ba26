"""Texts found again by their hashes alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.hash_index import HashIndex, LabelTable, hash_text

words = st.text(min_size=0, max_size=12)


def test_a_hash_is_the_same_everywhere() -> None:
    assert hash_text("kuka") == 0x23E5E607_044601AD
    assert hash_text("kuka") != hash_text("kakku")


@given(st.sets(words, max_size=40), st.lists(words, max_size=40))
def test_what_is_in_the_table_is_found_and_nothing_else(known: set[str], asked: list[str]) -> None:
    index = HashIndex.of(known)
    assert len(index) == len(known)
    positions = index.positions(asked)
    in_it = [text for text in asked if text in known]
    assert [index.hashes[position] for position in positions] == [hash_text(text) for text in in_it]
    assert index.few_positions(asked) == positions.tolist()
    assert all((text in index) is (text in known) for text in asked)


@given(st.dictionaries(words, st.sampled_from(["contacts", "join", "meetings"]), max_size=30))
def test_each_text_has_its_label(labels: dict[str, str]) -> None:
    table = LabelTable.of(labels)
    assert {text: table.get(text) for text in labels} == labels
    assert table.get("never a wording of thirteen") is None
    again = LabelTable(HashIndex(table.texts.hashes.copy()), table.names, table.numbers)
    assert again == table


def test_many_texts_have_hashes_of_their_own() -> None:
    texts = [f"{first}{second}" for first in range(500) for second in range(500, 900)]
    assert len(HashIndex.of(texts)) == len(set(texts))
    assert HashIndex.of(texts).hashes.dtype == np.uint64


def test_a_few_texts_are_found_among_very_many() -> None:
    texts = [f"{first}{second}" for first in range(500) for second in range(500, 900)]
    index = HashIndex.of(texts[::2])
    assert index.few_positions(texts[:4_000]) == index.positions(texts[:4_000]).tolist()
