"""Persons in a message: by each part of their name, inflected, in either order."""

from __future__ import annotations

import pytest

from bot.understanding.entities import EntityFinder

BOTH_PILVIS = ("pilvi-kuitu", "pilvi-nissila")


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("Hanna", ("hanna-hangasluoma",)),
        ("Hangasluoma", ("hanna-hangasluoma",)),
        ("Hanna Hangasluoma", ("hanna-hangasluoma",)),
        ("Hangasluoma Hanna", ("hanna-hangasluoma",)),
        ("Hannan puhelinnumero", ("hanna-hangasluoma",)),
        ("Hanna Hangasluoman numero", ("hanna-hangasluoma",)),
        ("Hangasluoman Hannan numero", ("hanna-hangasluoma",)),
        ("Hautamäen Tarjan", ("tarja-hautamaki",)),
        ("Tarja Hautamäeltä", ("tarja-hautamaki",)),
        ("tarja hautamäelle", ("tarja-hautamaki",)),
        ("tarja hautamaki", ("tarja-hautamaki",)),
        ("Tarja Hautamakis nummer", ("tarja-hautamaki",)),
        ("Tarja Hautamäki's number", ("tarja-hautamaki",)),
        ("Pilvi Kuidun", ("pilvi-kuitu",)),
        ("Kuitu Pilvi", ("pilvi-kuitu",)),
        ("Pilvi Nissilälle", ("pilvi-nissila",)),
        ("Nissilän Pilvi", ("pilvi-nissila",)),
        ("Pilvi", BOTH_PILVIS),
        ("Pilville", BOTH_PILVIS),
        ("Pilvi-Kuitu", ()),
        ("Hangasluma", ("hanna-hangasluoma",)),
        ("Hautamäkki", ("tarja-hautamaki",)),
        ("Hanna ja Tarja", ("hanna-hangasluoma", "tarja-hautamaki")),
        ("Tarja ja Hanna", ("tarja-hautamaki", "hanna-hangasluoma")),
        ("Nissilä ja Kuitu", ("pilvi-nissila", "pilvi-kuitu")),
    ],
)
def test_who_is_named(finder: EntityFinder, text: str, keys: tuple[str, ...]) -> None:
    assert finder.mask(f"onko {text} paikalla").entities.persons == keys


@pytest.mark.parametrize(
    "text",
    [
        "pilvinen sää",
        "pilvipalvelu",
        "hannakaisa",
        "johanna",
        "tarjalainen",
        "tarjous",
        "kuitupitoinen",
        "kuitti",
        "nissiläinen",
        "hautausmaa",
        "Pilvikki Kuitunen",
    ],
)
def test_a_name_inside_another_word_is_nobody(finder: EntityFinder, text: str) -> None:
    assert finder.mask(f"onko {text} paikalla").entities.persons == ()


def test_a_full_name_is_one_mask(finder: EntityFinder) -> None:
    assert finder.mask("onko Pilvi Kuitu paikalla").words == ("onko", "{person}", "paikalla")


def test_a_person_and_a_place_are_both_found(finder: EntityFinder) -> None:
    found = finder.mask("Onko Hanna Ilmajoella?").entities
    assert found.persons == ("hanna-hangasluoma",)
    assert found.municipalities == ("ilmajoki",)


@pytest.mark.parametrize(
    "text",
    [
        "Matti Meikäläisen puhelinnumero",
        "mikä on Maija Virtasen sähköposti",
        "Hanna Virtasen numero",
        "hanna virtasen numero",
        "Pilvi Korhonen",
        "numret till Hanna Nyström",
        "Jussi Hautamäen puhelinnumero",
        "Who is Hanna Smith?",
        "Kuka on Matti Salo?",
        "matti virtasen numero",
        "Anna-Maija Salon sähköposti",
    ],
)
def test_a_name_that_only_half_is_ours_is_a_stranger(finder: EntityFinder, text: str) -> None:
    masked = finder.mask(text)
    assert masked.names_unknown_person
    assert masked.entities.persons == ()


@pytest.mark.parametrize(
    "text",
    [
        "Hanna Seinäjoelta",
        "Onko Hanna Hangasluooma paikalla",
        "Soita Hangasluomalle",
        "Tarj Hautamäen numero",
        "ms Hautamäki",
        "Hanna Kulttuuripäällikkö",
        "hanna puhelinnumero",
        "Missä Hanna Tampereella on",
    ],
)
def test_a_word_beside_a_name_of_ours_makes_no_stranger(finder: EntityFinder, text: str) -> None:
    assert len(finder.mask(text).entities.persons) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Uusi Verkosto",
        "Kulttuurin Aamukahvit Tampereella",
        "TERVE",
        "Terveisin Matti, Kokkola",
        "jussi kokkolasta",
    ],
)
def test_words_with_capitals_are_nobody(finder: EntityFinder, text: str) -> None:
    assert not finder.mask(text).names_unknown_person


def test_a_name_and_where_one_is_from_is_no_full_name(finder: EntityFinder) -> None:
    masked = finder.mask("soittaako Matti Ylöjärveltä")
    assert not masked.names_unknown_person
    assert masked.entities.municipalities == ("ylojarvi",)


def test_the_name_of_who_writes_is_no_part_of_the_question(finder: EntityFinder) -> None:
    masked = finder.mask("olen Matti Salo ja kysyn kokouksesta")
    assert masked.words == ("olen", "ja", "kysyn", "kokouksesta")
    assert not masked.names_unknown_person
