"""Masking of phrases for training gives what masking of messages gives."""

from __future__ import annotations

import random

import pytest

from bot.knowledge.library import Knowledge
from bot.understanding.entities import EntityFinder


def test_phrases_are_masked_as_messages_are(knowledge: Knowledge, finder: EntityFinder) -> None:
    rng = random.Random(4)
    texts = [phrase.phrase.sample(rng) for phrase in knowledge.phrases[::7]]
    assert len(texts) > 1000
    assert [finder.masked_words(text) for text in texts] == [
        list(finder.mask(text).words) for text in texts
    ]


@pytest.mark.parametrize(
    "text",
    [
        "kuka vastaa",
        "{place} {place} vai {person}",
        "{place} {person}",
        "kuka vastaa Pohjois-Savossa",
        "Pirkanmaa-verkosto",
        "ensi viikolla Uudessakaupungissa",
        "Hanna Hangasluoman numero",
        "loppuvuodesta",
        "on the other side of the day after tomorrow",
        "",
        "?!",
    ],
)
def test_names_and_times_in_phrases_are_masked(finder: EntityFinder, text: str) -> None:
    for _ in range(2):
        assert finder.masked_words(text) == list(finder.mask(text).words)
