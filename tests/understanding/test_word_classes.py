"""The table of word classes: what is put in is found, and so are common words."""

from __future__ import annotations

import pytest

from bot.understanding.word_classes import TABLE, WordClasses, load_word_classes, word_class

MADE = WordClasses.of({f"word{number}": number * 7 % 1_000 for number in range(3_000)})


def test_every_word_has_its_class() -> None:
    assert all(MADE.word_class(f"word{at}") == at * 7 % 1_000 for at in range(3_000))


def test_few_other_words_have_one() -> None:
    seeming = sum(MADE.word_class(f"other{at}") is not None for at in range(5_000))
    assert seeming < 50  # One in 256 on average.


def test_a_word_is_found_without_its_dots() -> None:
    made = WordClasses.of({"radd": 3})
    assert made.word_class("rädd") == 3


def test_a_table_is_the_same_each_time() -> None:
    words = {f"word{number}": number * 7 % 1_000 for number in reversed(range(3_000))}
    assert bytes(WordClasses.of(words)) == bytes(MADE)


@pytest.mark.parametrize(
    "alike", [("afraid", "fear", "rädd"), ("myself", "itse", "själv"), ("doctor", "läkare")]
)
def test_the_table_of_the_bot_has_common_words(alike: tuple[str, ...]) -> None:
    assert all(word_class(word) is not None for word in alike)


def test_the_table_is_small() -> None:
    assert TABLE.stat().st_size < 500_000
    assert load_word_classes() is load_word_classes()
    assert word_class("qwxzqwxz") is None
