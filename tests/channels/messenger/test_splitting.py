"""Long texts in a few messages: nothing is lost but the marked cut, nothing is torn."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.channels.messenger.splitting import length, shortened, split

CLOSING = "Lue lisää: https://example.fi"
LINKS = st.sampled_from(
    ["https://example.fi/a?b=c.d", "a.b@example.fi", "+358401234567", "http://x.fi/" + "y" * 90]
)
WORDS = st.text("abcÄö.!?:-…😀\u00a0", min_size=1, max_size=14) | LINKS
SEPARATORS = st.sampled_from([" ", " ", " ", ". ", ". Ja ", ":\n- ", "\n", "\n\n"])
TEXTS = st.lists(st.tuples(WORDS, SEPARATORS), max_size=120).map(
    lambda parts: "".join(word + separator for word, separator in parts)
)


def words(text: str) -> list[str]:
    """The words of a text; a space that does not break is part of one."""
    parts = re.split(r"[^\S\xa0\u202f]+", text)
    return [word for part in parts if (word := part.strip())]


@given(TEXTS)
@example("")
@example("a" * 150 + " b")
@example("a" * 150 + "\n\u00a0b " + "c" * 20)
def test_nothing_is_lost_but_the_marked_cut(text: str) -> None:
    made = split(text, CLOSING, max_characters=160)
    assert len(made) <= 3
    assert all(message.strip() and length(message) <= 160 for message in made)
    whole = words(text)
    cut = bool(made) and made[-1].endswith("\n\n" + CLOSING)
    if not cut:
        assert words("\n".join(made)) == whole
        return
    last = made[-1].removesuffix("\n\n" + CLOSING)
    kept = words("\n".join([*made[:-1], last.removesuffix(" …")]))
    assert kept == whole[: len(kept)]
    assert len(kept) < len(whole)


@given(TEXTS)
def test_what_fits_in_one_message_is_left_as_it_is(text: str) -> None:
    made = split(text, CLOSING)
    if length(text) <= 2_000:
        assert made == [text.strip()] * bool(text.strip())


def test_blocks_stay_whole_where_they_can() -> None:
    blocks = [f"{letter * 30}. {letter.upper() * 30}." for letter in "abcd"]
    assert split("\n\n".join(blocks), CLOSING, max_characters=130) == [
        "\n\n".join(blocks[:2]),
        "\n\n".join(blocks[2:]),
    ]


def test_blocks_are_parted_rather_than_lost() -> None:
    """Whole blocks would need four messages, single lines need three."""
    block = "\n".join(["x" * 30] * 3)
    made = split("\n\n".join([block] * 4), CLOSING, max_characters=130)
    assert len(made) == 3
    assert "".join(made).count("x") == 360


def test_sentences_stay_whole_where_they_can() -> None:
    first, second = (
        "Tämä on esim. Tampereella 10. Joulukuuta, kertoo A. Kirjoittaja.",
        "Se alkaa 8.",
    )
    assert split(f"{first} {second}", CLOSING, max_characters=65) == [first, second]
    assert split("Näin on 2023. Taas.", CLOSING, max_characters=15) == ["Näin on 2023.", "Taas."]


def test_a_cut_answer_says_so_after_a_sentence() -> None:
    text = " ".join(["Yksi lause on tässä."] * 40)
    made = split(text, CLOSING, max_characters=160)
    assert len(made) == 3
    assert made[0].endswith("tässä.")
    assert made[-1].endswith("tässä.\n\n" + CLOSING)


def test_a_cut_within_a_sentence_is_marked() -> None:
    made = split("sana " * 400, CLOSING, max_characters=160)
    assert made[-1].endswith("sana …\n\n" + CLOSING)


def test_what_announces_a_list_goes_with_it() -> None:
    text = "a" * 100 + "\n\nVerkostot:\n- " + "b" * 50
    made = split(text, CLOSING, max_characters=120)
    assert made == ["a" * 100, "Verkostot:\n- " + "b" * 50]
    text = "\n".join(["a" * 100, "Otsikko", "b" * 50, "c" * 70])
    made = split(text, CLOSING, frozenset({"Otsikko"}), max_characters=120)
    assert made == ["a" * 100, "\n".join(["Otsikko", "b" * 50]), "c" * 70]
    assert split("Yksi:\nKaksi:", CLOSING, max_characters=8) == ["Yksi:", "Kaksi:"]


def test_a_word_longer_than_a_message_is_cut_and_an_address_left_out() -> None:
    assert split("x" * 50, CLOSING, max_characters=20) == ["x" * 19 + "…"]
    made = split("Sivu: https://example.fi/" + "x" * 50, CLOSING, max_characters=20)
    assert made == ["Sivu: …"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kuka?", "Kuka?"),
        ("  Kuka\n on? ", "Kuka on?"),
        ("x" * 20, "x" * 20),
        ("x" * 21, "x" * 19 + "…"),
        ("Milloin on seuraava tapaaminen?", "Milloin on seuraava…"),
        ("Who is the contact, and why?", "Who is the contact…"),
        ("😀" * 11, "😀" * 9 + "…"),
        ("", ""),
    ],
)
def test_titles_are_cut_at_a_word(text: str, expected: str) -> None:
    assert shortened(text, 20) == expected


@given(st.text())
def test_no_title_is_too_long(text: str) -> None:
    made = shortened(text, 20)
    assert length(made) <= 20
    assert "\n" not in made
