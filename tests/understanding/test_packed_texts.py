"""A packed table finds what a dictionary of the same texts finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding import hash_index, packed_texts
from bot.understanding.packed_texts import PackedTexts

texts = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), min_size=1)
tables = st.dictionaries(texts, st.integers(0, 1_000), max_size=40)


@given(tables, st.lists(texts, max_size=10))
def test_all_texts_of_a_table_are_found_and_no_others(
    numbers: dict[str, int], others: list[str]
) -> None:
    packed = PackedTexts(PackedTexts.of(numbers).arrays())
    assert dict(packed) == numbers
    assert [*packed] == [*numbers]
    for text in others:
        assert packed.get(text) == numbers.get(text)


@given(tables, st.integers(0, 45), st.integers(0, 45))
def test_a_part_of_the_texts_is_read(numbers: dict[str, int], first: int, size: int) -> None:
    end = min(first + size, len(numbers))
    assert list(PackedTexts.of(numbers).texts(first, end)) == [*numbers][first:end]


def test_texts_of_the_same_hash_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (hash_index, packed_texts):
        monkeypatch.setattr(module, "hash_text", len)
    packed = PackedTexts.of({"ab": 1, "cd": 2, "efg": 3})
    assert [packed.get(text) for text in ("ab", "cd", "efg", "gh", "xyz", "x")] == [
        *(1, 2, 3),
        *(None, None, None),
    ]


def test_arrays_of_different_tables_are_refused() -> None:
    arrays = PackedTexts.of({"a": 1, "b": 2}).arrays()
    with pytest.raises(ValueError, match="no one table"):
        PackedTexts({**arrays, "numbers": arrays["numbers"][:1]})
