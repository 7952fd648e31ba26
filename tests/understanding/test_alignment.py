"""Word by word against the phrases: what fits fully, what fits less, and what is unknown."""

from __future__ import annotations

import pytest

from bot.understanding.alignment import Alignment, PhraseWording, Scores, build_index

PHRASES = [
    ("contacts", "kuka vastaa verkostosta {place}"),
    ("contacts", "kuka on yhteyshenkilö"),
    ("meetings", "milloin on seuraava tapaaminen"),
    ("meetings", "onko {time} tapaamisia"),
    ("fallback", "paljonko bensa maksaa {place}"),
]


@pytest.fixture(scope="module")
def alignment() -> Alignment:
    wordings = [
        PhraseWording(label, template, tuple(text.split()))
        for template, (label, text) in enumerate(PHRASES)
    ]
    return Alignment(build_index(wordings, frozenset({"fallback"})))


def _scores(alignment: Alignment, text: str) -> tuple[Scores, dict[str, float]]:
    scores = alignment.scores(text.split())
    return scores, dict(zip(alignment.labels, map(float, scores.best), strict=True))


@pytest.mark.parametrize(("label", "text"), PHRASES)
def test_a_message_equal_to_a_phrase_scores_one(
    alignment: Alignment, label: str, text: str
) -> None:
    scores, best = _scores(alignment, text)
    assert best[label] == pytest.approx(1.0, abs=1e-4)
    assert max(best, key=best.__getitem__) == label
    assert scores.unknown == 0.0
    by_wording = alignment.by_wording(text.split())
    assert alignment.nearest(label, by_wording).split() == sorted(text.split())


def test_word_order_does_not_matter(alignment: Alignment) -> None:
    assert _scores(alignment, "tapaaminen seuraava on milloin")[1]["meetings"] == pytest.approx(
        1.0, abs=1e-4
    )


def test_an_unknown_word_lowers_the_score(alignment: Alignment) -> None:
    whole, unknown = (
        _scores(alignment, f"kuka {word} yhteyshenkilö") for word in ("on", "xyzzyplugh")
    )
    assert unknown[1]["contacts"] < whole[1]["contacts"] - 0.1
    assert whole[0].unknown == 0.0
    assert unknown[0].unknown > 0.3


def test_an_inflected_word_lowers_the_score_a_little(alignment: Alignment) -> None:
    exact = _scores(alignment, "kuka on yhteyshenkilö")[1]["contacts"]
    inflected = _scores(alignment, "kuka on yhteyshenkilöitä")[1]["contacts"]
    assert exact - 0.2 < inflected < exact


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("seurava", "seuraava"),
        ("tapaamnen", "tapaaminen"),
        ("yhetyshnkilö", "yhteyshenkilö"),
        ("tapaan", "tapaan"),
        ("tapaaminen", "tapaaminen"),
        ("kukka", "kukka"),
    ],
)
def test_a_word_with_a_typo_stands_for_the_word_meant(
    alignment: Alignment, word: str, meant: str
) -> None:
    assert alignment.correct_spelling([word]) == [meant]


def test_words_of_refused_phrases_are_unknown_in_scope(alignment: Alignment) -> None:
    scores, _ = _scores(alignment, "paljonko bensa maksaa")
    assert scores.unknown == 0.0
    assert scores.unknown_in_scope == pytest.approx(1.0)


def test_another_first_letter_is_another_word(alignment: Alignment) -> None:
    assert alignment.neighbours("vuka").known == 0.0
    assert alignment.neighbours("kuka").known == 1.0


def test_no_words_score_nothing(alignment: Alignment) -> None:
    scores, best = _scores(alignment, "")
    assert set(best.values()) == {0.0}
    assert scores.unknown == 0.0


def test_scores_stay_between_zero_and_one(alignment: Alignment) -> None:
    for text in ("kuka kuka kuka", "on on onko", "{place} {time}", "tapaaminen tapaamisia"):
        _, best = _scores(alignment, text)
        assert all(0.0 <= score <= 1.0 + 1e-6 for score in best.values())
