"""The table of words: real words are no typos, and what it takes to say so."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from benchmarks.word_table import misspelt, sets
from bot.understanding.entities import EntityFinder
from bot.understanding.text import fold
from bot.understanding.typos import short_forms
from bot.understanding.word_table import (
    WIDTHS,
    WordSet,
    WordTable,
    is_demonym,
    load_word_table,
)

LETTERS = "aeiouyäöklmnprstv"

NATIONALITIES = Path(__file__).with_name("nationalities.txt").read_text("utf-8").split()

IN_THREE_LANGUAGES = [
    line.split("\t")
    for line in Path(__file__).with_name("nationalities.tsv").read_text("utf-8").splitlines()
]

SENTENCES = (
    ("olen {} taiteilija, kehen otan yhteyttä?", "onko {} ilmainen"),
    ("jag är en {} konstnär, vem kan jag kontakta?", "är {} gratis"),
    ("I am a {} artist, who is the contact person?", "is {} free"),
)

CASES = ("nen", "sen", "sta", "sella", "selle", "set", "sia", "sille", "sten", "siin")


@pytest.mark.parametrize("width", sorted(set(WIDTHS.values())))
def test_a_set_has_its_words_and_hardly_another(width: int) -> None:
    rng = random.Random(4)
    texts = {"".join(rng.choices(LETTERS, k=rng.randint(4, 12))) for _ in range(12_000)}
    added, others = set(sorted(texts)[::2]), sorted(texts)[1::2]
    found = WordSet.of(added, width)
    assert all(text in found for text in added)
    mistaken = sum(text in found for text in others)
    assert mistaken <= 3 * len(others) / 256**width + 1
    assert all(text in WordSet(bytes(found), width) for text in added)


def test_an_empty_set_is_a_set() -> None:
    assert len(bytes(WordSet.of((), 1))) == 33


@pytest.mark.parametrize(
    "word",
    [
        *("suomalainen", "norjalaisille", "rauhallista", "lukiolaisia", "laulajallekin", "tosiaan"),
        *("hämäläinen", "virtasen", "kontanter", "nästan", "definitivt", "säkert", "fellow"),
    ],
)
def test_words_are_words(word: str) -> None:
    assert load_word_table().is_word(fold(word))


@pytest.mark.parametrize("word", ["yhteyshenkilö", "kontaktperson", "meetings"])
def test_a_word_with_a_typo_is_none(word: str) -> None:
    table = load_word_table()
    assert table.is_word(fold(word))
    mistyped = [word[:at] + word[at + 1 :] for at in range(2, len(word) - 3)]
    assert sum(table.is_word(fold(each)) for each in mistyped) <= 1


def test_no_nationality_names_a_place_or_a_person(finder: EntityFinder) -> None:
    forms = [f"{name.removesuffix('nen')}{case}" for name in NATIONALITIES for case in CASES]
    sentences = ["olen {}", "{} soittaja, kehen otan yhteyttä?", "onko {} ilmainen"]
    taken = [
        text
        for form in forms
        for sentence in sentences
        if (found := finder.mask(text := sentence.format(form)).entities).place or found.persons
    ]
    assert taken == []


def _forms(language: int, name: str) -> list[str]:
    """Forms of a nationality: Finnish cases, Swedish endings, English numbers."""
    if language == 0:
        return [f"{name.removesuffix('nen')}{case}" for case in CASES]
    return [name, f"{name}t", f"{name}a"] if language == 1 else [name, f"{name}s"]


@pytest.mark.parametrize("language", [0, 1, 2], ids=["fi", "sv", "en"])
def test_two_hundred_nationalities_name_no_place_and_no_person(
    finder: EntityFinder, language: int
) -> None:
    names = [row[language] for row in IN_THREE_LANGUAGES]
    assert len(set(names)) >= 190
    taken = [
        text
        for name in names
        for form in _forms(language, name)
        for sentence in SENTENCES[language]
        if (found := finder.mask(text := sentence.format(form))).entities.place
        or "{person}" in found.words
    ]
    assert taken == []


def test_a_nationality_and_who_has_it_are_left_out_of_what_is_asked(finder: EntityFinder) -> None:
    spoken = {"suomalainen", "ruotsalainen", "englantilainen"}
    kept = [
        name
        for name, *_ in IN_THREE_LANGUAGES
        if name not in spoken
        and finder.mask(f"olen {name} taiteilija, kenelle soitan").words[:2] != ("olen", "kenelle")
    ]
    assert kept == []
    for_whom = finder.mask("onko verkostoa puolalaisille taiteilijoille").words
    assert "taiteilijoille" in for_whom


@pytest.mark.parametrize(
    ("word", "meant"),
    [("waht", "what"), ("heelp", "help"), ("teila", "teilla"), ("abuot", "about")],
)
def test_a_short_word_may_have_been_another(word: str, meant: str) -> None:
    assert meant in set(short_forms(word))


@pytest.mark.parametrize("word", ["esseeseen", "taloihin", "kaupunkiin"])
def test_where_to_is_a_form_of_a_word(word: str) -> None:
    table = WordTable(*[WordSet.of(["essee", "talo", "kaupunki"], WIDTHS[each]) for each in WIDTHS])
    assert table.is_word(word) == (word != "taloihin")


@pytest.mark.parametrize(
    ("word", "yes"),
    [("tamperelaisille", True), ("norjalainen", True), ("lainen", False)],
)
def test_who_lives_somewhere(word: str, yes: bool) -> None:
    assert is_demonym(word) == yes


def test_a_rare_word_beside_a_frequent_one_is_its_typo() -> None:
    frequencies = {"jyväskylässä": 4.0, "jyväskyläsä": 2.1, "jyväskylällä": 3.2, "kolmetoista": 2.2}
    doubtful = {word: frequencies[word] for word in ("jyväskyläsä", "kolmetoista")}
    assert misspelt(doubtful, frequencies) == {"jyväskyläsä"}


def test_what_is_written_small_is_plain_and_what_is_rare_is_left_out() -> None:
    frequencies = {
        "fi": {"kotka": 4.3, "tiukka": 4.6, "tiukkka": 1.2, "kuutamo": 3.0, "ab": 5.0, "x-y": 4.0},
        "sv": {"kokar": 3.6, "kotka": 3.6},
        "en": {"fellow": 4.8},
    }
    made = sets(frequencies, ["kotka", "Kotka", "tiukka", "kuutamo"])
    assert made["words"] == {"kotka", "tiukka", "kuutamo", "kokar", "fellow"}
    assert made["plain"] == {"kotka", "tiukka", "kuutamo", "kokar", "fellow"}
    assert made["names"] == {"kotka"}
    assert made["everyday"] == {"kotka", "tiukka", "fellow"}
