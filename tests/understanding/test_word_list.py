"""Words of a dictionary are no names: at most 1 in 1,000 is read as a place or a person."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from benchmarks.word_readings import SAMPLE, SENTENCES, readings
from bot.understanding.entities import EntityFinder

WORDS = Path(__file__).with_name("words")

IN_1000 = 1


@pytest.mark.parametrize("language", sorted(SENTENCES))
def test_a_word_of_a_dictionary_names_nobody_and_no_place(
    language: str, finder: EntityFinder
) -> None:
    words = gzip.decompress((WORDS / f"{language}.txt.gz").read_bytes()).decode().split()
    assert len(words) == SAMPLE
    found = [
        f"{word}: {mention.key} ({mention.how})"
        for word, mention in readings(finder, words, SENTENCES[language])
    ]
    assert len(found) <= len(words) * IN_1000 / 1000, found
