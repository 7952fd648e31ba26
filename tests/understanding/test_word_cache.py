"""The cache of words stays within its bound, and changes nothing that is answered."""

from __future__ import annotations

import numpy as np
import pytest

from bot.understanding import alignment, word_cache
from bot.understanding.alignment import Alignment, PhraseWording, build_index
from bot.understanding.linear_model import train
from bot.understanding.word_cache import WordCache

PHRASES = {
    "contacts": "kuka vastaa verkostosta",
    "meetings": "milloin on seuraava tapaaminen",
    "join": "miten pääsen mukaan verkostoon",
}
MESSAGES = [
    *PHRASES.values(),
    "kuka vstaa verkostosta ja milloin tavataan",
    "seuraavat tapaamiset verkostossa",
    *reversed(PHRASES.values()),
]


def _alignment() -> Alignment:
    wordings = [
        PhraseWording(label, template, tuple(text.split()))
        for template, (label, text) in enumerate(PHRASES.items())
    ]
    return Alignment(build_index(wordings, frozenset()))


def test_the_oldest_words_are_dropped_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_cache, "MAX_WORDS", 2)
    cache: WordCache[int] = WordCache()
    assert [cache.get_or_compute(word, ord) for word in "abcc"] == [97, 98, 99, 99]
    assert list(cache.items()) == [("b", 98), ("c", 99)]


def test_a_cache_that_knows_how_looks_up_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_cache, "MAX_WORDS", 2)
    looked_up: list[str] = []

    def look_up(word: str) -> int:
        looked_up.append(word)
        return ord(word)

    cache = WordCache(look_up)
    assert [cache[word] for word in "abcca"] == [97, 98, 99, 99, 97]
    assert looked_up == [*"abca"]
    assert list(cache.items()) == [("c", 99), ("a", 97)]
    with pytest.raises(KeyError):
        WordCache[int]()["a"]


def test_a_small_cache_changes_no_score(monkeypatch: pytest.MonkeyPatch) -> None:
    long = _alignment()
    expected = [long.by_wording(text.split()) for text in MESSAGES]
    monkeypatch.setattr(word_cache, "MAX_WORDS", 1)
    short = _alignment()
    for text, scores in zip(MESSAGES, expected, strict=True):
        assert np.array_equal(short.by_wording(text.split()), scores)


def test_a_small_cache_changes_no_probability(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [text.split() for text in PHRASES.values()] * 3
    model = train(texts, list(PHRASES) * 3)
    expected = [model.probabilities(text.split()) for text in MESSAGES]
    monkeypatch.setattr(word_cache, "MAX_WORDS", 1)
    model = train(texts, list(PHRASES) * 3)
    for text, probabilities in zip(MESSAGES, expected, strict=True):
        assert np.array_equal(model.probabilities(text.split()), probabilities)


def test_words_of_many_wordings_score_as_others(monkeypatch: pytest.MonkeyPatch) -> None:
    sparse = _alignment()
    monkeypatch.setattr(alignment, "MIN_DENSE_WORDINGS", 1)
    dense = _alignment()
    assert dense.neighbours("verkostosta").dense is not None
    assert sparse.neighbours("verkostosta").dense is None
    for text in MESSAGES:
        words = text.split()
        assert np.allclose(sparse.by_wording(words), dense.by_wording(words))
