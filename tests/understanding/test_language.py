"""Which language answers: the message decides, and for short ones what is known besides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from bot.knowledge.library import Knowledge
from bot.understanding.language import (
    FEW_WORDS,
    LIKELY,
    SURE,
    LanguageFinder,
    LanguageHints,
    from_locale,
)
from bot.understanding.model import Mention
from bot.understanding.name_index import EXACT
from bot.understanding.text import PLACE


class _Model:
    """Finds every message English with a fixed probability."""

    classes = ("en", "fi", "sv")

    def __init__(self, chance: float) -> None:
        self._chance = chance

    def probabilities(self, words: Sequence[str]) -> Any:
        assert PLACE not in words
        rest = (1 - self._chance) / 2
        return np.array([self._chance, rest, rest])


def _find(
    knowledge: Knowledge, chance: float, words: str, hints: LanguageHints, name: str = ""
) -> str:
    model: Any = _Model(chance)
    mentions = [Mention("municipality", "?", name, EXACT)] if name else []
    return LanguageFinder(knowledge, model).find(words.split(), mentions, hints)[0]


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("sv-FI", "sv"),
        ("fi_FI.UTF-8", "fi"),
        ("sv.UTF-8", "sv"),
        ("C.UTF-8", None),
        ("fi_FI", "fi"),
        ("en", "en"),
        ("EN-us", "en"),
        ("de-DE", None),
        ("", None),
        (None, None),
        ("english", None),
    ],
)
def test_the_language_of_a_locale(locale: str | None, language: str | None) -> None:
    assert from_locale(locale) == language


def test_a_message_of_some_words_decides_itself(knowledge: Knowledge) -> None:
    words = " ".join(["word"] * (FEW_WORDS + 1))
    assert _find(knowledge, LIKELY, words, LanguageHints("sv", "fi-FI")) == "en"
    assert _find(knowledge, 0.4, words, LanguageHints()) == "en"


def test_a_short_message_decides_itself_only_when_sure(knowledge: Knowledge) -> None:
    assert _find(knowledge, 0.95, "word", LanguageHints("sv", "fi-FI")) == "en"
    assert _find(knowledge, SURE - 0.01, "word", LanguageHints("sv", "fi-FI")) == "sv"


@pytest.mark.parametrize(("chance", "language"), [(0.5, "sv"), (0.69, "sv"), (0.8, "en")])
def test_a_weak_guess_does_not_beat_what_is_known(
    knowledge: Knowledge, chance: float, language: str
) -> None:
    for hints in (LanguageHints("sv"), LanguageHints(None, "sv-FI")):
        assert _find(knowledge, chance, "four words of it", hints) == language
    assert _find(knowledge, chance, "four words of it", LanguageHints()) == "en"


@pytest.mark.parametrize("words", ["info", "link", "online", "ok", "tel nr", "teams"])
def test_international_words_tell_of_no_language(knowledge: Knowledge, words: str) -> None:
    assert _find(knowledge, 1.0, words, LanguageHints("sv")) == "sv"
    assert _find(knowledge, 1.0, words, LanguageHints()) == "fi"


def test_masks_are_no_words_of_a_language(knowledge: Knowledge) -> None:
    words = f"{PLACE} word word"
    assert _find(knowledge, SURE - 0.01, words, LanguageHints("sv")) == "sv"
    assert _find(knowledge, 1.0, PLACE, LanguageHints("sv")) == "sv"


@pytest.mark.parametrize(
    ("hints", "name", "language"),
    [
        (LanguageHints("sv", "en-GB"), "Jyväskylä", "sv"),
        (LanguageHints(None, "en-GB"), "Jakobstad", "en"),
        (LanguageHints(None, "de-DE"), "Jakobstad", "sv"),
        (LanguageHints(), "Jakobstad", "sv"),
        (LanguageHints(), "Lappland", "sv"),
        (LanguageHints(), "Lapland", "en"),
        (LanguageHints(), "Tampere", "fi"),
        (LanguageHints(), "Kökar", "fi"),
        (LanguageHints(), "", "fi"),
    ],
)
def test_a_name_alone_follows_conversation_locale_name_default(
    knowledge: Knowledge, hints: LanguageHints, name: str, language: str
) -> None:
    assert _find(knowledge, 1.0, PLACE, hints, name) == language


def test_the_reason_is_told(knowledge: Knowledge) -> None:
    model: Any = _Model(0.9)
    finder = LanguageFinder(knowledge, model)
    mention = Mention("municipality", "pietarsaari", "Jakobstad", EXACT)
    reasons = [
        finder.find(words, mentions, hints)[1]
        for words, mentions, hints in (
            (["who"], [], LanguageHints()),
            ([], [], LanguageHints("fi")),
            ([], [], LanguageHints(None, "sv-FI")),
            ([PLACE], [mention], LanguageHints()),
            ([], [], LanguageHints()),
        )
    ]
    assert reasons == [
        "its words (90%)",
        "the conversation's language",
        "the client's locale (sv-FI)",
        "the name `Jakobstad`",
        "the default",
    ]
